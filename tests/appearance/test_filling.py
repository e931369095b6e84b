"""What the generator is given where a warp shows what the photo does not know."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from values import changed

from ganimate.appearance.filling import GREY, fill_unknown
from ganimate.appearance.light import compute_light, measure_colours, to_rgb
from ganimate.appearance.mouth import MouthView, measure_jaw
from ganimate.appearance.mouth_anatomy import Mouth
from ganimate.appearance.mouth_drawing import draw_mouth
from ganimate.appearance.parted_lips import part_lips
from ganimate.arrays import AUVector, Map, Photo, Points
from ganimate.face.alignment import fit_crop
from ganimate.face.landmarks import N_MESH
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait
from ganimate.warp.displacement import move_landmarks
from ganimate.warp.field import apply_warp, build_warp
from ganimate.warp.mesh import build_mesh
from ganimate.warp.prior import MotionPrior

GRID = 160  # px of the crops below


@pytest.fixture
def prior(face_models: FaceModels) -> MotionPrior:
    return face_models.prior


@pytest.fixture
def mouth(face_models: FaceModels) -> Mouth:
    return face_models.mouth


def opened(
    prior: MotionPrior, mouth: Mouth, portrait: Portrait, target: AUVector
) -> tuple[Photo, Map, Points, MouthView]:
    """A warped crop, what is unknown in it, its landmarks, and the mouth behind its lips."""
    to_crop = fit_crop(portrait.face.landmarks, GRID)
    still = portrait.face.landmarks[:N_MESH]
    there = move_landmarks(prior, still, portrait.pose, portrait.aus, target)
    before, after = (to_crop.apply(points) for points in (still, there))
    warp = build_warp(prior, build_mesh(before, after), (GRID, GRID))
    crop = cv2.warpAffine(portrait.photo, to_crop.matrix, (GRID, GRID))
    pose = portrait.pose
    jaw = measure_jaw(pose.normalise(there))
    colours = measure_colours(crop, before)
    light, lips = compute_light(colours), to_rgb(colours.lips)
    drawing, parted = draw_mouth(mouth, pose), part_lips(after)
    inside = MouthView(drawing, pose.on(to_crop), jaw, light, lips, parted=parted)
    return apply_warp(crop, warp), warp.unknown, after, inside


def test_an_opened_mouth_is_drawn_and_nothing_else(
    prior: MotionPrior, mouth: Mouth, serious: Portrait
) -> None:
    target = changed(serious.aus, {25: 0.8, 26: 0.6})
    warped, unknown, landmarks, inside = opened(prior, mouth, serious, target)
    given, drawn = fill_unknown(warped, unknown, landmarks, inside)
    assert np.array_equal(given[unknown == 0], warped[unknown == 0])
    (x, top), (_, bottom) = np.round(landmarks[[13, 14]]).astype(int)
    assert (unknown[top:bottom, x] > 0.99).all()
    assert (drawn[top:bottom, x] > 0.99).all()
    assert (drawn <= unknown).all()
    lip_to_lip = given[top:bottom, x - 8 : x + 9].mean(axis=(1, 2))
    assert lip_to_lip[:4].max() > 1.8 * lip_to_lip.min()  # upper teeth, and the dark below them
    other = np.where(unknown[:, :, None] == 1, 255 - warped, warped).astype(np.uint8)
    hidden, _ = fill_unknown(other, unknown, landmarks, inside)
    assert np.array_equal(hidden[unknown == 1], given[unknown == 1])


def test_nothing_is_drawn_between_shut_lips(
    prior: MotionPrior, mouth: Mouth, smiling: Portrait
) -> None:
    target = changed(smiling.aus, {25: 0.0, 26: 0.0})
    warped, unknown, landmarks, inside = opened(prior, mouth, smiling, target)
    assert not unknown.any()
    given, drawn = fill_unknown(warped, unknown, landmarks, inside)
    assert given is warped
    assert not drawn.any()


def test_nothing_is_drawn_where_all_is_known(
    prior: MotionPrior, mouth: Mouth, serious: Portrait
) -> None:
    warped, unknown, landmarks, inside = opened(prior, mouth, serious, serious.aus)
    assert not unknown.any()
    given, drawn = fill_unknown(warped, unknown, landmarks, inside)
    assert given is warped
    assert not drawn.any()


def test_without_a_mouth_all_that_is_unknown_is_grey(
    prior: MotionPrior, mouth: Mouth, serious: Portrait
) -> None:
    target = changed(serious.aus, {25: 0.8, 26: 0.6})
    warped, unknown, landmarks, _ = opened(prior, mouth, serious, target)
    given, drawn = fill_unknown(warped, unknown, landmarks, None)
    assert np.array_equal(given[unknown == 0], warped[unknown == 0])
    assert (given[unknown == 1] == round(GREY)).all()
    assert not drawn.any()
