"""Bounds on the colours that a painted mouth may have: those of teeth, gums and tongues."""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.appearance.settings import MOUTH_COLOURS, MouthColourSettings
from ganimate.arrays import Floats, Map, Mask, Photo


def clamp_mouth_colours(
    paint: Floats, given: Photo, drawn: Map, settings: MouthColourSettings = MOUTH_COLOURS
) -> Floats:
    """Clamp painted colours to what a mouth can look like.

    In corners and between hardly parted lips, where photos show least, the generator may think
    otherwise. Teeth become no redder or yellower than teeth, flesh no less red than flesh, and
    neither much darker nor brighter than drawn: nothing black stands between teeth or in gums, and
    no tongue or hindmost tooth is as bright as those in front. Of what may be lip, green and blue
    are cut off alone.

    Args:
        paint: (h, w, 3) RGB in [0, 255].
        given: (h, w, 3) what the generator was given, a drawing that says where teeth are.
        drawn: (h, w) in [0, 1], the share of each pixel that is drawn.
        settings: the bounds.

    Returns:
        (h, w, 3) in [0, 255]; as it was where nothing is drawn.
    """
    paint = paint - drawn[:, :, None] * np.maximum(paint - paint[:, :, :1], 0)
    side = 2 * settings.lip_covers + 1
    share = cv2.erode(drawn, np.ones((side, side), np.uint8), borderValue=(0,))[:, :, None]
    pale = _mask_teeth(given, settings)
    colour = _clamp_hues(paint, pale, settings)
    painted, light = np.maximum(colour.mean(axis=2), 1), given.mean(axis=2)
    darkest = np.where(pale, settings.teeth_shaded, settings.gums_shaded) * light
    gain = np.clip(painted, darkest, settings.glows * light + settings.glow) / painted
    return np.asarray(paint + share * (gain[:, :, None] * colour - paint), np.float32)


def _mask_teeth(given: Photo, settings: MouthColourSettings) -> Mask:
    """(h, w) where a drawing shows teeth."""
    red, green = (given[:, :, channel].astype(np.float32) for channel in range(2))
    return np.asarray(red - green < settings.pale * red)


def _clamp_hues(paint: Floats, pale: Mask, settings: MouthColourSettings) -> Floats:
    """Paint (h, w, 3) with green and blue within their bounds beside red; pale: (h, w) teeth."""
    red, green, blue = (paint[:, :, channel] for channel in range(3))
    most, least = (1 - np.array(settings.teeth_redden, np.float32)[:, None, None]) * red
    of_flesh = np.minimum(green, (1 - settings.flesh_reddens) * red)
    greener = np.where(pale, np.clip(green, least, most), of_flesh)
    whiter = np.maximum(blue, (1 - settings.teeth_yellow) * greener)
    bluer = np.minimum(np.where(pale, whiter, blue), greener)
    return np.stack([red, greener, bluer], 2)
