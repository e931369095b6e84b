"""What a program asks for, as programs have it: expressions, faces, keyframes and videos.

Each function makes one value of what it is given, or says in a sentence what it takes.
"""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Iterable, Mapping
from itertools import islice
from numbers import Real
from pathlib import Path
from typing import Any, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import SHAPE
from ganimate.arrays import AUVector, Photo, Series
from ganimate.errors import FaceError, UsageError
from ganimate.face_models import FaceModels
from ganimate.limits import MAX_FPS, MAX_SECONDS
from ganimate.media.video_reader import VideoSource, cut_video, open_video, read_frames
from ganimate.performance.curves import KeyEase
from ganimate.performance.expressions import Expression, is_photo_name, parse_expression
from ganimate.performance.neutral import NeutralLike, NeutralName
from ganimate.performance.performance import schedule_alphas
from ganimate.performance.timeline import Loop, Timeline
from ganimate.pixels import PhotoLike, describe_type, read_count, read_number, read_pixels
from ganimate.portrait import Portrait, find_portraits

ExpressionLike: TypeAlias = (
    "str | Mapping[str | int, float] | Expression | Portrait | AUVector | PhotoLike"
)
"""An expression: text such as "smile:0.6" or "AU12=0.9", the intensities of some action units or
presets by name, an Expression, intensities (17, 2) or (17,) of all action units, a measured face or
a photo to copy."""

FaceLike: TypeAlias = str | int
"""Which face of a photo: "largest", "all" or an index, 0 being the largest."""

MOST_FRAMES = round(MAX_SECONDS * MAX_FPS)
"""Frames of a clip at most: more is a mistake, and would render for days."""

TimelineLike: TypeAlias = Timeline | str | os.PathLike[str] | Mapping[str, Any]
"""Keyframes: a Timeline, the path of a timeline's file, or what such a file holds."""

VideoLike: TypeAlias = str | os.PathLike[str] | Iterable[Photo]
"""A driving video: the path of a file, or its frames (H, W, 3) uint8 RGB."""


def resolve_expression(to: ExpressionLike, models: FaceModels) -> Expression:
    """Read what a face is asked for: an expression, or a photo to copy.

    The largest face of a photo is measured, once.

    Args:
        to: as ExpressionLike says; text that ends like an image, or is the name of a file, is the
            path of a photo.
        models: what measures a face.

    Raises:
        UsageError: it is neither.
        PhotoError: the photo cannot be read.
        FaceError: the photo shows no usable face.
    """
    if isinstance(to, Expression):
        return to
    if isinstance(to, Portrait):
        return _copy_aus(to.aus, "a face")
    if isinstance(to, Mapping):
        return _read_intensities(to)
    if isinstance(to, str) and not is_photo_name(to):
        return parse_expression(to)
    if isinstance(to, np.ndarray) and to.shape in (SHAPE, SHAPE[:1]):
        return _copy_aus(_check_aus(to), "action units")
    if to is None or isinstance(to, (Real, list, tuple)):
        raise UsageError(
            "an expression is text (smile, AU12=0.8), intensities by name or a photo to copy, "
            f"not {describe_type(to)}"
        )
    try:
        aus = find_portraits(read_pixels(to), models)[0].aus
    except FaceError as error:
        if not isinstance(to, (str, os.PathLike)):
            raise FaceError(f"the photo to copy: {error}") from error
        raise FaceError(f"{os.fspath(to)}: {error}") from error
    return _copy_aus(aus, "a photo")  # its name would stand in the file that is made


def _copy_aus(aus: AUVector, name: str) -> Expression:
    """The expression of all action units at these intensities (17, 2)."""
    values = {(row, column): float(aus[row, column]) for row, column in np.ndindex(*SHAPE)}
    return Expression(name, values, relaxes=True, exact=frozenset(values))


def _check_aus(aus: NDArray[Any]) -> AUVector:
    """Intensities (17, 2) in [0, 1], given as that or as (17,) for both sides."""
    if aus.dtype.kind not in "buif" or not ((aus >= 0) & (aus <= 1)).all():
        raise UsageError("intensities of action units are numbers from 0 to 1")
    both = aus[:, None] if aus.ndim == 1 else aus
    return np.broadcast_to(both, SHAPE).astype(np.float32)


def _read_intensities(intensities: Mapping[Any, Any]) -> Expression:
    """Read {"AU12": 0.8, "smile": 0.6}, or {12: 0.8}, as text of parts with + between them."""
    if not intensities:
        raise UsageError("the expression asks for nothing: name an action unit, as in AU12: 0.8")
    parts = []
    for name, intensity in intensities.items():
        key = f"AU{name}" if isinstance(name, int) else str(name)
        value = read_number(intensity, f"the intensity of {key}")
        if not 0 <= value <= 1:
            raise UsageError(f"{key} at {value:g} is out of range: an intensity goes from 0 to 1")
        preset = not key.strip().lower().startswith("au")
        parts.append(f"{key}{':' if preset else '='}{value!r}")
    # Action units count last, whatever their place: parse_expression() lets them override presets.
    return parse_expression("+".join(parts))


