"""What one frame is before it is painted: how the face is moved, and what is laid on it.

What is the same in every frame of a face is found once (prepare_face); a FramePlan is what one
frame adds to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ganimate.appearance.blur import measure_blur
from ganimate.appearance.colour_line import ColourLine, measure_colour_line
from ganimate.appearance.creases import Creases, place_creases, shade_creases
from ganimate.appearance.eyeball import Eyeball, measure_eyeballs
from ganimate.appearance.gain import Gain, apply_gain
from ganimate.appearance.grain import Grain, measure_grain
from ganimate.appearance.lash_darkness import measure_lash_darkness
from ganimate.appearance.lid_lashes import LidLashes, Retouch, clear_lashes, find_lid_lashes
from ganimate.appearance.light import compute_light, measure_colours, to_rgb
from ganimate.appearance.lines import Lines, deepen_lines, measure_skin
from ganimate.appearance.mouth import MouthView, measure_jaw
from ganimate.appearance.mouth_drawing import SCALE, MouthDrawing, draw_mouth
from ganimate.appearance.own_teeth import OwnTeeth, find_own_teeth
from ganimate.appearance.parted_lips import measure_let_in, part_lips
from ganimate.appearance.teeth import choose_teeth, shape_mouth
from ganimate.arrays import Angles, AUVector, Floats, Landmarks, Photo, Points
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.head import turn_landmarks, turn_pose
from ganimate.face.landmarks import N_MESH
from ganimate.face_models import FaceModels
from ganimate.numerics import Affine2D
from ganimate.portrait import Portrait
from ganimate.rendering.compositor import sample_grid, to_photo_pixels
from ganimate.rendering.glasses import take_glasses_off, turn_glasses
from ganimate.rendering.layer import GridField, Patch, SlitWarp, Softening, WornGlasses
from ganimate.rendering.opened_eyes import lay_opened_eyes
from ganimate.rendering.own_teeth import (
    OWN_WARP,
    KeptTeeth,
    LaidTeeth,
    cut_teeth,
    lay_teeth,
    mark_left_over,
)
from ganimate.rendering.settings import FRAME, FrameSettings
from ganimate.rendering.slits import (
    SlitGrid,
    lay_slit_grids,
    paint_shut_lines,
    smooth_slits,
    soften_eyes,
    soften_lips,
    warp_slits,
)
from ganimate.warp.displacement import constrain_border, move_landmarks
from ganimate.warp.field import GRID, Warp, build_warp, resize_warp
from ganimate.warp.mesh import Mesh, build_mesh

STILL: Angles = np.zeros(3, np.float32)
"""A head that does not turn."""


@dataclass(frozen=True)
class Canvas:
    """The grid of a face's warp: an aligned crop and a margin around it.

    Attributes:
        to_grid: photo pixels to those of the grid.
        margin: grid pixels on each side of the crop.
    """

    to_grid: Affine2D
    margin: int

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the grid."""
        side = GRID + 2 * self.margin
        return side, side

    @property
    def crop(self) -> slice:
        """Rows, or columns, of the grid that the crop takes up."""
        return slice(self.margin, self.margin + GRID)


@dataclass(frozen=True)
class PreparedFace:
    """What is found once of a face, for all of its frames.

    Attributes:
        portrait: the face.
        models: what is known of faces.
        glasses: that the face wears, if it does.
        to_crop: photo pixels to those of the crop.
        crop: (s, s, 3) the aligned crop that the generator sees, without glasses.
        canvas: the grid of the warp.
        slits: the finer grids, one for each of OPENINGS.
        mouth: what is behind the lips, as the head is held, as finely as the crop.
        fine_mouth: the same as finely as the photo.
        teeth: that the photo shows of its own; None if it shows none.
        light: (3,) red, green and blue light on a smile in this photo, 1 for a drawing's colours.
        lips: (3,) red, green and blue of the lips, in [0, 255].
        lip_lightness: CIE L* of the lips.
        lashes: share of the light that the lashes take.
        eyeballs: what eyes are drawn with, where the photo shows hardly anything of them.
        lid_lashes: what is taken off lids that shut, eye by eye.
        blur: how blurred the photo is, standard deviation in its pixels.
        grain: noise like the photo's own; None if it has none.
        colour_line: what its colours lie on; None for a photo with colours.
        lines: the lines of its skin.
        creases: how its skin is shaded by action units; None where none of it shows.
    """

    portrait: Portrait
    models: FaceModels
    glasses: WornGlasses | None
    to_crop: Affine2D
    crop: Photo
    canvas: Canvas
    slits: tuple[SlitGrid, ...]
    mouth: MouthDrawing
    fine_mouth: MouthDrawing
    teeth: KeptTeeth | None
    light: Floats
    lips: Floats
    lip_lightness: float
    lashes: float
    eyeballs: tuple[Eyeball, ...]
    lid_lashes: tuple[LidLashes, ...]
    blur: float
    grain: Grain | None
    colour_line: ColourLine | None
    lines: tuple[Lines, ...]
    creases: Creases | None


