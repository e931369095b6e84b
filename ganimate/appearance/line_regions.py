"""Where which action units fold the skin of a face, and in which direction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ganimate.action_units import LEFT, RIGHT
from ganimate.appearance.line_depths import blur
from ganimate.appearance.line_settings import LineSettings, RegionSettings
from ganimate.arrays import Floats, Map, Points
from ganimate.numerics import FIXED_POINT_BITS, fall, to_fixed_point

FOREHEAD = (
    68, 63, 105, 66, 107, 9, 336, 296, 334, 293, 298, 284, 332, 297, 338, 10, 109, 67, 103, 54,
)  # fmt: skip
"""Landmarks around the forehead, along the brows and then the hair."""

GLABELLA = (55, 107, 108, 337, 336, 285, 168)
"""Landmarks around the skin between the brows; those on the forehead are third and fourth."""

NOSE_ROOT = (193, 8, 417, 351, 419, 197, 196, 122)
"""Landmarks around the root of the nose."""

EYE_SIDES = (
    (359, 342, 276, 383, 368, 356, 454, 345, 340, 261),
    (130, 113, 46, 156, 139, 127, 234, 116, 111, 31),
)
"""Landmarks around the skin beside each eye, the person's left first."""

EYE_CORNERS = ((263, 362), (33, 133))
"""Outer and inner corner of each eye, the person's left first."""

BROW_MIDDLE, BROW_ENDS = 9, (293, 63)
"""Landmarks between the brows, and at their outer parts, the person's left first."""

LEVEL, UPRIGHT = 0.0, 90.0
"""Directions of lines in an upright face, degrees from x to y."""


@dataclass(frozen=True)
class Region:
    """Skin that some action units fold in a known direction, on a grid.

    Attributes:
        mask: (h, w) in [0, 1], where it lies.
        direction: (h, w) degrees from x to y that its lines run in.
        settings: how its lines are told from what is none.
        cells: k pairs of a unit's number and a column of AU vectors, what deepens them.
        shares: (k, h, w) how much of a line each of them deepens; they add up to 1 at most.
    """

    mask: Map
    direction: Map
    settings: RegionSettings
    cells: tuple[tuple[int, int], ...]
    shares: Floats

    def at(self, box: tuple[slice, slice]) -> Region:
        """Cut out a part of the grid, by its rows and columns."""
        return replace(
            self,
            mask=self.mask[box],
            direction=self.direction[box],
            shares=self.shares[:, box[0], box[1]],
        )


def list_regions(
    points: Points, shape: tuple[int, ...], millimetre: float, settings: LineSettings
) -> Iterator[Region]:
    """List the regions of a face: forehead, glabella, root of the nose, beside each eye.

    Args:
        points: (468, 2) landmarks, pixels of the grid.
        shape: (height, width) of the grid.
        millimetre: pixels for a millimetre of the face.
        settings: how far regions reach and what their lines are like.
    """
    sides, inner = _split_forehead(points, shape, settings)

    def build(
        outline: Points,
        direction: float,
        own: RegionSettings,
        units: tuple[int, ...],
        shares: Floats,
    ) -> Region:
        return Region(
            mask=_mask_area(outline, shape, own.softness * millimetre),
            direction=np.full(shape, direction, np.float32),
            settings=own,
            cells=tuple((unit, side) for unit in units for side in (LEFT, RIGHT)),
            shares=shares,
        )

    forehead = np.concatenate([inner * sides, (1 - inner) * sides])
    yield build(points[list(FOREHEAD)], LEVEL, settings.forehead, (1, 2), forehead)
    outline = points[list(GLABELLA)]
    outline[2:4] = (outline[2:4] + outline[[1, 4]]) / 2  # half way up the forehead
    yield build(outline, UPRIGHT, settings.glabella, (4,), sides)
    yield build(points[list(NOSE_ROOT)], LEVEL, settings.nose_root, (9,), sides)
    for side in (LEFT, RIGHT):
        yield _build_eye_side(points, side, shape, millimetre, settings)


def _split_forehead(
    points: Points, shape: tuple[int, ...], settings: LineSettings
) -> tuple[Floats, Map]:
    """What is the person's left and right, (2, h, w), and what lies about the middle, (h, w).

    Each side is measured by itself: a turned face shows less of one.
    """
    place = _list_places(shape)
    ways = [points[end] - points[BROW_MIDDLE] for end in BROW_ENDS]
    off = [(place - points[BROW_MIDDLE]) @ (way / (way @ way)) for way in ways]
    left = 1 - fall((off[LEFT] - off[RIGHT]) / 2, -settings.inner, settings.inner)
    return np.stack([left, 1 - left]), fall(np.maximum(*off), settings.inner, settings.outer)


def _build_eye_side(
    points: Points, side: int, shape: tuple[int, ...], millimetre: float, settings: LineSettings
) -> Region:
    """The region beside an eye, whose lines run along rays from within the eye."""
    own, place = settings.eye_corner, _list_places(shape)
    outer, inner = points[list(EYE_CORNERS[side])]
    from_eye = place - (outer + settings.ray_origin * (inner - outer))
    distance = np.linalg.norm(place - outer, axis=2) / millimetre
    mask = _mask_area(points[list(EYE_SIDES[side])], shape, own.softness * millimetre)
    return Region(
        mask=mask * (1 - fall(distance, *settings.lash_reach)),
        direction=np.degrees(np.arctan2(from_eye[:, :, 1], from_eye[:, :, 0])),
        settings=own,
        cells=((6, side),),
        shares=np.ones((1, *shape), np.float32),
    )


def _list_places(shape: tuple[int, ...]) -> Floats:
    """(h, w, 2) x and y of each pixel."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return np.stack([x, y], 2)


def _mask_area(outline: Points, shape: tuple[int, ...], soft: float) -> Map:
    """1 within an outline (n, 2), 0 outside, with a soft border that lies inside, (h, w)."""
    mask = np.zeros(shape, np.float32)
    cv2.fillPoly(mask, [to_fixed_point(outline)], (1,), cv2.LINE_8, FIXED_POINT_BITS)
    inset = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(soft) + 1,) * 2)
    return blur(cv2.erode(mask, inset), soft)
