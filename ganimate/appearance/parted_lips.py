"""How much light lips let in to the teeth behind them."""

from __future__ import annotations

import numpy as np

from ganimate.appearance.light_settings import MOUTH_LIGHT, PARTED_LIPS, PartedLipsSettings
from ganimate.arrays import Points
from ganimate.face.landmarks import LIPS, measure_width


def measure_parting(landmarks: Points, settings: PartedLipsSettings = PARTED_LIPS) -> float:
    """Measure by how much lips that are parted so make teeth lighter than usual.

    Args:
        landmarks: (468, 2 or more) of a face, in pixels.
        settings: how that follows from how far lips are apart, and how broad the mouth is.

    Returns:
        CIE L*, less than 0 where lips shade more.
    """
    points = landmarks[:, :2]
    middle = LIPS.upper.shape[1] // 2
    upper, lower = points[LIPS.upper[0][middle]], points[LIPS.lower[0][middle]]
    one, other = points[list(LIPS.corners)]
    width = measure_width(points)
    gap, breadth = (float(np.linalg.norm(way)) / width for way in (lower - upper, other - one))
    lighter = settings.by_gap * (np.clip(gap, *settings.gaps) - settings.usual_gap)
    drawn_back = np.clip(breadth, settings.narrowest, settings.usual_breadth)
    lighter += settings.by_breadth * (drawn_back - settings.usual_breadth)
    return float(lighter)


def measure_share(landmarks: Points, settings: PartedLipsSettings = PARTED_LIPS) -> float:
    """Measure what parted lips let in of the light that lips in most smiles do.

    Args:
        landmarks: (468, 2 or more) of the face, in pixels.
        settings: how that follows from how lips are parted.

    Returns:
        What the light behind them is multiplied by.
    """
    # Levels of sRGB go nearly as L* does.
    return 1 + measure_parting(landmarks, settings) / MOUTH_LIGHT.drawn_teeth[0]
