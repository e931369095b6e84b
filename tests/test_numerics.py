"""Affine maps, smooth steps and the half-pixel rule, against values worked out by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from ganimate.numerics import (
    FIXED_POINT_BITS,
    Affine2D,
    fall,
    measure_sharpness,
    rescale_points,
    rise,
    smoothstep,
    to_fixed_point,
)

QUARTER_TURN = Affine2D(np.array([[0.0, -2.0, 5.0], [2.0, 0.0, 1.0]]))
"""A quarter turn that doubles lengths, then a shift by (5, 1): (x, y) -> (5 - 2 y, 1 + 2 x)."""

SHEAR = Affine2D(np.array([[1.0, 0.5, -1.0], [0.0, 1.0, 3.0]]))
"""(x, y) -> (x + y / 2 - 1, y + 3)."""

POINTS = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 4.0]], np.float32)


def test_apply_maps_points() -> None:
    mapped = QUARTER_TURN.apply(POINTS)
    assert mapped.dtype == np.float32
    assert mapped.tolist() == [[5, 1], [5, 3], [-3, 7]]


def test_apply_takes_x_and_y_of_points_in_space() -> None:
    in_space = np.concatenate([POINTS, np.full((3, 1), 9, np.float32)], 1)
    assert np.array_equal(QUARTER_TURN.apply(in_space), QUARTER_TURN.apply(POINTS))


def test_parts_of_a_map() -> None:
    assert QUARTER_TURN.linear.tolist() == [[0, -2], [2, 0]]
    assert QUARTER_TURN.offset.tolist() == [5, 1]
    assert QUARTER_TURN.scale == 2


def test_then_maps_first_by_this_one() -> None:
    # (3, 4) -> (5 - 8, 1 + 6) = (-3, 7) -> (-3 + 3.5 - 1, 7 + 3) = (-0.5, 10)
    assert QUARTER_TURN.then(SHEAR).apply(POINTS)[2].tolist() == [-0.5, 10]
    # (3, 4) -> (3 + 2 - 1, 4 + 3) = (4, 7) -> (5 - 14, 1 + 8) = (-9, 9)
    assert SHEAR.then(QUARTER_TURN).apply(POINTS)[2].tolist() == [-9, 9]


def test_then_changes_neither_map() -> None:
    before = QUARTER_TURN.matrix.copy(), SHEAR.matrix.copy()
    QUARTER_TURN.then(SHEAR)
    assert np.array_equal(QUARTER_TURN.matrix, before[0])
    assert np.array_equal(SHEAR.matrix, before[1])


def test_inverse_leads_back() -> None:
    # (u, v) = (5 - 2 y, 1 + 2 x), so x = (v - 1) / 2 and y = (5 - u) / 2
    np.testing.assert_allclose(
        QUARTER_TURN.inverse().matrix, [[0, 0.5, -0.5], [-0.5, 0, 2.5]], atol=1e-12
    )
    there_and_back = SHEAR.then(SHEAR.inverse()).matrix
    np.testing.assert_allclose(there_and_back, [[1, 0, 0], [0, 1, 0]], atol=1e-12)


def test_shifted_leads_into_a_grid_that_begins_earlier() -> None:
    # The grid has 10 more columns at its left and 20 more rows at its top.
    assert QUARTER_TURN.shifted(10, 20).apply(POINTS).tolist() == [[15, 21], [15, 23], [7, 27]]
    assert QUARTER_TURN.offset.tolist() == [5, 1]


def test_starting_at_leads_out_of_a_part() -> None:
    # The pixel (0, 0) of the part is the pixel (3, 4) of the whole.
    part = QUARTER_TURN.starting_at(3, 4)
    assert part.apply(POINTS)[0].tolist() == QUARTER_TURN.apply(POINTS)[2].tolist() == [-3, 7]
    assert part.linear.tolist() == QUARTER_TURN.linear.tolist()
    assert QUARTER_TURN.offset.tolist() == [5, 1]


def test_rescaled_keeps_edges_not_centres() -> None:
    here = Affine2D(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    # Twice as fine from the pixel 0 on: its edge at -0.5 stays, its centre lies between 0 and 1.
    finer = here.rescaled(2, np.zeros(2))
    assert finer.apply(np.array([[-0.5, -0.5], [0.0, 0.0], [1.0, 2.0]])).tolist() == [
        [-0.5, -0.5],
        [0.5, 0.5],
        [2.5, 4.5],
    ]
    # From the pixel (3, 4) on, whose centre takes the place of the first one's.
    later = here.rescaled(2, np.array([3.0, 4.0]))
    assert later.apply(np.array([[3.0, 4.0], [4.0, 4.0]])).tolist() == [[0.5, 0.5], [2.5, 0.5]]


def test_rescaled_and_rescale_points_are_one_rule() -> None:
    rescaled = QUARTER_TURN.rescaled(3.5, np.zeros(2)).apply(POINTS)
    np.testing.assert_allclose(rescaled, rescale_points(QUARTER_TURN.apply(POINTS), 3.5), atol=1e-5)


def test_rescale_points() -> None:
    assert rescale_points(POINTS, 2).tolist() == [[0.5, 0.5], [2.5, 0.5], [6.5, 8.5]]
    assert rescale_points(POINTS, 0.5).tolist() == [[-0.25, -0.25], [0.25, -0.25], [1.25, 1.75]]
    assert rescale_points(POINTS, 2).dtype == np.float32


@pytest.mark.parametrize("scale", [2, 3, 0.5])
def test_pictures_are_resized_by_the_rule_of_points(scale: float) -> None:
    """OpenCV's: a pixel holds what lies at its centre, by the half-pixel rule."""
    width, height = 12, 8
    ramp = np.stack(
        [np.broadcast_to(np.arange(width), (height, width)), np.mgrid[:height, :width][0]], 2
    ).astype(np.float32)
    size = round(width * scale), round(height * scale)
    resized = cv2.resize(ramp, size, interpolation=cv2.INTER_LINEAR)
    row, column = size[1] // 2, size[0] // 2
    # What the pixel shows is where on the old grid it lies.
    centre = rescale_points(np.array([[column, row]], np.float32), 1 / scale)[0]
    np.testing.assert_allclose(resized[row, column], centre, atol=1e-5)


