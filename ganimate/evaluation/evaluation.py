"""Everything that is measured of a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganimate.evaluation.clips import Clips
from ganimate.evaluation.expressions import Expressions
from ganimate.evaluation.round_trips import RoundTripScores


@dataclass(frozen=True)
class Evaluation:
    """Everything that was measured of a model.

    Attributes:
        model: its name or file, as the user gave it.
        round_trips: likeness of faces that come back.
        expressions: whether faces show what was asked for.
        clips: smoothness and speed; None where no face could be followed.
    """

    model: str
    round_trips: RoundTripScores
    expressions: Expressions
    clips: Clips | None


def choose_held_out(indices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Choose `count` of the faces at these indices (n,), or all.

    A mixed lot, always the same, since names often sort by age.
    """
    return np.random.default_rng(0).permutation(indices)[:count]
