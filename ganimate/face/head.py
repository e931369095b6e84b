"""Rotation of the head: small turns of the photo's own landmarks in space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Angles, Floats
from ganimate.face.landmarks import N_MESH
from ganimate.face.pose import Pose, build_rotation
from ganimate.limits import MAX_TURN_DEGREES


@dataclass(frozen=True)
class HeadSettings:
    """How a head turns."""

    pivot: tuple[float, float, float] = (0.0, 0.35, 0.4)
    """Point of the mean face's frame about which it turns: x, y, z in widths of the face. Between
    the ears, where a head turns and nods, but as low as the mouth, since it tilts on the neck. A
    larger y lets the forehead swing farther as the head tilts, a larger z the nose as it turns. By
    eye (docs/tuning.md, turning heads)."""


HEAD = HeadSettings()


def limit_turn(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Limit angles to MAX_TURN_DEGREES: small ones hardly, larger ones ever more, smoothly."""
    return np.asarray(MAX_TURN_DEGREES * np.tanh(angles / MAX_TURN_DEGREES), np.float64)


def turn_landmarks(
    landmarks: Floats, pose: Pose, angles: Angles, settings: HeadSettings = HEAD
) -> Floats:
    """Turn the landmarks of a head.

    Args:
        landmarks: (468 or more, 3) photo pixels.
        pose: how the head is held.
        angles: (3,) by which it turns, in degrees.
        settings: the point about which it turns.

    Returns:
        (468, 3) photo pixels; the landmarks themselves where all angles are 0.
    """
    if not angles.any():
        return landmarks[:N_MESH]
    pivot = np.array(settings.pivot, np.float32)
    shape = pose.normalise(landmarks[:N_MESH]) - pivot
    rotation = build_rotation(angles).astype(np.float32)
    return pose.project(shape @ rotation.T + pivot)


def turn_pose(pose: Pose, angles: Angles, settings: HeadSettings = HEAD) -> Pose:
    """Find the pose of a head that was held as in `pose` and then turned by angles in degrees."""
    pivot = np.array(settings.pivot, np.float32)
    rotation = build_rotation(angles).astype(np.float32)
    middle = pose.project((pivot - rotation @ pivot)[None])[0]
    return Pose(rotation=pose.rotation @ rotation, scale=pose.scale, centre=middle)
