"""Videos in: the frames of a file, one at a time, at a constant rate, and what its sound is.

ffmpeg is asked directly rather than through imageio. When that was tried (2.38.1, on 2026-11-25),
its ffmpeg and pyav plugins gave all 40 frames of a file with a hole in it, without a word of the
damage; the former took no gif or webp, the latter could not decode an animated webp.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from ganimate.arrays import Photo
from ganimate.errors import VideoError
from ganimate.limits import MAX_FPS, MAX_SECONDS, MIN_FPS
from ganimate.media.ffmpeg import listen, start_ffmpeg


@dataclass(frozen=True)
class ReaderSettings:
    """How videos are read."""

    longest: int = 960
    """Longest side of a frame, pixels; larger frames are shrunk. Larger is slower and finds smaller
    faces: one that is a twentieth of the frame wide, 48 px, can still be followed."""

    unknown_fps: float = 25.0
    """Frames a second of a file that does not say, as common as any."""


READER = ReaderSettings()

_BROKEN = re.compile("partial file|corrupt|truncat|invalid data", re.IGNORECASE)
"""What ffmpeg says of files that are not whole, though its exit code may be 0."""

_REMEDY = "play it in another program, convert it to .mp4, or give another video"


@dataclass(frozen=True)
class VideoSource:
    """A video file.

    Attributes:
        path: where it is.
        fps: frames a second, within what can be rendered.
        seconds: its length by its header; None where that does not say.
        sound: codec of the first sound track; None where there is none.
    """

    path: Path
    fps: float
    seconds: float | None
    sound: str | None


def open_video(path: str | Path, settings: ReaderSettings = READER) -> VideoSource:
    """Read the header of a video file.

    Raises:
        VideoError: there is no such file, it is no video, or it is too long.
    """
    path = Path(path)
    _check_file(path)
    header = _read_header(path)
    picture = re.search(r"Stream #0.*?: Video: (.*)", header)
    sound = re.search(r"Stream #0.*?: Audio: (\w+)", header)
    if picture is None:
        if sound:
            raise VideoError(f"{path} has sound but no pictures: give a video of a face")
        raise VideoError(f"{path} is no video that can be read ({_find_cause(header)}): {_REMEDY}")
    seconds = _parse_duration(header)
    if seconds is not None and seconds > MAX_SECONDS:
        hours = MAX_SECONDS / 3600
        raise VideoError(f"{path} lasts {seconds / 3600:.1f} h: cut it to {hours:g} h or less")
    fps = _parse_rate(picture[1]) or settings.unknown_fps
    return VideoSource(
        path=path,
        fps=min(max(fps, MIN_FPS), MAX_FPS),
        seconds=seconds,
        sound=sound[1] if sound else None,
    )


def read_frames(video: VideoSource, fps: float, longest: int = READER.longest) -> Iterator[Photo]:
    """Read the frames of a video, lazily and upright.

    Args:
        video: the file.
        fps: frames for each second from its start, whatever rate the file has, and even if that
            varies.
        longest: longest side in pixels; larger frames are shrunk.

    Yields:
        Frames (H, W, 3) uint8 RGB.

    Raises:
        VideoError: the file breaks off or holds no frame.
    """
    # From 0, not from the first picture: it may come later than the sound, which is copied.
    filters = (
        f"fps=fps={fps!r}:start_time=0,"
        f"scale=w='min({longest},iw)':h='min({longest},ih)':force_original_aspect_ratio=decrease"
    )
    # Each picture of a ppm stream tells its own size: nothing need be known of rotations.
    process = start_ffmpeg(
        [
            "-nostdin", "-loglevel", "error", "-xerror",
            "-protocol_whitelist", "file,pipe",  # a playlist in disguise must not call home
            "-i", _build_url(video.path), "-map", "0:v:0",
            "-vf", filters, "-f", "image2pipe", "-c:v", "ppm", "-",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    count = 0
    with listen(process) as words:
        while (frame := _read_picture(process.stdout)) is not None:
            count += 1
            yield frame
        status = process.wait()
    said = b"".join(words).decode(errors="replace")
    if status or not count or _BROKEN.search(said):
        cause = _find_cause(said)
        where = f"after {count} frames" if count else "before its first frame"
        raise VideoError(f"{video.path} breaks off {where} ({cause}): {_REMEDY}")


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise VideoError(f"{path} is a folder: give a video file")
    if not path.is_file():
        raise VideoError(f"{path} does not exist: check the name of the video")
    if not path.stat().st_size:
        raise VideoError(f"{path} is empty: copy or download it again")


def _read_header(path: Path) -> str:
    """What ffmpeg says of a file's streams."""
    process = start_ffmpeg(
        ["-nostdin", "-i", _build_url(path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    with listen(process) as words:
        process.wait()
    return b"".join(words).decode(errors="replace")


def _parse_rate(stream: str) -> float | None:
    """Frames a second of a video stream; None where its line does not say."""
    rate = re.search(r"([\d.]+k?) fps", stream) or re.search(r"([\d.]+k?) tbr", stream)
    return float(rate[1].replace("k", "000")) if rate else None


def _parse_duration(header: str) -> float | None:
    """Seconds that a file lasts; None where its header does not say."""
    duration = re.search(r"Duration: (\d+):(\d+):([\d.]+)", header)
    if duration is None:
        return None
    return 3600 * int(duration[1]) + 60 * int(duration[2]) + float(duration[3])


def _read_picture(stream: IO[bytes]) -> Photo | None:
    """Read one binary ppm picture from a stream; None at its end."""
    magic = stream.readline()
    if magic != b"P6\n":
        return None
    width, height = map(int, stream.readline().split())
    stream.readline()  # the largest value, 255
    data = stream.read(width * height * 3)
    if len(data) < width * height * 3:
        return None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _build_url(path: Path) -> str:
    """A path that ffmpeg takes for nothing else, whatever is in its name."""
    return f"file:{path.resolve()}"


def _find_cause(words: str) -> str:
    """The first line of ffmpeg's words that says what is wrong."""
    lines = [re.sub(r"^\[.*?\]\s*", "", line.strip()) for line in words.splitlines()]
    telling = [
        line for line in lines if line and "file:" not in line and "At least one" not in line
    ]
    return telling[0] if telling else "ffmpeg found no picture in it"
