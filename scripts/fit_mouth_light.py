"""Fit how teeth follow from what a face shows.

    python scripts/fit_mouth_light.py DATASET ... --held-out val_ids.txt

DATASET is what `ganimate prepare` wrote; faces that are held out are not used. Of those that smile
broadly with open lips the colour of the teeth is measured, and of the rest of the face what
ganimate/appearance/light.py looks at. Printed are the values of MouthLightSettings.

Smiles are chosen by their shape. Chosen by teeth that stand out, as MouthLightSettings.least_pale
tells them, they would be smiles in good light, and teeth in the dark be predicted too light.

Names of UTKFace tell age, sex and group. Least squares alone would predict teeth of Black people
darker than theirs, since many dark photos in the set are photos in the dark. So the mean errors of
each group, and of each quarter of the skin's lightness, count, too (`--balance`): at 1 each as much
as the errors of all faces.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.light import FaceColours, list_clues, measure_colours, predict_teeth
from ganimate.appearance.light_settings import MOUTH_LIGHT, PARTED_LIPS
from ganimate.appearance.parted_lips import measure_breadth
from ganimate.face.landmarks import N_MESH, measure_width
from ganimate.training.data.dataset import load_faces, read_names, split

OPEN = 0.05  # of the face's width between the lips: less shows too little of the teeth
GROUPS = "0123"  # as UTKFace names them; 4 is "others"
YOUNGEST = 6  # years: before, milk teeth
BRIGHT = 70  # L* of teeth whose hue is not that of lips and gums between them
ANY_TEETH = replace(MOUTH_LIGHT, least_pale=0, teeth_over_middle=-100)
"""Measures what is between lips, whether teeth stand out or not."""


@dataclass(frozen=True)
class Smile:
    """One face that smiles.

    Attributes:
        colours: what it shows.
        group: of people, as its file's name says; "" if that says none.
    """

    colours: FaceColours
    group: str


def read_smiles(datasets: list[Path], held_out: Path | None) -> Iterator[Smile]:
    """Read the faces of data sets that smile broadly with open lips."""
    faces = load_faces(datasets)
    training, _ = split(faces, read_names(held_out))
    for index in training:
        named = re.match(r"(\d+)_\d_(\d)_", faces.names[index])
        landmarks = faces.landmarks[index, :N_MESH]
        apart = np.linalg.norm(landmarks[13, :2] - landmarks[14, :2])
        parted = apart >= OPEN * measure_width(landmarks)
        drawn_back = measure_breadth(landmarks[:, :2]) >= PARTED_LIPS.usual_breadth
        if not (parted and drawn_back) or (named and int(named[1]) < YOUNGEST):
            continue
        colours = measure_colours(faces.crop(int(index)), landmarks, ANY_TEETH)
        if colours.teeth is not None and np.abs(colours.skin[1:]).max() > MOUTH_LIGHT.colourless:
            yield Smile(colours, named[2] if named else "")


def fit(
    rows: NDArray[np.float64],
    wanted: NDArray[np.float64],
    parts: list[NDArray[np.bool_]],
    balance: float,
) -> NDArray[np.float64]:
    """Least squares in which the mean error of each part of the rows counts, too."""
    weight = balance * np.sqrt(len(rows))
    system = np.concatenate([rows, *(weight * rows[of].mean(axis=0)[None] for of in parts)])
    right = np.concatenate([wanted, *(weight * wanted[of].mean()[None] for of in parts)])
    return np.linalg.lstsq(system, right, rcond=None)[0]


def part(groups: NDArray[np.str_], lightness: NDArray[np.float64]) -> list[NDArray[np.bool_]]:
    """Part faces by group, and by quarter of the skin's lightness from the darkest."""
    quarters = np.argsort(np.argsort(lightness)) * 4 // len(lightness)
    parts = [groups == group for group in GROUPS] + [quarters == n for n in range(4)]
    return [of for of in parts if of.any()]


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
    lips = np.array([one.lips for one in shown])
    print(f"{len(smiles)} faces; usual_skin {skin.mean(0)}, usual_teeth {teeth.mean(0)}")
    over_skin = (lips - skin * [1, 0, 0]).std(0)
    print(f"usual_lips {lips.mean(0)}, lip_strays {2 * over_skin}, skin_strays {2 * skin.std(0)}")
    rows = np.array([list_clues(replace(one, eyes=None)) for one in shown])
    found = fit(rows, usual, part(groups, skin[:, 0]), options.balance)
    describe("by_skin", found, rows @ found - usual)
    open_eyed = np.array([one.eyes is not None for one in shown])
    eyes = np.array([one.eyes for one in shown if one.eyes is not None])
    print(f"usual_eyes {eyes.mean(0)}")
    rows = np.array([list_clues(one) for one in shown if one.eyes is not None])
    parts = part(groups[open_eyed], skin[open_eyed, 0])
    found = fit(rows, usual[open_eyed], parts, options.balance)
    errors = rows @ found - usual[open_eyed]
    describe("by_eyes", found, errors)
    means = [round(float(errors[of].mean()), 1) for of in parts]
    print(f"by group: {means[:-4]}; by quarter of skin's L*: {means[-4:]}")
    shown_by_eyes = [one for one in shown if one.eyes is not None]
    lightness = np.array([predict_teeth(one)[0] for one in shown_by_eyes])
    bright = teeth[open_eyed, 0] > BRIGHT
    for channel, name in ((1, "a*"), (2, "b*")):
        hue = np.column_stack(
            [
                np.ones(len(eyes)),
                eyes[:, channel] - MOUTH_LIGHT.usual_eyes[channel],
                skin[open_eyed, channel] - MOUTH_LIGHT.usual_skin[channel],
                lightness - MOUTH_LIGHT.usual_teeth[0],
            ]
        )[bright]
        wanted = teeth[open_eyed, channel][bright]
        found = fit(hue, wanted, [], 0)
        name = f"{name} of {len(hue)}: usual_teeth, hue_by_eyes, hue_by_skin, hue_by_lightness"
        describe(name, found, hue @ found - wanted)


if __name__ == "__main__":
    main()
