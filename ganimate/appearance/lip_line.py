"""The dark between lips that come together: their shade on what is behind them, and their line."""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.appearance.settings import LIP_LINE, LipLineSettings
from ganimate.arrays import Floats, Map, Points
from ganimate.face.landmarks import LIPS, measure_width
from ganimate.numerics import FIXED_POINT_BITS, fall, rise, to_fixed_point


def draw_lip_line(
    turned: Points,
    target: Points,
    shape: tuple[int, int],
    settings: LipLineSettings = LIP_LINE,
) -> Map:
    """Draw the line between lips that have met, and their shade on teeth that are nearly covered.

    Warped lips meet without a shadow: the photo shows each of them in the light, and teeth in all
    the light that lips let in that were farther apart.

    Args:
        turned: (468 or more, 2) landmarks before the lips move, pixels of the grid.
        target: the same landmarks after.
        shape: (height, width) of the grid.
        settings: how broad and dark the line is, and the shade.

    Returns:
        (h, w) in [0, 1], how much darker a pixel is.
    """
    was, now = _measure_gaps(turned), _measure_gaps(target)
    shade = _draw_shade(target, was, now, shape, settings)
    return np.maximum(_draw_line(target, was, now, shape, settings), shade)


def trace_edges(
    turned: Points,
    target: Points,
    shape: tuple[int, int],
    breadth: float,
    settings: LipLineSettings = LIP_LINE,
) -> Map:
    """Trace the inner edges of lips that open or shut, as broad as asked.

    Args:
        turned: (468 or more, 2) landmarks before the lips move, pixels of the grid.
        target: the same landmarks after.
        shape: (height, width) of the grid.
        breadth: in pixels of the grid.
        settings: how far they move until they are traced in full.

    Returns:
        (h, w) in [0, 1], how far they do.
    """
    moved = rise(np.abs(_measure_gaps(target) - _measure_gaps(turned)), *settings.moved)
    moved = np.minimum(moved[1:], moved[:-1])
    edges = (
        _trace(target[edge[0], :2], moved, shape, max(1, round(breadth)))
        for edge in (LIPS.upper, LIPS.lower)
    )
    return np.maximum(*edges)


def cover_lips(turned: Points, target: Points, shape: tuple[int, int]) -> Map:
    """Cover lips, and where they have been.

    Args:
        turned: (468 or more, 2) landmarks before the lips move, pixels of the grid.
        target: the same landmarks after.
        shape: (height, width) of the grid.

    Returns:
        (h, w) 1 there, 0 elsewhere.
    """
    rims = [*LIPS.corners, *LIPS.upper[-1], *LIPS.lower[-1]]
    outline = cv2.convexHull(np.concatenate([turned[rims, :2], target[rims, :2]]))
    covered = np.zeros(shape, np.float32)
    cv2.fillPoly(covered, [to_fixed_point(outline)], (1.0,), cv2.LINE_8, FIXED_POINT_BITS)
    return covered


def _draw_line(
    target: Points, was: Floats, now: Floats, shape: tuple[int, int], settings: LipLineSettings
) -> Map:
    """(h, w) the line where lips have met; was, now: (columns,) gaps."""
    width = measure_width(target)
    met = _measure_meeting(was, now, settings)
    if not met.any():
        return np.zeros(shape, np.float32)
    middle = (target[LIPS.upper[0], :2] + target[LIPS.lower[0], :2]) / 2
    line = settings.darkening * _trace(middle, met, shape, max(1, round(settings.width * width)))
    deviation = settings.softness * settings.width * width
    return np.asarray(cv2.GaussianBlur(line, (0, 0), max(deviation, 0.3)), np.float32)


def _measure_meeting(was: Floats, now: Floats, settings: LipLineSettings) -> Floats:
    """(columns - 1,) in [0, 1], how far lips have met between each two columns of landmarks."""
    # Not more than they had met before: lips that rest nearly shut have their own line.
    met = fall(now, settings.met, settings.apart) - fall(was, settings.met, settings.apart)
    met = np.maximum(met, 0)
    return np.asarray(np.minimum(met[1:], met[:-1]), np.float32)


def _trace(points: Points, values: Floats, shape: tuple[int, int], breadth: int) -> Map:
    """(h, w) lines of a breadth along points (n, 2), as bright as values (n - 1,)."""
    line = np.zeros(shape, np.float32)
    places = to_fixed_point(points).tolist()
    for column in np.argsort(values):  # the brightest last: a fainter one's round end lies below
        start, end, value = places[column], places[column + 1], float(values[column])
        cv2.line(line, start, end, (value,), breadth, cv2.LINE_8, FIXED_POINT_BITS)
    return line


def _draw_shade(
    target: Points, was: Floats, now: Floats, shape: tuple[int, int], settings: LipLineSettings
) -> Map:
    """(h, w) the shade of lips on what is between them; was, now: (columns,) gaps."""
    shade = np.zeros(shape, np.float32)
    lit_then, lit_now = (np.interp(gap, settings.gaps, settings.lit) for gap in (was, now))
    darker = np.maximum(1 - lit_now / lit_then, 0)
    if not darker.any():
        return shade
    upper, lower = target[LIPS.upper[0], :2], target[LIPS.lower[0], :2]
    for column in range(len(upper) - 1):
        corners = [upper[column], upper[column + 1], lower[column + 1], lower[column]]
        value = float(darker[column : column + 2].mean())
        outline = to_fixed_point(np.array(corners))
        cv2.fillPoly(shade, [outline], (value,), cv2.LINE_8, FIXED_POINT_BITS)
    deviation = settings.shade_softness * measure_width(target)
    reach = 2 * round(deviation) + 1  # rims of teeth lie a little beyond
    wider = cv2.dilate(shade, np.ones((reach, reach), np.uint8))
    return np.asarray(cv2.GaussianBlur(wider, (0, 0), max(deviation, 0.3)), np.float32)


def _measure_gaps(points: Points) -> Floats:
    """(columns,) distance of the lips as a share of the face's width."""
    apart = np.linalg.norm(points[LIPS.upper[0]] - points[LIPS.lower[0]], axis=1)
    return np.asarray(apart / measure_width(points), np.float32)
