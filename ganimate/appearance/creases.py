"""The creases that come with an expression: how a change of action units shades a face's skin.

A warp moves skin and cannot fold it. The mean change of the skin's luminance with each action unit
(fitted in training/shading.py) is laid onto a face once; each frame multiplies the photo by what
its own change of action units makes of it. No change shades nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import AUVector, FaceShape, Floats, Points
from ganimate.face.alignment import CROP_TEMPLATE
from ganimate.face.landmarks import N_MESH, STABLE
from ganimate.warp.field import build_field
from ganimate.warp.mesh import build_mesh
from ganimate.warp.prior import MotionPrior

TEXTURE = 128  # px; side of the mean face's texture
SIDE_BLEND = 8.0  # how sharply left turns into right at the middle of the texture
FAINT = 0.004  # of log luminance: below one level of 255, not worth a wider part of the grid
DARKEST = 0.35  # of log luminance, by which skin darkens at most: a fold, not dirt
LIGHTEST = 0.05  # ... and lightens: the photo's own creases stay, and would glow


@dataclass(frozen=True)
class Creases:
    """How a face's skin is shaded by each action unit that creases it, on a part of a grid."""

    left: int  # where that part begins
    top: int
    units: NDArray[np.int64]  # (k,) rows of an AU vector
    maps: NDArray[np.float32]  # (k, 2, h, w) log luminance at full intensity of each side


@dataclass(frozen=True)
class Shade:
    """What to multiply a part of a grid by, less 1."""

    left: int
    top: int
    gain: NDArray[np.float32]  # (h, w)


def place_on_texture(mean: FaceShape) -> Points:
    """(468, 2) the mean shape in texture pixels, placed as in an aligned crop."""
    template = CROP_TEMPLATE[:, 0] * TEXTURE
    x = mean[STABLE, 0]
    scale = ((x - x.mean()) * (template - template.mean())).sum() / ((x - x.mean()) ** 2).sum()
    middle = CROP_TEMPLATE.mean(axis=0) * TEXTURE - 0.5
    return np.asarray(mean[:, :2] * scale + middle, np.float32)


def weigh_sides() -> NDArray[np.float32]:
    """(2, TEXTURE) what of a texture's column belongs to the person's left, and to the right."""
    across = np.linspace(-1, 1, TEXTURE, dtype=np.float32)
    left = 1 / (1 + np.exp(-SIDE_BLEND * across))  # the person's left is the picture's right
    return np.stack([left, 1 - left])


def place_creases(
    prior: MotionPrior,
    shading: Floats,
    landmarks: Points,
    shape: tuple[int, int],
    folds: float = 1.0,
) -> Creases | None:
    """Lay the mean shading onto a face whose landmarks (>= 468, 2) are pixels of a grid.

    folds: how deep this face's folds are, times the mean (lines.py). None where nothing of it
    lies on the grid of `shape` (height, width).
    """
    field = build_field(prior, build_mesh(place_on_texture(prior.mean), landmarks), shape)
    units = np.flatnonzero(shading.any(axis=(1, 2)))
    x = np.arange(shape[1], dtype=np.float32) + field[:, :, 0]
    y = np.arange(shape[0], dtype=np.float32)[:, None] + field[:, :, 1]
    # Beyond the mesh the field says nothing, not where in the texture a pixel lies.
    face = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(np.round(landmarks[:N_MESH]).astype(np.int32)), (1,))
    maps = np.zeros((len(units), 2, *shape), np.float32)
    for place, unit in enumerate(units):
        for side, share in enumerate(weigh_sides()):
            texture = np.asarray(folds * shading[unit] * share, np.float32)
            maps[place, side] = face * cv2.remap(texture, x, y, cv2.INTER_LINEAR)
    shaded = (np.abs(maps) > FAINT).any(axis=(0, 1))
    if not shaded.any():
        return None
    rows, columns = np.flatnonzero(shaded.any(axis=1)), np.flatnonzero(shaded.any(axis=0))
    part = maps[:, :, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
    return Creases(int(columns[0]), int(rows[0]), units, part)


def shade_creases(creases: Creases, change: AUVector, field: NDArray[np.float32]) -> Shade | None:
    """The shading of a frame by a change (17, 2) of AUs, moved along by its warp.

    field: (H, W, 2) of the warp on the whole grid, source - target. None for no change of the
    units that crease.
    """
    asked = change[creases.units]
    if not asked.any():
        return None
    still = np.tensordot(asked, creases.maps, 2).clip(-DARKEST, LIGHTEST)
    # Wherever the warp takes the creases, they stay within its longest way.
    reach = int(np.ceil(np.abs(field).max())) + 1
    left, top = max(0, creases.left - reach), max(0, creases.top - reach)
    height, width = still.shape
    around = field[top : creases.top + height + reach, left : creases.left + width + reach]
    x = around[:, :, 0] + np.arange(around.shape[1], dtype=np.float32) + (left - creases.left)
    y = around[:, :, 1] + np.arange(len(around), dtype=np.float32)[:, None] + (top - creases.top)
    moved = cv2.remap(np.asarray(still, np.float32), x, y, cv2.INTER_LINEAR)
    return Shade(left, top, np.asarray(np.expm1(moved), np.float32))
