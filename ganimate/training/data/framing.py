"""How the pictures of a data set are cut around the face, against this program's aligned crop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.arrays import Photo
from ganimate.face.alignment import fit_crop
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import Face
from ganimate.networks.stargan import Framing


@dataclass(frozen=True)
class FramingSettings:
    """How the cut of pictures is measured."""

    pictures: int = 120
    """Pictures that are looked at; more measure the cut better, and take 20 ms each."""

    side: int = 256
    """Side that pictures have at least when a face is searched in them, pixels: faces of 48 px are
    too small to be found. By trial."""

    border: float = 0.5
    """Share of its side by which a picture is continued around, for the detector to see a head.
    Measured on FER2013: with .2, .33 and .5 a face is found in 72, 85 and 88 % of the pictures."""

    least: int = 10
    """Faces that have to be found for a median to mean anything."""


FRAMING = FramingSettings()


def measure_framing(
    pictures: Iterable[Photo], settings: FramingSettings = FRAMING
) -> Framing | None:
    """Measure how pictures are cut: the median over the faces that are found.

    Args:
        pictures: square ones, (s, s, 3) each.
        settings: how faces are searched.

    Returns:
        None where too few faces are found.
    """
    found: list[tuple[float, float, float]] = []
    with open_finder() as find:
        for picture in pictures:
            one = _measure_cut(picture, find, settings)
            if one is not None:
                found.append(one)
    if len(found) < settings.least:
        return None
    scale, x, y = np.median(found, axis=0).tolist()
    return Framing(scale=round(scale, 3), x=round(x, 3), y=round(y, 3))


def enlarge_picture(picture: Photo, settings: FramingSettings = FRAMING) -> Photo:
    """Continue and enlarge a small, tight picture of a face, so that the face is found in it.

    Args:
        picture: (s, s, 3).
        settings: how far.

    Returns:
        (t, t, 3), the picture in its middle.
    """
    border = round(len(picture) * settings.border)
    padded = cv2.copyMakeBorder(picture, *(border,) * 4, cv2.BORDER_REPLICATE)
    side = max(len(padded), settings.side)
    return np.asarray(cv2.resize(padded, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def _measure_cut(
    picture: Photo, find: Callable[..., list[Face]], settings: FramingSettings
) -> tuple[float, float, float] | None:
    """Scale, x and y of one picture's Framing; None where no face is found."""
    enlarged = enlarge_picture(picture, settings)
    side = len(enlarged)
    faces = find(enlarged, False)
    if not faces:
        return None
    to_crop = fit_crop(faces[0].landmarks, 1)  # a crop of one pixel: its unit is the side
    centre = np.full((1, 2), (side - 1) / 2)
    ((x, y),) = to_crop.apply(centre)  # the centre of that pixel lies at 0
    return to_crop.scale * side / (1 + 2 * settings.border), float(x), float(y)
