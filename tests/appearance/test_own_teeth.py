"""The upper teeth that a face shows: found where a picture was given them, and on a real smile."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from values import changed

from ganimate.appearance.light import FaceColours, measure_colours
from ganimate.appearance.mouth import MouthView, place_mouth
from ganimate.appearance.mouth_drawing import draw_mouth
from ganimate.appearance.own_teeth import cover_with_lips, find_own_teeth
from ganimate.appearance.teeth import Teeth, shape_mouth
from ganimate.arrays import Landmarks, Photo
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import LIPS, N_MESH
from ganimate.face.pose import Pose
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait
from ganimate.warp.displacement import move_landmarks
from ganimate.warp.unknown import mask_opening

SIZE = 320
LIP = (190, 110, 100)  # RGB
WHITE = np.array([80.0, 4.0, 10.0], np.float32)  # CIE L*a*b* of teeth
LIGHT = FaceColours(
    skin=np.array([60.0, 15.0, 18.0], np.float32),
    highlights=80.0,
    lips=np.array([47.0, 22.0, 17.0], np.float32),
    eyes=None,
    teeth=WHITE,
)


def smile(models: FaceModels, teeth: Teeth) -> tuple[Photo, Landmarks, Pose]:
    """A picture of the mean face's open mouth with a person's teeth, plain lips around it."""
    pose = Pose(np.eye(3, dtype=np.float32), 240.0, np.array([160, 100, 0], np.float32))
    rest = np.zeros((17, 2), np.float32)
    wide = changed(rest, {12: 0.6, 25: 0.8, 26: 0.3})
    landmarks = move_landmarks(models.prior, pose.project(models.prior.mean), pose, rest, wide)
    mouth, settings = shape_mouth(models.mouth, teeth)
    drawing, light = draw_mouth(mouth, pose, settings=settings), np.ones(3, np.float32)
    view = MouthView(drawing, pose, 0.6, light, np.array(LIP, np.float32))
    picture = np.full((SIZE, SIZE, 3), LIP, np.float32)
    inside = mask_opening(landmarks[:, :2], LIPS, (SIZE, SIZE))
    picture[inside] = place_mouth(view, (0, 0), (SIZE, SIZE))[inside]
    noise = np.random.default_rng(0).normal(0, 2, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8), landmarks, pose


@pytest.mark.parametrize(("drop", "width"), [(0.0, 1.0), (0.02, 1.15), (-0.015, 0.95)])
def test_they_are_found_where_they_are(face_models: FaceModels, drop: float, width: float) -> None:
    picture, landmarks, pose = smile(face_models, Teeth(drop=drop, width=width))
    own = find_own_teeth(picture, landmarks, pose, LIGHT, face_models.mouth)
    assert own is not None
    assert own.drop == pytest.approx(drop, abs=0.012)
    assert own.width == pytest.approx(width, abs=0.03)
    row = round(float(own.edge[1]))
    column = slice(round(float(own.edge[0])) - 12, round(float(own.edge[0])) + 12)
    assert own.share[row - 6 : row - 3, column].min() > 0.8
    assert own.share[row + 6 :, column].max() < 0.2


def test_a_face_without_teeth_has_none(face_models: FaceModels, serious: Portrait) -> None:
    to_crop = fit_crop(serious.face.landmarks, SIZE)
    crop, landmarks = (
        sample_crop(serious.photo, to_crop, SIZE),
        to_crop.apply(serious.face.landmarks[:N_MESH]),
    )
    colours = measure_colours(crop, landmarks)
    pose = serious.pose.on(to_crop)
    assert find_own_teeth(crop, landmarks, pose, colours, face_models.mouth) is None


def test_a_real_smile_has_them_between_its_lips(face_models: FaceModels, smiling: Portrait) -> None:
    to_crop = fit_crop(smiling.face.landmarks, SIZE)
    crop = sample_crop(smiling.photo, to_crop, SIZE)
    landmarks = to_crop.apply(smiling.face.landmarks[:N_MESH])
    own = find_own_teeth(
        crop, landmarks, smiling.pose.on(to_crop), measure_colours(crop, landmarks),
        face_models.mouth,
    )  # fmt: skip
    assert own is not None
    lips = np.rint(landmarks[np.concatenate([LIPS.upper[2][2:7], LIPS.lower[2][2:7]])]).astype(int)
    assert own.share[lips[:, 1], lips[:, 0]].max() < 0.1
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    inside: NDArray[np.bool_] = mask_opening(landmarks, LIPS, (SIZE, SIZE))
    bright = inside & (grey > np.percentile(grey[inside], 70))
    assert own.share[bright].mean() > 0.7


def test_what_stands_above_them_is_theirs(face_models: FaceModels, smiling: Portrait) -> None:
    """Gums, and teeth that the upper lip shades, up to that lip."""
    to_crop = fit_crop(smiling.face.landmarks, SIZE)
    crop = sample_crop(smiling.photo, to_crop, SIZE)
    landmarks, pose = to_crop.apply(smiling.face.landmarks[:N_MESH]), smiling.pose.on(to_crop)
    colours = measure_colours(crop, landmarks)
    top, low = landmarks[13], landmarks[14]
    gums = slice(round(float(top[1])), round(float(top[1] + 0.3 * (low[1] - top[1]))))
    columns = slice(round(float(landmarks[82, 0])), round(float(landmarks[312, 0])))
    shaded = crop.copy()
    shaded[gums, columns] = np.rint(0.4 * crop[gums, columns])
    own = find_own_teeth(shaded, landmarks, pose, colours, face_models.mouth)
    assert own is not None
    share = own.share[gums.start + 3 : gums.stop, columns]
    assert np.median(share) > 0.8


def test_lips_cover_them(face_models: FaceModels) -> None:
    _, landmarks, _ = smile(face_models, Teeth())
    share = np.ones((SIZE, SIZE), np.float32)
    free = cover_with_lips(share, landmarks)
    middle = landmarks[[13, 14], :2].mean(axis=0)
    x, y = np.rint(middle).astype(int)
    assert free[y, x] > 0.99
    assert free[y - 60, x] == 0
    shut = landmarks.copy()
    shut[LIPS.upper[0]] = shut[LIPS.lower[0]]
    assert not cover_with_lips(share, shut).any()
