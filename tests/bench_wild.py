"""Photos as they come, by hand: what is found, warned of, refused, and wrong in silence.

    python tests/bench_wild.py --faces FOLDER --count 100 --none FOLDER --sheet wild.jpg

Faces are photos of one person each; each is altered in the ways below, and what is read of it is
compared with what is read of the photo as it is. --none takes pictures in which nobody is seen;
those in which a face is found are listed. --sheet animates the photos of examples/ altered in each
way, and draws what comes out, with what is said of it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from occluders import OVER_EYES, OVER_MOUTH, occlude

from ganimate.arrays import Photo
from ganimate.clip import animate
from ganimate.errors import GanimateError
from ganimate.face.landmarks import Face
from ganimate.face.turning import turn_face
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo
from ganimate.media.suffixes import PHOTO_SUFFIXES
from ganimate.numerics import Affine2D
from ganimate.portrait import find_portraits
from ganimate.quality import find_concerns, hold_covered
from ganimate.weights import load_face_models

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
RIGHT_WITHIN = 0.15
"""Mean distance of landmarks from where they should be, in distances of the eyes, that is wrong."""

TILE = 180
"""Side of a picture of the sheet, pixels."""

Altered = tuple[Photo, Affine2D]
"""A photo and the map to its pixels from those of the photo as it was."""

SAME = Affine2D(np.eye(2, 3))


def turn(photo: Photo, degrees: float) -> Altered:
    height, width = photo.shape[:2]
    side = int(np.hypot(height, width)) + 2
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    matrix[:, 2] += (side - width) / 2, (side - height) / 2
    turned = cv2.warpAffine(photo, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), Affine2D(matrix)


def add_noise(photo: Photo) -> Photo:
    noise = np.random.default_rng(0).normal(0, 30, photo.shape)
    return np.clip(photo + noise, 0, 255).astype(np.uint8)


def blur(photo: Photo, face: Face) -> Photo:
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), 0.03 * face.box.width), np.uint8)


def shrink(photo: Photo, face: Face) -> Altered:
    scale = 45 / face.box.width
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    shift = 0.5 * scale - 0.5
    return np.asarray(small, np.uint8), Affine2D(np.array([[scale, 0, shift], [0, scale, shift]]))


def crop(photo: Photo, face: Face, below: float) -> Altered:
    """The face cut off at its sides, and below a share of its height."""
    box = face.box
    left, top = max(0, round(box.left)), max(0, round(box.top))
    part = photo[top : round(box.top + below * box.height), left : round(box.left + box.width)]
    return np.ascontiguousarray(part), Affine2D(np.array([[1, 0, -left], [0, 1, -top]], float))


def crop_side(photo: Photo, face: Face) -> Altered:
    """The photo from the middle of the eye at its left on."""
    left = round(float(face.landmarks[[33, 133], 0].mean()))
    return np.ascontiguousarray(photo[:, left:]), Affine2D(
        np.array([[1, 0, -left], [0, 1, 0]], float)
    )


def list_alterations(photo: Photo, face: Face, seed: int) -> Iterator[tuple[str, Altered]]:
    """Yield the kind of each alteration, and what it makes."""
    yield "as it is", (photo, SAME)
    for degrees in range(0, 360, 10):
        lies = 45 < degrees < 315
        yield "lying" if lies else "tilted", turn(photo, degrees)
    yield "dim", (photo // 5, SAME)
    yield "dark", (photo // 16, SAME)
    yield "noisy", (add_noise(photo), SAME)
    yield "blurred", (blur(photo, face), SAME)
    yield "45 pixels wide", shrink(photo, face)
    yield "cut at chin and ears", crop(photo, face, 1.0)
    yield "cut below the nose", crop(photo, face, 0.65)
    yield "cut through an eye", crop_side(photo, face)
    for name, occluder in {**OVER_MOUTH, **OVER_EYES}.items():
        yield name, (occlude(photo, face.landmarks, occluder, seed), SAME)


def list_photos(folder: Path, count: int) -> list[Path]:
    paths = sorted(one for one in folder.rglob("*") if one.suffix.lower() in PHOTO_SUFFIXES)
    return paths[:: max(1, len(paths) // count)][:count]


def judge(altered: Altered, face: Face, models: FaceModels) -> tuple[str, bool, list[str]]:
    """What comes out of a photo.

    Returns:
        Whether it is refused, warned of or silent; whether landmarks are where they should be; and
        what is said of it and held still.
    """
    photo, to_altered = altered
    try:
        found = find_portraits(photo, models)[0]
    except GanimateError:
        return "refused", True, []
    expected = turn_face(face, to_altered).landmarks
    away = np.linalg.norm(found.face.landmarks[:, :2] - expected[:, :2], axis=1).mean()
    right = away < RIGHT_WITHIN * np.linalg.norm(expected[263, :2] - expected[33, :2])
    said = [concern.about for concern in find_concerns(found)]
    held = [f"{part} held" for part in hold_covered(found).held]
    return ("warned" if said else "silent"), bool(right), [*said, *held]


def count_faces(paths: list[Path], models: FaceModels) -> None:
    table: dict[str, Counter[str]] = {}
    words: dict[str, Counter[str]] = {}
    for seed, path in enumerate(paths):
        photo = read_photo(path)
        try:
            face = find_portraits(photo, models, usable=False)[0].face
        except GanimateError:
            continue
        for kind, altered in list_alterations(photo, face, seed):
            outcome, right, said = judge(altered, face, models)
            counts = table.setdefault(kind, Counter())
            counts.update([outcome if right else f"{outcome}, wrong", "all"])
            words.setdefault(kind, Counter()).update(said)
    columns = ("all", "silent", "warned", "refused", "warned, wrong", "silent, wrong")
    print("alteration".ljust(22), *columns, "what is said", sep="\t")
    for kind, counts in table.items():
        said = ", ".join(f"{word} {count}" for word, count in words[kind].most_common())
        print(kind.ljust(22), *(counts[column] for column in columns), said, sep="\t")


def count_none(paths: list[Path], models: FaceModels) -> None:
    found = 0
    for path in paths:
        try:
            portrait = find_portraits(read_photo(path), models)[0]
        except GanimateError:
            continue
        found += 1
        said = ", ".join(concern.about for concern in find_concerns(portrait)) or "nothing"
        print(f"{path}: {portrait!r}, sureness {portrait.face.logit:.1f}, said: {said}")
    print(f"{len(paths)} pictures without a face: {found} with one that would be animated")


def draw_sheet(target: Path, models: FaceModels) -> None:
    """Draw the last frame of a smile of each altered example, and what is said of it."""
    rows: list[Photo] = []
    for name in ("astronaut.jpg", "grace_hopper.jpg"):
        photo = read_photo(EXAMPLES / name)
        face = find_portraits(photo, models)[0].face
        tiles = [
            draw_tile(kind, altered[0], models)
            for number, (kind, altered) in enumerate(list_alterations(photo, face, 1))
            if number % 3 == 0 or number >= 37
        ]
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 9)
        rows += [np.concatenate(tiles[at : at + 9], axis=1) for at in range(0, len(tiles), 9)]
    cv2.imwrite(str(target), np.concatenate(rows)[:, :, ::-1])


def draw_tile(kind: str, photo: Photo, models: FaceModels) -> Photo:
    try:
        clip = animate(photo, to="happy")
        words = ", ".join(one.about for one in find_concerns(clip.courses[0].portrait))
        *_, frame = clip
        box = clip.courses[0].portrait.face.box
        low = np.maximum(np.array([box.left, box.top]) - 0.3 * box.width, 0).astype(int)
        high = (np.array([box.left + box.width, box.top + box.height]) + 0.3 * box.width).astype(
            int
        )
        frame = frame[low[1] : high[1], low[0] : high[0]]
    except GanimateError:
        frame, words = photo, "refused"
    tile = np.asarray(cv2.resize(frame, (TILE, TILE), interpolation=cv2.INTER_AREA), np.uint8)
    for line, text in enumerate((kind, words)):
        cv2.putText(tile, text, (3, 14 + 14 * line), 0, 0.4, (255, 255, 0), 1, cv2.LINE_AA)
    return tile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, help="folder of photos of one person each")
    parser.add_argument("--none", type=Path, help="folder of pictures without a face")
    parser.add_argument("--count", type=int, default=100, help="photos of each folder")
    parser.add_argument("--sheet", type=Path, help="where to draw a sheet of altered examples")
    asked = parser.parse_args()
    models = load_face_models()
    tasks: list[Callable[[], None]] = []
    if asked.faces:
        tasks.append(lambda: count_faces(list_photos(asked.faces, asked.count), models))
    if asked.none:
        tasks.append(lambda: count_none(list_photos(asked.none, asked.count), models))
    if asked.sheet:
        tasks.append(lambda: draw_sheet(asked.sheet, models))
    for task in tasks:
        task()


if __name__ == "__main__":
    main()
