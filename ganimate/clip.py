"""A clip: one photo on its way from one expression to another, or through a performance.

animate(), animate_timeline(), animate_by_video() and detect() are `ganimate render`, `timeline`,
`drive` and `detect` as functions; load() measures a photo once for many clips.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ganimate.arrays import Photo
from ganimate.concurrency import check_process
from ganimate.errors import FaceError, UsageError
from ganimate.face_models import FaceModels
from ganimate.frames import Clip, Course, DrivenClip, animate_performances, record_timeline
from ganimate.media.provenance import UNKNOWN, Provenance
from ganimate.networks.device import choose_device
from ganimate.networks.generators import load_action_unit_generator
from ganimate.performance.curves import KeyEase
from ganimate.performance.driver import measure_driver, transfer_performance
from ganimate.performance.expressions import Expression
from ganimate.performance.neutral import NeutralLike, find_neutral, place_neutral
from ganimate.performance.performance import DEFAULT_FRAMES, interpolate_aus, perform
from ganimate.performance.timeline import Loop
from ganimate.pixels import PhotoLike, describe_type, read_number, read_pixels
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import Animator, draw_frames
from ganimate.rendering.compositor import Layer
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.remembering import RememberingAnimator
from ganimate.requests import (
    ExpressionLike,
    FaceLike,
    TimelineLike,
    VideoLike,
    open_frames,
    read_face,
    read_keyframes,
    read_neutral,
    resolve_expression,
    schedule_frames,
)
from ganimate.weights import DEFAULT_MODEL, find_model, identify_model, load_face_models


@dataclass(frozen=True, repr=False, eq=False)
class LoadedPhoto:
    """A photo whose faces are measured, to be animated many times.

    What an expression needs to show on these faces is found once, so that the same expression costs
    its frames alone the next time. Several threads may animate it at once; a process may not that
    was forked from the one that loaded it.

    Attributes:
        animators: of the chosen faces, the largest first.
        models: what is known of faces.
        made: what files of all its clips say of how they were made: by which generator.
    """

    animators: Sequence[Animator]
    models: FaceModels
    made: Provenance = UNKNOWN

    @property
    def photo(self) -> Photo:
        """(H, W, 3) uint8 RGB, at the size of its clips."""
        return self.animators[0].portrait.photo

    @property
    def portraits(self) -> list[Portrait]:
        """The faces, measured, the largest first."""
        return [animator.portrait for animator in self.animators]

    def __repr__(self) -> str:
        """The photo's size and faces in a line."""
        height, width = self.photo.shape[:2]
        count = len(self.animators)
        return f"LoadedPhoto({width} x {height} px, {count} {'face' if count == 1 else 'faces'})"

    def animate(
        self,
        to: ExpressionLike,
        *,
        start: ExpressionLike | None = None,
        frames: int = DEFAULT_FRAMES,
        ease: KeyEase = "smooth",
        loop: Loop = "once",
    ) -> Clip:
        """Animate the photo to an expression.

        Args:
            to: what its faces shall show: see animate().
            start: where the clip starts; by default at the photo's own expression.
            frames: how many.
            ease: "smooth" starts and stops gently, "linear" has constant speed.
            loop: "once", "pingpong" (there and back) or "hold" (rests at the end).

        Raises:
            GanimateError: the request cannot be met; at once, before the first frame.
        """
        steps = schedule_frames(frames, ease, loop)
        end = resolve_expression(to, self.models)
        beginning = None if start is None else resolve_expression(start, self.models)

        def plan_course(portrait: Portrait) -> Course:
            source = beginning.apply_to(portrait.aus) if beginning else portrait.aus
            return Course(portrait, source, end.apply_to(portrait.aus))

        def make_layers(animator: Animator, course: Course) -> Iterator[Layer]:
            first, last = (animator.calibrate([aus])[0] for aus in (course.source, course.target))
            shown = interpolate_aus(course.source, course.target, steps)
            yield from animator.layers(shown, interpolate_aus(first, last, steps))

        courses = [plan_course(portrait) for portrait in self.portraits]
        pairs = list(zip(self.animators, courses, strict=True))
        return Clip(
            courses=courses,
            draw=lambda: draw_frames(self.animators, [make_layers(*pair) for pair in pairs]),
            count=len(steps),
            loops=loop != "once",
            made=replace(self.made, expression=_name_way(end, beginning)),
        )

    def timeline(self, timeline: TimelineLike) -> Clip:
        """Animate the photo by keyframes, whatever photo, face and size they name.

        Args:
            timeline: as animate_timeline() takes it; what is no file need name no photo.

        Raises:
            UsageError: the keyframes are wrong.
        """
        asked = read_keyframes(timeline, photo_needed=False)
        performances = [perform(asked, portrait.aus) for portrait in self.portraits]
        return animate_performances(
            self.animators,
            performances,
            fps=asked.fps,
            loops=asked.repeats,
            made=record_timeline(self.made, asked),
        )

    def drive(
        self,
        video: VideoLike,
        fps: float | None = None,
        *,
        start: float = 0.0,
        end: float | None = None,
        neutral: NeutralLike = "auto",
        neutral_at: float | None = None,
        head: bool = False,
    ) -> DrivenClip:
        """Animate the photo by a video of another face.

        Args:
            video: the path of a video's file, or frames (H, W, 3) uint8 RGB.
            fps: how many frames go by in a second; by default those of the file.
            start: seconds of the video at which the part begins that is followed.
            end: seconds of the video at which it ends; by default at the video's own end.
            neutral: what its face's expressions are counted from: see animate_by_video().
            neutral_at: what `neutral` was called when it could only be seconds.
            head: whether the head turns, too.

        Raises:
            GanimateError: the request cannot be met; before the first frame.
        """
        start = read_number(start, "`start`")
        end = None if end is None else read_number(end, "`end`")
        asked = place_neutral(read_neutral(neutral, neutral_at), start, end)
        frames, rate, driver = open_frames(video, fps, start, end)
        motion = measure_driver(frames, rate, self.models)
        rest = find_neutral(motion.aus, motion.fps, asked)
        performances = [
            transfer_performance(motion, portrait.aus, neutral=rest, head=bool(head))
            for portrait in self.portraits
        ]
        clip = animate_performances(self.animators, performances, fps=rate)
        return DrivenClip(
            courses=clip.courses,
            draw=clip.draw,
            count=clip.count,
            fps=rate,
            made=replace(self.made, expression="driven"),
            performances=performances,
            face_found=motion.face_found,
            neutral=rest,
            driver=driver,
        )


