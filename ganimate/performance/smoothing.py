"""Series of measurements, smoothed without lag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float32]  # (n, channels) or (n,)
SPEED_CUTOFF = 8.0  # Hz, of the speed itself: a blink is over in 0.3 s


def _filled(values: NDArray[np.floating[Any]]) -> Series:
    """(n, channels) with gaps (nan) bridged: from the value before to the one after."""
    index = np.arange(len(values))
    there = ~np.isnan(values[:, 0])
    filled = np.empty(values.shape, np.float32)
    for column, bridged in zip(values.T, filled.T, strict=True):
        bridged[:] = np.interp(index, index[there], column[there])
    return filled


def smoothed(values: Series, fps: float, cutoff: float, beta: float) -> Series:
    """The One Euro filter run forwards and backwards, and averaged: no lag, blinks stay blinks.

    values: (n, channels). G. Casiez, N. Roussel and D. Vogel, CHI 2012.
    """
    smooth = np.zeros_like(values)
    for there, back in ((values, smooth), (values[::-1], smooth[::-1])):
        for level, out in zip(_one_euro(there, fps, cutoff, beta), back, strict=True):
            out += level / 2
    return smooth


def _one_euro(
    values: Series, fps: float, cutoff: float, beta: float
) -> Iterator[NDArray[np.float64]]:
    level, speed = values[0].astype(np.float64), np.zeros(values.shape[1])
    gain_of_speed = _gain(np.float64(SPEED_CUTOFF), fps)
    for value in values:
        speed = speed + gain_of_speed * ((value - level) * fps - speed)
        level = level + _gain(cutoff + beta * np.abs(speed), fps) * (value - level)
        yield level


def _gain(cutoff: Any, fps: float) -> Any:
    """Of a first-order low pass: 1 follows at once. cutoff: Hz."""
    return 1 / (1 + fps / (2 * np.pi * cutoff))
