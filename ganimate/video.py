"""Frames out: mp4, gif, webp, a png still or a folder of png files, from frames produced lazily.

Memory holds a few frames at a time, whatever the length of the clip. Everything is made in a hidden
folder beside the target and moved onto it when complete, so that no partial file is ever seen and a
file that was there stays as it was until then.
"""

from __future__ import annotations

import math
import os
import struct
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ganimate import provenance
from ganimate.errors import OutputError, UsageError
from ganimate.ffmpeg import heard

Frame = NDArray[np.uint8]  # (H, W, 3) RGB

MIN_FPS, MAX_FPS = 0.1, 1000.0  # a webp counts milliseconds
LARGE = 6_000_000  # px; from here on a frame is too large to hold many
PLAIN_SOUND = frozenset({"aac", "mp3"})  # what every player of mp4 files plays
GIF_MAX_FPS = 50.0  # a gif counts 1/100 s, and browsers play a delay of 1/100 as 10/100


@dataclass(frozen=True)
class Written:
    """What write_frames left on disk."""

    path: Path
    frames: int  # in the file: 1 for a still
    width: int  # of the file, in pixels: an mp4 drops an odd last column and row
    height: int
    fps: float
    bytes: int  # all files together, if it is a folder


@dataclass(frozen=True)
class Sound:
    """The sound of another file, to go with the frames of an .mp4."""

    path: Path
    as_it_is: bool  # copied bit for bit; else converted to AAC
    seconds: float  # where it is cut off: the length of the clip


@dataclass(frozen=True)
class _Clip:
    """What an encoder must know before the first frame."""

    width: int
    height: int
    fps: float
    loop_forever: bool
    sound: Sound | None = None


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
    frames: Iterable[Frame],
    output: str | Path,
    *,
    fps: float,
    loop_forever: bool = True,
    sound: Sound | None = None,
) -> Written:
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
    checked = _checked(frames)
    first = next(checked, None)
    if first is None:
        raise OutputError(f"there are no frames to write to {output}: ask for one or more")
    clip = _Clip(first.shape[1], first.shape[0], float(fps), loop_forever, sound)
    write = _WRITERS.get(suffix, _write_folder)
    with _work_folder(target) as work:
        made = work / f"made{suffix}"
        count = write(chain([first], checked), clip, made)
        with _disk_errors(target):
            size = sum(file.stat().st_size for file in (made.iterdir() if not suffix else [made]))
            if suffix:
                os.replace(made, target)
            else:
                _replace_folder(made, target, aside=work / "replaced")
    width, height = _even_size(clip) if suffix == ".mp4" else (clip.width, clip.height)
    return Written(Path(output), count, width, height, clip.fps, size)


def sound_of(codec: str | None, path: Path, seconds: float, output: str | Path) -> Sound | None:
    """The sound of a file, whose codec is named, for a clip of `seconds`; None where none fits."""
    if codec is None or _suffix(output) != ".mp4":
        return None
    return Sound(path, codec in PLAIN_SOUND, seconds)


def write_drawing(picture: Frame, output: str | Path) -> None:
    """Write a picture, (H, W, 3) uint8 RGB, as a .png that makes no claim of being synthesised.

    An existing file is replaced on success only. Raises as write_frames does.
    """
    check_output(output)
    target = Path(output).resolve()
    if target.suffix.lower() != ".png":
        raise UsageError(f"{output} is no name for a picture: end it in .png")
    with _work_folder(target) as work, _disk_errors(target):
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


def _checked(frames: Iterable[Frame]) -> Iterator[Frame]:
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


# One writer a format: all frames into a new file (or folder) `made`; returns how many it holds


