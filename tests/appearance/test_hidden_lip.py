"""Teeth that were taken for a lip, painted on a real face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from values import changed

from ganimate.appearance.hidden_lip import take_lips_off_teeth
from ganimate.appearance.hidden_lip_settings import HIDDEN_LIP
from ganimate.arrays import Photo
from ganimate.face.landmarks import LIPS, N_MESH
from ganimate.face_models import FaceModels
from ganimate.numerics import fill_outline
from ganimate.portrait import Portrait, measure_portrait
from ganimate.warp.displacement import move_landmarks

TEETH = (235, 230, 222)


def hide_upper_lip(portrait: Portrait) -> Photo:
    """The photo with teeth where its upper lip is, as below a moustache."""
    points = portrait.face.landmarks[:, :2]
    lip = np.concatenate([points[LIPS.upper[0]], points[LIPS.upper[3]][::-1]])
    hidden: Photo = portrait.photo.copy()
    hidden[fill_outline(lip, hidden.shape[:2])] = TEETH
    return np.asarray(cv2.GaussianBlur(hidden, (0, 0), 0.5), np.uint8)


def test_lips_that_are_seen_stay_where_they_are(smiling: Portrait, serious: Portrait) -> None:
    for portrait in (smiling, serious):
        landmarks = portrait.face.landmarks
        assert take_lips_off_teeth(portrait.photo, landmarks) is landmarks


def test_teeth_in_the_place_of_a_lip_lie_below_it(smiling: Portrait) -> None:
    landmarks = smiling.face.landmarks
    lifted = take_lips_off_teeth(hide_upper_lip(smiling), landmarks)
    others = np.setdiff1d(np.arange(len(landmarks)), LIPS.upper)
    assert np.array_equal(lifted[others], landmarks[others])
    before, after = (points[LIPS.upper, 1] for points in (landmarks, lifted))
    high = before[0] - before[3]
    assert (after[0] < before[3] + 0.05 * high).all()  # its edge lies above all that was lip
    height = np.linalg.norm(lifted[LIPS.upper[3]] - lifted[LIPS.upper[0]], axis=1)
    old = np.linalg.norm(landmarks[LIPS.upper[3]] - landmarks[LIPS.upper[0]], axis=1)
    assert np.allclose(height, HIDDEN_LIP.left * old, rtol=1e-3)


def cover_lower_lip(portrait: Portrait, share: float) -> Photo:
    """The photo with teeth over the upper share of its lower lip, and a dark, red lip below."""
    points = portrait.face.landmarks[:, :2]
    inner, outer = points[LIPS.lower[0]], points[LIPS.lower[3]]
    ends = inner + share * (outer - inner)
    covered: Photo = portrait.photo.copy()
    covered[fill_outline(np.concatenate([inner, outer[::-1]]), covered.shape[:2])] = (120, 50, 50)
    covered[fill_outline(np.concatenate([inner, ends[::-1]]), covered.shape[:2])] = TEETH
    return np.asarray(cv2.GaussianBlur(covered, (0, 0), 0.5), np.uint8)


def test_teeth_at_the_edge_of_a_lower_lip_lie_above_it(smiling: Portrait) -> None:
    landmarks = smiling.face.landmarks
    lowered = take_lips_off_teeth(cover_lower_lip(smiling, 0.5), landmarks)
    others = np.setdiff1d(np.arange(len(landmarks)), LIPS.lower[:-1])
    assert np.array_equal(lowered[others], landmarks[others])
    outer = landmarks[LIPS.lower[3]]
    left = np.linalg.norm(lowered[LIPS.lower[0]] - outer, axis=1)[1:-1]
    was = np.linalg.norm(landmarks[LIPS.lower[0]] - outer, axis=1)[1:-1]
    assert left / was == pytest.approx(0.5, abs=0.16)


def test_a_lip_that_shines_stays(smiling: Portrait) -> None:
    landmarks = smiling.face.landmarks
    glossy = smiling.photo.copy()
    rows = landmarks[LIPS.lower[1], :2], landmarks[LIPS.lower[2], :2]
    glossy[fill_outline(np.concatenate([rows[0], rows[1][::-1]]), glossy.shape[:2])] = TEETH
    assert take_lips_off_teeth(glossy, landmarks) is landmarks


def test_a_mouth_below_a_moustache_shuts(smiling: Portrait, face_models: FaceModels) -> None:
    portrait = measure_portrait(hide_upper_lip(smiling), smiling.face, face_models)
    assert np.array_equal(portrait.aus, smiling.aus)  # what it shows is read as before
    still = portrait.face.landmarks[:N_MESH]
    target = changed(portrait.aus, {12: 0.0, 25: 0.0, 26: 0.0})
    shut = move_landmarks(face_models.prior, still, portrait.pose, portrait.aus, target)
    middle = (LIPS.upper[0, 4], LIPS.lower[0, 4])
    apart = shut[middle[1], 1] - shut[middle[0], 1]
    assert abs(apart) < 0.05 * (still[middle[1], 1] - still[middle[0], 1])
