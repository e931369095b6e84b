"""When a face shows what: from two AU vectors, or from keyframes, to one for each frame."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.arrays import AUVector
from ganimate.errors import UsageError
from ganimate.limits import MAX_FPS, MIN_FPS
from ganimate.performance.curves import sample_curve, schedule_blinks
from ganimate.performance.timeline import AXES, Marks, Timeline, place_knots

RenderEase: TypeAlias = Literal["linear", "smooth"]
RenderLoop: TypeAlias = Literal["once", "pingpong", "hold"]

DEFAULT_FRAMES = 30
MAX_FRAMES = 10_000  # over five minutes at 30 frames a second: more is a typing error


@dataclass(frozen=True)
class Performance:
    """What one face shows in each of n frames."""

    aus: npt.NDArray[np.float32]  # (n, 17, 2) in [0, 1]
    heads: npt.NDArray[np.float32] | None = None  # (n, 3) yaw, pitch, roll in degrees
    shut: npt.NDArray[np.float32] | None = None  # (n,) in [0, 1]: blinks that come on top
    poses: npt.NDArray[np.float32] | None = None  # (k, 17, 2) those to calibrate; None: any

    def with_blinks(self, aus: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """AUs (n, 17, 2) of the frames, or what drives them, with the blinks."""
        if self.shut is None:
            return aus
        blinking = aus.copy()
        lids = blinking[:, ROW_OF[45]]
        lids += self.shut[:, None] * (1 - lids)
        return blinking

    def stretch(self, start: int, end: int) -> Performance:
        """The frames from `start` to before `end`, of which there may be fewer."""
        heads, shut = (
            None if each is None else each[start:end] for each in (self.heads, self.shut)
        )
        return Performance(self.aus[start:end], heads, shut, self.poses)


def perform(timeline: Timeline, source: AUVector) -> Performance:
    """What a face does whose photo shows `source`, (17, 2) in [0, 1], by its keyframes."""
    course = np.arange(timeline.course_frames) / timeline.fps
    if timeline.loop == "pingpong":
        course = np.concatenate([course, course[-2:0:-1]])
    times = [t for marks in timeline.cells.values() for t in _list_times(marks)]
    set_at = np.unique([0.0, *times])
    calibrated_at = np.concatenate([set_at, (set_at[1:] + set_at[:-1]) / 2])
    heads = None
    if timeline.head:
        heads = np.zeros((len(course), len(AXES)), np.float32)
        for column, axis in enumerate(AXES):
            if axis in timeline.head:
                heads[:, column] = _sample_track(timeline, timeline.head[axis], 0.0, course)
    shut = schedule_blinks(len(course), timeline.fps, timeline.seed) if timeline.blink else None
    return Performance(
        sample_aus(timeline, source, course),
        heads,
        None if shut is None else shut.astype(np.float32),
        sample_aus(timeline, source, calibrated_at),
    )


def sample_aus(
    timeline: Timeline, source: AUVector, times: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """AUs (n, 17, 2) float32 in [0, 1] at `times` (n,), seconds; those not set keep `source`."""
    aus = np.repeat(np.asarray(source, np.float32)[None], len(times), axis=0)
    for cell, marks in timeline.cells.items():
        values = _sample_track(timeline, marks, float(source[cell]), times)
        aus[:, cell[0], cell[1]] = values.clip(0, 1)  # a cubic-bezier may overshoot
    return aus


def _sample_track(
    timeline: Timeline, marks: Marks, source: float, times: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    period = timeline.course_frames / timeline.fps if timeline.loop == "seamless" else None
    return sample_curve(place_knots(marks, source, timeline), times, period)


def _list_times(marks: Marks) -> Iterator[float]:
    for mark in marks:
        yield mark.t
        yield mark.t + mark.hold


def count_frames(frames: int | None, duration: float | None, fps: float) -> int:
    """How many frames a clip has, of 1 to MAX_FRAMES.

    `frames` and `duration` (seconds) each say it; with neither it is DEFAULT_FRAMES. `fps` is in
    [MIN_FPS, MAX_FPS].

    Raises UsageError if they disagree or are out of range.
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


