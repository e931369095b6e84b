"""Text files of numbers as programs and people write them, whatever stands between their cells.

Excel saves semicolons and decimal commas in most of Europe, tabs as "text", UTF-16 as "Unicode
text", and may begin with a line "sep=;" of its own; OpenFace puts a blank before names.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ganimate.errors import DataError

SEPARATORS = ";\t,"
"""What may stand between cells; of those that a header has equally often, the first does."""

_LONGEST_LINE = 1 << 20
"""Characters of a first line that are looked at: more than any header has."""

_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb": "utf-8-sig"}
"""First bytes of a text -> its encoding; UTF-8 otherwise."""

_SEPARATOR_LINE = re.compile(r"sep=([;,\t])\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """The first lines of a table.

    Attributes:
        names: of its columns.
        separator: what stands between cells.
        lines: how many lines there are.
    """

    names: tuple[str, ...]
    separator: str
    lines: int


@dataclass(frozen=True)
class TableRow:
    """A line of a table.

    Attributes:
        line: its number in the file, from 1.
        cells: name of a column -> what it has there.
    """

    line: int
    cells: dict[str, str]


def open_text(path: Path) -> IO[str]:
    """Open a text, whatever its bytes: those that are no UTF-8 stay as they are in file names."""
    with path.open("rb") as file:
        encoding = _ENCODINGS.get(file.read(2), "utf-8")
    errors = "replace" if encoding == "utf-16" else "surrogateescape"
    return path.open(newline="", encoding=encoding, errors=errors)


def read_column_names(path: Path) -> tuple[str, ...]:
    """Read the names of a table's columns; none where the file cannot be read."""
    try:
        with open_text(path) as file:
            return _read_header(file).names
    except (OSError, ValueError, csv.Error):
        return ()


def read_table(path: Path) -> Iterator[TableRow]:
    """Read the lines of a table below its header, empty ones left out.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        with open_text(path) as file:
            header = _read_header(file)
            lines = csv.reader(file, delimiter=header.separator)
            for cells in lines:
                if any(cell.strip() for cell in cells):
                    named = dict(zip(header.names, cells, strict=False))
                    yield TableRow(header.lines + lines.line_num, named)
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a table: {error}") from error


def parse_number(cell: str) -> float:
    """Parse a number with a decimal point or comma.

    Raises:
        ValueError: it is none.
    """
    return float(cell.replace(",", ".") if "." not in cell else cell)


def is_number(cell: str) -> bool:
    """Say whether a cell has a number, with a decimal point or comma."""
    try:
        parse_number(cell)
    except ValueError:
        return False
    return True


def split_line(line: str, count: int) -> Iterator[list[str]]:
    """Split a line into a name, which may have blanks, and what follows it.

    Args:
        line: of a text.
        count: cells that follow the name, at most.

    Yields:
        The cells, by each thing that may stand between them.
    """
    line = line.strip()
    for separator in SEPARATORS[:-1]:
        if separator in line:
            cells = line.rstrip(separator).rsplit(separator, count)
            yield [cell.strip().strip('"') for cell in cells]
    yield line.rsplit(None, count)
    if "," in line:
        yield [cell.strip().strip('"') for cell in line.rstrip(",").rsplit(",", count)]


def _read_header(file: IO[str]) -> Header:
    """Read the names of a table's columns, and the line before them where Excel left one."""
    line = file.readline(_LONGEST_LINE)
    said = _SEPARATOR_LINE.fullmatch(line)
    if said:
        line = file.readline(_LONGEST_LINE)
    separator = said[1] if said else max(SEPARATORS, key=line.count)
    names: Sequence[str] = next(csv.reader([line], delimiter=separator), [])
    clean = tuple(name.strip().strip('"') for name in names)
    return Header(names=clean, separator=separator, lines=2 if said else 1)
