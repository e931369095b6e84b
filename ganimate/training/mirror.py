"""The other side of a face: which landmark is whose mirror image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ganimate.arrays import FaceShape, Floats

ACROSS = np.array([-1, 1, 1], np.float32)
"""What a mirror makes of x, y and z."""


def find_mirror(mean: FaceShape) -> NDArray[np.int64]:
    """Find for each landmark the one on the other side of the face.

    The nearest one alone would confuse the corners of the lips, which lie closer to each other than
    a mean face is symmetric. So landmarks are assigned: each is taken once, and the squared
    distances to the mirror images add up to the least.

    Args:
        mean: (468, 3) a face that is nearly symmetric about x = 0.

    Returns:
        (468,) landmarks; the mirror of the mirror is the face.
    """
    reflected = mean * ACROSS
    squared = ((mean[:, None] - reflected[None]) ** 2).sum(-1).astype(np.float64)
    _, mirror = linear_sum_assignment(squared)
    return np.asarray(mirror, np.int64)


def mirror_shapes(shapes: Floats, mirror: NDArray[np.int64]) -> Floats:
    """Mirror faces or displacements of faces (n, 468, 3)."""
    return shapes[:, mirror] * ACROSS


def symmetrise(mean: FaceShape) -> FaceShape:
    """Average a shape (468, 3) and its mirror image."""
    return np.asarray((mean + mirror_shapes(mean[None], find_mirror(mean))[0]) / 2, np.float32)
