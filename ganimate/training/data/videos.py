"""Videos as people have them: files, folders of frames, or VoxCeleb's layout; and what is in them.

    videos/a.mp4, videos/b/c.webm            each file is a clip
    videos/a/0001.png, videos/a/0002.png     each folder of pictures is a clip, in their order
    train/id10001#X#1#2.mp4, test/...        VoxCeleb as the first-order model's authors cut it
    mp4/id00012/21Uxsk56VDQ/00001.mp4        VoxCeleb2's own layout

Clips below a folder `test` are held out. Those of a person, whose number VoxCeleb's names have, are
held out together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Floats, Photo
from ganimate.errors import DataError, FaceError, PhotoError, VideoError
from ganimate.face.alignment import sample_crop
from ganimate.face.detection import open_finder
from ganimate.face.square import fit_square
from ganimate.media.photo import read_photo
from ganimate.media.suffixes import PHOTO_SUFFIXES
from ganimate.media.video_reader import open_video, read_frames
from ganimate.training.data.footage import VIDEO_SUFFIXES

FOLDERS = 2
"""Folders of numbered pictures that are taken for clips: one alone is rather a set of photos."""

HELD_OUT_FOLDER = "test"
"""Folder whose clips are held out, as VoxCeleb's are."""


@dataclass(frozen=True)
class VideoSettings:
    """Which frames of a clip are kept, and when a clip is dropped."""

    fps: float = 5.0
    """Frames a second of a file that are looked at; neighbours at full rate show the same. By
    eye."""

    most: int = 200
    """Frames kept of a clip, at most: one long film shall not outweigh all others."""

    longest_side: int = 720
    """Pixels to which larger frames are shrunk while decoding; larger takes memory."""

    thumbnail: int = 64
    """Side of the copies by which frames are compared, pixels; larger sees smaller changes."""

    unlike: float = 4.0
    """Mean squared difference of grey levels from the last frame kept from which a frame is kept,
    too, and without which all of a clip's frames count as the same; larger keeps fewer. A codec's
    noise is below 2; a blink changes 5 or more. By eye."""

    searched: int = 6
    """Frames of a clip in which its face is searched, evenly spread; more follow a head better that
    moves far, and take longer."""

    seen: float = 0.5
    """Share of them in which the face must be found; larger drops more clips."""


VIDEOS = VideoSettings()


@dataclass(frozen=True)
class Clip:
    """A clip as it lies on the disk.

    Attributes:
        name: relative to the folder that was given, with slashes.
        paths: of one video, or of the pictures that are its frames.
    """

    name: str
    paths: tuple[Path, ...]

    @property
    def held_out(self) -> bool:
        """Whether its set keeps it for validation."""
        return HELD_OUT_FOLDER in self.name.split("/")[:-1]


def find_clips(folder: Path) -> list[Clip]:
    """Find the clips below a folder, as list_clips() does.

    Raises:
        DataError: there is no such folder, or it has none.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder of videos.")
    clips = list_clips(folder)
    if not clips:
        raise DataError(
            f"{folder} holds no videos ({', '.join(sorted(VIDEO_SUFFIXES))}) and no folders of "
            "frames."
        )
    return clips


def list_clips(folder: Path) -> list[Clip]:
    """List the clips below a folder, sorted by name; hidden files and folders are left out."""
    videos: list[Clip] = []
    pictures: dict[Path, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        suffix = path.suffix.lower()
        if suffix in VIDEO_SUFFIXES and path.is_file():
            videos.append(Clip(path.relative_to(folder).as_posix(), (path,)))
        elif suffix in PHOTO_SUFFIXES and path.is_file():
            pictures.setdefault(path.parent, []).append(path)
    for parent, paths in pictures.items():
        if parent == folder and (videos or len(pictures) > 1):
            continue  # posters or contact sheets beside the videos
        name = parent.name if parent == folder else parent.relative_to(folder).as_posix()
        videos.append(Clip(name, tuple(paths)))
    return sorted(videos, key=lambda clip: clip.name)


def look_like_clips(clips: Sequence[Clip]) -> bool:
    """Tell whether videos are among some clips, or two folders of pictures that are numbered.

    Other folders of pictures may be clips, too, and are rather photos of many people.
    """
    if any(clip.paths[0].suffix.lower() in VIDEO_SUFFIXES for clip in clips):
        return True
    return sum(map(_is_numbered, clips)) >= FOLDERS


def _is_numbered(clip: Clip) -> bool:
    """Whether the names of a clip's pictures differ by a number at their end alone."""
    stems = [path.stem for path in clip.paths]
    beginnings = {stem.rstrip("0123456789") for stem in stems}
    return len(stems) > 1 and len(beginnings) == 1 and beginnings.isdisjoint(stems)


def cut_clip(clip: Clip, size: int, settings: VideoSettings = VIDEOS) -> NDArray[np.uint8]:
    """Cut the face out of the frames of a clip that differ.

    Args:
        clip: where it is.
        size: side of the frames, pixels.
        settings: which frames are kept.

    Returns:
        (k, size, size, 3) uint8, k of 2 or more, the same square of each frame.

    Raises:
        DataError: the clip is not worth learning from; its message is the reason.
    """
    frames = select_different(_read_clip(clip, settings), settings)
    places = np.unique(np.linspace(0, len(frames) - 1, settings.searched).round().astype(int))
    boxes = []
    with open_finder() as find:
        for place in places:
            found = find(frames[place], False)
            boxes += [found[0].box] if found else []
    if len(boxes) < max(1, settings.seen * len(places)):
        raise DataError("no face")
    to_square = fit_square(boxes, size)
    return np.stack([sample_crop(frame, to_square, size) for frame in frames])


def select_different(frames: Iterator[Photo], settings: VideoSettings = VIDEOS) -> list[Photo]:
    """Select the frames of a clip that differ from the last one selected, in mean squares.

    Raises:
        DataError: there are fewer than two.
    """
    kept: list[Photo] = []
    last: Floats | None = None
    count = 0
    side = (settings.thumbnail, settings.thumbnail)
    for frame in frames:
        count += 1
        small = cv2.resize(frame, side, interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        if last is None or float(((grey - last) ** 2).mean()) >= settings.unlike:
            kept.append(frame)
            last = grey
        if len(kept) == settings.most:
            break
    if len(kept) < 2:
        raise DataError("one frame alone" if count < 2 else "frames that are all the same")
    return kept


def _read_clip(clip: Clip, settings: VideoSettings) -> Iterator[Photo]:
    """Yield the frames of a clip that are looked at.

    Raises:
        DataError: it cannot be read to its end.
    """
    try:
        if len(clip.paths) > 1 or clip.paths[0].suffix.lower() in PHOTO_SUFFIXES:
            yield from _read_pictures(clip)
        else:
            source = open_video(clip.paths[0])
            yield from read_frames(source, settings.fps, settings.longest_side)
    except (VideoError, PhotoError, FaceError) as error:
        raise DataError("broken video") from error


def _read_pictures(clip: Clip) -> Iterator[Photo]:
    shape: tuple[int, ...] | None = None
    for path in clip.paths:
        frame = read_photo(path)
        if shape is not None and frame.shape != shape:
            raise DataError("frames of several sizes")
        shape = frame.shape
        yield frame
