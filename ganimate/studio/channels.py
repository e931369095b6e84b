"""Everything that a slider can move, and what sliders ask for.

The page has no list of its own: what the library can move is what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT
from ganimate.arrays import Angles, AUVector
from ganimate.errors import UsageError
from ganimate.limits import MAX_TURN_DEGREES
from ganimate.performance.expressions import PRESETS, Expression
from ganimate.performance.timeline import AU_CELLS, AXES

GROUP_OF: Mapping[int, str] = MappingProxyType(
    {
        **dict.fromkeys((1, 2, 4), "Brows"),
        **dict.fromkeys((5, 6, 7, 45), "Eyes and cheeks"),
        **dict.fromkeys((9, 10), "Nose and upper lip"),
        **dict.fromkeys((12, 14, 15, 17, 20, 23, 25, 26), "Mouth and chin"),
    }
)
"""Number of an action unit -> the heading that its slider stands under."""

MEANING_OF_AXIS: Mapping[str, str] = MappingProxyType(
    {"yaw": "turn", "pitch": "nod", "roll": "tilt"}
)
"""Axis of a head -> what people call a turn about it."""


@dataclass(frozen=True)
class Wish:
    """What a face shall show.

    Attributes:
        aus: (17, 2) in [0, 1].
        head: (3,) degrees.
    """

    aus: AUVector
    head: Angles = field(default_factory=lambda: np.zeros(len(AXES), np.float32))


def list_channels(source: AUVector) -> list[dict[str, Any]]:
    """List what can be moved on a face, as the page reads it.

    Args:
        source: (17, 2) in [0, 1], what the photo shows.

    Returns:
        For each slider its id, number, name, group, unit, min, max, step and measured value; and,
        where the two sides of the face can be moved apart, an id and a value for each of them.
    """
    channels: list[dict[str, Any]] = []
    for unit, (left, right) in zip(ACTION_UNITS, source.tolist(), strict=True):
        name = f"AU{unit.number}"
        sides = [
            {"id": f"{name}L", "side": "left", "measured": left},
            {"id": f"{name}R", "side": "right", "measured": right},
        ]
        channels.append(
            {
                "id": name,
                "number": f"{unit.number:02d}",
                "name": unit.name.capitalize(),
                "group": GROUP_OF.get(unit.number, "More"),
                "about": unit.muscle,
                "unit": "",
                "min": 0.0,
                "max": 1.0,
                "step": 0.01,
                "measured": left if left == right else (left + right) / 2,
                "sides": sides if unit.sided else [],
            }
        )
    channels.extend(_describe_axis(axis) for axis in AXES)
    return channels


def _describe_axis(axis: str) -> dict[str, Any]:
    return {
        "id": axis,
        "number": "",
        "name": f"{axis.capitalize()} ({MEANING_OF_AXIS[axis]})",
        "group": "Head",
        "about": "turn of the head, from how the photo holds it",
        "unit": "degrees",
        "min": -MAX_TURN_DEGREES,
        "max": MAX_TURN_DEGREES,
        "step": 0.1,
        "measured": 0.0,
        "sides": [],
    }


def read_wish(values: Any, source: AUVector) -> Wish:
    """Read what sliders ask for.

    What they do not name stays as the photo shows it; both sides of a unit come before one of them.

    Args:
        values: names of channels -> numbers, as the page sends them.
        source: (17, 2) in [0, 1], what the photo shows.

    Raises:
        UsageError: a name or a number is none that can be used.
    """
    if not isinstance(values, Mapping):
        raise UsageError("the values of the sliders are no object of names and numbers")
    numbers = {name: _read_number(name, value) for name, value in values.items()}
    aus, head = np.array(source, np.float32), np.zeros(len(AXES), np.float32)
    for name in sorted(numbers, key=lambda one: len(AU_CELLS.get(one, ())), reverse=True):
        value = numbers[name]
        if name in AU_CELLS:
            for cell in AU_CELLS[name]:
                aus[cell] = min(max(value, 0.0), 1.0)
        elif name in AXES:
            head[AXES.index(name)] = min(max(value, -MAX_TURN_DEGREES), MAX_TURN_DEGREES)
        else:
            raise UsageError(f"there is no slider {name!r}")
    return Wish(aus, head)


def _read_number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"the slider {name!r} needs a number, not {value!r}")
    return float(value)


def list_values(aus: AUVector, source: AUVector) -> dict[str, float]:
    """List the sliders that make a face show something: read_wish() gives the same back.

    Args:
        aus: (17, 2) in [0, 1], what it shall show.
        source: (17, 2) in [0, 1], what the photo shows; what is equal is left out.
    """
    values: dict[str, float] = {}
    for unit, wanted, shown in zip(ACTION_UNITS, aus.tolist(), source.tolist(), strict=True):
        if wanted == shown:
            continue
        name = f"AU{unit.number}"
        if not unit.sided or wanted[LEFT] == wanted[RIGHT]:
            values[name] = wanted[LEFT]
            continue
        for side, column in (("L", LEFT), ("R", RIGHT)):
            if wanted[column] != shown[column]:
                values[name + side] = wanted[column]
    return values


def list_presets(source: AUVector) -> list[dict[str, Any]]:
    """List the expressions that have a name, with the sliders of each on this face."""
    return [_describe_preset(preset, source) for preset in PRESETS.values()]


def _describe_preset(preset: Expression, source: AUVector) -> dict[str, Any]:
    return {
        "id": preset.name,
        "name": preset.name.capitalize(),
        "description": preset.description,
        "values": list_values(preset.apply_to(source), source),
    }
