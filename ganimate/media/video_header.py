"""What a video file says of itself: its streams, their colours, rate and length."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ganimate.errors import VideoError
from ganimate.limits import MAX_FPS
from ganimate.media.ffmpeg import REFUSAL, SlowVideoError, ask_ffmpeg, list_input_arguments

REMEDY = "play it in another program, convert it to .mp4, or give another video"
"""What to try with a file that cannot be read."""


@dataclass(frozen=True)
class PatienceSettings:
    """How long a video is waited for; what takes longer is damaged, or made to take long."""

    answer: float = 30.0
    """Seconds for what a file says of itself, and for its next frame; larger waits longer for
    nothing, and smaller gives slow disks up. A choice: usual files take a tenth of a second."""

    decoding: float = 4.0
    """Seconds more for each second of a video that is decoded and left out before a part; larger
    waits longer. A choice: old computers decode 4K about as fast as it plays."""

    slowest: float = 5e6
    """Bytes a second that a disk reads at least; smaller waits longer. A choice: a slow network."""


PATIENCE = PatienceSettings()


@dataclass(frozen=True)
class VideoHeader:
    """What the header of a video file says.

    Attributes:
        rate: frames a second of its pictures; None where that is not said, or is no rate: some
            files have none and what stands there is the tick of their clock.
        seconds: its length; None where that is not said.
        sound: codec of the first sound track; None where there is none.
        hdr: matrix, primaries and curve of high dynamic range (HLG or PQ, ITU-R BT.2100), as
            ffmpeg names them, "unknown" among them; None where the range is the usual one.
        indexed: whether its container says where in the file a moment is.
    """

    rate: float | None
    seconds: float | None
    sound: str | None
    hdr: tuple[str, str, str] | None
    indexed: bool = False


def read_header(path: Path) -> VideoHeader:
    """Read the header of a video file.

    Raises:
        VideoError: there is no such file, or it is no video.
    """
    _check_file(path)
    _, said = _ask(path, [])
    header = said.replace(f"file:{path.resolve()}", "file:")  # a name may have lines of its own
    pictures = re.findall(r"^ *Stream #0.*?: Video: (.*)", header, re.MULTILINE)
    moving = [stream for stream in pictures if "(attached pic)" not in stream]
    sound = re.search(r"^ *Stream #0.*?: Audio: (\w+)", header, re.MULTILINE)
    if REFUSAL in header or "m3u8" in find_cause(header):
        raise VideoError(
            f"{path} is a playlist, or of a format that is not read: give the video file itself, "
            "or convert it to .mp4"
        )
    if not moving:
        if sound:
            what = "pictures other than a cover" if pictures else "pictures"
            raise VideoError(f"{path} has sound but no {what}: give a video of a face")
        raise VideoError(f"{path} is no video that can be read ({find_cause(header)}): {REMEDY}")
    return VideoHeader(
        rate=_parse_rate(moving[0]),
        seconds=_parse_duration(header),
        sound=sound[1] if sound else None,
        hdr=_parse_hdr(moving[0]),
        indexed=re.search(r"^Input #0, (mov|matroska),", header, re.MULTILINE) is not None,
    )


def measure_times(path: Path) -> tuple[float | None, float | None]:
    """Measure the rate and the length of a video by the times of its pictures, undecoded.

    Returns:
        Pictures a second, and the seconds at which the last of them ends; None where it has fewer
        than two pictures at different times.
    """
    picture = ["-map", "0:V:0", "-c", "copy", "-f", "framecrc", "-"]
    listing, _ = _ask(path, picture, "-loglevel", "error")
    tick = re.search(r"^#tb 0: (\d+)/(\d+)", listing, re.MULTILINE)
    ticks = [int(shown) for shown in re.findall(r"^0, *\S+, *(-?\d+),", listing, re.MULTILINE)]
    if tick is None or not ticks or max(ticks) == min(ticks):
        return None, None
    second = int(tick[2]) / int(tick[1])
    rate = (len(ticks) - 1) * second / (max(ticks) - min(ticks))
    return rate, max(ticks) / second + 1 / rate


def check_sound(path: Path) -> bool:
    """Try to decode and to copy the beginning of a file's first sound track; say if both work.

    What comes late in a file without an index, so that its rate is not known at first, cannot be
    copied.
    """
    beginning = ["-map", "0:a:0", "-frames:a", "1"]
    outputs = [*beginning, "-f", "framecrc", "-", *beginning, "-c", "copy", "-f", "null", "-"]
    listing, _ = _ask(path, outputs, "-loglevel", "error")
    return re.search("^0,", listing, re.MULTILINE) is not None


def _ask(path: Path, outputs: list[str], *options: str) -> tuple[str, str]:
    """Let ffmpeg read a file, as ask_ffmpeg() does.

    Raises:
        VideoError: it takes longer than any disk would for a file of that size.
    """
    seconds = PATIENCE.answer + path.stat().st_size / PATIENCE.slowest
    try:
        return ask_ffmpeg([*options, *list_input_arguments(path), *outputs], seconds)
    except SlowVideoError as error:
        raise VideoError(f"{path} cannot be read ({error}): {REMEDY}") from error


def find_cause(words: str) -> str:
    """Find the first line of ffmpeg's words that says what is wrong."""
    lines = [re.sub(r"^\[.*?\]\s*", "", line.strip()) for line in words.splitlines()]
    telling = [
        line for line in lines if line and "file:" not in line and "At least one" not in line
    ]
    return telling[0] if telling else "ffmpeg found no picture in it"


def _check_file(path: Path) -> None:
    if os.path.isdir(path):  # False of a name that is too long, where a Path raises
        raise VideoError(f"{path} is a folder: give a video file")
    if not os.path.isfile(path):
        raise VideoError(f"{path} does not exist: check the name of the video")
    if not path.stat().st_size:
        raise VideoError(f"{path} is empty: copy or download it again")


def _parse_rate(stream: str) -> float | None:
    """Frames a second of a video stream; None where its line does not say.

    ffmpeg's "fps" is the mean rate, by the header or a guess from the first pictures. Its "tbr" is
    the least rate that all times of pictures fit: where that is none, pictures come unevenly.
    """
    rates = {
        name: float(value) * (1000 if thousands else 1)
        for value, thousands, name in re.findall(r"(\d+\.?\d*)(k?) (fps|tbr)\b", stream)
    }
    if "fps" not in rates or not 0 < max(rates.values()) <= MAX_FPS:
        return None
    return rates["fps"]


def _parse_duration(header: str) -> float | None:
    """Seconds that a file lasts; None where its header does not say."""
    duration = re.search(r"Duration: (\d+):(\d+):(\d+\.?\d*)", header)
    if duration is None:
        return None
    return 3600 * int(duration[1]) + 60 * int(duration[2]) + float(duration[3])


def _parse_hdr(stream: str) -> tuple[str, str, str] | None:
    """Matrix, primaries and curve of a stream of high dynamic range."""
    colours = re.search(r"\((?:\w+, )?([\w-]+)/([\w-]+)/(arib-std-b67|smpte2084)\b", stream)
    return (colours[1], colours[2], colours[3]) if colours else None
