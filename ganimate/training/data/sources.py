"""Data sets as people have them: what a folder holds, and the labelled photos in it.

A folder is recognised by its files:

    dataset.json                          ours: `ganimate prepare` wrote it
    aus_openface.pkl or aus.pkl           labels of the original GANimation code: a dict of file
                                          stem -> 17 intensities of 0 to 5; photos in imgs/; which
                                          of them to use in train_ids.csv and test_ids.csv
    *.csv with columns AU01_r ... AU45_r  OpenFace's own output, for each photo or for many
    *.txt of "name.jpg v1 ... v17"        one photo a line, intensities of 0 to 5
    photos or videos                      no labels

Labels are taken from the first of these that is there; nothing is read of a photo until it is used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ganimate.action_units import ACTION_UNITS
from ganimate.arrays import AUVector
from ganimate.errors import DataError
from ganimate.media.files import PHOTO_SUFFIXES
from ganimate.training.data.dataset import SUMMARY
from ganimate.training.data.footage import VIDEO_SUFFIXES
from ganimate.training.data.openface import (
    HIGHEST,
    MIN_CONFIDENCE,
    Row,
    au_order,
    from_openface,
    is_openface,
    read_rows,
)
from ganimate.training.data.pickles import read_arrays

PICKLES = ("aus_openface.pkl", "aus.pkl")
IDS = {"train": "train_ids.csv", "test": "test_ids.csv"}
IMAGES = "imgs"
HEADERS = 2  # lines that a text file of labels may begin with
ALREADY_SCALED = 0.2001  # of a set whose largest intensity is 1 of 5, or less
ENOUGH = 50  # labels, to suspect anything

LOOKED_AT = 20  # first lines of a text that may have been meant as labels

Split = Literal["train", "test"]
Kind = Literal["prepared", "pickle", "openface", "text", "pictures"]
LABELLED: tuple[Kind, ...] = ("pickle", "openface", "text")

REMEDIES: dict[Kind, str] = {
    "pickle": "Name each photo of imgs/ by its stem in the pickle, and by its file name, one a "
    f"line, in {' and '.join(IDS.values())}; or leave these two out.",
    "openface": "Name each table like its photo, or give it a column `filename`; OpenFace must "
    f"have found the faces with a confidence of {MIN_CONFIDENCE:g} or more.",
    "text": "Begin each line with the name of a photo in the folder.",
}


@dataclass(frozen=True)
class LabelledPhoto:
    """One photo of a data set and what the set says of it."""

    path: Path
    aus: AUVector | None = None  # (17, 2) in [0, 1]; None where the set does not say
    split: Split | None = None  # None where the set leaves the choice to us


@dataclass(frozen=True)
class Source:
    """What a folder holds."""

    folder: Path
    kind: Kind
    photos: tuple[LabelledPhoto, ...] = ()
    videos: tuple[Path, ...] = ()
    problems: dict[str, list[str]] = field(default_factory=dict)  # what is wrong -> with what
    notes: tuple[str, ...] = ()  # what may be wrong with all of it

    def __len__(self) -> int:
        """How many photos and videos there are to go through."""
        return len(self.photos) + len(self.videos)


def open_source(folder: Path) -> Source:
    """Recognise what a folder holds, and read its labels.

    Raises DataError when it holds nothing to learn from, or labels that are wrong: the message
    names the file and the remedy.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder of photos.")
    if (folder / SUMMARY).is_file() or any(folder.glob("shard-*.safetensors")):
        return Source(folder, "prepared")
    files = _files_below(folder)
    photos = [path for path in files if path.suffix.lower() in PHOTO_SUFFIXES]
    source = _labelled(folder, files, photos)
    if source is None:
        videos = tuple(path for path in files if path.suffix.lower() in VIDEO_SUFFIXES)
        source = Source(
            folder,
            "pictures",
            tuple(map(LabelledPhoto, photos)),
            videos,
            notes=(*_not_labels(folder), *_labels_below(folder, files)),
        )
    if not len(source):
        raise DataError(_nothing_in(source))
    return source


def _files_below(folder: Path) -> list[Path]:
    """All files below a folder, sorted; hidden ones and what is in hidden folders left out."""
    found = []
    for root, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(root, name) for name in names if not name.startswith(".")]
    return sorted(found)


def _nothing_in(source: Source) -> str:
    if source.kind == "pictures":
        suffixes = ", ".join(sorted(PHOTO_SUFFIXES))
        return f"{source.folder} holds no photos ({suffixes}) and no videos."
    reasons = "; ".join(
        f"{problem}: {len(names)}, as {names[0]}" for problem, names in source.problems.items()
    )
    return (
        f"{source.folder} has labels, but no photo to go with them "
        f"({reasons or 'they are empty'}). {REMEDIES[source.kind]}"
    )


