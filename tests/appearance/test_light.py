"""The light on a mouth, told by real faces and by their colours."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ganimate.appearance.light import (
    FaceColours,
    measure_colours,
    measure_light,
    predict_teeth,
)
from ganimate.appearance.light_settings import MOUTH_LIGHT
from ganimate.arrays import Photo, Points
from ganimate.face.landmarks import LIPS, N_MESH
from ganimate.portrait import Portrait
from ganimate.warp.unknown import mask_opening


def colours(skin: tuple[float, ...], highlights: float, eyes: tuple[float, ...]) -> FaceColours:
    return FaceColours(np.array(skin, np.float32), highlights, np.array(eyes, np.float32), None)


USUAL = colours(MOUTH_LIGHT.usual_skin, 78.0, MOUTH_LIGHT.usual_eyes)


@pytest.fixture(scope="module")
def face(serious: Portrait) -> tuple[Photo, Points]:
    """Grace Hopper, whose lips are shut, and her landmarks."""
    return serious.photo, serious.face.landmarks[:N_MESH, :2]


def test_usual_faces_have_usual_teeth() -> None:
    assert predict_teeth(USUAL) == pytest.approx(MOUTH_LIGHT.usual_teeth, abs=1.5)


def test_teeth_do_not_darken_with_the_skin() -> None:
    # Means of 1,209 photos of smiling Black people in UTKFace, whose teeth have an L* of 78.0 but
    # for how their lips are parted; those of 2,270 White ones have 77.2.
    dark = colours((48.1, 16.1, 21.0), 72.6, (49.8, 8.0, 9.5))
    pale = colours((64.4, 14.6, 17.1), 80.7, (53.3, 9.5, 9.0))
    assert predict_teeth(dark)[0] == pytest.approx(78.0, abs=3)
    assert predict_teeth(pale)[0] == pytest.approx(77.2, abs=3)


def test_dark_skin_in_the_light_is_told_from_pale_skin_in_the_dark() -> None:
    # Skin alike, eyes and highlights as lit as skin is dark, or as dim as the photo.
    lit = colours((45.0, 16.0, 20.0), 74.0, (56.0, 8.0, 9.5))
    dim = colours((45.0, 16.0, 20.0), 60.0, (30.0, 12.0, 9.5))
    assert predict_teeth(lit)[0] > predict_teeth(dim)[0] + 10


def test_a_dim_photo_has_dim_teeth(face: tuple[Photo, Points]) -> None:
    photo, landmarks = face
    dim = (0.3 * photo).astype(np.uint8)
    colours = measure_colours(dim, landmarks)
    brightest = max(colours.highlights, 0 if colours.eyes is None else colours.eyes[0])
    assert predict_teeth(colours)[0] <= brightest + MOUTH_LIGHT.above_highlights
    assert measure_light(dim, landmarks).mean() < 0.6 * measure_light(photo, landmarks).mean()


def test_coloured_light_colours_teeth(face: tuple[Photo, Points]) -> None:
    photo, landmarks = face
    blue = np.clip(photo * np.array([0.5, 0.7, 1.6]), 0, 255).astype(np.uint8)
    plain, lit = (measure_light(one, landmarks) for one in (photo, blue))
    assert lit[2] / lit[0] > 1.3 * plain[2] / plain[0]


def test_a_photo_without_colours_is_judged_by_its_lightness(face: tuple[Photo, Points]) -> None:
    photo, landmarks = face
    grey = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    in_colour, in_grey = (predict_teeth(measure_colours(one, landmarks)) for one in (photo, grey))
    assert in_grey[0] == pytest.approx(in_colour[0], abs=8)


def test_teeth_that_are_seen_say_most(smiling: Portrait) -> None:
    photo, landmarks = smiling.photo, smiling.face.landmarks[:N_MESH, :2]
    seen = measure_colours(photo, landmarks)
    assert seen.teeth is not None
    told = predict_teeth(replace(seen, teeth=None))
    in_a_smile = seen.teeth - np.array([seen.parting, 0, 0], np.float32)
    expected = told + MOUTH_LIGHT.own_teeth * (in_a_smile - told)
    assert predict_teeth(seen) == pytest.approx(expected, abs=0.01)
    between = mask_opening(landmarks, LIPS, photo.shape[:2]) > 0
    dark = photo.copy()
    dark[between] = (40, 22, 20)  # a throat instead
    assert measure_colours(dark, landmarks).teeth is None


def test_shut_eyes_say_nothing(face: tuple[Photo, Points]) -> None:
    photo, landmarks = face
    tiny = cv2.resize(photo, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA)
    seen = measure_colours(tiny, landmarks / 10)
    assert seen.eyes is None
    assert np.isfinite(measure_light(tiny, landmarks / 10)).all()