def load(
    photo: PhotoLike,
    *,
    face: FaceLike = "largest",
    size: int | None = None,
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    device: str = "auto",
) -> LoadedPhoto:
    """Measure the faces of a photo once, to animate them many times.

    Args:
        photo: a path, the bytes of a file, an open file, an image of Pillow or an array, as
            read_pixels() says.
        face: "largest", "all" or an index, 0 being the largest.
        size: longest side in pixels; the photo's own by default.
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".

    Raises:
        GanimateError: the photo, the face, the model or the device is none that can be used.
    """
    models = load_face_models()
    animators = open_animators(photo, models, face, size=size, model=model, device=device)
    made = identify_model(find_model(os.fspath(model)))
    return LoadedPhoto([RememberingAnimator(animator) for animator in animators], models, made)


def _name_way(end: Expression, beginning: Expression | None) -> str:
    """Name an expression, and where a clip comes from if that is asked for, too."""
    return end.name if beginning is None else f"{beginning.name} to {end.name}"


def animate(
    photo: PhotoLike,
    to: ExpressionLike,
    *,
    start: ExpressionLike | None = None,
    frames: int = DEFAULT_FRAMES,
    ease: KeyEase = "smooth",
    loop: Loop = "once",
    face: FaceLike = "largest",
    size: int | None = None,
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    device: str = "auto",
) -> Clip:
    """Bring a face photo to life.

    Args:
        photo: a path, the bytes of a file, an open file, an image of Pillow or an array, as
            read_pixels() says.
        to: an expression such as "smile", "smile:0.6", "AU12=0.9,AU6=0.5" or {"AU12": 0.9}; all
            action units (17, 2); or a face or a photo to copy.
        start: where the clip starts; by default at the photo's own expression, and its first frame
            is the photo.
        frames: how many.
        ease: "smooth" starts and stops gently, "linear" has constant speed; "in", "out", "in-out",
            "step", or the four numbers of a cubic-bezier, as those of a timeline's keys.
        loop: "once", "pingpong" or "seamless" (there and back), or "hold" (rests at the end).
        face: "largest", "all" or an index, 0 being the largest.
        size: longest side in pixels; the photo's own by default.
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".

    Returns:
        An iterator of `frames` pictures (H, W, 3) uint8 RGB, drawn lazily.

    Raises:
        GanimateError: the request cannot be met; at once, before the first frame.
    """
    # What is wrong with the request is said before the photo is measured.
    schedule_frames(frames, ease, loop)
    models = load_face_models()
    end = resolve_expression(to, models)
    beginning = None if start is None else resolve_expression(start, models)
    loaded = load(photo, face=face, size=size, model=model, device=device)
    return loaded.animate(end, start=beginning, frames=frames, ease=ease, loop=loop)


