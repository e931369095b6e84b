"""Data sets as people have them: what a folder holds, and the labelled photos in it.

A folder is recognised by its files:

    dataset.json                          ours: `ganimate prepare` wrote it
    aus_openface.pkl or aus.pkl           labels of the original GANimation code, pickled_labels.py
    *.csv with columns AU01_r ... AU45_r  OpenFace's own output, openface_labels.py
    *.csv with columns AU01 ... AU43      py-feat's, the same
    *.txt of "name.jpg v1 ... v17"        one photo a line, text_labels.py
    photos or videos                      no labels

Labels are taken from the first of these that is there; nothing is read of a photo until it is used.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ganimate.errors import DataError
from ganimate.media.suffixes import PHOTO_SUFFIXES
from ganimate.training.data.clips import CLIPS_SUMMARY
from ganimate.training.data.dataset import SHARDS, SUMMARY
from ganimate.training.data.fer2013 import find_table
from ganimate.training.data.footage import VIDEO_SUFFIXES
from ganimate.training.data.labels import Kind, LabelledPhoto, PhotoIndex, Source
from ganimate.training.data.openface import OPENFACE, find_layout, name_units
from ganimate.training.data.openface_labels import read_openface_labels
from ganimate.training.data.pickled_labels import IDS, PICKLES, read_pickled_labels
from ganimate.training.data.tables import read_column_names
from ganimate.training.data.text_labels import has_text_labels, note_near_labels, read_text_labels

TABLE_SUFFIXES = frozenset({".csv", ".tsv"})
"""What names of tables end in."""

SHOWN = 3
"""Columns that a note names."""

REMEDIES: dict[Kind, str] = {
    "pickle": "Name each photo of imgs/ by its stem in the pickle, and by its file name, one a "
    f"line, in {' and '.join(IDS.values())}; or leave these two out.",
    "openface": "Name each table like its photo, or give it a column `filename`; OpenFace must "
    f"have found the faces with a confidence of {OPENFACE.min_confidence:g} or more.",
    "text": "Begin each line with the name of a photo in the folder.",
}
"""Kind of labels -> what to do when none of them goes with a photo."""


def open_source(folder: Path) -> Source:
    """Recognise what a folder holds, and read its labels.

    Raises:
        DataError: it holds nothing to learn from, or labels that are wrong; the message names the
            file and the remedy.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder of photos.")
    if (folder / SUMMARY).is_file() or any(path.is_file() for path in folder.glob(SHARDS)):
        return Source(folder, "prepared")
    files = list_files(folder)
    photos = [path for path in files if path.suffix.lower() in PHOTO_SUFFIXES]
    labels = _find_labels(folder, files)
    source = labels.read(PhotoIndex(folder, photos))
    if source is None:
        source = Source(
            folder=folder,
            kind="pictures",
            photos=tuple(map(LabelledPhoto, photos)),
            videos=tuple(path for path in files if path.suffix.lower() in VIDEO_SUFFIXES),
            notes=(*note_near_labels(folder), *_note_labels_below(folder, files)),
        )
    if not len(source):
        raise DataError(_explain_emptiness(source, files))
    return replace(
        source,
        problems={**source.problems, **_list_skipped(source, files, labels.files)},
        notes=(*source.notes, *_note_unread_tables(folder, files, labels.files)),
    )


def list_files(folder: Path) -> list[Path]:
    """List all regular files below a folder, sorted, without hidden ones and hidden folders.

    Links are followed, each file and folder once and by its own name if it has one here. A link to
    a folder that this one is in is not: it leads to what the set is beside.
    """
    own: list[Path] = []
    linked: list[Path] = []
    inside, outside = deque([folder]), deque[Path]()
    known = {_identify(above) for above in folder.resolve().parents}
    while inside or outside:  # links last, so that what they lead to is known by its own name
        by_link = not inside
        place = outside.popleft() if by_link else inside.popleft()
        identity = _identify(place)
        if identity in known:
            continue
        known.add(identity)
        for path in _list_entries(place):
            link = path.is_symlink()
            if path.is_dir():
                (outside if link else inside).append(path)
            elif path.is_file():  # a pipe would be waited for, a device never ends
                (linked if link else own).append(path)
    return sorted((*own, *_select_new(linked, own)))


