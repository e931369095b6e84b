"""Mathematics of pixel grids that many stages share: affine maps, smooth steps, polygons.

The centre of a pixel lies at whole numbers, so that a grid of n pixels reaches from -1/2 to
n - 1/2. Whatever changes the size of a grid keeps its edges, not the centres of its outer pixels:
x' + 1/2 = scale (x + 1/2). That is the half-pixel rule, and rescale_points() is its definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Floats, Points

T = TypeVar("T")

FIXED_POINT_BITS = 4
"""Fractional bits of the coordinates that OpenCV draws polygons with: 1/16 of a pixel."""


@dataclass(frozen=True, eq=False)
class Affine2D:
    """An affine map from the pixels of one grid to those of another: p -> linear p + offset.

    Attributes:
        matrix: (2, 3) float64, the linear part and the offset beside it, as OpenCV takes it.
    """

    matrix: NDArray[np.float64]

    @property
    def linear(self) -> NDArray[np.float64]:
        """(2, 2): what it does to displacements."""
        return self.matrix[:, :2]

    @property
    def offset(self) -> NDArray[np.float64]:
        """(2,): where it takes the origin, in pixels of the grid that it leads to."""
        return self.matrix[:, 2]

    @property
    def scale(self) -> float:
        """Length of a displacement along x after the map over its length before."""
        return float(np.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    def apply(self, points: NDArray[np.floating[Any]]) -> Points:
        """Map points.

        Args:
            points: (n, 2 or more), of which the first two columns are x and y.

        Returns:
            (n, 2) float32.
        """
        return np.asarray(points[:, :2] @ self.linear.T + self.offset, np.float32)

    def inverse(self) -> Affine2D:
        """Find the map that leads back."""
        return Affine2D(np.asarray(cv2.invertAffineTransform(self.matrix), np.float64))

    def then(self, other: Affine2D) -> Affine2D:
        """Compose two maps: this one first, `other` after it."""
        linear = other.linear @ self.matrix
        linear[:, 2] += other.offset
        return Affine2D(np.asarray(linear, np.float64))

    def shifted(self, x: float, y: float) -> Affine2D:
        """Lead into a larger grid, which begins (x, y) pixels before the one that this leads to."""
        return Affine2D(self.matrix + np.array([[0, 0, x], [0, 0, y]]))

    def starting_at(self, x: float, y: float) -> Affine2D:
        """Lead out of a part of the grid, which begins at its pixel (x, y)."""
        matrix = self.matrix.copy()
        matrix[:, 2] += matrix[:, :2] @ (x, y)
        return Affine2D(matrix)

    def rescaled(self, scale: float, origin: NDArray[np.floating[Any]]) -> Affine2D:
        """Lead into a grid `scale` times as fine, by the half-pixel rule.

        Args:
            scale: pixels of the finer grid for one of the coarser.
            origin: (2,) x and y of the pixel on the coarser grid at which the finer begins.
        """
        matrix = scale * self.matrix
        matrix[:, 2] += 0.5 * scale - 0.5 - scale * origin
        return Affine2D(matrix)


def rescale_points(points: Points, scale: float) -> Points:
    """Map points (n, 2) to the pixels of a grid `scale` times as fine, by the half-pixel rule."""
    return np.asarray((points + 0.5) * scale - 0.5, np.float32)


def sample_points(picture: Floats, grid: NDArray[np.floating[Any]]) -> Floats:
    """Sample a picture (h, w) or (h, w, c) at points (n, m, 2), bilinearly; its border goes on."""
    x, y = np.moveaxis(grid.astype(np.float32), 2, 0)
    sampled = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.float32)


def smoothstep(t: T) -> T:
    """Ease from 0 to 1 without a slope at either end: 3 t^2 - 2 t^3.

    Args:
        t: a number, array or tensor, in [0, 1] already.
    """
    x: Any = t
    return cast(T, x * x * (3 - 2 * x))


def rise(x: Any, start: float, end: float) -> Floats:
    """Rise from 0 before `start` to 1 after `end` by a smoothstep; x is a number or an array."""
    return np.asarray(smoothstep(np.clip((x - start) / (end - start), 0, 1)), np.float32)


def fall(x: Any, start: float, end: float) -> Floats:
    """Fall from 1 before `start` to 0 after `end` by a smoothstep; x is a number or an array."""
    return np.asarray(1 - smoothstep(np.clip((x - start) / (end - start), 0, 1)), np.float32)


def to_fixed_point(points: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
    """Round coordinates to what OpenCV draws polygons with, given shift=FIXED_POINT_BITS."""
    return np.asarray(np.round(points * (1 << FIXED_POINT_BITS)), np.int32)


def fill_outline(outline: Points, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w) what lies within a closed outline (n, 2), of a picture that is so large."""
    inside = np.zeros(shape, np.uint8)
    cv2.fillPoly(inside, [to_fixed_point(outline)], (1,), cv2.LINE_8, FIXED_POINT_BITS)
    return inside > 0


def measure_sharpness(grey: NDArray[np.uint8]) -> float:
    """Measure how sharp a grey picture (h, w) is by the variance of its Laplacian.

    Pech-Pacheco, Cristobal, Chamorro-Martinez and Fernandez-Valdivia, ICPR 2000.
    """
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def correlate(one: Floats, other: Floats) -> float | None:
    """Compute Pearson's r of two series (n,); None where one of them is constant."""
    if len(one) < 2 or one.std() == 0 or other.std() == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])
