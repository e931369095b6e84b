"""A small visible label on frames, for places where metadata is lost: that they are synthesised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganimate.arrays import Floats, Photo
from ganimate.errors import OutputError

WORD = "synthesised"
"""What the label says."""


@dataclass(frozen=True)
class LabelSettings:
    """How a label looks. By eye, on light, dark and busy pictures of 64 to 4000 pixels."""

    height: float = 0.028
    """Size of the letters, a share of the picture's shorter side; larger is seen from farther and
    covers more."""

    least: int = 11
    """Size of the letters at least, pixels; smaller ones cannot be read."""

    widest: float = 0.85
    """Width of the label at most, a share of the picture's; it goes before `least`."""

    padding: float = 0.45
    """Room around the letters, a share of their size; larger sets them off more."""

    margin: float = 0.6
    """Room between the label and the edges of the picture, a share of the letters' size."""

    darkness: float = 0.62
    """How far the ground behind the letters is darkened, 0 to 1; larger keeps white letters legible
    on white and shows less of the picture."""


LABEL = LabelSettings()

SMALLEST = 7
"""Size of letters, pixels, below which no label is drawn: it would say nothing to anybody."""


def label_frames(frames: Iterable[Photo]) -> Iterator[Photo]:
    """Draw the label onto copies of frames (H, W, 3) uint8 RGB of one size, at their bottom right.

    Raises:
        OutputError: they are too small for one.
    """
    place = None
    for frame in frames:
        if place is None:
            height, width = frame.shape[:2]
            ink, cover = draw_label(width, height)
            rows, columns = cover.shape
            margin = round(LABEL.margin * rows / (1 + 2 * LABEL.padding))
            bottom, right = height - margin, width - margin
            place = np.s_[bottom - rows : bottom, right - columns : right]
        labelled = frame.copy()
        below = frame[place].astype(np.float32)
        labelled[place] = np.rint(below * (1 - cover[..., None]) + ink[..., None])
        yield labelled


def draw_label(width: int, height: int, settings: LabelSettings = LABEL) -> tuple[Floats, Floats]:
    """Draw the label for a picture of some size.

    Args:
        width: of the picture, pixels.
        height: of the picture, pixels.
        settings: how it looks.

    Returns:
        What is added, in [0, 255], and how much of the picture is covered, in [0, 1], both (h, w):
        a pixel becomes (1 - cover) * pixel + added.

    Raises:
        OutputError: no label that can be read fits.
    """
    size = max(settings.least, round(settings.height * min(width, height)))
    while size >= SMALLEST:
        font = ImageFont.load_default(size)
        left, top, right, bottom = font.getbbox(WORD)
        room = round(settings.padding * size)
        across, down = round(right - left) + 2 * room, size + 2 * room
        edge = 2 * round(settings.margin * size)
        if across <= settings.widest * width and down + edge <= height:
            break
        size -= 1
    else:
        raise OutputError(
            f"a label cannot be read in {width} x {height} px: make it larger, or leave it out"
        )
    letters = Image.new("L", (across, down))
    place = (room - left, (down - (bottom - top)) / 2 - top)
    ImageDraw.Draw(letters).text(place, WORD, fill=255, font=font)
    white = np.asarray(letters, np.float32) / 255
    return 255 * white, white + (1 - white) * np.float32(settings.darkness)
