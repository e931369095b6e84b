"""Curves thinned: the few knots that people would set for what was measured frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ganimate.performance.curves import Knot, Values, sample_curve


@dataclass(frozen=True)
class ThinningSettings:
    """How curves are thinned."""

    piece: int = 300
    """Frames of a curve that are thinned by themselves before the whole is; larger is slower, as
    each round looks at all of a piece, and leaves hardly fewer knots. Measured: 18,000 frames took
    minutes as a whole and take seconds in pieces."""


THINNING = ThinningSettings()


def thin_curve(
    times: Values, values: Values, tolerance: float, settings: ThinningSettings = THINNING
) -> list[Knot]:
    """Find the few knots of a smooth curve that stays near all values.

    In each round, wherever the curve strays too far between two knots, a knot is set where it
    strays farthest (Ramer 1972, Douglas and Peucker 1973, with a curve for their line). A long
    curve is thinned piece by piece first, as each round looks at all of it.

    Args:
        times: (n,) seconds, rising.
        values: (n,) at these times.
        tolerance: how far the curve may stray from a value, in the values' unit.
        settings: how long a piece is.

    Returns:
        The knots in the order of time, the first and the last value among them.
    """
    chosen = {0, len(times) - 1}
    for start in range(0, len(times) - 1, settings.piece):
        piece = slice(start, start + settings.piece + 1)
        ends = {0, len(times[piece]) - 1}
        added = _add_indices(times[piece], values[piece], tolerance, ends)
        chosen |= {start + index for index in added - ends}  # a seam needs no knot of its own
    return _place_knots(times, values, _add_indices(times, values, tolerance, chosen))


def _add_indices(times: Values, values: Values, tolerance: float, chosen: set[int]) -> set[int]:
    """Add to `chosen` the indices that a curve through them needs to stay near all values."""
    while True:
        strays = abs(sample_curve(_place_knots(times, values, chosen), times) - values)
        missing = {
            start + int(strays[start : end + 1].argmax())
            for start, end in pairwise(sorted(chosen))
            if strays[start : end + 1].max() > tolerance
        }
        if missing <= chosen:
            return chosen
        chosen = chosen | missing


def _place_knots(times: Values, values: Values, indices: set[int]) -> list[Knot]:
    return [Knot(float(times[index]), float(values[index])) for index in sorted(indices)]
