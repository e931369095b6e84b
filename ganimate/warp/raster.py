"""The triangles of a mesh on a pixel grid: which pixels each has, and where they come from."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Floats, Points
from ganimate.face.landmarks import N_MESH, SKIN
from ganimate.numerics import FIXED_POINT_BITS, to_fixed_point
from ganimate.warp.mesh import Mesh, measure_areas
from ganimate.warp.prior import MotionPrior

BEYOND = 0.5
"""Pixels by which a pixel may move beyond what the corners of its triangle do."""

LEAST_AREA = 0.05
"""Area in pixels squared below which a triangle has no affine map to speak of, and no pixel."""


def rasterise(
    prior: MotionPrior, mesh: Mesh, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Draw the triangles of a mesh in its target, the farthest first.

    The rings lie under the face, whose far side reaches beyond its own outline where a head is
    turned; so does skin that faces away. Then come the openings, and over them the skin, the
    nearest last: a nose hides the cheek behind it.

    Skin that the motion turned over (a fold) is left out; what is around it closes the hole. Skin
    that a broad smile had turned over in the photo, and that lies again as it does in the mean
    face, is drawn under the openings: beside the corners of the lips nothing else would cover it.
    The triangles of an opening may come from a shut one, which has no area.

    Args:
        prior: the triangles, their regions and their areas in the mean face.
        mesh: on the grid.
        shape: (height, width) of the grid.

    Returns:
        The triangles that are drawn, (k,), and for each pixel its triangle, (h, w), -1 outside the
        mesh.
    """
    before = measure_areas(mesh.source, prior.triangles)
    after = measure_areas(mesh.target, prior.triangles)
    turned = (before * after <= 0) & (prior.regions == SKIN)
    folded = turned & (prior.areas * after <= 0)
    corners = mesh.target[prior.triangles]  # (t, 3, 2)
    size = np.array([shape[1], shape[0]], np.float32)
    on_grid = ((corners.max(axis=1) > -1) & (corners.min(axis=1) < size)).all(axis=1)
    drawn = np.flatnonzero(on_grid & ~folded & (np.abs(after) > LEAST_AREA))
    layers = _layer_triangles(prior, turned, prior.areas * after < 0)
    nearness = -mesh.depths[prior.triangles].mean(axis=1)
    drawn = drawn[np.lexsort((nearness[drawn], layers[drawn]))]
    ids = np.full(shape, -1, np.int32)
    polygons = to_fixed_point(corners[drawn])
    for triangle, polygon in zip(drawn.tolist(), polygons, strict=True):
        cv2.fillConvexPoly(ids, polygon, triangle, lineType=cv2.LINE_8, shift=FIXED_POINT_BITS)
    return drawn, ids


def _layer_triangles(
    prior: MotionPrior, turned: NDArray[np.bool_], averted: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """(t,) which triangles lie over which: rings, averted skin, openings, skin."""
    skin = prior.regions == SKIN
    layers = np.where(skin, 3, 2)
    layers[skin & (averted | turned)] = 1
    layers[(prior.triangles >= N_MESH).any(axis=1)] = 0
    return layers


def interpolate_displacement(
    source: Points,
    target: Points,
    triangles: NDArray[np.int64],
    drawn: NDArray[np.int64],
    ids: NDArray[np.int32],
) -> Floats:
    """Interpolate the displacement of vertices over the pixels of their triangles.

    Args:
        source: (v, 2) vertices before, pixels of the grid.
        target: (v, 2) vertices after.
        triangles: (t, 3) vertices of each triangle.
        drawn: (k,) the triangles that rasterise() drew.
        ids: (h, w) the triangle of each pixel.

    Returns:
        (h, w, 2) source minus target, affine over each triangle, 0 outside the mesh.
    """
    a, b, c = (target[triangles[drawn, corner]].astype(np.float64) for corner in range(3))
    moved_by = (source - target).astype(np.float64)
    ma, mb, mc = (moved_by[triangles[drawn, corner]] for corner in range(3))
    # Each component of the displacement is g . (p - a) + ma, its gradient g by Cramer's rule.
    u, v, mu, mv = b - a, c - a, mb - ma, mc - ma
    twice_area = (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])[:, None]
    along_x = (mu * v[:, 1:] - mv * u[:, 1:]) / twice_area  # (k, 2)
    along_y = (mv * u[:, :1] - mu * v[:, :1]) / twice_area
    constant = ma - along_x * a[:, :1] - along_y * a[:, 1:]
    height, width = ids.shape
    x = np.arange(width, dtype=np.float32)[None, :, None]
    y = np.arange(height, dtype=np.float32)[:, None, None]

    def spread(per_triangle: NDArray[np.float64]) -> Floats:
        """(k, 2) numbers of the triangles at each pixel, (h, w, 2)."""
        table = np.zeros((len(triangles) + 1, 2), np.float32)  # the last row serves id -1
        table[drawn] = per_triangle
        # As complex numbers, both components are fetched at once, in half the time.
        pixels: Floats = table.view(np.complex64)[ids, 0].view(np.float32)
        return pixels.reshape(height, width, 2)

    moved = spread(along_x) * x + spread(along_y) * y + spread(constant)
    # Slivers are drawn on pixels beside them, too, where their steep maps would lead anywhere.
    steep = (np.abs(along_x) + np.abs(along_y) > BEYOND).any(axis=1)
    beside = np.zeros(len(triangles) + 1, np.bool_)
    beside[drawn[steep]] = True
    here = np.nonzero(beside[ids])
    row_of = np.zeros(len(triangles), np.int64)
    row_of[drawn] = np.arange(len(drawn))
    corners = np.stack([ma, mb, mc])[:, row_of[ids[here]]].astype(np.float32)  # (3, pixels, 2)
    low, high = corners.min(axis=0) - BEYOND, corners.max(axis=0) + BEYOND
    moved[here] = np.clip(moved[here], low, high)
    return moved
