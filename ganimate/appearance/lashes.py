"""The line of the lashes of lids that shut."""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.appearance.settings import LASHES, LashSettings
from ganimate.arrays import Map, Points
from ganimate.face.landmarks import Opening, measure_width
from ganimate.numerics import FIXED_POINT_BITS, rise, smoothstep, to_fixed_point
from ganimate.warp.mesh import measure_stretch


def draw_lashes(
    turned: Points,
    target: Points,
    lids: Opening,
    shape: tuple[int, int],
    darkness: float,
    settings: LashSettings = LASHES,
) -> Map:
    """Draw the lashes of an upper lid that shuts.

    An open lid hides its lashes before the dark of the eye; on a shut one they are the only line,
    for people and detectors.

    Args:
        turned: (468 or more, 2) landmarks before the lid moves, pixels of the grid.
        target: the same landmarks after.
        lids: of which eye.
        shape: (height, width) of the grid.
        darkness: share of the light that the line takes, before it is softened.
        settings: how broad and soft the line is.

    Returns:
        (h, w) in [0, 1], how much darker a pixel is.
    """
    t = float(np.clip((1 - measure_stretch(turned, target, lids)) / settings.full_at, 0, 1))
    if t <= 0:
        return np.zeros(shape, np.float32)
    return smoothstep(t) * trace_lashes(target, lids, shape, darkness, settings)


def trace_lashes(
    points: Points,
    lids: Opening,
    shape: tuple[int, int],
    darkness: float,
    settings: LashSettings = LASHES,
) -> Map:
    """Trace the lashes of an upper lid along its edge.

    Args:
        points: (468 or more, 2) landmarks, pixels of the grid.
        lids: of which eye.
        shape: (height, width) of the grid.
        darkness: share of the light that the line takes, before it is softened.
        settings: how broad and soft the line is.

    Returns:
        (h, w) in [0, 1], how much darker a pixel is.
    """
    line = np.zeros(shape, np.float32)
    outer, inner = lids.corners
    width = max(1, round(settings.width * measure_width(points)))
    edge = points[[outer, *lids.upper[0], inner]]
    steps = np.linalg.norm(np.diff(edge, axis=0), axis=1)
    to_inner = 1 - np.cumsum(steps) / max(1e-6, float(steps.sum()))  # of each segment's inner end
    dark = darkness * rise(to_inner, 0, settings.bare)
    ends = to_fixed_point(edge).tolist()
    # The darkest last: where segments meet, the fainter one's round end must not lie over it.
    for start, end, value in reversed(list(zip(ends, ends[1:], dark, strict=False))):
        cv2.line(line, start, end, (float(value),), width, cv2.LINE_8, FIXED_POINT_BITS)
    return np.asarray(cv2.GaussianBlur(line, (0, 0), settings.softness * width), np.float32)
