"""Series of measurements, smoothed without lag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Series

SPEED_CUTOFF = 8.0  # Hz, of the speed itself: a blink is over in 0.3 s


def bridge_gaps(values: NDArray[np.floating[Any]]) -> Series:
    """(n, channels) with gaps (nan) bridged: from the value before to the one after."""
    index = np.arange(len(values))
    there = ~np.isnan(values[:, 0])
    filled = np.empty(values.shape, np.float32)
    for column, bridged in zip(values.T, filled.T, strict=True):
        bridged[:] = np.interp(index, index[there], column[there])
    return filled


def smooth_series(values: Series, fps: float, cutoff: float, beta: float) -> Series:
    """The One Euro filter run forwards and backwards, and averaged: no lag, blinks stay blinks.

    values: (n, channels). G. Casiez, N. Roussel and D. Vogel, CHI 2012.
    """
    smooth = np.zeros_like(values)
    for there, back in ((values, smooth), (values[::-1], smooth[::-1])):
        for level, out in zip(_filter_one_euro(there, fps, cutoff, beta), back, strict=True):
            out += level / 2
    return smooth


def _filter_one_euro(
    values: Series, fps: float, cutoff: float, beta: float
) -> Iterator[NDArray[np.float64]]:
    level, speed = values[0].astype(np.float64), np.zeros(values.shape[1])
    gain_of_speed = _compute_gain(np.float64(SPEED_CUTOFF), fps)
    for value in values:
        speed = speed + gain_of_speed * ((value - level) * fps - speed)
        level = level + _compute_gain(cutoff + beta * np.abs(speed), fps) * (value - level)
        yield level


def _compute_gain(cutoff: Any, fps: float) -> Any:
    """Of a first-order low pass: 1 follows at once. cutoff: Hz."""
    return 1 / (1 + fps / (2 * np.pi * cutoff))