@dataclass(frozen=True)
class FramePlan:
    """One frame of a face before it is painted.

    Attributes:
        aus: (17, 2) that it shows.
        landmarks: (468, 2) of the moved face, crop pixels.
        mesh: before and after, photo pixels.
        mouth: what is behind the lips, on the crop.
        fine_mouth: the same in the photo.
        warp: on the canvas.
        slits: finer warps about eyes and lips.
        eyes: that open where the photo shows hardly anything of them.
        laid: over what is painted: the photo's own teeth, and what is dark where lids and lips
            shut, lashes and the line between the lips.
        softened: edges of lips, and eyes that open, that would be sharper than the photo.
        glasses: as the head is turned; None if the face wears none.
        shade: of the creases of the moved face.
        lines: gains of the photo's own lines, before it is moved.
        retouches: what is taken off lids that shut, before the photo is moved.
    """

    aus: AUVector
    landmarks: Points
    mesh: Mesh
    mouth: MouthView
    fine_mouth: MouthView
    warp: Warp
    slits: tuple[SlitWarp, ...]
    eyes: tuple[Patch, ...]
    laid: tuple[Patch, ...]
    softened: tuple[Softening, ...]
    glasses: WornGlasses | None
    shade: Gain | None
    lines: tuple[Gain, ...]
    retouches: tuple[Retouch, ...]


def prepare_face(
    portrait: Portrait, models: FaceModels, size: int, settings: FrameSettings = FRAME
) -> PreparedFace:
    """Find what every frame of a face needs.

    Args:
        portrait: the face, measured.
        models: what is known of faces.
        size: side of the generator's crop, pixels.
        settings: how grids are laid out.
    """
    landmarks = portrait.face.landmarks
    to_crop = fit_crop(landmarks, size)
    grain = measure_grain(portrait.photo, landmarks[:N_MESH])
    glasses = take_glasses_off(portrait.photo, landmarks, grain)
    bare = portrait.photo if glasses is None else glasses.bare
    crop = sample_crop(bare, to_crop, size)
    canvas = lay_canvas(landmarks, settings)
    on_canvas = canvas.to_grid.apply(landmarks[:N_MESH])
    skin = measure_skin(bare, landmarks)
    on_crop, pose = to_crop.apply(landmarks[:N_MESH]), portrait.pose.on(to_crop)
    colours = measure_colours(crop, on_crop)
    own = find_own_teeth(crop, on_crop, pose, colours, models.mouth)
    mouth, fine_mouth = _draw_mouths(portrait, models, own, settings)
    return PreparedFace(
        portrait=portrait,
        models=models,
        glasses=glasses,
        to_crop=to_crop,
        crop=crop,
        canvas=canvas,
        slits=lay_slit_grids(bare, on_canvas, canvas.to_grid, settings),
        mouth=mouth,
        fine_mouth=fine_mouth,
        teeth=None if own is None else cut_teeth(bare, own, to_crop, portrait.pose),
        light=compute_light(colours),
        lips=to_rgb(colours.lips),
        lip_lightness=float(colours.lips[0]),
        lashes=measure_lash_darkness(crop, on_crop),
        eyeballs=measure_eyeballs(crop, to_crop.apply(landmarks)),
        lid_lashes=find_lid_lashes(bare, landmarks),
        blur=measure_blur(portrait.photo, landmarks[:N_MESH]),
        grain=grain,
        colour_line=measure_colour_line(crop),
        lines=skin.lines,
        creases=place_creases(models.prior, models.shading, on_canvas, canvas.shape, skin.folds),
    )


