"""How well a photo shows the eyes: dark lenses, patches and deep shade hide them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.arrays import Floats, Photo, Points
from ganimate.face.landmarks import LIDS_OF_SIDE, N_MESH, measure_width
from ganimate.warp.unknown import mask_opening


@dataclass(frozen=True)
class EyeSightSettings:
    """How it is measured what a photo shows between the lids."""

    width: float = 200.0
    """Pixels of a face's width at which it is measured, so that noise and detail count alike in
    photos of any size; larger counts more of both."""

    percentile: float = 90.0
    """Percentile of L* that is the brightest, and the darkest from below; larger counts glints."""

    cheeks: tuple[int, ...] = (50, 205, 280, 425, 36, 266, 101, 330)
    """Landmarks on the cheeks, whose median L* is the skin's."""

    smoothing: float = 3.0
    """Standard deviation, pixels at that width, by which cheeks are smoothed first."""

    darkest: float = 5.0
    """L* that cheeks have at least; smaller measures noise in black photos."""

    fewest_pixels: int = 5
    """Pixels between the lids, at that width, below which nothing is measured."""


EYE_SIGHT = EyeSightSettings()


@dataclass(frozen=True)
class EyeSight:
    """What a photo shows between the lids of one eye, as shares of the L* of the cheeks.

    Attributes:
        whites: the brightest; of eyes that are seen, shut ones too, nearly that of the skin.
        contrast: the difference of the brightest and the darkest.
    """

    whites: float
    contrast: float


def measure_eye_sight(
    photo: Photo, landmarks: Points, settings: EyeSightSettings = EYE_SIGHT
) -> list[EyeSight]:
    """Measure what a photo shows of the eyes.

    Args:
        photo: (h, w, 3).
        landmarks: (468, 2 or more) in its pixels.
        settings: where and how it is measured.

    Returns:
        One for each eye that is large enough to be measured, the left one first.
    """
    points = np.asarray(landmarks[:N_MESH, :2], np.float32)
    low = np.clip(points.min(axis=0).astype(int), 0, None)
    high = np.ceil(points.max(axis=0)).astype(int) + 1
    scale = settings.width / measure_width(points)
    mode = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    face = cv2.resize(
        photo[low[1] : high[1], low[0] : high[0]], None, fx=scale, fy=scale, interpolation=mode
    )
    points = np.asarray((points - low) * scale, np.float32)
    lab = cv2.cvtColor(face.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lightness = np.asarray(lab[:, :, 0], np.float32)
    skin = _measure_skin(lightness, points, settings)
    shape = (lightness.shape[0], lightness.shape[1])
    between = [lightness[mask_opening(points, lids, shape)] for lids in LIDS_OF_SIDE]
    return [
        _compare(pixels, skin, settings)
        for pixels in between
        if len(pixels) >= settings.fewest_pixels
    ]


def _measure_skin(lightness: Floats, points: Points, settings: EyeSightSettings) -> float:
    """The median L* of the cheeks, at least that of a black photo's noise."""
    smooth = cv2.GaussianBlur(lightness, (0, 0), settings.smoothing)
    height, width = lightness.shape
    x, y = np.rint(points[list(settings.cheeks)]).astype(int).T
    seen = smooth[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    return float(max(np.median(seen), settings.darkest))


def _compare(pixels: Floats, skin: float, settings: EyeSightSettings) -> EyeSight:
    dark, bright = np.percentile(pixels, [100 - settings.percentile, settings.percentile])
    return EyeSight(whites=float(bright / skin), contrast=float((bright - dark) / skin))
