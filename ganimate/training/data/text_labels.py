"""Labels in text files, one photo a line: name.jpg v1 ... v17, intensities of 0 to 5.

Semicolons, tabs or commas may stand between them, and a comma before decimals. A file may begin
with a header or two. One that names the 17 action units decides their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ganimate.action_units import ACTION_UNITS
from ganimate.errors import DataError
from ganimate.media.suffixes import PHOTO_SUFFIXES
from ganimate.training.data.labels import NO_NUMBER, LabelCollector, PhotoIndex, Source
from ganimate.training.data.openface import lacks_number, parse_unit_order, scale_intensities
from ganimate.training.data.tables import is_number, open_text, parse_number, split_line

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
                order = _parse_order(line) or order
            elif line.strip():
                name, cells = _parse_label(line, where)
                if not all(map(is_number, cells)) or lacks_number([*map(parse_number, cells)]):
                    found.note_problem(NO_NUMBER, name, path)
                    continue
                values = [parse_number(cell) for cell in cells]
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
        with open_text(path) as file:
            return file.read().splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}).") from error


def _read_first_lines(path: Path, count: int) -> list[str]:
    """The first lines of a text, however long it is; none where it cannot be read."""
    if not path.is_file():
        return []  # a pipe would be waited for
    try:
        with open_text(path) as file:
            return [file.readline() for _ in range(count)]
    except (OSError, ValueError):
        return []


def _is_label(line: str) -> bool:
    cells = _split_label(line)
    return cells is not None and sum(map(is_number, cells[1:])) > len(ACTION_UNITS) / 2


def _split_label(line: str) -> list[str] | None:
    """A photo's name and 17 cells, whatever stands between them; None for another line."""
    for cells in split_line(line, len(ACTION_UNITS)):
        if len(cells) == len(ACTION_UNITS) + 1 and _is_photo(cells[0]):
            return cells
    return None


def _parse_label(line: str, where: str) -> tuple[str, list[str]]:
    cells = _split_label(line)
    if cells is None or not any(map(is_number, cells[1:])):
        raise DataError(
            f"{where} is not a photo's name and {len(ACTION_UNITS)} numbers: {line.strip()[:60]!r}."
        )
    return cells[0], cells[1:]


def _parse_order(line: str) -> list[int] | None:
    """The order of the action units that a header names, perhaps behind a name for names."""
    words = [word.strip('"') for word in re.split(r"[\s,;]+", line.strip())]
    return parse_unit_order(words) or parse_unit_order(words[1:])


def _find_fault(line: str) -> str | None:
    """What keeps a line from being a label, if it gives something numbers."""
    name, *values = re.split(r"[\s,;]+", line.strip())
    if not values or not all(map(is_number, values)):
        return None
    count = len(ACTION_UNITS)
    if _is_label(line):
        return f"begins with more than {HEADERS} lines of other things"
    if _is_photo(name) and len(values) != count:
        return f"has {len(values)} values for a photo, not one for each of the {count} AUs"
    if len(values) == count and not is_number(name):
        return f"names no photos, as {name!r} has no suffix such as .jpg"
    return None


def _is_photo(name: str) -> bool:
    return Path(name).suffix.lower() in PHOTO_SUFFIXES
