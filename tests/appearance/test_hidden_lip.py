"""Teeth that were taken for an upper lip, painted on a real face."""

from __future__ import annotations

import cv2
import numpy as np
from values import changed

from ganimate.appearance.hidden_lip import lift_hidden_lip
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
        assert lift_hidden_lip(portrait.photo, landmarks) is landmarks


def test_teeth_in_the_place_of_a_lip_lie_below_it(smiling: Portrait) -> None:
    landmarks = smiling.face.landmarks
    lifted = lift_hidden_lip(hide_upper_lip(smiling), landmarks)
    others = np.setdiff1d(np.arange(len(landmarks)), LIPS.upper)
    assert np.array_equal(lifted[others], landmarks[others])
    before, after = (points[LIPS.upper, 1] for points in (landmarks, lifted))
    high = before[0] - before[3]
    assert (after[0] < before[3] + 0.05 * high).all()  # its edge lies above all that was lip
    height = np.linalg.norm(lifted[LIPS.upper[3]] - lifted[LIPS.upper[0]], axis=1)
    old = np.linalg.norm(landmarks[LIPS.upper[3]] - landmarks[LIPS.upper[0]], axis=1)
    assert np.allclose(height, HIDDEN_LIP.left * old, rtol=1e-3)


def test_a_mouth_below_a_moustache_shuts(smiling: Portrait, face_models: FaceModels) -> None:
    portrait = measure_portrait(hide_upper_lip(smiling), smiling.face, face_models)
    assert np.array_equal(portrait.aus, smiling.aus)  # what it shows is read as before
    still = portrait.face.landmarks[:N_MESH]
    target = changed(portrait.aus, {12: 0.0, 25: 0.0, 26: 0.0})
    shut = move_landmarks(face_models.prior, still, portrait.pose, portrait.aus, target)
    middle = (LIPS.upper[0, 4], LIPS.lower[0, 4])
    apart = shut[middle[1], 1] - shut[middle[0], 1]
    assert abs(apart) < 0.05 * (still[middle[1], 1] - still[middle[0], 1])
