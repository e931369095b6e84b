"""Fit how teeth follow from what a face shows: python scripts/fit_mouth_light.py PHOTOS/ [...].

PHOTOS holds UTKFace's aligned faces, whose names tell age, sex and group. Of those that smile with
open lips the colour of the teeth is measured, and of the rest of the face what
ganimate/appearance/light.py looks at. Printed are the values of MouthLightSettings.

Least squares alone would predict teeth of Black people 4.2 L* darker than theirs, since many dark
photos in the set are photos in the dark. So the mean error of each group counts, too (`--balance`):
at 1 as much as the errors of all faces, which leaves 1.8 there, and makes those of the palest
quarter of faces 4 too dark instead. At .3 it is 3.6 and 1.7.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.light import FaceColours, measure_colours
from ganimate.appearance.light_settings import MOUTH_LIGHT
from ganimate.errors import GanimateError
from ganimate.face.landmarks import N_MESH, measure_width
from ganimate.media.photo import read_photo
from ganimate.portrait import find_portraits
from ganimate.weights import load_face_models

MARGIN = 0.33  # of a crop's side, which the detector needs around it
OPEN = 0.05  # of the face's width between the lips: less shows too little of the teeth
GROUPS = "0123"  # as UTKFace names them; 4 is "others"
YOUNGEST = 6  # years: before, milk teeth


@dataclass(frozen=True)
class Smile:
    """One face that shows its teeth.

    Attributes:
        colours: what it shows.
        group: of people, as its file's name says.
    """

    colours: FaceColours
    group: str


def read_smiles(folder: Path, left_out: set[str], count: int) -> Iterator[Smile]:
    """Read the faces of a folder that show their teeth."""
    models = load_face_models()
    for path in sorted(folder.glob("*.jpg"))[:count]:
        age, _, group = path.name.split("_")[:3]
        if path.name in left_out or int(age) < YOUNGEST:
            continue
        try:
            photo = read_photo(path)
            edge = round(MARGIN * max(photo.shape[:2]))
            padded = cv2.copyMakeBorder(photo, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
            landmarks = find_portraits(padded, models)[0].face.landmarks[:N_MESH] - (edge, edge, 0)
        except GanimateError:
            continue
        apart = np.linalg.norm(landmarks[13, :2] - landmarks[14, :2])
        if apart < OPEN * measure_width(landmarks):
            continue
        colours = measure_colours(photo, landmarks)
        if colours.teeth is not None and np.abs(colours.skin[1:]).max() > MOUTH_LIGHT.colourless:
            yield Smile(colours, group)


def fit(
    rows: NDArray[np.float64], wanted: NDArray[np.float64], groups: NDArray[np.str_], balance: float
) -> NDArray[np.float64]:
    """Least squares in which the mean error of each group counts, too."""
    weight = balance * np.sqrt(len(rows))
    means = [groups == group for group in GROUPS if (groups == group).any()]
    system = np.concatenate([rows, *(weight * rows[of].mean(axis=0)[None] for of in means)])
    right = np.concatenate([wanted, *(weight * wanted[of].mean()[None] for of in means)])
    return np.linalg.lstsq(system, right, rcond=None)[0]


def describe(name: str, found: NDArray[np.float64], errors: NDArray[np.float64]) -> None:
    """Print coefficients and the mean error."""
    print(f"{name} = {np.round(found, 3).tolist()}  # mean error {np.abs(errors).mean():.2f}")


def main() -> None:
    """Print the values."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--held-out", type=Path, help="names that are left out, one a line")
    parser.add_argument("--count", type=int, help="files to look at, by name; all by default")
    parser.add_argument("--balance", type=float, default=0.3)
    options = parser.parse_args()
    left_out = set(options.held_out.read_text().split()) if options.held_out else set()
    smiles = list(read_smiles(options.photos, left_out, options.count))
    shown = [replace(one.colours, teeth=None) for one in smiles]
    teeth = np.array([one.colours.teeth for one in smiles])
    groups = np.array([one.group for one in smiles])
    skin = np.array([one.skin for one in shown])
    seen = np.column_stack([np.ones(len(skin)), skin, [one.highlights for one in shown]])
    print(f"{len(smiles)} faces; usual_skin {skin.mean(0)}, usual_teeth {teeth.mean(0)}")
    found = fit(seen, teeth[:, 0], groups, options.balance)
    describe("by_skin", found, seen @ found - teeth[:, 0])
    open_eyed = np.array([one.eyes is not None for one in shown])
    eyes = np.array([one.eyes for one in shown if one.eyes is not None])
    print(f"usual_eyes {eyes.mean(0)}")
    rows = np.column_stack([seen[open_eyed], eyes[:, 0]])
    found = fit(rows, teeth[open_eyed, 0], groups[open_eyed], options.balance)
    errors = rows @ found - teeth[open_eyed, 0]
    describe("by_eyes", found, errors)
    print({group: round(errors[groups[open_eyed] == group].mean(), 1) for group in GROUPS})
    for channel, name in ((1, "a*"), (2, "b*")):
        hue = np.column_stack([np.ones(len(eyes)), eyes[:, channel], skin[open_eyed, channel]])
        found = fit(hue, teeth[open_eyed, channel], groups[open_eyed], 0)
        describe(
            f"{name}: 1, hue_by_eyes, hue_by_skin", found, hue @ found - teeth[open_eyed, channel]
        )


if __name__ == "__main__":
    main()
