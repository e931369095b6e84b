"""Frames out: mp4, gif, webp, a png still or a folder of png files, from frames produced lazily.

Memory holds a few frames at a time, whatever the length of the clip. Everything is made in a hidden
folder beside the target and moved onto it when complete, so that no partial file is ever seen and a
file that was there stays as it was until then.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from ganimate.arrays import Photo
from ganimate.errors import OutputError, UsageError
from ganimate.media.encoders import (
    _WRITERS,
    GIF_MAX_FPS,
    Sound,
    _Clip,
    _round_size,
    _write_folder,
)
from ganimate.media.files import explain_disk_errors, open_work_folder, replace_folder

MIN_FPS, MAX_FPS = 0.1, 1000.0  # a webp counts milliseconds
PLAIN_SOUND = frozenset({"aac", "mp3"})  # what every player of mp4 files plays


@dataclass(frozen=True)
class WrittenClip:
    """What write_frames left on disk."""

    path: Path
    frames: int  # in the file: 1 for a still
    width: int  # of the file, in pixels: an mp4 drops an odd last column and row
    height: int
    fps: float
    bytes: int  # all files together, if it is a folder


def check_output(output: str | Path, *, fps: float | None = None) -> None:
    """Raise, before any work is done, if `output` cannot be written.

    Raises UsageError for a suffix that stands for no known format, or that cannot have so many
    frames a second, and OutputError where the folder is missing or not writable, or where something
    stands that must not be replaced.
    """
    target = Path(output).resolve()
    if fps is not None:
        _check_rate(fps, _suffix(output))
    if _is_folder(output):
        _check_folder(target)
    elif target.suffix.lower() not in _WRITERS:
        raise UsageError(
            f"cannot write '{target.suffix}' files: end the name in {', '.join(_WRITERS)}, or give "
            "a name without a suffix for a folder of png frames"
        )
    elif target.exists() and not target.is_file():
        raise OutputError(f"{output} is not a regular file: give another name")
    parent = target.parent
    if not parent.is_dir():
        raise OutputError(f"the folder {parent} does not exist: make it first, or write elsewhere")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {parent} is not writable: write elsewhere")


def write_frames(
    frames: Iterable[Photo],
    output: str | Path,
    *,
    fps: float,
    loop_forever: bool = True,
    sound: Sound | None = None,
) -> WrittenClip:
    """Write frames, each (H, W, 3) uint8 RGB and of one size, to `output`; its name is the format.

    .mp4   H.264, BT.709, an odd last column or row cropped
    .gif   one palette for all frames; delays are rounded to 1/100 s, their sum stays right
    .webp  animated; frames that are equal to the one before prolong it
    .png   the last frame alone
    A name without a suffix, with a slash at its end, or of a folder: frame_00000.png and so on.

    `loop_forever` is for gif and webp, which otherwise play once; `sound` for mp4. Each file says
    in its metadata that it is synthesised. An existing file, or folder of frames, is replaced on
    success only.

    Raises UsageError (suffix, fps) and OutputError (place, disk, no frames, frames that differ in
    shape). Whatever `frames` raises passes through. Either way nothing is left behind.
    """
    check_output(output)
    target = Path(output).resolve()
    suffix = _suffix(output)
    _check_rate(fps, suffix)
    checked = _check_frames(frames)
    first = next(checked, None)
    if first is None:
        raise OutputError(f"there are no frames to write to {output}: ask for one or more")
    clip = _Clip(first.shape[1], first.shape[0], float(fps), loop_forever, sound)
    write = _WRITERS.get(suffix, _write_folder)
    with open_work_folder(target) as work:
        made = work / f"made{suffix}"
        count = write(chain([first], checked), clip, made)
        with explain_disk_errors(target):
            size = sum(file.stat().st_size for file in (made.iterdir() if not suffix else [made]))
            if suffix:
                os.replace(made, target)
            else:
                replace_folder(made, target, aside=work / "replaced")
    width, height = _round_size(clip) if suffix == ".mp4" else (clip.width, clip.height)
    return WrittenClip(Path(output), count, width, height, clip.fps, size)


def select_sound(codec: str | None, path: Path, seconds: float, output: str | Path) -> Sound | None:
    """The sound of a file, whose codec is named, for a clip of `seconds`; None where none fits."""
    if codec is None or _suffix(output) != ".mp4":
        return None
    return Sound(path, codec in PLAIN_SOUND, seconds)


def write_drawing(picture: Photo, output: str | Path) -> None:
    """Write a picture, (H, W, 3) uint8 RGB, as a .png that makes no claim of being synthesised.

    An existing file is replaced on success only. Raises as write_frames does.
    """
    check_output(output)
    target = Path(output).resolve()
    if target.suffix.lower() != ".png":
        raise UsageError(f"{output} is no name for a picture: end it in .png")
    with open_work_folder(target) as work, explain_disk_errors(target):
        Image.fromarray(picture).save(work / "made.png")
        os.replace(work / "made.png", target)


# What goes in


def _suffix(output: str | Path) -> str:
    """The format's suffix, empty for a folder."""
    return "" if _is_folder(output) else Path(output).suffix.lower()


def _is_folder(output: str | Path) -> bool:
    return str(output).endswith(("/", os.sep)) or Path(output).is_dir() or not Path(output).suffix


def _check_folder(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target} is a file: give a folder, or a name that ends in .mp4")
    if target == Path.cwd():
        raise OutputError("the current folder cannot be replaced: give the name of a new folder")
    if any(not path.match("frame_*.png") or path.is_dir() for path in target.iterdir()):
        raise OutputError(f"the folder {target} has other files in it: give a new or empty folder")


def _check_rate(fps: float, suffix: str) -> None:
    most = GIF_MAX_FPS if suffix == ".gif" else MAX_FPS
    if not (math.isfinite(fps) and MIN_FPS <= fps <= most):
        kind = f"a {suffix} file" if suffix else "a clip"
        raise UsageError(f"{kind} cannot have {fps:g} frames a second: {MIN_FPS:g} to {most:g}")


def _check_frames(frames: Iterable[Photo]) -> Iterator[Photo]:
    """The frames, contiguous; OutputError at the first that an encoder would take for garbage."""
    shape: tuple[int, ...] | None = None
    for index, frame in enumerate(frames):
        if shape is None:
            shape = frame.shape
            if len(shape) != 3 or shape[2] != 3 or min(shape) < 2:
                raise OutputError(f"frames must be (H, W, 3), 2 x 2 or more, not {shape}")
        if frame.shape != shape or frame.dtype != np.uint8:
            raise OutputError(
                f"frame {index} is {frame.shape} {frame.dtype}, the clip is {shape} uint8"
            )
        yield np.ascontiguousarray(frame)
