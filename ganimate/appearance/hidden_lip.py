"""Lips that the reader puts on teeth: upper ones under moustaches, lower ones on coarse photos.

A mouth that shut would take its teeth along as if they were skin. What lies where a lip shall be
tells: it is far lighter than the skin, as no lip is.
"""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.appearance.hidden_lip_settings import HIDDEN_LIP, HiddenLipSettings
from ganimate.arrays import Floats, Landmarks, Photo, Points
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import LIPS, OVAL
from ganimate.numerics import Affine2D, fill_outline
from ganimate.warp.mesh import measure_height


def take_lips_off_teeth(
    photo: Photo, landmarks: Landmarks, settings: HiddenLipSettings = HIDDEN_LIP
) -> Landmarks:
    """Take lips off the teeth where the reader took these for them.

    Args:
        photo: (h, w, 3).
        landmarks: (468 or more, 3) photo pixels.
        settings: when it did.

    Returns:
        The landmarks as they are, or a copy whose upper lip is narrow and lies above the teeth, or
        whose lower lip begins below them.
    """
    to_crop = fit_crop(landmarks, settings.size)
    crop = sample_crop(photo, to_crop, settings.size).astype(np.float32) / 255
    lab = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2LAB), np.float32)
    upper = _lift_upper_lip(lab, landmarks, to_crop, settings)
    return _drop_lower_lip(lab, upper, to_crop, settings)


def _lift_upper_lip(
    lab: Floats, landmarks: Landmarks, to_crop: Affine2D, settings: HiddenLipSettings
) -> Landmarks:
    """Landmarks whose upper lip lies above teeth that are much lighter than lower lip and skin."""
    lightness, on_crop = np.ascontiguousarray(lab[:, :, 0]), to_crop.apply(landmarks)
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
        if np.median(_take_row(lab, to_crop.apply(edge)[1:-1])[:, 0]) < of_skin:
            break
    for row in LIPS.upper:
        lifted[row] = edge + settings.left * (landmarks[row] - outer)
    return lifted


def _drop_lower_lip(
    lab: Floats, landmarks: Landmarks, to_crop: Affine2D, settings: HiddenLipSettings
) -> Landmarks:
    """Landmarks whose lower lip begins below what is as light, and not as red, from its edge on."""
    if measure_height(landmarks[:, :2], LIPS) < settings.parted:
        return landmarks
    inner, outer = landmarks[LIPS.lower[0]], landmarks[LIPS.lower[-1]]
    ways = np.arange(0, 1, settings.step)
    rows = to_crop.apply((inner + ways[:, None, None] * (outer - inner)).reshape(-1, 3))
    seen = _take_row(lab, rows).reshape(len(ways), -1, 3)[:, 2:-2]  # off the corners
    light, red = np.median(seen, axis=1)[:, :2].T
    edge, lip = slice(0, settings.edge_rows), slice(-settings.edge_rows, None)
    of_skin = _measure_lightness(np.ascontiguousarray(lab[:, :, 0]), to_crop.apply(landmarks)[OVAL])
    lighter = float(light[edge].min()) - max(float(light[lip].max()), of_skin)
    redder = float(red[lip].min() - red[edge].max())
    if lighter < settings.lighter or redder < settings.redder:
        return landmarks
    ends = ways[np.argmax(light < (light[edge].mean() + light[lip].mean()) / 2)]
    lowered = landmarks.copy()
    for row in LIPS.lower[:-1]:
        lowered[row] = outer + (1 - ends) * (landmarks[row] - outer)
    return lowered


def _take_row(lab: Floats, points: Points) -> Floats:
    """(n, 3) colours at the pixels nearest to points (n, 2 or more)."""
    x, y = np.rint(points[:, :2]).astype(int).clip(0, len(lab) - 1).T
    return np.asarray(lab[y, x], np.float32)


def _measure_lightness(lightness: Floats, outline: Points) -> float:
    """Median L* within an outline (n, 2); 0 where that has no pixel."""
    within = lightness[fill_outline(outline, lightness.shape)]
    return float(np.median(within)) if len(within) else 0.0
