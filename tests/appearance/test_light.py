"""The light on a mouth, told by real faces and by their colours."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ganimate.appearance.light import (
    FaceColours,
    compute_light,
    measure_colours,
    predict_teeth,
    to_rgb,
)
from ganimate.appearance.light_settings import MOUTH_LIGHT
from ganimate.arrays import Floats, Photo, Points
from ganimate.face.landmarks import LIPS, N_MESH
from ganimate.portrait import Portrait
from ganimate.warp.unknown import mask_opening


def colours(
    skin: tuple[float, ...], highlights: float, lips: tuple[float, ...], eyes: tuple[float, ...]
) -> FaceColours:
    of_skin, of_lips, of_eyes = (np.array(one, np.float32) for one in (skin, lips, eyes))
    return FaceColours(of_skin, highlights, of_lips, of_eyes, None)


def measure_light(photo: Photo, landmarks: Points) -> Floats:
    return compute_light(measure_colours(photo, landmarks))


USUAL = colours(MOUTH_LIGHT.usual_skin, 77.7, MOUTH_LIGHT.usual_lips, MOUTH_LIGHT.usual_eyes)


@pytest.fixture(scope="module")
def face(serious: Portrait) -> tuple[Photo, Points]:
    """Grace Hopper, whose lips are shut, and her landmarks."""
    return serious.photo, serious.face.landmarks[:N_MESH, :2]


def test_usual_faces_have_usual_teeth() -> None:
    assert predict_teeth(USUAL) == pytest.approx(MOUTH_LIGHT.usual_teeth, abs=1.5)


def test_teeth_do_not_darken_with_the_skin() -> None:
    # Means of 1,061 photos of smiling Black people in UTKFace, whose teeth have an L* of 75.9 but
    # for how their lips are parted; those of 2,285 White ones have 73.0.
    dark = colours((48.0, 17.0, 21.9), 72.4, (41.2, 20.2, 17.4), (47.1, 8.8, 10.1))
    pale = colours((62.4, 16.0, 18.1), 79.6, (49.2, 22.6, 15.9), (49.6, 10.9, 10.3))
    assert predict_teeth(dark)[0] == pytest.approx(75.9, abs=3)
    assert predict_teeth(pale)[0] == pytest.approx(73.0, abs=3)


def test_dark_skin_in_the_light_is_told_from_pale_skin_in_the_dark() -> None:
    # Skin alike, eyes and highlights as lit as skin is dark, or as dim as the photo.
    lit = colours((45.0, 16.0, 20.0), 74.0, (42.0, 20.0, 17.0), (56.0, 8.0, 9.5))
    dim = colours((45.0, 16.0, 20.0), 60.0, (34.0, 20.0, 17.0), (30.0, 12.0, 9.5))
    assert predict_teeth(lit)[0] > predict_teeth(dim)[0] + 10


def test_lips_in_the_shade_have_teeth_in_the_shade_but_lipstick_says_little() -> None:
    shaded, black = (replace(USUAL, lips=USUAL.lips - [by, 0, 0]) for by in (12, 40))
    darker, darkest = (predict_teeth(USUAL)[0] - predict_teeth(one)[0] for one in (shaded, black))
    assert 3 < darker < 10
    assert darkest < 14


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


@pytest.mark.parametrize(
    "light", [(0.5, 0.38, 0.3), (0.3, 0.27, 0.27), (1.0, 0.78, 0.55)], ids=["dim", "dark", "warm"]
)
def test_teeth_are_seen_in_any_light(smiling: Portrait, light: tuple[float, ...]) -> None:
    """They are paler than lips, however red they are; what is as red as lips is a tongue."""
    photo, landmarks = smiling.photo, smiling.face.landmarks[:N_MESH, :2]
    lit = np.rint(photo * np.array(light)).astype(np.uint8)
    assert measure_colours(lit, landmarks).teeth is not None
    between = mask_opening(landmarks, LIPS, photo.shape[:2]) > 0
    tongue = to_rgb(measure_colours(lit, landmarks).lips)
    shades = np.linspace(0.8, 1.15, int(between.sum()))[:, None]
    lit[between] = np.clip(shades * tongue, 0, 255)
    assert measure_colours(lit, landmarks).teeth is None


def test_shut_eyes_say_nothing(face: tuple[Photo, Points]) -> None:
    photo, landmarks = face
    tiny = cv2.resize(photo, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA)
    seen = measure_colours(tiny, landmarks / 10)
    assert seen.eyes is None
    assert np.isfinite(measure_light(tiny, landmarks / 10)).all()


def test_lips_are_measured_where_they_are(serious: Portrait, smiling: Portrait) -> None:
    for portrait in (serious, smiling):
        photo, landmarks = portrait.photo, portrait.face.landmarks[:N_MESH]
        red, green, blue = to_rgb(measure_colours(photo, landmarks).lips)
        assert red > green > 0 < blue < red
        away = measure_colours(photo, landmarks + 10 * np.float32(photo.shape[0]))
        assert to_rgb(away.lips) == pytest.approx(photo[-1, -1], abs=1)  # its nearest pixel
