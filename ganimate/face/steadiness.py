"""How steadily the reader sees a mouth: what is covered is guessed, each time otherwise.

A network that does not see the lips puts them where they usually are, and what that is depends on
what little it sees of the rest. Read from squares that are shifted, turned and scaled a little, the
lips of a free mouth stay where they are, and those behind a mask or a hand wander.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Landmarks, Photo
from ganimate.face.landmarks import N_MESH
from ganimate.face.mesh import REGION_SCALE, SIDE, read_mesh
from ganimate.face.networks import ReaderNetworks, load_networks
from ganimate.face.turning import LEFT_EYE_CORNER, RIGHT_EYE_CORNER, measure_roll
from ganimate.numerics import Affine2D


@dataclass(frozen=True)
class SteadinessSettings:
    """From which squares a face is read again."""

    squares: tuple[tuple[float, float, float, float], ...] = (
        (0.03, 0.0, 1.0, 0.0),
        (-0.03, 0.0, 1.0, 0.0),
        (0.0, 0.03, 1.06, 5.0),
        (0.0, -0.03, 0.94, -5.0),
    )
    """Shifts to the right and down in sides of the usual square, sides over its own, and turns in
    degrees. Larger ones make free mouths wander, too; more of them take longer. By measurement: in
    these, mouths that are covered wander five times as far as free ones."""


STEADINESS = SteadinessSettings()


def measure_mouth_scatter(
    photo: Photo, landmarks: Landmarks, settings: SteadinessSettings = STEADINESS
) -> float:
    """Measure how far the landmarks of a mouth wander where a face is read again.

    Args:
        photo: (H, W, 3).
        landmarks: (478, 3) of the face, photo pixels.
        settings: from which squares it is read.

    Returns:
        Their mean distance from their mean, as a share of the distance of the outer corners of the
        eyes.

    Raises:
        ModelError: the networks are missing or damaged.
    """
    networks = load_networks()
    lips = networks.lips.points
    seen = np.stack(
        [
            _read_again(networks, photo, landmarks, *square)[lips, :2].astype(np.float64)
            for square in settings.squares
        ]
    )
    apart = np.linalg.norm(seen - seen.mean(axis=0), axis=2).mean()
    eyes = landmarks[LEFT_EYE_CORNER, :2] - landmarks[RIGHT_EYE_CORNER, :2]
    return float(apart / np.linalg.norm(eyes))


def _read_again(
    networks: ReaderNetworks,
    photo: Photo,
    landmarks: Landmarks,
    right: float,
    down: float,
    scale: float,
    degrees: float,
) -> Landmarks:
    """The landmarks of a known face as read from a square near the usual one."""
    low, high = (bound(landmarks[:N_MESH, :2], axis=0) for bound in (np.min, np.max))
    pixels = REGION_SCALE * float((high - low).max()) / SIDE
    angle = np.radians(measure_roll(landmarks) + degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn: NDArray[np.float64] = np.array([[cosine, -sine], [sine, cosine]]) * pixels
    middle = (low + high) / 2 + turn @ (np.array([right, down]) * SIDE)
    linear = turn * scale
    offset = middle - linear @ [SIDE / 2, SIDE / 2]
    to_photo = Affine2D(np.concatenate([linear, offset[:, None]], axis=1))
    return read_mesh(networks, photo, to_photo).landmarks
