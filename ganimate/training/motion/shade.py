"""Shading of training crops as a change of action units would shade them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.creases import TEXTURE, shares_of_sides, texture_points
from ganimate.warp.field import field_between
from ganimate.warp.mesh import mesh_between
from ganimate.warp.prior import MotionPrior
from ganimate.weights import load_face_models


@dataclass(frozen=True)
class Shading:
    """Change of log luminance on the mean shape for each AU, and the mirror of the landmarks."""

    maps: NDArray[np.float32]  # (17, TEXTURE, TEXTURE) at full intensity of both sides
    mirror: NDArray[np.int64]  # (468,) the landmark on the other side of the face


def shade(
    crop: NDArray[np.uint8],
    shading: Shading,
    prior: MotionPrior,
    landmarks: NDArray[np.float32],
    change: NDArray[np.float32],
) -> NDArray[np.uint8]:
    """Shade an (s, s, 3) face as a change (17, 2) of its AUs would on average."""
    left, right = shares_of_sides()
    per_side = [np.tensordot(change[:, side], shading.maps, 1) for side in (0, 1)]
    texture = (per_side[0] * left + per_side[1] * right).astype(np.float32)
    size = crop.shape[0]
    own = (landmarks[:, :2] + 0.5) * (TEXTURE / size) - 0.5
    field = field_between(prior, mesh_between(texture_points(prior.mean), own), (TEXTURE, TEXTURE))
    x = np.arange(TEXTURE, dtype=np.float32)
    placed = cv2.remap(
        texture, x[None, :] + field[..., 0], x[:, None] + field[..., 1], cv2.INTER_LINEAR
    )
    gain = np.exp(cv2.resize(placed, (size, size)))[:, :, None]
    return np.asarray(np.clip(crop * gain, 0, 255), np.uint8)


def load_shading(path: Path | None = None) -> Shading:
    """How action units shade the mean face, for training; the shipped one by default."""
    from ganimate.training.motion.shade import Shading
    from ganimate.training.prior.mirror import mirror_of

    prior, _ = load_face_models(path)
    return Shading(prior.shading, mirror_of(prior.mean))
