"""What is taken of a generator's paint for a drawn mouth."""

from __future__ import annotations

import numpy as np
import pytest

from ganimate.appearance.mouth_shade import shade_mouth
from ganimate.appearance.settings import MOUTH_SHADE
from ganimate.arrays import Floats, Map, Photo

SIDE = 64
TEETH, TONGUE = (200, 190, 175), (120, 60, 55)


@pytest.fixture
def drawn() -> Map:
    """(64, 64) a mouth in the middle."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[12:52, 8:56] = 1
    return mask


@pytest.fixture
def given(drawn: Map) -> Photo:
    """Teeth above, a tongue below, skin around."""
    picture = np.full((SIDE, SIDE, 3), (180, 130, 110), np.uint8)
    picture[12:30, 8:56] = TEETH
    picture[30:52, 8:56] = TONGUE
    return picture


def paint_like(given: Photo, factor: Floats | float = 1.0) -> Floats:
    return np.asarray(given * factor, np.float32)


def test_bars_do_not_get_into_a_mouth(given: Photo, drawn: Map) -> None:
    bars = np.where(np.arange(SIDE) % 4 < 2, 1.4, 0.6)[:, None, None]
    result = shade_mouth(paint_like(given, bars), given, drawn)
    rows = result[34:48, 32].mean(axis=1)
    assert np.ptp(rows) < 0.1 * rows.mean()


def test_lips_shade_what_is_behind_them(given: Photo, drawn: Map) -> None:
    falling = np.linspace(0.5, 1.1, SIDE)[:, None, None]
    result = shade_mouth(paint_like(given, falling), given, drawn)
    assert result[14, 32].mean() < 0.9 * result[27, 32].mean()


@pytest.mark.parametrize("level", [0.4, 1.0, 1.6])
def test_teeth_are_as_bright_as_they_are_drawn_however_dark_they_are_painted(
    given: Photo, drawn: Map, level: float
) -> None:
    result = shade_mouth(paint_like(given, level), given, drawn)
    assert result[20, 32] == pytest.approx(TEETH, abs=6)


def test_no_hue_of_the_paint_gets_into_a_mouth(given: Photo, drawn: Map) -> None:
    blue = np.full((SIDE, SIDE, 3), (40, 60, 200), np.float32)
    result = shade_mouth(blue, given, drawn)[44, 32]
    assert result / result.max() == pytest.approx(np.array(TONGUE) / TONGUE[0], abs=0.02)


def test_elsewhere_paint_is_as_it_was(given: Photo, drawn: Map) -> None:
    paint = np.random.default_rng(0).uniform(0, 255, given.shape).astype(np.float32)
    result = shade_mouth(paint, given, drawn)
    assert np.array_equal(result[drawn == 0], paint[drawn == 0])
    rim = slice(12, 12 + MOUTH_SHADE.lip_covers)  # there may be lip, which is not blue
    assert (result[rim, 20:40] <= result[rim, 20:40, :1] + 40).all()
