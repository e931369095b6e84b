"""Light and colour of drawn mouths. python tests/bench_mouths.py PHOTOS/ [--sheet OUT.png]

Photos of open mouths have an answer to compare with: each is shut by the program, and opened again
as it was. Lightness (CIE L*) of the teeth, the 80th percentile between the lips, and of the flesh
(gums and tongue, the median of what is red there) are compared with the photo's own, by quarter of
skin tone, and by group of people where file names are those of UTKFace. The photos should be of
people whom the generator was not trained on.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from utkface_names import tell_groups

from ganimate.action_units import ROW_OF
from ganimate.arrays import AUVector, Floats, Mask, Photo
from ganimate.errors import GanimateError
from ganimate.face.landmarks import LIPS, measure_width
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.kinds import open_animator
from ganimate.warp.unknown import mask_opening
from ganimate.weights import DEFAULT_MODEL, find_model, load_face_models

OPEN = 0.05  # of the face's width between the lips: less shows too little of the teeth
LIP = 0.008  # of the face's width: rims of lips, which are left out
TEETH = 80  # percentile of lightness between the lips
DARK = 25  # percentile of lightness between the lips up to which it is dark there
PALE = 0.2  # (R - G) / R below which a pixel is a tooth's rather than flesh's
FEWEST = 20  # pixels between the lips
SHUT = (25, 26, 10, 12, 20)  # action units that part lips or bare teeth
MARGIN = 0.35  # of its size, by which a photo is enlarged: tight crops are not found


@dataclass(frozen=True)
class Mouth:
    """What is between the lips of one picture.

    Attributes:
        teeth: L* of its teeth, nan where there are none.
        flesh: L* of gums and tongue, nan where there are none.
        throat: L* of the darkest tenth.
        hues: (3, 2) CIE a* and b* of teeth, of flesh and of the darkest quarter; nan where there
            is none.
    """

    teeth: float
    flesh: float
    throat: float
    hues: Floats


def to_lab(photo: Photo) -> Floats:
    return cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def mask_mouth(portrait: Portrait) -> Mask:
    """(h, w) what is well between the lips."""
    landmarks = portrait.face.landmarks[:468]
    inner = mask_opening(landmarks[:, :2], LIPS, portrait.photo.shape[:2]).astype(np.uint8)
    side = 2 * max(1, round(LIP * measure_width(landmarks))) + 1
    return cv2.erode(inner, np.ones((side, side), np.uint8)) > 0


def measure_gap(portrait: Portrait) -> float:
    """Distance of the lips as a share of the face's width."""
    landmarks = portrait.face.landmarks
    width = measure_width(landmarks[:468])
    return float(np.linalg.norm(landmarks[13, :2] - landmarks[14, :2]) / width)


def measure_mouth(portrait: Portrait) -> Mouth | None:
    """None where too little is seen."""
    inside = mask_mouth(portrait)
    if inside.sum() < FEWEST:
        return None
    lab, pixels = to_lab(portrait.photo)[inside], portrait.photo[inside].astype(np.float32)
    red = (pixels[:, 0] - pixels[:, 1]) / np.maximum(pixels[:, 0], 1)
    bright = np.percentile(lab[:, 0], TEETH)
    dim = np.percentile(lab[:, 0], DARK)
    flesh = lab[(red > PALE) & (lab[:, 0] > dim)]
    enough = len(flesh) >= FEWEST // 2
    parts = (lab[lab[:, 0] >= bright], flesh if enough else np.full((1, 3), np.nan))
    return Mouth(
        teeth=float(bright),
        flesh=float(np.median(flesh[:, 0])) if enough else np.nan,
        throat=float(np.percentile(lab[:, 0], 10)),
        hues=np.array([np.median(part[:, 1:], axis=0) for part in (*parts, lab[lab[:, 0] <= dim])]),
    )


def measure_skin(portrait: Portrait) -> float:
    """Median L* of the cheeks and the nose: what quarters of skin tone are made by."""
    landmarks = portrait.face.landmarks[:, :2]
    hull = cv2.convexHull(np.rint(landmarks[[117, 346, 425, 205]]).astype(np.int32))
    mask = np.zeros(portrait.photo.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, hull, 1)
    return float(np.median(to_lab(portrait.photo)[mask > 0][:, 0]))


class Reopener:
    """Shuts mouths and opens them again."""

    def __init__(self, model: str) -> None:
        self.models: FaceModels = load_face_models()
        self.generator = load_generator(find_model(model))

    def show(self, portrait: Portrait, aus: AUVector) -> Portrait | None:
        """The face made to show these action units, measured again; None where it is lost."""
        animator = open_animator(portrait, self.generator, self.models)
        frame = draw_frame(animator, next(animator.layers([aus], animator.calibrate([aus]))))
        try:
            return find_portraits(frame, self.models)[0]
        except GanimateError:
            return None

    def reopen(self, portrait: Portrait) -> tuple[Portrait, Portrait] | None:
        """The mouth of a face shut, and open again."""
        shut = portrait.aus.copy()
        shut[[ROW_OF[number] for number in SHUT]] = 0
        closed = self.show(portrait, shut)
        if closed is None:
            return None
        wanted = closed.aus.copy()
        rows = [ROW_OF[number] for number in SHUT]
        wanted[rows] = portrait.aus[rows]
        again = self.show(closed, wanted)
        return None if again is None else (closed, again)


