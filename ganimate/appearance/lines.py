"""The lines of a face's own skin, and how a change of action units deepens or softens them.

Skin creases where it has creased before. Forehead lines, frown lines, crow's feet and wrinkles of
the nose lie elsewhere in each face, but a grown-up's photo hints at them. They are looked for once,
as dark lines along the direction in which a muscle folds the skin there; each frame multiplies the
photo by what its change of action units makes of them, before it is warped. Smooth skin has none.
How lined a face is says how deep the mean fold (shading.py) is to be drawn on it, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import LEFT, RIGHT, ROW_OF
from ganimate.appearance.gain import Gain
from ganimate.arrays import AUVector, Landmarks, Map, Photo, Points
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import N_MESH
from ganimate.numerics import FIXED_POINT_BITS, Affine2D, fall, to_fixed_point

FINEST = 384  # px for the side of an aligned crop, on photos that have as many; pores show beyond
COARSEST = 128  # ... where coarser photos show no lines
ABOVE, BELOW = 0.15, 0.62  # of its side: from how far above its upper edge to how far below it
MM = 0.0061  # of its side: a millimetre of a face that is 140 mm wide from temple to temple

# Lengths in mm. A line is darker than the skin on both of its sides, and so all along.
ALONG, ACROSS = 3.5, 0.45  # standard deviations of the mean that is taken along it
FLANKS = (1.6, 3.2)  # from its middle to the skin at its sides, of narrow and of wide ones
DIRECTIONS = np.arange(-90, 90, 12)  # degrees from x to y
BROADER = 3.0  # standard deviation of what is no line but the shape of the face
BESIDE, AROUND, ABOUT = 2.5, 4.0, 8.0  # ... of what is next to a line, near it, in its surroundings
LASHES = (7.0, 12.0)  # from the outer corner of an eye, within which a line may be the lids'

# Depths, of log luminance.
NOISE = 2.0  # times what lies in every direction alike: pores, grain, blocks of a JPEG
FAINT = 0.004  # what a line is deeper by
EVIDENCE = (0.0007, 0.002)  # mean about a line, less that across it: of smooth skin, of lined skin
STRANDS = (0.006, 0.012)  # mean across the forehead's lines, of bare ones and of those under hair
ROUGH = (0.07, 0.11)  # contrast of lined skin; of hair, frames of glasses, brims
ROUGH_EYES = (0.085, 0.13)  # ... of crow's feet, which are deeper; and of arms of glasses
NARROW = 1.7  # by how many times a line is deeper than it looks beside skin that it still shades
DEEPER = 3.5  # times its depth by which an action unit deepens a line
DEEPEST = 0.3  # ... at most
SOFTER = 0.5  # of its depth by which a line softens as the unit goes: no photo shows it gone
UNSEEN = 0.004  # below one level of 255

# How deep the mean face's folds are drawn. Over UTKFace the amount of lines, in mm^2 of log
# luminance, has a median of 0 up to the age of 10, 0.9 from 30 to 45 and 5.7 beyond 75.
SMOOTH, LINED = 0.55, 1.3  # times the mean, on skin without lines, with any amount of them
HALF_LINED = 1.0  # the amount of lines half way between
UNKNOWN = 0.85  # ... where a fringe hides them, or the photo is too coarse

# Landmarks around the skin that a unit folds; of pairs, the person's right and left.
FOREHEAD = (
    68, 63, 105, 66, 107, 9, 336, 296, 334, 293, 298, 284, 332, 297, 338, 10, 109, 67, 103, 54,
)  # fmt: skip
BETWEEN_BROWS = (55, 107, 108, 337, 336, 285, 168)
NOSE_ROOT = (193, 8, 417, 351, 419, 197, 196, 122)
BESIDE_EYES = (
    (359, 342, 276, 383, 368, 356, 454, 345, 340, 261),
    (130, 113, 46, 156, 139, 127, 234, 116, 111, 31),
)
EYE_CORNERS = ((263, 362), (33, 133))  # outer, inner
MIDDLE, BROW_ENDS = 9, (293, 63)  # between the brows; their outer parts
INNER, OUTER = 0.25, 0.75  # of the way from the middle to there: AU1 up to it, AU2 from it on


@dataclass(frozen=True)
class Lines:
    """The lines of a region of a face, on a grid as fine as the photo up to FINEST."""

    to_grid: Affine2D  # photo pixels to the grid's
    depth: Map  # of log luminance, >= 0
    cells: NDArray[np.int64]  # (k, 2) rows and columns of an AU vector: what deepens them
    shares: NDArray[np.float32]  # (k, h, w) where; they add up to 1 at most


@dataclass(frozen=True)
class Skin:
    """What a photo says of a face's skin."""

    lines: tuple[Lines, ...]  # region by region; () for smooth skin
    folds: float  # how deep the mean face's folds are to be drawn on it, times the mean


