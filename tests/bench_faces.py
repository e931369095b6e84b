"""One preset a face on many faces, for the eye. python tests/bench_faces.py PHOTOS/ -o SHEET_PREFIX

Photos are taken in an order that mixes them, and presets in turn, so that every run shows the same.
Each face is drawn beside its photo at 300 px; sheets have 20 faces. Look at them at 100 %, count
what looks unnatural, and by which kind of fault: the model card has the last count. Printed are the
errors of the AUs that were asked for, by group of people and by preset, where file names are those
of UTKFace (age_gender_race_date). With --faults, the numbers of those that were found unnatural, it
prints how many of each group are natural, and by quarter of skin tone from the darkest.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from bench_mouths import measure_skin
from utkface_names import tell_groups

from ganimate.arrays import Photo
from ganimate.errors import GanimateError
from ganimate.face.landmarks import measure_width
from ganimate.media.photo import read_photo
from ganimate.networks.generators import load_generator
from ganimate.performance.expressions import PRESETS
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.kinds import open_animator
from ganimate.weights import DEFAULT_MODEL, find_model, load_face_models

SIDE = 300  # px of a face on a sheet
A_SHEET, COLUMNS = 20, 4  # faces
MARGIN = 0.35  # of a photo's size, by which it is enlarged: tight crops are not found


def mix(paths: list[Path]) -> list[Path]:
    """An order that has nothing to do with names, but is always the same."""
    return sorted(paths, key=lambda path: hashlib.sha256(path.name.encode()).hexdigest())


def cut(portrait: Portrait, picture: Photo) -> Photo:
    """The face of a picture, with hair and chin."""
    landmarks = portrait.face.landmarks[:, :2]
    middle = (landmarks.min(axis=0) + landmarks.max(axis=0)) / 2
    scale = SIDE / (1.7 * measure_width(landmarks[:468]))
    offset = SIDE / 2 - scale * middle
    matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=flags))


def label(picture: Photo, words: str) -> Photo:
    cv2.rectangle(picture, (0, SIDE - 18), (SIDE, SIDE), (255, 255, 255), -1)
    cv2.putText(picture, words, (4, SIDE - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1)
    return picture


def print_natural(people: list[tuple[float, str]], faults: list[int]) -> None:
    """How many are natural, by group; people: L* of the skin, and the name of the file."""
    counts = defaultdict(list)
    order = np.argsort([skin for skin, _ in people])
    quarters = np.array_split(order, 4)
    for number, (_, name) in enumerate(people):
        quarter = next(at for at, some in enumerate(quarters, start=1) if number in some)
        for group in ("all", *tell_groups(name), f"skin quarter {quarter}"):
            counts[group].append(number not in faults)
    for group, natural in sorted(counts.items()):
        print(f"{group}: {sum(natural)} of {len(natural)} natural")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--faults", type=int, nargs="*", help="numbers of unnatural faces")
    parser.add_argument("-o", "--output", default="faces")
    options = parser.parse_args()
    models, generator = load_face_models(), load_generator(find_model(options.model))
    pairs, errors, people = [], defaultdict(list), []
    for path in mix([one for one in options.photos.iterdir() if one.is_file()]):
        preset = list(PRESETS)[len(pairs) % len(PRESETS)]
        try:
            photo = read_photo(path)
            edge = round(MARGIN * max(photo.shape[:2]))
            padded = cv2.copyMakeBorder(photo, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
            portrait = find_portraits(padded, models)[0]
        except GanimateError:
            continue
        target = PRESETS[preset].apply_to(portrait.aus)
        animator = open_animator(portrait, generator, models)
        frame = draw_frame(animator, next(animator.layers([target], animator.calibrate([target]))))
        words = f"{len(pairs)} {preset} {path.stem[:22]}"
        pairs.append(np.hstack([cut(portrait, padded), label(cut(portrait, frame), words)]))
        people.append((measure_skin(portrait), path.name))
        try:
            shown = find_portraits(frame, models)[0].aus
        except GanimateError:
            errors["not found again"].append(1.0)
        else:
            error = float(np.abs(shown - target).mean())
            for group in ("all", f"preset {preset}", *tell_groups(path.name)):
                errors[group].append(error)
        if len(pairs) == options.count:
            break
    for number, start in enumerate(range(0, len(pairs), A_SHEET)):
        some = pairs[start : start + A_SHEET]
        some += [np.zeros_like(some[0])] * (-len(some) % COLUMNS)
        rows = [np.hstack(some[row : row + COLUMNS]) for row in range(0, len(some), COLUMNS)]
        name = f"{options.output}_{number}.png"
        cv2.imwrite(name, cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
        print(name)
    for group, found in sorted(errors.items()):
        print(f"{group}: {len(found)} faces, AU error {np.mean(found):.3f}")
    if options.faults is not None:
        print_natural(people, options.faults)


if __name__ == "__main__":
    main()
