"""A clip: one photo on its way from one expression to another, or through a performance.

`ganimate render`, `ganimate timeline` and `ganimate drive` as functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganimate.errors import FaceError
from ganimate.face.estimator import Estimator
from ganimate.face.landmarks import Photo
from ganimate.media.photo import read_photo, resize_longest
from ganimate.networks.device import choose_device
from ganimate.performance.expressions import (
    SHAPE,
    AUVector,
    Expression,
    names_a_photo,
    parse_expression,
)
from ganimate.performance.performance import Ease, Loop, Performance, alphas, perform, walk
from ganimate.performance.timeline import Timeline
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import Animator, Layer, frames_of
from ganimate.rendering.calibration import Correction, calibrated, fitted_correction
from ganimate.warp.prior import MotionPrior
from ganimate.weights import DEFAULT_MODEL, load_face_models, load_generator, model_path

STRETCH = 500  # frames whose drives are worked out at once


@dataclass(frozen=True)
class Course:
    """Where a face starts and ends."""

    portrait: Portrait
    source: AUVector  # (17, 2)
    target: AUVector  # (17, 2)


@dataclass(frozen=True)
class Clip(Iterator[Photo]):
    """Frames (H, W, 3) uint8 RGB, drawn as they are asked for, and what was asked of each face."""

    courses: Sequence[Course]
    frames: Iterator[Photo]

    def __next__(self) -> Photo:
        return next(self.frames)


def wanted_expression(text: str, models: tuple[MotionPrior, Estimator]) -> Expression:
    """What `--to` and `--from` mean: an expression, or the path of a photo to copy.

    Of a photo, its largest face is measured once. Raises UsageError, PhotoError or FaceError.
    """
    if not names_a_photo(text):
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
    ease: Ease = "smooth",
    loop: Loop = "once",
    face: str = "largest",
    size: int | None = None,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
) -> Clip:
    """Bring a face photo to life: an iterator of `frames` pictures (H, W, 3) uint8 RGB, lazily.

    photo: a path or an (H, W, 3) uint8 RGB array. to, start: expressions such as "smile",
    "smile:0.6", "AU12=0.9,AU6=0.5", or photos to copy; by default the clip starts at the photo's
    own expression, and its first frame is the photo. size: longest side in pixels, the photo's
    own by default. face: "largest", "all" or an index, 0 being the largest. model: a shipped
    model's name or a weights file. device: "auto", "cpu", "cuda" or "mps".

    Raises a GanimateError at once, before the first frame, when the request cannot be met.
    """
    steps = alphas(frames, ease, loop)
    models = load_face_models()
    end = wanted_expression(to, models)
    beginning = None if start is None else wanted_expression(start, models)
    animators = open_animators(photo, models, face, size=size, model=model, device=device)

    def course_of(portrait: Portrait) -> Course:
        source = beginning.applied_to(portrait.aus) if beginning else portrait.aus
        return Course(portrait, source, end.applied_to(portrait.aus))

    def layers(animator: Animator, course: Course) -> Iterator[Layer]:
        first = calibrated(animator, course.source, models[1])
        last = calibrated(animator, course.target, models[1])
        shown = walk(course.source, course.target, steps)
        yield from animator.layers(shown, walk(first, last, steps))

    courses = [course_of(animator.portrait) for animator in animators]
    sequences = [layers(one, course) for one, course in zip(animators, courses, strict=True)]
    return Clip(courses, frames_of(animators, sequences))


def make_timeline_clip(
    timeline: Timeline, *, model: str = DEFAULT_MODEL, device: str = "auto"
) -> Clip:
    """Set the clip of a timeline up. Nothing is rendered yet. Raises as `animate` does."""
    models = load_face_models()
    animators = open_animators(
        timeline.photo, models, timeline.face, size=timeline.size, model=model, device=device
    )
    performances = [perform(timeline, animator.portrait.aus) for animator in animators]
    return make_performed_clip(animators, performances, models[1])


def open_animators(
    photo: str | Path | Photo,
    models: tuple[MotionPrior, Estimator],
    face: str = "largest",
    *,
    size: int | None = None,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
) -> list[Animator]:
    """The chosen faces of a photo, ready to be moved. Arguments and errors as in `animate`."""
    chosen = choose_device(device)
    pixels = photo if isinstance(photo, np.ndarray) else read_photo(photo)
    if size is not None:
        pixels = resize_longest(pixels, size)
    generator = load_generator(model_path(model)).to(chosen)
    return [
        Animator(portrait, generator, models[0], chosen)
        for portrait in find_portraits(pixels, models, face)
    ]


def make_performed_clip(
    animators: Sequence[Animator], performances: Sequence[Performance], estimator: Estimator
) -> Clip:
    """Set a clip up in which each face of a photo does its own performance, all equally long."""
    pairs = list(zip(animators, performances, strict=True))
    courses = [Course(one.portrait, acts.aus[0], acts.aus[-1]) for one, acts in pairs]
    return Clip(courses, frames_of(animators, [_performed(*pair, estimator) for pair in pairs]))


def _performed(
    animator: Animator, performance: Performance, estimator: Estimator
) -> Iterator[Layer]:
    poses = performance.aus if performance.poses is None else performance.poses
    correction = fitted_correction(animator, poses, estimator)
    shown = performance.with_blinks(performance.aus)
    yield from animator.layers(shown, _drives(performance, correction), performance.heads)


def _drives(performance: Performance, correction: Correction) -> Iterator[AUVector]:
    """What drives each frame, a stretch at a time: a long clip needs no more memory."""
    for start in range(0, len(performance.aus), STRETCH):
        stretch = performance.stretch(start, start + STRETCH)
        yield from stretch.with_blinks(correction.drives(stretch.aus))