@dataclass(frozen=True)
class _Region:
    """Skin that folds in a known direction, and the units that fold it; on a whole grid."""

    mask: Map  # in [0, 1]
    direction: Map  # degrees
    within: float  # degrees to both sides
    rough: tuple[float, float]  # contrast up to which it is skin, from which it is none
    wide: bool  # whether its lines can be, and hide under a fringe
    tells: float  # how much its lines count for how lined a face is
    cells: tuple[tuple[int, int], ...]
    shares: NDArray[np.float32]  # (k, h, w)

    def at(self, box: tuple[slice, slice]) -> _Region:
        """The same region on a part of the grid."""
        mask, direction, shares = (
            self.mask[box],
            self.direction[box],
            self.shares[:, box[0], box[1]],
        )
        return replace(self, mask=mask, direction=direction, shares=shares)


def measure_skin(photo: Photo, landmarks: Landmarks) -> Skin:
    """The lines of a face, and how lined it is. landmarks: (478, 3) photo pixels."""
    finest = float(np.linalg.det(fit_crop(landmarks, 1).linear) ** -0.5)
    if finest < COARSEST:
        return Skin((), UNKNOWN)
    side = round(min(finest, FINEST))
    to_grid = fit_crop(landmarks, side).shifted(0, round(ABOVE * side))
    height = round((ABOVE + BELOW) * side)
    grey = cv2.cvtColor(sample_crop(photo, to_grid, side)[:height], cv2.COLOR_RGB2GRAY)
    luminance = np.log(np.asarray(grey, np.float32) + 8)
    millimetre = MM * side
    narrow, wide = _measure_depths(luminance, millimetre)
    above_noise = [_subtract_noise(one, millimetre) for one in (narrow, np.maximum(narrow, wide))]
    contrast = _measure_contrast(luminance, millimetre)
    inside = _mask_photo(photo, to_grid, luminance.shape)
    points = to_grid.apply(landmarks[:N_MESH])
    bare, known, amount = 1.0, 1.0, 0.0
    found: list[Lines] = []
    for whole in _list_regions(points, luminance.shape, millimetre):
        if (box := _bound(whole.mask > 0)) is None:
            continue
        region, depths = whole.at(box), above_noise[whole.wide][:, box[0], box[1]]
        skin = region.mask * inside[box] * fall(contrast[box], *region.rough)
        if region.cells[0][0] == 1:
            bare, known = _measure_bareness(depths, region, skin)
        depth = _trace_lines(depths, region, skin, millimetre)
        depth *= bare if region.wide else NARROW
        amount += region.tells * float(depth.sum()) / millimetre**2
        if (part := _bound(depth > UNSEEN / DEEPER)) is not None:
            left, top = (box[axis].start + part[axis].start for axis in (1, 0))
            cells = np.array([(ROW_OF[number], column) for number, column in region.cells])
            found.append(
                Lines(
                    to_grid.shifted(-left, -top),
                    depth[part].copy(),
                    cells,
                    region.shares[:, part[0], part[1]].copy(),
                )
            )
    seen = SMOOTH + (LINED - SMOOTH) * amount / (amount + HALF_LINED)
    return Skin(tuple(found), UNKNOWN + known * (seen - UNKNOWN))


def _measure_bareness(
    depths: NDArray[np.float32], forehead: _Region, skin: Map
) -> tuple[float, float]:
    """How bare a forehead is of hair, and whether it is seen at all, in [0, 1].

    A fringe hides its lines and its tips would pass for those of a frown; a hat hides them, too.
    """
    middle = forehead.mask * forehead.shares[:2].sum(axis=0)
    area = max(1.0, float(middle.sum()))
    strands = _select_direction(depths, forehead.direction + 90, forehead.within)
    bare = float(fall((strands * middle).sum() / area, *STRANDS))
    return bare, bare * min(1.0, 2 * float((skin * middle).sum()) / area)


