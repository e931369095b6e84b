"""Labels in text files, one photo a line: name.jpg v1 ... v17, intensities of 0 to 5.

A file may begin with a header or two. One that names the 17 action units decides their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ganimate.action_units import ACTION_UNITS
from ganimate.errors import DataError
from ganimate.media.suffixes import PHOTO_SUFFIXES
from ganimate.training.data.labels import LabelCollector, PhotoIndex, Source
from ganimate.training.data.openface import parse_unit_order, scale_intensities

HEADERS = 2
"""Lines that a text file of labels may begin with."""

EXAMINED = 20
"""First lines of a file in which labels are looked for that are nearly right."""


def has_text_labels(path: Path) -> bool:
    """Say whether one of a text's first lines is a photo's name and 17 numbers."""
    return any(map(_is_label, _read_first_lines(path, HEADERS + 1)))


def read_text_labels(paths: Iterable[Path], index: PhotoIndex) -> Source:
    """Read the labels of text files.

    Args:
        paths: the files.
        index: the photos that they name.

    Raises:
        DataError: a line is no label, a value is out of range, or a photo has two labels.
    """
    found = LabelCollector("text", index)
    for path in paths:
        order: list[int] | None = None
        for number, line in enumerate(read_lines(path), start=1):
            where = f"{path}, line {number}"
            if number <= HEADERS and not _is_label(line):
                order = parse_unit_order(line.split()) or order
            elif line.strip():
                name, values = _parse_label(line, where)
                if order:
                    values = [values[place] for place in order]
                found.add(name, scale_intensities(values, where), path)
    return found.make_source()


def note_near_labels(folder: Path) -> Iterator[str]:
    """Note the texts and tables of a folder that are nearly labels, and what keeps them from it."""
    for path in sorted((*folder.glob("*.txt"), *folder.glob("*.csv"))):
        faults = filter(None, map(_find_fault, _read_first_lines(path, EXAMINED)))
        if (fault := next(faults, None)) is not None:
            yield f"{path.name} {fault}: it was not read as labels"


def read_lines(path: Path) -> list[str]:
    """Read the lines of a text, whatever its bytes.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}).") from error


def _read_first_lines(path: Path, count: int) -> list[str]:
    """The first lines of a text, however long it is; none where it cannot be read."""
    if not path.is_file():
        return []  # a pipe would be waited for
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return [file.readline() for _ in range(count)]
    except OSError:
        return []


def _is_label(line: str) -> bool:
    name, *values = line.strip().rsplit(None, len(ACTION_UNITS)) or [""]
    return _is_photo(name) and len(values) == len(ACTION_UNITS) and all(map(_is_number, values))


def _parse_label(line: str, where: str) -> tuple[str, list[float]]:
    if not _is_label(line):
        raise DataError(
            f"{where} is not a photo's name and {len(ACTION_UNITS)} numbers: {line.strip()[:60]!r}."
        )
    name, *values = line.strip().rsplit(None, len(ACTION_UNITS))
    return name, [float(value) for value in values]


def _find_fault(line: str) -> str | None:
    """What keeps a line from being a label, if it gives something numbers."""
    name, *values = re.split(r"[\s,;]+", line.strip())
    if not values or not all(map(_is_number, values)):
        return None
    count = len(ACTION_UNITS)
    if _is_label(line):
        return f"begins with more than {HEADERS} lines of other things"
    if _is_photo(name) and len(values) != count:
        return f"has {len(values)} values for a photo, not one for each of the {count} AUs"
    if _is_photo(name):
        return "has no spaces alone between its values, as a .txt of labels must"
    if len(values) == count and not _is_number(name):
        return f"names no photos, as {name!r} has no suffix such as .jpg"
    return None


def _is_photo(name: str) -> bool:
    return Path(name).suffix.lower() in PHOTO_SUFFIXES


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
