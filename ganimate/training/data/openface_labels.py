"""Labels in tables of OpenFace and py-feat: which of their rows are of which photos of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ganimate.training.data.footage import VIDEO_SUFFIXES
from ganimate.training.data.labels import NO_NUMBER, LabelCollector, PhotoIndex, Source
from ganimate.training.data.openface import (
    Layout,
    Row,
    lacks_number,
    read_rows,
    scale_intensities,
)


def read_openface_labels(tables: Mapping[Path, Layout], index: PhotoIndex) -> Source:
    """Read the labels of tables, each of one photo, of a sequence, or with names.

    Photos with several faces, those of which OpenFace was not sure and those with a cell that is no
    number are noted as problems.

    Args:
        tables: files -> where they have intensities.
        index: the photos that they are of.

    Raises:
        DataError: a table is damaged, a value is out of range, or a photo has two labels.
    """
    found = LabelCollector("openface", index)
    for path, layout in tables.items():
        table = path.relative_to(index.folder).as_posix()
        rows = list(read_rows(path, layout))
        if not rows:
            found.note_problem("table without rows", table)
            continue
        find_name = _match_rows(path, rows, index)
        if find_name is None:
            found.note_problem("table whose rows match no photos", table)
            continue
        faces: dict[str, list[Row]] = {}
        for row in rows:
            faces.setdefault(find_name(row), []).append(row)
        for name, several in faces.items():
            _add_photo(found, name, several, path)
    return found.make_source()


def _add_photo(found: LabelCollector, name: str, rows: Sequence[Row], path: Path) -> None:
    """Add the label of a photo, of whose faces a table has these rows."""
    sure = [row for row in rows if row.sure]
    if len(sure) > 1:  # which of them the largest face is, the table does not say
        found.note_problem("several faces in one photo", name, path)
    elif not sure:
        found.note_problem("OpenFace was not sure", name, path)
    elif lacks_number(sure[0].intensities):
        found.note_problem(NO_NUMBER, name, path)
    else:
        where = f"{path}, line {sure[0].line}"
        found.add(name, scale_intensities(sure[0].intensities, where), path)


def _match_rows(path: Path, rows: Sequence[Row], index: PhotoIndex) -> Callable[[Row], str] | None:
    """How the rows of a table name their photos; None when they do not."""
    names = {row.name for row in rows}
    of_video = len(names) == 1 and Path(next(iter(names)) or "").suffix.lower() in VIDEO_SUFFIXES
    if all(names) and not of_video:
        return lambda row: row.name or ""
    if index.list_named(path.stem, path):
        return lambda row: path.stem
    # A sequence: frame n is the nth photo of a folder.
    frames = sorted({row.frame for row in rows if row.frame is not None})
    for sequence in _list_sequences(path, index):
        if frames and frames == list(range(frames[0], frames[0] + len(sequence))):
            paths = [photo.relative_to(index.folder).as_posix() for photo in sequence]
            return lambda row: paths[(row.frame or 0) - frames[0]]
    return None


def _list_sequences(path: Path, index: PhotoIndex) -> Iterator[list[Path]]:
    """The photos of folders whose frames a table may number, the likeliest first.

    They are the folder beside it that has its name, all folders of its name together, its own
    folder, and the only one with photos.
    """
    folders = {photo.parent for photo in index.photos}
    for chosen in (
        {path.with_suffix("")},
        {folder for folder in folders if folder.name == path.stem},
        {path.parent},
        folders if len(folders) == 1 else set[Path](),
    ):
        if sequence := [photo for photo in index.photos if photo.parent in chosen]:
            yield sequence
