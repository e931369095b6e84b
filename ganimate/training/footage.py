"""Frames of videos that are worth learning from: a few a second, each unlike the one before."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import cv2
import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from ganimate.errors import DataError
from ganimate.faces import Photo

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg"})
FRAMES_A_SECOND = 5  # looked at; neighbours at full rate show the same
MOST_FRAMES = 200  # taken from a video: one long film shall not outweigh all others
LONGEST_SIDE = 1920  # px; larger frames are shrunk while decoding
BLOCKS = 32  # of a frame, each way, whose mean greys are compared
UNLIKE = 6.0  # grey levels by which a block must differ: more than a codec's noise


def differing_frames(video: Path) -> Iterator[tuple[int, Photo]]:
    """Frames (h, w, 3) of a video that differ from the last one taken, with their numbers.

    Numbers count the frames looked at, FRAMES_A_SECOND, from 0. Raises DataError, its message the
    reason, before the first frame when the video is broken or all its frames are the same.
    """
    taken: NDArray[np.float32] | None = None
    first: Photo | None = None
    count = 0
    for number, frame in enumerate(_decoded(video)):
        seen = _blocks(frame)
        if taken is None:
            first, taken = frame, seen  # not worth a thing until another one differs
            continue
        if np.abs(seen - taken).max() < UNLIKE:
            continue
        if first is not None:
            yield 0, first
            first, count = None, 1
        yield number, frame
        taken, count = seen, count + 1
        if count >= MOST_FRAMES:
            return
    if taken is None:
        raise DataError("broken video")
    if first is not None:
        raise DataError("video whose frames are all the same")


def _blocks(frame: Photo) -> NDArray[np.float32]:
    """Mean greys of BLOCKS x BLOCKS parts of a frame."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(cv2.resize(grey, (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA), np.float32)


def _decoded(video: Path) -> Iterator[Photo]:
    """Upright frames of a video, as far as it can be decoded."""
    fit = f"min(1,{LONGEST_SIDE}/max(iw,ih))"
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-threads", "1",
        "-protocol_whitelist", "file,pipe",  # a playlist in disguise must not call home
        "-i", f"file:{video.resolve()}",
        "-map", "0:v:0", "-vf", f"fps={FRAMES_A_SECOND},scale='iw*{fit}':'ih*{fit}'",
        "-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "-",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            while (frame := _read_ppm(process.stdout)) is not None:
                yield frame
        finally:
            process.kill()


def _read_ppm(stream: IO[bytes]) -> Photo | None:
    """The next picture of a stream of binary PPMs; None at its end."""
    magic, size, white = stream.readline(), stream.readline(), stream.readline()
    if magic != b"P6\n" or white != b"255\n":
        return None
    width, height = map(int, size.split())
    data = stream.read(width * height * 3)
    if len(data) < width * height * 3:
        return None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)
