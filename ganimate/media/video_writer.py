"""Frames out: a clip, a still or a folder of frames, checked on the way in and put in its place.

Frames are made lazily and memory holds a few at a time, whatever the length of the clip. An encoder
makes everything in a hidden folder beside the target (files.py), which is moved onto it when
complete, so that no partial file is ever seen and a file that was there stays as it was until then.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ganimate.arrays import Photo
from ganimate.errors import OutputError, UsageError
from ganimate.media.encoders import (
    ENCODERS,
    ClipSpec,
    Sound,
    encode_mp4,
    round_to_even,
)
from ganimate.media.files import (
    Contents,
    explain_disk_errors,
    is_reserved,
    list_contents,
    open_work_folder,
    replace_file,
    replace_folder,
)
from ganimate.media.label import label_frames
from ganimate.media.ownership import check_frames_replaceable, check_replaceable
from ganimate.media.provenance import UNKNOWN, Provenance, name_program
from ganimate.media.suffixes import PICTURE_CLIP_SUFFIXES, STILL_SUFFIXES

LEAST_RATE = 0.1
"""Frames a second that a clip has at least: a frame for ten seconds."""

MOST_RATE = 1000.0
"""Frames a second that a clip has at most: a webp counts milliseconds."""

MOST_GIF_RATE = 50.0
"""Frames a second of a gif at most: it counts hundredths of a second, and browsers play a delay of
1 as 10."""

PLAIN_SOUND: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        ".mp4": frozenset({"aac", "mp3"}),
        ".mov": frozenset({"aac", "mp3"}),
        ".webm": frozenset({"opus", "vorbis"}),
    }
)
"""Suffix of a clip that may have sound -> codecs that every player of such files plays."""


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
        width: of the file, pixels: an mp4 or mov drops an odd last column.
        height: of the file, pixels: an mp4 or mov drops an odd last row.
        fps: frames a second.
        bytes: its size, all files of a folder together.
    """

    path: Path
    frames: int
    width: int
    height: int
    fps: float
    bytes: int


def check_output(
    output: str | Path,
    *,
    fps: float | None = None,
    overwrite: bool = False,
    makes_folders: bool = False,
) -> None:
    """Raise, before any work is done, if an output cannot be written.

    Args:
        output: the name of a file or folder.
        fps: frames a second, if they are to be checked, too.
        overwrite: whether files may be replaced that this program did not make.
        makes_folders: whether folders that it lies in will be made if they are missing.

    Raises:
        UsageError: its suffix stands for no known format, or for one that cannot have so many
            frames a second.
        OutputError: its folder is missing or not writable, or something stands there that must not
            be replaced.
    """
    target = Path(output).resolve()
    if os.name == "nt" and is_reserved(target.name):
        raise UsageError(f"Windows cannot have a file {target.name!r}: give another name")
    if fps is not None:
        _check_rate(fps, _find_suffix(output))
    if _is_folder(output):
        _check_folder(target, overwrite=overwrite)
    elif target.suffix.lower() not in ENCODERS:
        known = ", ".join(filter(None, ENCODERS))
        raise UsageError(
            f"cannot write '{target.suffix}' files: end the name in {known}, or give a name "
            "without a suffix for a folder of png frames"
        )
    elif target.exists() and not target.is_file():
        raise OutputError(f"{output} is not a regular file: give another name")
    else:
        check_replaceable(output, overwrite=overwrite)
    parent = target.parent
    while makes_folders and not os.path.lexists(parent):
        parent = parent.parent
    if not parent.exists():
        raise OutputError(f"the folder {parent} does not exist: make it first, or write elsewhere")
    if not parent.is_dir():
        raise OutputError(f"{parent} is a file and no folder: write elsewhere")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {parent} is not writable: write elsewhere")


def write_frames(
    frames: Iterable[Photo],
    output: str | Path,
    *,
    fps: float,
    loop_forever: bool = True,
    sound: Sound | None = None,
    made: Provenance = UNKNOWN,
    label: bool = False,
    overwrite: bool = False,
) -> WrittenClip:
    """Write frames to a file or folder whose name says the format.

    - .mp4, .mov: H.264, BT.709; an odd last column or row is cropped. .webm: VP9, BT.709.
    - .gif: one palette for all frames; delays are rounded to 1/100 s, their sum stays right.
    - .webp: animated; frames that are equal to the one before prolong it. .png, .jpg: the last one.
    - A name without a suffix, with a slash at its end, or of a folder: frame_00000.png and so on.

    Each file says in its metadata that it is synthesised. An existing file, or folder of frames, is
    replaced on success only, and only if this program made it; a folder not at all, if something
    was put into it meanwhile. Whatever goes wrong, in `frames` too, nothing is left behind.

    Args:
        frames: (H, W, 3) uint8 RGB, all of one size.
        output: the name.
        fps: frames a second.
        loop_forever: whether a gif or webp starts again at its end; otherwise it plays once.
        sound: what an mp4, mov or webm sounds like.
        made: what the file says of how it was made.
        label: whether a small label in each frame says so, too, for all to see.
        overwrite: whether what another program made may be replaced, too.

    Raises:
        UsageError: the suffix or the rate is none.
        OutputError: the place or the disk refuses, there are no frames, or they differ in shape.
    """
    check_output(output, fps=fps, overwrite=overwrite)
    target, suffix = Path(output).resolve(), _find_suffix(output)
    known, encode = list_contents(target), ENCODERS[suffix]
    first, rest = _take_first(frames, output, label=label)
    height, width = first.shape[:2]
    spec = ClipSpec(
        target=Path(output),
        width=width,
        height=height,
        fps=float(fps),
        loop_forever=loop_forever,
        sound=sound,
        made=made,
    )
    with open_work_folder(target) as work:
        written = work / f"made{suffix}"
        count = encode(chain([first], rest), spec, written)
        with explain_disk_errors(spec.target):
            size = _put_in_place(written, target, known, overwrite=overwrite)
    if encode is encode_mp4:
        width, height = round_to_even(width, height)
    return WrittenClip(
        path=spec.target, frames=count, width=width, height=height, fps=spec.fps, bytes=size
    )


