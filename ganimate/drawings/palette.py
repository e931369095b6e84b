"""The colours of all drawings."""

from __future__ import annotations

from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue of 255."""

PAPER: Colour = (250, 250, 248)
"""What everything is drawn on."""

INK: Colour = (32, 34, 38)
"""Headings and numbers."""

FAINT: Colour = (120, 124, 130)
"""What is said beside them: names, scales, dotted lines."""

TROUGH: Colour = (228, 229, 230)
"""An empty bar, and the ground of a curve."""

BORDER: Colour = (216, 217, 218)
"""The edge of a picture that may be as white as paper."""

COLOURS: tuple[Colour, ...] = (
    (14, 132, 196), (214, 92, 20), (24, 148, 92), (176, 64, 152), (150, 118, 16), (96, 96, 208),
)  # fmt: skip
"""Blue, red, green and more, one a face or a curve in turn; bright enough for skin, and dark enough
for white text on them."""


def choose_colour(index: int) -> Colour:
    """Choose the colour of a face by its number; the seventh has that of the first again."""
    return COLOURS[index % len(COLOURS)]
