"""Data sets as people have them: what a folder holds, and the labelled photos in it.

A folder is recognised by its files:

    dataset.json                          ours: `ganimate prepare` wrote it
    aus_openface.pkl or aus.pkl           labels of the original GANimation code, pickled_labels.py
    *.csv with columns AU01_r ... AU45_r  OpenFace's own output, openface_labels.py
    *.txt of "name.jpg v1 ... v17"        one photo a line, text_labels.py
    photos or videos                      no labels

Labels are taken from the first of these that is there; nothing is read of a photo until it is used.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ganimate.errors import DataError
from ganimate.media.suffixes import PHOTO_SUFFIXES
from ganimate.training.data.dataset import SHARDS, SUMMARY
from ganimate.training.data.footage import VIDEO_SUFFIXES
from ganimate.training.data.labels import Kind, LabelledPhoto, PhotoIndex, Source
from ganimate.training.data.openface import OPENFACE, is_openface
from ganimate.training.data.openface_labels import read_openface_labels
from ganimate.training.data.pickled_labels import IDS, PICKLES, read_pickled_labels
from ganimate.training.data.text_labels import has_text_labels, note_near_labels, read_text_labels

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
    files = _list_files(folder)
    photos = [path for path in files if path.suffix.lower() in PHOTO_SUFFIXES]
    source = _read_labels(folder, files, photos)
    if source is None:
        source = Source(
            folder=folder,
            kind="pictures",
            photos=tuple(map(LabelledPhoto, photos)),
            videos=tuple(path for path in files if path.suffix.lower() in VIDEO_SUFFIXES),
            notes=(*note_near_labels(folder), *_note_labels_below(folder, files)),
        )
    if not len(source):
        raise DataError(_explain_emptiness(source))
    return source


def _list_files(folder: Path) -> list[Path]:
    """All regular files below a folder, sorted; hidden ones and what is in hidden folders left out.

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


def _read_labels(folder: Path, files: Sequence[Path], photos: Sequence[Path]) -> Source | None:
    """The photos of a folder that has labels; None where it has none."""
    index = PhotoIndex(folder, photos)
    for name in PICKLES:
        if (folder / name).is_file():
            return read_pickled_labels(folder / name, index)
    ids = set(IDS.values())
    tables = [
        path
        for path in files
        if path.suffix.lower() == ".csv" and path.name not in ids and is_openface(path)
    ]
    if tables:
        return read_openface_labels(tables, index)
    texts = [path for path in sorted(folder.glob("*.txt")) if has_text_labels(path)]
    if texts:
        return read_text_labels(texts, index)
    return None


def _note_labels_below(folder: Path, files: Iterable[Path]) -> Iterator[str]:
    """Notes on labels that would count if their folder had been given."""
    for path in files:
        if path.name in PICKLES:
            yield (
                f"{path.relative_to(folder)} is not read as labels from here: give the folder "
                f"{path.parent}, which it is in"
            )


def _explain_emptiness(source: Source) -> str:
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
