"""Blend-shape scores of photos, and the action units that they stand for."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.arrays import Floats
from ganimate.errors import DataError
from ganimate.face.estimator import measure_lip_gap

# Blend shapes whose mean over the listed names is an AU's raw signal; {} is Left or Right.
SIGNALS: Mapping[int, Sequence[str]] = {
    1: ("browInnerUp",),
    2: ("browOuterUp{}",),
    4: ("browDown{}",),
    5: ("eyeWide{}",),
    7: ("eyeSquint{}",),
    10: ("mouthUpperUp{}",),
    12: ("mouthSmile{}",),
    14: ("mouthDimple{}",),
    15: ("mouthFrown{}",),
    17: ("mouthShrugLower",),
    20: ("mouthStretch{}",),
    23: ("mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthRollUpper"),
    26: ("jawOpen",),
    45: ("eyeBlink{}",),
}
# Co-activations, for the units that the blend-shape model never reports.
TOGETHER: Mapping[int, tuple[str, str]] = {
    6: ("mouthSmile{}", "eyeSquint{}"),
    9: ("mouthUpperUp{}", "browDown{}"),
}
# Percentiles over the faces that become 0 and 1. Half of all faces smile, so that only the least
# smiling show none of it; the other units are at rest in most, and rest is what 0 shall mean.
SMILING = (6, 9, 10, 12, 25)
SMILING_PERCENTILES = (2.0, 99.5)
RESTING_PERCENTILES = (50.0, 98.5)


@dataclass(frozen=True)
class Scores:
    """Blend-shape scores of n faces."""

    categories: Sequence[str]
    values: Floats  # (n, 52)

    def of(self, name: str) -> Floats:
        """(n,) scores of one blend shape."""
        return self.values[:, list(self.categories).index(name)]


def scale_scores(scores: Scores, shapes: Floats) -> Floats:
    """AU intensities (n, 17, 2) in [0, 1] of faces with blend shapes and (n, 468, 3) shapes.

    Each is scaled so that a low percentile over the faces is 0 and a high one is 1.
    """
    raw = np.zeros((len(shapes), *SHAPE), np.float32)
    for column, side in ((LEFT, "Left"), (RIGHT, "Right")):
        for number, names in SIGNALS.items():
            signal = [scores.of(name.format(side)) for name in names]
            raw[:, ROW_OF[number], column] = np.mean(signal, axis=0)
        for number, (one, other) in TOGETHER.items():
            product = scores.of(one.format(side)) * scores.of(other.format(side))
            raw[:, ROW_OF[number], column] = np.sqrt(product)
        raw[:, ROW_OF[25], column] = measure_lip_gap(shapes)
    smiling = np.array([unit.number in SMILING for unit in ACTION_UNITS])
    low, high = np.where(
        smiling,
        np.percentile(raw, SMILING_PERCENTILES, axis=(0, 2)),
        np.percentile(raw, RESTING_PERCENTILES, axis=(0, 2)),
    )  # (17,) each
    low[ROW_OF[25]] = 0  # closed lips are closed
    scaled = (raw - low[:, None]) / (high - low)[:, None]
    return np.asarray(np.clip(scaled, 0, 1), np.float32)


def read_scores(path: Path) -> tuple[list[str], Scores]:
    """Names of photos, and their blend-shape scores, from an .npz file.

    It holds `names` (n,), `categories` (52,) and `scores` (n, 52) in [0, 1]. Raises DataError.
    """
    with open_npz(path, "names, categories and scores") as arrays:
        scores = Scores(arrays["categories"].tolist(), arrays["scores"].astype(np.float32))
        patterns = (name for listed in SIGNALS.values() for name in listed)
        needed = {name.format(side) for name in patterns for side in ("Left", "Right")}
        if missing := needed - set(scores.categories):
            raise ValueError(f"no blend shape {', '.join(sorted(missing))}")
        names = arrays["names"].tolist()
        if scores.values.shape != (len(names), len(scores.categories)):
            raise ValueError(f"scores of shape {scores.values.shape} for {len(names)} names")
        return names, scores


@contextmanager
def open_npz(path: Path, holds: str) -> Iterator[Mapping[str, NDArray[Any]]]:
    """The arrays of an .npz file; what is wrong with them or what is read as a DataError."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise ValueError("a single array")
            yield arrays
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is no .npz file with {holds}: {error}") from error
