"""`ganimate.animate` from photo to frames, with an untrained generator: the warp alone shows it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from values import changed, pixels

import ganimate
from ganimate.action_units import LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.arrays import AUVector, Photo
from ganimate.clip import Clip, animate, animate_by_video
from ganimate.errors import FaceError, ModelError, PhotoError, UsageError, VideoError
from ganimate.face.landmarks import LIDS_OF_SIDE
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo, resize_longest
from ganimate.networks.generators import load_generator
from ganimate.performance.expressions import PRESETS
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering import warp_animator
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.settings import CALIBRATION, PAINT
from ganimate.requests import resolve_expression


def last(frames: Iterator[Photo]) -> Photo:
    *_, frame = frames
    return frame


def shown(frame: Photo, face_models: FaceModels) -> AUVector:
    """The AUs (17, 2) of the largest face, measured again."""
    return find_portraits(frame, face_models)[0].aus


def eye_openings(portrait: Portrait) -> list[float]:
    """Mean height of the (left, right) eye over the face's width."""
    points = portrait.face.landmarks
    return [
        float((points[lids.lower[0], 1] - points[lids.upper[0], 1]).mean() / portrait.pose.scale)
        for lids in LIDS_OF_SIDE
    ]


# what comes out


def test_from_the_package(astronaut: Path, model: Path) -> None:
    frames = list(ganimate.animate(str(astronaut), to="surprise", frames=3, model=str(model)))
    assert len(frames) == 3
    assert {(frame.shape, frame.dtype.name) for frame in frames} == {((512, 512, 3), "uint8")}


@pytest.mark.parametrize("ease", ["linear", "smooth"])
@pytest.mark.parametrize("loop", ["once", "pingpong", "hold"])
def test_frame_0_is_the_photo(astronaut: Path, model: Path, ease: str, loop: str) -> None:
    clip = animate(astronaut, "anger", frames=5, ease=ease, loop=loop, model=str(model))
    photo = read_photo(astronaut)
    assert np.array_equal(next(clip), photo)
    assert not np.array_equal(next(clip), photo)


def test_an_array_is_as_good_as_a_path(astronaut: Path, model: Path) -> None:
    photo = read_photo(astronaut)
    before = photo.copy()
    from_array = last(animate(photo, "sad", frames=2, model=str(model)))
    assert np.array_equal(from_array, last(animate(astronaut, "sad", frames=2, model=str(model))))
    assert np.array_equal(photo, before)


def test_equal_runs_are_equal(grace_hopper: Path, model: Path) -> None:
    first, second = (
        list(animate(grace_hopper, "laugh", frames=4, model=str(model))) for _ in range(2)
    )
    assert all(np.array_equal(*pair) for pair in zip(first, second, strict=True))


def test_what_is_far_from_the_face_stays(grace_hopper: Path, model: Path) -> None:
    photo = read_photo(grace_hopper)
    frame = last(animate(grace_hopper, "surprise", frames=2, model=str(model)))
    rows, columns = np.nonzero((frame != photo).any(axis=2))
    assert 0 < len(rows) < 0.5 * photo.shape[0] * photo.shape[1]
    assert rows.min() > 20
    assert rows.max() < 500
    assert columns.min() > 40


def test_size(astronaut: Path, model: Path) -> None:
    frames = animate(astronaut, "smile", frames=2, size=300, model=str(model))
    assert np.array_equal(next(frames), resize_longest(read_photo(astronaut), 300))


def test_pingpong_comes_back_the_same_way(astronaut: Path, model: Path) -> None:
    frames = list(animate(astronaut, "sad", frames=6, loop="pingpong", model=str(model)))
    for there, back in ((1, 5), (2, 4)):
        # Another place in the batch may round differently.
        assert np.abs(frames[there].astype(int) - frames[back]).mean() < 0.02
    assert np.abs(frames[3].astype(int) - frames[0]).mean() > 0.2


def test_start(grace_hopper: Path, model: Path, face_models: FaceModels) -> None:
    first = next(
        animate(grace_hopper, "neutral", start="AU25=0.8,AU26=0.8", frames=3, model=str(model))
    )
    assert shown(first, face_models)[ROW_OF[26]].min() > 0.4


# lazily


