"""Frames out: a clip, a still or a folder of frames, checked on the way in and put in its place.

Frames are made lazily and memory holds a few at a time, whatever the length of the clip. An encoder
makes everything in a hidden folder beside the target (files.py), which is moved onto it when
complete, so that no partial file is ever seen and a file that was there stays as it was until then.
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
from ganimate.media.encoders import ENCODERS, ClipSpec, Sound, round_to_even
from ganimate.media.files import (
    explain_disk_errors,
    list_contents,
    open_work_folder,
    replace_file,
    replace_folder,
)

LEAST_RATE = 0.1
"""Frames a second that a clip has at least: a frame for ten seconds."""

MOST_RATE = 1000.0
"""Frames a second that a clip has at most: a webp counts milliseconds."""

MOST_GIF_RATE = 50.0
"""Frames a second of a gif at most: it counts hundredths of a second, and browsers play a delay of
1 as 10."""

PLAIN_SOUND = frozenset({"aac", "mp3"})
"""Codecs that every player of mp4 files plays."""


H264_SUFFIXES = frozenset({".mp4", ".mov"})
"""What names of clips end in that hold H.264."""

MOST_BLOCKS = 36_864
"""Blocks of 16 x 16 pixels of a frame in level 5.2 of H.264 (ITU-T H.264, table A-1), the highest
that phones and televisions decode."""

MOST_BLOCKS_A_SECOND = 2_073_600
"""Blocks a second in that level."""


@dataclass(frozen=True)
class WrittenClip:
    """What write_frames() left on the disk.

    Attributes:
        path: the file or folder.
        frames: how many it holds; 1 for a still.
        width: of the file, pixels: an mp4 drops an odd last column.
        height: of the file, pixels: an mp4 drops an odd last row.
        fps: frames a second.
        bytes: its size, all files of a folder together.
    """

    path: Path
    frames: int
    width: int
    height: int
    fps: float
    bytes: int


def check_output(output: str | Path, *, fps: float | None = None) -> None:
    """Raise, before any work is done, if an output cannot be written.

    Args:
        output: the name of a file or folder.
        fps: frames a second, if they are to be checked, too.

    Raises:
        UsageError: its suffix stands for no known format, or for one that cannot have so many
            frames a second.
        OutputError: its folder is missing or not writable, or something stands there that must not
            be replaced.
    """
    target = Path(output).resolve()
    if fps is not None:
        _check_rate(fps, _find_suffix(output))
    if _is_folder(output):
        _check_folder(target)
    elif target.suffix.lower() not in ENCODERS:
        known = ", ".join(filter(None, ENCODERS))
        raise UsageError(
            f"cannot write '{target.suffix}' files: end the name in {known}, or give a name "
            "without a suffix for a folder of png frames"
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
    """Write frames to a file or folder whose name says the format.

    - .mp4: H.264, BT.709; an odd last column or row is cropped.
    - .gif: one palette for all frames; delays are rounded to 1/100 s, their sum stays right.
    - .webp: animated; frames that are equal to the one before prolong it.
    - .png: the last frame alone.
    - A name without a suffix, with a slash at its end, or of a folder: frame_00000.png and so on.

    Each file says in its metadata that it is synthesised. An existing file, or folder of frames, is
    replaced on success only; a folder not at all, if something was put into it meanwhile.

    Args:
        frames: (H, W, 3) uint8 RGB, all of one size.
        output: the name.
        fps: frames a second.
        loop_forever: whether a gif or webp starts again at its end; otherwise it plays once.
        sound: what an mp4 sounds like.

    Raises:
        UsageError: the suffix or the rate is none.
        OutputError: the place or the disk refuses, there are no frames, or they differ in shape.
            Whatever `frames` raises passes through. Either way nothing is left behind.
    """
    check_output(output, fps=fps)
    target, suffix = Path(output).resolve(), _find_suffix(output)
    known = list_contents(target)
    checked = _check_frames(frames)
    first = next(checked, None)
    if first is None:
        raise OutputError(f"there are no frames to write to {output}: ask for one or more")
    height, width = first.shape[:2]
    spec = ClipSpec(
        target=Path(output),
        width=width,
        height=height,
        fps=float(fps),
        loop_forever=loop_forever,
        sound=sound,
    )
    with open_work_folder(target) as work:
        made = work / f"made{suffix}"
        count = ENCODERS[suffix](chain([first], checked), spec, made)
        with explain_disk_errors(spec.target):
            size = sum(file.stat().st_size for file in (made.iterdir() if not suffix else [made]))
            if suffix:
                replace_file(made, target)
            else:
                replace_folder(made, target, known)
    width, height = round_to_even(width, height) if suffix == ".mp4" else (width, height)
    return WrittenClip(
        path=spec.target, frames=count, width=width, height=height, fps=spec.fps, bytes=size
    )


def find_playable_size(output: str | Path, width: int, height: int, fps: float) -> int | None:
    """Find how large a clip may be that phones and televisions play.

    Args:
        output: its name.
        width: of its frames, pixels.
        height: of its frames, pixels.
        fps: frames a second.

    Returns:
        The longest side in pixels of frames that they decode; None where these are such.
    """
    if _find_suffix(output) not in H264_SUFFIXES:
        return None
    longest = max(width, height)
    most = min(MOST_BLOCKS, MOST_BLOCKS_A_SECOND / fps)
    for side in range(longest, 0, -1):
        scale = side / longest / 16
        across, down = math.ceil(width * scale), math.ceil(height * scale)
        if across * down <= most and max(across, down) <= math.sqrt(8 * MOST_BLOCKS):
            return None if side == longest else side // 10 * 10
    return None


def select_sound(
    codec: str | None,
    path: Path,
    seconds: float,
    output: str | Path,
    *,
    start: float = 0.0,
    seek: float = 0.0,
) -> Sound | None:
    """Choose what a clip sounds like.

    Args:
        codec: that of the sound of a file; None where it has none.
        path: that file.
        seconds: length of the clip.
        output: name of the clip.
        start: seconds of that file at which the clip begins; sound is converted to be cut there.
        seek: seconds of that file at which reading begins, no later.

    Returns:
        The sound of the file; None where it has none, or the clip can have none.
    """
    if codec is None or _find_suffix(output) != ".mp4":
        return None
    copied = codec in PLAIN_SOUND and not start
    return Sound(path=path, copied=copied, seconds=seconds, start=start, seek=seek)


def write_drawing(picture: Photo, output: str | Path) -> None:
    """Write a picture, (H, W, 3) uint8 RGB, as a png that makes no claim of being synthesised.

    An existing file is replaced on success only.

    Raises:
        UsageError: the name does not end in .png.
        OutputError: the place or the disk refuses.
    """
    check_output(output)
    target = Path(output).resolve()
    if target.suffix.lower() != ".png":
        raise UsageError(f"{output} is no name for a picture: end it in .png")
    with open_work_folder(target) as work, explain_disk_errors(Path(output)):
        Image.fromarray(picture).save(work / "made.png")
        replace_file(work / "made.png", target)


def _find_suffix(output: str | Path) -> str:
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
    most = MOST_GIF_RATE if suffix == ".gif" else MOST_RATE
    if not (math.isfinite(fps) and LEAST_RATE <= fps <= most):
        kind = f"a {suffix} file" if suffix else "a clip"
        raise UsageError(f"{kind} cannot have {fps:g} frames a second: {LEAST_RATE:g} to {most:g}")


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
