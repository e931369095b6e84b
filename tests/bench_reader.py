"""How the face reader compares with mediapipe 0.10.21, and how long it takes.

    python tests/bench_reader.py [--photos FOLDER ...] [--videos FILE ...] [--faceless FOLDER ...]

Points are compared in % of the distance between the outer corners of the eyes. Videos are followed
by both readers on their own, each from its own last frame. Neither reads a face again in a mirror,
as the program does (ganimate/face/rereading.py). Times are user seconds of one thread, so
that a busy machine changes them little. Without mediapipe only times are printed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from mediapipe_reader import MediapipeReader, compare_points, open_mediapipe
from numpy.typing import NDArray
from skimage import data

from ganimate.action_units import ROW_OF
from ganimate.arrays import Landmarks, Photo
from ganimate.errors import GanimateError
from ganimate.face.detection import open_finder, open_tracker
from ganimate.face.landmarks import Face
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo
from ganimate.media.video_reader import open_video, read_frames
from ganimate.weights import load_face_models

UNITS = (1, 2, 4, 12, 25, 26, 45)
"""Action units whose course in a video is compared."""


@dataclass
class Comparison:
    """Faces that both readers have found, and how many only one has.

    Attributes:
        points: distances (478,) of each face, %.
        ours: (17, 2) of each face.
        theirs: (17, 2) of each face.
        only_ours: faces that mediapipe misses.
        only_theirs: faces that ours misses.
    """

    points: list[NDArray[np.float64]] = field(default_factory=list)
    ours: list[NDArray[np.float32]] = field(default_factory=list)
    theirs: list[NDArray[np.float32]] = field(default_factory=list)
    only_ours: int = 0
    only_theirs: int = 0

    def add(self, one: Landmarks | None, other: Landmarks | None, models: FaceModels) -> None:
        if one is None or other is None:
            self.only_ours += one is not None
            self.only_theirs += other is not None
            return
        self.points.append(compare_points(one, other))
        self.ours.append(models.measure(one).aus)
        self.theirs.append(models.measure(other).aus)

    def describe(self) -> str:
        if not self.points:
            return f"no face; only ours {self.only_ours}, only mediapipe's {self.only_theirs}"
        faces = np.mean(self.points, axis=1)
        away = np.abs(np.subtract(self.ours, self.theirs))
        return (
            f"{len(faces)} faces, only ours {self.only_ours}, only mediapipe's {self.only_theirs}; "
            f"points {faces.mean():.3f} %, worst face {faces.max():.2f} %; "
            f"AUs {away.mean():.4f}, worst {away.max():.3f}"
        )

    def show_courses(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The course (n, 7) of UNITS by both readers, each less its mean."""
        rows = [ROW_OF[unit] for unit in UNITS]
        one, other = (np.array(each).mean(axis=2)[:, rows] for each in (self.ours, self.theirs))
        return one - one.mean(axis=0), other - other.mean(axis=0)


def read_folder(folder: Path) -> Iterator[Photo]:
    """The photos of a folder."""
    for path in sorted(folder.rglob("*")):
        try:
            yield read_photo(path)
        except GanimateError:
            continue


def pad(photo: Photo) -> Photo:
    """Borders around a small photo, which may be a crop of a face: detectors want them."""
    margin = max(photo.shape[:2]) // 3 if max(photo.shape[:2]) < 300 else 0
    border = (margin, margin, margin, margin)
    return np.asarray(cv2.copyMakeBorder(photo, *border, cv2.BORDER_REPLICATE), np.uint8)


def compare_photos(folder: Path, theirs: MediapipeReader, models: FaceModels) -> None:
    comparison = Comparison()
    with open_finder(steadily=False) as find:
        for photo in map(pad, read_folder(folder)):
            other = theirs.find(photo)
            found = [face.landmarks for face in find(photo, False)]
            if other is not None and found:  # the same of several faces
                found.sort(key=lambda one: compare_points(one, other).mean())
            comparison.add(found[0] if found else None, other, models)
    print(f"{folder.name}: {comparison.describe()}", flush=True)


