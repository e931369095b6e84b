"""The colours that a painted mouth may have."""

from __future__ import annotations

import numpy as np
import pytest

from ganimate.appearance.mouth_shade import shade_mouth


@pytest.mark.parametrize(
    ("drawing", "paint", "expected"),
    [
        ((210, 200, 190), (200, 180, 160), (200, 180, 160)),  # yellowish teeth
        ((210, 200, 190), (200, 180, 120), (200, 180, 158.4)),  # yellow teeth
        ((210, 200, 190), (180, 180, 170), (180, 172.8, 170)),  # green teeth
        ((210, 200, 190), (200, 140, 130), (200, 174, 153.1)),  # pink teeth
        ((210, 200, 190), (180, 170, 190), (180, 170, 170)),  # blue teeth
        ((160, 100, 95), (170, 110, 100), (170, 110, 100)),  # gums
        ((160, 100, 95), (110, 110, 90), (110, 79.2, 79.2)),  # olive gums
        ((36, 20, 18), (30, 40, 50), (30, 21.6, 21.6)),  # a blue corner
        ((160, 100, 95), (30, 20, 20), (106.5, 71, 71)),  # black in gums
        ((60, 30, 30), (200, 150, 150), (104.6, 75.3, 75.3)),  # a tongue like teeth
    ],
)
def test_paint_has_the_colours_of_teeth_and_flesh(
    drawing: tuple[int, ...], paint: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    given = np.full((20, 20, 3), drawing, np.uint8)
    colour = np.full((20, 20, 3), paint, np.float32)
    drawn = np.zeros((20, 20), np.float32)
    drawn[4:16, 4:16] = 1
    result = shade_mouth(colour, given, drawn)
    assert result[10, 10] == pytest.approx(expected, abs=0.5)
    assert np.array_equal(result[drawn == 0], colour[drawn == 0])
    beside = np.minimum(colour, colour[:, :, :1])  # there may be lip, which is not blue either
    assert np.array_equal(result[4, 4:16], beside[4, 4:16])
