"""The curves of a performance, drawn: a lane for each action unit that moves, and for the head.

Figures are drawn by matplotlib's objects, without pyplot: nothing global is set, and no window is
ever opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, MaxNLocator
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT
from ganimate.arrays import Photo
from ganimate.drawings.palette import COLOURS, FAINT, INK, PAPER, TROUGH, Colour
from ganimate.limits import MAX_TURN_DEGREES
from ganimate.performance.performance import Performance
from ganimate.performance.timeline import AXES, Marks, Timeline

DPI = 128
"""Pixels of an inch, 72 points: a power of two, so that pixels are converted without rounding."""

Shares: TypeAlias = tuple[float, float, float]
"""A colour as matplotlib takes it: red, green and blue of 1."""


@dataclass(frozen=True)
class PlotSettings:
    """How curves are laid out; all by eye, so that every label can be read."""

    width: int = 1200
    """Pixels of the picture."""

    labels: int = 260
    """Pixels at the left for the names of curves."""

    names: int = 72
    """Pixels from a unit's number to its name."""

    margin: int = 22
    """Pixels around everything."""

    right: int = 14
    """Pixels more at the right, for half of the last label of the scale of seconds."""

    lane: int = 62
    """Height of a curve's lane, pixels."""

    gap: int = 14
    """Pixels between two lanes."""

    foot: int = 40
    """Height of the scale of seconds, pixels."""

    large: float = 10.5
    """Type of a unit's number, points."""

    small: float = 8.0
    """Type of names and seconds, points."""

    tiny: float = 6.5
    """Type of a lane's own scale, points."""

    line: float = 1.4
    """Breadth of a curve, points."""

    dot: float = 4.5
    """Diameter of what the file sets, points."""

    least_change: float = 0.005
    """Intensity by which a unit has to change for a curve to be drawn, and its sides to differ for
    two; larger leaves out more."""

    most_ticks: int = 12
    """Steps of the scale of seconds at most."""


PLOT = PlotSettings()


@dataclass(frozen=True)
class _Curve:
    """A curve, and what the file sets of it.

    Attributes:
        values: (frames,) intensities or degrees.
        marks: what the file sets.
        colour: of the line.
    """

    values: NDArray[np.float64]
    marks: Marks
    colour: Colour


@dataclass(frozen=True)
class _Lane:
    """The curves of one action unit, or of one axis of the head, over one ground.

    Attributes:
        label: the unit's number, or "head".
        name: the unit's name, or the axis and its unit.
        low: the value at the bottom.
        high: the value at the top.
        curves: the left side's and, where it differs, the right side's.
    """

    label: str
    name: str
    low: float
    high: float
    curves: Sequence[_Curve]


