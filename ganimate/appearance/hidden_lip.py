"""Upper lips that a moustache hides, of which the reader takes the teeth below for the lip.

A mouth that shut would take its teeth along as if they were skin. What lies where the lip shall be
tells: it is far lighter than the skin and the lower lip, as no lip is.
"""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.appearance.hidden_lip_settings import HIDDEN_LIP, HiddenLipSettings
from ganimate.arrays import Floats, Landmarks, Photo, Points
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import LIPS, OVAL
from ganimate.numerics import fill_outline


def lift_hidden_lip(
    photo: Photo, landmarks: Landmarks, settings: HiddenLipSettings = HIDDEN_LIP
) -> Landmarks:
    """Lift the upper lip off the teeth where the reader took these for it.

    Args:
        photo: (h, w, 3).
        landmarks: (468 or more, 3) photo pixels.
        settings: when it did.

    Returns:
        The landmarks as they are, or a copy whose upper lip is narrow and lies above the teeth.
    """
    to_crop = fit_crop(landmarks, settings.size)
    crop = sample_crop(photo, to_crop, settings.size).astype(np.float32) / 255
    lightness = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2LAB)[:, :, 0], np.float32)
    on_crop = to_crop.apply(landmarks)
    of_upper, of_lower = (
        _measure_lightness(lightness, on_crop[np.concatenate([lip[0, 1:-1], lip[2, -2:0:-1]])])
        for lip in (LIPS.upper, LIPS.lower)
    )
    of_skin = max(of_lower, _measure_lightness(lightness, on_crop[OVAL]))
    if of_upper < of_skin + settings.lighter:
        return landmarks
    lifted = landmarks.copy()
    inner, outer = landmarks[LIPS.upper[0]], landmarks[LIPS.upper[-1]]
    for above in np.arange(settings.above, settings.highest, settings.step):
        edge = outer + above * (outer - inner)
        x, y = np.rint(to_crop.apply(edge)[1:-1, :2]).astype(int).clip(0, settings.size - 1).T
        if np.median(lightness[y, x]) < of_skin:
            break
    for row in LIPS.upper:
        lifted[row] = edge + settings.left * (landmarks[row] - outer)
    return lifted


def _measure_lightness(lightness: Floats, outline: Points) -> float:
    """Median L* within an outline (n, 2); 0 where that has no pixel."""
    within = lightness[fill_outline(outline, lightness.shape)]
    return float(np.median(within)) if len(within) else 0.0
