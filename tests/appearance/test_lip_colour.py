"""The colour of the dark behind lips."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ganimate.appearance.light_settings import LIP_COLOUR, MOUTH_LIGHT
from ganimate.appearance.lip_colour import redden_shade
from ganimate.arrays import Floats

LIGHT = np.ones(3, np.float32)
LIPS = np.array([200.0, 120.0, 100.0], np.float32)


def greys(*levels: float) -> Floats:
    """(1, n, 3) a row of greys."""
    return np.repeat(np.array(levels, np.float32)[None, :, None], 3, axis=2)


def front_teeth() -> float:
    """The level of red of front teeth under a light of 1."""
    lab = np.array(MOUTH_LIGHT.drawn_teeth, np.float32).reshape(1, 1, 3)
    return float(255 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)[0, 0, 0])


def test_the_dark_has_the_colour_of_lips_and_teeth_keep_theirs() -> None:
    lit, dark = 0.9 * front_teeth(), 0.3 * front_teeth()
    plain = greys(lit, dark)
    reddened = redden_shade(plain, LIGHT, LIPS)
    assert np.array_equal(reddened[0, 0], plain[0, 0])
    assert reddened[0, 1] == pytest.approx(dark * LIPS / LIPS[0], rel=1e-4)


def test_it_is_the_redder_the_darker() -> None:
    levels = front_teeth() * np.linspace(0.9, 0.3, 13)
    reddened = redden_shade(greys(*levels), LIGHT, LIPS)[0]
    shares = reddened[:, 2] / reddened[:, 0]
    assert (np.diff(shares) <= 1e-6).all()
    assert shares[-1] < 0.6 < 1 == pytest.approx(shares[0])
    assert np.array_equal(reddened[:, 0], levels.astype(np.float32))  # no darker in red


def test_dark_is_what_is_darker_than_teeth_in_the_same_light() -> None:
    halved = redden_shade(greys(0.45 * front_teeth()), 0.5 * LIGHT, LIPS)
    assert np.ptp(halved) == 0


def test_lipstick_does_not_colour_the_throat_and_grey_lips_colour_nothing() -> None:
    dark = greys(0.2 * front_teeth())
    stick = redden_shade(dark, LIGHT, np.array([150.0, 5.0, 20.0], np.float32))[0, 0]
    assert stick[1] / stick[0] == pytest.approx(LIP_COLOUR.reddest)
    blue = np.array([60.0, 90.0, 140.0], np.float32)
    for lips in (np.full(3, 90, np.float32), blue, np.zeros(3, np.float32)):
        assert np.isfinite(redden_shade(dark, LIGHT, lips)).all()
    assert np.array_equal(redden_shade(dark, LIGHT, np.full(3, 90, np.float32)), dark)
    assert np.array_equal(redden_shade(dark, LIGHT, blue), dark)