def _trace_lines(depths: NDArray[np.float32], region: _Region, skin: Map, millimetre: float) -> Map:
    """(h, w) depth of the lines along a region's direction, where there are more than across it.

    depths: (directions, h, w); skin: (h, w) in [0, 1], the region's skin that can be seen.
    """
    along, across = (
        skin * _select_direction(depths, region.direction + turn, region.within) for turn in (0, 90)
    )
    about = ABOUT * millimetre
    # A region that is hardly seen has no evidence to show.
    weight = np.maximum(_blur(skin, about), 0.3 * _blur(region.mask, about) + 1e-3)
    evidence = _blur(along - across, about) / weight
    return np.asarray(along * (1 - fall(evidence, *EVIDENCE)), np.float32)


def _bound(where: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """Rows and columns that hold all that is true, and a pixel more; None if nothing is."""
    if not where.any():
        return None
    rows, columns = (np.flatnonzero(where.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - 1), int(rows[-1]) + 2),
        slice(max(0, int(columns[0]) - 1), int(columns[-1]) + 2),
    )


def deepen_lines(lines: Lines, change: AUVector) -> Gain | None:
    """What a change (17, 2) of AUs makes of lines; None where nobody would see it."""
    asked = change[lines.cells[:, 0], lines.cells[:, 1]]
    if not asked.any():
        return None
    amount = np.einsum("k,khw->hw", asked, lines.shares)
    darker = DEEPEST * -np.expm1(-DEEPER / DEEPEST * lines.depth)
    log_gain = np.where(amount > 0, -amount * darker, -amount * SOFTER * lines.depth)
    if np.abs(log_gain).max() < UNSEEN:
        return None
    return Gain(lines.to_grid, np.asarray(np.expm1(log_gain), np.float32))


def _measure_depths(luminance: Map, millimetre: float) -> NDArray[np.float32]:
    """(2, directions, h, w) by how much lines, narrow and wide, are darker than both sides of them.

    Negative where it is not: an edge of a shadow, a brow or a brim is dark on one side alone.
    """
    depths = np.empty((len(FLANKS), len(DIRECTIONS), *luminance.shape), np.float32)
    for place, turn in enumerate(np.radians(DIRECTIONS)):
        stroke = _build_stroke(turn, millimetre)
        mean = cv2.filter2D(luminance, -1, stroke, borderType=cv2.BORDER_REPLICATE)
        across = millimetre * np.array([-np.sin(turn), np.cos(turn)])
        for width, away in enumerate(FLANKS):
            sides = _shift(mean, away * across), _shift(mean, -away * across)
            depths[width, place] = np.minimum(*sides) - mean
    return depths


def _subtract_noise(depths: NDArray[np.float32], millimetre: float) -> NDArray[np.float32]:
    """(directions, h, w) by how much lines are deeper than what lies in every direction alike."""
    noise = _blur(np.median(np.maximum(depths, 0), axis=0), AROUND * millimetre)
    return np.asarray(depths - NOISE * noise - FAINT, np.float32)


def _select_direction(depths: NDArray[np.float32], direction: Map, within: float) -> Map:
    """The deepest of lines (directions, h, w) within so many degrees of a direction (h, w)."""
    deepest = np.zeros_like(direction)
    for angle, depth in zip(DIRECTIONS, depths, strict=True):
        off = np.abs((direction - angle + 90) % 180 - 90) / within
        np.maximum(deepest, fall(off, 0.6, 1.2) * depth, out=deepest)
    return deepest


def _build_stroke(turn: float, millimetre: float) -> Map:
    """(n, n) weights of a mean along a stroke in the direction `turn`, radians."""
    along, across = ALONG * millimetre, max(0.7, ACROSS * millimetre)
    reach = int(np.ceil(2.5 * along))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    weights = np.exp(-((u / along) ** 2 + (v / across) ** 2) / 2)
    return np.asarray(weights / weights.sum(), np.float32)


