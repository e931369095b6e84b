"""Fit how teeth follow from what a face shows.

    python scripts/fit_mouth_light.py DATASET ... --held-out val_ids.txt

DATASET is what `ganimate prepare` wrote; faces that are held out are not used. Of those that smile
with open lips the colour of the teeth is measured, and of the rest of the face what
ganimate/appearance/light.py looks at. Printed are the values of MouthLightSettings.

Names of UTKFace tell age, sex and group. Least squares alone would predict teeth of Black people
darker than theirs, since many dark photos in the set are photos in the dark. So the mean error of
each group counts, too (`--balance`): at 1 as much as the errors of all faces.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.light import FaceColours, list_clues, measure_colours
from ganimate.appearance.light_settings import MOUTH_LIGHT
from ganimate.face.landmarks import N_MESH, measure_width
from ganimate.training.data.dataset import load_faces, read_names, split

OPEN = 0.05  # of the face's width between the lips: less shows too little of the teeth
GROUPS = "0123"  # as UTKFace names them; 4 is "others"
YOUNGEST = 6  # years: before, milk teeth


@dataclass(frozen=True)
class Smile:
    """One face that shows its teeth.

    Attributes:
        colours: what it shows.
        group: of people, as its file's name says; "" if that says none.
    """

    colours: FaceColours
    group: str


def read_smiles(datasets: list[Path], held_out: Path | None) -> Iterator[Smile]:
    """Read the faces of data sets that show their teeth."""
    faces = load_faces(datasets)
    training, _ = split(faces, read_names(held_out))
    for index in training:
        named = re.match(r"(\d+)_\d_(\d)_", faces.names[index])
        landmarks = faces.landmarks[index, :N_MESH]
        apart = np.linalg.norm(landmarks[13, :2] - landmarks[14, :2])
        if apart < OPEN * measure_width(landmarks) or (named and int(named[1]) < YOUNGEST):
            continue
        colours = measure_colours(faces.crop(int(index)), landmarks)
        if colours.teeth is not None and np.abs(colours.skin[1:]).max() > MOUTH_LIGHT.colourless:
            yield Smile(colours, named[2] if named else "")


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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="+", type=Path, metavar="DATASET")
    parser.add_argument("--held-out", type=Path, metavar="FILE", help="names to leave out")
    parser.add_argument("--balance", type=float, default=1.0)
    options = parser.parse_args()
    smiles = list(read_smiles(options.datasets, options.held_out))
    shown = [replace(one.colours, teeth=None) for one in smiles]
    teeth = np.array([one.colours.teeth for one in smiles])
    # As teeth are lit between lips that are parted as usual.
    usual = teeth[:, 0] - [one.colours.parting for one in smiles]
    groups = np.array([one.group for one in smiles])
    skin = np.array([one.skin for one in shown])
    print(f"{len(smiles)} faces; usual_skin {skin.mean(0)}, usual_teeth {teeth.mean(0)}")
    rows = np.array([list_clues(replace(one, eyes=None)) for one in shown])
    found = fit(rows, usual, groups, options.balance)
    describe("by_skin", found, rows @ found - usual)
    open_eyed = np.array([one.eyes is not None for one in shown])
    eyes = np.array([one.eyes for one in shown if one.eyes is not None])
    print(f"usual_eyes {eyes.mean(0)}")
    rows = np.array([list_clues(one) for one in shown if one.eyes is not None])
    found = fit(rows, usual[open_eyed], groups[open_eyed], options.balance)
    errors = rows @ found - usual[open_eyed]
    describe("by_eyes", found, errors)
    print({group: round(errors[groups[open_eyed] == group].mean(), 1) for group in GROUPS})
    quarters = np.argsort(np.argsort(skin[open_eyed, 0])) * 4 // len(errors)
    print("by quarter of skin's L*:", [round(errors[quarters == n].mean(), 1) for n in range(4)])
    for channel, name in ((1, "a*"), (2, "b*")):
        hue = np.column_stack([np.ones(len(eyes)), eyes[:, channel], skin[open_eyed, channel]])
        found = fit(hue, teeth[open_eyed, channel], groups[open_eyed], 0)
        describe(
            f"{name}: 1, hue_by_eyes, hue_by_skin", found, hue @ found - teeth[open_eyed, channel]
        )


if __name__ == "__main__":
    main()
