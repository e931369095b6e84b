"""Make clips of faces that move, for `ganimate train --preset first-order`, from photos of faces.

    python scripts/make_face_clips.py PHOTOS ... -o clips/ --count 700

Each photo that has a face becomes a folder of frames, in which `motion` animates it: expressions
that faces of photos show, lips that move as in speech, blinks, turns of the head, and a camera that
is not quite still. The clip of a photo follows from the seed and the photo's name alone, and a
folder that is there already is left as it is, so that the script can be stopped and run again.
Frames lie a quarter of a second apart: neighbours of a real clip teach little.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ganimate.action_units import ROW_OF
from ganimate.arrays import Floats, Photo
from ganimate.clip import open_animators
from ganimate.errors import FaceError, PhotoError
from ganimate.media.suffixes import PHOTO_SUFFIXES
from ganimate.media.video_writer import write_frames
from ganimate.performance.shown_faces import load_faces
from ganimate.rendering.animator import Animator, draw_frames
from ganimate.studio.plausible import draw_aus
from ganimate.weights import load_face_models


@dataclass(frozen=True)
class ClipSettings:
    """What happens in a clip."""

    expressions: int = 5
    """Expressions of a clip, evenly spread over it; more is livelier."""

    speech: float = 0.45
    """Largest intensity that speech adds to AU25 and AU26; larger opens the mouth farther."""

    blinking: float = 0.15
    """Share of the frames in which the lids are shut or half shut."""

    turn: tuple[float, float, float] = (12.0, 8.0, 7.0)
    """Degrees that the head turns, nods and tilts at most, either way."""

    shift: float = 0.06
    """Share of the picture's side that the camera moves at most, either way."""

    zoom: float = 0.06
    """Share by which the picture grows or shrinks at most."""


CLIP = ClipSettings()


def main() -> None:
    """Make the clips, and say how many there are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTOS", help="folders")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--count", type=int, default=1000, help="clips, drawn from all photos")
    parser.add_argument("--frames", type=int, default=16, help="frames of a clip")
    parser.add_argument("--size", type=int, default=192, help="longest side of a frame, pixels")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    photos = [
        path
        for folder in options.photos
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in PHOTO_SUFFIXES
    ]
    random = np.random.default_rng(options.seed)
    chosen = random.permutation(len(photos))[: options.count]
    made = skipped = 0
    models, faces = load_face_models(), load_faces()
    for path in (photos[index] for index in chosen):
        target = options.output / path.name.partition(".")[0]
        if target.exists():
            continue
        course = np.random.default_rng((options.seed, zlib.crc32(path.name.encode())))
        try:
            (animator,) = open_animators(path, models, size=options.size)
        except (FaceError, PhotoError):
            skipped += 1
            continue
        options.output.mkdir(parents=True, exist_ok=True)
        write_frames(_draw(animator, faces, course, options.frames), f"{target}/", fps=4)
        made += 1
    print(f"{options.output}: {made} clips made, {skipped} photos without a usable face")


def _draw(
    animator: Animator, faces: Floats, random: np.random.Generator, frames: int
) -> Iterator[Photo]:
    """Draw the frames of a clip."""
    aus = _act(animator, faces, random, frames)
    heads = _wander(random, frames, 3) * np.array(CLIP.turn, np.float32)
    moving = draw_frames([animator], [animator.layers(iter(aus), None, iter(heads))])
    for frame, (x, y, zoom) in zip(moving, _wander(random, frames, 3), strict=True):
        yield _film(frame, x * CLIP.shift, y * CLIP.shift, 1 + zoom * CLIP.zoom)


def _act(animator: Animator, faces: Floats, random: np.random.Generator, frames: int) -> Floats:
    """What a face shows in each frame, (n, 17, 2): others after its own, speech, blinks."""
    keys = [animator.portrait.aus, *(draw_aus(faces, random) for _ in range(CLIP.expressions))]
    places = np.linspace(0, len(keys) - 1, frames)
    before = np.minimum(places.astype(int), len(keys) - 2)
    share = (places - before)[:, None, None].astype(np.float32)
    table = np.stack(keys)
    aus = table[before] * (1 - share) + table[before + 1] * share
    talks = random.random() < 0.7
    for number in (25, 26) if talks else ():
        aus[:, ROW_OF[number]] += CLIP.speech * random.random((frames, 1))
    shut = random.random(frames) < CLIP.blinking
    aus[shut, ROW_OF[45]] = random.choice([0.5, 1.0], (int(shut.sum()), 1))
    return np.clip(aus, 0, 1).astype(np.float32)


def _wander(random: np.random.Generator, frames: int, channels: int) -> Floats:
    """Smooth courses in [-1, 1], (n, channels), each from 0 to places drawn on the way."""
    keys = np.concatenate([np.zeros((1, channels)), random.uniform(-1, 1, (4, channels))])
    places = np.linspace(0, len(keys) - 1, frames)
    courses = [np.interp(places, np.arange(len(keys)), keys[:, i]) for i in range(channels)]
    return np.stack(courses, axis=1).astype(np.float32)


def _film(frame: Photo, x: float, y: float, zoom: float) -> Photo:
    """Film a frame by a camera that is moved by shares of its side, and zooms."""
    height, width = frame.shape[:2]
    middle = np.array([width, height]) / 2
    offset = middle - zoom * middle + np.array([x, y]) * max(height, width)
    matrix = np.array([[zoom, 0, offset[0]], [0, zoom, offset[1]]])
    filmed = cv2.warpAffine(frame, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(filmed, np.uint8)


if __name__ == "__main__":
    main()
