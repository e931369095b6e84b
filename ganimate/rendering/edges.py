"""Smooth edges of lids and lips: pixels that an edge crosses show some of both of its sides.

A lid slides over the eye behind it: beside its edge a pixel comes from one place of the photo, and
its neighbour from quite another. Taken from one place each, they would make a staircase of the
edge, as coarse as the photo.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ganimate.arrays import Floats, Map, Mask, Photo
from ganimate.numerics import Affine2D
from ganimate.rendering.layer import Layer
from ganimate.rendering.settings import EDGES, EdgeSettings

AT_ONCE = 16384
"""Pixels looked at in one call: OpenCV's maps have fewer than 32,768 rows."""


def soften_edges(
    source: Photo,
    warped: Photo,
    layers: Sequence[Layer],
    offset: Floats,
    corner: tuple[int, int],
    settings: EdgeSettings = EDGES,
) -> None:
    """Take pixels that an edge crosses from several places of the photo each, in place.

    Args:
        source: the photo that is warped.
        warped: (h, w, 3) a part of it as it is warped, each pixel from one place.
        layers: whose warps move it, one at least.
        offset: (h, w, 2) where each pixel comes from less where it lies, photo pixels.
        corner: x and y of the photo's pixel at which the part begins.
        settings: what counts as an edge, and how many places are looked at.
    """
    rows, columns = np.nonzero(_mark_edges(offset, settings))
    steps = (np.arange(settings.places) + 0.5) / settings.places - 0.5
    across, down = (step.ravel().astype(np.float32) for step in np.meshgrid(steps, steps))
    for start in range(0, len(rows), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        x = (columns[some, None] + corner[0] + across).astype(np.float32)
        y = (rows[some, None] + corner[1] + down).astype(np.float32)
        moved_by = np.sum([_find_offset(layer, x, y) for layer in layers], axis=0)
        places = (x + moved_by[:, :, 0], y + moved_by[:, :, 1])
        seen = cv2.remap(source, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        warped[rows[some], columns[some]] = np.rint(seen.mean(axis=1, dtype=np.float32))


def _mark_edges(offset: Floats, settings: EdgeSettings) -> Mask:
    """(h, w) the pixels whose neighbours come from elsewhere, of offsets (h, w, 2)."""
    edges = np.zeros(offset.shape[:2], bool)
    for one in cv2.split(offset):  # not max() over the last axis, which is slow
        below = np.abs(one[1:] - one[:-1]) > settings.apart
        beside = np.abs(one[:, 1:] - one[:, :-1]) > settings.apart
        edges[1:] |= below
        edges[:-1] |= below
        edges[:, 1:] |= beside
        edges[:, :-1] |= beside
    return edges


def _find_offset(layer: Layer, x: Map, y: Map) -> Floats:
    """(n, k, 2) where places (n, k) of the photo come from by a layer, less where they lie.

    Single places, between pixels, too; of whole areas the compositor finds the same by affine maps,
    which is many times as fast.
    """
    assert layer.warp is not None
    offset = _sample_at(layer.warp.field, layer.warp.to_grid, x, y, cv2.INTER_LINEAR)
    for slit in layer.slits:
        finer = _sample_at(slit.field, slit.to_grid, x, y, cv2.INTER_NEAREST)
        offset = offset * (1 - finer[:, :, 2:]) + finer[:, :, :2]
    if layer.share is not None:
        share = _sample_at(layer.share.share, layer.share.to_grid, x, y, cv2.INTER_LINEAR)
        offset *= share[:, :, None]
    return np.asarray(offset, np.float32)


def _sample_at(grid: Floats, to_grid: Affine2D, x: Map, y: Map, interpolation: int) -> Floats:
    """Sample a grid (h, w) or (h, w, c) at places (n, k) of the photo; 0 outside the grid."""
    places = to_grid.apply(np.stack([x, y], axis=2).reshape(-1, 2)).astype(np.float32)
    across, down = places.reshape(*x.shape, 2).transpose(2, 0, 1)
    return np.asarray(cv2.remap(grid, across, down, interpolation), np.float32)
