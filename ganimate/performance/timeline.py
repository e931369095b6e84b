"""The timeline: what a face shows when, as values in seconds, and the knots of its curves.

timeline_reader.py makes a Timeline of a file. This module imports neither pydantic nor OpenCV.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, Cell
from ganimate.performance.curves import TIME_TOLERANCE, KeyEase, Knot

Loop: TypeAlias = Literal["once", "pingpong", "hold", "seamless"]
"""How a clip goes on: there and back; a rest at its end; an end that joins the start."""

Axis: TypeAlias = Literal["yaw", "pitch", "roll"]

AXES: tuple[Axis, ...] = get_args(Axis)

DEFAULT_FPS = 30.0
"""Frames a second of a clip whose file does not say: as many as most cameras take."""

SCHEMA = Path(__file__).parent.with_name("timeline.schema.json")
"""The JSON Schema of the file, for editors; timeline_document.make_schema generates it."""

AU_CELLS: Mapping[str, tuple[Cell, ...]] = MappingProxyType(
    {f"AU{unit.number}": ((row, LEFT), (row, RIGHT)) for row, unit in enumerate(ACTION_UNITS)}
    | {
        f"AU{unit.number}{side}": ((row, column),)
        for row, unit in enumerate(ACTION_UNITS)
        if unit.sided
        for side, column in (("L", LEFT), ("R", RIGHT))
    }
)
"""Names of action units in a file -> the cells of an AU vector that they set."""


@dataclass(frozen=True)
class CourseSettings:
    """How a clip gets to its end."""

    hold_rise: float = 0.6
    """Share of the frames, of a clip with loop "hold", in which the end is reached; larger is
    slower and rests less. By eye (docs/tuning.md, loops)."""


COURSE = CourseSettings()


@dataclass(frozen=True)
class Mark:
    """A value that the file sets at a time.

    Attributes:
        t: seconds.
        v: an intensity in [0, 1] or degrees; None is the photo's own.
        ease: how the curve goes on from here to the next mark.
        hold: seconds that the value stays before the curve goes on.
    """

    t: float
    v: float | None
    ease: KeyEase = "smooth"
    hold: float = 0.0


Marks: TypeAlias = tuple[Mark, ...]


@dataclass(frozen=True)
class Timeline:
    """What a file asks for; every time in seconds, every value in range.

    Attributes:
        photo: the photo to animate.
        fps: frames a second.
        duration: seconds of the course that the keys describe; pingpong plays it twice, and hold
            rests after it.
        size: pixels of the longest side; None is the photo's own.
        loop: how the clip goes on.
        repeats: whether a gif or webp of it starts again at its end.
        output: where the clip goes; None where the file does not say.
        face: "largest", "all" or an index.
        blink: whether blinks are added.
        seed: what the times of the blinks are drawn from.
        keys: times of the keys in seconds, for plots.
        cells: marks of each cell of an AU vector, in the order of time.
        head: marks of each axis in degrees, in the order of time.
    """

    photo: Path
    fps: float = DEFAULT_FPS
    duration: float = 1.0
    size: int | None = None
    loop: Loop = "once"
    repeats: bool = True
    output: Path | None = None
    face: str = "largest"
    blink: bool = False
    seed: int = 0
    keys: tuple[float, ...] = ()
    cells: Mapping[Cell, Marks] = field(default_factory=dict)
    head: Mapping[Axis, Marks] = field(default_factory=dict)

    @property
    def course_frames(self) -> int:
        """Frames of one course; pingpong plays nearly twice as many, and hold two thirds more."""
        return max(1, round(self.duration * self.fps))

    @property
    def frames(self) -> int:
        """Frames of the clip."""
        course = self.course_frames
        if self.loop == "hold":
            return math.floor(course / COURSE.hold_rise + TIME_TOLERANCE)
        return max(course, 2 * course - 2) if self.loop == "pingpong" else course


def place_knots(marks: Marks, source: float, timeline: Timeline) -> list[Knot]:
    """Place the knots of one curve.

    A curve starts at the photo's own value, unless a mark at 0 says otherwise. What the file sets
    after the last frame is met in the last frame, so that 100 % is seen; in a seamless loop, 100 %
    is the first frame again.

    Args:
        marks: what the file sets, in the order of time.
        source: the photo's own value, an intensity in [0, 1] or degrees.
        timeline: whose duration, rate and loop say where the curve ends.

    Returns:
        Knots whose times, in seconds, rise from 0 to the last frame at most.
    """
    seamless = timeline.loop == "seamless"
    end = (timeline.course_frames - (0 if seamless else 1)) / timeline.fps
    if not marks or marks[0].t > TIME_TOLERANCE:
        marks = (Mark(0.0, None), *marks)
    by_time: dict[float, Knot] = {}
    for mark in marks:
        value = source if mark.v is None else mark.v
        for t in (mark.t, mark.t + mark.hold) if mark.hold else (mark.t,):
            at = min(t, end)
            by_time[at] = Knot(at, value, mark.ease)
    if seamless and len(by_time) > 1:
        by_time.pop(end, None)
    return list(by_time.values())
