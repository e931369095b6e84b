"""The colours of photos that have none: grey, sepia, cyanotype, any single tint.

The colours of such a photo lie on a line: each luminance has one. What is painted there has to lie
on it, too, or a black-and-white face smiles with yellow teeth.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.appearance.settings import COLOUR_LINE, ColourLineSettings
from ganimate.arrays import Floats, Photo

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Shares of red, green and blue in luminance (ITU-R BT.601), which photos are stored by."""


@dataclass(frozen=True)
class ColourLine:
    """The line that the colours of a monochrome photo lie on.

    Attributes:
        colours: (256, 3) in [0, 255], the colour of each luminance.
    """

    colours: Floats

    def project(self, pixels: Photo | Floats) -> Floats:
        """Put pixels (..., 3) of [0, 255] on the line, at their own luminance."""
        luminance = np.clip(pixels.astype(np.float32) @ LUMINANCE, 0, 255)
        if np.ptp(self.colours, axis=1).max() == 0:
            return np.repeat(luminance[..., None], 3, axis=-1)
        low = np.minimum(luminance.astype(np.int64), 254)
        above = (luminance - low)[..., None]
        return np.asarray(
            (1 - above) * self.colours[low] + above * self.colours[low + 1], np.float32
        )


def measure_colour_line(
    photo: Photo, settings: ColourLineSettings = COLOUR_LINE
) -> ColourLine | None:
    """Measure the line that the colours of a photo lie on.

    Args:
        photo: (h, w, 3) a face: skin, lips and eyes of one luminance have several colours.
        settings: how near to the line they have to lie.

    Returns:
        None for a photo with colours. For a grey one the line of greys, exactly.
    """
    pixels = photo.reshape(-1, 3)
    greys = np.arange(256, dtype=np.float32)
    if np.array_equal(pixels[:, 0], pixels[:, 1]) and np.array_equal(pixels[:, 1], pixels[:, 2]):
        return ColourLine(np.repeat(greys[:, None], 3, axis=1))
    small = cv2.resize(photo, (settings.side,) * 2, interpolation=cv2.INTER_AREA).reshape(-1, 3)
    luminance = small.astype(np.float32) @ LUMINANCE
    chroma = small - luminance[:, None]  # (n, 3)
    edges = np.linspace(0, 256, settings.steps + 1)
    step = np.digitize(luminance, edges[1:-1])
    filled = np.unique(step)
    centres = np.array([luminance[step == one].mean() for one in filled])
    medians = np.array([np.median(chroma[step == one], axis=0) for one in filled])
    along = np.stack([np.interp(luminance, centres, medians[:, c]) for c in range(3)], 1)
    if np.percentile(np.abs(chroma - along).max(axis=1), settings.percentile) > settings.noise:
        return None
    line = np.stack([greys + np.interp(greys, centres, medians[:, c]) for c in range(3)], 1)
    return ColourLine(np.asarray(line.clip(0, 255), np.float32))
