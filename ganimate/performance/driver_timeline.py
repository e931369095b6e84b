"""A timeline file of what a driving video does, for people to edit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT
from ganimate.arrays import AUVector, Floats
from ganimate.performance.curves import Knot, Values
from ganimate.performance.driver import BLINK
from ganimate.performance.performance import Performance
from ganimate.performance.thinning import thin_curve
from ganimate.performance.timeline import AU_CELLS, AXES, SCHEMA


@dataclass(frozen=True)
class SavingSettings:
    """How near the saved timeline is to what was transferred."""

    tolerance: float = 0.02
    """Intensity that a track may stray, and what moves by less gets no track; larger leaves fewer
    points to edit. By eye (docs/tuning.md, saved timelines): about the noise of a reading."""

    head_tolerance: float = 0.3
    """Degrees that a turn of the head may stray; larger leaves fewer points to edit. By eye
    (docs/tuning.md, saved timelines)."""


SAVING = SavingSettings()


def document_performance(
    performance: Performance,
    source: AUVector,
    fps: float,
    photo: str,
    output: str,
    settings: SavingSettings = SAVING,
) -> dict[str, Any]:
    """Make a file for `ganimate timeline` that does the same as a performance, for people to edit.

    Args:
        performance: what a face does.
        source: (17, 2) in [0, 1], what its photo shows.
        fps: frames a second.
        photo: path of the photo, relative to the file.
        output: path of the clip, relative to the file.
        settings: how near the file is to the performance.

    Returns:
        What write_document writes. Its tracks are worked out as they are looked at.
    """
    times = np.arange(len(performance.aus)) / fps
    names = _name_tracks(performance.aus, source, settings)
    document: dict[str, Any] = {
        "$schema": SCHEMA.as_uri(),
        "$comment": "What a driving video does: a track for each action unit that it moves.",
        "photo": photo,
        "output": output,
        "fps": fps,
        "duration": len(times) / fps,
        "tracks": _Tracks(names=names, aus=performance.aus, times=times, settings=settings),
    }
    if performance.heads is not None:
        document["head"] = _list_head_keys(performance.heads, times, settings)
    if not names:
        document["tracks"] = {"AU45": [{"t": 0, "v": round(float(source[BLINK].mean()), 3)}]}
    return document


@dataclass(frozen=True, eq=False)
class _Tracks(Mapping[str, list[dict[str, float]]]):
    """Tracks that are worked out as they are looked at: of a long video, all are large.

    Attributes:
        names: of the tracks.
        aus: (n, 17, 2) in [0, 1].
        times: (n,) seconds.
        settings: how near the tracks are to `aus`.
    """

    names: Sequence[str]
    aus: Floats
    times: Values
    settings: SavingSettings

    def __getitem__(self, name: str) -> list[dict[str, float]]:
        if name not in self.names:
            raise KeyError(name)
        sides = [self.aus[:, row, side] for row, side in AU_CELLS[name]]
        values = np.mean(sides, axis=0, dtype=np.float64)
        # One track may stand for two sides, which are half a tolerance from their mean.
        knots = thin_curve(self.times, values, self.settings.tolerance / 2)
        return [_make_point(knot, "v") for knot in knots]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def _name_tracks(aus: Floats, source: AUVector, settings: SavingSettings) -> list[str]:
    """The tracks of what moves: one for an action unit, or for each side that goes its own way."""
    names = []
    for row, unit in enumerate(ACTION_UNITS):
        if np.abs(aus[:, row] - source[row]).max() <= settings.tolerance:
            continue
        apart = np.abs(aus[:, row, LEFT] - aus[:, row, RIGHT]).max() > settings.tolerance
        names += [f"AU{unit.number}{side}" for side in ("LR" if apart and unit.sided else [""])]
    return names


def _list_head_keys(
    heads: Floats, times: Values, settings: SavingSettings
) -> list[dict[str, float]]:
    keys: dict[float, dict[str, float]] = {}
    for axis, values in zip(AXES, heads.T, strict=True):
        for knot in thin_curve(times, values.astype(np.float64), settings.head_tolerance):
            point = _make_point(knot, axis)
            keys[point["t"]] = {**keys.get(point["t"], {}), **point}
    return [keys[t] for t in sorted(keys)]


def _make_point(knot: Knot, name: str) -> dict[str, float]:
    return {"t": round(knot.t, 4), name: round(knot.v, 3)}
