"""Head pose: a known one is found again, and normalising undoes projecting."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ganimate.face.landmarks import STABLE
from ganimate.face.pose import (
    Pose,
    build_rotation,
    decompose_rotation,
    fit_mean_shape,
    fit_pose,
    fit_similarity,
)
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait


def turned(yaw: float, pitch: float, roll: float) -> NDArray[np.float32]:
    """(3, 3) the rotation by degrees: about y to the right, x downwards, z clockwise."""
    a, b, c = np.radians([yaw, pitch, roll])
    about_y = [[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]]
    about_x = [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    about_z = [[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]]
    return np.asarray(np.array(about_z) @ about_x @ about_y, np.float32)


POSES = [
    Pose(turned(0, 0, 0), 1.0, np.zeros(3, np.float32)),
    Pose(turned(35, 0, 0), 92.0, np.array([225, 120, 0], np.float32)),
    Pose(turned(-20, 25, 50), 640.0, np.array([2000, 1500, 30], np.float32)),
    Pose(turned(5, -15, 175), 60.0, np.array([10, 3000, 0], np.float32)),  # upside down
]


@pytest.mark.parametrize("pose", POSES)
def test_a_known_pose_is_found_again(face_models: FaceModels, pose: Pose) -> None:
    mean = face_models.prior.mean
    found = fit_pose(pose.project(mean), mean)
    assert found.scale == pytest.approx(pose.scale, rel=1e-4)
    assert np.abs(found.rotation - pose.rotation).max() < 1e-4
    assert np.abs(found.centre - pose.centre).max() < 1e-3 * pose.scale


def test_expressions_do_not_turn_the_head(face_models: FaceModels) -> None:
    mean, pose = face_models.prior.mean, POSES[1]
    grimace = mean.copy()
    others = np.setdiff1d(np.arange(len(mean)), STABLE)
    grimace[others] += np.random.default_rng(0).normal(0, 0.05, (len(others), 3))
    found = fit_pose(pose.project(grimace.astype(np.float32)), mean)
    assert np.abs(found.rotation - pose.rotation).max() < 1e-4


def test_a_mirror_image_is_no_rotation(face_models: FaceModels) -> None:
    mean = face_models.prior.mean
    found = fit_pose(mean * np.array([1, 1, -1], np.float32), mean)  # turned inside out
    assert np.linalg.det(found.rotation) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("pose", POSES)
def test_normalise_undoes_project(pose: Pose) -> None:
    shape = np.random.default_rng(0).normal(0, 0.5, (468, 3)).astype(np.float32)
    assert np.abs(pose.normalise(pose.project(shape)) - shape).max() < 1e-4
    assert np.abs(pose.rotate(shape) + pose.centre - pose.project(shape)).max() == 0


def test_angles() -> None:
    assert POSES[1].yaw == pytest.approx(35, abs=0.01)
    assert POSES[1].pitch == pytest.approx(0, abs=0.01)
    nodding = Pose(turned(0, 20, 0), 1.0, np.zeros(3, np.float32))
    assert nodding.pitch == pytest.approx(20, abs=0.01)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_a_rotation_comes_apart_in_either_order(precision: type) -> None:
    angles = np.random.default_rng(0).uniform(-80, 80, (50, 3))
    roll_first, no_roll = build_rotation(angles), build_rotation(angles * [1, 1, 0])
    roll_last = build_rotation(angles * [0, 0, 1]) @ no_roll
    for rotation, last in ((roll_first, False), (roll_last, True)):
        found = decompose_rotation(rotation.astype(precision), roll_last=last)
        np.testing.assert_allclose(np.degrees(found).T, angles, atol=2e-4)
        one = decompose_rotation(rotation[7].astype(precision), roll_last=last)
        np.testing.assert_allclose(np.degrees(one), angles[7], atol=2e-4)


def test_a_similarity_is_found_again_and_never_mirrors() -> None:
    points = np.random.default_rng(0).normal(size=(20, 3))
    rotation = turned(30, -20, 140)
    found, scale = fit_similarity(points, 3.5 * points @ rotation.T + [7, -2, 1])
    np.testing.assert_allclose(found, rotation, atol=1e-6)
    assert scale == pytest.approx(3.5, rel=1e-6)
    mirrored, _ = fit_similarity(points, points * [1, 1, -1])
    assert np.linalg.det(mirrored) == pytest.approx(1)


def test_real_faces_look_into_the_camera(smiling: Portrait, serious: Portrait) -> None:
    for portrait in (smiling, serious):
        assert abs(portrait.pose.yaw) < 8
        assert abs(portrait.pose.pitch) < 8
        assert portrait.pose.scale == pytest.approx(portrait.face.box.width, rel=0.1)


def test_mean_shape_of_one_face_in_many_poses(serious: Portrait) -> None:
    shape = serious.pose.normalise(serious.face.landmarks[:468])
    poses = [
        Pose(turned(yaw, pitch, 0), scale, np.array([scale, 7, 0], np.float32))
        for yaw, pitch, scale in [
            (-25, 5, 50),
            (-10, -9, 80),
            (0, 0, 100),
            (12, 10, 70),
            (24, 0, 9),
        ]
    ]
    mean = fit_mean_shape(np.stack([pose.project(shape) for pose in poses]))
    assert np.linalg.norm(mean[234] - mean[454]) == pytest.approx(1, abs=1e-5)
    assert np.abs(mean[STABLE].mean(axis=0)).max() < 1e-5
    # The same face up to one rotation and its scale
    pose = fit_pose(shape, mean)
    assert np.abs(pose.project(mean) - shape).max() < 0.01
