"""How far each frame is on its way, and the AUs that it shows there."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.arrays import AUVector
from ganimate.errors import UsageError
from ganimate.performance.curves import KeyEase, KeyEaseName
from ganimate.performance.performance import (
    DEFAULT_FRAMES,
    MAX_FRAMES,
    count_frames,
    interpolate_aus,
    parse_ease,
    perform,
    schedule_alphas,
)
from ganimate.performance.timeline import Loop, Mark, Timeline

EASES: tuple[KeyEase, ...] = (*get_args(KeyEaseName), (0.4, 0.0, 0.2, 1.0), (0.5, -1.5, 0.5, 2.5))
MOVING: tuple[KeyEase, ...] = tuple(ease for ease in EASES[:-1] if ease != "step")
MONOTONE: tuple[KeyEase, ...] = EASES[:-1]
LOOPS: tuple[Loop, ...] = get_args(Loop)
COUNTS = (2, 3, 4, 5, 10, 29, 30, 61, 1000)


@pytest.mark.parametrize("ease", EASES)
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("frames", COUNTS)
def test_starts_at_the_source_and_reaches_the_target(
    ease: KeyEase, loop: Loop, frames: int
) -> None:
    values = schedule_alphas(frames, ease, loop)
    assert values.shape == (frames,)
    assert values.dtype == np.float32
    assert values[0] == 0
    assert values.min() >= 0
    assert values.max() == 1


@pytest.mark.parametrize(
    ("frames", "loop", "expected"),
    [
        (2, "once", [0, 1]),
        (5, "once", [0, 0.25, 0.5, 0.75, 1]),
        (2, "pingpong", [0, 1]),
        (3, "pingpong", [0, 1, 1]),
        (6, "pingpong", [0, 1 / 3, 2 / 3, 1, 2 / 3, 1 / 3]),
        (7, "pingpong", [0, 1 / 3, 2 / 3, 1, 1, 2 / 3, 1 / 3]),
        (2, "hold", [0, 1]),
        (3, "hold", [0, 1, 1]),
        (10, "hold", [0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1]),
    ],
)
def test_linear_courses(frames: int, loop: Loop, expected: list[float]) -> None:
    np.testing.assert_allclose(schedule_alphas(frames, "linear", loop), expected, atol=1e-7)


@pytest.mark.parametrize("ease", MONOTONE)
@pytest.mark.parametrize("loop", ["once", "hold"])
@pytest.mark.parametrize("frames", COUNTS)
def test_one_way_courses_never_turn_back_and_end_on_the_target(
    ease: KeyEase, loop: Loop, frames: int
) -> None:
    values = schedule_alphas(frames, ease, loop)
    assert (np.diff(values) >= 0).all()
    assert values[-1] == 1


@pytest.mark.parametrize("ease", MOVING)
@pytest.mark.parametrize("frames", COUNTS)
def test_pingpong_repeats_without_a_seam(ease: KeyEase, frames: int) -> None:
    values = schedule_alphas(frames, ease, "pingpong")
    # played backwards from its first frame, a loop looks the same
    np.testing.assert_array_equal(values[1:], values[1:][::-1])
    assert values[-1] > 0


def test_smooth_starts_and_stops_gently_and_is_symmetric() -> None:
    values = schedule_alphas(101, "smooth", "once").astype(np.float64)
    speed = np.diff(values)
    assert speed[0] < 1e-4
    assert speed[-1] < 1e-4
    assert speed.argmax() in (49, 50)
    np.testing.assert_allclose(values + values[::-1], 1, atol=1e-6)
    assert values[25] == pytest.approx(10 / 4**3 - 15 / 4**4 + 6 / 4**5)


@pytest.mark.parametrize("ease", EASES)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_single_frame_is_the_target(ease: KeyEase, loop: Loop) -> None:
    assert schedule_alphas(1, ease, loop).tolist() == [1]


@pytest.mark.parametrize(
    ("frames", "ease", "loop", "message"),
    [
        (0, "smooth", "once", "0 frames"),
        (-3, "smooth", "once", "-3 frames"),
        (5, "bouncy", "once", "smooth, linear, in, out, in-out, step, or four numbers"),
        (5, "smooth", "forever", "once, pingpong, hold, seamless"),
    ],
)
def test_impossible_courses_are_refused(
    frames: int, ease: KeyEase, loop: Loop, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        schedule_alphas(frames, ease, loop)


@pytest.mark.parametrize("name", get_args(KeyEaseName))
def test_eases_are_written_as_those_of_a_key(name: KeyEase) -> None:
    assert parse_ease(str(name)) == name


def test_a_cubic_bezier_is_four_numbers() -> None:
    assert parse_ease("0.42,0, 0.58,1") == (0.42, 0, 0.58, 1)
    bezier = schedule_alphas(30, parse_ease("0.42,0,0.58,1"), "once")
    np.testing.assert_array_equal(bezier, schedule_alphas(30, "in-out", "once"))
    for wrong in ("bouncy", "0,0,1", "0,0,1,x", "2,0,1,1", "0,0,1,nan", ""):
        with pytest.raises(UsageError):
            parse_ease(wrong)


@pytest.mark.parametrize("course", [1, 2, 5, 27, 30, 31, 100])
def test_a_timeline_that_holds_rests_as_long_as_a_clip_does(course: int) -> None:
    marks = (Mark(0, 0.0, "linear"), Mark(course / 10, 1.0))
    cells = {(ROW_OF[12], side): marks for side in (0, 1)}
    asked = Timeline(Path("a.jpg"), fps=10, duration=course / 10, loop="hold", cells=cells)
    shown = perform(asked, np.zeros(SHAPE, np.float32)).aus[:, ROW_OF[12], 0]
    assert len(shown) == asked.frames
    assert len(shown[course - 1 :]) == pytest.approx(1 + course * 2 / 3, abs=0.7)
    assert (shown[course - 1 :] == 1).all()
    assert (np.diff(shown[:course]) > 0).all()


def random_vectors() -> tuple[AUVector, AUVector]:
    random = np.random.default_rng(0)
    source, target = random.random((2, *SHAPE), dtype=np.float32)
    source[ROW_OF[9]] = target[ROW_OF[9]]
    # the difference of these is 1 in float32, so a walk measured from one end misses the other
    source[ROW_OF[12]], target[ROW_OF[12]] = 1, 1e-20
    source[ROW_OF[25]], target[ROW_OF[25]] = 1e-20, 1
    return source, target


def test_walk_is_exact_at_both_ends() -> None:
    source, target = random_vectors()
    first, last = interpolate_aus(source, target, np.array([0, 1], np.float32))
    np.testing.assert_array_equal(first, source)
    np.testing.assert_array_equal(last, target)


def test_walk_goes_straight_between_them() -> None:
    source, target = random_vectors()
    course = schedule_alphas(31, "smooth", "pingpong")
    frames = np.stack(list(interpolate_aus(source, target, course)))
    alpha = course.astype(np.float64)[:, None, None]
    np.testing.assert_allclose(frames, (1 - alpha) * source + alpha * target, atol=1e-6)
    assert frames.dtype == np.float32
    assert frames.min() >= 0
    assert frames.max() <= 1
    assert (frames[:, ROW_OF[9]] == source[ROW_OF[9]]).all()


def test_walk_is_lazy_and_its_frames_are_its_own() -> None:
    source, target = random_vectors()
    before = source.copy()
    frames = interpolate_aus(source, target, np.zeros(2, np.float32))
    assert isinstance(frames, Iterator)
    next(frames)[:] = 5
    np.testing.assert_array_equal(source, before)
    np.testing.assert_array_equal(next(frames), before)


@pytest.mark.parametrize(
    ("source", "target", "course"),
    [((17,), SHAPE, (3,)), (SHAPE, (17, 1), (3,)), (SHAPE, SHAPE, ())],
)
def test_walk_refuses_other_shapes_at_once(
    source: tuple[int, ...], target: tuple[int, ...], course: tuple[int, ...]
) -> None:
    zeros = (np.zeros(shape, np.float32) for shape in (source, target, course))
    with pytest.raises(ValueError, match="not"):
        interpolate_aus(*zeros)


@pytest.mark.parametrize(
    ("frames", "duration", "fps", "expected"),
    [
        (None, None, 25, DEFAULT_FRAMES),
        (1, None, 25, 1),
        (MAX_FRAMES, None, 25, MAX_FRAMES),
        (None, 2, 25, 50),
        (None, 1.5, 23.976, 36),
        (50, 2.0, 25, 50),
    ],
)
def test_frame_count(frames: int | None, duration: float | None, fps: float, expected: int) -> None:
    count = count_frames(frames, duration, fps)
    assert count == expected
    assert isinstance(count, int)


@pytest.mark.parametrize(
    ("frames", "duration", "fps", "message"),
    [
        (0, None, 25, "0 frames"),
        (-1, None, 25, "-1 frames"),
        (MAX_FRAMES + 1, None, 25, "out of range"),
        (None, 0.01, 25, "0 frames"),
        (None, 1e6, 25, "out of range"),
        (None, 0, 25, "cannot last"),
        (None, -2.0, 25, "cannot last"),
        (None, float("nan"), 25, "cannot last"),
        (None, float("inf"), 25, "cannot last"),
        (None, 1e308, 25, "cannot last"),
        (30, 2.0, 25, "50 frames, not 30"),
        (30, None, 0, "frames a second"),
        (30, None, 1000, "frames a second"),
        (30, None, float("nan"), "frames a second"),
    ],
)
def test_impossible_frame_counts_are_refused(
    frames: int | None, duration: float | None, fps: float, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        count_frames(frames, duration, fps)
