"""The drawn mouth at the photo's own resolution: crisp teeth on large faces.

The generator paints windows of a crop, which is coarser than a large photo. Its shade of a drawn
mouth is smooth and can be enlarged; the drawing itself is made as finely as the photo.
"""

from __future__ import annotations

import numpy as np

from ganimate.appearance.colour_line import ColourLine
from ganimate.appearance.mouth import MouthView, place_mouth
from ganimate.arrays import Floats, Map
from ganimate.numerics import Affine2D
from ganimate.rendering.compositor import feather, find_box, sample_grid
from ganimate.rendering.layer import Patch
from ganimate.rendering.painter import WindowPaint
from ganimate.rendering.settings import PAINT, PaintSettings


def lay_fine_mouth(
    paint: WindowPaint,
    mouth: MouthView,
    to_window: Affine2D,
    bounds: tuple[int, int],
    colour_line: ColourLine | None = None,
    settings: PaintSettings = PAINT,
) -> Patch | None:
    """Draw a mouth over what was painted of it in a window.

    Args:
        paint: the generator's answer, of a window w pixels wide.
        mouth: what is behind the lips, in the photo.
        to_window: photo pixels to those of the window.
        bounds: (height, width) of the photo.
        colour_line: what all colours lie on; None for a photo with colours.
        settings: how it fades out at the window's border.

    Returns:
        None where no mouth is drawn in this window.
    """
    rows, columns = (np.flatnonzero(paint.inside.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    inner = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    side = len(paint.inside)
    share = (paint.inside * feather((side, side), settings.feather * side))[inner]
    to_inner = to_window.shifted(-float(columns[0]), -float(rows[0]))
    left, top, right, bottom = find_box(to_inner, share.shape, bounds)
    size = (right - left, bottom - top)
    if min(size) <= 0:
        return None
    from_box = to_inner.starting_at(left, top)
    fine = place_mouth(mouth, (left, top), size[::-1])
    patch: Floats = np.empty((*size[::-1], 4), np.float32)
    opacity = _enlarge(share, from_box, size)
    fine *= _enlarge(paint.shade[inner], from_box, size)[:, :, None]
    if colour_line is not None:
        fine = colour_line.project(fine)
    patch[:, :, :3] = fine * opacity[:, :, None]
    patch[:, :, 3] = opacity
    return Patch(Affine2D(np.array([[1.0, 0.0, -left], [0.0, 1.0, -top]])), patch)


def _enlarge(values: Map, from_box: Affine2D, size: tuple[int, int]) -> Map:
    """Values (h, w) of the inner window at each pixel of a box of the photo (width, height)."""
    return np.asarray(sample_grid(values, from_box, size), np.float32)
