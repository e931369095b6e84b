"""Curves through the values that an animator sets.

Between two knots a curve follows the ease of the first. The default, "smooth", is a monotone cubic
(M. Steffen, A simple method for monotonic interpolation in one dimension, Astronomy and
Astrophysics 239, 1990): it meets every knot, its speed is continuous, and it never leaves the range
of the two knots that it lies between. The smooth way of a clip from one expression to another is a
curve of its own (performance.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bezier: TypeAlias = tuple[float, float, float, float]
"""x1, y1, x2, y2 of a cubic Bezier from (0, 0) to (1, 1), as CSS has it; x in [0, 1]."""

KeyEaseName: TypeAlias = Literal["smooth", "linear", "in", "out", "in-out", "step"]
KeyEase: TypeAlias = KeyEaseName | Bezier
"""The way from a key to the next one of its curve: smooth is a monotone cubic."""

Values: TypeAlias = NDArray[np.float64]
"""(n,): values of a curve, or times in seconds."""

CSS_EASES: Mapping[str, Bezier] = MappingProxyType(
    {"in": (0.42, 0.0, 1.0, 1.0), "out": (0.0, 0.0, 0.58, 1.0), "in-out": (0.42, 0.0, 0.58, 1.0)}
)
"""The curves of these names in CSS (CSS Easing Functions Level 1, section 2.2)."""

TIME_TOLERANCE = 1e-9
"""Seconds: times as near as this are one, as 50 % of 1.4 s is not quite 0.7 s."""

BISECTIONS = 48
"""Halvings in search of a Bezier's parameter: rounding leaves no more digits."""


@dataclass(frozen=True)
class Knot:
    """A value at a time, and how the curve goes on from there.

    Attributes:
        t: seconds.
        v: in the curve's unit.
        ease: the way to the next knot.
    """

    t: float
    v: float
    ease: KeyEase = "smooth"


def sample_curve(knots: Sequence[Knot], times: Values, period: float | None = None) -> Values:
    """Sample the curve through knots.

    Before the first and after the last knot the curve stays at their value, and a smooth curve
    starts and ends there at rest.

    Args:
        knots: one or more; their times rise.
        times: (n,) seconds.
        period: seconds of a round, which all knots lie within; the curve goes on from the last knot
            to the first one of the next round. None: it ends.

    Returns:
        (n,) values.

    Raises:
        ValueError: there are no knots, or their times do not rise.
    """
    if not knots or any(b.t <= a.t for a, b in pairwise(knots)):
        raise ValueError("a curve needs knots, and their times must rise")
    if len(knots) == 1:
        return np.full(len(times), knots[0].v)
    if period is not None:
        times = np.mod(times - knots[0].t + TIME_TOLERANCE, period) - TIME_TOLERANCE + knots[0].t
        knots = _unroll(knots, period)
    t = np.array([knot.t for knot in knots])
    v = np.array([knot.v for knot in knots])
    slopes = _compute_monotone_slopes(t, v, [knot.ease for knot in knots])
    inside = np.clip(times, t[0], t[-1])
    segments = np.clip(np.searchsorted(t, inside + TIME_TOLERANCE, side="right") - 1, 0, len(t) - 2)
    values = np.empty(len(times))
    # Sorted once: to look for each segment's times among all would take minutes for a long clip.
    order = np.argsort(segments, kind="stable")
    for here in np.split(order, np.flatnonzero(np.diff(segments[order])) + 1):
        segment = segments[here[0]]
        span = t[segment + 1] - t[segment]
        u = np.clip((inside[here] - t[segment]) / span, 0, 1)
        values[here] = _interpolate(knots[segment], knots[segment + 1], u, slopes[segment] * span)
    values[inside >= t[-1] - TIME_TOLERANCE] = v[-1]
    return values


def _unroll(knots: Sequence[Knot], period: float) -> list[Knot]:
    """Add two knots of the rounds before and two of those after, as tangents look that far."""
    rounds = range(-2, 3)
    many = [Knot(knot.t + turn * period, knot.v, knot.ease) for turn in rounds for knot in knots]
    first = 2 * len(knots)
    return many[first - 2 : first + len(knots) + 2]


