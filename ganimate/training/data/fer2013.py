"""FER2013 as it was released: one table of emotions and pixels (Goodfellow et al., ICML 2013).

    emotion,pixels,Usage
    0,70 80 82 ... 106,Training

An emotion is a number, in the order of EMOTIONS; pixels are 48 x 48 greys of 0 to 255, row by row;
Usage is Training, PublicTest or PrivateTest.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.errors import DataError
from ganimate.training.data.label_choice import OTHER, choose_emotions
from ganimate.training.data.labelled_pictures import (
    GreyPictures,
    LabelledPictures,
    count_labels,
)
from ganimate.training.data.tables import read_column_names, read_table

SIDE = 48
"""Pixels of a picture's side."""

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Emotions by their numbers."""

COLUMNS = {"emotion", "pixels"}
"""Columns by which the table is known."""

TRAINING = "training"
"""What the Usage of pictures to train on says; others are held out."""

NO_PIXELS = f"not {SIDE * SIDE} numbers of 0 to 255"
NO_EMOTION = "no emotion from 0 to 6"
"""Why rows are left out."""


def find_table(files: Sequence[Path]) -> Path | None:
    """Find the table of FER2013 among some files."""
    tables = (path for path in files if path.suffix.lower() == ".csv")
    return next((path for path in tables if set(read_column_names(path)) >= COLUMNS), None)


def read_fer2013(table: Path, wanted: Sequence[str]) -> LabelledPictures:
    """Read the pictures of some emotions.

    Args:
        table: the file.
        wanted: emotions; empty for those that this program knows by their action units.

    Raises:
        DataError: the table cannot be read, or has no picture of these emotions.
    """
    emotions = choose_emotions(wanted, EMOTIONS, str(table))
    names, shown, pixels, held_out = [], [], [], set[str]()
    left_out: dict[str, list[str]] = {}
    for row in read_table(table):
        name = f"{table.name}:{row.line}"
        picture = _parse_pixels(row.cells.get("pixels", ""))
        emotion = _parse_emotion(row.cells.get("emotion", ""))
        problem = NO_PIXELS if picture is None else NO_EMOTION if emotion is None else None
        if problem is None and emotion not in emotions:
            problem = f"{OTHER}, {emotion}"
        if picture is None or emotion is None or problem:
            left_out.setdefault(problem or NO_PIXELS, []).append(name)
            continue
        names.append(name)
        shown.append(emotions.index(emotion))
        pixels.append(picture)
        if row.cells.get("Usage", TRAINING).strip().lower() != TRAINING:
            held_out.add(name)
    if not names:
        raise DataError(f"{table} has no picture of {', '.join(emotions)}.")
    labels = np.eye(len(emotions), dtype=np.float32)[shown]
    return LabelledPictures(
        kind="fer2013",
        names=tuple(names),
        labels=labels,
        label_names=emotions,
        exclusive=True,
        pictures=GreyPictures(np.stack(pixels)),
        size=SIDE,
        grey=True,
        report=count_labels(labels, emotions, left_out, [(SIDE, SIDE)] * len(names)),
        held_out=frozenset(held_out),
    )


def _parse_pixels(text: str) -> NDArray[np.uint8] | None:
    """A picture (48, 48); None where the text holds none."""
    try:
        values = np.array(text.split(), np.int64)
    except (ValueError, OverflowError):
        return None
    if values.size != SIDE * SIDE or values.min() < 0 or values.max() > 255:
        return None
    return values.astype(np.uint8).reshape(SIDE, SIDE)


def _parse_emotion(text: str) -> str | None:
    number = text.strip()
    return EMOTIONS[int(number)] if number in map(str, range(len(EMOTIONS))) else None
