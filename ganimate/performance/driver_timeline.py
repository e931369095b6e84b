"""A timeline file of what a driving video does, for people to edit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT
from ganimate.arrays import AUVector
from ganimate.performance.curves import Knot, thin_curve
from ganimate.performance.driver import LIDS
from ganimate.performance.performance import Performance
from ganimate.performance.timeline import AU_CELLS, AXES, SCHEMA

TOLERANCE = 0.02  # of an intensity, between the saved timeline and what was transferred
HEAD_TOLERANCE = 0.3  # degrees


def document_performance(
    performance: Performance, source: AUVector, fps: float, photo: str, output: str
) -> dict[str, Any]:
    """A file for `ganimate timeline` that does the same within TOLERANCE, for people to edit.

    Its tracks are worked out as they are looked at.
    """
    times = np.arange(len(performance.aus)) / fps
    document: dict[str, Any] = {
        "$schema": SCHEMA.as_uri(),
        "$comment": "What a driving video does: a track for each action unit that it moves.",
        "photo": photo,
        "output": output,
        "fps": fps,
        "duration": len(times) / fps,
        "tracks": _Tracks(_names(performance.aus, source), performance.aus, times),
    }
    if performance.heads is not None:
        document["head"] = _head_keys(performance.heads, times)
    if not document["tracks"]:
        document["tracks"] = {"AU45": [{"t": 0, "v": round(float(source[LIDS].mean()), 3)}]}
    return document


@dataclass(frozen=True, eq=False)
class _Tracks(Mapping[str, list[dict[str, float]]]):
    """Tracks that are worked out as they are looked at: of a long video, all are large."""

    names: Sequence[str]
    aus: NDArray[np.float32]  # (n, 17, 2)
    times: NDArray[np.float64]  # (n,) s

    def __getitem__(self, name: str) -> list[dict[str, float]]:
        if name not in self.names:
            raise KeyError(name)
        sides = [self.aus[:, row, side] for row, side in AU_CELLS[name]]
        knots = thin_curve(self.times, np.mean(sides, axis=0, dtype=np.float64), TOLERANCE / 2)
        return [_point(knot, "v") for knot in knots]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def _names(aus: NDArray[np.float32], source: AUVector) -> list[str]:
    """The tracks of what moves: one for an action unit, or for each side that goes its own way."""
    names = []
    for row, unit in enumerate(ACTION_UNITS):
        if np.abs(aus[:, row] - source[row]).max() <= TOLERANCE:
            continue
        apart = np.abs(aus[:, row, LEFT] - aus[:, row, RIGHT]).max() > TOLERANCE
        names += [f"AU{unit.number}{side}" for side in ("LR" if apart and unit.sided else [""])]
    return names


def _head_keys(heads: NDArray[np.float32], times: NDArray[np.float64]) -> list[dict[str, float]]:
    keys: dict[float, dict[str, float]] = {}
    for axis, values in zip(AXES, heads.T, strict=True):
        for knot in thin_curve(times, values.astype(np.float64), HEAD_TOLERANCE):
            point = _point(knot, axis)
            keys[point["t"]] = {**keys.get(point["t"], {}), **point}
    return [keys[t] for t in sorted(keys)]


def _point(knot: Knot, name: str) -> dict[str, float]:
    return {"t": round(knot.t, 4), name: round(knot.v, 3)}
