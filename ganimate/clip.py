"""A clip: one photo on its way from one expression to another, or through a performance.

`ganimate render`, `ganimate timeline` and `ganimate drive` as functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganimate.action_units import SHAPE
from ganimate.arrays import AUVector, Photo
from ganimate.errors import FaceError
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo, resize_longest
from ganimate.networks.device import choose_device
from ganimate.networks.generators import load_generator
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
from ganimate.weights import DEFAULT_MODEL, load_face_models, model_path


@dataclass(frozen=True)
class Course:
    """Where a face starts and ends.

    Attributes:
        portrait: the face.
        source: (17, 2) that it starts from.
        target: (17, 2) that it ends with.
    """

    portrait: Portrait
    source: AUVector
    target: AUVector


@dataclass(frozen=True)
class Clip(Iterator[Photo]):
    """Frames (H, W, 3) uint8 RGB, drawn as they are asked for.

    Attributes:
        courses: what was asked of each face.
        frames: the pictures.
    """

    courses: Sequence[Course]
    frames: Iterator[Photo]

    def __next__(self) -> Photo:
        """Draw the next frame."""
        return next(self.frames)


def resolve_expression(text: str, models: FaceModels) -> Expression:
    """Read what a face is asked for: an expression, or the path of a photo to copy.

    Of a photo, its largest face is measured once.

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
    """Set up the clip of a timeline; nothing is rendered yet.

    Raises:
        GanimateError: as animate() does.
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


def open_animators(
    photo: str | Path | Photo,
    models: FaceModels,
    face: str = "largest",
    *,
    size: int | None = None,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
) -> list[Animator]:
    """The chosen faces of a photo, ready to be moved. Arguments and errors are animate()'s."""
    chosen = choose_device(device)
    pixels = photo if isinstance(photo, np.ndarray) else read_photo(photo)
    if size is not None:
        pixels = resize_longest(pixels, size)
    generator = load_generator(model_path(model)).to(chosen)
    portraits = find_portraits(pixels, models, face)
    return [open_animator(portrait, generator, models, chosen) for portrait in portraits]


def animate_performances(
    animators: Sequence[Animator], performances: Sequence[Performance]
) -> Clip:
    """Set up a clip in which each face of a photo does its own performance, all equally long."""
    pairs = list(zip(animators, performances, strict=True))
    courses = [Course(one.portrait, acts.aus[0], acts.aus[-1]) for one, acts in pairs]
    return Clip(courses, draw_frames(animators, [_perform(*pair) for pair in pairs]))


def _perform(animator: Animator, performance: Performance) -> Iterator[Layer]:
    poses = (
        performance.aus
        if performance.calibration_targets is None
        else performance.calibration_targets
    )
    correction = fit_correction(animator, poses)
    shown = performance.add_blinks(performance.aus)
    yield from animator.layers(shown, _drive(performance, correction), performance.heads)


def _drive(performance: Performance, correction: Correction) -> Iterator[AUVector]:
    """What drives each frame, a stretch at a time: a long clip needs no more memory."""
    for start in range(0, len(performance.aus), STRETCH):
        stretch = performance.cut(start, start + STRETCH)
        yield from stretch.add_blinks(correction.drive(stretch.aus))
