"""Gains: maps that a part of a photo is multiplied by, where skin folds or flattens."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.appearance.settings import GAINS, RGB
from ganimate.arrays import Map, Photo
from ganimate.numerics import Affine2D


@dataclass(frozen=True)
class Gain:
    """What to multiply a part of the photo by.

    Attributes:
        to_grid: photo pixels to those of the gain.
        gain: (h, w), the factor less 1, so that 0 changes nothing.
        tint: shares of it that red, green and blue take.
    """

    to_grid: Affine2D
    gain: Map
    tint: RGB = GAINS.tint


def apply_gain(pixels: Photo, gain: Map, tint: RGB = GAINS.tint) -> Photo:
    """Multiply pixels (h, w, 3) by 1 + gain (h, w); where that is 0 they stay as they are.

    Args:
        pixels: of the photo, or of a crop.
        gain: the factor less 1.
        tint: shares of it that red, green and blue take.
    """
    factors = cv2.merge([1 + share * gain for share in tint])
    return np.asarray(cv2.multiply(pixels, factors, dtype=cv2.CV_8U), np.uint8)


def sample_gain(gain: Gain, x: Map, y: Map) -> Map:
    """Sample a gain at the photo pixels x, y (h, w) that a warp comes from; 0 beyond its grid."""
    across, down = (a * x + b * y + c for a, b, c in gain.to_grid.matrix.astype(np.float32))
    return np.asarray(cv2.remap(gain.gain, across, down, cv2.INTER_LINEAR), np.float32)
