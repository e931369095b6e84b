"""Faces and their displacements as a mirror shows them."""

from __future__ import annotations

import numpy as np

from ganimate.arrays import FaceShape, Floats
from ganimate.face.landmarks import MIRROR, N_MESH

ACROSS = np.array([-1, 1, 1], np.float32)
"""What a mirror makes of x, y and z."""


def mirror_shapes(shapes: Floats) -> Floats:
    """Mirror faces or displacements of faces (n, 468, 3)."""
    return shapes[:, MIRROR[:N_MESH]] * ACROSS


def symmetrise(mean: FaceShape) -> FaceShape:
    """Average a shape (468, 3) and its mirror image."""
    return np.asarray((mean + mirror_shapes(mean[None])[0]) / 2, np.float32)