def read_face(face: FaceLike) -> str:
    """Read which face is asked for, as text: choose_faces() says what it may be.

    Raises:
        UsageError: it is neither text nor a whole number of 0 or more.
    """
    if isinstance(face, str):
        return face
    try:
        index = -1 if isinstance(face, bool) else operator.index(face)
    except TypeError:
        index = -1
    if index < 0:
        raise UsageError(f"`face` takes largest, all or a number, not {face!r}.")
    return str(index)


def schedule_frames(frames: int, ease: KeyEase, loop: Loop) -> Series:
    """Schedule how far each frame of a clip is on its way: see schedule_alphas().

    Returns:
        (frames,) in [0, 1].

    Raises:
        UsageError: there are no frames or too many, or there is no such ease or loop.
    """
    count = read_count(frames, "frames")
    if count > MOST_FRAMES:
        raise UsageError(f"a clip of {count} frames is out of range: give up to {MOST_FRAMES}")
    return schedule_alphas(count, ease, loop)


def read_keyframes(timeline: TimelineLike, *, photo_needed: bool = True) -> Timeline:
    """Read keyframes.

    Args:
        timeline: as TimelineLike says; paths in what is no file are relative to the current folder.
        photo_needed: whether what is no file must name a photo that is there.

    Raises:
        UsageError: they are none, or wrong.
    """
    if isinstance(timeline, Timeline):
        return timeline
    # Here, as this needs pydantic, which takes .07 s to import: only keyframes wait for it.
    from ganimate.performance.timeline_reader import parse_timeline, read_timeline

    if isinstance(timeline, (str, os.PathLike)):
        return read_timeline(os.fspath(timeline))
    if not isinstance(timeline, Mapping):
        raise UsageError(
            "keyframes are a file, what it holds or a Timeline, not " + describe_type(timeline)
        )
    document = dict(timeline) if photo_needed else {"photo": "a photo", **timeline}
    try:
        text = json.dumps(document)
    except (TypeError, ValueError) as error:
        raise UsageError(f"the keyframes cannot be written as JSON: {error}") from error
    asked, problems = parse_timeline(text, Path(), photo_needed=photo_needed)
    if asked is None:
        raise UsageError("\n  ".join(["the keyframes are wrong:", *problems]))
    return asked


def read_neutral(neutral: NeutralLike, neutral_at: float | None = None) -> NeutralLike:
    """Read what a driver's expressions are counted from.

    Args:
        neutral: "auto", "absolute", or seconds of the video.
        neutral_at: seconds, by the older name.

    Raises:
        UsageError: it is none of them, or given by both names.
    """
    if neutral_at is not None:
        if neutral != "auto":
            raise UsageError("give `neutral` or `neutral_at`, which is its older name, not both")
        return read_number(neutral_at, "`neutral_at`")
    if not isinstance(neutral, str):
        return read_number(neutral, "`neutral`")
    if neutral not in get_args(NeutralName):
        raise UsageError(f"`neutral` is auto, absolute or seconds of the video, not {neutral!r}")
    return neutral


def open_frames(
    video: VideoLike, fps: float | None, start: float = 0.0, end: float | None = None
) -> tuple[Iterable[Photo], float, VideoSource | None]:
    """Open a driving video.

    Args:
        video: the path of a file, or frames one by one, as read_pixels() takes them.
        fps: how many of them go by in a second; by default those of the file.
        start: seconds at which the part begins that is wanted.
        end: seconds at which it ends; by default at the video's end.

    Returns:
        The frames, lazily; how many go by in a second; and that part of the file, None if frames
        are given.

    Raises:
        VideoError: the file is no video.
        UsageError: the video is neither, or its rate is none.
    """
    rate = None if fps is None else read_number(fps, "`fps`")
    if rate is not None and not 0 < rate <= MAX_FPS:
        raise UsageError(f"{rate:g} frames a second is out of range: give up to {MAX_FPS:g}")
    if isinstance(video, (str, os.PathLike)):
        driver = cut_video(open_video(os.fspath(video)), start, end)
        rate = rate or driver.fps
        return read_frames(driver, rate), rate, driver
    if isinstance(video, (bytes, Mapping)) or not isinstance(video, Iterable):
        raise UsageError(f"a video is a path or frames one by one, not {describe_type(video)}")
    if rate is None:
        raise UsageError("frames alone say nothing of their rate: give `fps`")
    last = None if end is None else round(end * rate)
    return map(read_pixels, islice(video, round(start * rate), last)), rate, None
