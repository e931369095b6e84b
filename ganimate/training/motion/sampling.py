"""Which faces a training step sees: those that show something rare teach most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ROW_OF
from ganimate.numerics import measure_sharpness
from ganimate.training.data.dataset import FaceSet


@dataclass(frozen=True)
class SamplingWeights:
    """How often faces are drawn.

    Attributes:
        power: of an intensity.
        any_face: what a face counts that shows none of the units.
        factors: units, and what each adds at full intensity.
        parted: range of AU25 of the faces that are drawn at all.
    """

    power: int
    any_face: float
    factors: tuple[tuple[int, float], ...]
    parted: tuple[float, float] = (0.0, 1.0)


ANY = SamplingWeights(power=1, any_face=1.0, factors=())
EXPRESSIVE = SamplingWeights(
    power=2,
    any_face=0.25,
    factors=(
        (4, 3.0),
        (9, 2.0),
        (12, 0.7),
        (15, 3.0),
        (17, 2.0),
        (20, 2.0),
        (23, 1.0),
        (25, 3.0),
        (26, 6.0),
    ),
)
OPEN_MOUTHS = SamplingWeights(power=2, any_face=0.04, factors=((25, 1.0), (26, 8.0)))
BARED_GUMS = SamplingWeights(
    power=4, any_face=0.002, factors=((10, 1.0), (12, 1.0)), parted=(0.4, 1.0)
)
PARTED_LIPS = SamplingWeights(power=2, any_face=0.1, factors=((12, 1.0),), parted=(0.15, 0.45))
SHUT_LIPS = SamplingWeights(
    power=2, any_face=0.25, factors=((15, 1.0), (17, 1.0), (23, 1.0)), parted=(0.0, 0.05)
)
WIDE_EYES = SamplingWeights(power=2, any_face=0.05, factors=((5, 1.0),))


def _default_mouths() -> Mapping[SamplingWeights, float]:
    return MappingProxyType({OPEN_MOUTHS: 0.55, BARED_GUMS: 0.2, PARTED_LIPS: 0.15, SHUT_LIPS: 0.1})


@dataclass(frozen=True)
class SamplingSettings:
    """What the tables of sampling weights are used for, all of them by eye.

    Rare expressions are drawn until mouths and eyes that show them are learnt (docs/tuning.md,
    samples).
    """

    mouths: Mapping[SamplingWeights, float] = field(default_factory=_default_mouths)
    """What transfers of mouths are made to, and the share of each. The shares add up to 1."""

    sharper: int = 3
    """Power of a face's rank in sharpness, in (0, 1], with which it is drawn: teeth and lashes are
    learnt where they can be seen. Larger leaves out more of the blurred faces."""


SAMPLING = SamplingSettings()


class FaceSampler:
    """Draws faces of a set.

    Attributes:
        indices: (n,) of the faces in the set.
        chances: sampling weights -> (n,) cumulated chances of the faces.
    """

    def __init__(
        self,
        faces: FaceSet,
        indices: NDArray[np.int64],
        settings: SamplingSettings = SAMPLING,
    ) -> None:
        """Weigh the faces at `indices` (n,) for each table of weights."""
        self.indices = indices
        shown = faces.aus[indices].mean(axis=2, dtype=float)  # (n, 17)
        sharp = _rank_sharpness(faces, indices) ** settings.sharper
        self.chances = {
            weights: np.cumsum(sharp * weigh_faces(weights, shown))
            for weights in (ANY, EXPRESSIVE, *settings.mouths, WIDE_EYES)
        }

    def draw_face(self, weights: SamplingWeights, rng: np.random.Generator) -> int:
        """Draw the index of a sharp face, oftener of one that has something to show."""
        chances = self.chances[weights]
        place = int(np.searchsorted(chances, rng.random() * chances[-1]))
        return int(self.indices[min(place, len(self.indices) - 1)])  # rounding may pass the end


def weigh_faces(weights: SamplingWeights, shown: NDArray[np.float64]) -> NDArray[Any]:
    """Weigh faces by what they show.

    Args:
        weights: how often faces are drawn.
        shown: (n, 17) intensities, the mean of both sides.

    Returns:
        (n,) what each face counts.
    """
    counts = np.full(len(shown), weights.any_face)
    for number, factor in weights.factors:
        counts += factor * shown[:, ROW_OF[number]] ** weights.power
    least, most = weights.parted
    within = (least <= shown[:, ROW_OF[25]]) & (shown[:, ROW_OF[25]] <= most)
    if within.any():  # some sets have no such face
        counts *= within
    return counts


def _rank_sharpness(faces: FaceSet, indices: NDArray[np.int64]) -> NDArray[Any]:
    """(n,) from above 0 for the most blurred face to 1 for the sharpest."""
    variance = [measure_sharpness(faces.crop(int(face))[:, :, 1]) for face in indices]
    return (np.argsort(np.argsort(variance)) + 1.0) / len(indices)
