"""Head pose: the similarity between a face's landmarks and the mean face, and its angles.

Yaw is the turn of the head to its side, pitch its nod and roll its tilt, in degrees about the y, x
and z axes of a picture (x right, y down, z away): yaw is positive towards the person's own right,
pitch downwards, roll clockwise as the viewer sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import FaceShape, Floats
from ganimate.face.landmarks import LEFT_TEMPLE, N_MESH, RIGHT_TEMPLE, STABLE
from ganimate.numerics import Affine2D

EulerAngles: TypeAlias = tuple[
    NDArray[np.floating[Any]], NDArray[np.floating[Any]], NDArray[np.floating[Any]]
]
"""Yaw, pitch and roll in radians, an array each."""

# Rotations are written out here because of what SciPy's Rotation costs at the start: importing
# scipy.spatial.transform took .24 to .34 s of a render of 3.2 s (measured on 2026-11-25, two
# cores), and MediaPipe does not load that module anyway.


@dataclass(frozen=True)
class Pose:
    """How a head is held: p = scale * rotation @ q + centre takes a point q of the mean face to p.

    Attributes:
        rotation: (3, 3).
        scale: photo pixels for a unit of the mean face, whose width is about 1.
        centre: (3,) where the mean face's origin lies, photo pixels.
    """

    rotation: Floats
    scale: float
    centre: Floats

    @property
    def yaw(self) -> float:
        """Turn of the head to its side in degrees, positive towards the person's own right."""
        return float(np.degrees(decompose_rotation(self.rotation)[0]))

    @property
    def pitch(self) -> float:
        """Nod in degrees, positive downwards."""
        return float(np.degrees(decompose_rotation(self.rotation)[1]))

    @property
    def levelled(self) -> Pose:
        """The same head where its photo is turned by quarters until it is upright, or nearly so.

        The yaw and pitch of a head that lies are those of a head that is rolled first, and so
        change places; these are its own.
        """
        return replace(self, rotation=find_level(self.rotation) @ self.rotation)

    def normalise(self, landmarks: Floats) -> Floats:
        """Take points (n, 3) from photo pixels to the frame of the mean face, without the pose."""
        return (landmarks - self.centre) @ self.rotation / np.float32(self.scale)

    def project(self, shape: Floats) -> Floats:
        """Take points (n, 3) of the mean face's frame to photo pixels."""
        return self.rotate(shape) + self.centre

    def rotate(self, displacement: Floats) -> Floats:
        """Take displacements (n, 3) in the mean face's frame to photo pixels."""
        return np.float32(self.scale) * displacement @ self.rotation.T

    def on(self, to_grid: Affine2D) -> Pose:
        """Find the pose of the same head in the pixels of a grid to which a similarity leads."""
        scale = to_grid.scale
        turn = np.eye(3)
        turn[:2, :2] = to_grid.linear / scale
        centre = scale * turn @ self.centre + np.append(to_grid.offset, 0)
        rotation = turn @ self.rotation
        return Pose(rotation.astype(np.float32), scale * self.scale, centre.astype(np.float32))


def fit_pose(landmarks: Floats, mean: FaceShape) -> Pose:
    """Fit the pose under which the stable points of the mean face meet the landmarks.

    Args:
        landmarks: (468 or more, 3) photo pixels.
        mean: (468, 3) the mean face.
    """
    observed, model = landmarks[STABLE].astype(np.float64), mean[STABLE].astype(np.float64)
    rotation, scale = fit_similarity(model, observed)
    centre = observed.mean(axis=0) - scale * rotation @ model.mean(axis=0)
    return Pose(rotation.astype(np.float32), scale, centre.astype(np.float32))


def fit_similarity(
    points: NDArray[np.floating[Any]], onto: NDArray[np.floating[Any]]
) -> tuple[NDArray[np.floating[Any]], float]:
    """Fit the similarity that takes points onto others, by least squares.

    A singular value decomposition gives it in closed form (Umeyama, Least-squares estimation of
    transformation parameters between two point patterns, IEEE TPAMI 13(4), 1991). The means of
    both sets lie on each other: onto = scale * (points - their mean) @ rotation.T + its mean.

    Args:
        points: (n, 3).
        onto: (n, 3) where each of them should come to lie.

    Returns:
        The rotation (3, 3), never a reflection, and the scale.
    """
    centred, wanted = points - points.mean(axis=0), onto - onto.mean(axis=0)
    u, spread, vt = np.linalg.svd(wanted.T @ centred)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    return (u * sign) @ vt, float((spread * sign).sum() / (centred**2).sum())


