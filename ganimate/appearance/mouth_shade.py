"""What a generator may say about a drawn mouth: its shade, not its shapes or its colours.

Teeth, gums and tongue come from anatomy and from the light that the photo shows. Painted by the
generator, which never sees a mouth that it has to invent, they were soft, barred and as dark as the
skin. How lips shade what is behind them it has learnt from photos: that is taken, smoothly.
"""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.appearance.settings import MOUTH_SHADE, MouthShadeSettings
from ganimate.arrays import Floats, Map, Mask, Photo


def shade_mouth(
    paint: Floats, given: Photo, drawn: Map, settings: MouthShadeSettings = MOUTH_SHADE
) -> Floats:
    """Put a drawn mouth, shaded as a generator shaded it, in the place of what was painted.

    Args:
        paint: (h, w, 3) RGB in [0, 255].
        given: (h, w, 3) what the generator was given, with the drawing.
        drawn: (h, w) in [0, 1], the share of each pixel that is drawn.
        settings: how smooth the shade is, and how strong.

    Returns:
        (h, w, 3) in [0, 255]; as it was where nothing is drawn. Of what may be lip, green and blue
        beyond red are cut off alone.
    """
    paint = paint - drawn[:, :, None] * np.maximum(paint - paint[:, :, :1], 0)
    share = mask_inside(drawn, settings)[:, :, None]
    if not share.any():
        return np.asarray(paint, np.float32)
    shade = measure_shade(paint, given, drawn, settings=settings)
    shaded = shade[:, :, None] * given
    return np.asarray(paint + share * (shaded - paint), np.float32)


def measure_shade(
    paint: Floats, given: Photo, drawn: Map, settings: MouthShadeSettings = MOUTH_SHADE
) -> Map:
    """Measure how much brighter or darker than a drawing its paint is; teeth are 1 in the mean.

    Args:
        paint: (h, w, 3) RGB in [0, 255].
        given: (h, w, 3) what the generator was given, with the drawing.
        drawn: (h, w) in [0, 1], the share of each pixel that is drawn.
        settings: how smooth the shade is, and how strong.

    Returns:
        (h, w) what to multiply the drawing by.
    """
    inside = mask_inside(drawn, settings)
    painted, lit = (
        cv2.GaussianBlur(inside * picture.mean(axis=2), (0, 0), settings.smoothness)
        for picture in (paint.astype(np.float32), given.astype(np.float32))
    )
    shade = (painted + 1) / (lit + 1)
    weights = inside * _mask_teeth(given, settings)
    if not weights.any():
        weights = inside
    level = float((shade * weights).sum() / max(weights.sum(), 1e-6))
    return np.asarray(np.clip(shade / max(level, 1e-3), *settings.shade_range), np.float32)


def mask_inside(drawn: Map, settings: MouthShadeSettings = MOUTH_SHADE) -> Map:
    """(h, w) in [0, 1] what is drawn, off the lips, of the share (h, w) of pixels that is drawn."""
    side = 2 * settings.lip_covers + 1
    inner = cv2.erode(drawn, np.ones((side, side), np.uint8), borderValue=(0,))
    return np.asarray(cv2.blur(inner, (side, side)), np.float32)


def _mask_teeth(given: Photo, settings: MouthShadeSettings) -> Mask:
    """(h, w) where a drawing shows teeth."""
    red, green = (given[:, :, channel].astype(np.float32) for channel in range(2))
    return np.asarray(red - green < settings.pale * red)
