"""The mesh before and after a motion: landmarks, and rings that fade the motion out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Floats, Points
from ganimate.face.landmarks import LIPS, N_MESH, OPENINGS, OVAL, Opening, measure_width
from ganimate.numerics import Affine2D
from ganimate.warp.settings import MESH, MeshSettings

N_RINGS = 3
"""Rings of vertices around the face; the triangles of the shipped mesh reach to the last."""


@dataclass(frozen=True)
class Mesh:
    """The mesh before and after, on one pixel grid.

    Attributes:
        source: (v, 2) landmarks and rings; where lids and lips shut, folded.
        target: (v, 2) where they come to lie.
        unmoved: (468, 2) landmarks of the source, not folded.
        turned: (468, 2) where those come to lie by a turn of the head alone.
        depths: (v,) how far the target's vertices lie away, in any unit.
    """

    source: Points
    target: Points
    unmoved: Points
    turned: Points
    depths: Floats

    def on(self, to_grid: Affine2D) -> Mesh:
        """The same mesh in the pixels of another grid, to which a similarity leads."""
        # Not to_grid.apply(), which computes in double precision and rounds once. This rounds every
        # product and sum to single precision. No frame looks better for either, but where a vertex
        # lies between two of the rasteriser's 1/16 pixels the last bit decides, and with it the
        # pixels along an edge: frames stay the same bit for bit only if this stays as it is.
        matrix = to_grid.matrix.astype(np.float32)

        def place(points: Points) -> Points:
            return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float32)

        return Mesh(
            source=place(self.source),
            target=place(self.target),
            unmoved=place(self.unmoved),
            turned=place(self.turned),
            depths=self.depths,
        )


def build_mesh(
    source: Points, target: Points, turned: Points | None = None, settings: MeshSettings = MESH
) -> Mesh:
    """Build the mesh that takes a face whose landmarks are `source` to one with `target`.

    Args:
        source: (468 or more, 2 or more) pixels of a grid.
        target: the same landmarks after the motion; a third column is their depth.
        turned: where `source` comes to lie by the turn of the head alone, if it turns.
        settings: sizes of the rings, and what goes along with them.
    """
    depths = target[:N_MESH, 2] if target.shape[1] > 2 else np.zeros(N_MESH, np.float32)
    source, target = source[:N_MESH, :2], target[:N_MESH, :2]
    turned = source if turned is None else turned[:N_MESH, :2]
    moved_by = target - turned
    rings = build_rings(source, settings)
    rings_moved = np.concatenate([share * moved_by[OVAL] for share in settings.ring_shares])
    if turned is not source:
        rings_moved = rings_moved + _weigh_rings(settings) * (build_rings(turned, settings) - rings)
    return Mesh(
        source=np.concatenate([_fold_edges(source, turned, target, settings), rings]),
        target=np.concatenate([target, rings + rings_moved]),
        unmoved=source,
        turned=turned,
        depths=np.concatenate([depths, np.tile(depths[OVAL], N_RINGS)]),
    )


def build_rings(source: Points, settings: MeshSettings = MESH) -> Points:
    """Build the vertices around a face, (N_RINGS * 36, 2), from its landmarks (468, 2).

    They go out from the face's oval, which encloses it unless the head is turned: there the far
    cheek hides its own part of the oval, and they go out from the outline.
    """
    centre = source[OVAL].mean(axis=0)
    out = source[OVAL] - centre
    out *= np.maximum(1, _reach_outline(source, centre, out))[:, None]
    rings = [centre + size * out for size in settings.ring_sizes]
    return np.asarray(np.concatenate(rings), np.float32)


def _reach_outline(points: Points, centre: Floats, ways: Floats) -> Floats:
    """(n,) how many times each way (n, 2) from the centre leads to the convex hull of points."""
    hull = cv2.convexHull(points.astype(np.float32))[:, 0]
    along = np.roll(hull, -1, axis=0) - hull
    normals = np.stack([along[:, 1], -along[:, 0]], 1)
    distances = (normals * (hull - centre)).sum(axis=1)
    normals, distances = np.sign(distances)[:, None] * normals, np.abs(distances)
    towards = np.maximum(ways @ normals.T, 1e-9)  # (n, edges)
    return np.asarray((distances / towards).min(axis=1), np.float32)


def measure_stretch(
    source: Points, target: Points, opening: Opening, settings: MeshSettings = MESH
) -> float:
    """Measure how many times higher an opening has become; landmarks (468 or more, 2)."""
    before, after = measure_height(source, opening), measure_height(target, opening)
    return (after + settings.shut) / (before + settings.shut)


def measure_narrowing(source: Points, target: Points, settings: MeshSettings = MESH) -> float:
    """Measure how many times narrower the mouth has become; landmarks (468 or more, 2)."""
    before, after = (
        float(np.linalg.norm(np.subtract(*points[list(LIPS.corners)]))) / measure_width(points)
        for points in (source, target)
    )
    return before / max(after, settings.shut)


def measure_fall(source: Points, target: Points) -> float:
    """Measure how far the middle of the upper lip has come down over the teeth.

    Args:
        source: (468 or more, 2) landmarks, the head held as in the target.
        target: the same landmarks after a motion.

    Returns:
        A share of the face's width, less than 0 where it has risen.
    """
    middle, opposite = LIPS.upper[0][3:6], LIPS.lower[0][3:6]
    outwards = (source[middle] - source[opposite]).mean(axis=0)
    along = np.linalg.norm(np.subtract(*source[list(LIPS.corners)]))
    upwards = outwards / max(float(np.linalg.norm(outwards)), 1e-3 * float(along))
    way = (target[middle] - source[middle]).mean(axis=0)
    return -float(way @ upwards) / measure_width(target)


def are_lips_closing(source: Points, target: Points) -> bool:
    """Tell whether lips are nearer to each other than in the source.

    Args:
        source: (468 or more, 2 or more) landmarks.
        target: the same landmarks after a motion.
    """
    return measure_height(target[:, :2], LIPS) < measure_height(source[:, :2], LIPS)


def measure_height(points: Points, opening: Opening) -> float:
    """Measure the mean height of an opening as a share of the face's width, pose aside."""
    heights = np.linalg.norm(points[opening.upper[0]] - points[opening.lower[0]], axis=1)
    return float(heights.mean()) / measure_width(points)


