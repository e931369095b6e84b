"""Timeline files written: a starter, and what a driving video does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT
from ganimate.arrays import AUVector
from ganimate.media.files import write_whole
from ganimate.performance.curves import Knot, thin_curve
from ganimate.performance.driver import LIDS
from ganimate.performance.performance import Performance
from ganimate.performance.timeline import AU_CELLS, AXES, MAX_TURN, SCHEMA
from ganimate.performance.timeline_reader import SOURCE

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


LINE = 96  # characters of a line of a file that is written
# Mappings that are no dicts are not looked into to see whether they fit on a line.
JSON = json.JSONEncoder(ensure_ascii=False, default=lambda _: " " * LINE)


def make_starter(photo: str) -> dict[str, Any]:
    """A first file for a photo, whose comments say what can be changed."""
    return {
        "$schema": SCHEMA.as_uri(),
        "$comment": "Paths are relative to this file. Editors that know JSON Schema complete names "
        "and check values. `ganimate expressions` lists expressions and action units.",
        "photo": photo,
        "output": f"{Path(photo).stem}.mp4",
        "fps": 30,
        "duration": 4,
        "loop": "once",
        "blink": "auto",
        "keys": [
            {
                "$comment": "The clip starts with the photo's own expression. t is in seconds, or "
                "a share of the duration.",
                "t": 0,
                "expression": SOURCE,
            },
            {
                "$comment": "A preset and its weight. It stays for 0.8 s, then leaves gently.",
                "t": 1.2,
                "expression": "smile:0.8",
                "hold": 0.8,
                "ease": "in-out",
            },
            {
                "$comment": "Single action units, L and R for the person's own left and right; all "
                "others keep their course. ease is smooth, linear, in, out, in-out, step, or four "
                "numbers of a cubic-bezier, for the way from here to the next key.",
                "t": "75%",
                "aus": {"AU1": 0.4, "AU2L": 0.6, "AU12": 0.3},
            },
            {"t": "100%", "expression": SOURCE},
        ],
        "tracks": {
            "$comment": "Curves of single action units, which replace what the keys say of them.",
            "AU26": [{"t": 0.8, "v": 0}, {"t": 1.3, "v": 0.3}, {"t": 1.8, "v": 0}],
        },
        "head": [
            {
                "$comment": f"Degrees, at most {MAX_TURN:g}: yaw turns to the person's right, "
                "pitch nods down, roll tilts clockwise.",
                "t": 0,
                "yaw": 0,
                "roll": 0,
            },
            {"t": 1.5, "yaw": 5, "roll": 2},
            {"t": "100%", "yaw": 0, "roll": 0},
        ],
    }


def write_document(document: Mapping[str, Any], path: Path) -> None:
    """Write a file for people to edit, whole or not at all. Raises OutputError.

    A mapping that is no dict may work its items out one by one: no more than one is ever held.
    """
    write_whole(path, (piece.encode() for piece in chain(_lay_out(document, ""), "\n")))


def _lay_out(value: Any, indent: str) -> Iterator[str]:
    """Pieces of JSON in which whatever fits on a line stands on one."""
    room = LINE - len(indent)
    if not isinstance(value, Mapping | list):
        yield JSON.encode(value)
    elif len(line := _start_line(value, room)) <= room:
        yield line
    else:
        first, last = "{}" if isinstance(value, Mapping) else "[]"
        items = value.items() if isinstance(value, Mapping) else ((None, item) for item in value)
        inner = f"{indent}  "
        yield first
        for index, (name, item) in enumerate(items):
            yield (",\n" if index else "\n") + inner
            yield "" if name is None else f"{JSON.encode(name)}: "
            yield from _lay_out(item, inner)
        yield f"\n{indent}{last}"


def _start_line(value: Any, length: int) -> str:
    """JSON of a value on one line, or the beginning of one that is longer than `length`."""
    line = ""
    for piece in JSON.iterencode(value):
        line += piece
        if len(line) > length:
            break
    return line