def lay_canvas(landmarks: Landmarks, settings: FrameSettings = FRAME) -> Canvas:
    """Lay the grid of the warp of a face.

    Args:
        landmarks: (468 or more, 2 or more) photo pixels.
        settings: how far it reaches beyond the crop.
    """
    margin = round(settings.margin * GRID)
    return Canvas(fit_crop(landmarks, GRID).shifted(margin, margin), margin)


def plan_frame(face: PreparedFace, aus: AUVector, drive: AUVector, head: Angles) -> FramePlan:
    """Work out the warps of one frame, and what is laid on them.

    Args:
        face: whose frame it is.
        aus: (17, 2) that it shall show.
        drive: (17, 2) that its landmarks are moved by; more or less than `aus` if calibrated.
        head: (3,) degrees that the head turns.
    """
    prior, portrait = face.models.prior, face.portrait
    still, pose = portrait.face.landmarks[:N_MESH], portrait.pose
    landmarks = move_landmarks(prior, still, pose, portrait.aus, drive)
    jaw = measure_jaw(pose.normalise(landmarks), settings=face.mouth.settings)
    parted, let_in = part_lips(landmarks), measure_let_in(landmarks, face.lip_lightness)
    turned, glasses = None, face.glasses
    if head.any():
        landmarks, turned = (turn_landmarks(one, pose, head) for one in (landmarks, still))
        held = constrain_border(prior, still, turned)
        landmarks, turned = landmarks + held, turned + held
        pose = turn_pose(pose, head)
        glasses = glasses and turn_glasses(glasses, still, turned)
    mesh = build_mesh(still, landmarks, turned)
    own = None if face.teeth is None else lay_teeth(face.teeth, still, turned, landmarks)
    warp = _build_canvas_warp(face, mesh, own)
    lips = parted.at(landmarks)
    fine_mouth = MouthView(
        face.fine_mouth, pose, jaw, face.light, face.lips, let_in, lips, face.blur
    )
    slits, retouches = warp_slits(prior, face.slits, mesh), _clear_lids(face, aus)
    smoothed = smooth_slits(face.slits, slits, mesh, retouches)
    lines = paint_shut_lines(face.slits, mesh, face.lashes, None if face.colour_line else face.lips)
    return FramePlan(
        aus=aus,
        landmarks=face.to_crop.apply(landmarks),
        mesh=mesh,
        mouth=_view_on_crop(face, fine_mouth),
        fine_mouth=fine_mouth,
        warp=warp,
        slits=tuple(one for one in slits if one is not None),
        eyes=lay_opened_eyes(
            face.slits, mesh, face.eyeballs, face.lashes, face.blur, face.colour_line
        ),
        laid=(*([own.patch] if own else []), *smoothed, *lines),
        softened=(
            *soften_eyes(face.slits, mesh, face.blur),
            *soften_lips(face.slits, mesh, face.blur),
        ),
        glasses=glasses,
        shade=_shade_frame(face, aus, warp),
        lines=_deepen_lines(face, aus),
        retouches=retouches,
    )


def build_crop_warp(face: PreparedFace, plan: FramePlan) -> Warp:
    """A frame's warp on the generator's crop, finer about eyes and lips."""
    inner = face.canvas.crop
    field, unknown = plan.warp.field[inner, inner], plan.warp.unknown[inner, inner]
    to_photo, size = face.to_crop.inverse(), len(face.crop)
    on_crop = resize_warp(Warp(field, unknown), (size, size))
    for slit in plan.slits:
        finer = sample_grid(slit.field, to_photo.then(slit.to_grid), (size, size))
        on_crop.field[:] *= 1 - finer[:, :, 2:]
        on_crop.field[:] += finer[:, :, :2] @ face.to_crop.linear.T.astype(np.float32)
    return on_crop