def measure_areas(points: Points, triangles: NDArray[np.int64]) -> Floats:
    """Measure the areas of triangles, negative where their corners run the other way round.

    Args:
        points: (v, 2) vertices.
        triangles: (t, 3) indices of vertices; positive is clockwise on a picture, y down.

    Returns:
        (t,) in pixels squared, or whatever the points are in.
    """
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    u, v = b - a, c - a
    areas: Floats = (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2
    return areas


def _fold_edges(source: Points, turned: Points, target: Points, settings: MeshSettings) -> Points:
    """Source points whose edges lie deeper in the lip or lid the more an opening shuts.

    The detector's contours run a few pixels inside the openings; without this a shut eye would
    drag along a strip of iris, and closed lips would show a seam of teeth.
    """
    folded = source.copy()
    for opening in OPENINGS:
        stretch = measure_stretch(turned, target, opening, settings)
        closing = float(np.clip(opening.folds_by * (1 - stretch), 0, 1))
        for edge, insets in (
            (opening.upper, opening.upper_insets),
            (opening.lower, opening.lower_insets),
        ):
            for ring, inset in enumerate(insets):
                towards = source[edge[len(insets)]] - source[edge[ring]]
                folded[edge[ring]] += np.float32(closing * inset) * towards
    return folded


def _weigh_rings(settings: MeshSettings) -> Floats:
    """(N_RINGS * 36, 1) how far each vertex of the rings goes along with a turn of the head."""
    lower = (1 - np.cos(np.linspace(0, 2 * np.pi, len(OVAL), endpoint=False))) / 2  # 1 at the chin
    shares = (settings.turn_shares_upper, settings.turn_shares_lower)
    upper_shares, lower_shares = np.array(shares)[:, :, None]
    return np.float32(upper_shares + (lower_shares - upper_shares) * lower).reshape(-1, 1)
