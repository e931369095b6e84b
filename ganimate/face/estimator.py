"""The action units that a face shows: a small network from pose-normalised landmarks.

Fitted to the blend-shape scores of MediaPipe's face landmarker (training/prior.py). AU6 and AU9
are no measurements of their own: that model never reports the cheek and the nose, so that they
stand for co-activation, sqrt(smile * eye squint) and sqrt(upper lip up * brow down).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import SHAPE
from ganimate.arrays import AUVector, FaceShape

LIP_GAP = (13, 14)  # middle of the inner lips
FACE_HEIGHT = (10, 152)  # forehead to chin


@dataclass(frozen=True)
class Estimator:
    """A multilayer perceptron; weights (in, out) and biases (out,) of each layer."""

    mean: NDArray[np.float32]  # (1404,) of the inputs
    weights: tuple[NDArray[np.float32], ...]
    biases: tuple[NDArray[np.float32], ...]

    def measure(self, shape: FaceShape) -> AUVector:
        """AU intensities (17, 2) in [0, 1] of one pose-normalised face (468, 3)."""
        return np.asarray(self.measure_all(shape[None])[0])

    def measure_all(self, shapes: NDArray[np.float32]) -> NDArray[np.float32]:
        """AU intensities (n, 17, 2) in [0, 1] of pose-normalised faces (n, 468, 3)."""
        x = shapes.reshape(len(shapes), -1) - self.mean  # (n, 1404)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = x @ weight + bias
            x = x / (1 + np.exp(-x))  # SiLU
        x = x @ self.weights[-1] + self.biases[-1]  # (n, 34)
        return np.clip(x.reshape(-1, *SHAPE), 0, 1).astype(np.float32)


def measure_lip_gap(shapes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gap of the inner lips over the face's height, (n,), of faces (n, 468, 3)."""
    upper, lower = LIP_GAP
    top, chin = FACE_HEIGHT
    gap = np.linalg.norm(shapes[:, lower] - shapes[:, upper], axis=1)
    height = np.linalg.norm(shapes[:, chin] - shapes[:, top], axis=1)
    return np.asarray(gap / height, np.float32)
