"""A clip: one photo on its way from one expression to another, or through a performance.

animate(), animate_timeline(), animate_by_video() and detect() are `ganimate render`, `timeline`,
`drive` and `detect` as functions; load() measures a photo once for many clips.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType

from ganimate.action_unit_photo import ActionUnitPhoto
from ganimate.concurrency import check_process
from ganimate.emotion_photo import EmotionPhoto
from ganimate.errors import FaceError, UsageError
from ganimate.face_models import FaceModels
from ganimate.frames import Clip, DrivenClip
from ganimate.loaded_photo import Asked, LoadedPhoto, OpenModel
from ganimate.networks.device import choose_device
from ganimate.networks.first_order.generator import FirstOrderGenerator
from ganimate.networks.generators import (
    AnyGenerator,
    load_action_unit_generator,
    load_generator,
)
from ganimate.networks.motion import Generator
from ganimate.networks.paper import PaperGenerator
from ganimate.networks.stargan import StarganGenerator
from ganimate.performance.curves import KeyEase
from ganimate.performance.neutral import NeutralLike
from ganimate.performance.performance import DEFAULT_FRAMES
from ganimate.performance.timeline import Loop
from ganimate.pixels import PhotoLike, describe_type, read_pixels
from ganimate.portrait import Portrait, find_portraits
from ganimate.quality import hold_covered
from ganimate.reenacted_photo import ReenactedPhoto
from ganimate.rendering.animator import Animator
from ganimate.rendering.kinds import open_animator
from ganimate.requests import (
    ExpressionLike,
    FaceLike,
    TimelineLike,
    VideoLike,
    read_face,
    read_keyframes,
    schedule_frames,
)
from ganimate.weights import DEFAULT_MODEL, find_model, identify_model, load_face_models

KINDS: Mapping[type[AnyGenerator], type[LoadedPhoto]] = MappingProxyType(
    {
        Generator: ActionUnitPhoto,
        PaperGenerator: ActionUnitPhoto,
        StarganGenerator: EmotionPhoto,
        FirstOrderGenerator: ReenactedPhoto,
    }
)
"""Kind of generator -> the photos that it animates."""


def load(
    photo: PhotoLike,
    *,
    face: FaceLike = "largest",
    size: int | None = None,
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    device: str = "auto",
    move_covered: bool = False,
) -> LoadedPhoto:
    """Measure the faces of a photo once, to animate them many times.

    Args:
        photo: a path, the bytes of a file, an open file, an image of Pillow or an array, as
            read_pixels() says.
        face: "largest", "all" or an index, 0 being the largest.
        size: longest side in pixels; the photo's own by default.
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".
        move_covered: whether a mouth and eyes move, too, that something lies before.

    Raises:
        GanimateError: the photo, the face, the model or the device is none that can be used.
    """
    opened = _open_model(model, device)
    return _load(photo, opened, load_face_models(), face, size, move_covered=move_covered)


def _open_model(
    model: str | os.PathLike[str], device: str, asked: Asked | None = None
) -> OpenModel:
    """Load a generator onto its device, if it can be asked for what it shall be."""
    check_process()
    chosen = choose_device(str(device))
    if not isinstance(model, (str, os.PathLike)):
        raise UsageError(f"`model` is a name or a path, not {describe_type(model)}")
    weights = find_model(os.fspath(model))
    generator = load_generator(weights).to(chosen)
    opened = OpenModel(generator, chosen, identify_model(weights), weights)
    if asked is not None and asked not in KINDS[type(generator)].takes:
        raise opened.refuse()
    return opened


def _load(
    photo: PhotoLike,
    model: OpenModel,
    models: FaceModels,
    face: FaceLike,
    size: int | None,
    *,
    move_covered: bool,
) -> LoadedPhoto:
    """Measure the faces of a photo, for a kind of model."""
    kind = KINDS[type(model.generator)]
    portraits = _measure_faces(photo, models, face, size)
    if kind.holds and not move_covered:
        portraits = [hold_covered(portrait) for portrait in portraits]
    return kind.open(portraits, model, models)


def _measure_faces(
    photo: PhotoLike, models: FaceModels, face: FaceLike, size: int | None
) -> list[Portrait]:
    """The chosen faces of a photo, measured, the largest first."""
    which = read_face(face)
    pixels = read_pixels(photo, size)
    try:
        return find_portraits(pixels, models, which)
    except FaceError as error:
        if size is None:
            raise
        raise FaceError(f"At a `size` of {size}: {error} Or give a larger `size`.") from error


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
    move_covered: bool = False,
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
        move_covered: whether a mouth and eyes move, too, that something lies before.

    Returns:
        An iterator of `frames` pictures (H, W, 3) uint8 RGB, drawn lazily.

    Raises:
        GanimateError: the request cannot be met; at once, before the first frame.
    """
    # What is wrong with the request is said before the photo is measured.
    schedule_frames(frames, ease, loop)
    models = load_face_models()
    opened = _open_model(model, device, "expressions")
    kind = KINDS[type(opened.generator)]

    def read_expression(expression: ExpressionLike) -> ExpressionLike:
        return kind.read_expression(expression, opened.generator, models)

    end = read_expression(to)
    beginning = None if start is None else read_expression(start)
    loaded = _load(photo, opened, models, face, size, move_covered=move_covered)
    return loaded.animate(end, start=beginning, frames=frames, ease=ease, loop=loop)


def animate_timeline(
    timeline: TimelineLike,
    *,
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    device: str = "auto",
    move_covered: bool = False,
) -> Clip:
    """Bring a photo to life by keyframes.

    Args:
        timeline: the photo and what its faces show when; the path of a file that says it, or what
            such a file holds, whose paths are then relative to the current folder.
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".
        move_covered: whether a mouth and eyes move, too, that something lies before.

    Raises:
        GanimateError: the request cannot be met; at once, before the first frame.
    """
    asked = read_keyframes(timeline)
    opened = _open_model(model, device, "keyframes")
    models = load_face_models()
    loaded = _load(asked.photo, opened, models, asked.face, asked.size, move_covered=move_covered)
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
    move_covered: bool = False,
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
        move_covered: whether a mouth and eyes move, too, that something lies before.

    Returns:
        An iterator of as many pictures (H, W, 3) uint8 RGB as the video has, drawn lazily.

    Raises:
        GanimateError: the request cannot be met; before the first frame.
    """
    # First, as what is wrong with a photo should be said before minutes of video are watched.
    opened = _open_model(model, device, "videos")
    loaded = _load(photo, opened, load_face_models(), face, size, move_covered=move_covered)
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
    """Make the chosen faces of a photo ready to be moved; what is covered stays still.

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
    chosen = choose_device(str(device))
    if not isinstance(model, (str, os.PathLike)):
        raise UsageError(f"`model` is a name or a path, not {describe_type(model)}")
    generator = load_action_unit_generator(find_model(os.fspath(model))).to(chosen)
    portraits = _measure_faces(photo, models, face, size)
    return [
        open_animator(hold_covered(portrait), generator, models, chosen) for portrait in portraits
    ]