def apply_gain_on_crop(face: PreparedFace, picture: Photo, gain: Gain) -> Photo:
    """A picture of the crop (s, s, 3) with a gain of the photo on it."""
    size = len(picture)
    to_grid = face.to_crop.inverse().then(gain.to_grid)
    return apply_gain(picture, sample_grid(gain.gain, to_grid, (size, size)), gain.tint)


def retouch_crop(face: PreparedFace, picture: Photo, retouch: Retouch) -> Photo:
    """A picture of the crop (s, s, 3) with a retouch of the photo on it."""
    size = len(picture)
    to_grid = face.to_crop.inverse().then(retouch.to_grid)
    mixed = picture + sample_grid(retouch.added, to_grid, (size, size))
    retouched: Photo = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return retouched


def build_photo_field(face: PreparedFace, plan: FramePlan) -> GridField:
    """A frame's warp in photo pixels."""
    return GridField(face.canvas.to_grid, to_photo_pixels(plan.warp.field, face.canvas.to_grid))


def _draw_mouths(
    portrait: Portrait, models: FaceModels, own: OwnTeeth | None, settings: FrameSettings
) -> tuple[MouthDrawing, MouthDrawing]:
    """What is behind the lips as the head is held, as finely as a crop and as the photo."""
    pose, landmarks = portrait.pose, portrait.face.landmarks[:N_MESH]
    rest = move_landmarks(models.prior, landmarks, pose, portrait.aus, np.zeros_like(portrait.aus))
    teeth = choose_teeth(pose.normalise(landmarks), pose.normalise(rest), own)
    person, drawn = shape_mouth(models.mouth, teeth)
    mouth = draw_mouth(person, pose, settings=drawn)
    scale = min(round(pose.scale), settings.finest_mouth)
    if scale <= SCALE:
        return mouth, mouth
    return mouth, draw_mouth(person, pose, scale=scale, settings=drawn)


def _build_canvas_warp(face: PreparedFace, mesh: Mesh, own: LaidTeeth | None) -> Warp:
    """The warp of a mesh on the canvas; of teeth that stay where they are it shows no others."""
    on_canvas, shape, prior = mesh.on(face.canvas.to_grid), face.canvas.shape, face.models.prior
    if face.teeth is None:
        return build_warp(prior, on_canvas, shape)
    warp = build_warp(prior, on_canvas, shape, settings=OWN_WARP)
    if own is None:
        return warp
    return mark_left_over(face.teeth, own, warp, face.canvas.to_grid, on_canvas.target)


def _view_on_crop(face: PreparedFace, mouth: MouthView) -> MouthView:
    """What is behind the lips, given as it is in the photo, on the crop."""
    return replace(
        mouth,
        drawing=face.mouth,
        pose=mouth.pose.on(face.to_crop),
        parted=mouth.parted and mouth.parted.on(face.to_crop),
        blur=mouth.blur * face.to_crop.scale,
    )


def _shade_frame(face: PreparedFace, aus: AUVector, warp: Warp) -> Gain | None:
    """The creases of what is asked; a drive beyond it would make them too deep."""
    if face.creases is None:
        return None
    shade = shade_creases(face.creases, aus - face.portrait.aus, warp.field)
    if shade is None:
        return None
    to_grid = face.canvas.to_grid.shifted(-shade.left, -shade.top)
    return _tint_gain(face, Gain(to_grid, shade.gain))


def _deepen_lines(face: PreparedFace, aus: AUVector) -> tuple[Gain, ...]:
    """What the photo's own lines become by what is asked, not by what drives it."""
    gains = (deepen_lines(lines, aus - face.portrait.aus) for lines in face.lines)
    return tuple(_tint_gain(face, one) for one in gains if one is not None)


def _clear_lids(face: PreparedFace, aus: AUVector) -> tuple[Retouch, ...]:
    """What is taken off lids that shut."""
    found = (clear_lashes(lashes, aus - face.portrait.aus) for lashes in face.lid_lashes)
    return tuple(one for one in found if one is not None)


def _tint_gain(face: PreparedFace, gain: Gain) -> Gain:
    """A gain that is ruddy as skin is, or as colourless as the photo."""
    return gain if face.colour_line is None else replace(gain, tint=(1.0, 1.0, 1.0))
