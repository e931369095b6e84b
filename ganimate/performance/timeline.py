"""A checked timeline: what each action unit and the head are asked for, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, Cell
from ganimate.performance.curves import NEAR, Ease, Knot

Loop: TypeAlias = Literal["once", "pingpong", "seamless"]
Axis: TypeAlias = Literal["yaw", "pitch", "roll"]

SCHEMA = Path(__file__).parents[1] / "timeline.schema.json"
AXES: tuple[Axis, ...] = get_args(Axis)
MAX_TURN = 12.0  # degrees, as head.py has it, which would import OpenCV
MAX_SECONDS = 3600.0
DEFAULT_FPS = 30.0

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
class Mark:
    """A value that the file sets at a time."""

    t: float  # seconds
    v: float | None  # None: the photo's own
    ease: Ease = "smooth"  # from here to the next
    hold: float = 0.0  # seconds that the value stays before the curve goes on


Marks: TypeAlias = tuple[Mark, ...]


@dataclass(frozen=True)
class Timeline:
    """What a file asks for; every time in seconds, every value in range."""

    photo: Path
    fps: float = DEFAULT_FPS
    duration: float = 1.0  # of the course that the keys describe; pingpong plays it twice
    size: int | None = None  # px, the longest side; None: the photo's own
    loop: Loop = "once"
    output: Path | None = None
    face: str = "largest"  # or "all" or an index
    blink: bool = False  # whether blinks are added
    seed: int = 0  # of the blinks
    keys: tuple[float, ...] = ()  # times of the keys, for plots
    cells: Mapping[Cell, Marks] = field(default_factory=dict)  # in the order of time
    head: Mapping[Axis, Marks] = field(default_factory=dict)  # degrees

    @property
    def course_frames(self) -> int:
        """Frames of one course; pingpong plays nearly twice as many."""
        return max(1, round(self.duration * self.fps))

    @property
    def frames(self) -> int:
        """Frames of the clip."""
        course = self.course_frames
        return max(course, 2 * course - 2) if self.loop == "pingpong" else course


def place_knots(marks: Marks, source: float, timeline: Timeline) -> list[Knot]:
    """The knots of one curve whose value in the photo is `source`.

    A curve starts at the photo's own value, unless a mark at 0 says otherwise. What the file sets
    after the last frame is met in the last frame, so that 100 % is seen; in a seamless loop, 100 %
    is the first frame again.
    """
    seamless = timeline.loop == "seamless"
    end = (timeline.course_frames - (0 if seamless else 1)) / timeline.fps
    if not marks or marks[0].t > NEAR:
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