def _write_mp4(frames: Iterator[Frame], clip: _Clip, made: Path) -> int:
    # Converted to BT.709 and tagged so: players guess the colours of untagged files by their size.
    # The filter tags the frames, which is what newer ffmpeg goes by; older ones need the options.
    width, height = _even_size(clip)
    filters = (
        f"crop={width}:{height}:0:0,"
        "scale=flags=bicubic+accurate_rnd+full_chroma_int:out_color_matrix=bt709:out_range=tv,"
        "format=yuv420p,"
        "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    )
    tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    # As good and as large as medium at crf 18 with the same short lookahead, in half the time.
    codec = ["-c:v", "libx264", "-crf", "17", "-preset", "veryfast"]
    if width * height > LARGE:
        # Frames wait for each other in lookahead, B-frames and frame threads: 1.25 GB of them at 12
        # megapixels; 0.5 GB without.
        alone = "rc-lookahead=0:sync-lookahead=0:mbtree=0:bframes=0:sliced-threads=1"
        codec += ["-x264-params", alone]
    heard = _sound(clip.sound) if clip.sound else []
    arguments = [*_raw_input(clip), *heard, "-vf", filters, *codec, *tags, "-color_range", "tv"]
    arguments += ["-movflags", "+faststart", "-metadata", f"comment={provenance.comment()}"]
    count = _run_ffmpeg(made.parent, [*arguments, made.name], frames)
    with _disk_errors(made), made.open("ab") as file:
        file.write(_mp4_xmp_box())
    _check_frame_count(made, count)
    return count


def _sound(sound: Sound) -> list[str]:
    """The arguments that add a file's first sound track to the frames, and nothing else of it."""
    codec = ["copy"] if sound.as_it_is else ["aac", "-b:a", "160k"]
    which = ["-map", "0:v:0", "-map", "1:a:0", "-map_metadata", "-1", "-map_chapters", "-1"]
    source = ["-i", f"file:{sound.path.resolve()}"]
    return [*source, *which, "-c:a", *codec, "-t", repr(sound.seconds)]


def _even_size(clip: _Clip) -> tuple[int, int]:
    """Width and height that can be halved for 4:2:0 chroma."""
    return clip.width // 2 * 2, clip.height // 2 * 2


def _write_gif(frames: Iterator[Frame], clip: _Clip, made: Path) -> int:
    # The palette of all frames is known after the last, so the frames wait in a lossless file
    # (qp 0), far smaller than they are; one graph for both passes would hold them in memory.
    collect = "[0:v]split[frames][seen];[seen]palettegen=stats_mode=full[palette]"
    arguments = [*_raw_input(clip), "-filter_complex", collect]
    arguments += ["-map", "[frames]", "-c:v", "libx264rgb", "-qp", "0", "-preset", "ultrafast"]
    arguments += ["lossless.nut", "-map", "[palette]", "-update", "1", "palette.png"]
    count = _run_ffmpeg(made.parent, arguments, frames)
    # Ordered dither stands still where the picture does; error diffusion would flicker.
    dither = "paletteuse=dither=bayer:bayer_scale=5:diff_mode=rectangle"
    arguments = ["-i", "lossless.nut", "-i", "palette.png", "-lavfi", dither]
    arguments += ["-loop", "0" if clip.loop_forever else "-1", made.name]
    _run_ffmpeg(made.parent, arguments)
    with _disk_errors(made):
        made.write_bytes(_gif_with_xmp(made.read_bytes()))
    _check_frame_count(made, count)
    return count


def _write_webp(frames: Iterator[Frame], clip: _Clip, made: Path) -> int:
    arguments = [*_raw_input(clip), "-c:v", "libwebp_anim", "-pix_fmt", "bgra", "-quality", "85"]
    arguments += ["-loop", "0" if clip.loop_forever else "1", made.name]
    count = _run_ffmpeg(made.parent, arguments, frames)
    with _disk_errors(made):
        webp = made.read_bytes()
        made.write_bytes(_webp_with_xmp(webp, clip.width, clip.height))
    # Equal frames are merged, so the file is checked by its length in time instead of its frames.
    wanted_ms, got_ms = 1000 * count / clip.fps, _webp_duration_ms(webp)
    if got_ms is not None and abs(got_ms - wanted_ms) > max(1.0, 500 / clip.fps):
        raise OutputError(f"the webp lasts {got_ms} ms, not {wanted_ms:.0f}: try .mp4 instead")
    return count


def _write_still(frames: Iterator[Frame], clip: _Clip, made: Path) -> int:
    (last,) = deque(frames, maxlen=1)
    _save_png(last, made)
    return 1


def _write_folder(frames: Iterator[Frame], clip: _Clip, made: Path) -> int:
    with _disk_errors(made):
        made.mkdir()
    count = 0
    for frame in frames:
        _save_png(frame, made / f"frame_{count:05d}.png")
        count += 1
    return count


_WRITERS: dict[str, Callable[[Iterator[Frame], _Clip, Path], int]] = {
    ".mp4": _write_mp4,
    ".gif": _write_gif,
    ".webp": _write_webp,
    ".png": _write_still,
}


def _save_png(frame: Frame, path: Path) -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", provenance.xmp())
    with _disk_errors(path):
        Image.fromarray(frame).save(path, pnginfo=info)


# ffmpeg


def _raw_input(clip: _Clip) -> list[str]:
    """The arguments that make frames on standard input ffmpeg's input 0."""
    size = f"{clip.width}x{clip.height}"
    layout = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", size]
    return [*layout, "-framerate", repr(clip.fps), "-i", "pipe:0"]


def _run_ffmpeg(work: Path, arguments: list[str], frames: Iterable[Frame] = ()) -> int:
    """Run ffmpeg in the folder `work` and feed it the frames; returns how many there were.

    Raises OutputError with ffmpeg's own words. ffmpeg never outlives the call.
    """
    process = _start_ffmpeg(arguments, work)
    count, fed = 0, True
    with heard(process) as words:
        for frame in frames:
            fed = _feed(process, frame)
            if not fed:
                break
            count += 1
        fed = _end_input(process) and fed
        status = process.wait()
    if status != 0 or not fed:
        raise OutputError(_what_ffmpeg_said(b"".join(words).decode(errors="replace"), status))
    return count


def _start_ffmpeg(arguments: list[str], work: Path) -> subprocess.Popen[bytes]:
    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
        return subprocess.Popen(
            [program, "-hide_banner", "-loglevel", "error", "-y", *arguments],
            cwd=work,  # plain names only: ffmpeg takes ':' and '%' in a path for something else
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us, and we end it
        )
    except (RuntimeError, OSError) as error:
        raise OutputError(
            f"ffmpeg cannot be started ({error}): reinstall the imageio-ffmpeg package"
        ) from error


def _feed(process: subprocess.Popen[bytes], frame: Frame) -> bool:
    """Give ffmpeg one frame; False if it has stopped reading."""
    assert process.stdin is not None
    try:
        process.stdin.write(frame.data)
    except OSError:
        return False
    return True


def _end_input(process: subprocess.Popen[bytes]) -> bool:
    """Tell ffmpeg that there are no more frames; False if it did not take the last of them."""
    assert process.stdin is not None
    try:
        process.stdin.close()
    except OSError:
        return False
    return True


def _what_ffmpeg_said(words: str, status: int) -> str:
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    if any("no space left on" in line.lower() for line in lines):
        return "no space left on the disk of the output: free some, or write elsewhere"
    cause = lines[0] if lines else f"it ended with status {status} and no message"
    return f"ffmpeg could not write the clip: {cause}"


def _check_frame_count(path: Path, count: int) -> None:
    try:
        found, _ = imageio_ffmpeg.count_frames_and_secs(str(path))
    except RuntimeError as error:
        raise OutputError("the file written cannot be read back: try again elsewhere") from error
    if found != count:
        raise OutputError(f"the file holds {found} of {count} frames: try another format")


# Provenance, put into finished files where ffmpeg has no option for it


def _mp4_xmp_box() -> bytes:
    """A box for the end of the file (XMP specification part 3, "MPEG-4")."""
    body = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + provenance.xmp().encode()
    return struct.pack(">I4s", 8 + len(body), b"uuid") + body


def _gif_with_xmp(gif: bytes) -> bytes:
    """With an application extension (XMP specification part 3, "GIF") after the loop's, if any."""
    position = 13
    if gif[10] & 0x80:  # there is a global colour table
        position += 3 * 2 ** ((gif[10] & 7) + 1)
    if gif[position + 3 : position + 11] == b"NETSCAPE":
        position += 19
    # Readers that walk sub-blocks take a letter for a length and land in this descending tail,
    # every byte of which leads to its end.
    tail = bytes([1, *range(255, -1, -1), 0])
    extension = b"\x21\xff\x0bXMP DataXMP" + provenance.xmp().encode() + tail
    return gif[:position] + extension + gif[position:]


def _webp_with_xmp(webp: bytes, width: int, height: int) -> bytes:
    """With an XMP chunk at the end, and the VP8X header's flag that announces it (RFC 9649)."""
    chunks = webp[12:]
    if chunks[:4] != b"VP8X":  # one distinct frame makes a plain picture, without that header
        header = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        chunks = struct.pack("<4sI", b"VP8X", len(header)) + header + chunks
    packet = provenance.xmp().encode()
    packet += b" " * (len(packet) % 2)  # chunks start at even positions
    chunks = chunks[:8] + bytes([chunks[8] | 0x04]) + chunks[9:]
    chunks += struct.pack("<4sI", b"XMP ", len(packet)) + packet
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks), b"WEBP") + chunks


def _webp_duration_ms(webp: bytes) -> int | None:
    """The sum of the frames' durations; None for a plain picture."""
    durations = []
    position = 12
    while position + 8 <= len(webp):
        name, size = struct.unpack_from("<4sI", webp, position)
        if name == b"ANMF":
            durations.append(int.from_bytes(webp[position + 20 : position + 23], "little"))
        position += 8 + size + size % 2
    return sum(durations) if durations else None


# The disk


@contextmanager
def _work_folder(target: Path) -> Iterator[Path]:
    """A hidden folder beside the target, thus on its disk, that is removed whatever happens."""
    with _disk_errors(target):
        folder = tempfile.TemporaryDirectory(
            prefix=f".{target.stem[:32]}.", suffix=".part", dir=target.parent
        )
    with folder as name:
        yield Path(name)


@contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(
            f"{target.name} cannot be written ({reason}): free some space, or write elsewhere"
        ) from error


def _replace_folder(made: Path, target: Path, aside: Path) -> None:
    try:
        if target.exists():
            target.rename(aside)
        made.rename(target)
    except BaseException:
        if aside.exists() and not target.exists():
            aside.rename(target)
        raise
