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

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, ROW_OF
from ganimate.arrays import AUVector
from ganimate.errors import DataError

HIGHEST = 5.0  # of OpenFace's scale
MIN_CONFIDENCE = 0.8  # below, OpenFace's landmarks are guesses, and so are its AUs
COLUMNS = tuple(f"AU{unit.number:02}_r" for unit in ACTION_UNITS)
NAME_COLUMNS = ("image", "image_path", "filename", "file", "file_name", "name", "img", "path")
_INTENSITY = re.compile(r"AU[0-9]{2}_r")
_AU_NAME = re.compile(r"AU\s*0*([0-9]{1,2})(_r)?", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One face or frame of a CSV."""

    line: int  # in the file, from 1
    name: str | None  # of the photo, where a column says it
    frame: int | None  # from 1, in a sequence
    sure: bool  # whether OpenFace found the face with confidence
    intensities: tuple[float, ...]  # 17, of 0 to 5


def is_openface(path: Path) -> bool:
    """Whether a CSV's header has columns of intensities.

    Raises DataError when it has some of the 17 and lacks others.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            names = _header(file.readline().split(","))
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
    """The rows of an OpenFace CSV. Raises DataError that names the file and the line."""
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            lines = csv.reader(file)
            header = _header(next(lines, []))
            for number, cells in enumerate(lines, start=2):
                if any(cell.strip() for cell in cells):
                    yield _row(path, number, dict(zip(header, cells, strict=False)))
    except (OSError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a table: {error}") from error


def _header(names: Sequence[str]) -> list[str]:
    return [name.strip().strip('"') for name in names]


def _row(path: Path, number: int, cells: dict[str, str]) -> Row:
    try:
        sure = float(cells.get("success", 1)) > 0
        sure = sure and float(cells.get("confidence", 1)) >= MIN_CONFIDENCE
        frame = int(float(cells["frame"])) if "frame" in cells else None
        intensities = tuple(float(cells[column]) for column in COLUMNS)
    except (KeyError, ValueError) as error:
        what = f"column {error} is missing" if isinstance(error, KeyError) else str(error)
        raise DataError(
            f"{path}, line {number}: {what}. Run OpenFace with -aus, or delete the line."
        ) from error
    by_lower = {column.lower(): cell for column, cell in cells.items()}
    name = next((by_lower[c].strip() for c in NAME_COLUMNS if by_lower.get(c, "").strip()), None)
    return Row(number, name, frame, sure, intensities)


def from_openface(intensities: Sequence[float] | NDArray[np.float64], where: str) -> AUVector:
    """17 intensities of 0 to 5, in the order of ACTION_UNITS, as a (17, 2) vector of [0, 1].

    OpenFace does not tell the sides apart: both get the same. Raises DataError, which begins with
    `where`, when there are not 17, or one is out of range.
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


def au_order(words: Sequence[str]) -> list[int] | None:
    """For a header that names the 17 AUs (AU1, AU01, AU01_r), where each row of ACTION_UNITS is.

    None when the words are anything else.
    """
    numbers = [int(match[1]) for word in words if (match := _AU_NAME.fullmatch(word))]
    if len(numbers) != len(words) or sorted(numbers) != sorted(ROW_OF):
        return None
    return [numbers.index(unit.number) for unit in ACTION_UNITS]
