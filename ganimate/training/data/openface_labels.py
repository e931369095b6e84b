"""Labels in OpenFace's tables: which of their rows are of which photos of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ganimate.training.data.labels import LabelCollector, PhotoIndex, Source
from ganimate.training.data.openface import Row, read_rows, scale_intensities


def read_openface_labels(tables: Iterable[Path], index: PhotoIndex) -> Source:
    """Read the labels of OpenFace's tables, each of one photo, of a sequence, or with names.

    Photos with several faces, and those of which OpenFace was not sure, are noted as problems.

    Args:
        tables: CSV files for which is_openface() holds.
        index: the photos that they are of.

    Raises:
        DataError: a table is damaged, a value is out of range, or a photo has two labels.
    """
    found = LabelCollector("openface", index)
    for path in tables:
        table = path.relative_to(index.folder).as_posix()
        rows = list(read_rows(path))
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
        found.note_problem("several faces in one photo", name)
    elif not sure:
        found.note_problem("OpenFace was not sure", name)
    else:
        where = f"{path}, line {sure[0].line}"
        found.add(name, scale_intensities(sure[0].intensities, where), path)


def _match_rows(path: Path, rows: Sequence[Row], index: PhotoIndex) -> Callable[[Row], str] | None:
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