def _take_first(
    frames: Iterable[Photo], output: str | Path, *, label: bool
) -> tuple[Photo, Iterator[Photo]]:
    """The first of some frames, checked and perhaps labelled, and the others.

    Raises:
        OutputError: there are no frames, or they differ in shape.
    """
    checked = _check_frames(frames)
    checked = label_frames(checked) if label else checked
    first = next(checked, None)
    if first is None:
        raise OutputError(f"there are no frames to write to {output}: ask for one or more")
    return first, checked


def _put_in_place(made: Path, target: Path, known: Contents, *, overwrite: bool) -> int:
    """Move what was made onto its target, which may have been replaced meanwhile.

    Args:
        made: the file, or folder of frames.
        target: where it goes.
        known: what was in the folder that stands there, before the work was begun.
        overwrite: whether a file of another program may be replaced.

    Returns:
        Bytes of the file, or of all frames together.
    """
    if made.is_dir():
        size = sum(file.stat().st_size for file in made.iterdir())
        replace_folder(made, target, known)
        return size
    check_replaceable(target, overwrite=overwrite)
    size = made.stat().st_size
    replace_file(made, target)
    return size


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
    if ENCODERS.get(_find_suffix(output)) is not encode_mp4:
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
    plain = PLAIN_SOUND.get(_find_suffix(output))
    if codec is None or plain is None:
        return None
    copied = codec in plain and not start
    return Sound(path=path, copied=copied, seconds=seconds, start=start, seek=seek)


def fit_rate(fps: float, output: str | Path) -> float:
    """Lower the frames a second of a driver to what a format can have, by a whole factor.

    Args:
        fps: of the driver.
        output: name of the clip.

    Returns:
        At most MOST_GIF_RATE for a gif: 30 for 60, 29.97 for 59.94.
    """
    if _find_suffix(output) != ".gif" or not fps > MOST_GIF_RATE:
        return fps
    return fps / math.ceil(fps / MOST_GIF_RATE)


def is_still(output: str | Path) -> bool:
    """Tell whether a name is that of a picture, which shows the last frame alone."""
    return _find_suffix(output) in STILL_SUFFIXES


def is_moving_picture(output: str | Path) -> bool:
    """Tell whether a name is that of a moving picture, which people expect to go on for ever."""
    return _find_suffix(output) in PICTURE_CLIP_SUFFIXES


def write_drawing(picture: Photo, output: str | Path, *, overwrite: bool = False) -> None:
    """Write a picture, (H, W, 3) uint8 RGB, as a png that makes no claim of being synthesised.

    It names this program. An existing file is replaced on success only, and only if it does, too.

    Args:
        picture: what is drawn.
        output: name of the file.
        overwrite: whether what another program made may be replaced, too.

    Raises:
        UsageError: the name does not end in .png.
        OutputError: the place or the disk refuses.
    """
    check_output(output, overwrite=overwrite)
    target = Path(output).resolve()
    if target.suffix.lower() != ".png":
        raise UsageError(f"{output} is no name for a picture: end it in .png")
    info = PngInfo()
    info.add_text("Software", name_program())
    with open_work_folder(target) as work, explain_disk_errors(Path(output)):
        Image.fromarray(picture).save(work / "made.png", pnginfo=info)
        check_replaceable(target, overwrite=overwrite)  # it may have come meanwhile
        replace_file(work / "made.png", target)


def _find_suffix(output: str | Path) -> str:
    """The format's suffix, empty for a folder."""
    return "" if _is_folder(output) else Path(output).suffix.lower()


def _is_folder(output: str | Path) -> bool:
    return str(output).endswith(("/", os.sep)) or Path(output).is_dir() or not Path(output).suffix


def _check_folder(target: Path, *, overwrite: bool) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target} is a file: give a folder, or a name that ends in .mp4")
    if target == Path.cwd():
        raise OutputError("the current folder cannot be replaced: give the name of a new folder")
    check_frames_replaceable(target, overwrite=overwrite)


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
