"""The creases that come with an expression: how a change of action units shades a face's skin.

A warp moves skin and cannot fold it. The mean change of the skin's luminance with each action unit
(fitted in training/prior/shading.py) is laid onto a face once; each frame multiplies the photo by
what its own change of action units makes of it. No change shades nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.settings import CREASES, CreaseSettings
from ganimate.arrays import AUVector, FaceShape, Floats, Map, Points
from ganimate.face.alignment import CROP_TEMPLATE
from ganimate.face.landmarks import N_MESH, STABLE
from ganimate.warp.field import build_field
from ganimate.warp.mesh import build_mesh
from ganimate.warp.prior import MotionPrior

TEXTURE = 128
"""Side of the mean face's texture, pixels; the shipped shading has it."""


@dataclass(frozen=True)
class Creases:
    """How a face's skin is shaded by each action unit that creases it, on a part of a grid.

    Attributes:
        left: column of the grid where that part begins.
        top: row of the grid where it begins.
        units: (k,) rows of an AU vector.
        maps: (k, 2, h, w) change of log luminance at full intensity of each side.
    """

    left: int
    top: int
    units: NDArray[np.int64]
    maps: Floats


@dataclass(frozen=True)
class Shade:
    """What to multiply a part of a grid by.

    Attributes:
        left: column of the grid where that part begins.
        top: row of the grid where it begins.
        gain: (h, w) the factor less 1.
    """

    left: int
    top: int
    gain: Map


def place_on_texture(mean: FaceShape) -> Points:
    """Place the mean shape on the texture, as in an aligned crop, (468, 2) pixels."""
    template = CROP_TEMPLATE[:, 0] * TEXTURE
    x = mean[STABLE, 0]
    scale = ((x - x.mean()) * (template - template.mean())).sum() / ((x - x.mean()) ** 2).sum()
    middle = CROP_TEMPLATE.mean(axis=0) * TEXTURE - 0.5
    return np.asarray(mean[:, :2] * scale + middle, np.float32)


def weigh_sides(settings: CreaseSettings = CREASES) -> Floats:
    """Weigh how much of each column of a texture is the person's left, and right, (2, TEXTURE)."""
    across = np.linspace(-1, 1, TEXTURE, dtype=np.float32)
    left = 1 / (1 + np.exp(-settings.side_blend * across))  # the picture's right
    return np.stack([left, 1 - left])


def place_creases(
    prior: MotionPrior,
    shading: Floats,
    landmarks: Points,
    shape: tuple[int, int],
    folds: float = 1.0,
    settings: CreaseSettings = CREASES,
) -> Creases | None:
    """Place the mean shading on a face.

    Args:
        prior: the mean face and its mesh.
        shading: (17, TEXTURE, TEXTURE) change of log luminance on the mean face, both sides at
            intensity 1.
        landmarks: (468 or more, 2) pixels of the grid.
        shape: (height, width) of the grid.
        folds: how deep this face's folds are, times the mean (lines.py).
        settings: how sides are parted, and what is left out.

    Returns:
        None where nothing of it lies on the grid.
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
        for side, share in enumerate(weigh_sides(settings)):
            texture = np.asarray(folds * shading[unit] * share, np.float32)
            maps[place, side] = face * cv2.remap(texture, x, y, cv2.INTER_LINEAR)
    shaded = (np.abs(maps) > settings.faint).any(axis=(0, 1))
    if not shaded.any():
        return None
    rows, columns = np.flatnonzero(shaded.any(axis=1)), np.flatnonzero(shaded.any(axis=0))
    part = maps[:, :, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
    return Creases(left=int(columns[0]), top=int(rows[0]), units=units, maps=part)


def shade_creases(
    creases: Creases, change: AUVector, field: Floats, settings: CreaseSettings = CREASES
) -> Shade | None:
    """Shade a frame by a change of action units, moved along by its warp.

    Args:
        creases: of the face.
        change: (17, 2) in [-1, 1], what is asked less what the photo shows.
        field: (H, W, 2) of the warp on the whole grid, source minus target.
        settings: how dark and how light skin becomes.

    Returns:
        None for no change of the units that crease.
    """
    asked = change[creases.units]
    if not asked.any():
        return None
    still = np.tensordot(asked, creases.maps, 2).clip(-settings.darkest, settings.lightest)
    # Wherever the warp takes the creases, they stay within its longest way.
    reach = int(np.ceil(np.abs(field).max())) + 1
    left, top = max(0, creases.left - reach), max(0, creases.top - reach)
    height, width = still.shape
    around = field[top : creases.top + height + reach, left : creases.left + width + reach]
    x = around[:, :, 0] + np.arange(around.shape[1], dtype=np.float32) + (left - creases.left)
    y = around[:, :, 1] + np.arange(len(around), dtype=np.float32)[:, None] + (top - creases.top)
    moved = cv2.remap(np.asarray(still, np.float32), x, y, cv2.INTER_LINEAR)
    return Shade(left, top, np.asarray(np.expm1(moved), np.float32))