def fit_mean_shape(landmarks: Floats, rounds: int = 4) -> FaceShape:
    """Fit the mean of many faces without their poses: generalised Procrustes analysis.

    Gower, Generalized Procrustes analysis, Psychometrika 40(1), 1975; with medians for means, so
    that a few faces with odd landmarks do not count.

    Args:
        landmarks: (n, 468 or more, 3) photo pixels of n upright faces.
        rounds: how often the faces are aligned to their mean and a new one is taken.

    Returns:
        The mean face: x right, y down, z away, as in the photos; the distance of the temples is 1
        and the mean of the stable points is the origin.
    """
    points = landmarks[:, :N_MESH]
    mean = _normalise_size(np.median(points, axis=0))
    for _ in range(rounds):
        posed = np.stack([fit_pose(face, mean).normalise(face) for face in points])
        mean = _normalise_size(np.median(posed, axis=0))
    return mean


def _normalise_size(shape: Floats) -> FaceShape:
    shape = shape - shape[STABLE].mean(axis=0)
    width = np.linalg.norm(shape[RIGHT_TEMPLE] - shape[LEFT_TEMPLE])
    return (shape / width).astype(np.float32)


def build_rotation(angles: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Build rotations from their angles: about z by the roll first, then about x, then about y.

    Args:
        angles: (..., 3) yaw, pitch and roll in degrees.

    Returns:
        (..., 3, 3).
    """
    yaw, pitch, roll = np.moveaxis(np.radians(np.asarray(angles, np.float64)), -1, 0)
    one, zero = np.ones_like(yaw), np.zeros_like(yaw)

    def build_matrix(*entries: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack(entries, -1).reshape(*yaw.shape, 3, 3)

    about_y = build_matrix(
        np.cos(yaw), zero, np.sin(yaw), zero, one, zero, -np.sin(yaw), zero, np.cos(yaw)
    )
    about_x = build_matrix(
        one, zero, zero, zero, np.cos(pitch), -np.sin(pitch), zero, np.sin(pitch), np.cos(pitch)
    )
    about_z = build_matrix(
        np.cos(roll), -np.sin(roll), zero, np.sin(roll), np.cos(roll), zero, zero, zero, one
    )
    return np.asarray(about_y @ about_x @ about_z)


def find_level(rotation: Floats) -> Floats:
    """Find the rotation (3, 3) by quarter turns of the picture that sets a head upright or nearly.

    Args:
        rotation: (3, 3) of the head.
    """
    roll = np.degrees(decompose_rotation(rotation, roll_last=True)[2])
    back = np.array([0.0, 0.0, -90.0 * np.round(roll / 90)])
    return np.round(build_rotation(back)).astype(np.float32)


def measure_angles(rotation: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Measure the yaw, pitch and roll (..., 3) in degrees of rotations (..., 3, 3).

    build_rotation() makes the same rotations of them.
    """
    return np.asarray(np.degrees(np.stack(decompose_rotation(rotation), -1)), np.float64)


def decompose_rotation(
    rotation: NDArray[np.floating[Any]], *, roll_last: bool = False
) -> EulerAngles:
    """Take rotations apart into yaw, pitch and roll, in one of two orders.

    Args:
        rotation: (..., 3, 3).
        roll_last: whether the roll comes after the other two, as when a picture of a turned head is
            tilted: about x by the pitch, then about y, then about z. By default it comes first, as
            in build_rotation().

    Returns:
        Yaw, pitch and roll, (...) each, in radians.
    """
    r = np.moveaxis(rotation, (-2, -1), (0, 1))
    if roll_last:
        yaw, pitch = -np.arcsin(np.clip(r[2, 0], -1, 1)), np.arctan2(r[2, 1], r[2, 2])
        return yaw, pitch, np.arctan2(r[1, 0], r[0, 0])
    yaw, pitch = np.arctan2(r[0, 2], r[2, 2]), -np.arcsin(np.clip(r[1, 2], -1, 1))
    return yaw, pitch, np.arctan2(r[1, 0], r[1, 1])
