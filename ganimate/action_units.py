"""The 17 facial Action Units (AUs), and the expressions that people can ask for by name.

An AU vector is a float32 array of shape (17, 2) with intensities in [0, 1]: one row for each entry
of ACTION_UNITS, column LEFT for the person's own left side and RIGHT for the person's own right.
An AU without sides has the same value in both columns.

AUs and their names: P. Ekman and W. V. Friesen, Facial Action Coding System (FACS), 1978. The 17
are those whose intensity OpenFace measures, in its order.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionUnit:
    number: int  # as in FACS
    name: str
    muscle: str  # what moves it
    sided: bool  # whether left and right can be driven apart
