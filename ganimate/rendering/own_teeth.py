"""A photo's own upper teeth, laid over a moved face where its lips leave them free."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ganimate.appearance.own_teeth import OwnTeeth, cover_with_lips
from ganimate.appearance.parted_lips import PartedLips, cast_shadow, measure_depth, part_lips
from ganimate.appearance.teeth_settings import OWN_TEETH, OwnTeethSettings
from ganimate.arrays import Floats, Landmarks, Map, Photo, Points
from ganimate.face.landmarks import LIPS, N_MESH, measure_width
from ganimate.face.pose import Pose
from ganimate.numerics import Affine2D, fall, rise
from ganimate.rendering.compositor import find_box, sample_grid
from ganimate.rendering.layer import Patch
from ganimate.warp.field import Warp, apply_warp
from ganimate.warp.settings import WARP
from ganimate.warp.unknown import cover_opening

OWN_WARP = replace(
    WARP,
    stretch_known=OWN_TEETH.opened_known,
    stretch_unknown=OWN_TEETH.opened_unknown,
    fallen_known=OWN_TEETH.fallen_known,
    fallen_unknown=OWN_TEETH.fallen_unknown,
    narrow_known=OWN_TEETH.narrow_known,
    narrow_unknown=OWN_TEETH.narrow_unknown,
    rim=OWN_TEETH.rim,
)
"""What of a mouth that shows teeth its photo does not know."""


@dataclass(frozen=True)
class KeptTeeth:
    """Teeth of a photo, as finely as it shows them.

    Attributes:
        left: first column of the box around them, photo pixels.
        top: its first row.
        picture: (h, w, 3) RGB in [0, 255] of the box.
        share: (h, w) in [0, 1], how surely each pixel is one of theirs.
        edge: (2,) photo pixels, where they end, in the middle.
        up: (2,) of unit length, the way from there to the gums.
    """

    left: int
    top: int
    picture: Floats
    share: Map
    edge: Floats
    up: Floats


@dataclass(frozen=True)
class LaidTeeth:
    """Teeth of a photo over a moved face.

    Attributes:
        patch: what is laid over it.
        held: in [0, 1], how far they stay as they are; the rest is as the warp carries it.
    """

    patch: Patch
    held: float


def cut_teeth(
    photo: Photo,
    teeth: OwnTeeth,
    to_crop: Affine2D,
    pose: Pose,
    settings: OwnTeethSettings = OWN_TEETH,
) -> KeptTeeth | None:
    """Cut teeth out of a photo.

    Args:
        photo: (H, W, 3).
        teeth: what a crop of it shows of them.
        to_crop: photo pixels to those of the crop.
        pose: of the head, in photo pixels.
        settings: what counts as teeth.

    Returns:
        None where the photo has none.
    """
    rows, columns = (
        np.flatnonzero((teeth.share > settings.least).any(axis=axis)) for axis in (1, 0)
    )
    if not len(rows):
        return None
    inner = teeth.share[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    to_inner = to_crop.shifted(-float(columns[0]), -float(rows[0]))
    left, top, right, bottom = find_box(to_inner, inner.shape, photo.shape[:2])
    if left >= right or top >= bottom:
        return None
    fine = sample_grid(inner, to_inner.starting_at(left, top), (right - left, bottom - top))
    picture = photo[top:bottom, left:right].astype(np.float32)
    up = -pose.rotation[:2, 1] / max(float(np.linalg.norm(pose.rotation[:2, 1])), 1e-6)
    edge = to_crop.inverse().apply(teeth.edge[None])[0]
    return KeptTeeth(left, top, picture, fine, edge, np.asarray(up, np.float32))


def lay_teeth(
    teeth: KeptTeeth,
    still: Landmarks,
    turned: Landmarks | None,
    target: Landmarks,
    settings: OwnTeethSettings = OWN_TEETH,
) -> LaidTeeth | None:
    """Lay teeth over a moved face.

    Args:
        teeth: of its photo.
        still: (468, 2 or more) landmarks of the photo, in its pixels.
        turned: where a turn of the head alone takes them; None for a head that does not turn.
        target: (468, 2 or more) where they come to lie.
        settings: how far they stretch.

    Returns:
        None where the lips leave none free, or have not moved.
    """
    if np.array_equal(still[:N_MESH, :2], target[:N_MESH, :2]):
        return None
    to_photo = Affine2D(np.eye(2, 3)) if turned is None else _fit_turn(turned, still)
    stretch = _measure_stretch(teeth, still, to_photo.apply(target))
    held = float(fall(stretch, settings.stretch, settings.gives_way))
    if held < settings.least:
        return None
    to_box = to_photo.then(_stretch_up(teeth, min(stretch, settings.stretch)))
    to_box = to_box.shifted(-teeth.left, -teeth.top)
    share = held * cover_with_lips(teeth.share, to_box.apply(target))
    if share.max() < settings.least:
        return None
    lips = part_lips(to_photo.apply(target)).at(target).on(to_box)
    left = _shade_again(teeth, still, lips)[:, :, None] ** np.array(settings.shaded, np.float32)
    paint: Floats = np.empty((*share.shape, 4), np.float32)
    paint[:, :, :3] = teeth.picture * left * share[:, :, None]
    paint[:, :, 3] = share
    return LaidTeeth(Patch(to_box, paint), held)


def mark_left_over(
    teeth: KeptTeeth,
    laid: LaidTeeth,
    warp: Warp,
    to_grid: Affine2D,
    target: Points,
    settings: OwnTeethSettings = OWN_TEETH,
) -> Warp:
    """Mark as unknown what a warp carries along of teeth that stay: it would show a second edge.

    Args:
        teeth: of the photo.
        laid: the same, as they are laid over the moved face.
        warp: on the grid of a face.
        to_grid: photo pixels to those of that grid.
        target: (468, 2) landmarks of the moved face, pixels of the grid.
        settings: how much of them counts.
    """
    height, width = warp.unknown.shape
    size = (width, height)
    to_photo = to_grid.inverse()
    still = sample_grid(teeth.share, to_photo.shifted(-teeth.left, -teeth.top), size)
    carried = apply_warp(np.rint(255 * still).astype(np.uint8), warp) / np.float32(255)
    staying = sample_grid(teeth.share, to_photo.then(laid.patch.to_window), size)
    above = np.maximum.accumulate(staying, axis=0)  # in any row, as upright as the grid is
    left_over = rise(laid.held * (np.minimum(carried, above) - staying), *settings.left_over)
    left_over = left_over * cover_opening(target, LIPS, (height, width))
    return replace(warp, unknown=np.maximum(warp.unknown, left_over))


def _shade_again(teeth: KeptTeeth, still: Points, lips: PartedLips) -> Map:
    """(h, w) how much light is left on teeth under moved lips, in their box, over the photo's."""
    width, shape = measure_width(still), (teeth.share.shape[0], teeth.share.shape[1])
    were = part_lips(still).on(Affine2D(np.eye(2, 3)).shifted(-teeth.left, -teeth.top))
    before, after = (
        cast_shadow(one, measure_depth(one, -teeth.up, width, (0, 0), shape))
        for one in (were, lips)
    )
    return np.asarray(after / before, np.float32)


