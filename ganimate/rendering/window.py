"""Where on an aligned face the generator looks: at the mouth and the eyes, through windows.

What a photo cannot say of another expression lies there; the rest of the face the warp moves
with every pixel. A window holds a sixth of the crop, so that the generator sees teeth at more than
twice the resolution that the whole face would afford it in the same time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganimate.action_units import ROW_OF
from ganimate.arrays import AUVector, Floats

WINDOW_SIDE = 0.4
"""Side of a window over that of the crop, from the training of the shipped weights: a larger one
shows more of the cheeks and less of each tooth."""

WINDOW_STEP = 8
"""Pixels of which windows are a multiple wide: the coarsest grid of the generator."""


@dataclass(frozen=True)
class View:
    """A part of the face that a window shows.

    Attributes:
        centred: landmarks midway between which its window lies.
        above: share of the window that is above them.
        action_units: those that can be read there.
        side: column of an AU vector that it shows; None for both, left and right.
    """

    centred: tuple[int, int]
    above: float
    action_units: tuple[int, ...]
    side: int | None = None


# Mouths open downwards; with an eye goes its brow.
MOUTH = View((61, 291), 0.375, (10, 12, 14, 15, 17, 20, 23, 25, 26))
EYES = tuple(
    View(corners, 0.55, (1, 2, 4, 5, 6, 7, 45), side)
    for side, corners in enumerate(((263, 362), (33, 133)))
)
VIEWS = (MOUTH, *EYES)
"""In the order in which they are painted over each other."""


@dataclass(frozen=True)
class Window:
    """A square of an aligned crop.

    Attributes:
        left: first column, crop pixels.
        top: first row, crop pixels.
        side: columns and rows.
    """

    left: int
    top: int
    side: int

    @property
    def pixels(self) -> tuple[slice, slice]:
        """Rows and columns of the crop that it takes up."""
        return slice(self.top, self.top + self.side), slice(self.left, self.left + self.side)


def measure_window(size: int) -> int:
    """Find the side of the windows of crops of a size, both in pixels."""
    return WINDOW_STEP * round(WINDOW_SIDE * size / WINDOW_STEP)


def place_window(view: View, landmarks: Floats, size: int) -> Window:
    """Place the window of a view on a crop.

    Args:
        view: what it shows.
        landmarks: (468 or more, 2 or more) crop pixels.
        size: side of the crop, pixels.
    """
    side = measure_window(size)
    x, y = landmarks[list(view.centred), :2].mean(axis=0)
    left, top = (
        int(np.clip(round(float(start)), 0, size - side))
        for start in (x - side / 2, y - view.above * side)
    )
    return Window(left, top, side)


def select_side(view: View, aus: AUVector) -> AUVector:
    """Select the intensities (17, 2) that a window is about: an eye's are those of its side."""
    return aus if view.side is None else np.repeat(aus[:, view.side, None], 2, axis=1)


def mask_readable(view: View) -> Floats:
    """Mark the units that can be read in a window with 1, others with 0, (17,)."""
    shown = np.zeros(len(ROW_OF), np.float32)
    shown[[ROW_OF[number] for number in view.action_units]] = 1
    return shown
