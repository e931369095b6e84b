"""Photos without colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ganimate.appearance.colour_line import LUMINANCE, measure_colour_line
from ganimate.arrays import Photo
from ganimate.portrait import Portrait

SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
"""The matrix that photo editors tone by; rows are red, green and blue."""


@pytest.fixture(scope="module")
def face(serious: Portrait) -> Photo:
    return serious.photo[100:380, 120:400]


def tone(photo: Photo, tint: str) -> Photo:
    """The photo as a black-and-white, a sepia or a cyan print."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[:, :, None]
    if tint == "grey":
        return np.repeat(grey, 3, axis=2)
    if tint == "sepia":
        return np.clip(photo @ SEPIA.T, 0, 255).astype(np.uint8)
    share = grey / 255
    return np.rint((1 - share) * (10, 40, 80) + share * (240, 246, 250)).astype(np.uint8)


@pytest.mark.parametrize("tint", ["grey", "sepia", "cyan"])
def test_a_print_keeps_its_tint(face: Photo, tint: str) -> None:
    stored = cv2.imdecode(cv2.imencode(".jpg", tone(face, tint)[:, :, ::-1])[1], cv2.IMREAD_COLOR)
    printed = np.ascontiguousarray(stored[:, :, ::-1])
    line = measure_colour_line(printed)
    assert line is not None
    assert np.percentile(np.abs(line.project(printed) - printed), 95) < 6
    painted = line.project(np.array([[230, 120, 110]], np.uint8))
    luminance = float(np.array([230, 120, 110]) @ LUMINANCE)
    assert float(painted[0] @ LUMINANCE) == pytest.approx(luminance, abs=3)


def test_grey_is_grey_exactly(face: Photo) -> None:
    line = measure_colour_line(tone(face, "grey"))
    assert line is not None
    assert np.ptp(line.project(face), axis=-1).max() == 0


def test_faces_in_colour_have_no_line(face: Photo, smiling: Portrait) -> None:
    assert measure_colour_line(face) is None
    assert measure_colour_line(smiling.photo[50:250, 130:330]) is None
    faded = tone(face, "grey") + 0.35 * (face.astype(np.float32) - tone(face, "grey"))
    assert measure_colour_line(faded.astype(np.uint8)) is None