def _measure_stretch(teeth: KeptTeeth, still: Points, target: Points) -> float:
    """How many times higher teeth would be that reached up to a moved upper lip; 1 at least."""
    middle = LIPS.upper[0][3:6]
    before, after = (
        float(((points[middle, :2] - teeth.edge) @ teeth.up).mean()) for points in (still, target)
    )
    return max(1.0, after / max(before, 1.0))


def _stretch_up(teeth: KeptTeeth, times: float) -> Affine2D:
    """The map from teeth that are stretched upwards from their edge to those of the photo."""
    up = teeth.up.astype(np.float64)
    linear = np.eye(2) + (1 / times - 1) * np.outer(up, up)
    offset = teeth.edge - linear @ teeth.edge
    return Affine2D(np.concatenate([linear, offset[:, None]], 1))


def _fit_turn(turned: Points, still: Points) -> Affine2D:
    """The affine map, by least squares, that takes turned lips back to where they were."""
    outline = [*LIPS.corners, *LIPS.upper.ravel(), *LIPS.lower.ravel()]
    ones = np.ones((len(outline), 1))
    there = np.concatenate([turned[outline, :2].astype(np.float64), ones], 1)
    linear = np.linalg.lstsq(there, still[outline, :2].astype(np.float64), rcond=None)[0]
    return Affine2D(np.asarray(linear.T, np.float64))
