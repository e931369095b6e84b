"""The motion prior: what action units do to faces, in the frame of the mean face."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import FaceShape
from ganimate.face.landmarks import LIPS, N_MESH, OVAL, SKIN
from ganimate.warp.mesh import build_rings, measure_areas

PLACED = np.concatenate([LIPS.upper.ravel(), LIPS.lower.ravel(), LIPS.corners])
"""Vertices of the lips, which are moved to where they shut or open."""
CHIN_FROM = 17  # the landmark below which the chin begins


@dataclass(frozen=True)
class SkinPatch:
    """Skin whose vertices may go along with their neighbours (_along_with_neighbours)."""

    triangles: NDArray[np.int64]  # (k, 3)
    free: NDArray[np.bool_]  # (468,) the vertices that may
    facing: NDArray[np.float32]  # (k,) 1 or -1, the sign of the triangles' areas in the mean face


@dataclass(frozen=True)
class MotionPrior:
    """What action units do to faces; lengths in units of the face's width (temple to temple)."""

    mean: FaceShape  # (468, 3) mean shape, the frame of every pose
    basis: NDArray[np.float32]  # (17, 2, 468, 3) displacement of each AU and side at intensity 1
    triangles: NDArray[np.int64]  # (t, 3) vertices, openings first
    regions: NDArray[np.int64]  # (t,) SKIN, MOUTH, LEFT_EYE or RIGHT_EYE

    # Found once, for every frame asks for them.

    @cached_property
    def areas(self) -> NDArray[np.float32]:
        """(t,) signed areas of the triangles in the mean face."""
        mean = self.mean[:, :2]
        return measure_areas(np.concatenate([mean, build_rings(mean)]), self.triangles)

    @cached_property
    def chin(self) -> SkinPatch:
        """The skin of the chin; lips stay where they are put."""
        chin = self.mean[:, 1] > self.mean[CHIN_FROM, 1]
        free = chin.copy()
        free[PLACED] = False
        return self._loose(chin, free)

    @cached_property
    def border(self) -> SkinPatch:
        """The skin along the face's outline, three triangles deep."""
        border = np.isin(np.arange(N_MESH), OVAL)
        for _ in range(2):
            border[self._loose(border, border).triangles.ravel()] = True
        return self._loose(border, border)

    def _loose(self, vertices: NDArray[np.bool_], free: NDArray[np.bool_]) -> SkinPatch:
        """The skin that has some of these vertices (468,)."""
        chosen = (self.regions == SKIN) & (self.triangles < N_MESH).all(axis=1)
        chosen[chosen] = vertices[self.triangles[chosen]].any(axis=1)
        return SkinPatch(self.triangles[chosen], free, np.sign(self.areas[chosen]))
