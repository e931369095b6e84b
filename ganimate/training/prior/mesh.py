"""The triangles of the mesh and the regions that they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ganimate.face.landmarks import N_MESH, OPENINGS, OVAL, SKIN, Opening
from ganimate.warp.mesh import N_RINGS

Triangle = tuple[int, int, int]


def build_triangles(
    edges: Iterable[tuple[int, int]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Build the triangles of the face, of what lies in its openings, and of the rings around it.

    Args:
        edges: pairs of landmarks, MediaPipe's face tesselation.

    Returns:
        (t, 3) triangles of landmarks and ring points, and (t,) their regions: openings first, then
        skin and rings.
    """
    triangles: list[Triangle] = []
    regions: list[int] = []
    for opening in OPENINGS:
        inside = _list_strip_triangles(opening)
        triangles += inside
        regions += [opening.region] * len(inside)
    skin = _find_triangles(edges) + _list_ring_triangles()
    return np.array(triangles + skin), np.array(regions + [SKIN] * len(skin))


def _list_strip_triangles(opening: Opening) -> list[Triangle]:
    """A strip of triangles between the edges of an opening."""
    first, last = opening.corners
    upper, lower = opening.upper[0].tolist(), opening.lower[0].tolist()
    strip: list[Triangle] = [(first, upper[0], lower[0]), (last, upper[-1], lower[-1])]
    for i in range(len(upper) - 1):
        strip += [(upper[i], upper[i + 1], lower[i]), (upper[i + 1], lower[i + 1], lower[i])]
    return strip


def _find_triangles(edges: Iterable[tuple[int, int]]) -> list[Triangle]:
    """The triangles of a triangulated graph: its 3-cliques that hold no vertex inside."""
    near: dict[int, set[int]] = {}
    for a, b in edges:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    cliques = {_sort(a, b, c) for a in near for b in near[a] for c in near[a] & near[b]}
    around_a_vertex = {_sort(*ring) for ring in near.values() if len(ring) == 3}
    return sorted(cliques - around_a_vertex)


def _sort(*vertices: int) -> Triangle:
    a, b, c = sorted(vertices)
    return a, b, c


def _list_ring_triangles() -> list[Triangle]:
    """The triangles between the face's outline and the rings around it."""
    columns = np.arange(len(OVAL))
    rings = [OVAL.tolist()]
    rings += [(N_MESH + k * len(OVAL) + columns).tolist() for k in range(N_RINGS)]
    triangles: list[Triangle] = []
    for inner, outer in pairwise(rings):
        for i in range(len(OVAL)):
            j = (i + 1) % len(OVAL)
            triangles += [(inner[i], inner[j], outer[i]), (inner[j], outer[j], outer[i])]
    return triangles
