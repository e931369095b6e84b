"""How like a photo a picture is: L1, PSNR and SSIM."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Likeness:
    """How like the photos some pictures are."""

    l1: float  # mean absolute error, of [0, 1]
    psnr: float | None  # dB, of the mean square error of all pictures; None if they are the photos
    ssim: float  # Wang et al. 2004


@dataclass(frozen=True)
class LikenessScores:
    """One kind of pictures against the photos."""

    everywhere: Likeness
    unknown: Likeness | None  # of the unknown pixels alone; None where there are none


class Comparison:
    """One kind of pictures, one after the other."""

    def __init__(self) -> None:
        self.everywhere, self.unknown = _Sums(), _Sums()

    def add(
        self, one: NDArray[np.float32], photo: NDArray[np.float32], unknown: NDArray[np.float32]
    ) -> None:
        likeness = compute_ssim(one, photo)
        self.everywhere.add(one, photo, likeness, np.ones_like(unknown))
        self.unknown.add(one, photo, likeness, unknown)

    def result(self) -> LikenessScores:
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
        one: NDArray[np.float32],
        photo: NDArray[np.float32],
        likeness: NDArray[np.float32],
        weight: NDArray[np.float32],
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


def compute_ssim(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Structural similarity of two pictures (h, w, 3) in [0, 1], (h - 10, w - 10).

    Wang, Bovik, Sheikh and Simoncelli 2004, eq. 13: 11 x 11 Gaussian window, sigma 1.5, K = .01 and
    .03; the mean over the channels, of the pixels whose whole window lies inside.
    """

    def mean(x: NDArray[np.float32]) -> NDArray[np.float32]:
        blurred = cv2.GaussianBlur(x, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT)
        return np.asarray(blurred[5:-5, 5:-5], np.float32)

    a, b = mean(one), mean(other)
    var_a, var_b = mean(one * one) - a * a, mean(other * other) - b * b
    covariance = mean(one * other) - a * b
    c1, c2 = 0.01**2, 0.03**2
    top = (2 * a * b + c1) * (2 * covariance + c2)
    likeness = top / ((a * a + b * b + c1) * (var_a + var_b + c2))
    return np.asarray(likeness.mean(axis=2), np.float32)
