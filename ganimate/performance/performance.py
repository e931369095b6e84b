"""When a face shows what: from two AU vectors, or from keyframes, to one for each frame.

A clip's `ease="smooth"` is a minimum-jerk course from one expression to another. A key's is a
monotone cubic through all keys (curves.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.arrays import AUVector, Floats, Series
from ganimate.errors import UsageError
from ganimate.limits import MAX_FPS, MIN_FPS
from ganimate.performance.blinks import schedule_blinks
from ganimate.performance.curves import Bezier, KeyEase, KeyEaseName, Knot, Values, sample_curve
from ganimate.performance.timeline import (
    AXES,
    COURSE,
    CourseSettings,
    Loop,
    Marks,
    Timeline,
    place_knots,
)

DEFAULT_FRAMES = 30
"""Frames of a clip of which neither frames nor seconds are said."""

MAX_FRAMES = 10_000
"""Frames of a clip at most, over five minutes at 30 a second: more is a typing error."""


@dataclass(frozen=True)
class Performance:
    """What one face shows in each of n frames.

    Attributes:
        aus: (n, 17, 2) float32 in [0, 1].
        heads: (n, 3) float32 yaw, pitch and roll in degrees; None where the head holds still.
        blinks: (n,) float32 in [0, 1], how far blinks shut the lids; None where there are none.
        calibration_targets: (k, 17, 2) float32, the expressions to calibrate; None is `aus`.
    """

    aus: Floats
    heads: Floats | None = None
    blinks: Series | None = None
    calibration_targets: Floats | None = None

    def add_blinks(self, aus: Floats) -> Floats:
        """Add the blinks to AUs (n, 17, 2) of the frames, or to what drives them."""
        if self.blinks is None:
            return aus
        blinking = aus.copy()
        lids = blinking[:, ROW_OF[45]]
        lids += self.blinks[:, None] * (1 - lids)
        return blinking

    def cut(self, start: int, end: int) -> Performance:
        """Cut out the frames from `start` to before `end`, of which there may be fewer."""
        return replace(
            self,
            aus=self.aus[start:end],
            heads=None if self.heads is None else self.heads[start:end],
            blinks=None if self.blinks is None else self.blinks[start:end],
        )


# From keyframes


def perform(timeline: Timeline, source: AUVector) -> Performance:
    """Work out what a face does by its keyframes.

    Args:
        timeline: what it is asked to do.
        source: (17, 2) in [0, 1], what the photo shows.
    """
    times = np.arange(timeline.course_frames) / timeline.fps
    if timeline.loop == "pingpong":
        times = np.concatenate([times, times[-2:0:-1]])
    rest = np.full(max(0, timeline.frames - len(times)), times[-1])
    times = np.concatenate([times, rest])  # of a loop that holds
    blinks = schedule_blinks(len(times), timeline.fps, timeline.seed) if timeline.blink else None
    return Performance(
        aus=sample_aus(timeline, source, times),
        heads=_sample_heads(timeline, times) if timeline.head else None,
        blinks=blinks,
        calibration_targets=sample_aus(timeline, source, _choose_times(timeline)),
    )


def sample_aus(timeline: Timeline, source: AUVector, times: Values) -> Floats:
    """Sample the AUs that a timeline asks for.

    Args:
        timeline: what a face is asked to do.
        source: (17, 2) in [0, 1], what the photo shows, and what AUs keep that are not set.
        times: (n,) seconds.

    Returns:
        (n, 17, 2) float32 in [0, 1].
    """
    aus = np.repeat(np.asarray(source, np.float32)[None], len(times), axis=0)
    for (row, side), marks in timeline.cells.items():
        values = _sample_track(timeline, marks, float(source[row, side]), times)
        aus[:, row, side] = values.clip(0, 1)  # a cubic-bezier may overshoot
    return aus


def _sample_heads(timeline: Timeline, times: Values) -> Floats:
    heads = np.zeros((len(times), len(AXES)), np.float32)
    for column, axis in enumerate(AXES):
        if axis in timeline.head:
            heads[:, column] = _sample_track(timeline, timeline.head[axis], 0.0, times)
    return heads


def _sample_track(timeline: Timeline, marks: Marks, source: float, times: Values) -> Values:
    period = timeline.course_frames / timeline.fps if timeline.loop == "seamless" else None
    return sample_curve(place_knots(marks, source, timeline), times, period)


def _choose_times(timeline: Timeline) -> Values:
    """The times in seconds at which something is set, and those half way between two of them."""
    marks = [mark for several in timeline.cells.values() for mark in several]
    ends = (time for mark in marks for time in (mark.t, mark.t + mark.hold))
    times = np.unique([0.0, *ends])
    return np.concatenate([times, (times[1:] + times[:-1]) / 2])


# From two expressions


def count_frames(frames: int | None, duration: float | None, fps: float) -> int:
    """Count the frames of a clip; with neither `frames` nor `duration`, it has DEFAULT_FRAMES.

    Args:
        frames: how many there are.
        duration: how long it is, seconds.
        fps: frames a second.

    Returns:
        1 to MAX_FRAMES.

    Raises:
        UsageError: `frames` and `duration` disagree, or something is out of range.
    """
    if not MIN_FPS <= fps <= MAX_FPS:
        raise UsageError(
            f"{fps:g} frames a second is out of range: give {MIN_FPS:g} to {MAX_FPS:g}"
        )
    count = DEFAULT_FRAMES if frames is None else frames
    if duration is not None:
        lasting = _count_frames_in(duration, fps)
        if frames is not None and frames != lasting:
            raise UsageError(
                f"{duration:g} s at {fps:g} frames a second is {lasting} frames, not {frames}: "
                "give the number of frames or the duration, not both"
            )
        count = lasting
    if not 1 <= count <= MAX_FRAMES:
        raise UsageError(f"a clip of {count} frames is out of range: give 1 to {MAX_FRAMES}")
    return count


def _count_frames_in(duration: float, fps: float) -> int:
    if not (duration > 0 and math.isfinite(duration * fps)):
        raise UsageError(f"a clip cannot last {duration:g} s: give seconds above 0")
    return round(duration * fps)


def schedule_alphas(
    frames: int, ease: KeyEase, loop: Loop, settings: CourseSettings = COURSE
) -> Series:
    """Schedule how far each frame is on the way from the source (0) to the target (1).

    - once: from exactly 0 in the first frame to exactly 1 in the last
    - pingpong or seamless: from exactly 0 to exactly 1 and back, one frame short of 0, so that the
      clip repeats without showing the first frame twice; an odd count has two frames at 1
    - hold: rises in the first 60 % of the frames, then stays at exactly 1

    A single frame is the target.

    Args:
        frames: 1 or more.
        ease: as those of a key, but that "smooth" is a minimum-jerk course; what a cubic-bezier
            overshoots is cut off.
        loop: how the clip goes on, as above.
        settings: how it gets to the target.

    Returns:
        (frames,) float32 in [0, 1].

    Raises:
        UsageError: there are no frames, or there is no such ease or loop.
    """
    if frames < 1:
        raise UsageError(f"a clip of {frames} frames is empty: give 1 or more")
    _check_ease(ease)
    if loop not in get_args(Loop):
        raise UsageError(f"there is no loop {loop!r}: it is {', '.join(get_args(Loop))}")
    if frames == 1:
        return np.ones(1, np.float32)
    progress = _measure_progress(frames, loop, settings)
    if ease == "smooth":
        progress = _ease_by_minimum_jerk(progress)
    elif ease != "linear":
        progress = sample_curve([Knot(0, 0, ease), Knot(1, 1)], progress).clip(0, 1)
    return progress.astype(np.float32)


def parse_ease(text: str) -> KeyEase:
    """Read an ease as people write it: a name, or the four numbers of a cubic-bezier.

    Args:
        text: such as "in-out" or "0.4,0,0.2,1".

    Raises:
        UsageError: the text is anything else.
    """
    for name in get_args(KeyEaseName):
        if text == name:
            return name  # type: ignore[no-any-return]
    try:
        x1, y1, x2, y2 = map(float, text.split(","))
    except ValueError:
        raise UsageError(_explain_ease(text)) from None
    bezier: Bezier = (x1, y1, x2, y2)
    _check_ease(bezier)
    return bezier


def _check_ease(ease: object) -> None:
    """Raise UsageError for what is neither an ease's name nor a cubic-bezier within its range."""
    if isinstance(ease, str) and ease in get_args(KeyEaseName):
        return
    try:
        x1, y1, x2, y2 = map(float, ease)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise UsageError(_explain_ease(ease)) from None
    if not (0 <= x1 <= 1 and 0 <= x2 <= 1 and -2 <= y1 <= 3 and -2 <= y2 <= 3):
        raise UsageError(
            f"{x1:g},{y1:g},{x2:g},{y2:g} is out of range: a cubic-bezier goes from 0 to 1, its y "
            "from -2 to 3"
        )


