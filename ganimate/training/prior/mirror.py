"""The other side of a face: which landmark is whose mirror image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import FaceShape, Floats

MIRROR = np.array([-1, 1, 1], np.float32)
PAIRING = 2e-5  # squared widths of a face: how sharply mirror_of tells landmarks apart


def find_mirror(mean: FaceShape) -> NDArray[np.int64]:
    """(468,) the landmark on the other side of the face, for each landmark.

    An assignment, in which each landmark is taken once (Sinkhorn and Knopp, 1967): the nearest
    one alone would confuse the corners of the lips, which lie closer than a mean is symmetric.
    """
    across = mean * MIRROR
    cost = ((mean[:, None] - across[None]) ** 2).sum(-1).astype(np.float64)
    cost -= np.minimum(cost.min(axis=0)[None], cost.min(axis=1)[:, None])
    share = np.exp(-cost / PAIRING)
    for _ in range(100):
        share /= share.sum(axis=1, keepdims=True)
        share /= share.sum(axis=0, keepdims=True)
    return np.asarray(share.argmax(axis=1))


def mirror_shapes(shapes: Floats, mirror: NDArray[np.int64]) -> Floats:
    """Faces (n, 468, 3) seen in a mirror."""
    return shapes[:, mirror] * MIRROR


def symmetrise(mean: FaceShape) -> FaceShape:
    """The mean of a shape (468, 3) and its mirror image."""
    return np.asarray((mean + mirror_shapes(mean[None], find_mirror(mean))[0]) / 2, np.float32)