def _interpolate(start: Knot, end: Knot, u: Values, slopes: Values) -> Values:
    """Values between two knots.

    Args:
        start: the knot before them.
        end: the knot after them.
        u: (n,) in [0, 1], time since `start` over the time from one to the other.
        slopes: (2,) change for each u at `start` and `end`, if the way is smooth.
    """
    way = end.v - start.v
    if start.ease == "step":
        return np.where(u < 1, start.v, end.v)
    if start.ease == "linear":
        return start.v + way * u
    if start.ease == "smooth":
        return _interpolate_hermite(start.v, way, u, slopes)
    return start.v + way * _solve_bezier(_find_bezier(start.ease), u)


def _interpolate_hermite(start: float, way: float, u: Values, slopes: Values) -> Values:
    """The cubic Hermite polynomial from `start` to `start + way`, with these slopes at its ends."""
    bent = slopes[0] * u * (1 - u) ** 2 - slopes[1] * u**2 * (1 - u)
    return np.asarray(start + way * (3 - 2 * u) * u**2 + bent)


def _find_bezier(ease: KeyEase) -> Bezier:
    return CSS_EASES[ease] if isinstance(ease, str) else ease


def _solve_bezier(bezier: Bezier, u: Values) -> Values:
    """The y of a cubic Bezier from (0, 0) to (1, 1) where its x is u, by bisection."""
    x1, y1, x2, y2 = bezier

    def coordinate(one: float, two: float, s: Values) -> Values:
        return np.asarray(3 * one * s * (1 - s) ** 2 + 3 * two * s**2 * (1 - s) + s**3)

    low, high = np.zeros_like(u), np.ones_like(u)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        before = coordinate(x1, x2, middle) < u
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    return np.where(u <= 0, 0.0, np.where(u >= 1, 1.0, coordinate(y1, y2, (low + high) / 2)))


def _compute_monotone_slopes(t: Values, v: Values, eases: Sequence[KeyEase]) -> Values:
    """Speeds with which smooth segments stay monotone.

    Between two smooth segments it is Steffen's equation 11. Beside an eased one it is that one's
    speed, as far as the smooth segment stays monotone with it (three times the mean slope, Fritsch
    and Carlson, SIAM Journal on Numerical Analysis 17, 1980). At the curve's ends it is 0.

    Returns:
        (segments, 2) values a second, at the start and the end of each smooth segment.
    """
    spans, ways = np.diff(t), np.diff(v)
    mean = ways / spans
    smooth = [ease == "smooth" for ease in eases[:-1]]
    slopes = np.zeros((len(mean), 2))
    for knot in range(1, len(t) - 1):
        before, after = mean[knot - 1], mean[knot]
        if smooth[knot - 1] and smooth[knot]:
            weighted = (before * spans[knot] + after * spans[knot - 1]) / (
                t[knot + 1] - t[knot - 1]
            )
            least = min(abs(before), abs(after), abs(weighted) / 2)
            slopes[knot - 1, 1] = slopes[knot, 0] = (np.sign(before) + np.sign(after)) * least
        elif smooth[knot]:
            slopes[knot, 0] = _limit_slope(before * _find_end_speeds(eases[knot - 1])[1], after)
        elif smooth[knot - 1]:
            slopes[knot - 1, 1] = _limit_slope(after * _find_end_speeds(eases[knot])[0], before)
    return slopes


def _find_end_speeds(ease: KeyEase) -> tuple[float, float]:
    """Speed at the start and the end of an eased segment, over its mean speed."""
    if ease == "linear":
        return 1.0, 1.0
    if ease == "step":
        return 0.0, 0.0
    x1, y1, x2, y2 = _find_bezier(ease)
    start, end = (y1, x1) if x1 or y1 else (y2, x2), (1 - y2, 1 - x2)
    if end == (0, 0):
        end = (1 - y1, 1 - x1)
    return _divide(*start), _divide(*end)


def _divide(rise: float, run: float) -> float:
    """A slope; one that is infinite is very large."""
    return rise / max(run, 1e-9)


def _limit_slope(slope: float, mean: float) -> float:
    """The slope, if a monotone cubic of this mean slope can have it; else the nearest it can."""
    if slope * mean <= 0:
        return 0.0
    return float(np.sign(slope) * min(abs(slope), 3 * abs(mean)))
