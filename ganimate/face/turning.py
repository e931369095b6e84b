"""Quarter turns of photos that lie on their side or stand on their head, and of faces in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ganimate.arrays import Landmarks, Photo
from ganimate.face.landmarks import Box, Face
from ganimate.numerics import Affine2D

LEFT_EYE_CORNER, RIGHT_EYE_CORNER = 263, 33
"""Landmarks at the outer corners of the person's own eyes."""

OTHER_TURNS = (1, 3, 2)
"""The quarter turns that a photo can need, those by one first: phones turn so more often."""


def turn_photo(photo: Photo, quarters: int) -> Photo:
    """Turn a photo (H, W, 3) by quarters counterclockwise; by none, it is the photo itself."""
    return np.ascontiguousarray(np.rot90(photo, quarters))


def map_turn(photo: Photo, quarters: int) -> Affine2D:
    """Find the map from the pixels of a photo (H, W, 3) to those of turn_photo()."""
    height, width = photo.shape[:2]
    matrices = (
        [[1, 0, 0], [0, 1, 0]],
        [[0, 1, 0], [-1, 0, width - 1]],
        [[-1, 0, width - 1], [0, -1, height - 1]],
        [[0, -1, height - 1], [1, 0, 0]],
    )
    return Affine2D(np.array(matrices[quarters % 4], np.float64))


def turn_face(face: Face, to_turned: Affine2D) -> Face:
    """Take a face from the pixels of one grid to those of another that is turned."""
    landmarks = face.landmarks.copy()
    landmarks[:, :2] = to_turned.apply(landmarks)
    return replace(face, landmarks=landmarks)


def turn_box(box: Box, to_turned: Affine2D) -> Box:
    """Take a box from the pixels of one grid to those of another that is turned by quarters."""
    corners = [[box.left, box.top], [box.left + box.width, box.top + box.height]]
    ends = to_turned.apply(np.array(corners))
    left, top = map(float, ends.min(axis=0))
    width, height = map(float, np.ptp(ends, axis=0))
    return Box(left=left, top=top, width=width, height=height)


def measure_roll(landmarks: Landmarks) -> float:
    """Measure how a face is turned in its photo: degrees clockwise, in (-180, 180], 0 upright."""
    x, y = (landmarks[LEFT_EYE_CORNER] - landmarks[RIGHT_EYE_CORNER])[:2]
    return float(np.degrees(np.arctan2(y, x)))


def count_quarters(face: Face) -> int:
    """Count the quarter turns, counterclockwise, that set a face upright or nearly so: 0 to 3."""
    return round(measure_roll(face.landmarks) / 90) % 4