def _shift(grid: NDArray[Any], by: NDArray[np.float64]) -> Map:
    """A grid moved by (x, y) pixels."""
    matrix = np.array([[1, 0, by[0]], [0, 1, by[1]]], np.float64)
    size = grid.shape[1], grid.shape[0]
    return np.asarray(
        cv2.warpAffine(grid, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _measure_contrast(luminance: Map, millimetre: float) -> Map:
    """(h, w) the highest contrast nearby: of hair, brows, lashes, frames of glasses, brims."""
    finer = luminance - _blur(luminance, BROADER * millimetre)
    contrast = np.sqrt(_blur(finer * finer, BESIDE * millimetre))
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(BESIDE * millimetre) + 1,) * 2)
    return np.asarray(cv2.dilate(contrast, near), np.float32)


def _mask_photo(photo: Photo, to_grid: Affine2D, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w) the pixels of a grid that lie in the photo."""
    back = to_grid.inverse().matrix
    y, x = np.mgrid[: shape[0], : shape[1]]
    across, down = (row[0] * x + row[1] * y + row[2] for row in back)
    height, width = photo.shape[:2]
    return np.asarray((across > 0) & (across < width - 1) & (down > 0) & (down < height - 1))


def _list_regions(points: Points, shape: tuple[int, ...], millimetre: float) -> Iterator[_Region]:
    """Where which units fold the skin of a face whose landmarks (468, 2) are pixels of a grid."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    place = np.stack([x, y], 2)
    level, upright = np.zeros(shape, np.float32), np.full(shape, 90, np.float32)
    # How far off the middle, in each side's own measure: a turned face shows less of one side.
    ways = [points[end] - points[MIDDLE] for end in BROW_ENDS]
    off = [(place - points[MIDDLE]) @ (way / (way @ way)) for way in ways]
    sides = 1 - fall((off[LEFT] - off[RIGHT]) / 2, -INNER, INNER)
    sides = np.stack([sides, 1 - sides])
    inner = fall(np.maximum(*off), INNER, OUTER)

    def area(outline: Points, soft: float) -> Map:
        return _mask_area(outline, shape, soft * millimetre)

    cells = ((1, LEFT), (1, RIGHT), (2, LEFT), (2, RIGHT))
    shares = np.concatenate([inner * sides, (1 - inner) * sides])
    yield _Region(area(points[list(FOREHEAD)], 2.0), level, 30.0, ROUGH, True, 1.0, cells, shares)
    outline = points[list(BETWEEN_BROWS)]
    outline[2:4] = (outline[2:4] + outline[[1, 4]]) / 2  # half way up the forehead
    yield _Region(
        area(outline, 1.0), upright, 36.0, ROUGH, True, 2.0, ((4, LEFT), (4, RIGHT)), sides
    )
    outline = points[list(NOSE_ROOT)]
    yield _Region(area(outline, 1.0), level, 30.0, ROUGH, True, 1.0, ((9, LEFT), (9, RIGHT)), sides)
    for side, (beside, (outer, inner_corner)) in enumerate(
        zip(BESIDE_EYES, EYE_CORNERS, strict=True)
    ):
        from_eye = place - (points[outer] + 0.25 * (points[inner_corner] - points[outer]))
        rays = np.degrees(np.arctan2(from_eye[:, :, 1], from_eye[:, :, 0]))
        distance = np.linalg.norm(place - points[outer], axis=2) / millimetre
        mask = area(points[list(beside)], 1.2) * (1 - fall(distance, *LASHES))
        everywhere = np.ones((1, *shape), np.float32)
        yield _Region(mask, rays, 30.0, ROUGH_EYES, False, 0.0, ((6, side),), everywhere)


def _mask_area(outline: Points, shape: tuple[int, ...], soft: float) -> Map:
    """1 within an outline (n, 2), 0 outside, with a soft border that lies inside."""
    mask = np.zeros(shape, np.float32)
    cv2.fillPoly(mask, [to_fixed_point(outline)], (1,), cv2.LINE_8, FIXED_POINT_BITS)
    inset = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(soft) + 1,) * 2)
    return _blur(cv2.erode(mask, inset), soft)


def _blur(grid: NDArray[Any], sigma: float) -> Map:
    return np.asarray(cv2.GaussianBlur(grid, (0, 0), sigma), np.float32)
