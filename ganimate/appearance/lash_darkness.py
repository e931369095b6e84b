"""How dark somebody's lashes are: the line of an open eye's upper lid, which a shut one keeps."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.appearance.colour_line import LUMINANCE
from ganimate.arrays import Floats, Photo, Points
from ganimate.face.landmarks import LIDS_OF_SIDE, Opening, measure_width
from ganimate.numerics import sample_points


@dataclass(frozen=True)
class LashDarknessSettings:
    """How the darkness of lashes is measured, on an aligned crop."""

    smoothing: float = 1.0
    """Standard deviation, pixels of the crop, by which it is smoothed; larger measures thin lashes
    as fainter."""

    about: tuple[float, float] = (-0.012, 0.02)
    """Where the line is looked for, below and above the lid's edge, in widths of the face; more
    above takes creases of the lid for it."""

    steps: int = 9
    """Places between these at which it is looked for."""

    skin: float = 0.07
    """How far above the edge the lid's skin is, in widths of the face: below the brow."""

    lashed: float = 0.75
    """Share of the edge, from its outer end, that has lashes."""

    darkest_skin: float = 8.0
    """Level of 255 that the skin has at least; smaller measures noise in black photos."""

    least: float = 0.35
    """Share of the light that lashes take at least: a shut eye without a line looks half made. By
    eye. Measured: of 89 held-out faces of UTKFace a tenth have less than .22 (their photos are
    blurred), half more than .53; of 77 portraits a tenth less than .51, half more than .68."""

    most: float = 0.75
    """Share that they take at most: more is mascara. By eye."""


LASH_DARKNESS = LashDarknessSettings()


def measure_lash_darkness(
    crop: Photo, landmarks: Points, settings: LashDarknessSettings = LASH_DARKNESS
) -> float:
    """Measure the share of the light that the lashes of a face take.

    Args:
        crop: (s, s, 3) aligned.
        landmarks: (468 or more, 2) pixels of the crop.
        settings: where they are looked for.

    Returns:
        Of both eyes, in [settings.least, settings.most].
    """
    smooth = cv2.GaussianBlur(crop, (0, 0), settings.smoothing).astype(np.float32) @ LUMINANCE
    width = measure_width(landmarks)
    taken = [
        _measure_line(np.asarray(smooth, np.float32), landmarks, lids, width, settings)
        for lids in LIDS_OF_SIDE
    ]
    return float(np.clip(np.mean(taken), settings.least, settings.most))


def _measure_line(
    grey: Floats, landmarks: Points, lids: Opening, width: float, settings: LashDarknessSettings
) -> float:
    """Share of the light that the line of a lid takes, in a picture (s, s)."""
    edge, above = landmarks[lids.upper[0], :2], landmarks[lids.upper[-1], :2]
    up = above - edge
    up /= np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-6)
    ways = width * np.linspace(*settings.about, settings.steps)
    about = edge[:, None] + ways[None, :, None] * up[:, None]
    outside = edge[:, None] + settings.skin * width * up[:, None]
    lashed = slice(0, max(1, int(len(edge) * settings.lashed)))
    line, skin = (sample_points(grey, points) for points in (about, outside))
    bright = np.maximum(skin[lashed, 0], settings.darkest_skin)
    return float(np.median(1 - line[lashed].min(axis=1) / bright))
