"""The colour of the shade behind lips.

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
from ganimate.arrays import Floats


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
        light: (3,) red, green and blue light on it, as compute_light() returns it.
        lips: (3,) their colour, in [0, 255].
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
