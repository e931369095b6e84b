"""Frames of videos that are worth learning from: a few a second, each unlike the one before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Photo
from ganimate.errors import DataError, VideoError
from ganimate.media.video_reader import VideoSource, read_frames

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg"})
FRAMES_A_SECOND = 5  # looked at; neighbours at full rate show the same
MOST_FRAMES = 200  # taken from a video: one long film shall not outweigh all others
LONGEST_SIDE = 1920  # px; larger frames are shrunk while decoding
BLOCKS = 32  # of a frame, each way, whose mean greys are compared
UNLIKE = 6.0  # grey levels by which a block must differ: more than a codec's noise


def select_frames(video: Path) -> Iterator[tuple[int, Photo]]:
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
    with suppress(VideoError):
        yield from read_frames(
            VideoSource(video, FRAMES_A_SECOND, None, None), FRAMES_A_SECOND, LONGEST_SIDE
        )
