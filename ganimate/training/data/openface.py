"""What OpenFace says of faces: CSVs of FaceLandmarkImg and FeatureExtraction, and its AU scale.

OpenFace (Baltrusaitis et al., FG 2018) gives intensities of 0 to 5 in columns AU01_r to AU45_r, one
row a face or frame. py-feat (Cheong et al.) gives intensities of 0 to 1 in columns AU01 to AU43.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, ROW_OF
from ganimate.arrays import AUVector
from ganimate.errors import DataError
from ganimate.training.data.tables import TableRow, parse_number, read_column_names, read_table

HIGHEST = 5.0
"""The end of OpenFace's scale."""

COLUMNS = tuple(f"AU{unit.number:02}_r" for unit in ACTION_UNITS)
"""Columns of intensities, in the order of ACTION_UNITS."""

NAME_COLUMNS = (
    "image", "image_path", "filename", "file", "file_name", "name", "img", "path", "input", "photo",
)  # fmt: skip
"""Columns, in lower case, that may name a row's photo."""

PY_FEAT_HIGHEST = 1.0
"""The end of py-feat's scale (Cheong et al., Affective Science 4, 2023)."""

LIDS, PY_FEAT_LIDS = 45, 43
"""Lids that shut for a moment, and those that are shut: which of the two a program reads is a
matter of time, and py-feat looks at pictures."""

_CONFIDENCES = ("confidence", "facescore")
"""Columns, in lower case, of how sure OpenFace and py-feat are of a face."""

_AU_COLUMN = re.compile(r"AU\s*0*[0-9]{1,2}(_[rc])?", re.IGNORECASE)
_PLAIN_AU = re.compile(r"AU\s*0*([0-9]{1,2})", re.IGNORECASE)
_INTENSITY = re.compile(r"AU[0-9]{2}_r")
_AU_NAME = re.compile(r"AU\s*0*([0-9]{1,2})(_r)?", re.IGNORECASE)


@dataclass(frozen=True)
class OpenFaceSettings:
    """Which of OpenFace's rows are believed."""

    min_confidence: float = 0.8
    """Confidence in [0, 1] below which its landmarks are guesses, and so are its action units;
    larger drops more photos. By eye."""


OPENFACE = OpenFaceSettings()


@dataclass(frozen=True)
class Layout:
    """Where a table has its intensities.

    Attributes:
        columns: 17, in the order of ACTION_UNITS.
        highest: the end of their scale.
    """

    columns: tuple[str, ...]
    highest: float


@dataclass(frozen=True)
class Row:
    """One face or frame of a CSV.

    Attributes:
        line: in the file, from 1.
        name: of the photo, where a column says it.
        frame: its number, from 1, in a sequence.
        sure: whether OpenFace found the face with confidence.
        intensities: 17, of 0 to 5, in the order of ACTION_UNITS; nan where there is no number.
    """

    line: int
    name: str | None
    frame: int | None
    sure: bool
    intensities: tuple[float, ...]


def name_units(columns: Sequence[str]) -> list[str]:
    """Name those of some columns that are of action units, present or absent ones too."""
    return [column for column in columns if _AU_COLUMN.fullmatch(column)]


def find_layout(path: Path) -> Layout | None:
    """Find which columns of a table are the intensities of the 17 action units.

    Returns:
        None where the table is of other things, or of other action units.

    Raises:
        DataError: it has some of OpenFace's columns and lacks others.
    """
    names = read_column_names(path)
    missing = [column for column in COLUMNS if column not in names]
    if not missing:
        return Layout(COLUMNS, HIGHEST)
    if any(map(_INTENSITY.fullmatch, names)):
        raise DataError(
            f"{path} has intensities of action units, but no column {', '.join(missing)}: run "
            "OpenFace with -aus, or take the file out of the folder."
        )
    numbers = {int(match[1]): name for name in names if (match := _PLAIN_AU.fullmatch(name))}
    if PY_FEAT_LIDS in numbers and ROW_OF.keys() - numbers.keys() == {LIDS}:
        numbers[LIDS] = numbers[PY_FEAT_LIDS]
        return Layout(tuple(numbers[unit.number] for unit in ACTION_UNITS), PY_FEAT_HIGHEST)
    if ROW_OF.keys() <= numbers.keys():
        highest = PY_FEAT_HIGHEST if PY_FEAT_LIDS in numbers else HIGHEST
        return Layout(tuple(numbers[unit.number] for unit in ACTION_UNITS), highest)
    return None