def _list_entries(folder: Path) -> list[Path]:
    """What is in a folder and not hidden, sorted; nothing where that cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []


def _identify(path: Path) -> tuple[int, int] | None:
    """The device and inode of what a path leads to; None where that is nothing."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino


def _select_new(links: Iterable[Path], files: Iterable[Path]) -> Iterator[Path]:
    """Those of some links that lead to none of the files, nor where one before them leads."""
    links = sorted(links)
    known = set(map(_identify, files)) if links else set()
    for path in links:
        if (identity := _identify(path)) not in known:
            known.add(identity)
            yield path


@dataclass(frozen=True)
class _Labels:
    """The labels of a folder.

    Attributes:
        files: that they are in, and that say which photos count.
        read: what reads them, given the photos; None comes of it where there are none.
    """

    files: frozenset[Path]
    read: Callable[[PhotoIndex], Source | None]


def _find_labels(folder: Path, files: Sequence[Path]) -> _Labels:
    """Find the labels of a folder: the first kind of them that is there."""
    lists = {path for name in IDS.values() if (path := folder / name).is_file()}
    for name in PICKLES:
        if (pickled := folder / name).is_file():
            files_read = frozenset({pickled, *lists})
            return _Labels(files_read, lambda index: read_pickled_labels(pickled, index))
    layouts = {path: find_layout(path) for path in _list_tables(folder, files)}
    tables = {path: layout for path, layout in layouts.items() if layout is not None}
    if tables:
        return _Labels(frozenset(tables), lambda index: read_openface_labels(tables, index))
    here = sorted((*folder.glob("*.txt"), *folder.glob("*.csv"), *folder.glob("*.tsv")))
    texts = [path for path in here if path not in lists and has_text_labels(path)]
    if texts:
        return _Labels(frozenset(texts), lambda index: read_text_labels(texts, index))
    return _Labels(frozenset(), lambda index: None)


def _list_tables(folder: Path, files: Iterable[Path]) -> Iterator[Path]:
    """Files that may be tables of intensities: texts of a spreadsheet only at the top."""
    for path in files:
        suffix = path.suffix.lower()
        if path.name in IDS.values():
            continue
        if suffix in TABLE_SUFFIXES or (suffix == ".txt" and path.parent == folder):
            yield path


def _list_skipped(
    source: Source, files: Iterable[Path], labels: frozenset[Path]
) -> dict[str, list[str]]:
    """What is neither a photo nor a label, nor a video that is learnt from -> why it is not."""
    skipped: dict[str, list[str]] = {}
    for path in files:
        suffix = path.suffix.lower()
        if suffix in PHOTO_SUFFIXES or path in labels:
            continue
        if suffix not in VIDEO_SUFFIXES:
            reason = f"no photo or video by its name ({suffix or 'no suffix'})"
        elif source.kind != "pictures":
            reason = "video in a labelled set"
        else:
            continue
        skipped.setdefault(reason, []).append(path.relative_to(source.folder).as_posix())
    return skipped


def _note_unread_tables(
    folder: Path, files: Iterable[Path], labels: frozenset[Path]
) -> Iterator[str]:
    """Notes on tables whose columns are of action units, and that are not read."""
    for path in files:
        if path.suffix.lower() not in TABLE_SUFFIXES or path in labels:
            continue
        units = name_units(read_column_names(path))
        if units:
            reason = "other labels are" if labels else "it lacks some of the 17 intensities"
            yield (
                f"{path.relative_to(folder).as_posix()} has columns of action units "
                f"({', '.join(units[:SHOWN])}, ...) and is not read as labels: {reason}"
            )


def _note_labels_below(folder: Path, files: Iterable[Path]) -> Iterator[str]:
    """Notes on labels that would count if their folder had been given."""
    for path in files:
        if path.name in PICKLES:
            yield (
                f"{path.relative_to(folder)} is not read as labels from here: give the folder "
                f"{path.parent}, which it is in"
            )


def _explain_emptiness(source: Source, files: Sequence[Path]) -> str:
    if (table := find_table(files)) is not None:
        return (
            f"{table} is a table of pictures with emotions, in which 48 px are too few for faces "
            f"to be measured: `ganimate train --preset stargan` takes {source.folder} as it is."
        )
    if source.folder / CLIPS_SUMMARY in files:
        return (
            f"{source.folder} is a prepared set of clips: `ganimate train --preset first-order` "
            "takes it."
        )
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
