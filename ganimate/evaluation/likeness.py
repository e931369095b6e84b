"""How like a photo a picture is: L1, PSNR and SSIM."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.arrays import Floats, Map


@dataclass(frozen=True)
class Likeness:
    """How like the photos some pictures are.

    Attributes:
        l1: mean absolute error, of [0, 1].
        psnr: dB, from the mean square error of all pictures; None if they are the photos.
        ssim: structural similarity, in [-1, 1].
    """

    l1: float
    psnr: float | None
    ssim: float


@dataclass(frozen=True)
class LikenessScores:
    """One kind of pictures against the photos.

    Attributes:
        everywhere: over all pixels.
        unknown: over the unknown pixels alone; None where there are none.
    """

    everywhere: Likeness
    unknown: Likeness | None


class Comparison:
    """Pictures of one kind, compared with photos one after the other."""

    def __init__(self) -> None:
        """Begin with none."""
        self.everywhere, self.unknown = _Sums(), _Sums()

    def add(self, one: Floats, photo: Floats, unknown: Map) -> None:
        """Compare a picture (h, w, 3) in [0, 1] with its photo; unknown: (h, w) in [0, 1]."""
        likeness = compute_ssim(one, photo)
        self.everywhere.add(one, photo, likeness, np.ones_like(unknown))
        self.unknown.add(one, photo, likeness, unknown)

    def result(self) -> LikenessScores:
        """The likeness of all pictures so far."""
        return LikenessScores(
            self.everywhere.likeness(), self.unknown.likeness() if self.unknown.pixels else None
        )


@dataclass
class _Sums:
    """Errors summed over weighted pixels."""

    absolute: float = 0.0
    square: float = 0.0
    pixels: float = 0.0
    likeness_sum: float = 0.0
    likeness_pixels: float = 0.0

    def add(
        self,
        one: Floats,
        photo: Floats,
        likeness: Map,
        weight: Map,
    ) -> None:
        error = np.abs(one - photo)
        self.absolute += float((error.mean(axis=2) * weight).sum())
        self.square += float(((error**2).mean(axis=2) * weight).sum())
        self.pixels += float(weight.sum())
        edge = (len(weight) - len(likeness)) // 2
        inner = weight[edge : len(weight) - edge, edge : len(weight) - edge]
        self.likeness_sum += float((likeness * inner).sum())
        self.likeness_pixels += float(inner.sum())

    def likeness(self) -> Likeness:
        square = self.square / self.pixels
        return Likeness(
            self.absolute / self.pixels,
            -10 * math.log10(square) if square > 0 else None,
            self.likeness_sum / self.likeness_pixels if self.likeness_pixels else 1.0,
        )


def compute_ssim(one: Floats, other: Floats) -> Map:
    """Compute the structural similarity of two pictures at each pixel.

    Wang, Bovik, Sheikh and Simoncelli, IEEE TIP 13(4), 2004, Eq. 13: 11 x 11 Gaussian window, sigma
    1.5, K = .01 and .03.

    Args:
        one: (h, w, 3) in [0, 1].
        other: (h, w, 3) in [0, 1].

    Returns:
        (h - 10, w - 10), the mean over the channels, of the pixels whose whole window lies inside.
    """

    def mean(x: Floats) -> Floats:
        blurred = cv2.GaussianBlur(x, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT)
        return np.asarray(blurred[5:-5, 5:-5], np.float32)

    a, b = mean(one), mean(other)
    var_a, var_b = mean(one * one) - a * a, mean(other * other) - b * b
    covariance = mean(one * other) - a * b
    c1, c2 = 0.01**2, 0.03**2
    top = (2 * a * b + c1) * (2 * covariance + c2)
    likeness = top / ((a * a + b * b + c1) * (var_a + var_b + c2))
    return np.asarray(likeness.mean(axis=2), np.float32)
