"""Videos in: the frames of a file, one at a time, at a constant rate, and what its sound is.

ffmpeg is asked directly rather than through imageio. When that was tried (2.38.1, on 2026-11-25),
its ffmpeg and pyav plugins gave all 40 frames of a file with a hole in it, without a word of the
damage; the former took no gif or webp, the latter could not decode an animated webp.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO

import numpy as np

from ganimate.arrays import Photo
from ganimate.errors import UsageError, VideoError
from ganimate.limits import MAX_FPS, MAX_SECONDS, MIN_FPS
from ganimate.media.ffmpeg import (
    Deadline,
    ask_ffmpeg,
    explain_end,
    list_input_arguments,
    listen,
    start_ffmpeg,
)
from ganimate.media.video_header import (
    PATIENCE,
    REMEDY,
    check_sound,
    find_cause,
    measure_times,
    read_header,
)


@dataclass(frozen=True)
class ReaderSettings:
    """How videos are read."""

    longest: int = 960
    """Longest side of a frame, pixels; larger frames are shrunk. Larger is slower and finds smaller
    faces: one that is a twentieth of the frame wide, 48 px, can still be followed."""

    unknown_fps: float = 25.0
    """Frames a second of a file that neither says nor has two pictures, as common as any."""

    lead: float = 10.0
    """Seconds before the start of a part from which a file with an index is read; larger is slower,
    and smaller misses a picture that stands for longer. A choice: nobody films so slowly."""

    white: float = 203.0
    """Luminance of high dynamic range that becomes white, cd/m2; larger makes darker frames. From
    ITU-R BT.2408, which puts white paper there."""

    peak: float = 1000.0
    """Largest luminance of high dynamic range that is told from larger ones, cd/m2; larger leaves
    the lights less contrast. From ITU-R BT.2100: the peak that HLG is made for, and most PQ."""

    knee: float = 0.6
    """Part of white, in linear light, up to which luminances are kept; above it they are bent to
    fit, more gently the smaller it is. Measured: of .3, .6 and .8 the largest that still tells
    lights apart; frames of SDR that were made HLG come back within 3.5 grey levels (codec and
    all), by .3 within 8."""


READER = ReaderSettings()

_BROKEN = re.compile("partial file|corrupt|truncat|invalid data", re.IGNORECASE)
"""What ffmpeg says of files that are not whole, though its exit code may be 0."""


@dataclass(frozen=True)
class VideoSource:
    """A video file.

    Attributes:
        path: where it is.
        fps: frames a second, within what can be rendered.
        seconds: its length; None where that is not known before it is read.
        sound: codec of the first sound track; None where there is none that can be decoded.
        hdr: matrix, primaries and curve of high dynamic range; None where the range is the usual.
        warnings: what of the file will not be as it should, a sentence each.
        indexed: whether decoding can begin anywhere.
        start: seconds of the file at which what is read begins.
        seek: seconds of the file at which decoding begins, no later.
        ends: whether what is read ends before the file does, after `seconds`.
    """

    path: Path
    fps: float
    seconds: float | None
    sound: str | None
    hdr: tuple[str, str, str] | None = None
    warnings: tuple[str, ...] = ()
    indexed: bool = False
    start: float = 0.0
    seek: float = 0.0
    ends: bool = False


def open_video(path: str | Path, settings: ReaderSettings = READER) -> VideoSource:
    """Read the header of a video file; where that has no rate, the times of its pictures.

    Raises:
        VideoError: there is no such file, it is no video, or it is too long.
    """
    path = Path(path)
    header = read_header(path)
    rate, seconds = header.rate, header.seconds
    if rate is None or seconds is None:
        measured, last = measure_times(path)
        rate, seconds = rate or measured, seconds or last
    if seconds is not None and seconds > MAX_SECONDS:
        raise _refuse_length(path, seconds)
    sound, warnings = header.sound, []
    if sound and not check_sound(path):
        warnings.append(
            f"the sound of {path} ({sound}) cannot be decoded: the clip will be silent; convert it "
            "to AAC in another program to keep it"
        )
        sound = None
    if header.hdr and not _has_tone_mapping():
        warnings.append(
            f"{path} has a high dynamic range, which this ffmpeg cannot map (it has no zscale and "
            "tonemap): its frames will look pale; convert it to SDR for better ones"
        )
    fps = rate or settings.unknown_fps
    return VideoSource(
        path=path,
        fps=min(max(fps, MIN_FPS), MAX_FPS),
        seconds=seconds,
        sound=sound,
        hdr=header.hdr,
        warnings=tuple(warnings),
        indexed=header.indexed,
    )


def cut_video(
    video: VideoSource,
    start: float = 0.0,
    end: float | None = None,
    settings: ReaderSettings = READER,
) -> VideoSource:
    """Choose a part of a video.

    Args:
        video: all of it.
        start: seconds at which the part begins.
        end: seconds at which it ends; by default where the video does.
        settings: how much is decoded before the part.

    Returns:
        The part; its `seconds` are None where neither the video's length nor an end is known.

    Raises:
        UsageError: there is nothing between `start` and `end`.
    """
    length = video.seconds
    if start < 0 or (end is not None and end <= start):
        raise UsageError(f"nothing lies from {start:g} s to {end:g} s: give a later `end`")
    if length is not None and start >= length:
        raise UsageError(
            f"{video.path} lasts {length:.3g} s, so that nothing comes after {start:g} s: give an "
            "earlier `start`"
        )
    ends = end is not None and (length is None or end < length)
    last = end if ends else length
    return replace(
        video,
        start=start,
        seek=max(0.0, start - settings.lead) if video.indexed else 0.0,
        seconds=None if last is None else last - start,
        ends=ends,
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
        VideoError: the file breaks off, holds no frame, or frames without end.
    """
    # From the start, not from the first picture: that may come later than the sound.
    begin = f"start_time={video.start - video.seek!r},setpts=PTS-STARTPTS"
    steps = [f"fps=fps={fps!r}:{begin}", _write_scaling(longest)]
    if video.hdr and _has_tone_mapping():
        steps = [steps[0], *_list_tone_mapping(steps[1], *video.hdr)]
    # Some formats (ts, mpg) begin at 0 with the streams that are asked for: the sound is asked for,
    # too, as encoders.py asks for a picture, so that both begin at the same time.
    clock = ["-map", "0:a:0", "-c", "copy", "-frames:a", "1", "-f", "null", "-"]
    # Each picture of a ppm stream tells its own size: nothing need be known of rotations.
    process = start_ffmpeg(
        [
            "-nostdin", "-loglevel", "error", "-xerror",
            *list_input_arguments(video.path, video.seek), "-map", "0:V:0",
            "-vf", ",".join(steps), *_list_end(video, fps),
            "-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "-",
            *(clock if video.sound else []),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    count = 0
    late = False
    patience = PATIENCE.answer + PATIENCE.decoding * (video.start - video.seek)
    with listen(process) as words:
        while True:
            with Deadline(process, patience) as deadline:
                frame = _read_picture(process.stdout, video.path)
            if frame is None:
                late = deadline.passed
                break
            count += 1
            if count > (MAX_SECONDS + 1) * fps:  # whatever the header says
                raise _refuse_length(video.path, count / fps)
            yield frame
        status = process.wait()
    said = b"".join(words).decode(errors="replace")
    if status < 0 and not late:
        raise VideoError(f"ffmpeg could not read {video.path} ({explain_end(status)}): try again")
    if status or not count or _BROKEN.search(said):
        waited = f"no frame came within {patience:.0f} s"
        cause = waited if late else find_cause(said)
        where = f"after {count} frames" if count else "before its first frame"
        raise VideoError(f"{video.path} breaks off {where} ({cause}): {REMEDY}")


def _refuse_length(path: Path, seconds: float) -> VideoError:
    """The error of a video that is too long."""
    hours = MAX_SECONDS / 3600
    return VideoError(f"{path} lasts {seconds / 3600:.1f} h: cut it to {hours:g} h or less")


def _list_end(video: VideoSource, fps: float) -> list[str]:
    """List the arguments that end the frames with the part that is read."""
    if not video.ends or video.seconds is None:
        return []
    return ["-frames:v", str(max(1, round(video.seconds * fps)))]


def _read_picture(stream: IO[bytes], path: Path) -> Photo | None:
    """Read one binary ppm picture from a stream; None at its end.

    Raises:
        VideoError: there is something else in the stream. Who writes it may be waiting to write on.
    """
    magic = stream.readline()
    if not magic:
        return None
    size = re.fullmatch(rb"(\d+) (\d+)\n", stream.readline())
    if magic != b"P6\n" or size is None or stream.readline() != b"255\n":
        raise VideoError(f"ffmpeg makes no pictures of 8 bit of {path}: {REMEDY}")
    width, height = int(size[1]), int(size[2])
    data = stream.read(width * height * 3)
    if len(data) < width * height * 3:
        return None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _write_scaling(longest: int) -> str:
    """Write the filter that makes pixels square and shrinks what is larger than `longest`.

    Pixels that are not square are stretched, so that no detail is lost. A picture that is turned by
    its header comes turned, with the shape of its pixels.
    """
    width, height = "iw*max(sar,1)", "ih/min(sar,1)"
    most = {side: f"min({longest},{side})" for side in (width, height)}
    size = {
        "w": f"min({most[width]},floor({most[height]}*({width})/({height})+.5))",
        "h": f"min({most[height]},floor({most[width]}*({height})/({width})+.5))",
    }
    return "scale=" + ":".join(f"{side}='max(1,floor({size[side]}+.5))'" for side in size)


@cache
def _has_tone_mapping() -> bool:
    """Whether this ffmpeg maps a high dynamic range to the usual one."""
    filters, _ = ask_ffmpeg(["-loglevel", "error", "-filters"], PATIENCE.answer)
    return all(re.search(rf" {name} +V->V", filters) for name in ("zscale", "tonemap"))


def _list_tone_mapping(scaling: str, matrix: str, primaries: str, curve: str) -> list[str]:
    """List the filters that scale a high dynamic range and map it to BT.709.

    It becomes RGB, its curve is undone, colours are bent to fit in linear light, and BT.709's curve
    is applied. What the file does not say is taken for BT.2020, which goes with these curves.
    """
    matrix = "bt2020nc" if matrix == "unknown" else matrix
    primaries = "bt2020" if primaries == "unknown" else primaries
    settings = READER
    return [
        f"setparams=colorspace={matrix}:color_primaries={primaries}:color_trc={curve}",
        scaling,
        "format=gbrp16le",
        f"setparams=colorspace=gbr:color_primaries={primaries}:color_trc={curve}:range=pc",
        f"zscale=t=linear:npl={settings.white},format=gbrpf32le,zscale=p=bt709",
        f"tonemap=mobius:param={settings.knee}:desat=0:peak={settings.peak / settings.white}",
        "zscale=t=bt709,format=gbrp",
    ]
