"""The mesh before and after a motion: landmarks, and rings that fade the motion out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Points
from ganimate.face.landmarks import LIPS, N_MESH, OPENINGS, OVAL, Opening, measure_width
from ganimate.numerics import Affine2D

RINGS = ((1.15, 0.6), (1.4, 0.12), (1.7, 0.0))  # (size over the oval, share of its motion)
# Shares of a turn of the head, by the forehead and by the chin: hair goes along, the neck less so.
TURNED_RINGS = ((1.0, 0.6, 0.0), (0.8, 0.25, 0.0))
SHUT = 0.004  # of the face's width: openings below are closed (half a pixel of a 128 px crop)


@dataclass(frozen=True)
class Mesh:
    """The mesh before and after, on one pixel grid."""

    source: Points  # (v, 2) landmarks and rings; where lids and lips shut, folded
    target: Points  # (v, 2)
    unmoved: Points  # (468, 2) landmarks of the source
    turned: Points  # (468, 2) where they come to lie by a turn of the head alone

    def on(self, to_grid: Affine2D) -> Mesh:
        """The same mesh on another grid, to which a similarity leads."""
        # In single precision: rounding otherwise would be harmless, and change frames by it.
        matrix = to_grid.matrix.astype(np.float32)
        points = (self.source, self.target, self.unmoved, self.turned)
        return Mesh(*(one @ matrix[:, :2].T + matrix[:, 2] for one in points))


def build_mesh(source: Points, target: Points, turned: Points | None = None) -> Mesh:
    """The mesh that takes a face whose landmarks are `source` to one with `target`.

    source, target: (>= 468, 2) pixels of a grid, pixel centres at integers; turned: where
    `source` comes to lie by the turn of the head alone, if it turns.
    """
    source, target = source[:N_MESH, :2], target[:N_MESH, :2]
    turned = source if turned is None else turned[:N_MESH, :2]
    moved_by = target - turned
    rings = build_rings(source)
    rings_moved = np.concatenate([share * moved_by[OVAL] for _, share in RINGS])
    if turned is not source:
        rings_moved = rings_moved + _weigh_rings() * (build_rings(turned) - rings)
    return Mesh(
        np.concatenate([_fold_edges(source, turned, target), rings]),
        np.concatenate([target, rings + rings_moved]),
        source,
        turned,
    )


def _fold_edges(source: Points, turned: Points, target: Points) -> Points:
    """Source points whose edges lie deeper in the lip or lid the more an opening shuts.

    The detector's contours run a few pixels inside the openings; without this a shut eye would
    drag along a strip of iris, and closed lips would show a seam of teeth.
    """
    folded = source.copy()
    for opening in OPENINGS:
        closing = float(
            np.clip(opening.folds_by * (1 - measure_stretch(turned, target, opening)), 0, 1)
        )
        for edge, insets in (
            (opening.upper, opening.upper_insets),
            (opening.lower, opening.lower_insets),
        ):
            for ring, inset in enumerate(insets):
                towards = source[edge[len(insets)]] - source[edge[ring]]
                folded[edge[ring]] += np.float32(closing * inset) * towards
    return folded


def build_rings(source: Points) -> Points:
    """(3 * 36, 2) vertices around the face's oval."""
    oval = source[OVAL]
    centre = oval.mean(axis=0)
    rings = [centre + size * (oval - centre) for size, _ in RINGS]
    return np.asarray(np.concatenate(rings), np.float32)


def _weigh_rings() -> NDArray[np.float32]:
    """(3 * 36, 1) how far each vertex of the rings goes along with a turn of the head."""
    lower = (1 - np.cos(np.linspace(0, 2 * np.pi, len(OVAL), endpoint=False))) / 2  # 1 at the chin
    upper_shares, lower_shares = np.array(TURNED_RINGS)[:, :, None]
    return np.float32(upper_shares + (lower_shares - upper_shares) * lower).reshape(-1, 1)


def measure_stretch(source: Points, target: Points, opening: Opening) -> float:
    """How many times higher an opening has become."""
    return (measure_height(target, opening) + SHUT) / (measure_height(source, opening) + SHUT)


def measure_narrowing(source: Points, target: Points) -> float:
    """How many times narrower the mouth has become."""
    before, after = (
        float(np.linalg.norm(np.subtract(*points[list(LIPS.corners)]))) / measure_width(points)
        for points in (source, target)
    )
    return before / max(after, SHUT)


def are_lips_closing(source: Points, target: Points) -> bool:
    """Whether lips are nearer to each other than in the source; landmarks (>= 468, >= 2)."""
    return measure_height(target[:, :2], LIPS) < measure_height(source[:, :2], LIPS)


def measure_height(points: Points, opening: Opening) -> float:
    """Mean height of an opening over the face's width, pose aside."""
    heights = np.linalg.norm(points[opening.upper[0]] - points[opening.lower[0]], axis=1)
    return float(heights.mean()) / measure_width(points)


def measure_areas(points: Points, triangles: NDArray[np.int64]) -> NDArray[np.float32]:
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    u, v = b - a, c - a
    areas: NDArray[np.float32] = (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2
    return areas
