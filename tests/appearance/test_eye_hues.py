"""The hues that eyes may be painted with."""

from __future__ import annotations

import numpy as np
import pytest

from ganimate.appearance.eye_hues import bound_hues
from ganimate.arrays import Floats, Map, Photo

SIDE = 64
HOLE = (slice(28, 36), slice(20, 44))  # what is unknown


@pytest.fixture
def given() -> Photo:
    """A warm photo: green is .6 to .8 of red, blue .5 to .7."""
    rng = np.random.default_rng(0)
    red = rng.uniform(60, 220, (SIDE, SIDE, 1))
    shares = rng.uniform([0.6, 0.5], [0.8, 0.7], (SIDE, SIDE, 2))
    return np.concatenate([red, red * shares], axis=2).astype(np.uint8)


@pytest.fixture
def unknown() -> Map:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[HOLE] = 1
    return mask


def paint(given: Photo, *rgb: float) -> Floats:
    """The photo, painted with one colour where it is unknown."""
    painted = given.astype(np.float32)
    painted[HOLE] = rgb
    return painted


def test_green_and_purple_come_to_lie_among_the_hues_about_them(given: Photo, unknown: Map) -> None:
    middle = (slice(31, 33), slice(26, 38))
    for rgb in ((60.0, 90.0, 80.0), (90.0, 30.0, 120.0)):
        green, blue = bound_hues(paint(given, *rgb), given, unknown)[middle].mean(axis=(0, 1))[1:]
        assert 0.5 * rgb[0] < green < 0.95 * rgb[0]  # dark colours may stray a little more
        assert 0.4 * rgb[0] < blue < 0.95 * rgb[0]


def test_what_has_such_hues_stays_and_so_does_what_is_known(given: Photo, unknown: Map) -> None:
    plain = paint(given, 150.0, 108.0, 95.0)
    assert np.abs(bound_hues(plain, given, unknown) - plain).max() < 1e-3
    green = bound_hues(paint(given, 60.0, 90.0, 80.0), given, unknown)
    assert np.array_equal(green[unknown == 0], given[unknown == 0])


def test_a_grey_photo_stays_grey(unknown: Map) -> None:
    grey = np.repeat(np.random.default_rng(1).integers(20, 230, (SIDE, SIDE, 1)), 3, axis=2)
    given = grey.astype(np.uint8)
    bounded = bound_hues(paint(given, 120.0, 90.0, 140.0), given, unknown)
    assert np.ptp(bounded[32, 26:38], axis=1).max() < 1e-3


def test_where_nothing_is_known_nothing_is_bound(given: Photo) -> None:
    painted = paint(given, 60.0, 90.0, 80.0)
    for unknown in (np.zeros((SIDE, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32)):
        assert np.array_equal(bound_hues(painted, given, unknown), painted)