def test_frames_are_made_when_they_are_asked_for(
    astronaut: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = Mock(wraps=warp_animator.plan_frame)  # called once for each frame that is drawn
    monkeypatch.setattr(warp_animator, "plan_frame", planned)
    frames = animate(astronaut, "laugh", frames=10_000, model=str(model))
    assert planned.call_count == 0
    next(frames)
    assert 0 < planned.call_count <= PAINT.batch + 2 * CALIBRATION.rounds
    for _ in range(PAINT.batch):
        next(frames)
    assert planned.call_count <= 2 * PAINT.batch + 2 * CALIBRATION.rounds


def test_frames_that_are_done_with_are_freed(astronaut: Path, model: Path) -> None:
    frames = animate(astronaut, "laugh", frames=12, model=str(model))
    seen: list[weakref.ref[np.ndarray]] = []
    alive = 0
    for frame in frames:
        seen.append(weakref.ref(frame))
        del frame
        gc.collect()
        alive = max(alive, sum(one() is not None for one in seen))
    assert len(seen) == 12
    assert alive <= 2  # the one just given out, and the one that is still in the generator's hand


# what it shows


@pytest.mark.parametrize(
    ("to", "number", "at_least"),
    [("smile", 12, 0.5), ("AU25=0.8,AU26=0.8", 26, 0.4), ("surprise", 25, 0.3)],
)
def test_the_last_frame_shows_it(
    grace_hopper: Path,
    serious: Portrait,
    model: Path,
    face_models: FaceModels,
    to: str,
    number: int,
    at_least: float,
) -> None:
    frame = last(animate(grace_hopper, to, frames=2, model=str(model)))
    row = ROW_OF[number]
    after = shown(frame, face_models)[row].mean()
    assert after > at_least
    assert after > serious.aus[row].mean() + 0.25


def test_brows_rise(
    astronaut: Path, smiling: Portrait, model: Path, face_models: FaceModels
) -> None:
    frame = last(animate(astronaut, "surprise", frames=2, model=str(model)))
    for row in (ROW_OF[1], ROW_OF[2]):
        assert shown(frame, face_models)[row].mean() > smiling.aus[row].mean() + 0.3


def test_a_smile_can_be_taken_away(astronaut: Path, model: Path, face_models: FaceModels) -> None:
    frame = last(animate(astronaut, "neutral", frames=2, model=str(model)))
    assert shown(frame, face_models)[ROW_OF[12]].max() < 0.4


def test_a_blink_closes_the_eyes(
    astronaut: Path, smiling: Portrait, model: Path, face_models: FaceModels
) -> None:
    frame = last(animate(astronaut, "AU45=1", frames=2, model=str(model)))
    before = eye_openings(smiling)
    after = eye_openings(find_portraits(frame, face_models)[0])
    for shut, opened in zip(after, before, strict=True):
        # The detector hardly believes in shut eyes that no trained generator has painted.
        assert shut < 0.75 * opened


def test_a_wink_closes_one(
    astronaut: Path, smiling: Portrait, model: Path, face_models: FaceModels
) -> None:
    frame = last(animate(astronaut, "AU45R=1", frames=2, model=str(model)))
    before = eye_openings(smiling)
    after = eye_openings(find_portraits(frame, face_models)[0])
    assert after[RIGHT] < 0.8 * before[RIGHT]
    assert after[RIGHT] < 0.9 * after[LEFT]


def test_another_photo_is_copied(
    grace_hopper: Path,
    astronaut: Path,
    smiling: Portrait,
    serious: Portrait,
    model: Path,
    face_models: FaceModels,
) -> None:
    clip = animate(grace_hopper, str(astronaut), frames=2, model=str(model))
    (course,) = clip.courses
    assert np.array_equal(course.source, serious.aus)
    assert np.array_equal(course.target, smiling.aus)
    after = shown(last(clip), face_models)
    assert np.abs(after - smiling.aus).mean() < 0.5 * np.abs(serious.aus - smiling.aus).mean()


def test_both_faces_of_a_group(group: Path, model: Path) -> None:
    def halves(face: str) -> list[bool]:
        """Whether the left and the right half of the group changed."""
        frame = last(animate(group, "fear", frames=2, face=face, model=str(model)))
        differs = (frame != pixels(group)).any(axis=2)
        return [bool(differs[:, :512].any()), bool(differs[:, 512:].any())]

    assert halves("all") == [True, True]
    assert halves("largest") == [False, True]
    assert halves("1") == [True, False]


def test_courses_of_a_group(group: Path, model: Path) -> None:
    clip = animate(group, "AU12L=0.5", face="all", model=str(model))
    assert isinstance(clip, Clip)
    hopper, collins = clip.courses
    assert hopper.portrait.face.box.left > 512 > collins.portrait.face.box.left
    for course in clip.courses:
        assert np.array_equal(course.source, course.portrait.aus)
        assert np.array_equal(course.target, changed_left(course.source, 12, 0.5))


def changed_left(aus: AUVector, number: int, intensity: float) -> AUVector:
    return changed(aus, {number: (intensity, float(aus[ROW_OF[number], RIGHT]))})


# by a video


def test_faces_follow_a_video(group: Path, grace_hopper: Path, model: Path) -> None:
    driver = list(animate(grace_hopper, "AU25=0.8,AU26=0.8", frames=6, model=str(model)))
    clip = animate_by_video(group, driver, 3.0, neutral_at=0.0, face="all", model=str(model))
    assert clip.face_found.tolist() == [True] * 6
    assert len(clip.performances) == len(clip.courses) == 2
    for course, performance in zip(clip.courses, clip.performances, strict=True):
        assert performance.heads is None
        opens = performance.aus[:, ROW_OF[26]].mean(axis=1)
        assert np.array_equal(course.target, performance.aus[-1])
        assert opens[-1] > opens[0] + 0.2
    frames = list(clip)
    assert len(frames) == 6
    assert (frames[-1] != pixels(group)).any()


def test_what_is_wrong_with_a_photo_comes_before_the_video(
    faceless: Path, astronaut: Path, model: Path
) -> None:
    video = iter([np.zeros((64, 64, 3), np.uint8)])
    with pytest.raises(FaceError, match="No face found"):
        animate_by_video(faceless, video, 25.0, model=str(model))
    assert next(video, None) is not None
    with pytest.raises(VideoError, match="no face is seen"):
        animate_by_video(astronaut, video, 25.0, model=str(model))


# calibration


def test_calibration_of_no_change_is_none(
    serious: Portrait, model: Path, face_models: FaceModels
) -> None:
    animator = open_animator(serious, load_generator(model), face_models)
    (drive,) = animator.calibrate([serious.aus.copy()])
    assert np.array_equal(drive, serious.aus)


@pytest.mark.parametrize("preset", ["laugh", "surprise", "disgust"])
def test_calibration_comes_nearer(
    serious: Portrait, model: Path, face_models: FaceModels, preset: str
) -> None:
    animator = open_animator(serious, load_generator(model), face_models)
    target = PRESETS[preset].apply_to(serious.aus)
    (drive,) = animator.calibrate([target])
    assert drive.shape == SHAPE
    assert drive.dtype == np.float32
    assert np.abs(drive - target).max() <= CALIBRATION.limit + 1e-6
    misses = []
    for driven in (target, drive):
        frame = draw_frame(animator, next(animator.layers([target], [driven])))
        misses.append(np.abs(shown(frame, face_models) - target).mean())
    assert misses[1] < misses[0]


# errors, before the first frame


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"to": "smlie"}, UsageError, "did you mean smile"),
        ({"to": "missing.jpg"}, PhotoError, "missing.jpg does not exist"),
        ({"start": "AU12=7"}, UsageError, "0 to 1"),
        ({"photo": "missing.jpg"}, PhotoError, "missing.jpg does not exist"),
        ({"frames": 0}, UsageError, "0 frames"),
        ({"ease": "bouncy"}, UsageError, "bouncy"),
        ({"loop": "twice"}, UsageError, "twice"),
        ({"face": "1"}, UsageError, "no face 1"),
        ({"size": 0}, UsageError, "size"),
        ({"size": 100}, FaceError, "at least"),
        ({"model": "nothing"}, ModelError, "nothing"),
        ({"device": "gpu"}, UsageError, "gpu"),
    ],
)
def test_errors_come_at_once(
    astronaut: Path,
    model: Path,
    changes: dict[str, object],
    error: type[Exception],
    said: str,
) -> None:
    request = {"photo": astronaut, "to": "smile", "model": str(model), **changes}
    with pytest.raises(error, match=said):
        animate(**request)


def test_no_face(faceless: Path, astronaut: Path, model: Path) -> None:
    with pytest.raises(FaceError, match="No face found"):
        animate(faceless, "smile", model=str(model))
    with pytest.raises(FaceError, match=r"coffee\.png: No face found"):
        animate(astronaut, str(faceless), model=str(model))


def test_resolve_expression(face_models: FaceModels, smiling: Portrait, astronaut: Path) -> None:
    source = np.full(SHAPE, 0.25, np.float32)
    assert np.array_equal(
        resolve_expression("AU12=1", face_models).apply_to(source), changed(source, {12: 1.0})
    )
    assert not resolve_expression("neutral", face_models).apply_to(source).any()
    assert np.array_equal(
        resolve_expression(str(astronaut), face_models).apply_to(source), smiling.aus
    )
