"""Shading of training crops as a change of action units would shade them."""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.appearance.creases import TEXTURE, place_on_texture, weigh_sides
from ganimate.arrays import AUVector, Landmarks, Photo
from ganimate.face_models import FaceModels
from ganimate.numerics import rescale_points
from ganimate.warp.field import build_field
from ganimate.warp.mesh import build_mesh


def shade_crop(crop: Photo, models: FaceModels, landmarks: Landmarks, change: AUVector) -> Photo:
    """Shade a face as a change of its action units would on average.

    Args:
        crop: (s, s, 3) of an aligned face.
        models: what is known of faces.
        landmarks: (468, 3) crop pixels.
        change: (17, 2) in [-1, 1].

    Returns:
        (s, s, 3), darker where creases come, lighter where they go.
    """
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
