"""Bands: what differs from what lies on both of its sides, along a path.

The best band on a grid is found by dynamic programming over where it begins and how thick it is (as
in Sun and Pallottino, "Circular shortest path in images", Pattern Recognition 36, 2003).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.glasses_settings import GLASSES, GlassesSettings
from ganimate.arrays import Floats, Points
from ganimate.numerics import FIXED_POINT_BITS, to_fixed_point


@dataclass(frozen=True)
class Band:
    """A band along a path.

    Attributes:
        edges: (2, n, 2) its inner and its outer edge, pixels of the crop.
        contrast: (n,) how far it differs from both of its sides.
        places: (n,) at which of the places across it begins.
    """

    edges: Points
    contrast: Floats
    places: NDArray[np.int64]


def measure_contrast(strip: Floats, settings: GlassesSettings = GLASSES) -> Floats:
    """Measure how far each band across a strip differs from both of its sides.

    Args:
        strip: (n, m, 3) L*a*b* at m places in each of n directions.
        settings: thicknesses, and what is beside a band.

    Returns:
        (thicknesses, n, m) for a band that begins at each place; a band that differs from its sides
        in opposite ways is an edge of something else, and has 0.
    """
    count, places = strip.shape[:2]
    least, most = settings.thickness
    beside = settings.beside
    contrast = np.zeros((most - least + 1, count, places), np.float32)
    sums = np.concatenate([np.zeros((count, 1, 3), np.float32), np.cumsum(strip, axis=1)], axis=1)
    for row, thickness in enumerate(range(least, most + 1)):
        at = np.arange(beside, places - thickness - beside)
        within = (sums[:, at + thickness] - sums[:, at]) / thickness
        before = within - (sums[:, at] - sums[:, at - beside]) / beside
        after = within - (sums[:, at + thickness + beside] - sums[:, at + thickness]) / beside
        light = np.minimum(np.abs(before[..., 0]), np.abs(after[..., 0]))
        light = light * (before[..., 0] * after[..., 0] > 0)
        one, other = before[..., 1:], after[..., 1:]
        hue = np.minimum(np.linalg.norm(one, axis=2), np.linalg.norm(other, axis=2))
        hue = hue * ((one * other).sum(axis=2) > 0)
        contrast[row, :, at] = np.minimum(light + hue, settings.most).T
    return contrast


def follow_band(
    grid: NDArray[np.float64],
    contrast: Floats,
    worth: Floats,
    settings: GlassesSettings,
    *,
    closed: bool,
) -> Band:
    """Follow the band that is worth most along the directions of a grid.

    A closed one is followed once around to find where to begin, and once more to be told.

    Args:
        grid: (n, m, 2) places across the band in n directions, or at n places along it.
        contrast: (k, n, m) how far bands of k thicknesses that begin there differ from their sides.
        worth: (k, n, m) what they count for.
        settings: what bends and swells cost.
        closed: whether it comes back to where it begins.
    """
    count = contrast.shape[1]
    order = [*range(count), *range(count)] if closed else list(range(count))
    best, ways = worth[:, order[0]], []
    for direction in order[1:]:
        best, way = _step(best, settings)
        best = best + worth[:, direction]
        ways.append(way)
    row, place = np.unravel_index(int(best.argmax()), best.shape)
    path = [(int(row), int(place))]
    for way in reversed(ways[len(ways) - count + 1 :]):
        row, place = way[:, path[-1][0], path[-1][1]]
        path.append((int(row), int(place)))
    rows, starts = np.array(path[::-1]).T
    at = np.arange(count)
    edges = np.stack([grid[at, starts], grid[at, starts + rows + settings.thickness[0]]])
    return Band(edges.astype(np.float32), contrast[rows, at, starts], starts)


def draw_band(
    share: NDArray[np.uint8], band: Band, seen: NDArray[np.bool_], *, closed: bool
) -> None:
    """Fill a band with 1 where it is seen.

    Args:
        share: (s, s), in place.
        band: to be drawn.
        seen: (n,) where along it.
        closed: whether it goes on from its end to its beginning.
    """
    inner, outer = to_fixed_point(band.edges)
    count = len(seen)
    for at in range(count if closed else count - 1):
        after = (at + 1) % count
        if seen[at] and seen[after]:
            quad = np.array([inner[at], inner[after], outer[after], outer[at]])
            cv2.fillConvexPoly(share, quad, (1,), cv2.LINE_8, FIXED_POINT_BITS)


def _step(best: Floats, settings: GlassesSettings) -> tuple[Floats, NDArray[np.int64]]:
    """From the best sums (k, m) to those of the next direction, and where each came from.

    Returns:
        (k, m) sums, less what bends and swells cost, and (2, k, m) row and place before.
    """
    thicker, rows = _shift_best(best, settings.swell, reach=1, axis=0)
    moved, places = _shift_best(thicker, settings.bend, reach=2, axis=1)
    return moved, np.stack([np.take_along_axis(rows, places, axis=1), places])


def _shift_best(
    best: Floats, cost: float, *, reach: int, axis: int
) -> tuple[Floats, NDArray[np.int64]]:
    """The best of each value and its neighbours along an axis, less a cost, and its index."""
    size = best.shape[axis]
    index = np.arange(size)
    values, sources = [], []
    for shift in range(-reach, reach + 1):
        source = np.clip(index + shift, 0, size - 1)
        values.append(np.take(best, source, axis=axis) - np.float32(cost * abs(shift)))
        sources.append(source)
    stacked = np.stack(values)
    choice = stacked.argmax(axis=0)
    along = index if axis else index[:, None]
    source = np.clip(along + choice - reach, 0, size - 1)
    return stacked.max(axis=0), source