def schedule_alphas(frames: int, ease: RenderEase, loop: RenderLoop) -> npt.NDArray[np.float32]:
    """How far each frame is on the way from the source (0) to the target (1), (frames,) float32.

    - once: from exactly 0 in the first frame to exactly 1 in the last
    - pingpong: from exactly 0 to exactly 1 and back, one frame short of 0, so that the clip repeats
      without showing the first frame twice; an odd count has two frames at 1
    - hold: rises in the first 60 % of the frames, then stays at exactly 1

    A single frame is the target. "smooth" starts and stops gently, "linear" has constant speed.

    Raises UsageError if there are no frames, or for an unknown ease or loop.
    """
    if frames < 1:
        raise UsageError(f"a clip of {frames} frames is empty: give 1 or more")
    if ease not in get_args(RenderEase):
        raise UsageError(f"there is no ease {ease!r}: it is {' or '.join(get_args(RenderEase))}")
    if loop not in get_args(RenderLoop):
        raise UsageError(f"there is no loop {loop!r}: it is {', '.join(get_args(RenderLoop))}")
    if frames == 1:
        return np.ones(1, np.float32)
    time = _measure_progress(frames, loop)
    return (time if ease == "linear" else _ease_by_minimum_jerk(time)).astype(np.float32)


def interpolate_aus(
    source: AUVector, target: AUVector, alphas: npt.NDArray[np.float32]
) -> Iterator[AUVector]:
    """The AUs of each frame, (17, 2) float32: source + alpha (target - source), Pumarola et al.

    Exactly `source` where alpha is 0 and exactly `target` where it is 1; an AU that is the same in
    both never changes by a bit. `source` and `target` are (17, 2) in [0, 1], `alphas` is (frames,)
    in [0, 1].

    Raises ValueError if a shape is another.
    """
    if np.shape(source) != SHAPE or np.shape(target) != SHAPE:
        raise ValueError(f"AU vectors are {SHAPE}, not {np.shape(source)}, {np.shape(target)}")
    if np.ndim(alphas) != 1:
        raise ValueError(f"alphas has one dimension, not {np.ndim(alphas)}")
    return (_interpolate(source, target, alpha) for alpha in np.asarray(alphas, np.float32))


def _count_frames_in(duration: float, fps: float) -> int:
    if not (duration > 0 and math.isfinite(duration * fps)):
        raise UsageError(f"a clip cannot last {duration:g} s: give seconds above 0")
    return round(duration * fps)


def _measure_progress(frames: int, loop: RenderLoop) -> npt.NDArray[np.float64]:
    """Linear progress in [0, 1] of two frames or more."""
    index = np.arange(frames, dtype=np.float64)
    if loop == "once":
        return index / (frames - 1)
    if loop == "hold":
        rising = math.ceil(frames * 3 / 5)
        return np.minimum(index / (rising - 1), 1.0)
    # the distance to the nearest end of the period; halving in integers lets odd counts reach 1
    return np.minimum(index, frames - index) / (frames // 2)


def _ease_by_minimum_jerk(time: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """10 t^3 - 15 t^4 + 6 t^5: no speed and no acceleration at either end.

    The course of natural point-to-point movements (Flash and Hogan 1985, J. Neurosci. 5(7)).
    """
    eased: npt.NDArray[np.float64] = time**3 * (10 + time * (6 * time - 15))
    return eased


def _interpolate(source: AUVector, target: AUVector, alpha: np.float32) -> AUVector:
    # measured from the nearer end, as rounding can make source + 1 * (target - source) miss target
    way = np.subtract(target, source, dtype=np.float32)
    if alpha < 0.5:
        return np.add(source, alpha * way, dtype=np.float32)
    return np.subtract(target, (1 - alpha) * way, dtype=np.float32)