def test_smoothstep() -> None:
    assert smoothstep(0.0) == 0
    assert smoothstep(0.25) == 0.15625  # 3 / 16 - 2 / 64
    assert smoothstep(0.5) == 0.5
    assert smoothstep(1.0) == 1
    assert smoothstep(np.array([0.25, 0.75])).tolist() == [0.15625, 0.84375]
    assert smoothstep(torch.tensor([0.25])).tolist() == [0.15625]


def test_rise_and_fall() -> None:
    x = np.array([1.0, 2.0, 2.5, 3.0, 4.0, 6.0, 9.0])  # t = 0, 0, 1/8, 1/4, 1/2, 1, 1
    expected = [0, 0, 11 / 256, 0.15625, 0.5, 1, 1]
    assert rise(x, 2, 6).tolist() == expected
    assert fall(x, 2, 6).tolist() == [1 - value for value in expected]
    assert (rise(x, 2, 6).dtype, fall(x, 2, 6).dtype) == (np.float32, np.float32)
    assert (float(rise(3.0, 2, 6)), float(fall(3.0, 2, 6))) == (0.15625, 0.84375)


def test_fixed_point_rounds_to_sixteenths() -> None:
    assert FIXED_POINT_BITS == 4
    points = to_fixed_point(np.array([[1.0, -2.0], [0.5, 0.03], [0.04, 0.09375]]))
    assert points.tolist() == [[16, -32], [8, 0], [1, 2]]  # 0.09375 is 1.5, rounded to even
    assert points.dtype == np.int32


def test_sharpness_falls_with_blur() -> None:
    sharp = np.zeros((32, 32), np.uint8)
    sharp[:, 16:] = 200
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 2), np.uint8)
    assert measure_sharpness(sharp) > 4 * measure_sharpness(blurred) > 0
    assert measure_sharpness(np.full((32, 32), 90, np.uint8)) == 0
