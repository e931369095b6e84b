"""Curves through the values that an animator sets, and the blinks of a face that waits.

Between two knots a curve follows the ease of the first. The default, "smooth", is a monotone cubic
(M. Steffen, A simple method for monotonic interpolation in one dimension, Astronomy and
Astrophysics 239, 1990): it meets every knot, its speed is continuous, and it never leaves the range
of the two knots that it lies between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Bezier: TypeAlias = tuple[float, float, float, float]  # x1, y1, x2, y2; x in [0, 1]
KeyEaseName: TypeAlias = Literal["smooth", "linear", "in", "out", "in-out", "step"]
KeyEase: TypeAlias = KeyEaseName | Bezier
Values: TypeAlias = npt.NDArray[np.float64]

# The names as CSS defines them (CSS Easing Functions Level 1, section 2.2).
CSS_EASES: Mapping[str, Bezier] = MappingProxyType(
    {"in": (0.42, 0.0, 1.0, 1.0), "out": (0.0, 0.0, 0.58, 1.0), "in-out": (0.42, 0.0, 0.58, 1.0)}
)
PIECE = 300  # frames of a curve that are thinned at once
NEAR = 1e-9  # s; a frame this close before a knot is at it: 50 % of 1.4 s is not quite 0.7 s

BLINK_EVERY = (
    3.5  # s, median; about 17 a minute at rest (Bentivoglio et al., Mov. Disord. 12, 1997)
)
BLINK_SPREAD = 0.4  # of the logarithm of the interval
BLINK_APART = 1.2  # s, at least
CLOSING, OPENING = 0.1, 0.2  # s; lids fall faster than they rise (Evinger et al., IOVS 32, 1991)


@dataclass(frozen=True)
class Knot:
    """A value at a time, and how the curve goes on from there."""

    t: float  # seconds
    v: float
    ease: KeyEase = "smooth"


def sample_curve(knots: Sequence[Knot], times: Values, period: float | None = None) -> Values:
    """The curve through `knots` at `times` (n,), seconds; (n,) values.

    The knots' times rise. Before the first and after the last knot the curve stays at their value,
    and a smooth curve starts and ends there at rest. With a `period` in seconds, which all knots
    lie within, the curve goes on from the last knot to the first one of the next round.

    Raises ValueError without knots, or if their times do not rise.
    """
    if not knots or any(b.t <= a.t for a, b in pairwise(knots)):
        raise ValueError("a curve needs knots, and their times must rise")
    if len(knots) == 1:
        return np.full(len(times), knots[0].v)
    if period is not None:
        times = np.mod(times - knots[0].t + NEAR, period) - NEAR + knots[0].t
        knots = _unroll(knots, period)
    t = np.array([knot.t for knot in knots])
    v = np.array([knot.v for knot in knots])
    slopes = _compute_slopes(t, v, [knot.ease for knot in knots])
    inside = np.clip(times, t[0], t[-1])
    segments = np.clip(np.searchsorted(t, inside + NEAR, side="right") - 1, 0, len(t) - 2)
    values = np.empty(len(times))
    # Sorted once: to look for each segment's times among all would take minutes for a long clip.
    order = np.argsort(segments, kind="stable")
    for here in np.split(order, np.flatnonzero(np.diff(segments[order])) + 1):
        segment = segments[here[0]]
        span = t[segment + 1] - t[segment]
        u = np.clip((inside[here] - t[segment]) / span, 0, 1)
        values[here] = _interpolate(knots[segment], knots[segment + 1], u, slopes[segment] * span)
    values[inside >= t[-1] - NEAR] = v[-1]
    return values


def _unroll(knots: Sequence[Knot], period: float) -> list[Knot]:
    """The knots with two more of the rounds before and after, as tangents look that far."""
    rounds = range(-2, 3)
    many = [Knot(k.t + turn * period, k.v, k.ease) for turn in rounds for k in knots]
    first = 2 * len(knots)
    return many[first - 2 : first + len(knots) + 2]


def _interpolate(start: Knot, end: Knot, u: Values, slopes: Values) -> Values:
    """Values at u (n,) in [0, 1] of the way; slopes (2,) are those of a smooth one at its ends."""
    way = end.v - start.v
    if start.ease == "step":
        return np.where(u < 1, start.v, end.v)
    if start.ease == "linear":
        return start.v + way * u
    if start.ease == "smooth":  # cubic Hermite
        bent = slopes[0] * u * (1 - u) ** 2 - slopes[1] * u**2 * (1 - u)
        return np.asarray(start.v + way * (3 - 2 * u) * u**2 + bent)
    return start.v + way * _solve_bezier(_find_bezier(start.ease), u)


def _find_bezier(ease: KeyEase) -> Bezier:
    return CSS_EASES[ease] if isinstance(ease, str) else ease


def _solve_bezier(bezier: Bezier, u: Values) -> Values:
    """y of the cubic Bezier from (0, 0) to (1, 1) where x is u, by bisection."""
    x1, y1, x2, y2 = bezier

    def coordinate(one: float, two: float, s: Values) -> Values:
        return np.asarray(3 * one * s * (1 - s) ** 2 + 3 * two * s**2 * (1 - s) + s**3)

    low, high = np.zeros_like(u), np.ones_like(u)
    for _ in range(48):
        middle = (low + high) / 2
        before = coordinate(x1, x2, middle) < u
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    return np.where(u <= 0, 0.0, np.where(u >= 1, 1.0, coordinate(y1, y2, (low + high) / 2)))


def _compute_slopes(t: Values, v: Values, eases: Sequence[KeyEase]) -> Values:
    """(segments, 2) speed at the start and the end of each smooth segment, 0 at the curve's ends.

    Between smooth segments: Steffen's equation 11. Beside an eased one: that one's speed, as far as
    the smooth curve stays monotone with it (three times the mean slope, Fritsch and Carlson 1980).
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
    return _ratio(*start), _ratio(*end)


