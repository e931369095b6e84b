"""A clip: one photo on its way from one expression to another, or through a performance.

animate(), animate_timeline() and animate_by_video() are `ganimate render`, `ganimate timeline` and
`ganimate drive` as functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import SHAPE
from ganimate.arrays import AUVector, Photo
from ganimate.errors import FaceError
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo, resize_longest
from ganimate.networks.device import choose_device
from ganimate.networks.generators import load_generator
from ganimate.performance.driver import measure_driver, transfer_performance
from ganimate.performance.expressions import Expression, is_photo_name, parse_expression
from ganimate.performance.performance import (
    Performance,
    RenderEase,
    RenderLoop,
    interpolate_aus,
    perform,
    schedule_alphas,
)
from ganimate.performance.timeline import Timeline
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import Animator, draw_frames
from ganimate.rendering.calibration import STRETCH, Correction, fit_correction
from ganimate.rendering.compositor import Layer
from ganimate.rendering.kinds import open_animator
from ganimate.weights import DEFAULT_MODEL, find_model, load_face_models


@dataclass(frozen=True)
class Course:
    """Where a face starts and ends.

    Attributes:
        portrait: the face.
        source: (17, 2) in [0, 1], the action units that it starts from.
        target: (17, 2) in [0, 1], the action units that it ends with.
    """

    portrait: Portrait
    source: AUVector
    target: AUVector


@dataclass(frozen=True)
class Clip(Iterator[Photo]):
    """Frames (H, W, 3) uint8 RGB, drawn as they are asked for.

    Attributes:
        courses: what was asked of each face.
        frames: the pictures still to come.
    """

    courses: Sequence[Course]
    frames: Iterator[Photo]

    def __next__(self) -> Photo:
        """Draw the next frame."""
        return next(self.frames)


@dataclass(frozen=True)
class DrivenClip(Clip):
    """A clip of faces that follow the face of a video.

    Attributes:
        performances: what each face does.
        face_found: (n,) whether the driver's face was found in each frame.
    """

    performances: Sequence[Performance]
    face_found: NDArray[np.bool_]


def animate(
    photo: str | Path | Photo,
    to: str,
    *,
    start: str | None = None,
    frames: int = 30,
    ease: RenderEase = "smooth",
    loop: RenderLoop = "once",
    face: str = "largest",
    size: int | None = None,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
) -> Clip:
    """Bring a face photo to life.

    Args:
        photo: a path, or an (H, W, 3) uint8 RGB array.
        to: an expression such as "smile", "smile:0.6" or "AU12=0.9,AU6=0.5", or a photo to copy.
        start: where the clip starts; by default at the photo's own expression, and its first frame
            is the photo.
        frames: how many.
        ease: "smooth" starts and stops gently, "linear" has constant speed.
        loop: "once", "pingpong" (there and back) or "hold" (rests at the end).
        face: "largest", "all" or an index, 0 being the largest.
        size: longest side in pixels; the photo's own by default.
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".

    Returns:
        An iterator of `frames` pictures (H, W, 3) uint8 RGB, drawn lazily.

    Raises:
        GanimateError: the request cannot be met; at once, before the first frame.
    """
    steps = schedule_alphas(frames, ease, loop)
    models = load_face_models()
    end = resolve_expression(to, models)
    beginning = None if start is None else resolve_expression(start, models)
    animators = open_animators(photo, models, face, size=size, model=model, device=device)

    def plan_course(portrait: Portrait) -> Course:
        source = beginning.apply_to(portrait.aus) if beginning else portrait.aus
        return Course(portrait, source, end.apply_to(portrait.aus))

    def make_layers(animator: Animator, course: Course) -> Iterator[Layer]:
        first, last = (animator.calibrate([aus])[0] for aus in (course.source, course.target))
        shown = interpolate_aus(course.source, course.target, steps)
        yield from animator.layers(shown, interpolate_aus(first, last, steps))

    courses = [plan_course(animator.portrait) for animator in animators]
    sequences = [make_layers(one, course) for one, course in zip(animators, courses, strict=True)]
    return Clip(courses, draw_frames(animators, sequences))


def animate_timeline(
    timeline: Timeline, *, model: str = DEFAULT_MODEL, device: str = "auto"
) -> Clip:
    """Bring a photo to life by keyframes.

    Args:
        timeline: the photo and what its faces show when.
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".

    Raises:
        GanimateError: the request cannot be met; at once, before the first frame.
    """
    animators = open_animators(
        timeline.photo,
        load_face_models(),
        timeline.face,
        size=timeline.size,
        model=model,
        device=device,
    )
    performances = [perform(timeline, animator.portrait.aus) for animator in animators]
    return animate_performances(animators, performances)


def animate_by_video(
    photo: str | Path | Photo,
    video: Iterable[Photo],
    fps: float,
    *,
    neutral_at: float | None = None,
    head: bool = False,
    face: str = "largest",
    size: int | None = None,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
) -> DrivenClip:
    """Bring a photo to life by a video of another face.

    The video is watched to its end at once; a few numbers a frame are kept of it.

    Args:
        photo: a path, or an (H, W, 3) uint8 RGB array.
        video: frames (H, W, 3) uint8 RGB.
        fps: how many of them go by in a second.
        neutral_at: seconds at which the face in the video is at rest; found by default.
        head: whether the head turns, too.
        face: "largest", "all" or an index, 0 being the largest.
        size: longest side in pixels; the photo's own by default.
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".

    Returns:
        An iterator of as many pictures (H, W, 3) uint8 RGB as the video has, drawn lazily.

    Raises:
        GanimateError: the request cannot be met; before the first frame.
    """
    models = load_face_models()
    # First, as what is wrong with a photo should be said before minutes of video are watched.
    animators = open_animators(photo, models, face, size=size, model=model, device=device)
    motion = measure_driver(video, fps, models)
    performances = [
        transfer_performance(motion, animator.portrait.aus, neutral_at=neutral_at, head=head)
        for animator in animators
    ]
    clip = animate_performances(animators, performances)
    return DrivenClip(
        courses=clip.courses,
        frames=clip.frames,
        performances=performances,
        face_found=motion.face_found,
    )


def resolve_expression(text: str, models: FaceModels) -> Expression:
    """Read what a face is asked for: an expression, or the path of a photo to copy.

    The largest face of a photo is measured, once.

    Raises:
        UsageError: the text is neither.
        PhotoError: the photo cannot be read.
        FaceError: the photo shows no usable face.
    """
    if not is_photo_name(text):
        return parse_expression(text)
    try:
        aus = find_portraits(read_photo(text), models)[0].aus
    except FaceError as error:
        raise FaceError(f"{text}: {error}") from error
    values = {(row, column): float(aus[row, column]) for row, column in np.ndindex(*SHAPE)}
    return Expression(text, values, relaxes=True)


def open_animators(
    photo: str | Path | Photo,
    models: FaceModels,
    face: str = "largest",
    *,
    size: int | None = None,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
) -> list[Animator]:
    """Make the chosen faces of a photo ready to be moved.

    Args:
        photo: a path, or an (H, W, 3) uint8 RGB array.
        models: what is known of faces.
        face: "largest", "all" or an index, 0 being the largest.
        size: longest side in pixels; the photo's own by default.
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".

    Raises:
        GanimateError: the photo, the face, the model or the device is none that can be used.
    """
    chosen = choose_device(device)
    pixels = photo if isinstance(photo, np.ndarray) else read_photo(photo)
    if size is not None:
        pixels = resize_longest(pixels, size)
    generator = load_generator(find_model(model)).to(chosen)
    portraits = find_portraits(pixels, models, face)
    return [open_animator(portrait, generator, models, chosen) for portrait in portraits]


def animate_performances(
    animators: Sequence[Animator], performances: Sequence[Performance]
) -> Clip:
    """Set up a clip in which each face of a photo does its own performance, all equally long."""
    pairs = list(zip(animators, performances, strict=True))
    courses = [
        Course(portrait=animator.portrait, source=acts.aus[0], target=acts.aus[-1])
        for animator, acts in pairs
    ]
    return Clip(courses, draw_frames(animators, [_perform(*pair) for pair in pairs]))


def fit_performance(animator: Animator, performance: Performance) -> Correction:
    """Calibrate a face for all that it does in a performance."""
    targets = performance.calibration_targets
    return fit_correction(animator, performance.aus if targets is None else targets)


def drive_performance(performance: Performance, correction: Correction) -> Iterator[AUVector]:
    """Compute what drives each frame, a stretch at a time: a long clip needs no more memory.

    Args:
        performance: what a face does.
        correction: how that face has to be driven, of fit_performance().

    Yields:
        (17, 2) for each frame, its blinks among them.
    """
    for start in range(0, len(performance.aus), STRETCH):
        stretch = performance.cut(start, start + STRETCH)
        yield from stretch.add_blinks(correction.drive(stretch.aus))


def _perform(animator: Animator, performance: Performance) -> Iterator[Layer]:
    """Make the layers of one face through its performance."""
    correction = fit_performance(animator, performance)
    shown = performance.add_blinks(performance.aus)
    drives = drive_performance(performance, correction)
    yield from animator.layers(shown, drives, performance.heads)
