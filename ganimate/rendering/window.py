"""Where on an aligned face the generator looks: at the mouth and the eyes, through windows.

What a photo cannot say of another expression lies there; the rest of the face the warp moves
with every pixel. A window holds a sixth of the crop, so that the generator sees teeth at more than
twice the resolution that the whole face would afford it in the same time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ROW_OF
from ganimate.arrays import AUVector

SIDE = 0.4  # of the crop's: a mouth's or an eye's window
STEP = 8  # px; windows are as wide as a multiple of it, the generator's own grid


@dataclass(frozen=True)
class View:
    """A part of the face that a window shows."""

    centred: tuple[int, int]  # landmarks midway between which its window lies
    above: float  # share of the window that is above them
    action_units: tuple[int, ...]  # those that can be read there
    side: int | None = None  # column of an AU vector that it shows; None for both, left and right


# Mouths open downwards; with an eye goes its brow.
MOUTH = View((61, 291), 0.375, (10, 12, 14, 15, 17, 20, 23, 25, 26))
EYES = tuple(
    View(corners, 0.55, (1, 2, 4, 5, 6, 7, 45), side)
    for side, corners in enumerate(((263, 362), (33, 133)))
)
VIEWS = (MOUTH, *EYES)


@dataclass(frozen=True)
class Window:
    """A square of an aligned crop, in its pixels."""

    left: int
    top: int
    side: int

    @property
    def pixels(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        return slice(self.top, self.top + self.side), slice(self.left, self.left + self.side)


def measure_window(size: int) -> int:
    """Side of the windows of crops of `size` px."""
    return STEP * round(SIDE * size / STEP)


def place_window(view: View, landmarks: NDArray[np.float32], size: int) -> Window:
    """The window of a face whose landmarks (>= 468, >= 2) are in the pixels of its crop."""
    side = measure_window(size)
    x, y = landmarks[list(view.centred), :2].mean(axis=0)
    left, top = (
        int(np.clip(round(float(start)), 0, size - side))
        for start in (x - side / 2, y - view.above * side)
    )
    return Window(left, top, side)


def select_side(view: View, aus: AUVector) -> AUVector:
    """The intensities (17, 2) that a window is about: an eye's are those of its side alone."""
    return aus if view.side is None else np.repeat(aus[:, view.side, None], 2, axis=1)


def mask_readable(view: View) -> NDArray[np.float32]:
    """(17,) 1 for the units that can be read in a window, 0 for others."""
    shown = np.zeros(len(ROW_OF), np.float32)
    shown[[ROW_OF[number] for number in view.action_units]] = 1
    return shown