def _labelled(folder: Path, files: Sequence[Path], photos: Sequence[Path]) -> Source | None:
    """The photos of a folder that has labels; None where it has none."""
    index = _Index(folder, photos)
    for name in PICKLES:
        if (folder / name).is_file():
            return _of_pickle(folder, folder / name, index)
    ids = set(IDS.values())
    tables = [
        path
        for path in files
        if path.suffix.lower() == ".csv" and path.name not in ids and is_openface(path)
    ]
    if tables:
        return _of_openface(folder, tables, index)
    texts = [path for path in sorted(folder.glob("*.txt")) if _is_list_of_labels(path)]
    if texts:
        return _of_texts(folder, texts, index)
    return None


class _Index:
    """The photos below a folder, by the ways in which labels name them."""

    def __init__(self, folder: Path, photos: Sequence[Path]) -> None:
        self.folder, self.photos = folder, photos
        self.by_name: dict[str, list[Path]] = {}
        for path in photos:
            relative = path.relative_to(folder).as_posix()
            for name in {relative, path.name, path.stem}:
                self.by_name.setdefault(name, []).append(path)

    def find(self, name: str, where: Path) -> Path | None:
        """The photo of a name, file name or stem. Raises DataError where it could be several."""
        name = name.replace("\\", "/")
        found = self.by_name.get(name) or self.by_name.get(Path(name).name) or []
        if len(found) > 1:
            found = [path for path in found if path.parent == self.folder / IMAGES] or found
        if len(found) > 1:
            raise DataError(
                f"{where}: {name!r} may be {found[0]} or {found[1]}. Leave one of them in the "
                "folder, or name photos by their path."
            )
        return found[0] if found else None


class _Collected:
    """Labels as they are found, and what is wrong with them."""

    def __init__(self, folder: Path, kind: Kind, index: _Index) -> None:
        self.folder, self.kind, self.index = folder, kind, index
        self.photos: dict[Path, LabelledPhoto] = {}
        self.problems: dict[str, list[str]] = {}

    def wrong(self, problem: str, name: str) -> None:
        self.problems.setdefault(problem, []).append(name)

    def add(self, name: str, aus: AUVector, where: Path, split: Split | None = None) -> None:
        """One label. Raises DataError for a photo's second one."""
        path = self.index.find(name, where)
        if path is None:
            self.wrong("label without its photo", name)
            return
        if path in self.photos:
            raise DataError(f"{where}: {name} is labelled twice. Delete one of the labels.")
        self.photos[path] = LabelledPhoto(path, aus, split)

    def source(self) -> Source:
        """What was collected; photos that no label named are listed, and left out."""
        known = {*self.photos, *self.set_aside()}
        for path in self.index.photos:
            if path not in known:
                self.wrong("photo without a label", path.relative_to(self.folder).as_posix())
        ordered = tuple(self.photos[path] for path in sorted(self.photos))
        return Source(self.folder, self.kind, ordered, (), self.problems, _notes(ordered))

    def set_aside(self) -> Iterator[Path]:
        """Photos that are listed for another reason already."""
        for names in self.problems.values():
            for name in names:
                yield from self.index.by_name.get(name, ())


def _notes(photos: Sequence[LabelledPhoto]) -> tuple[str, ...]:
    largest = max((float(photo.aus.max()) for photo in photos if photo.aus is not None), default=0)
    if len(photos) >= ENOUGH and largest <= ALREADY_SCALED:
        return (
            f"no label is above {largest * HIGHEST:.2g} on OpenFace's scale of 0 to 5: if they "
            "were scaled to [0, 1] before, multiply them by 5",
        )
    return ()


# The original GANimation code


def _of_pickle(folder: Path, path: Path, index: _Index) -> Source:
    labels = {_stem(name): values for name, values in read_arrays(path).items()}
    splits = _read_splits(folder)
    found = _Collected(folder, "pickle", index)
    for name in sorted(splits.keys() - labels.keys()):
        found.wrong("listed without a label", name)
    for name in splits.twice:
        found.wrong("listed to train and to test on: held out", name)
    for name, values in sorted(labels.items()):
        if splits and name not in splits:
            found.wrong(f"in neither {' nor '.join(IDS.values())}", name)
            continue
        found.add(name, from_openface(values, f"{path}, {name!r}"), path, splits.get(name))
    return found.source()


class _Splits(dict[str, Split]):
    """Stem -> which part of the set; empty where the set says nothing of parts."""

    twice: tuple[str, ...] = ()


def _read_splits(folder: Path) -> _Splits:
    """What train_ids.csv and test_ids.csv say; photos in both are held out."""
    stems: dict[str, list[str]] = {}
    for split, file in IDS.items():
        path = folder / file
        if path.is_file():
            lines = _lines(path)
            stems[split] = [_stem(line.strip().strip('"')) for line in lines if line.strip()]
    splits = _Splits()
    for stem in stems.get("train", ()):
        splits[stem] = "train"
    for stem in stems.get("test", ()):
        splits[stem] = "test"
    splits.twice = tuple(sorted(set(stems.get("train", ())) & set(stems.get("test", ()))))
    return splits


