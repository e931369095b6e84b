"""Shading of training crops as a change of action units would shade them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.creases import TEXTURE, place_on_texture, weigh_sides
from ganimate.face_models import FaceModels
from ganimate.numerics import rescale_points
from ganimate.warp.field import build_field
from ganimate.warp.mesh import build_mesh


def shade_crop(
    crop: NDArray[np.uint8],
    models: FaceModels,
    landmarks: NDArray[np.float32],
    change: NDArray[np.float32],
) -> NDArray[np.uint8]:
    """Shade an (s, s, 3) face as a change (17, 2) of its AUs would on average."""
    prior = models.prior
    left, right = weigh_sides()
    per_side = [np.tensordot(change[:, side], models.shading, 1) for side in (0, 1)]
    texture = (per_side[0] * left + per_side[1] * right).astype(np.float32)
    size = crop.shape[0]
    own = rescale_points(landmarks[:, :2], TEXTURE / size)
    field = build_field(prior, build_mesh(place_on_texture(prior.mean), own), (TEXTURE, TEXTURE))
    x = np.arange(TEXTURE, dtype=np.float32)
    placed = cv2.remap(
        texture, x[None, :] + field[..., 0], x[:, None] + field[..., 1], cv2.INTER_LINEAR
    )
    gain = np.exp(cv2.resize(placed, (size, size)))[:, :, None]
    return np.asarray(np.clip(crop * gain, 0, 255), np.uint8)
