"""The square about a face that video models see: upright, with hair and chin, holding still.

Preparers of VoxCeleb for the first-order model cut one square for a whole clip, so that the head
moves within it, and so do users of its weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ganimate.face.landmarks import Box
from ganimate.numerics import Affine2D


@dataclass(frozen=True)
class SquareSettings:
    """How much a square shows."""

    side: float = 1.6
    """Side of the square over the longer side of the face, from hairline to chin; larger shows more
    of hair and shoulders and leaves the face fewer pixels. By eye, near that of the squares that
    are cut for VoxCeleb."""

    up: float = 0.06
    """Share of its side by which the square lies higher than the face; larger shows more hair. By
    eye: foreheads end at the hairline."""

    room: float = 1.15
    """Side of the square at least over that of the rectangle around all places of the face in a
    clip; larger keeps more around a head that moves far. By eye."""


SQUARE = SquareSettings()


def fit_square(boxes: Sequence[Box], size: int, settings: SquareSettings = SQUARE) -> Affine2D:
    """Fit the map from photo pixels to an upright square about a face.

    Args:
        boxes: where the face is in a photo, or in frames of a clip.
        size: side of the square, pixels of its own.
        settings: how much it shows.
    """
    table = np.array(boxes, np.float64)
    low, high = table[:, :2], table[:, :2] + table[:, 2:]
    longer = float(np.median(table[:, 2:].max(axis=1)))
    around = float((high.max(axis=0) - low.min(axis=0)).max())
    side = max(settings.side * longer, settings.room * around)
    middle = (high.max(axis=0) + low.min(axis=0)) / 2 - [0, settings.up * side]
    scale = size / side
    # The half-pixel rule: corners of the square are corners of its first and last pixels.
    offset = size / 2 - scale * (middle + 0.5) + scale / 2 - 0.5
    return Affine2D(np.array([[scale, 0, offset[0]], [0, scale, offset[1]]]))
