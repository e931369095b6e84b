"""Blend-shape scores of photos, and the action units that they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.arrays import Floats
from ganimate.face.estimator import measure_lip_gap
from ganimate.training.prior.npz import open_npz

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
"""AU number -> the blend shapes whose mean is its raw signal; {} stands for Left or Right."""

TOGETHER: Mapping[int, tuple[str, str]] = {
    6: ("mouthSmile{}", "eyeSquint{}"),
    9: ("mouthUpperUp{}", "browDown{}"),
}
"""AU number -> the two blend shapes that it goes with, for the units that the blend-shape model
never reports: their signal is the root of the product."""

SMILING = (6, 9, 10, 12, 25)
"""The action units of smiles, which half of all faces show."""


@dataclass(frozen=True)
class ScaleSettings:
    """Which signals become intensities of 0 and 1: percentiles over the faces of a set."""

    smiling: tuple[float, float] = (2.0, 99.5)
    """The two percentiles for the units of smiles: only the least smiling faces show none of them.
    Larger percentiles read lower intensities in all faces. By eye (docs/tuning.md, intensities)."""

    resting: tuple[float, float] = (50.0, 98.5)
    """The two percentiles for the other units, which are at rest in most faces; rest is what 0
    shall mean. By eye (docs/tuning.md, intensities)."""


SCALE = ScaleSettings()


@dataclass(frozen=True)
class Scores:
    """Blend-shape scores of n faces.

    Attributes:
        categories: (k,) names of the blend shapes, 52 of MediaPipe's.
        values: (n, k) in [0, 1].
    """

    categories: Sequence[str]
    values: Floats

    def select(self, name: str) -> Floats:
        """Select the scores (n,) of one blend shape."""
        return self.values[:, list(self.categories).index(name)]


def scale_scores(scores: Scores, shapes: Floats, settings: ScaleSettings = SCALE) -> Floats:
    """Turn blend-shape scores into intensities of action units.

    Each unit is scaled so that a low percentile over the faces is 0 and a high one is 1.

    Args:
        scores: of n faces.
        shapes: (n, 468, 3) their pose-normalised shapes, which show the gap of the lips.
        settings: the percentiles.

    Returns:
        (n, 17, 2) in [0, 1].
    """
    raw = np.zeros((len(shapes), *SHAPE), np.float32)
    for column, side in ((LEFT, "Left"), (RIGHT, "Right")):
        for number, names in SIGNALS.items():
            signal = [scores.select(name.format(side)) for name in names]
            raw[:, ROW_OF[number], column] = np.mean(signal, axis=0)
        for number, (one, other) in TOGETHER.items():
            product = scores.select(one.format(side)) * scores.select(other.format(side))
            raw[:, ROW_OF[number], column] = np.sqrt(product)
        raw[:, ROW_OF[25], column] = measure_lip_gap(shapes)
    smiling = np.array([unit.number in SMILING for unit in ACTION_UNITS])
    low, high = np.where(
        smiling,
        np.percentile(raw, settings.smiling, axis=(0, 2)),
        np.percentile(raw, settings.resting, axis=(0, 2)),
    )  # (17,) each
    low[ROW_OF[25]] = 0  # closed lips are closed
    scaled = (raw - low[:, None]) / (high - low)[:, None]
    return np.asarray(np.clip(scaled, 0, 1), np.float32)


def read_scores(path: Path) -> tuple[list[str], Scores]:
    """Read the names of photos and their blend-shape scores from an .npz file.

    Args:
        path: the file, with `names` (n,), `categories` (k,) and `scores` (n, k) in [0, 1].

    Raises:
        DataError: the file is missing or damaged, or lacks a blend shape that is needed.
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
