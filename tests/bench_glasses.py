"""Glasses: whose are found, and how brows are read behind them. python tests/bench_glasses.py
    FOLDER [...] --wearers tests/wearers.txt

FOLDERs hold photos; --wearers names those of them whose people wear glasses, one a line, listed by
eye. Printed is in how many of these the rims are found, which then stand still, and in how many of
the others something passes for rims. On wearers whose rims are found, AU1 and AU2, then AU4, are
asked to be .6 and read again: the differences of what is read from what was asked, and in how many
frames all of them are within .1. What is laid over a face is compared with the photo, too: the
largest difference of a pixel on the rims, over all presets.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from ganimate.action_units import ROW_OF
from ganimate.arrays import Photo
from ganimate.errors import GanimateError
from ganimate.media.photo import read_photo
from ganimate.networks.generators import load_generator
from ganimate.performance.expressions import PRESETS
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import Animator, draw_frame
from ganimate.rendering.glasses import take_glasses_off
from ganimate.rendering.kinds import open_animator
from ganimate.weights import DEFAULT_MODEL, find_model, load_face_models

MARGIN = 0.35  # of its size, by which a photo is enlarged: tight crops are not found
ASKED = 0.6  # intensity of brows
BROWS = ((1, 2), (4,))  # action units that are asked together
CLOSE = 0.1  # intensity by which a reading may be off
LARGEST = 300  # px of a photo's side, up to which it is a tight crop


def read_padded(path: Path) -> Photo:
    photo = read_photo(path)
    edge = round(MARGIN * max(photo.shape[:2])) if max(photo.shape[:2]) < LARGEST else 0
    padded = cv2.copyMakeBorder(photo, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    return np.asarray(padded, np.uint8)


class Wearers:
    """Faces that wear glasses, and what is read behind them."""

    def __init__(self, model: str) -> None:
        self.models = load_face_models()
        self.generator = load_generator(find_model(model))
        self.errors: list[list[float]] = []
        self.moved: list[int] = []

    def add(self, portrait: Portrait) -> None:
        """Animate a face whose rims were found."""
        animator = open_animator(portrait, self.generator, self.models)
        for numbers in BROWS:
            rows = [ROW_OF[number] for number in numbers]
            target = portrait.aus.copy()
            target[rows] = ASKED
            (drive,) = animator.calibrate([target])
            frame = draw_frame(animator, next(animator.layers([target], [drive])))
            try:
                read = find_portraits(frame, self.models)[0].aus
            except GanimateError:
                continue
            self.errors.append([float(np.abs(read[row] - ASKED).max()) for row in rows])
        self.moved.append(max(self.compare_rims(portrait, animator, name) for name in PRESETS))

    def compare_rims(self, portrait: Portrait, animator: Animator, preset: str) -> int:
        """Largest difference, of 255, of a frame from the photo where glasses hold still."""
        target = PRESETS[preset].apply_to(portrait.aus)
        layer = next(animator.layers([target]))
        if layer.glasses is None:
            return 0
        frame = draw_frame(animator, layer)
        patch = layer.glasses.patch
        left, top = (-patch.to_window.offset).round().astype(int)
        height, width = patch.paint.shape[:2]
        area = slice(top, top + height), slice(left, left + width)
        apart = np.abs(frame[area].astype(int) - portrait.photo[area])
        return int(apart[patch.paint[:, :, 3] == 1].max(initial=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--wearers", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="of the photos of others")
    parser.add_argument("--found-only", action="store_true", help="do not animate anybody")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    options = parser.parse_args()
    named = set(options.wearers.read_text().split())
    paths = [path for folder in options.folders for path in sorted(folder.iterdir())]
    others = [path for path in paths if path.name not in named][:: options.every]
    wearers = Wearers(options.model)
    found: dict[bool, list[bool]] = {True: [], False: []}
    for path in [path for path in paths if path.name in named] + others:
        try:
            portrait = find_portraits(read_padded(path), wearers.models)[0]
        except GanimateError:
            continue
        wears = path.name in named
        rims = take_glasses_off(portrait.photo, portrait.face.landmarks) is not None
        found[wears].append(rims)
        if wears and rims and not options.found_only:
            wearers.add(portrait)
        elif rims and not wears:
            print(f"{path.name} passes for a wearer")
    print(f"rims found in {sum(found[True])} of {len(found[True])} wearers")
    print(f"rims found in {sum(found[False])} of {len(found[False])} others")
    if wearers.errors:
        worst = [max(one) for one in wearers.errors]
        for numbers in BROWS:
            chosen = [one for one in wearers.errors if len(one) == len(numbers)]
            print(f"AU {numbers}, asked {ASKED}: off by {np.mean(chosen):.3f} in the mean")
        print(f"within {CLOSE}: {np.mean(np.array(worst) <= CLOSE):.0%} of {len(worst)} frames")
        print(f"on the rims, all presets: pixels off by {max(wearers.moved)} of 255 at most")


if __name__ == "__main__":
    main()
