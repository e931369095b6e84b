"""How steadily the reader sees a mouth: what is covered is guessed, each time otherwise.

A network that does not see the lips puts them where they usually are, and what that is depends on
what little it sees of the rest. Read from squares that are shifted, turned and scaled a little, the
lips of a free mouth stay where they are, and those behind a mask or a hand wander.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganimate.arrays import Landmarks, Photo
from ganimate.face.networks import load_networks
from ganimate.face.rereading import Square, read_again
from ganimate.face.turning import LEFT_EYE_CORNER, RIGHT_EYE_CORNER


@dataclass(frozen=True)
class SteadinessSettings:
    """From which squares a face is read again."""

    squares: tuple[Square, ...] = (
        Square(right=0.03),
        Square(right=-0.03),
        Square(down=0.03, scale=1.06, degrees=5.0),
        Square(down=-0.03, scale=0.94, degrees=-5.0),
    )
    """Squares near the usual one. Larger shifts and turns make free mouths wander, too; more of
    them take longer. By measurement: in these, mouths that are covered wander five times as far as
    free ones."""


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
            read_again(networks, photo, landmarks, square)[lips, :2].astype(np.float64)
            for square in settings.squares
        ]
    )
    apart = np.linalg.norm(seen - seen.mean(axis=0), axis=2).mean()
    eyes = landmarks[LEFT_EYE_CORNER, :2] - landmarks[RIGHT_EYE_CORNER, :2]
    return float(apart / np.linalg.norm(eyes))
