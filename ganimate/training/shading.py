"""How action units shade the skin on average: the creases that a warp cannot move.

A linear model of appearance (Cootes, Edwards and Taylor, 2001): every face is warped to the mean
shape, and the logarithm of its luminance is regressed on its action units. Round trips shade a
face as it would look without its expression, so that the generator learns to put creases back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, SHAPE
from ganimate.faces import CROP_TEMPLATE, N_MESH, STABLE
from ganimate.motion import SKIN, MotionPrior, apply_warp, field_between, mesh_between, warp_between
from ganimate.pose import Shape

TEXTURE = 96  # px; side of the mean face's texture
HIGH_PASS = 7.0  # px of the texture; creases are finer than light and skin tone
CREASED = (1, 2, 4, 6, 9, 10, 12, 14, 15, 17)  # the others go along with age, beards and light
RIDGE = 50.0  # pseudo-observations of full intensity behind zero shading


@dataclass(frozen=True)
class Shading:
    """Change of log luminance on the mean shape for each AU, and the mirror of the landmarks."""

    maps: NDArray[np.float32]  # (17, TEXTURE, TEXTURE) at full intensity of both sides
    mirror: NDArray[np.int64]  # (468,) the landmark on the other side of the face


def texture_points(mean: Shape) -> NDArray[np.float32]:
    """(468, 2) the mean shape in texture pixels, placed as in an aligned crop."""
    template = CROP_TEMPLATE[:, 0] * TEXTURE
    x = mean[STABLE, 0]
    scale = ((x - x.mean()) * (template - template.mean())).sum() / ((x - x.mean()) ** 2).sum()
    middle = CROP_TEMPLATE.mean(axis=0) * TEXTURE - 0.5
    return np.asarray(mean[:, :2] * scale + middle, np.float32)


def fit_shading(
    faces: Iterable[tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]],
    prior: MotionPrior,
    mirror: NDArray[np.int64],
) -> Shading:
    """Ridge regression of log luminance on AUs over (crop, landmarks in crop px, aus) triples."""
    points = texture_points(prior.mean)
    textures, intensities = [], []
    for crop, landmarks, aus in faces:
        grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
        grey = np.asarray(cv2.resize(grey, (TEXTURE, TEXTURE)), np.uint8)
        scale = TEXTURE / crop.shape[0]
        own = (landmarks[:N_MESH, :2] + 0.5) * scale - 0.5
        warp = warp_between(prior, mesh_between(own, points), (TEXTURE, TEXTURE))
        texture = np.log(apply_warp(grey, warp).astype(np.float32) + 16)
        texture -= cv2.GaussianBlur(texture, (0, 0), HIGH_PASS)
        textures.append((texture + texture[:, ::-1]) / 2)
        intensities.append(aus.mean(axis=1))
    t = np.stack(textures).reshape(len(textures), -1).astype(np.float64)
    y = np.stack(intensities).astype(np.float64)
    t -= t.mean(axis=0)
    y -= y.mean(axis=0)
    maps = np.linalg.solve(y.T @ y + RIDGE * np.eye(SHAPE[0]), y.T @ t)
    maps = maps.reshape(-1, TEXTURE, TEXTURE) * _skin_of(prior, points)
    creased = np.array([unit.number in CREASED for unit in ACTION_UNITS])[:, None, None]
    return Shading((maps * creased).astype(np.float32), mirror)


def _skin_of(prior: MotionPrior, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """(TEXTURE, TEXTURE) 1 on the skin of the mean face, fading to 0 at its openings and edge."""
    mask = np.zeros((TEXTURE, TEXTURE), np.uint8)
    hull = cv2.convexHull(points.reshape(-1, 1, 2)).astype(np.int32)
    cv2.fillConvexPoly(mask, hull, (255,))
    for triangle, region in zip(prior.triangles, prior.regions, strict=True):
        if region != SKIN:
            cv2.fillConvexPoly(mask, np.round(points[triangle]).astype(np.int32), (0,))
    mask = np.asarray(cv2.erode(mask, np.ones((5, 5), np.uint8)), np.uint8)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 1.5)
    return np.asarray(soft, np.float32)


def shade(
    crop: NDArray[np.uint8],
    shading: Shading,
    prior: MotionPrior,
    landmarks: NDArray[np.float32],
    change: NDArray[np.float32],
) -> NDArray[np.uint8]:
    """Shade an (s, s, 3) face as a change (17, 2) of its AUs would on average."""
    light = np.linspace(-1, 1, TEXTURE, dtype=np.float32)
    left = 1 / (1 + np.exp(-8 * light))  # the person's left is the picture's right
    per_side = [np.tensordot(change[:, side], shading.maps, 1) for side in (0, 1)]
    texture = (per_side[0] * left + per_side[1] * (1 - left)).astype(np.float32)
    size = crop.shape[0]
    own = (landmarks[:, :2] + 0.5) * (TEXTURE / size) - 0.5
    field = field_between(prior, mesh_between(texture_points(prior.mean), own), (TEXTURE, TEXTURE))
    x = np.arange(TEXTURE, dtype=np.float32)
    placed = cv2.remap(
        texture, x[None, :] + field[..., 0], x[:, None] + field[..., 1], cv2.INTER_LINEAR
    )
    gain = np.exp(cv2.resize(placed, (size, size)))[:, :, None]
    return np.asarray(np.clip(crop * gain, 0, 255), np.uint8)
