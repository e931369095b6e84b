"""What lies behind the outline of a face goes along with it where the two would tear apart.

A turned head hides its far side: what is seen at its outline there is a cheek, a brow or the corner
of the mouth, and what lies beside it on the picture, hair or a wall, is moved by landmarks that are
out of sight and hardly move. Left so, the field jumps at the outline, which then is as ragged as
the grid is coarse, shows a strip of the background twice, or cuts one off.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Floats, Mask
from ganimate.face.landmarks import N_MESH, SKIN, measure_width
from ganimate.numerics import fall, rise
from ganimate.warp.mesh import Mesh, measure_areas
from ganimate.warp.prior import MotionPrior
from ganimate.warp.settings import OUTLINE, OutlineSettings


def mark_behind(prior: MotionPrior, mesh: Mesh, ids: NDArray[np.int32]) -> Mask:
    """Mark the pixels (h, w) behind a face: its rings, skin that faces away, and what is beyond.

    Args:
        prior: the triangles.
        mesh: on the grid.
        ids: (h, w) the triangle of each pixel, -1 outside the mesh.
    """
    before = measure_areas(mesh.source, prior.triangles)
    after = measure_areas(mesh.target, prior.triangles)
    averted = (prior.regions == SKIN) & (prior.areas * after < 0) & (before * after > 0)
    rings = (prior.triangles >= N_MESH).any(axis=1)
    return np.asarray(np.append(averted | rings, True)[ids])


def carry_background(
    field: Floats, behind: Mask, mesh: Mesh, settings: OutlineSettings = OUTLINE
) -> Floats:
    """Let what lies behind a face's outline go along with it, ever less farther away.

    Where the field does not jump, nothing changes. The more the head itself turns, the less does
    it: what a turn hides or uncovers beside the face does not go along.

    Args:
        field: (h, w, 2) where each pixel comes from, pixels of the grid.
        behind: (h, w) what lies behind the face.
        mesh: on the grid.
        settings: what counts as a jump, and how far it is spread.
    """
    width = measure_width(mesh.target)
    least = settings.jump_from * width
    turn = float(np.linalg.norm(mesh.turned - mesh.unmoved, axis=1).max()) / width
    share = float(fall(turn, settings.turn_from, settings.turn_full))
    if share == 0 or not behind.any() or behind.all():
        return field
    y, x, longest = _find_jumps(field, behind, least)
    if not len(y):
        return field
    margin = int(max(settings.reach * width, settings.slope * longest)) + 2
    box = tuple(slice(max(0, one.min() - margin), one.max() + margin + 1) for one in (y, x))
    jump = _measure_jumps(field[box], behind[box], least, settings.jump_full * width)
    field = field.copy()
    field[box] += np.float32(share) * _spread_jumps(jump, behind[box], width, settings)
    return field


def _measure_jumps(field: Floats, behind: Mask, least: float, full: float) -> Floats:
    """(h, w, 2) by how much a face's outline jumps over what lies behind it; 0 elsewhere."""
    weight = cv2.blur(behind.astype(np.float32), (3, 3))
    beside = cv2.blur(field * behind[:, :, None], (3, 3)) / np.maximum(weight, 1e-6)[:, :, None]
    jump = field - beside
    jump[(weight == 0) | behind] = 0
    jump *= rise(_measure_lengths(jump), least, full)[:, :, None]
    return np.asarray(jump, np.float32)


def _spread_jumps(jump: Floats, behind: Mask, width: float, settings: OutlineSettings) -> Floats:
    """(h, w, 2) the jumps of the nearest outline, ever less farther behind it.

    width: of the face, pixels.
    """
    distance, labels = cv2.distanceTransformWithLabels(
        behind.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros((int(labels.max()) + 1, 2), np.float32)
    of_label[labels[~behind]] = jump[~behind]
    carried = of_label[labels] * behind[:, :, None]
    side = 2 * round(settings.even * width) + 1
    weight = np.maximum(cv2.blur(behind.astype(np.float32), (side, side)), 1e-6)
    carried = cv2.blur(carried, (side, side)) / weight[:, :, None]
    reach = np.maximum(settings.reach * width, settings.slope * _measure_lengths(carried))
    carried *= (fall(distance / reach, 0, 1) * behind)[:, :, None]
    return np.asarray(carried, np.float32)


def _measure_lengths(vectors: Floats) -> Floats:
    """(h, w) lengths of vectors (h, w, 2); np.linalg.norm is slow along an axis of two."""
    return np.asarray(np.hypot(vectors[:, :, 0], vectors[:, :, 1]), np.float32)


def _find_jumps(
    field: Floats, behind: Mask, least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], float]:
    """Find where a field steps by `least` pixels or more from what is behind to what is not.

    Returns:
        Rows and columns of these steps, and the length of the longest.
    """
    rows, columns, longest = [], [], 0.0
    for axis in (0, 1):
        y, x = np.nonzero(
            behind[1:] != behind[:-1] if axis == 0 else behind[:, 1:] != behind[:, :-1]
        )
        steps = np.hypot(*(field[y + (axis == 0), x + (axis == 1)] - field[y, x]).T)
        far = steps >= least
        rows.append(y[far])
        columns.append(x[far])
        longest = max(longest, float(steps.max(initial=0)))
    return np.concatenate(rows), np.concatenate(columns), longest
