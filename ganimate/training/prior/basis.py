"""The motion basis: ridge regression of landmarks on action units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ganimate.action_units import ACTION_UNITS, ROW_OF
from ganimate.arrays import FaceShape, Floats
from ganimate.face.landmarks import N_MESH
from ganimate.numerics import fall
from ganimate.training.prior.blend_shapes import TOGETHER
from ganimate.training.prior.mirror import find_mirror, mirror_shapes

ANATOMY_WEIGHT = 150.0  # pseudo-observations of full intensity behind each of those
ALONE_WEIGHT = 2000.0  # ... behind AU6 and AU9, which no signal tells from those they go with
RIDGE = 20.0  # ... and behind zero motion for the others
# The detector underrates what moves: on a photo warped by the basis it finds a third to four fifths
# of the displacement again. The basis, fitted to what it finds, is too small by as much; these
# factors make up for it as far as faces stay plausible.
GAIN: Mapping[int, float] = {
    1: 1.6, 2: 1.5, 4: 1.6, 5: 1.6, 6: 1.3, 7: 1.4, 9: 1.1, 10: 1.6, 12: 1.2, 14: 1.4, 15: 1.6,
    17: 1.5, 20: 1.4, 23: 1.4, 25: 1.0, 26: 1.5, 45: 1.0,
}  # fmt: skip
SIDE_BLEND = 0.06  # of the face's width: how softly left fades into right


def fit_basis(
    shapes: Floats, aus: Floats, mean: FaceShape, anatomy: Mapping[int, Floats]
) -> Floats:
    """Ridge regression of shape on AUs: (17, 2, 468, 3) displacement at full intensity.

    shapes: (n, 468, 3) pose-normalised; aus: (n, 17, 2); anatomy: AU number -> (468, 3), what the
    regression falls back on. Solves, for every landmark and axis,

        min_B |Q - q0 - Y B|^2 + sum_k w_k |B_k - P_k|^2.

    It is fitted on both sides together, made symmetric, and then split by side.
    """
    mirror = find_mirror(mean)
    both = aus.mean(axis=2)  # (n, 17)
    q = ((shapes + mirror_shapes(shapes, mirror)) / 2).reshape(len(shapes), -1)  # (n, 1404)
    q = q - q.mean(axis=0)
    y = both - both.mean(axis=0)
    weight = np.full(len(ACTION_UNITS), RIDGE)
    fallback = np.zeros((len(ACTION_UNITS), q.shape[1]))
    for number, displacement in anatomy.items():
        weight[ROW_OF[number]] = ALONE_WEIGHT if number in TOGETHER else ANATOMY_WEIGHT
        fallback[ROW_OF[number]] = displacement.reshape(-1)
    lhs = y.T @ y + np.diag(weight)
    rhs = y.T @ q + weight[:, None] * fallback
    basis = np.linalg.solve(lhs.astype(np.float64), rhs.astype(np.float64))
    basis = basis.reshape(-1, N_MESH, 3) * _limit_units(mean)[:, :, None]
    basis *= np.array([GAIN[unit.number] for unit in ACTION_UNITS])[:, None, None]
    left = weigh_left(mean)
    sides = np.stack([left, 1 - left])[None, :, :, None]  # (1, 2, 468, 1)
    return np.asarray(basis[:, None] * sides, np.float32)


def _limit_units(mean: FaceShape) -> Floats:
    """(17, 468) in [0, 1]: where on the face an AU can act.

    Regression alone credits units with what only goes with them in photos, such as a lowered
    chin with narrowed eyes.
    """
    y = mean[:, 1]
    above_mouth = fall(y, mean[2, 1], mean[0, 1])  # 1 at the nose, 0 from the upper lip down
    above_chin = fall(y, mean[14, 1], mean[17, 1])  # 1 down to the mouth, 0 below the lower lip
    below_brows = 1 - fall(y, mean[223, 1], mean[145, 1])  # 0 from the upper lids up
    below_nose = 1 - fall(y, mean[5, 1], mean[2, 1])  # 0 from the tip of the nose up
    reach = np.ones((len(ACTION_UNITS), N_MESH), np.float32)
    above_lids = fall(y, mean[223, 1], mean[159, 1])  # 1 at the brows, 0 from the upper lids down
    for number in (1, 2):
        reach[ROW_OF[number]] = above_lids
    reach[ROW_OF[5]] = fall(y, mean[159, 1], mean[145, 1])  # 0 from the lower lids down
    for number in (4, 7, 45):
        reach[ROW_OF[number]] = above_mouth
    for number in (6, 9):
        reach[ROW_OF[number]] = above_chin
    reach[ROW_OF[10]] = above_chin * below_brows
    for number in (12, 14, 20):
        reach[ROW_OF[number]] = below_brows
    for number in (15, 17, 23, 25, 26):
        reach[ROW_OF[number]] = below_nose
    return reach


def weigh_left(mean: FaceShape) -> Floats:
    """(468,) from 0 on the person's right side of a face to 1 on the left (x > 0), softly."""
    return np.asarray(1 / (1 + np.exp(-mean[:, 0] / (SIDE_BLEND / 2))), np.float32)
