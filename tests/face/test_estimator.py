"""What the estimator measures in real faces."""

from __future__ import annotations

import numpy as np
import pytest

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.face.estimator import measure_lip_gap
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait, find_portraits
from ganimate.training.mirror import mirror_shapes
from ganimate.warp.displacement import move_landmarks


def test_a_smile(smiling: Portrait) -> None:
    assert smiling.aus.shape == SHAPE
    assert smiling.aus.dtype == np.float32
    assert smiling.aus[ROW_OF[12]].min() > 0.7
    assert smiling.aus[ROW_OF[25]].min() > 0.25  # her teeth show
    assert smiling.aus[ROW_OF[45]].max() < 0.2


def test_a_serious_face(serious: Portrait) -> None:
    assert serious.aus[ROW_OF[12]].max() < 0.2
    assert serious.aus[ROW_OF[25]].max() < 0.1
    assert serious.aus[ROW_OF[26]].max() < 0.1


def test_units_without_sides_have_one_value(smiling: Portrait, serious: Portrait) -> None:
    for portrait in (smiling, serious):
        for unit in ACTION_UNITS:
            if not unit.sided:
                left, right = portrait.aus[ROW_OF[unit.number]]
                assert abs(left - right) < 0.02, unit


def test_a_mirrored_photo_has_its_sides_swapped(smiling: Portrait, face_models: FaceModels) -> None:
    mirrored = np.ascontiguousarray(smiling.photo[:, ::-1])
    (other,) = find_portraits(mirrored, face_models)
    difference = np.abs(other.aus[:, ::-1] - smiling.aus)
    assert difference.mean() < 0.015
    assert difference.max() < 0.08  # the detector's square is not quite the other's mirror image


def test_a_mirrored_shape_has_its_sides_exactly_swapped(
    smiling: Portrait, face_models: FaceModels
) -> None:
    estimator = face_models.estimator
    shape = smiling.pose.normalise(smiling.face.landmarks[:468])
    (turned,) = mirror_shapes(shape[None])
    # half precision of the shipped weights aside
    assert np.abs(estimator.measure(turned)[:, ::-1] - estimator.measure(shape)).max() < 0.01


@pytest.mark.parametrize("number", [2, 4, 12, 45])
def test_one_side_alone(serious: Portrait, face_models: FaceModels, number: int) -> None:
    prior, estimator = face_models.prior, face_models.estimator
    row = ROW_OF[number]
    for side, other in ((LEFT, RIGHT), (RIGHT, LEFT)):
        target = serious.aus.copy()
        target[row, side] = 1
        landmarks = move_landmarks(prior, serious.face.landmarks, serious.pose, serious.aus, target)
        rise = estimator.measure(serious.pose.normalise(landmarks))[row] - serious.aus[row]
        assert rise[side] > 0.25  # brows rise by less than is asked
        assert abs(rise[other]) < 0.4 * rise[side]  # the other one hardly shares in it


def test_intensities_stay_within_0_and_1(face_models: FaceModels) -> None:
    prior, estimator = face_models.prior, face_models.estimator
    rng = np.random.default_rng(0)
    shapes = prior.mean + rng.normal(0, 0.1, (50, *prior.mean.shape)).astype(np.float32)
    aus = estimator.measure_all(shapes)
    assert aus.shape == (50, *SHAPE)
    assert (aus.min(), aus.max()) == (0, 1)  # noise this wild reaches both ends


def test_one_is_measured_as_among_many(
    smiling: Portrait, serious: Portrait, face_models: FaceModels
) -> None:
    shapes = np.stack([one.pose.normalise(one.face.landmarks[:468]) for one in (smiling, serious)])
    together = face_models.estimator.measure_all(shapes)
    assert np.abs(together[0] - smiling.aus).max() < 1e-5
    assert np.abs(together[1] - serious.aus).max() < 1e-5


def test_lip_gap(smiling: Portrait, serious: Portrait) -> None:
    shapes = np.stack([one.pose.normalise(one.face.landmarks[:468]) for one in (smiling, serious)])
    open_gap, shut_gap = measure_lip_gap(shapes)
    assert open_gap > 0.05 > 0.01 > shut_gap
