"""The action units that a face shows: a small network from landmarks without their pose.

It is fitted to the blend-shape scores of MediaPipe's face landmarker (training/prior/estimator.py).
AU6 and AU9 are no measurements of their own: that model never reports the cheek and the nose, so
that they stand for co-activation, sqrt(smile * eye squint) and sqrt(upper lip up * brow down).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganimate.action_units import SHAPE
from ganimate.arrays import AUVector, FaceShape, Floats

UPPER_LIP, LOWER_LIP = 13, 14
"""Landmarks in the middle of the inner lips."""

FOREHEAD, CHIN = 10, 152
"""Landmarks at the upper and the lower end of the face."""


@dataclass(frozen=True)
class Estimator:
    """A multilayer perceptron with SiLU between its layers.

    Attributes:
        mean: (1404,) of the inputs, the coordinates of 468 landmarks in the mean face's frame.
        weights: (in, out) of each layer.
        biases: (out,) of each layer.
    """

    mean: Floats
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    def measure(self, shape: FaceShape) -> AUVector:
        """Measure the action units (17, 2) in [0, 1] of one face (468, 3) without its pose."""
        return np.asarray(self.measure_all(shape[None])[0])

    def measure_all(self, shapes: Floats) -> Floats:
        """Measure the action units (n, 17, 2) in [0, 1] of faces (n, 468, 3) without poses.

        Sums are in double precision and rounded at the end. In single precision their last digit
        depends on how many threads BLAS has, and calibration makes frames of that digit that look
        different.
        """
        x = (shapes.reshape(len(shapes), -1) - self.mean).astype(np.float64)  # (n, 1404)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = x @ weight + bias
            x = x / (1 + np.exp(-x))  # SiLU
        x = x @ self.weights[-1] + self.biases[-1]  # (n, 34)
        return np.clip(x.reshape(-1, *SHAPE), 0, 1).astype(np.float32)


def measure_lip_gap(shapes: Floats) -> Floats:
    """Measure the gap of the inner lips over the height of the face, (n,), of faces (n, 468, 3)."""
    gap = np.linalg.norm(shapes[:, LOWER_LIP] - shapes[:, UPPER_LIP], axis=1)
    height = np.linalg.norm(shapes[:, CHIN] - shapes[:, FOREHEAD], axis=1)
    return np.asarray(gap / height, np.float32)
