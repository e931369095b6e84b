"""Labels of the original GANimation code: a pickle of intensities, and lists of its two parts.

aus_openface.pkl or aus.pkl   a dict of file stem -> 17 intensities of 0 to 5
imgs/                         the photos
train_ids.csv, test_ids.csv   file names, one a line: which photos to use, and for what
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganimate.action_units import ACTION_UNITS
from ganimate.media.suffixes import PHOTO_SUFFIXES
from ganimate.training.data.labels import NO_NUMBER, LabelCollector, PhotoIndex, Source, Split
from ganimate.training.data.openface import lacks_number, scale_intensities
from ganimate.training.data.pickles import read_arrays
from ganimate.training.data.text_labels import read_lines

PICKLES = ("aus_openface.pkl", "aus.pkl")
IDS: dict[Split, str] = {"train": "train_ids.csv", "test": "test_ids.csv"}


def read_pickled_labels(path: Path, index: PhotoIndex) -> Source:
    """Read the labels of a pickle, and which of them the lists beside it ask for.

    Args:
        path: the pickle, in the folder of the set.
        index: the photos of that folder.

    Raises:
        DataError: labels are damaged or out of range, or a photo has two.
    """
    labels = {_find_stem(name): values for name, values in read_arrays(path).items()}
    parts = _read_parts(index.folder)
    found = LabelCollector("pickle", index)
    for name in sorted(parts.of_stem.keys() - labels.keys()):
        found.note_problem("listed without a label", name, path)
    for name in parts.in_both:
        found.note_problem("listed to train and to test on: held out", name, path)
    for name, values in sorted(labels.items()):
        if parts.of_stem and name not in parts.of_stem:
            found.note_problem(f"in neither {' nor '.join(IDS.values())}", name, path)
            continue
        if np.size(values) == len(ACTION_UNITS) and lacks_number(values):
            found.note_problem(NO_NUMBER, name, path)
            continue
        aus = scale_intensities(values, f"{path}, {name!r}")
        found.add(name, aus, path, parts.of_stem.get(name))
    return found.make_source()


@dataclass(frozen=True)
class _Parts:
    """Which photos a set trains and tests on.

    Attributes:
        of_stem: stem of a photo -> its part; empty where the set says nothing of parts.
        in_both: stems that both lists have.
    """

    of_stem: dict[str, Split]
    in_both: tuple[str, ...]


def _read_parts(folder: Path) -> _Parts:
    """Read train_ids.csv and test_ids.csv; photos in both are held out."""
    stems: dict[Split, list[str]] = {"train": [], "test": []}
    for part, file in IDS.items():
        path = folder / file
        if path.is_file():
            lines = [line.strip() for line in read_lines(path)]
            stems[part] = [_find_stem(line.strip('"')) for line in lines if line]
    of_stem: dict[str, Split] = dict.fromkeys(stems["train"], "train")
    of_stem |= dict.fromkeys(stems["test"], "test")
    return _Parts(of_stem, tuple(sorted({*stems["train"]} & {*stems["test"]})))


def _find_stem(name: str) -> str:
    """The name of a photo without its folder and its suffix, if it has them."""
    path = Path(name.replace("\\", "/"))
    return path.stem if path.suffix.lower() in PHOTO_SUFFIXES else path.name
