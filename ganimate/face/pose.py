"""Head pose: the similarity between a face's landmarks and the mean face, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import FaceShape
from ganimate.face.landmarks import N_MESH, STABLE
from ganimate.numerics import Affine2D


@dataclass(frozen=True)
class Pose:
    """p = scale * rotation @ q + centre takes a pose-normalised point q to photo pixels."""

    rotation: NDArray[np.float32]  # (3, 3)
    scale: float  # photo pixels per unit of the mean face
    centre: NDArray[np.float32]  # (3,) photo pixels

    @property
    def yaw(self) -> float:
        """Turn of the head to its side in degrees, positive towards the person's own right."""
        return float(np.degrees(np.arctan2(self.rotation[0, 2], self.rotation[2, 2])))

    @property
    def pitch(self) -> float:
        """Nod in degrees, positive downwards."""
        return float(np.degrees(-np.arcsin(np.clip(self.rotation[1, 2], -1, 1))))

    def normalise(self, landmarks: NDArray[np.float32]) -> FaceShape:
        """(n, 3) photo pixels to (n, 3) pose-normalised."""
        return (landmarks - self.centre) @ self.rotation / np.float32(self.scale)

    def project(self, shape: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 3) pose-normalised to (n, 3) photo pixels."""
        return self.rotate(shape) + self.centre

    def rotate(self, displacement: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 3) pose-normalised displacements to (n, 3) in photo pixels."""
        return np.float32(self.scale) * displacement @ self.rotation.T

    def on(self, to_grid: Affine2D) -> Pose:
        """The pose of the same head in the pixels to which a similarity leads."""
        scale = to_grid.scale
        turn = np.eye(3)
        turn[:2, :2] = to_grid.linear / scale
        centre = scale * turn @ self.centre + np.append(to_grid.offset, 0)
        rotation = turn @ self.rotation
        return Pose(rotation.astype(np.float32), scale * self.scale, centre.astype(np.float32))


def fit_pose(landmarks: NDArray[np.float32], mean: FaceShape) -> Pose:
    """Procrustes: the pose under which the stable points of the mean face meet the landmarks.

    landmarks: (>= 468, 3) photo pixels; mean: (468, 3). Kabsch's closed form.
    """
    observed, model = landmarks[STABLE].astype(np.float64), mean[STABLE].astype(np.float64)
    centre, middle = observed.mean(axis=0), model.mean(axis=0)
    u, spread, vt = np.linalg.svd((observed - centre).T @ (model - middle))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((spread * sign).sum() / ((model - middle) ** 2).sum())
    return Pose(
        rotation.astype(np.float32),
        scale,
        (centre - scale * rotation @ middle).astype(np.float32),
    )


def fit_mean_shape(landmarks: NDArray[np.float32], rounds: int = 4) -> FaceShape:
    """Generalised Procrustes: the mean of (n, >= 468, 3) landmarks, upright, symmetric in scale.

    The frame is the photos' own: x right, y down, z away; the distance of the temples (234 to
    454) is 1 and the mean of the stable points the origin.
    """
    points = landmarks[:, :N_MESH]
    mean = _normalise_size(np.median(points, axis=0))
    for _ in range(rounds):
        posed = np.stack([fit_pose(face, mean).normalise(face) for face in points])
        mean = _normalise_size(np.median(posed, axis=0))
    return mean


def _normalise_size(shape: NDArray[np.float32]) -> FaceShape:
    shape = shape - shape[STABLE].mean(axis=0)
    return (shape / np.linalg.norm(shape[234] - shape[454])).astype(np.float32)