def animate_timeline(
    timeline: TimelineLike, *, model: str | os.PathLike[str] = DEFAULT_MODEL, device: str = "auto"
) -> Clip:
    """Bring a photo to life by keyframes.

    Args:
        timeline: the photo and what its faces show when; the path of a file that says it, or what
            such a file holds, whose paths are then relative to the current folder.
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".

    Raises:
        GanimateError: the request cannot be met; at once, before the first frame.
    """
    asked = read_keyframes(timeline)
    loaded = load(asked.photo, face=asked.face, size=asked.size, model=model, device=device)
    return loaded.timeline(asked)


def animate_by_video(
    photo: PhotoLike,
    video: VideoLike,
    fps: float | None = None,
    *,
    start: float = 0.0,
    end: float | None = None,
    neutral: NeutralLike = "auto",
    neutral_at: float | None = None,
    head: bool = False,
    face: FaceLike = "largest",
    size: int | None = None,
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    device: str = "auto",
) -> DrivenClip:
    """Bring a photo to life by a video of another face.

    The video is watched to its end at once; a few numbers a frame are kept of it.

    Args:
        photo: a path, the bytes of a file, an open file, an image of Pillow or an array, as
            read_pixels() says.
        video: the path of a video's file, or frames (H, W, 3) uint8 RGB.
        fps: how many frames go by in a second; by default those of the file.
        start: seconds of the video at which the part begins that is followed.
        end: seconds of the video at which it ends; by default at the video's own end.
        neutral: what its face's expressions are counted from: "auto" finds its rest and, where it
            never rests, takes what it shows as it is; "absolute" always takes it as it is; a number
            is the seconds of the video at which it rests.
        neutral_at: what `neutral` was called when it could only be seconds.
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
    # First, as what is wrong with a photo should be said before minutes of video are watched.
    loaded = load(photo, face=face, size=size, model=model, device=device)
    return loaded.drive(
        video, fps, start=start, end=end, neutral=neutral, neutral_at=neutral_at, head=head
    )


def detect(photo: PhotoLike, *, face: FaceLike = "all", size: int | None = None) -> list[Portrait]:
    """Find and measure the faces of a photo, those among them that cannot be animated.

    Args:
        photo: a path, the bytes of a file, an open file, an image of Pillow or an array, as
            read_pixels() says.
        face: "largest", "all" or an index, 0 being the largest.
        size: longest side in pixels at which they are searched; the photo's own by default.

    Returns:
        The faces, the largest first.

    Raises:
        GanimateError: the photo cannot be read, or shows no face.
    """
    check_process()
    return find_portraits(
        read_pixels(photo, size), load_face_models(), read_face(face), usable=False
    )


def open_animators(
    photo: PhotoLike,
    models: FaceModels,
    face: FaceLike = "largest",
    *,
    size: int | None = None,
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    device: str = "auto",
) -> list[Animator]:
    """Make the chosen faces of a photo ready to be moved.

    Args:
        photo: a path, the bytes of a file, an open file, an image of Pillow or an array, as
            read_pixels() says.
        models: what is known of faces.
        face: "largest", "all" or an index, 0 being the largest.
        size: longest side in pixels; the photo's own by default.
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".

    Raises:
        GanimateError: the photo, the face, the model or the device is none that can be used.
    """
    check_process()
    chosen, which = choose_device(str(device)), read_face(face)
    if not isinstance(model, (str, os.PathLike)):
        raise UsageError(f"`model` is a name or a path, not {describe_type(model)}")
    pixels = read_pixels(photo, size)
    generator = load_action_unit_generator(find_model(os.fspath(model))).to(chosen)
    try:
        portraits = find_portraits(pixels, models, which)
    except FaceError as error:
        if size is None:
            raise
        raise FaceError(f"At a `size` of {size}: {error} Or give a larger `size`.") from error
    return [open_animator(portrait, generator, models, chosen) for portrait in portraits]
