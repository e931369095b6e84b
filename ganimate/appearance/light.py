"""The light on a mouth, told by what a face shows of it.

Skin says little about light, since it is itself dark or pale: teeth that followed it came out dark
on dark skin. The whites of the eyes, the highlights of the skin and its hue say more, lips say how
much of the light gets to the mouth, and teeth that the photo shows say most.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.appearance.light_settings import MOUTH_LIGHT, MouthLightSettings
from ganimate.appearance.parted_lips import measure_parting
from ganimate.arrays import Floats, Mask, Photo, Points
from ganimate.face.landmarks import LIDS_OF_SIDE, LIPS, OVAL, measure_width
from ganimate.warp.unknown import mask_opening


@dataclass(frozen=True)
class FaceColours:
    """What one face shows of the light, in CIE L*a*b* (L* in [0, 100]).

    Attributes:
        skin: (3,) medians.
        highlights: L* of the brightest skin.
        lips: (3,) medians.
        eyes: (3,) of the whites of the eyes; None where they are shut or too small.
        teeth: (3,) of the face's own teeth; None where it shows none.
        parting: L* by which these are lighter than usual for how its lips are parted.
    """

    skin: Floats
    highlights: float
    lips: Floats
    eyes: Floats | None
    teeth: Floats | None
    parting: float = 0.0


def measure_colours(
    photo: Photo, landmarks: Points, settings: MouthLightSettings = MOUTH_LIGHT
) -> FaceColours:
    """Measure what a face shows of the light.

    Args:
        photo: (h, w, 3) the photo, or an aligned crop of it.
        landmarks: (468, 2 or more) in its pixels.
        settings: percentiles and least sizes.
    """
    lab = np.asarray(cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    points = np.asarray(landmarks[:, :2], np.float32)
    shape = (photo.shape[0], photo.shape[1])
    eyes = [mask_opening(points, lids, shape) > 0 for lids in LIDS_OF_SIDE]
    lips = mask_opening(points, LIPS, shape) > 0
    skin = lab[_mask_skin(points, [*eyes, lips], settings)]
    of_skin = np.median(skin, axis=0) if len(skin) else np.array(settings.usual_skin, np.float32)
    of_lips = _measure_lips(lab, points)
    whites = [
        _take_brightest(lab[eye], settings.whites)
        for eye in eyes
        if eye.sum() >= settings.fewest_pixels
    ]
    return FaceColours(
        skin=of_skin,
        highlights=float(np.percentile(skin[:, 0], settings.highlights)) if len(skin) else 100.0,
        lips=of_lips,
        eyes=np.mean(whites, axis=0) if whites else None,
        teeth=_measure_teeth(photo, lab, lips, points, (of_skin, of_lips), settings),
        parting=measure_parting(points, float(of_lips[0])),
    )


def compute_light(colours: FaceColours, settings: MouthLightSettings = MOUTH_LIGHT) -> Floats:
    """Compute the light on a mouth, by what a face shows of it.

    Returns:
        (3,) what red, green and blue of a drawn mouth are multiplied by.
    """
    teeth = predict_teeth(colours, settings)
    usual = to_rgb(np.array(settings.drawn_teeth, np.float32))
    return np.asarray(to_rgb(teeth) / usual, np.float32)


def predict_teeth(colours: FaceColours, settings: MouthLightSettings = MOUTH_LIGHT) -> Floats:
    """Predict the colour, (3,) CIE L*a*b*, that teeth have in the light of a face, if it smiles."""
    lightness = _predict_lightness(colours, settings)
    teeth = np.array([lightness, *_predict_hue(colours, lightness, settings)], np.float32)
    if colours.teeth is not None:
        usual = colours.teeth - np.array([colours.parting, 0, 0], np.float32)
        teeth += settings.own_teeth * (usual - teeth)
    return teeth


def list_clues(colours: FaceColours, settings: MouthLightSettings = MOUTH_LIGHT) -> Floats:
    """List what the lightness of teeth is told by.

    Below its knee each of them says something else: dark skin may be dark or badly lit.

    Args:
        colours: of a face.
        settings: where the knees are, and what counts of hues and of lips.

    Returns:
        (11,) 1, the L*, a* and b* of the skin, the L* of its highlights, and the first and the last
        of these L* below their knees; L*, a* and b* of the lips, and that L* below its knee;
        followed by the L* of the eyes, and below its knee, if they are seen: (13,).
    """
    skin, highlights = float(colours.skin[0]), colours.highlights
    # A photo without colour, or in coloured light, says nothing by its hues.
    coloured = np.abs(colours.skin[1:]).max() >= settings.colourless
    hue = _limit(colours.skin[1:], settings.usual_skin[1:], settings.skin_strays)
    usual_lips = (settings.usual_lips[0] + skin - settings.usual_skin[0], *settings.usual_lips[1:])
    lips = _limit(colours.lips, usual_lips, settings.lip_strays)
    if not coloured:
        hue, lips[1:] = np.array(settings.usual_skin[1:]), settings.usual_lips[1:]
    of_skin, of_highlights, of_lips, of_eyes = settings.knees
    clues = [1.0, skin, *hue, highlights, min(skin, of_skin), min(highlights, of_highlights)]
    clues += [*lips, min(float(lips[0]), of_lips)]
    if colours.eyes is not None:
        clues += [float(colours.eyes[0]), min(float(colours.eyes[0]), of_eyes)]
    return np.array(clues, np.float32)


def to_rgb(lab: Floats) -> Floats:
    """Turn a colour (3,) in CIE L*a*b* into sRGB (3,) in [1, 255]: not 0, for ratios."""
    pixel = np.asarray(lab, np.float32).reshape(1, 1, 3)
    return np.asarray(np.maximum(255 * cv2.cvtColor(pixel, cv2.COLOR_LAB2RGB)[0, 0], 1))


def _predict_lightness(colours: FaceColours, settings: MouthLightSettings) -> float:
    """L* that front teeth have in the light of a face."""
    told_by = settings.by_skin if colours.eyes is None else settings.by_eyes
    lightness = np.dot(told_by, list_clues(colours, settings))
    brightest = max(colours.highlights, 0 if colours.eyes is None else colours.eyes[0])
    return float(np.clip(lightness, settings.darkest, brightest + settings.above_highlights))


def _predict_hue(colours: FaceColours, lightness: float, settings: MouthLightSettings) -> Floats:
    """(2,) a* and b* that front teeth of an L* have in the light of a face."""
    usual = np.array(settings.usual_skin[1:])
    strays = colours.skin[1:] - usual
    hue = np.array(settings.hue_by_skin) * strays
    hue = hue + np.array(settings.hue_by_lightness) * (lightness - settings.usual_teeth[0])
    if colours.eyes is not None:
        of_eyes = colours.eyes[1:] - np.array(settings.usual_eyes[1:])
        hue = hue + np.array(settings.hue_by_eyes) * of_eyes
        strays = (strays + of_eyes) / 2
    # Beyond what skin and eyes differ by, it is the light that is coloured: teeth are, too.
    cast = strays - np.clip(strays, -np.array(settings.cast_from), np.array(settings.cast_from))
    hue = np.clip(hue, -np.array(settings.hue_strays), np.array(settings.hue_strays))
    return np.asarray(settings.usual_teeth[1:] + hue + settings.cast * cast, np.float32)


def _limit(colour: Floats, usual: tuple[float, ...], strays: tuple[float, ...]) -> Floats:
    """A colour (n,) that differs from a usual one by no more than it may."""
    middle, most = np.array(usual), np.array(strays)
    return np.asarray(np.clip(colour, middle - most, middle + most))


def _measure_lips(lab: Floats, points: Points) -> Floats:
    """(3,) the colour of lips in a picture (h, w, 3), by landmarks (468, 2)."""
    lips = np.concatenate([LIPS.upper[2], LIPS.lower[2]])
    most = np.array(lab.shape[1::-1]) - 1
    x, y = np.clip(np.rint(points[lips]).astype(int), 0, most).T
    return np.asarray(np.median(lab[y, x], axis=0), np.float32)


def _measure_teeth(
    photo: Photo,
    lab: Floats,
    lips: Mask,
    points: Points,
    beside: tuple[Floats, Floats],
    settings: MouthLightSettings,
) -> Floats | None:
    """(3,) L*a*b* of the teeth that a face shows; None where it shows none, or hardly.

    Teeth are paler than lips. How red they are themselves hangs on the light, and dark skin lets
    less of it get to them; lips may be painted, so that they count as no redder than skin can be.

    beside: (3,) L*a*b* of the skin and of the lips.
    """
    rim = max(1, round(settings.lip_rim * measure_width(points)))
    inside = cv2.erode(lips.astype(np.uint8), np.ones((2 * rim + 1,) * 2, np.uint8)) > 0
    if inside.sum() < settings.fewest_teeth:
        return None
    red, green = (photo[inside][:, channel].astype(np.float32) for channel in range(2))
    of_skin, of_lips = (_measure_redness(to_rgb(colour)) for colour in beside)
    of_lips = min(of_lips, of_skin + settings.lips_redder)
    pale = red - green < max(settings.pale, settings.paler_than_lips * of_lips) * red
    between = lab[inside]
    brightest = _take_brightest(between, settings.teeth)
    dim = brightest[0] < settings.teeth_over_middle + np.median(between[:, 0])
    return None if pale.mean() < settings.least_pale or dim else brightest


def _measure_redness(rgb: Floats) -> float:
    """(R - G) / R of a colour (3,)."""
    return float((rgb[0] - rgb[1]) / rgb[0])


def _mask_skin(points: Points, openings: list[Mask], settings: MouthLightSettings) -> Mask:
    """(h, w) the skin of a face: within its oval, off its eyes and its mouth."""
    shape = openings[0].shape
    face = np.zeros(shape, np.uint8)
    cv2.fillPoly(face, [np.rint(points[list(OVAL)]).astype(np.int32)], (1,))
    hole = np.zeros(shape, np.uint8)
    for opening in openings:
        hole |= opening.astype(np.uint8)
    side = 2 * round(settings.off_openings * measure_width(points)) + 1
    off = cv2.dilate(hole, np.ones((side, side), np.uint8)) == 0
    return np.asarray((face > 0) & off)


def _take_brightest(lab: Floats, percentile: float) -> Floats:
    """(3,) of pixels (n, 3): their L* at a percentile, a* and b* of those above it."""
    bright = np.percentile(lab[:, 0], percentile)
    hue = np.median(lab[lab[:, 0] >= bright][:, 1:], axis=0)
    return np.array([bright, *hue], np.float32)