def _explain_ease(text: object) -> str:
    names = ", ".join(get_args(KeyEaseName))
    return f"there is no ease {text!r}: it is {names}, or four numbers of a cubic-bezier"


def _measure_progress(frames: int, loop: Loop, settings: CourseSettings) -> NDArray[np.float64]:
    """Progress (frames,) in [0, 1] at constant speed, of two frames or more."""
    index = np.arange(frames, dtype=np.float64)
    if loop == "once":
        return index / (frames - 1)
    if loop == "hold":
        rising = math.ceil(frames * settings.hold_rise)
        return np.minimum(index / (rising - 1), 1.0)
    # the distance to the nearest end of the period; halving in integers lets odd counts reach 1
    return np.minimum(index, frames - index) / (frames // 2)


def _ease_by_minimum_jerk(progress: NDArray[np.float64]) -> NDArray[np.float64]:
    """10 t^3 - 15 t^4 + 6 t^5: no speed and no acceleration at either end.

    The course of natural point-to-point movements (Flash and Hogan, The Journal of Neuroscience 5,
    1985).
    """
    return np.asarray(progress**3 * (10 + progress * (6 * progress - 15)))


def interpolate_aus(source: AUVector, target: AUVector, alphas: Series) -> Iterator[AUVector]:
    """Interpolate AUs: source + alpha (target - source) (Pumarola et al., ECCV 2018).

    They are exactly `source` where alpha is 0 and exactly `target` where it is 1, and an AU that is
    the same in both never changes by a bit.

    Args:
        source: (17, 2) in [0, 1].
        target: (17, 2) in [0, 1].
        alphas: (frames,) in [0, 1].

    Returns:
        An iterator of (17, 2) float32 for each frame.

    Raises:
        ValueError: a shape is another.
    """
    if np.shape(source) != SHAPE or np.shape(target) != SHAPE:
        raise ValueError(f"AU vectors are {SHAPE}, not {np.shape(source)}, {np.shape(target)}")
    if np.ndim(alphas) != 1:
        raise ValueError(f"alphas has one dimension, not {np.ndim(alphas)}")
    return (_blend(source, target, alpha) for alpha in np.asarray(alphas, np.float32))


def _blend(source: AUVector, target: AUVector, alpha: np.float32) -> AUVector:
    # measured from the nearer end, as rounding can make source + 1 * (target - source) miss target
    way = np.subtract(target, source, dtype=np.float32)
    if alpha < 0.5:
        return np.add(source, alpha * way, dtype=np.float32)
    return np.subtract(target, (1 - alpha) * way, dtype=np.float32)
