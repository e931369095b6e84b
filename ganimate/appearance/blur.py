"""How blurred a photo is: what is drawn on it must not be sharper."""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.appearance.settings import BLUR, BlurSettings
from ganimate.arrays import Map, Photo, Points


def measure_blur(photo: Photo, landmarks: Points, settings: BlurSettings = BLUR) -> float:
    """Measure how blurred a face is by blurring it again.

    The gradient of an edge of blur s falls by R = sqrt(s^2 + t^2) / s when it is blurred by t (Zhuo
    and Sim, "Defocus map estimation from a single image", Pattern Recognition 2011, Eq. 6).

    Args:
        photo: (h, w, 3).
        landmarks: (468, 2 or more) in its pixels.
        settings: which edges count, and what a sharp photo measures.

    Returns:
        Standard deviation of the blur in pixels, beyond that of a sharp photo.
    """
    low = np.clip(landmarks[:, :2].min(axis=0), 0, None).astype(int)
    high = np.ceil(landmarks[:, :2].max(axis=0)).astype(int) + 1
    face = cv2.cvtColor(photo[low[1] : high[1], low[0] : high[0]], cv2.COLOR_RGB2GRAY)
    grey = face.astype(np.float32)
    again = np.asarray(cv2.GaussianBlur(grey, (0, 0), settings.again), np.float32)
    once, twice = (_measure_gradient(one) for one in (grey, again))
    edges = once >= np.percentile(once, settings.percentile)
    ratio = float(once[edges].mean() / max(float(twice[edges].mean()), 1e-6))
    blur = settings.again / np.sqrt(max(ratio**2 - 1, 1e-3))
    return float(np.sqrt(max(min(blur, settings.most) ** 2 - settings.sharp**2, 0)))


def _measure_gradient(grey: Map) -> Map:
    """(h, w) the length of the gradient at each pixel."""
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(across, down), np.float32)
