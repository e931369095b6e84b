"""Video in: frames of a video file, one at a time, at a constant rate, and what its sound is."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np

from ganimate.arrays import Photo
from ganimate.errors import VideoError
from ganimate.limits import MAX_FPS, MAX_SECONDS, MIN_FPS
from ganimate.media.ffmpeg import listen

LONGEST = 960  # px; larger frames are shrunk: a face that is a twentieth of that can be followed
BROKEN = re.compile("partial file|corrupt|truncat|invalid data", re.IGNORECASE)  # ffmpeg's words

_TRY = "play it in another program, convert it to .mp4, or give another video"


@dataclass(frozen=True)
class VideoSource:
    """A video file."""

    path: Path
    fps: float
    seconds: float | None  # as its header has it; None where it does not say
    sound: str | None  # codec of the first sound track


def open_video(path: str | Path) -> VideoSource:
    """Look at a video file. Raises VideoError if it is none, or says nothing of its frames."""
    path = Path(path)
    if path.is_dir():
        raise VideoError(f"{path} is a folder: give a video file")
    if not path.is_file():
        raise VideoError(f"{path} does not exist: check the name of the video")
    if not path.stat().st_size:
        raise VideoError(f"{path} is empty: copy or download it again")
    done = subprocess.run(_command("-i", _url(path)), capture_output=True, stdin=subprocess.DEVNULL)
    words = done.stderr.decode(errors="replace")
    picture = re.search(r"Stream #0.*?: Video: (.*)", words)
    if picture is None:
        if re.search(r"Stream #0.*?: Audio: ", words):
            raise VideoError(f"{path} has sound but no pictures: give a video of a face")
        raise VideoError(f"{path} is no video that can be read ({_cause(words)}): {_TRY}")
    rate = re.search(r"([\d.]+k?) fps", picture[1]) or re.search(r"([\d.]+k?) tbr", picture[1])
    fps = float(rate[1].replace("k", "000")) if rate else 25.0
    duration = re.search(r"Duration: (\d+):(\d+):([\d.]+)", words)
    seconds = None
    if duration:
        seconds = 3600 * int(duration[1]) + 60 * int(duration[2]) + float(duration[3])
        if seconds > MAX_SECONDS:
            hours = MAX_SECONDS / 3600
            raise VideoError(f"{path} lasts {seconds / 3600:.1f} h: cut it to {hours:g} h or less")
    sound = re.search(r"Stream #0.*?: Audio: (\w+)", words)
    return VideoSource(path, min(max(fps, MIN_FPS), MAX_FPS), seconds, sound[1] if sound else None)


def read_frames(footage: VideoSource, fps: float, longest: int = LONGEST) -> Iterator[Photo]:
    """Frames (H, W, 3) uint8 RGB, upright, at most `longest` pixels long, lazily.

    Whatever rate the file has, and even if it varies, there are `fps` frames for each second from
    its start. Raises VideoError where the file breaks off or holds no frame.
    """
    # From 0, not from the first picture: it may come later than the sound, which is copied.
    filters = (
        f"fps=fps={fps!r}:start_time=0,"
        f"scale=w='min({longest},iw)':h='min({longest},ih)':force_original_aspect_ratio=decrease"
    )
    # Each picture of a ppm stream tells its own size: nothing need be known of rotations.
    command = _command(
        "-loglevel", "error", "-xerror",
        "-protocol_whitelist", "file,pipe",  # a playlist in disguise must not call home
        "-i", _url(footage.path), "-map", "0:v:0",
        "-vf", filters, "-f", "image2pipe", "-c:v", "ppm", "-",
    )  # fmt: skip
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us, and we end it
    )
    assert process.stdout is not None
    count = 0
    with listen(process) as words:
        while (frame := _next_picture(process.stdout)) is not None:
            count += 1
            yield frame
        status = process.wait()
    said = b"".join(words).decode(errors="replace")
    if status or not count or BROKEN.search(said):
        cause = _cause(said)
        where = f"after {count} frames" if count else "before its first frame"
        raise VideoError(f"{footage.path} breaks off {where} ({cause}): {_TRY}")


def _next_picture(stream: IO[bytes]) -> Photo | None:
    """One binary ppm picture from a stream; None at its end."""
    magic = stream.readline()
    if magic != b"P6\n":
        return None
    width, height = map(int, stream.readline().split())
    stream.readline()  # the largest value, 255
    data = stream.read(width * height * 3)
    if len(data) < width * height * 3:
        return None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _command(*arguments: str) -> list[str]:
    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise VideoError(
            f"ffmpeg cannot be started ({error}): reinstall the imageio-ffmpeg package"
        ) from error
    return [program, "-hide_banner", "-nostdin", *arguments]


def _url(path: Path) -> str:
    """A path that ffmpeg takes for nothing else, whatever is in its name."""
    return f"file:{path.resolve()}"


def _cause(words: str) -> str:
    """ffmpeg's own words, the shortest line that says something."""
    lines = [re.sub(r"^\[.*?\]\s*", "", line.strip()) for line in words.splitlines()]
    telling = [
        line for line in lines if line and "file:" not in line and "At least one" not in line
    ]
    return telling[0] if telling else "ffmpeg found no picture in it"
