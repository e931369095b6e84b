"""What is said of faces whose clips are worse."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ganimate.face.landmarks import LIDS_OF_SIDE
from ganimate.face.sight import PARTS
from ganimate.face_models import FaceModels
from ganimate.media.photo import resize_longest
from ganimate.portrait import Portrait, find_portraits
from ganimate.quality import QUALITY, Concern, find_concerns


def about(concerns: list[Concern]) -> set[str]:
    return {concern.about for concern in concerns}


def test_nothing_is_said_of_good_photos(serious: Portrait, smiling: Portrait) -> None:
    assert find_concerns(serious) == find_concerns(smiling) == []


def test_small_blurred_and_dark_faces(serious: Portrait, face_models: FaceModels) -> None:
    width = serious.face.box.width
    small = find_portraits(resize_longest(serious.photo, 200), face_models)[0]
    blurred = replace(serious, photo=cv2.GaussianBlur(serious.photo, (0, 0), 0.03 * width))
    dark = replace(serious, photo=(0.1 * serious.photo).astype(np.uint8))
    assert about(find_concerns(small)) == {"width"}
    assert about(find_concerns(blurred)) == {"blur"}
    assert about(find_concerns(dark)) == {"darkness"}


def test_noise_and_the_blur_of_large_faces(serious: Portrait) -> None:
    noise = np.random.default_rng(0).normal(0, 25, serious.photo.shape)
    noisy = replace(serious, photo=np.clip(serious.photo + noise, 0, 255).astype(np.uint8))
    assert about(find_concerns(noisy)) == {"noise"}
    scale = 500 / serious.face.box.width
    large = cv2.resize(serious.photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    face = replace(serious.face, landmarks=serious.face.landmarks * np.float32(scale))
    enlarged = replace(serious, photo=cv2.GaussianBlur(large, (0, 0), 0.03 * 500), face=face)
    assert about(find_concerns(enlarged)) == {"blur"}


def test_what_moves_outside_of_the_photo(serious: Portrait) -> None:
    width, lips = serious.face.box.width, round(float(serious.face.landmarks[17, 1]))
    chin = replace(serious, photo=serious.photo[: lips + round(0.05 * width)])
    assert "cut" not in about(find_concerns(chin))
    below = replace(serious, photo=serious.photo[: lips - round(0.1 * width)])
    (concern,) = (one for one in find_concerns(below) if one.about == "cut")
    assert abs(concern.figure - 0.1) < 0.02
    assert "10 % of its width" in concern.message


def test_a_concern_has_its_figure_and_its_limit(serious: Portrait) -> None:
    turn = cv2.Rodrigues(np.radians([0.0, 40.0, 0.0]))[0].astype(np.float32)
    turned = replace(serious, pose=replace(serious.pose, rotation=turn))
    concerns = {concern.about: concern for concern in find_concerns(turned)}
    assert abs(concerns["yaw"].figure - 40) < 1
    assert concerns["yaw"].limit == QUALITY.yaw
    assert "40 degrees" in concerns["yaw"].message
    assert "30" in concerns["yaw"].message


def test_eyes_that_are_shut_are_said_to_be_drawn_unless_they_are_held(smiling: Portrait) -> None:
    landmarks = smiling.face.landmarks.copy()
    for lids in LIDS_OF_SIDE:
        lower = landmarks[lids.lower[0]]
        landmarks[lids.upper[0]] = lower + 0.1 * (landmarks[lids.upper[0]] - lower)
    shut = replace(smiling, face=replace(smiling.face, landmarks=landmarks))
    (concern,) = [one for one in find_concerns(shut) if one.about == "lids"]
    assert concern.figure < 0.03 < concern.limit
    assert "drawn" in concern.message
    held = replace(shut, held=frozenset(PARTS[1:]))
    assert "lids" not in about(find_concerns(held))
