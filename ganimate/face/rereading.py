"""A known face read again, from squares that its landmarks say, and in a mirror.

The square that a detector finds moves with what a face does: eyes that shut and jaws that drop
shift it, and brows near its edge are read lower than they are. The landmarks say more exactly where
the face is. And the networks are not the same to both sides of a face: in a mirror they find the
other eye narrowed. The mean of both readings favours no side, and is steadier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ganimate.arrays import Landmarks, Photo
from ganimate.face.landmarks import N_MESH
from ganimate.face.mesh import REGION_SCALE, SIDE, read_mesh
from ganimate.face.networks import ReaderNetworks
from ganimate.face.turning import measure_roll
from ganimate.numerics import Affine2D


class Square(NamedTuple):
    """A square near the usual one, which is upright about all landmarks.

    Attributes:
        right: by which it is shifted along the eyes, sides of the usual square.
        down: by which it is shifted across them, sides of the usual square.
        scale: its side over that of the usual square.
        degrees: by which it is turned clockwise.
        mirrored: whether it is looked at in a mirror.
    """

    right: float = 0.0
    down: float = 0.0
    scale: float = 1.0
    degrees: float = 0.0
    mirrored: bool = False


@dataclass(frozen=True)
class RereadingSettings:
    """From which squares a face is read steadily."""

    squares: tuple[Square, ...] = (Square(), Square(mirrored=True))
    """Squares about the face as found; the mean of the readings counts. More are steadier and
    slower. Measured on 34 held-out faces, each turned, shifted, scaled and mirrored a little eight
    times: action units read vary by .027 (standard deviation) as a detector's square shows them, by
    .026 from the usual square, .021 from two squares about it, .010 from the usual one and its
    mirror image, .008 from two and theirs. On eleven driving clips readings correlate by .90 with
    those of another reader from one square or more."""


REREADING = RereadingSettings()


def read_steadily(
    networks: ReaderNetworks,
    photo: Photo,
    landmarks: Landmarks,
    settings: RereadingSettings = REREADING,
) -> Landmarks:
    """Read the landmarks (478, 3) of a known face as the mean of what a few squares show.

    Args:
        networks: of the reader.
        photo: (H, W, 3).
        landmarks: (478, 3) of the face as read before, photo pixels.
        settings: from which squares it is read.
    """
    again = [read_again(networks, photo, landmarks, square) for square in settings.squares]
    return np.asarray(np.mean(again, axis=0), np.float32)


def read_again(
    networks: ReaderNetworks, photo: Photo, landmarks: Landmarks, square: Square
) -> Landmarks:
    """Read the landmarks of a known face from a square about it.

    Args:
        networks: of the reader.
        photo: (H, W, 3).
        landmarks: (478, 3) of the face as read before, photo pixels.
        square: from which it is read.

    Returns:
        (478, 3) photo pixels.
    """
    low, high = (bound(landmarks[:N_MESH, :2], axis=0) for bound in (np.min, np.max))
    pixels = REGION_SCALE * float((high - low).max()) / SIDE
    angle = np.radians(measure_roll(landmarks) + square.degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]]) * pixels
    middle = (low + high) / 2 + turn @ (np.array([square.right, square.down]) * SIDE)
    linear = turn * square.scale
    offset = middle - linear @ [SIDE / 2, SIDE / 2]
    to_photo = Affine2D(np.concatenate([linear, offset[:, None]], axis=1))
    found = read_mesh(networks, photo, to_photo, mirrored=square.mirrored).landmarks
    # The view is sampled half a pixel off (see read_mesh()), and no training has made up for it:
    # without this, irises of 330 eyes lay .47 pixels of the view to the left of where they were
    # read and the line between 58 pairs of shut lips .66 higher (with it .02 and .15).
    found[:, :2] -= linear @ [0.5, 0.5]
    return found
