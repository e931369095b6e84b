"""Frames of videos that are worth learning from: a few a second, each unlike the one before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ganimate.arrays import Map, Photo
from ganimate.errors import DataError, VideoError
from ganimate.media.video_header import read_header
from ganimate.media.video_reader import VideoSource, read_frames

VIDEO_SUFFIXES = frozenset(
    {
        ".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg",
        ".mpeg", ".wmv", ".flv", ".3gp", ".mts", ".m2ts", ".ogv",
    }
)  # fmt: skip
"""What names of videos end in, in lower case. A .ts may as well be a program."""


@dataclass(frozen=True)
class FootageSettings:
    """Which frames of a video are taken."""

    fps: int = 5
    """Frames a second that are considered; neighbours at full rate show the same. By eye."""

    most: int = 200
    """Frames taken from a video, at most: one long film shall not outweigh all others."""

    longest_side: int = 1920
    """Pixels to which larger frames are shrunk while decoding; larger takes memory."""

    blocks: int = 32
    """Parts of a frame, each way, whose mean greys are compared; more see smaller changes."""

    unlike: float = 6.0
    """Grey levels by which a block must differ for a frame to be taken: more than a codec's noise.
    By eye."""


FOOTAGE = FootageSettings()


def select_frames(video: Path, settings: FootageSettings = FOOTAGE) -> Iterator[tuple[int, Photo]]:
    """Select frames of a video that differ from the last one taken.

    Args:
        video: the file; it is read as far as it can be decoded.
        settings: which frames are taken.

    Yields:
        The number of a frame, counting those that are considered from 0, and the frame (h, w, 3).

    Raises:
        DataError: before the first frame, when the video is broken or all its frames are the same;
            its message is the reason.
    """
    taken: Map | None = None
    first: Photo | None = None
    count = 0
    for number, frame in enumerate(_decode_frames(video, settings)):
        greys = _measure_blocks(frame, settings)
        if taken is None:
            first, taken = frame, greys  # not worth a thing until another one differs
            continue
        if np.abs(greys - taken).max() < settings.unlike:
            continue
        if first is not None:
            yield 0, first
            first, count = None, 1
        yield number, frame
        taken, count = greys, count + 1
        if count >= settings.most:
            return
    if taken is None:
        raise DataError("broken video")
    if first is not None:
        raise DataError("video whose frames are all the same")


def _measure_blocks(frame: Photo, settings: FootageSettings) -> Map:
    """Mean greys of the parts of a frame."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    size = (settings.blocks, settings.blocks)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def _decode_frames(video: Path, settings: FootageSettings) -> Iterator[Photo]:
    """Upright frames of a video, as far as it can be decoded."""
    with suppress(VideoError):
        header = read_header(video)
        source = VideoSource(video, settings.fps, header.seconds, None, header.hdr)
        yield from read_frames(source, settings.fps, settings.longest_side)
