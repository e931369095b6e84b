"""Series of measurements: gaps bridged, noise smoothed away without a lag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Series


@dataclass(frozen=True)
class SmoothingSettings:
    """The One Euro filter of one kind of measurement, whose unit is u."""

    cutoff: float
    """Hz: cutoff of what rests; larger follows sooner and trembles more."""

    beta: float
    """Hz for each u a second: how much the cutoff rises with the speed; larger keeps more of what
    is quick, and of its noise."""

    speed_cutoff: float = 8.0
    """Hz: cutoff of the speed itself; larger notices sooner that something moves, and takes more
    noise for motion. The authors' value is 1 Hz, but a blink is over in .3 s. By eye
    (docs/tuning.md, smoothing a driver)."""


def bridge_gaps(values: NDArray[np.floating[Any]]) -> Series:
    """Bridge gaps in series: from the value before to the one after, at constant speed.

    Args:
        values: (n, channels), nan in all channels of a gap; one row at least has values.

    Returns:
        (n, channels) without nan; before the first value and after the last it stays at these.
    """
    index = np.arange(len(values))
    there = ~np.isnan(values[:, 0])
    filled = np.empty(values.shape, np.float32)
    for column, bridged in zip(values.T, filled.T, strict=True):
        bridged[:] = np.interp(index, index[there], column[there])
    return filled


def smooth_series(values: Series, fps: float, settings: SmoothingSettings) -> Series:
    """Smooth series by the One Euro filter, run forwards and backwards, and averaged.

    So nothing lags, and blinks stay blinks. G. Casiez, N. Roussel and D. Vogel, 1 Euro Filter: A
    Simple Speed-based Low-pass Filter for Noisy Input in Interactive Systems, CHI 2012.

    Args:
        values: (n, channels), without nan.
        fps: values a second.
        settings: how much is smoothed.

    Returns:
        (n, channels).
    """
    smooth = np.zeros_like(values)
    for given, sums in ((values, smooth), (values[::-1], smooth[::-1])):
        for level, out in zip(_filter_one_euro(given, fps, settings), sums, strict=True):
            out += level / 2
    return smooth


def _filter_one_euro(
    values: Series, fps: float, settings: SmoothingSettings
) -> Iterator[NDArray[np.float64]]:
    level, speed = values[0].astype(np.float64), np.zeros(values.shape[1])
    speed_gain = _compute_gain(np.float64(settings.speed_cutoff), fps)
    for value in values:
        speed = speed + speed_gain * ((value - level) * fps - speed)
        cutoff = settings.cutoff + settings.beta * np.abs(speed)
        level = level + _compute_gain(cutoff, fps) * (value - level)
        yield level


def _compute_gain(cutoff: Any, fps: float) -> Any:
    """The gain of a first-order low pass, for a cutoff in Hz: 1 follows at once."""
    return 1 / (1 + fps / (2 * np.pi * cutoff))