def read_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """Read the rows of a table of intensities.

    Raises:
        DataError: the file or a line is damaged; the message names them.
    """
    for row in read_table(path):
        yield _parse_row(path, row, layout)


def _parse_row(path: Path, row: TableRow, layout: Layout) -> Row:
    missing = [column for column in layout.columns if column not in row.cells]
    if missing:
        raise DataError(
            f"{path}, line {row.line}: column {missing[0]!r} is missing. Run OpenFace with -aus, "
            "or delete the line."
        )
    by_lower = {column.lower(): cell.strip() for column, cell in row.cells.items()}
    believed = next((by_lower[name] for name in _CONFIDENCES if by_lower.get(name)), "1")
    frame = _parse(by_lower.get("frame", ""))
    return Row(
        line=row.line,
        name=next((by_lower[name] for name in NAME_COLUMNS if by_lower.get(name)), None),
        frame=None if math.isnan(frame) else int(frame),
        sure=_parse(by_lower.get("success") or "1") > 0
        and _parse(believed) >= OPENFACE.min_confidence,
        intensities=tuple(
            _parse(row.cells[column]) * HIGHEST / layout.highest for column in layout.columns
        ),
    )


def _parse(cell: str) -> float:
    """A number; nan where a cell has none, which compares as less than all."""
    try:
        value = parse_number(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def lacks_number(intensities: Sequence[float] | NDArray[np.floating[Any]]) -> bool:
    """Say whether an intensity is no number: a program failed at that photo."""
    return not np.isfinite(np.asarray(intensities, np.float64)).all()


def scale_intensities(
    intensities: Sequence[float] | NDArray[np.floating[Any]], where: str
) -> AUVector:
    """Scale OpenFace's intensities to ours.

    OpenFace does not tell the sides apart: both get the same.

    Args:
        intensities: 17, of 0 to 5, in the order of ACTION_UNITS.
        where: what a message begins with: the file and the line.

    Returns:
        (17, 2) in [0, 1].

    Raises:
        DataError: there are not 17, or one is out of range.
    """
    values = np.asarray(intensities, np.float64).ravel()
    if len(values) != len(ACTION_UNITS):
        raise DataError(
            f"{where}: {len(values)} values instead of {len(ACTION_UNITS)}, one for each of AU "
            f"{', '.join(str(unit.number) for unit in ACTION_UNITS)}."
        )
    wrong = np.flatnonzero(~((values >= 0) & (values <= HIGHEST)))  # nan is neither
    if len(wrong):
        unit = ACTION_UNITS[int(wrong[0])]
        raise DataError(
            f"{where}: AU{unit.number} is {values[wrong[0]]:g}, and OpenFace's intensities go from "
            f"0 to {HIGHEST:g}. Correct it, or delete the entry."
        )
    return np.repeat((values / HIGHEST).astype(np.float32)[:, None], 2, axis=1)


def parse_unit_order(words: Sequence[str]) -> list[int] | None:
    """Parse a header that names the 17 AUs (AU1, AU01, AU01_r).

    Returns:
        Where each row of ACTION_UNITS stands among the words; None when they are anything else.
    """
    numbers = [int(match[1]) for word in words if (match := _AU_NAME.fullmatch(word))]
    if len(numbers) != len(words) or sorted(numbers) != sorted(ROW_OF):
        return None
    return [numbers.index(unit.number) for unit in ACTION_UNITS]
