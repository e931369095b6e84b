"""Rotation of the head: small turns of the photo's own landmarks in space."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ganimate.arrays import Angles
from ganimate.face.landmarks import N_MESH
from ganimate.face.pose import Pose
from ganimate.limits import MAX_TURN_DEGREES

# Between the ears, where a head turns and nods, but as low as the mouth: it tilts on the neck.
PIVOT = np.array([0.0, 0.35, 0.4], np.float32)  # pose-normalised


def build_rotation(angles: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """The rotations (..., 3, 3) by yaw, pitch and roll (..., 3) in degrees: about z, x, then y."""
    yaw, pitch, roll = np.moveaxis(np.radians(np.asarray(angles, np.float64)), -1, 0)
    one, zero = np.ones_like(yaw), np.zeros_like(yaw)

    def matrix(*entries: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.stack(entries, -1).reshape(*yaw.shape, 3, 3)

    about_y = matrix(
        np.cos(yaw), zero, np.sin(yaw), zero, one, zero, -np.sin(yaw), zero, np.cos(yaw)
    )
    about_x = matrix(
        one, zero, zero, zero, np.cos(pitch), -np.sin(pitch), zero, np.sin(pitch), np.cos(pitch)
    )
    about_z = matrix(
        np.cos(roll), -np.sin(roll), zero, np.sin(roll), np.cos(roll), zero, zero, zero, one
    )
    return np.asarray(about_y @ about_x @ about_z)


def measure_angles(rotation: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Yaw, pitch and roll (..., 3) in degrees of rotations (..., 3, 3)."""
    yaw = np.arctan2(rotation[..., 0, 2], rotation[..., 2, 2])
    pitch = -np.arcsin(np.clip(rotation[..., 1, 2], -1, 1))
    roll = np.arctan2(rotation[..., 1, 0], rotation[..., 1, 1])
    return np.asarray(np.degrees(np.stack([yaw, pitch, roll], -1)), np.float64)


def limit_turn(angles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Angles within MAX_TURN_DEGREES: small ones stay, larger ones grow ever less, no corner."""
    return np.asarray(MAX_TURN_DEGREES * np.tanh(angles / MAX_TURN_DEGREES), np.float64)


def turn_landmarks(
    landmarks: npt.NDArray[np.float32], pose: Pose, angles: Angles
) -> npt.NDArray[np.float32]:
    """Landmarks (468, 3) in photo pixels after the head, held as in `pose`, turned by `angles`."""
    if not angles.any():
        return landmarks[:N_MESH]
    shape = pose.normalise(landmarks[:N_MESH]) - PIVOT
    rotation = build_rotation(angles).astype(np.float32)
    return pose.project(shape @ rotation.T + PIVOT)


def turn_pose(pose: Pose, angles: Angles) -> Pose:
    """The pose of a head that was held as in `pose` and then turned by `angles`."""
    rotation = build_rotation(angles).astype(np.float32)
    middle = pose.project((PIVOT - rotation @ PIVOT)[None])[0]
    return Pose(pose.rotation @ rotation, pose.scale, middle)
