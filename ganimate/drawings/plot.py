"""The curves of a performance, drawn: a lane for each action unit that moves, and for the head."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT
from ganimate.drawings.annotation import COLOURS, FAINT, INK, PAPER, TROUGH, Colour
from ganimate.limits import MAX_TURN_DEGREES
from ganimate.performance.performance import Performance
from ganimate.performance.timeline import AXES, Marks, Timeline

WIDTH, LABELS, MARGIN = 960, 190, 16  # px
LANE, GAP, FOOT = 52, 12, 34
FINE = 3  # drawn this many times larger, then shrunk: Pillow's lines are jagged
STILL = 0.005  # an intensity that changes by less does not move
TICKS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)  # seconds
MOST_TICKS = 12


@dataclass(frozen=True)
class _Curve:
    values: NDArray[np.float64]  # (frames,)
    marks: Marks
    colour: Colour


@dataclass(frozen=True)
class _Lane:
    label: str
    name: str
    low: float
    high: float
    curves: Sequence[_Curve]


def draw_curves(timeline: Timeline, performance: Performance) -> NDArray[np.uint8]:
    """(H, 960, 3) uint8 RGB: what each action unit and the head do over the clip's time.

    Dots are what the file sets, dotted lines the times of its keys. A unit's left side is drawn
    in blue; its right one in red where it differs.
    """
    lanes = list(_lanes(timeline, performance))
    height = 2 * MARGIN + max(1, len(lanes)) * (LANE + GAP) + FOOT
    sheet = Image.new("RGB", (WIDTH * FINE, height * FINE), PAPER)
    draw = ImageDraw.Draw(sheet)
    seconds = len(performance.aus) / timeline.fps
    for index, lane in enumerate(lanes):
        _draw_lane(draw, lane, MARGIN + index * (LANE + GAP), timeline, seconds)
    if not lanes:
        words = ImageFont.load_default(14 * FINE)
        draw.text((MARGIN * FINE, MARGIN * FINE), "nothing moves", FAINT, words)
    _draw_axis(draw, height - MARGIN - FOOT + 4, seconds)
    shrunk = sheet.resize((WIDTH, height), Image.Resampling.BOX)
    return np.asarray(shrunk, np.uint8)


def _lanes(timeline: Timeline, performance: Performance) -> Iterator[_Lane]:
    aus = performance.add_blinks(performance.aus).astype(np.float64)
    for row, unit in enumerate(ACTION_UNITS):
        if np.ptp(aus[:, row], axis=0).max() < STILL:
            continue
        curves = [_Curve(aus[:, row, LEFT], timeline.cells.get((row, LEFT), ()), COLOURS[0])]
        if np.abs(aus[:, row, LEFT] - aus[:, row, RIGHT]).max() >= STILL:
            marks = timeline.cells.get((row, RIGHT), ())
            curves.append(_Curve(aus[:, row, RIGHT], marks, COLOURS[1]))
        yield _Lane(f"AU{unit.number}", unit.name, 0.0, 1.0, curves)
    if performance.heads is not None:
        for column, axis in enumerate(AXES):
            values = performance.heads[:, column].astype(np.float64)
            if np.ptp(values) > 0:
                curve = _Curve(values, timeline.head.get(axis, ()), COLOURS[2])
                yield _Lane(
                    "head", f"{axis}, degrees", -MAX_TURN_DEGREES, MAX_TURN_DEGREES, [curve]
                )


def _x(t: float, seconds: float) -> float:
    """Sheet pixels of a time."""
    return (LABELS + (WIDTH - LABELS - MARGIN - 8) * t / seconds) * FINE


def _draw_lane(
    draw: ImageDraw.ImageDraw, lane: _Lane, top: float, timeline: Timeline, seconds: float
) -> None:
    def y(value: float) -> float:
        return (top + LANE * (1 - (value - lane.low) / (lane.high - lane.low))) * FINE

    left, right = _x(0, seconds), _x(seconds, seconds)
    draw.rectangle((left, y(lane.high), right, y(lane.low)), fill=TROUGH)
    for t in timeline.keys:
        for dash in np.arange(y(lane.high), y(lane.low), 6 * FINE):
            line = (_x(t, seconds), dash, _x(t, seconds), dash + 2 * FINE)
            draw.line(line, fill=FAINT, width=FINE)
    middle = (top + LANE / 2) * FINE
    bold, thin = ImageFont.load_default(15 * FINE), ImageFont.load_default(12 * FINE)
    draw.text((MARGIN * FINE, middle), lane.label, INK, bold, anchor="lm")
    draw.text(((MARGIN + 50) * FINE, middle), lane.name, FAINT, thin, anchor="lm")
    for curve in reversed(lane.curves):
        times = np.arange(len(curve.values)) / timeline.fps
        points = [(_x(t, seconds), y(v)) for t, v in zip(times, curve.values, strict=True)]
        draw.line(points, fill=curve.colour, width=2 * FINE, joint="curve")
        for mark in curve.marks:
            at = min(len(curve.values) - 1, round(mark.t * timeline.fps))
            value = float(curve.values[at]) if mark.v is None else mark.v
            x, radius = _x(min(mark.t, float(times[-1])), seconds), 3.5 * FINE
            spot = (x - radius, y(value) - radius, x + radius, y(value) + radius)
            draw.ellipse(spot, fill=PAPER, outline=curve.colour, width=round(1.5 * FINE))


def _draw_axis(draw: ImageDraw.ImageDraw, top: float, seconds: float) -> None:
    step = next((tick for tick in TICKS if seconds / tick <= MOST_TICKS), seconds / MOST_TICKS)
    words = ImageFont.load_default(12 * FINE)
    for tick in range(math.floor(seconds / step + 1e-9) + 1):
        x = _x(tick * step, seconds)
        draw.line((x, (top - 6) * FINE, x, top * FINE), fill=FAINT, width=FINE)
        draw.text((x, (top + 10) * FINE), f"{tick * step:g} s", FAINT, words, anchor="mm")
