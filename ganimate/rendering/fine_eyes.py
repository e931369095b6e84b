"""Paint of eyes that ends at their lids, at the photo's own resolution.

The generator paints windows of a crop, which is coarser than a large photo. Enlarged as it is, its
paint of an eye that opens ends in the steps of the crop's pixels, and mixes with the lids'. Where
it ends is known far better: at the edges of the moved lids.
"""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.arrays import Floats, Map
from ganimate.face.landmarks import Opening
from ganimate.numerics import Affine2D
from ganimate.rendering.compositor import sample_grid
from ganimate.rendering.layer import Patch
from ganimate.rendering.settings import FINE_EYES, FineEyeSettings
from ganimate.warp.mesh import Mesh
from ganimate.warp.unknown import cover_opening


def lay_fine_eye(
    over: Floats,
    mesh: Mesh,
    lids: Opening,
    to_window: Affine2D,
    bounds: tuple[int, int],
    steps: float,
    settings: FineEyeSettings = FINE_EYES,
) -> tuple[Patch, ...]:
    """Lay the paint of an eye's window over a photo that is finer: about the eye, and within it.

    Args:
        over: (w, w, 4) what to add, and the share of the photo to drop, as lay_paint() makes it.
        mesh: of the face, in photo pixels.
        lids: of which eye.
        to_window: photo pixels to those of the window.
        bounds: (height, width) of the photo.
        steps: photo pixels for one of the grid on which the lids are warped.
        settings: how far paint is drawn on beyond where it was made.
    """
    side = len(over)
    within = cover_opening(mesh.on(to_window).target, lids, (side, side))
    edge = mesh.target[[*lids.corners, *lids.upper[0], *lids.lower[0]]]
    left, top = np.clip(np.floor(edge.min(axis=0)).astype(int) - 4, 0, None).tolist()
    right, bottom = np.minimum(np.ceil(edge.max(axis=0)).astype(int) + 5, bounds[::-1]).tolist()
    # Not at the lids themselves: of a grid that is coarser still, what is unknown fades out there.
    full = (within > settings.full).astype(np.float32)
    made = np.asarray(cv2.erode(full, np.ones((3, 3), np.uint8)), np.float32)
    if left >= right or top >= bottom or not made.any():
        return (Patch(to_window, over),)
    near = cv2.dilate((within > 0).astype(np.float32), np.ones((3, 3), np.uint8))
    size = right - left, bottom - top
    from_box, to_box = to_window.starting_at(left, top), Affine2D(np.eye(2, 3)).shifted(-left, -top)
    fine = sample_grid(_draw_on(over, made, settings), from_box, size, cv2.INTER_CUBIC)
    opening = cover_opening(mesh.on(to_box).target, lids, (bottom - top, right - left))
    fine *= _cover_steps(opening, steps)[:, :, None]
    return Patch(to_window, over * (1 - near)[:, :, None]), Patch(to_box, fine)


def _cover_steps(opening: Map, steps: float) -> Map:
    """An opening (h, w) with the steps, some pixels high, in which the warp of its lids ends."""
    reach = 2 * round(steps) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    return np.asarray(cv2.blur(cv2.dilate(opening, kernel), (reach, reach)), np.float32)


def _draw_on(over: Floats, made: Map, settings: FineEyeSettings) -> Floats:
    """Paint (w, w, 4) that goes on beyond the pixels where it was made (w, w) as it ends there."""
    spread = cv2.GaussianBlur(np.dstack([over * made[:, :, None], made]), (0, 0), settings.reach)
    beyond = spread[:, :, :4] / np.maximum(spread[:, :, 4:], settings.least)
    return np.asarray(np.where(made[:, :, None] > 0, over, beyond), np.float32)