def draw_curves(
    timeline: Timeline, performance: Performance, settings: PlotSettings = PLOT
) -> Photo:
    """Draw what each action unit and the head do over the clip's time.

    Dots are what the file sets, dotted lines the times of its keys. A unit's left side is drawn in
    blue; its right one in red where it differs.

    Args:
        timeline: what the file asks for.
        performance: what the face does.
        settings: how the curves are laid out.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    lanes = list(_list_lanes(timeline, performance, settings))
    pitch = settings.lane + settings.gap
    height = 2 * settings.margin + max(1, len(lanes)) * pitch + settings.foot
    figure = Figure((settings.width / DPI, height / DPI), DPI, facecolor=_to_shares(PAPER))
    canvas = FigureCanvasAgg(figure)
    times = np.arange(len(performance.aus)) / timeline.fps
    seconds = len(performance.aus) / timeline.fps
    for index, lane in enumerate(lanes or [_Lane("", "nothing moves", 0.0, 1.0, [])]):
        bottom = height - settings.margin - index * pitch - settings.lane
        axes = _add_lane(figure, bottom, seconds, settings)
        _draw_lane(axes, lane, times, timeline.keys, settings)
    _draw_scale(axes, settings)
    if any(len(lane.curves) > 1 for lane in lanes):
        _draw_legend(figure, settings)
    canvas.draw()
    return np.array(canvas.buffer_rgba())[:, :, :3]


def _list_lanes(
    timeline: Timeline, performance: Performance, settings: PlotSettings
) -> Iterator[_Lane]:
    aus = performance.add_blinks(performance.aus).astype(np.float64)
    for row, unit in enumerate(ACTION_UNITS):
        if np.ptp(aus[:, row], axis=0).max() < settings.least_change:
            continue
        sides = [LEFT]
        if np.abs(aus[:, row, LEFT] - aus[:, row, RIGHT]).max() >= settings.least_change:
            sides.append(RIGHT)
        curves = [
            _Curve(aus[:, row, side], timeline.cells.get((row, side), ()), colour)
            for side, colour in zip(sides, COLOURS, strict=False)
        ]
        yield _Lane(label=f"AU{unit.number}", name=unit.name, low=0.0, high=1.0, curves=curves)
    if performance.heads is None:
        return
    for column, axis in enumerate(AXES):
        values = performance.heads[:, column].astype(np.float64)
        if np.ptp(values) > 0:
            yield _Lane(
                label="head",
                name=f"{axis}, degrees",
                low=-MAX_TURN_DEGREES,
                high=MAX_TURN_DEGREES,
                curves=[_Curve(values, timeline.head.get(axis, ()), COLOURS[2])],
            )


def _add_lane(figure: Figure, bottom: float, seconds: float, settings: PlotSettings) -> Axes:
    """Add the ground of a lane whose lower edge is `bottom` pixels from that of the figure."""
    width, height = figure.bbox.width, figure.bbox.height
    right = settings.width - settings.margin - settings.right
    box = (
        settings.labels / width,
        bottom / height,
        (right - settings.labels) / width,
        settings.lane / height,
    )
    axes = figure.add_axes(box, facecolor=_to_shares(TROUGH))
    axes.set_xlim(0, seconds)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, pad=5, labelsize=settings.tiny, labelcolor=_to_shares(FAINT))
    axes.set_xticks([])
    axes.set_yticks([])
    return axes


def _draw_lane(
    axes: Axes,
    lane: _Lane,
    times: NDArray[np.float64],
    keys: Sequence[float],
    settings: PlotSettings,
) -> None:
    figure = axes.figure
    middle = (axes.bbox.y0 + axes.bbox.y1) / 2 / figure.bbox.height
    at = settings.margin / figure.bbox.width
    beside = (settings.margin + settings.names) / figure.bbox.width
    ink, faint = _to_shares(INK), _to_shares(FAINT)
    figure.text(at, middle, lane.label, size=settings.large, color=ink, va="center_baseline")
    figure.text(beside, middle, lane.name, size=settings.small, color=faint, va="center_baseline")
    axes.set_ylim(lane.low, lane.high)
    if lane.curves:
        axes.set_yticks([lane.low, lane.high], [f"{lane.low:g}", f"{lane.high:g}"])
        bottom, top = axes.get_yticklabels()
        bottom.set_verticalalignment("bottom")
        top.set_verticalalignment("top")
    for t in keys:
        axes.axvline(t, color=faint, linewidth=0.6, linestyle=(0, (1, 2)), clip_on=False)
    for curve in reversed(lane.curves):
        _draw_curve(axes, curve, times, settings)


def _draw_curve(
    axes: Axes, curve: _Curve, times: NDArray[np.float64], settings: PlotSettings
) -> None:
    """Draw a curve, and a dot for each value that the file sets, by the last frame."""
    colour = _to_shares(curve.colour)
    axes.plot(times, curve.values, color=colour, linewidth=settings.line, clip_on=False)
    at = [min(mark.t, times[-1]) for mark in curve.marks]
    values = [
        curve.values[np.abs(times - mark.t).argmin()] if mark.v is None else mark.v
        for mark in curve.marks
    ]
    axes.plot(
        at, values, "o",
        markersize=settings.dot, markerfacecolor=_to_shares(PAPER), markeredgecolor=colour,
        markeredgewidth=0.75 * settings.line, clip_on=False, zorder=3,
    )  # fmt: skip


def _draw_scale(axes: Axes, settings: PlotSettings) -> None:
    """Draw the scale of seconds under the last lane."""
    axes.xaxis.set_major_locator(MaxNLocator(settings.most_ticks, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FormatStrFormatter("%g s"))
    axes.tick_params("x", length=4, pad=3, labelsize=settings.small, color=_to_shares(FAINT))


def _draw_legend(figure: Figure, settings: PlotSettings) -> None:
    """Say at the lower left what side a colour is."""
    for place, side in enumerate(("left", "right")):
        x = (settings.margin + place * settings.names) / figure.bbox.width
        y = settings.margin / figure.bbox.height
        colour = _to_shares(COLOURS[place])
        figure.text(x, y, side, size=settings.small, color=colour, va="baseline")


def _to_shares(colour: Colour) -> Shares:
    red, green, blue = colour
    return red / 255, green / 255, blue / 255
