"""The hues that a generator may paint an eye with: those that the photo shows about it.

Photos in coloured light or with strong colours are rarer than others, and so is what a generator
has learnt of them: below a warm iris it painted a green rim, and eyeballs behind shut lids purple.
"""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.appearance.settings import EYE_HUES, EyeHueSettings
from ganimate.arrays import Floats, Map, Photo


def bound_hues(
    paint: Floats, given: Photo, unknown: Map, settings: EyeHueSettings = EYE_HUES
) -> Floats:
    """Bound the hues of what is painted of an eye.

    Args:
        paint: (h, w, 3) RGB in [0, 255].
        given: (h, w, 3) what the generator was given: the eye, moved.
        unknown: (h, w) in [0, 1], 1 where the photo does not say what is there.
        settings: whose hues count.

    Returns:
        (h, w, 3): where something is unknown, with green and blue over red as they are about it.
        As it was where nothing is, or nearly all.
    """
    hidden = unknown > 0
    side = 2 * settings.reach + 1
    about = cv2.dilate(hidden.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    known = about & ~hidden
    if known.sum() < settings.fewest:
        return paint
    shown, painted = given.astype(np.float32) + settings.dark, paint + settings.dark
    over_red = shown[known][:, 1:] / shown[known][:, :1]
    least, most = np.percentile(over_red, settings.percentiles, axis=0)
    bounded = painted.copy()
    bounded[:, :, 1:] = painted[:, :, :1] * np.clip(
        painted[:, :, 1:] / painted[:, :, :1], least, most
    )
    share = hidden * cv2.blur(hidden.astype(np.float32), (settings.softening,) * 2)
    return np.asarray(paint + share[:, :, None] * (bounded - painted), np.float32)
