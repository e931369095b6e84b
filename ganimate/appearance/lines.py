"""The lines of a face's own skin, and how a change of action units deepens or softens them.

Skin creases where it has creased before. Forehead lines, frown lines, crow's feet and wrinkles of
the nose lie elsewhere in each face, but a grown-up's photo hints at them. They are looked for once,
as dark lines along the direction in which a muscle folds the skin there; each frame multiplies the
photo by what its change of action units makes of them, before it is warped. Smooth skin has none.
How lined a face is says how deep the mean fold (creases.py) is to be drawn on it, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import LEFT, ROW_OF
from ganimate.appearance.gain import Gain
from ganimate.appearance.line_depths import (
    blur,
    measure_contrast,
    measure_depths,
    select_direction,
    subtract_noise,
)
from ganimate.appearance.line_regions import Region, list_regions
from ganimate.appearance.line_settings import LINES, LineSettings
from ganimate.arrays import AUVector, Floats, Landmarks, Map, Mask, Photo
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import N_MESH
from ganimate.numerics import Affine2D, fall

MILLIMETRE = 0.0061
"""Share of an aligned crop's side: a millimetre of a face that is 140 mm wide, as adults' are, from
temple to temple, .848 of the crop."""


@dataclass(frozen=True)
class Lines:
    """The lines of a region of a face, on a grid as fine as the photo up to LineSettings.finest.

    Attributes:
        to_grid: photo pixels to those of the grid.
        depth: (h, w) of log luminance, 0 where there is no line.
        cells: (k, 2) rows and columns of an AU vector, what deepens them.
        shares: (k, h, w) how much of a line each deepens; they add up to 1 at most.
    """

    to_grid: Affine2D
    depth: Map
    cells: NDArray[np.int64]
    shares: Floats


@dataclass(frozen=True)
class Skin:
    """What a photo says of a face's skin.

    Attributes:
        lines: region by region; () for smooth skin.
        folds: how deep the mean face's folds are to be drawn on it, times the mean.
    """

    lines: tuple[Lines, ...]
    folds: float


@dataclass(frozen=True)
class _SkinView:
    """The skin of a face on a grid of (h, w) pixels.

    Attributes:
        to_grid: photo pixels to those of the grid.
        millimetre: pixels for a millimetre of the face.
        narrow: (directions, h, w) depths of narrow lines above the noise.
        wide: (directions, h, w) depths of lines of either kind above the noise.
        contrast: (h, w) of what is near.
        inside: (h, w) what lies in the photo.
    """

    to_grid: Affine2D
    millimetre: float
    narrow: Floats
    wide: Floats
    contrast: Map
    inside: Mask


def measure_skin(photo: Photo, landmarks: Landmarks, settings: LineSettings = LINES) -> Skin:
    """Find the lines of a face, and measure how lined it is.

    Args:
        photo: (H, W, 3).
        landmarks: (468 or more, 3) photo pixels.
        settings: what a line is.
    """
    finest = float(np.linalg.det(fit_crop(landmarks, 1).linear) ** -0.5)
    if finest < settings.coarsest:
        return Skin((), settings.folds_unknown)
    view = _view_skin(photo, landmarks, round(min(finest, settings.finest)), settings)
    points = view.to_grid.apply(landmarks[:N_MESH])
    bare, known, amount = 1.0, 1.0, 0.0
    found: list[Lines] = []
    for whole in list_regions(points, view.contrast.shape, view.millimetre, settings):
        if (box := _bound(whole.mask > 0)) is None:
            continue
        region, own = whole.at(box), whole.settings
        depths = (view.wide if own.wide else view.narrow)[:, box[0], box[1]]
        skin = region.mask * view.inside[box] * fall(view.contrast[box], *own.rough)
        if (1, LEFT) in region.cells:
            bare, known = _measure_bareness(depths, region, skin, settings)
        depth = _trace_lines(depths, region, skin, view.millimetre, settings)
        depth *= bare if own.wide else settings.narrow
        amount += own.evidence * float(depth.sum()) / view.millimetre**2
        if (lines := _cut_lines(depth, region, view.to_grid, box, settings)) is not None:
            found.append(lines)
    return Skin(tuple(found), _choose_folds(amount, known, settings))


def deepen_lines(lines: Lines, change: AUVector, settings: LineSettings = LINES) -> Gain | None:
    """Work out what a change of action units makes of lines.

    Args:
        lines: of one region.
        change: (17, 2) in [-1, 1], what is asked less what the photo shows.
        settings: how much lines deepen and soften.

    Returns:
        What to multiply the photo by before it is warped; None where nobody would see it.
    """
    asked = change[lines.cells[:, 0], lines.cells[:, 1]]
    if not asked.any():
        return None
    amount = np.einsum("k,khw->hw", asked, lines.shares)
    deepest = settings.deepest
    darker = deepest * -np.expm1(-settings.deepening / deepest * lines.depth)
    log_gain = np.where(amount > 0, -amount * darker, -amount * settings.softening * lines.depth)
    if np.abs(log_gain).max() < settings.unseen:
        return None
    return Gain(lines.to_grid, np.asarray(np.expm1(log_gain), np.float32))


def _view_skin(photo: Photo, landmarks: Landmarks, side: int, settings: LineSettings) -> _SkinView:
    """The upper part of a face, as an aligned crop of `side` pixels would show it."""
    to_grid = fit_crop(landmarks, side).shifted(0, round(settings.above * side))
    height = round((settings.above + settings.below) * side)
    grey = cv2.cvtColor(sample_crop(photo, to_grid, side)[:height], cv2.COLOR_RGB2GRAY)
    luminance = np.log(np.asarray(grey, np.float32) + settings.dark_level)
    millimetre = MILLIMETRE * side
    narrow, wide = measure_depths(luminance, millimetre, settings)
    return _SkinView(
        to_grid=to_grid,
        millimetre=millimetre,
        narrow=subtract_noise(narrow, millimetre, settings),
        wide=subtract_noise(np.maximum(narrow, wide), millimetre, settings),
        contrast=measure_contrast(luminance, millimetre, settings),
        inside=_mask_photo(photo, to_grid, luminance.shape),
    )


def _measure_bareness(
    depths: Floats, forehead: Region, skin: Map, settings: LineSettings
) -> tuple[float, float]:
    """How bare a forehead is of hair, and whether it can be seen at all, in [0, 1].

    A fringe hides its lines and its tips would pass for those of a frown; a hat hides them, too.
    """
    middle = forehead.mask * forehead.shares[:2].sum(axis=0)
    area = max(1.0, float(middle.sum()))
    across = forehead.direction + 90
    strands = select_direction(depths, across, forehead.settings.within, settings)
    bare = float(fall((strands * middle).sum() / area, *settings.strands))
    return bare, bare * min(1.0, float((skin * middle).sum()) / (settings.in_sight * area))


def _trace_lines(
    depths: Floats, region: Region, skin: Map, millimetre: float, settings: LineSettings
) -> Map:
    """(h, w) depth of the lines along a region's direction, where there are more than across it.

    depths: (directions, h, w); skin: (h, w) in [0, 1], the region's skin that can be seen.
    """
    along, across = (
        skin * select_direction(depths, region.direction + turn, region.settings.within, settings)
        for turn in (0, 90)
    )
    about = settings.about * millimetre
    # A region that is hardly in sight has no evidence to show.
    weight = np.maximum(blur(skin, about), settings.hidden * blur(region.mask, about) + 1e-3)
    evidence = blur(along - across, about) / weight
    return np.asarray(along * (1 - fall(evidence, *settings.evidence)), np.float32)


def _cut_lines(
    depth: Map,
    region: Region,
    to_grid: Affine2D,
    box: tuple[slice, slice],
    settings: LineSettings,
) -> Lines | None:
    """The lines of a region that would be seen when deepened; `box` is its place on the grid."""
    if (part := _bound(depth > settings.unseen / settings.deepening)) is None:
        return None
    left, top = (box[axis].start + part[axis].start for axis in (1, 0))
    return Lines(
        to_grid=to_grid.shifted(-left, -top),
        depth=depth[part].copy(),
        cells=np.array([(ROW_OF[number], column) for number, column in region.cells]),
        shares=region.shares[:, part[0], part[1]].copy(),
    )


def _choose_folds(amount: float, known: float, settings: LineSettings) -> float:
    """How deep the mean face's folds are to be drawn, by the amount of lines, in mm^2.

    known: in [0, 1], whether the face shows how lined it is.
    """
    smooth, unknown = settings.folds_smooth, settings.folds_unknown
    by_lines = smooth + (settings.folds_lined - smooth) * amount / (amount + settings.folds_half)
    return unknown + known * (by_lines - unknown)


def _bound(where: Mask) -> tuple[slice, slice] | None:
    """Rows and columns that hold all that is true, and a pixel more; None if nothing is."""
    if not where.any():
        return None
    rows, columns = (np.flatnonzero(where.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - 1), int(rows[-1]) + 2),
        slice(max(0, int(columns[0]) - 1), int(columns[-1]) + 2),
    )


def _mask_photo(photo: Photo, to_grid: Affine2D, shape: tuple[int, ...]) -> Mask:
    """(h, w) the pixels of a grid that lie in the photo."""
    back = to_grid.inverse().matrix
    y, x = np.mgrid[: shape[0], : shape[1]]
    across, down = (row[0] * x + row[1] * y + row[2] for row in back)
    height, width = photo.shape[:2]
    return np.asarray((across > 0) & (across < width - 1) & (down > 0) & (down < height - 1))