def _stem(name: str) -> str:
    """The name of a photo without its folder and its suffix, if it has them."""
    path = Path(name.replace("\\", "/"))
    return path.stem if path.suffix.lower() in PHOTO_SUFFIXES else path.name


# Text files


def _is_list_of_labels(path: Path) -> bool:
    """Whether one of a text's first lines is a photo's name and 17 numbers."""
    return any(map(_is_label, _first_lines(path)))


def _first_lines(path: Path, count: int = HEADERS + 1) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return [file.readline() for _ in range(count)]
    except OSError:
        return []


def _is_label(line: str) -> bool:
    name, *values = line.strip().rsplit(None, len(ACTION_UNITS)) or [""]
    return (
        Path(name).suffix.lower() in PHOTO_SUFFIXES
        and len(values) == len(ACTION_UNITS)
        and all(map(_is_number, values))
    )


def _not_labels(folder: Path) -> Iterator[str]:
    """Notes on texts and tables that are nearly labels."""
    for path in sorted((*folder.glob("*.txt"), *folder.glob("*.csv"))):
        faults = filter(None, map(_fault, _first_lines(path, LOOKED_AT)))
        if (fault := next(faults, None)) is not None:
            yield f"{path.name} {fault}: it was not read as labels"


def _fault(line: str) -> str | None:
    """What keeps a line from being a label, if it gives something numbers."""
    name, *values = re.split(r"[\s,;]+", line.strip())
    if not values or not all(map(_is_number, values)):
        return None
    count, is_photo = len(ACTION_UNITS), Path(name).suffix.lower() in PHOTO_SUFFIXES
    if _is_label(line):
        return f"begins with more than {HEADERS} lines of other things"
    if is_photo and len(values) != count:
        return f"has {len(values)} values for a photo, not one for each of the {count} AUs"
    if is_photo:
        return "has no spaces alone between its values, as a .txt of labels must"
    if len(values) == count and not _is_number(name):
        return f"names no photos, as {name!r} has no suffix such as .jpg"
    return None


def _labels_below(folder: Path, files: Iterable[Path]) -> Iterator[str]:
    """Notes on labels that would count if their folder had been given."""
    for path in files:
        if path.name in PICKLES:
            yield (
                f"{path.relative_to(folder)} is not read as labels from here: give the folder "
                f"{path.parent}, which it is in"
            )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _of_texts(folder: Path, paths: Iterable[Path], index: _Index) -> Source:
    found = _Collected(folder, "text", index)
    for path in paths:
        order: list[int] | None = None
        for number, line in enumerate(_lines(path), start=1):
            where = f"{path}, line {number}"
            if number <= HEADERS and not _is_label(line):
                order = au_order(line.split()) or order
            elif line.strip():
                name, values = _parse_label(line, where)
                if order:
                    values = [values[place] for place in order]
                found.add(name, from_openface(values, where), path)
    return found.source()


def _parse_label(line: str, where: str) -> tuple[str, list[float]]:
    if not _is_label(line):
        raise DataError(
            f"{where} is not a photo's name and {len(ACTION_UNITS)} numbers: {line.strip()[:60]!r}."
        )
    name, *values = line.strip().rsplit(None, len(ACTION_UNITS))
    return name, [float(value) for value in values]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}).") from error


# OpenFace


def _of_openface(folder: Path, tables: Iterable[Path], index: _Index) -> Source:
    found = _Collected(folder, "openface", index)
    for path in tables:
        rows = list(read_rows(path))
        if not rows:
            found.wrong("table without rows", path.relative_to(folder).as_posix())
            continue
        name_of = _naming(path, rows, index)
        if name_of is None:
            found.wrong("table whose rows match no photos", path.relative_to(folder).as_posix())
            continue
        faces: dict[str, list[Row]] = {}
        for row in rows:
            faces.setdefault(name_of(row), []).append(row)
        for name, several in faces.items():
            sure = [row for row in several if row.sure]
            if len(sure) > 1:  # which of them the largest face is, the table does not say
                found.wrong("several faces in one photo", name)
            elif not sure:
                found.wrong("OpenFace was not sure", name)
            else:
                where = f"{path}, line {sure[0].line}"
                found.add(name, from_openface(sure[0].intensities, where), path)
    return found.source()


def _naming(path: Path, rows: Sequence[Row], index: _Index) -> Callable[[Row], str] | None:
    """How the rows of a table name their photos; None when they do not."""
    if rows and all(row.name for row in rows):
        return lambda row: row.name or ""
    if path.stem in index.by_name:
        return lambda row: path.stem
    # A sequence: frame n is the nth photo of the folder of the same name, or of the only one.
    in_folder = [photo for photo in index.photos if photo.parent.name == path.stem]
    sequence = in_folder or (
        index.photos if len({photo.parent for photo in index.photos}) == 1 else []
    )
    frames = sorted({row.frame for row in rows if row.frame is not None})
    if frames and frames == list(range(frames[0], frames[0] + len(sequence))):
        names = [photo.relative_to(index.folder).as_posix() for photo in sequence]
        return lambda row: names[(row.frame or 0) - frames[0]]
    return None
