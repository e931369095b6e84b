"""The mirror of the landmarks: samples of a seed, bases and estimators hang on it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ganimate.arrays import FaceShape
from ganimate.face.landmarks import OVAL
from ganimate.face_models import FaceModels
from ganimate.training.mirror import find_mirror, symmetrise


@pytest.fixture(scope="module")
def mean(face_models: FaceModels) -> FaceShape:
    """The shipped mean face, (468, 3)."""
    return symmetrise(face_models.prior.mean)


def assign_softly(mean: FaceShape) -> NDArray[np.int64]:
    """The same assignment by other means (Sinkhorn and Knopp, 1967), as version 0.1 had it."""
    across = mean * np.array([-1, 1, 1], np.float32)
    cost = ((mean[:, None] - across[None]) ** 2).sum(-1).astype(np.float64)
    cost -= np.minimum(cost.min(axis=0)[None], cost.min(axis=1)[:, None])
    share = np.exp(-cost / 2e-5)
    for _ in range(100):
        share /= share.sum(axis=1, keepdims=True)
        share /= share.sum(axis=0, keepdims=True)
    return np.asarray(share.argmax(axis=1))


def test_the_mirror_of_the_mirror_is_the_face(mean: FaceShape) -> None:
    mirror = find_mirror(mean)
    assert np.array_equal(mirror[mirror], np.arange(468))
    assert np.abs(mean[mirror] * [-1, 1, 1] - mean).max() < 1e-6


def test_the_mirror_of_the_shipped_face_is_that_of_version_0_1(face_models: FaceModels) -> None:
    shipped = face_models.prior.mean
    assert np.array_equal(find_mirror(shipped), assign_softly(shipped))


@pytest.mark.parametrize(
    ("one", "other"),
    [(78, 308), (62, 292), (61, 291), (33, 263), (133, 362), (234, 454), (10, 10), (152, 152)],
)
def test_landmarks_and_their_mirror_images(mean: FaceShape, one: int, other: int) -> None:
    for shape in (mean, mean + np.random.default_rng(0).normal(0, 0.001, mean.shape)):
        mirror = find_mirror(shape.astype(np.float32))
        assert (mirror[one], mirror[other]) == (other, one)


def test_the_outline_is_mirrored_onto_itself(mean: FaceShape) -> None:
    assert np.array_equal(find_mirror(mean)[OVAL], OVAL[-np.arange(len(OVAL))])