def read_faces(folder: Path, models: FaceModels, count: int) -> Iterator[tuple[Path, Portrait]]:
    """The photos with open mouths, in the order of their names' hash-like dates."""
    found = 0
    for path in sorted(folder.iterdir(), key=lambda one: one.name[::-1]):
        try:
            photo = read_photo(path)
            edge = round(MARGIN * max(photo.shape[:2]))
            padded = cv2.copyMakeBorder(photo, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
            portrait = find_portraits(padded, models)[0]
        except GanimateError:
            continue
        if measure_gap(portrait) >= OPEN and measure_mouth(portrait) is not None:
            found += 1
            yield path, portrait
        if found >= count:
            return


def print_quarters(rows: list[tuple[float, Mouth, Mouth]]) -> None:
    """Real and drawn, by quarter of skin tone from the darkest."""
    order = np.argsort([skin for skin, _, _ in rows])
    print("quarter   n  skin | teeth real drawn   gap | flesh real drawn   gap | throat real drawn")
    for number, quarter in enumerate(np.array_split(order, 4), start=1):
        chosen = [rows[index] for index in quarter]
        skin = np.mean([row[0] for row in chosen])
        cells = []
        for name in ("teeth", "flesh", "throat"):
            pairs = np.array(
                [[getattr(real, name), getattr(drawn, name)] for _, real, drawn in chosen]
            )
            real, drawn = pairs[~np.isnan(pairs).any(axis=1)].mean(axis=0)
            cells.append(f"{real:10.1f} {drawn:5.1f} {drawn - real:+5.1f}")
        print(f"{number:7d} {len(chosen):3d} {skin:5.1f} |" + " |".join(cells))
    hues = np.array([[real.hues, drawn.hues] for _, real, drawn in rows])  # (n, 2, 3, 2)
    hues += 0 * hues[:, ::-1]  # what one of the two lacks counts in neither
    real, drawn = np.nanmean(hues, axis=0)
    for name, one, other in zip(("teeth", "flesh", "dark"), real, drawn, strict=True):
        print(
            f"{name}: a* real {one[0]:.1f}, drawn {other[0]:.1f}; "
            f"b* real {one[1]:.1f}, drawn {other[1]:.1f}"
        )
    errors = [abs(drawn.teeth - real.teeth) for _, real, drawn in rows]
    print(f"a face: mean absolute gap of teeth {np.mean(errors):.1f}")


def measure_error(real: Portrait, drawn: Portrait) -> float:
    """Mean difference, of 255, of what is between the lips."""
    inside = mask_mouth(real)
    return float(np.abs(real.photo[inside].astype(float) - drawn.photo[inside]).mean())


def print_groups(names: list[str], rows: list[tuple[float, Mouth, Mouth]]) -> None:
    """The gap of teeth by what file names say of people."""
    gaps = defaultdict(list)
    for name, (_, real, drawn) in zip(names, rows, strict=True):
        for group in tell_groups(name):
            gaps[group].append(drawn.teeth - real.teeth)
    for group, found in sorted(gaps.items()):
        print(f"{group}: {len(found)} faces, teeth {np.nanmean(found):+.1f}")


def cut(portrait: Portrait, side: int = 220) -> Photo:
    """The lower face, for the sheet."""
    landmarks = portrait.face.landmarks[:468, :2]
    middle, half = landmarks[[13, 14]].mean(axis=0), 0.36 * measure_width(landmarks)
    scale = side / (2 * half)
    matrix = np.array(
        [[scale, 0, side / 2 - scale * middle[0]], [0, scale, side / 2 - scale * middle[1]]]
    )
    return cv2.warpAffine(portrait.photo, matrix, (side, side), flags=cv2.INTER_CUBIC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--sheet", type=Path, help="photo, shut and open again, darkest skin first")
    options = parser.parse_args()
    reopener = Reopener(options.model)
    names: list[str] = []
    rows, strips, apart = [], [], []
    for path, portrait in read_faces(options.photos, reopener.models, options.count):
        pictures = reopener.reopen(portrait)
        if pictures is None:
            continue
        real, drawn = measure_mouth(portrait), measure_mouth(pictures[1])
        if real is not None and drawn is not None:
            names.append(path.name)
            rows.append((measure_skin(portrait), real, drawn))
            apart.append(measure_error(portrait, pictures[1]))
            strips.append(np.hstack([cut(one) for one in (portrait, *pictures)]))
    print(f"{len(rows)} faces with open mouths")
    print_quarters(rows)
    print(f"mean error between the lips, of 255: {np.mean(apart):.1f}")
    print_groups(names, rows)
    if options.sheet is not None:
        order = np.argsort([skin for skin, _, _ in rows])
        tall = [strips[index] for index in order]
        tall += [np.zeros_like(tall[0])] * (-len(tall) % 3)
        columns = [np.vstack(tall[start::3]) for start in range(3)]
        cv2.imwrite(str(options.sheet), cv2.cvtColor(np.hstack(columns), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
