"""The 17 facial Action Units (AUs) that faces are measured and driven by.

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
    """One action unit.

    Attributes:
        number: its number in FACS.
        name: its name in FACS.
        muscle: what moves it.
        sided: whether left and right can be driven apart.
    """

    number: int
    name: str
    muscle: str
    sided: bool


Cell: TypeAlias = tuple[int, int]
"""Row and column of an AU vector."""

LEFT, RIGHT = 0, 1
"""Columns of an AU vector: the person's own sides, not those of the picture."""

ACTION_UNITS: tuple[ActionUnit, ...] = (
    # AU1 has no sides: one measurement covers both inner ends of the brows.
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
"""The action units in the order of the rows of an AU vector."""

ROW_OF: Mapping[int, int] = MappingProxyType(
    {unit.number: row for row, unit in enumerate(ACTION_UNITS)}
)
"""Number of an action unit -> its row in an AU vector."""

N_ACTION_UNITS = len(ACTION_UNITS)
"""Rows of an AU vector."""

SHAPE = (N_ACTION_UNITS, 2)
"""Shape of an AU vector."""
