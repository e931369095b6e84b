"""Finer grids about eyes and lips: their warps, and what is laid over lids and lips that shut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.appearance.colour_line import LUMINANCE
from ganimate.appearance.eyeball import measure_slit
from ganimate.appearance.lashes import draw_lashes
from ganimate.appearance.lid_lashes import Retouch
from ganimate.appearance.lip_line import cover_lips, draw_lip_line, trace_edges
from ganimate.appearance.settings import GAINS
from ganimate.arrays import Floats, Map, Photo, Points
from ganimate.face.alignment import sample_crop
from ganimate.face.landmarks import LIDS_OF_SIDE, LIPS, OPENINGS, Opening, measure_width
from ganimate.numerics import Affine2D, rise
from ganimate.rendering.compositor import feather, to_photo_pixels
from ganimate.rendering.drawn_out_skin import smooth_lid, smooth_lips, take_skin_below
from ganimate.rendering.layer import Patch, SlitWarp, Softening
from ganimate.rendering.settings import FRAME, SOFT_EDGES, FrameSettings, SoftEdgesSettings
from ganimate.warp.field import build_field
from ganimate.warp.mesh import Mesh, are_lips_closing
from ganimate.warp.prior import MotionPrior
from ganimate.warp.unknown import cover_opening


@dataclass(frozen=True)
class SlitGrid:
    """A finer grid about an eye or the lips.

    Attributes:
        to_grid: photo pixels to those of the grid.
        share: (h, w) in [0, 1], what its warp counts against the coarse one.
        picture: (h, w, 3) the photo there.
    """

    to_grid: Affine2D
    share: Map
    picture: Photo


def lay_slit_grids(
    photo: Photo, on_canvas: Points, to_canvas: Affine2D, settings: FrameSettings = FRAME
) -> tuple[SlitGrid, ...]:
    """Lay the finer grids about the eyes and the lips of a face, one for each of OPENINGS.

    Args:
        photo: (h, w, 3).
        on_canvas: (468, 2 or more) landmarks on the grid of the whole face.
        to_canvas: photo pixels to those of that grid.
        settings: how fine they are, and how far they reach.
    """
    return tuple(_lay_slit_grid(photo, one, on_canvas, to_canvas, settings) for one in OPENINGS)


def warp_slits(
    prior: MotionPrior, slits: Sequence[SlitGrid], mesh: Mesh
) -> tuple[SlitWarp | None, ...]:
    """Warp eyes whose lids move, and lips that come together, on their finer grids.

    Args:
        prior: the triangles of the mesh.
        slits: the grids, one for each of OPENINGS.
        mesh: of the face, in photo pixels.

    Returns:
        One for each; None where nothing moves.
    """
    return tuple(
        _warp_slit(prior, slit, grid, mesh) for slit, grid in zip(OPENINGS, slits, strict=True)
    )


def smooth_slits(
    slits: Sequence[SlitGrid],
    warps: Sequence[SlitWarp | None],
    mesh: Mesh,
    retouches: Sequence[Retouch],
) -> tuple[Patch, ...]:
    """Smooth lids and lips that shut; what smooth_lid() and smooth_lips() make of each.

    Args:
        slits: the grids, one for each of OPENINGS.
        warps: on them, as warp_slits() returns them.
        mesh: of the face, in photo pixels.
        retouches: what is added to the photo before it is warped.
    """
    found = (
        smooth_lips(grid.picture, warp, mesh)
        if slit is LIPS
        else smooth_lid(grid.picture, retouches, warp, slit, mesh)
        for slit, grid, warp in zip(OPENINGS, slits, warps, strict=True)
        if warp is not None
    )
    return tuple(one for one in found if one is not None)


def paint_shut_lines(
    slits: Sequence[SlitGrid], mesh: Mesh, lashes: float, lips: Floats | None
) -> tuple[Patch, ...]:
    """Paint the lashes of lids that shut, and the line between lips that do.

    Args:
        slits: the grids, one for each of OPENINGS.
        mesh: of the face, in photo pixels.
        lashes: share of the light that the lashes take.
        lips: (3,) red, green and blue of the lips, in [0, 255]; None in a photo without colours.
    """
    patches = []
    for slit, grid in zip(OPENINGS, slits, strict=True):
        on_grid, (height, width) = mesh.on(grid.to_grid), grid.share.shape
        if slit is LIPS:
            dark = draw_lip_line(on_grid.turned, on_grid.target, (height, width))
        else:
            dark = draw_lashes(on_grid.turned, on_grid.target, slit, (height, width), lashes)
        if dark.any():
            paint: Floats = np.zeros((height, width, 4), np.float32)
            paint[:, :, 3] = dark * grid.share
            if lips is not None:
                left = 1 - paint[:, :, 3:]
                # A dark line takes less red than of green and blue; lashes are as dark as they are.
                tinted = left ** np.array(GAINS.tint, np.float32)
                if slit is LIPS:
                    paint[:, :, :3] = (tinted - left) * lips
                else:
                    skin = take_skin_below(grid.picture, on_grid.turned, slit)
                    paint[:, :, :3] = (tinted - (tinted @ LUMINANCE)[:, :, None]) * skin
            patches.append(Patch(grid.to_grid, paint))
    return tuple(patches)


def soften_lips(
    slits: Sequence[SlitGrid], mesh: Mesh, blur: float, settings: SoftEdgesSettings = SOFT_EDGES
) -> tuple[Softening, ...]:
    """Find where lips that open or shut are sharper than the photo.

    Their edges are; of lips that shut in very blurred photos the lips are, too: drawn together,
    they lie in folds.

    Args:
        slits: the grids, one for each of OPENINGS.
        mesh: of the face, in photo pixels.
        blur: of the photo, standard deviation in its pixels.
        settings: how broad these edges are, and from which blur that of lips is seen.
    """
    if blur <= 0:
        return ()
    grid = slits[OPENINGS.index(LIPS)]
    on_grid, (height, width) = mesh.on(grid.to_grid), grid.share.shape
    deviation = blur * grid.to_grid.scale
    edges = trace_edges(
        on_grid.turned, on_grid.target, (height, width), settings.breadth * deviation
    )
    if not edges.any():
        return ()
    if are_lips_closing(mesh.turned, mesh.target):
        strength = float(rise(blur / measure_width(mesh.target), *settings.blurred_lips))
        lips = cover_lips(on_grid.turned, on_grid.target, (height, width))
        edges = np.maximum(edges, strength * float(edges.max()) * lips)
    share = grid.share * cv2.GaussianBlur(edges, (0, 0), deviation)
    return (Softening(grid.to_grid, np.asarray(share, np.float32), blur),)


def soften_eyes(
    slits: Sequence[SlitGrid], mesh: Mesh, blur: float, settings: SoftEdgesSettings = SOFT_EDGES
) -> tuple[Softening, ...]:
    """Find where eyes that open are painted more sharply than the photo is.

    Args:
        slits: the grids, one for each of OPENINGS.
        mesh: of the face, in photo pixels.
        blur: of the photo, standard deviation in its pixels.
        settings: from which blur that is seen, and how far about the lids.
    """
    strength = float(rise(blur / measure_width(mesh.target), *settings.blurred_eyes))
    if strength == 0:
        return ()
    found = []
    for lids in LIDS_OF_SIDE:
        grid = slits[OPENINGS.index(lids)]
        was, now = (measure_slit(points, lids) for points in (mesh.turned, mesh.target))
        new = float(rise(1 - was / max(now, 1e-6), *settings.new))
        if new > 0:
            share = strength * new * grid.share * _cover_eye(grid, mesh, lids, blur, settings)
            found.append(Softening(grid.to_grid, np.asarray(share, np.float32), blur))
    return tuple(found)


def _cover_eye(
    grid: SlitGrid, mesh: Mesh, lids: Opening, blur: float, settings: SoftEdgesSettings
) -> Map:
    """(h, w) in [0, 1] what lies within lids or beside their edges, on the finer grid."""
    height, width = grid.share.shape
    opening = cover_opening(mesh.on(grid.to_grid).target, lids, (height, width))
    deviation = blur * grid.to_grid.scale
    reach = 2 * round(settings.breadth * deviation / 2) + 1
    wider = cv2.dilate(opening, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    return np.asarray(cv2.GaussianBlur(wider, (0, 0), deviation), np.float32)


def _lay_slit_grid(
    photo: Photo,
    slit: Opening,
    on_canvas: Points,
    to_canvas: Affine2D,
    settings: FrameSettings,
) -> SlitGrid:
    """The finer grid about an eye or the lips; the arguments are lay_slit_grids()'s."""
    around = on_canvas[[*slit.corners, *slit.upper.ravel(), *slit.lower.ravel()], :2]
    low, high = around.min(axis=0), around.max(axis=0)
    margin = settings.slit_margin * (high - low).max()
    photo_pixels = float(np.linalg.det(to_canvas.linear) ** -0.5)
    fine = float(np.clip(settings.finer * photo_pixels, 1, settings.finest))
    width, height = np.ceil(fine * (high - low + 2 * margin)).astype(int)
    share = feather((height, width), round(margin * fine))
    to_grid = to_canvas.rescaled(fine, low - margin)
    picture = sample_crop(photo, to_grid, max(height, width))[:height, :width]
    return SlitGrid(to_grid, share, picture)


def _warp_slit(prior: MotionPrior, slit: Opening, grid: SlitGrid, mesh: Mesh) -> SlitWarp | None:
    """The warp of an eye whose lids move, or of lips that come together."""
    edges = [*slit.upper[0], *slit.lower[0]]
    if slit is LIPS:
        still = not are_lips_closing(mesh.turned, mesh.target)
    else:
        still = np.array_equal(mesh.target[edges], mesh.turned[edges])
    if still:
        return None
    height, width = grid.share.shape
    field = build_field(prior, mesh.on(grid.to_grid), (height, width))
    share = grid.share[:, :, None]
    field = to_photo_pixels(field, grid.to_grid) * share
    return SlitWarp(grid.to_grid, np.concatenate([field, share], 2))
