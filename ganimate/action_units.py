"""The 17 facial Action Units (AUs), and the expressions that people can ask for by name.

An AU vector is a float32 array of shape (17, 2) with intensities in [0, 1]: one row for each entry
of ACTION_UNITS, column LEFT for the person's own left side and RIGHT for the person's own right.
An AU without sides has the same value in both columns.

AUs and their names: P. Ekman and W. V. Friesen, Facial Action Coding System (FACS), 1978. The 17
are those whose intensity OpenFace measures, in its order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias


@dataclass(frozen=True)
class ActionUnit:
    number: int  # as in FACS
    name: str
    muscle: str  # what moves it
    sided: bool  # whether left and right can be driven apart


Cell: TypeAlias = tuple[int, int]  # (row, column) of an AU vector

LEFT, RIGHT = 0, 1  # columns: the person's own sides, not those of the picture

ACTION_UNITS: tuple[ActionUnit, ...] = (
    # one measurement covers both inner brow ends, so AU1 has no sides
    ActionUnit(1, "inner brow raiser", "frontalis, inner part", sided=False),
    ActionUnit(2, "outer brow raiser", "frontalis, outer part", sided=True),
    ActionUnit(4, "brow lowerer", "corrugator supercilii", sided=True),
    ActionUnit(5, "upper lid raiser", "levator palpebrae superioris", sided=True),
    ActionUnit(6, "cheek raiser", "orbicularis oculi, orbital part", sided=True),
    ActionUnit(7, "lid tightener", "orbicularis oculi, palpebral part", sided=True),
    ActionUnit(9, "nose wrinkler", "levator labii superioris alaeque nasi", sided=True),
    ActionUnit(10, "upper lip raiser", "levator labii superioris", sided=True),
    ActionUnit(12, "lip corner puller", "zygomaticus major", sided=True),
    ActionUnit(14, "dimpler", "buccinator", sided=True),
    ActionUnit(15, "lip corner depressor", "depressor anguli oris", sided=True),
    ActionUnit(17, "chin raiser", "mentalis", sided=False),
    ActionUnit(20, "lip stretcher", "risorius", sided=True),
    ActionUnit(23, "lip tightener", "orbicularis oris", sided=False),
    ActionUnit(25, "lips part", "depressor labii inferioris", sided=False),
    ActionUnit(26, "jaw drop", "masseter, relaxed", sided=False),
    ActionUnit(45, "blink", "orbicularis oculi, levator relaxed", sided=True),
)

ROW_OF: Mapping[int, int] = MappingProxyType(
    {unit.number: row for row, unit in enumerate(ACTION_UNITS)}
)
"""AU number -> its row in an AU vector."""

N_ACTION_UNITS = len(ACTION_UNITS)

SHAPE = (N_ACTION_UNITS, 2)
"""Of an AU vector."""
