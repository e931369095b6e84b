"""The motion basis: ridge regression of landmarks on action units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from ganimate.action_units import ACTION_UNITS, ROW_OF
from ganimate.arrays import FaceShape, Floats
from ganimate.face.landmarks import N_MESH
from ganimate.numerics import fall
from ganimate.training.mirror import mirror_shapes
from ganimate.training.prior.blend_shapes import TOGETHER


def _default_gain() -> Mapping[int, float]:
    return MappingProxyType(
        {
            1: 1.6, 2: 1.5, 4: 1.6, 5: 1.6, 6: 1.3, 7: 1.4, 9: 1.1, 10: 1.6, 12: 1.2, 14: 1.4,
            15: 1.6, 17: 1.5, 20: 1.4, 23: 1.4, 25: 1.0, 26: 1.5, 45: 1.0,
        }
    )  # fmt: skip


@dataclass(frozen=True)
class BasisSettings:
    """How the motion basis is fitted. Weights count faces that show full intensity."""

    anatomy_weight: float = 150.0
    """Weight of an action unit's anatomy beside the photos; larger trusts the anatomy more. By eye
    (docs/tuning.md, anatomy)."""

    alone_weight: float = 2000.0
    """Weight of the anatomy of AU6 and AU9, which no signal tells from those that they go with;
    larger leaves less to what photos say of them. By eye (docs/tuning.md, anatomy)."""

    ridge: float = 20.0
    """Weight of no motion at all, for the units without anatomy; larger moves faces less. By eye.
    """

    gain: Mapping[int, float] = field(default_factory=_default_gain)
    """AU number -> factor of its displacement; larger moves faces further. The detector underrates
    what moves: on a photo warped by the basis it finds a third to four fifths of the displacement
    again (measured), and a basis fitted to what it finds is too small by as much. The factors make
    up for it as far as faces stay plausible, by eye (docs/tuning.md, gain)."""

    side_blend: float = 0.06
    """How softly left fades into right, of the face's width; larger is softer. By eye."""


BASIS = BasisSettings()


def fit_basis(
    shapes: Floats,
    aus: Floats,
    mean: FaceShape,
    anatomy: Mapping[int, Floats],
    settings: BasisSettings = BASIS,
) -> Floats:
    """Fit the displacement of every landmark by every action unit: ridge regression.

    Solves, for every landmark and axis,

        min_B |Q - q0 - Y B|^2 + sum_k w_k |B_k - P_k|^2

    with shapes Q, their mean q0, action units Y, anatomy P and weights w. It is fitted on both
    sides of the face together, made symmetric, and then split by side.

    Args:
        shapes: (n, 468, 3) pose-normalised faces.
        aus: (n, 17, 2) what they show, in [0, 1].
        mean: (468, 3) the mean face.
        anatomy: AU number -> (468, 3) displacement that the regression falls back on.
        settings: weights and gains.

    Returns:
        (17, 2, 468, 3) displacement at full intensity, by action unit and side.
    """
    both = aus.mean(axis=2)  # (n, 17)
    q = ((shapes + mirror_shapes(shapes)) / 2).reshape(len(shapes), -1)  # (n, 1404)
    q = q - q.mean(axis=0)
    y = both - both.mean(axis=0)
    weight = np.full(len(ACTION_UNITS), settings.ridge)
    fallback = np.zeros((len(ACTION_UNITS), q.shape[1]))
    for number, displacement in anatomy.items():
        alone = number in TOGETHER
        weight[ROW_OF[number]] = settings.alone_weight if alone else settings.anatomy_weight
        fallback[ROW_OF[number]] = displacement.reshape(-1)
    lhs = y.T @ y + np.diag(weight)
    rhs = y.T @ q + weight[:, None] * fallback
    basis = np.linalg.solve(lhs.astype(np.float64), rhs.astype(np.float64))
    basis = basis.reshape(-1, N_MESH, 3) * _limit_units(mean)[:, :, None]
    basis *= np.array([settings.gain[unit.number] for unit in ACTION_UNITS])[:, None, None]
    left = weigh_left(mean, settings)
    sides = np.stack([left, 1 - left])[None, :, :, None]  # (1, 2, 468, 1)
    return np.asarray(basis[:, None] * sides, np.float32)


def _limit_units(mean: FaceShape) -> Floats:
    """Say where on the face an action unit can act, (17, 468) in [0, 1].

    Regression alone credits units with what only goes with them in photos, such as a lowered
    chin with narrowed eyes.
    """
    y = mean[:, 1]
    above_mouth = fall(y, mean[2, 1], mean[0, 1])  # 1 at the nose, 0 from the upper lip down
    above_chin = fall(y, mean[14, 1], mean[17, 1])  # 1 down to the mouth, 0 below the lower lip
    above_lids = fall(y, mean[223, 1], mean[159, 1])  # 1 at the brows, 0 from the upper lids down
    above_lower_lids = fall(y, mean[159, 1], mean[145, 1])  # 0 from the lower lids down
    below_brows = 1 - fall(y, mean[223, 1], mean[145, 1])  # 0 from the upper lids up
    below_nose = 1 - fall(y, mean[5, 1], mean[2, 1])  # 0 from the tip of the nose up
    limits = {
        **dict.fromkeys((1, 2), above_lids),
        **dict.fromkeys((4, 7, 45), above_mouth),
        5: above_lower_lids,
        **dict.fromkeys((6, 9), above_chin),
        10: above_chin * below_brows,
        **dict.fromkeys((12, 14, 20), below_brows),
        **dict.fromkeys((15, 17, 23, 25, 26), below_nose),
    }
    return np.asarray(np.stack([limits[unit.number] for unit in ACTION_UNITS]), np.float32)


def weigh_left(mean: FaceShape, settings: BasisSettings = BASIS) -> Floats:
    """Weigh landmarks (468,) from 0 on the person's right side to 1 on the left (x > 0), softly."""
    return np.asarray(1 / (1 + np.exp(-mean[:, 0] / (settings.side_blend / 2))), np.float32)
