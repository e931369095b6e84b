"""The colour of lips, and of the shade behind them.

Light gets into the depth of a mouth off flesh, and is the redder the less of it there is. How red,
the lips of the photo tell: they are of the same flesh, in the same light.
"""

from __future__ import annotations

import numpy as np

from ganimate.appearance.light import to_rgb
from ganimate.appearance.light_settings import (
    LIP_COLOUR,
    MOUTH_LIGHT,
    LipColourSettings,
    MouthLightSettings,
)
from ganimate.arrays import Floats, Photo, Points
from ganimate.face.landmarks import LIPS


def measure_lips(photo: Photo, landmarks: Points) -> Floats:
    """Measure the colour of lips.

    Args:
        photo: (h, w, 3) the photo, or an aligned crop of it.
        landmarks: (468, 2 or more) in its pixels.

    Returns:
        (3,) red, green and blue in [0, 255].
    """
    lips = np.concatenate([LIPS.upper[2], LIPS.lower[2]])
    most = np.array(photo.shape[1::-1]) - 1
    x, y = np.clip(np.rint(landmarks[lips, :2]).astype(int), 0, most).T
    return np.asarray(np.median(photo[y, x], axis=0), np.float32)


def redden_shade(
    picture: Floats,
    light: Floats,
    lips: Floats,
    settings: LipColourSettings = LIP_COLOUR,
    of_teeth: MouthLightSettings = MOUTH_LIGHT,
) -> Floats:
    """Give what is dark in a drawn mouth the colour of light that has come off lips.

    Args:
        picture: (h, w, 3) RGB in [0, 255], a mouth drawn under this light.
        light: (3,) red, green and blue light on it, as measure_light() returns it.
        lips: (3,) their colour, as measure_lips() returns it.
        settings: how dark is red, and how red it gets.
        of_teeth: how bright front teeth are under a light of 1.

    Returns:
        (h, w, 3), with less green and blue in the dark, as much red.
    """
    lit = to_rgb(np.array(of_teeth.drawn_teeth, np.float32))[0] * light[0]
    start, end = settings.dark
    dark = np.clip((end - picture[:, :, 0] / max(float(lit), 1.0)) / (end - start), 0, 1)
    hue = np.clip(lips / max(float(lips[0]), 1.0), settings.reddest, 1)
    return np.asarray(picture * hue ** dark[:, :, None], np.float32)