def _ratio(rise: float, run: float) -> float:
    return rise / max(run, 1e-9)


def _limit_slope(slope: float, mean: float) -> float:
    """The slope, if a monotone cubic of this mean slope can have it; else the nearest it can."""
    if slope * mean <= 0:
        return 0.0
    return float(np.sign(slope) * min(abs(slope), 3 * abs(mean)))


def schedule_blinks(frames: int, fps: float, seed: int) -> Values:
    """How far the lids are shut in each frame, (frames,) in [0, 1]: 0 as they were, 1 closed.

    Blinks come at natural intervals, drawn from `seed`; each closes completely in one frame at
    least, and none is cut off by the clip's ends.
    """
    random = np.random.default_rng(seed)
    times = np.arange(frames) / fps
    shut = np.zeros(frames)
    # the first after part of an interval: the clip begins somewhere between two
    peak = max(CLOSING, random.uniform(0.2, 0.8) * BLINK_EVERY)
    while peak + OPENING < frames / fps:
        at = round(peak * fps) / fps
        since = times - at
        away = np.where(since < 0, -since / CLOSING, since / OPENING).clip(0, 1)
        shut = np.maximum(shut, 1 - away * away * (3 - 2 * away))
        interval = BLINK_EVERY * np.exp(random.normal(0, BLINK_SPREAD))
        peak += max(BLINK_APART, float(interval))
    return shut


def thin_curve(times: Values, values: Values, tolerance: float) -> list[Knot]:
    """The few knots of a smooth curve that stays within `tolerance` of values (n,) at times (n,).

    In each round, wherever the curve strays too far between two knots, a knot is set where it
    strays farthest (Ramer 1972, Douglas and Peucker 1973, with a curve for their line). A long
    curve is thinned piece by piece first, as each round looks at all of it.
    """
    chosen = {0, len(times) - 1}
    for start in range(0, len(times) - 1, PIECE):
        piece = slice(start, start + PIECE + 1)
        ends = {0, len(times[piece]) - 1}
        near = _indices_near(times[piece], values[piece], tolerance, ends)
        chosen |= {start + index for index in near - ends}  # a seam needs no knot of its own
    at = sorted(_indices_near(times, values, tolerance, chosen))
    return [Knot(float(times[index]), float(values[index])) for index in at]


def _indices_near(times: Values, values: Values, tolerance: float, chosen: set[int]) -> set[int]:
    """`chosen`, and the further indices that a curve through them needs to stay near all values."""
    while True:
        at = sorted(chosen)
        knots = [Knot(float(times[index]), float(values[index])) for index in at]
        away = np.abs(sample_curve(knots, times) - values)
        missing = {
            start + int(away[start : end + 1].argmax())
            for start, end in pairwise(at)
            if away[start : end + 1].max() > tolerance
        }
        if missing <= chosen:
            return chosen
        chosen = chosen | missing