def follow_theirs(reader: MediapipeReader) -> Callable[[Photo], Landmarks | None]:
    """Follow one face by mediapipe, as open_tracker() does by the reader."""
    last: list[Landmarks | None] = [None]

    def follow(frame: Photo) -> Landmarks | None:
        known = last[0]
        near = None if known is None else reader.read(frame, Face(known).box)
        last[0] = reader.find(frame) if near is None else near
        return last[0]

    return follow


def compare_video(
    path: Path, frames: int, theirs: MediapipeReader, models: FaceModels
) -> Comparison:
    comparison = Comparison()
    video = open_video(path)
    follow = follow_theirs(theirs)
    with open_tracker() as track:
        for count, frame in enumerate(read_frames(video, video.fps)):
            if count == frames:
                break
            face = track(frame)
            comparison.add(None if face is None else face.landmarks, follow(frame), models)
    print(f"{path.name}: {comparison.describe()}", flush=True)
    return comparison


def correlate(comparisons: Sequence[Comparison]) -> str:
    """Pearson's r of the two readings of each of UNITS, within videos."""
    courses = [comparison.show_courses() for comparison in comparisons]
    one, other = (np.concatenate(each) for each in zip(*courses, strict=True))
    rs = (one * other).sum(0) / np.sqrt((one**2).sum(0) * (other**2).sum(0))
    return "r within videos: " + ", ".join(f"AU{u} {r:.3f}" for u, r in zip(UNITS, rs, strict=True))


def user_milliseconds(action: Callable[[], object], repeats: int = 60) -> float:
    """User time of an action, one of many."""
    action()
    began = os.times().user
    for _ in range(repeats):
        action()
    return 1000 * (os.times().user - began) / repeats


def bench_times(theirs: MediapipeReader | None) -> None:
    """A photo, a tracked frame, and loading, on one thread."""
    cv2.setNumThreads(1)
    photo = data.astronaut()
    began = time.perf_counter()
    with open_finder() as find, open_finder(steadily=False) as find_once:
        print(f"loading, twice: {1000 * (time.perf_counter() - began):.0f} ms")
        box = find(photo, False)[0].box
        print(f"a photo: {user_milliseconds(lambda: find(photo, False)):.1f} ms")
        print(
            f"a photo, not read again: {user_milliseconds(lambda: find_once(photo, False)):.1f} ms"
        )
        print(
            f"a tracked frame: {user_milliseconds(lambda: find_once(photo, False, [box])):.1f} ms"
        )
    if theirs is not None:
        print(f"mediapipe, a photo: {user_milliseconds(lambda: theirs.find(photo)):.1f} ms")
        print(f"mediapipe, a frame: {user_milliseconds(lambda: theirs.read(photo, box)):.1f} ms")


def count_false_faces(folders: list[Path]) -> None:
    """Faces that are found where there are none."""
    pictures = faces = 0
    with open_finder() as find:
        for photo in (photo for folder in folders for photo in read_folder(folder)):
            pictures += 1
            faces += len(find(photo, True))
    print(f"{faces} faces in {pictures} pictures without one")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, nargs="*", default=[], help="folders of photos")
    parser.add_argument("--videos", type=Path, nargs="*", default=[])
    parser.add_argument("--frames", type=int, default=10_000, help="of each video")
    parser.add_argument(
        "--faceless", type=Path, nargs="*", default=[], help="folders without faces"
    )
    options = parser.parse_args()
    models = load_face_models()
    has_mediapipe = sys.version_info < (3, 13)
    with open_mediapipe() if has_mediapipe else nullcontext() as theirs:
        bench_times(theirs)
        if theirs is not None:
            for folder in options.photos:
                compare_photos(folder, theirs, models)
            videos = [compare_video(one, options.frames, theirs, models) for one in options.videos]
            if videos:
                print(correlate(videos))
    if options.faceless:
        count_false_faces(options.faceless)


if __name__ == "__main__":
    main()
