"""The triangles of the mesh and the regions that they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ganimate.face.landmarks import N_MESH, OPENINGS, OVAL, SKIN, Opening
from ganimate.warp.mesh import N_RINGS


def build_triangles(
    edges: Iterable[tuple[int, int]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Triangles (t, 3) and their regions (t,), openings first, then skin and rings.

    edges: MediaPipe's face tesselation.
    """
    triangles: list[tuple[int, ...]] = []
    regions: list[int] = []
    for opening in OPENINGS:
        inside = _strip_triangles(opening)
        triangles += inside
        regions += [opening.region] * len(inside)
    skin = _find_triangles(edges) + _list_ring_triangles()
    return np.array(triangles + skin), np.array(regions + [SKIN] * len(skin))


def _strip_triangles(opening: Opening) -> list[tuple[int, ...]]:
    """A strip of triangles between the edges of an opening."""
    first, last = opening.corners
    upper, lower = opening.upper[0].tolist(), opening.lower[0].tolist()
    strip: list[tuple[int, ...]] = [(first, upper[0], lower[0]), (last, upper[-1], lower[-1])]
    for i in range(len(upper) - 1):
        strip += [(upper[i], upper[i + 1], lower[i]), (upper[i + 1], lower[i + 1], lower[i])]
    return strip


def _find_triangles(edges: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """The triangles of a triangulated graph: its 3-cliques that hold no vertex inside."""
    near: dict[int, set[int]] = {}
    for a, b in edges:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    cliques = {tuple(sorted((a, b, c))) for a in near for b in near[a] for c in near[a] & near[b]}
    around_a_vertex = {tuple(sorted(ring)) for ring in near.values() if len(ring) == 3}
    return sorted(cliques - around_a_vertex)


def _list_ring_triangles() -> list[tuple[int, ...]]:
    columns = np.arange(len(OVAL))
    rings = [OVAL.tolist()]
    rings += [(N_MESH + k * len(OVAL) + columns).tolist() for k in range(N_RINGS)]
    triangles: list[tuple[int, ...]] = []
    for inner, outer in pairwise(rings):
        for i in range(len(OVAL)):
            j = (i + 1) % len(OVAL)
            triangles += [(inner[i], inner[j], outer[i]), (inner[j], outer[j], outer[i])]
    return triangles
