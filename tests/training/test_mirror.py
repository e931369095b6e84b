"""The mirror of the landmarks: readings, bases and estimators hang on it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from ganimate.face.landmarks import (
    BROW_OUTLINES,
    LEFT_LIDS,
    LIPS,
    MIRROR,
    N_LANDMARKS,
    N_MESH,
    OVAL,
    RIGHT_LIDS,
)
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait
from ganimate.training.mirror import ACROSS, symmetrise


def test_the_mirror_of_the_mirror_is_the_face(face_models: FaceModels) -> None:
    assert np.array_equal(MIRROR[MIRROR], np.arange(N_LANDMARKS))
    mean = symmetrise(face_models.prior.mean)
    assert np.abs(mean[MIRROR[:N_MESH]] * ACROSS - mean).max() < 1e-6


def test_landmarks_lie_nearest_to_their_mirror_images(face_models: FaceModels) -> None:
    """Each is taken once, and the squared distances to the mirror images add up to the least."""
    mean = face_models.prior.mean
    squared = ((mean[:, None] - mean * ACROSS) ** 2).sum(-1)
    assert np.array_equal(linear_sum_assignment(squared)[1], MIRROR[:N_MESH])


@pytest.mark.parametrize(
    ("one", "other"),
    [(78, 308), (62, 292), (61, 291), (33, 263), (133, 362), (234, 454), (10, 10), (152, 152)],
)
def test_landmarks_and_their_mirror_images(one: int, other: int) -> None:
    assert (MIRROR[one], MIRROR[other]) == (other, one)


def test_parts_of_a_face_are_mirrored_onto_each_other() -> None:
    assert np.array_equal(MIRROR[OVAL], OVAL[-np.arange(len(OVAL))])
    assert np.array_equal(MIRROR[LEFT_LIDS.upper], RIGHT_LIDS.upper)
    assert np.array_equal(MIRROR[LEFT_LIDS.lower], RIGHT_LIDS.lower)
    assert np.array_equal(MIRROR[LIPS.upper], LIPS.upper[:, ::-1])
    assert np.array_equal(MIRROR[BROW_OUTLINES[0]], BROW_OUTLINES[1])


def test_irises_are_mirrored_onto_each_other(serious: Portrait) -> None:
    """The ends of an iris, seen from its middle, in the order of those of the other one."""
    points = serious.face.landmarks[:, :2]
    left, right = points[N_MESH:][5:], points[N_MESH:][:5]
    mirrored = points[MIRROR[N_MESH:]]
    for seen, iris in ((mirrored[:5], right), (mirrored[5:], left)):
        away, theirs = seen[1:] - seen[0], iris[1:] - iris[0]
        assert np.abs(away * [-1, 1] - theirs).max() < 0.35 * np.ptp(theirs[:, 0])
