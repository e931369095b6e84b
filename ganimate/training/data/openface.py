"""What OpenFace says of faces: CSVs of FaceLandmarkImg and FeatureExtraction, and its AU scale.

OpenFace (Baltrusaitis et al., FG 2018) gives intensities of 0 to 5 in columns AU01_r to AU45_r, one
row a face or frame. Names in its header may begin with a space.
"""

from __future__ import annotations

import csv
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

HIGHEST = 5.0
"""The end of OpenFace's scale."""

COLUMNS = tuple(f"AU{unit.number:02}_r" for unit in ACTION_UNITS)
"""Columns of intensities, in the order of ACTION_UNITS."""

NAME_COLUMNS = ("image", "image_path", "filename", "file", "file_name", "name", "img", "path")
"""Columns, in lower case, that may name a row's photo."""

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
class Row:
    """One face or frame of a CSV.

    Attributes:
        line: in the file, from 1.
        name: of the photo, where a column says it.
        frame: its number, from 1, in a sequence.
        sure: whether OpenFace found the face with confidence.
        intensities: 17, of 0 to 5, in the order of ACTION_UNITS.
    """

    line: int
    name: str | None
    frame: int | None
    sure: bool
    intensities: tuple[float, ...]


def is_openface(path: Path) -> bool:
    """Say whether a CSV's header has columns of intensities.

    Raises:
        DataError: it has some of the 17 and lacks others.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            names = _clean_header(file.readline().split(","))
    except OSError:
        return False
    missing = [column for column in COLUMNS if column not in names]
    if missing and any(map(_INTENSITY.fullmatch, names)):
        raise DataError(
            f"{path} has intensities of action units, but no column {', '.join(missing)}: run "
            "OpenFace with -aus, or take the file out of the folder."
        )
    return not missing


def read_rows(path: Path) -> Iterator[Row]:
    """Read the rows of an OpenFace CSV.

    Raises:
        DataError: the file or a line is damaged; the message names them.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            lines = csv.reader(file)
            header = _clean_header(next(lines, []))
            for number, cells in enumerate(lines, start=2):
                if any(cell.strip() for cell in cells):
                    yield _parse_row(path, number, dict(zip(header, cells, strict=False)))
    except (OSError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a table: {error}") from error


def _clean_header(names: Sequence[str]) -> list[str]:
    return [name.strip().strip('"') for name in names]


def _parse_row(path: Path, number: int, cells: dict[str, str]) -> Row:
    try:
        sure = float(cells.get("success", 1)) > 0
        sure = sure and float(cells.get("confidence", 1)) >= OPENFACE.min_confidence
        frame = int(float(cells["frame"])) if "frame" in cells else None
        intensities = tuple(float(cells[column]) for column in COLUMNS)
    except (KeyError, ValueError) as error:
        what = f"column {error} is missing" if isinstance(error, KeyError) else str(error)
        raise DataError(
            f"{path}, line {number}: {what}. Run OpenFace with -aus, or delete the line."
        ) from error
    by_lower = {column.lower(): cell for column, cell in cells.items()}
    name = next((by_lower[c].strip() for c in NAME_COLUMNS if by_lower.get(c, "").strip()), None)
    return Row(line=number, name=name, frame=frame, sure=sure, intensities=intensities)


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
