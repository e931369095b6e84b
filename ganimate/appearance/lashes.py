"""The line of the lashes of lids that shut."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Points
from ganimate.face.landmarks import Opening, measure_width
from ganimate.numerics import FIXED_POINT_BITS, smoothstep, to_fixed_point
from ganimate.warp.mesh import measure_stretch

LASHES = 0.01  # of the face's width: how broad the line of the lashes is
LASHES_DARKEN = 0.65  # of the light that is taken there
LASHES_SEEN = 0.6  # by how much an eye has shut when they are seen in full


def draw_lashes(
    turned: Points, target: Points, lids: Opening, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """(h, w) in [0, 1]: how much darker a pixel is for the lashes of an upper lid that shuts.

    turned, target: (>= 468, 2) landmarks before and after, pixels. An open lid hides its lashes
    before the dark of the eye; on a shut one they are the only line, for people and detectors.
    """
    line = np.zeros(shape, np.float32)
    t = float(np.clip((1 - measure_stretch(turned, target, lids)) / LASHES_SEEN, 0, 1))
    if t <= 0:
        return line
    first, last = lids.corners
    width = max(1, round(LASHES * measure_width(target)))
    edge = to_fixed_point(target[[first, *lids.upper[0], last]])
    cv2.polylines(line, [edge], False, (LASHES_DARKEN,), width, cv2.LINE_8, FIXED_POINT_BITS)
    soft = np.asarray(cv2.GaussianBlur(line, (0, 0), 0.6 * width), np.float32)
    return smoothstep(t) * soft
