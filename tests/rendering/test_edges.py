"""Edges of lids: smooth where an edge crosses pixels, and everything else as it was."""

from __future__ import annotations

import numpy as np

from ganimate.arrays import Floats
from ganimate.numerics import Affine2D
from ganimate.rendering.compositor import compose_layer
from ganimate.rendering.edges import soften_edges
from ganimate.rendering.layer import GridField, Layer, SlitWarp

SIDE, FINER = 24, 4  # px of the photo, and of the grid for one of them
LEFT, RIGHT = 40.0, 200.0  # grey levels of the photo's halves
FAR = 12.0  # px that what lies below the edge comes from


def slanted_edge() -> tuple[Layer, Floats]:
    """A warp that shows the right half below a slanted line, and its share of each pixel."""
    to_grid = Affine2D(np.eye(2, 3)).rescaled(FINER, np.zeros(2))
    side = SIDE * FINER
    y, x = (np.mgrid[:side, :side] + 0.5) / FINER
    below = (y > 6 + 0.4 * x).astype(np.float32)
    field = np.stack([FAR * below, 0 * below, np.ones_like(below)], axis=2).astype(np.float32)
    warp = GridField(to_grid, np.zeros((side, side, 2), np.float32))
    warp.field[0, 0] = 1e-6  # or the layer would count as one that does nothing
    shares = below.reshape(SIDE, FINER, SIDE, FINER).mean(axis=(1, 3))
    return Layer(warp, slits=(SlitWarp(to_grid, field),)), shares


def test_pixels_that_an_edge_crosses_show_both_sides() -> None:
    photo = np.full((SIDE, SIDE, 3), LEFT, np.uint8)
    photo[:, SIDE // 2 :] = RIGHT
    frame = photo.copy()
    layer, shares = slanted_edge()
    compose_layer(photo, frame, layer)
    shown = (frame[:, : SIDE // 2 - 2, 0] - LEFT) / (RIGHT - LEFT)
    share = shares[:, : SIDE // 2 - 2]
    assert ((share > 0.1) & (share < 0.9)).sum() >= 8
    assert np.abs(shown - share).max() < 0.25  # nine places a pixel, the nearest cell of the grid
    assert np.abs(shown - share).mean() < 0.02
    assert (frame[:, : SIDE // 2 - 2][share == 0] == LEFT).all()


def test_a_smooth_warp_is_left_alone() -> None:
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    warped = photo.copy()
    layer, _ = slanted_edge()
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    stretched = np.stack([0.3 * x, -0.2 * y], axis=2)
    soften_edges(photo, warped, [layer], stretched, (0, 0))
    assert np.array_equal(warped, photo)
