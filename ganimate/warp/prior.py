"""The motion prior: what action units do to faces, in the frame of the mean face."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import FaceShape, Floats
from ganimate.face.landmarks import LIPS, N_MESH, OVAL, SKIN
from ganimate.warp.mesh import build_rings, measure_areas

PLACED = np.concatenate([LIPS.upper.ravel(), LIPS.lower.ravel(), LIPS.corners])
"""Vertices of the lips, which are moved to where they shut or open."""

CHIN_FROM = 17
"""The landmark below which the chin begins: the middle of the lower lip's edge."""

BORDER_DEPTH = 3
"""Triangles from the face's outline inwards that count as its border. By eye."""


@dataclass(frozen=True)
class SkinPatch:
    """Skin whose vertices may go along with their neighbours (displacement.py).

    Attributes:
        triangles: (k, 3) vertices.
        free: (468,) the vertices that may.
        facing: (k,) 1 or -1, the sign of the triangles' areas in the mean face.
    """

    triangles: NDArray[np.int64]
    free: NDArray[np.bool_]
    facing: Floats


@dataclass(frozen=True)
class MotionPrior:
    """What action units do to faces; lengths in units of the face's width (temple to temple).

    What every frame asks for is found once: areas, chin and border.

    Attributes:
        mean: (468, 3) the mean shape, the frame of every pose.
        basis: (17, 2, 468, 3) displacement by each action unit and side at intensity 1.
        triangles: (t, 3) vertices of landmarks and rings, openings first.
        regions: (t,) SKIN, MOUTH, LEFT_EYE or RIGHT_EYE.
    """

    mean: FaceShape
    basis: Floats
    triangles: NDArray[np.int64]
    regions: NDArray[np.int64]

    @cached_property
    def areas(self) -> Floats:
        """(t,) signed areas of the triangles in the mean face."""
        mean = self.mean[:, :2]
        return measure_areas(np.concatenate([mean, build_rings(mean)]), self.triangles)

    @cached_property
    def chin(self) -> SkinPatch:
        """The skin of the chin; lips stay where they are put."""
        chin = self.mean[:, 1] > self.mean[CHIN_FROM, 1]
        free = chin.copy()
        free[PLACED] = False
        return self._select_skin(chin, free)

    @cached_property
    def border(self) -> SkinPatch:
        """The skin along the face's outline."""
        border = np.isin(np.arange(N_MESH), OVAL)
        for _ in range(BORDER_DEPTH - 1):
            border[self._select_skin(border, border).triangles.ravel()] = True
        return self._select_skin(border, border)

    def _select_skin(self, vertices: NDArray[np.bool_], free: NDArray[np.bool_]) -> SkinPatch:
        """The triangles of skin that have some of these vertices (468,)."""
        chosen = (self.regions == SKIN) & (self.triangles < N_MESH).all(axis=1)
        chosen[chosen] = vertices[self.triangles[chosen]].any(axis=1)
        return SkinPatch(self.triangles[chosen], free, np.sign(self.areas[chosen]))
