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
    if share == 0 or not behind.any() or behind.all() or not _jumps(field, behind, least):
        return field
    weight = cv2.blur(behind.astype(np.float32), (3, 3))
    beside = cv2.blur(field * behind[:, :, None], (3, 3)) / np.maximum(weight, 1e-6)[:, :, None]
    jump = field - beside  # of skin at the outline
    jump *= rise(np.linalg.norm(jump, axis=2), least, settings.jump_full * width)[:, :, None]
    jump[weight == 0] = 0
    distance, labels = cv2.distanceTransformWithLabels(
        behind.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros((int(labels.max()) + 1, 2), np.float32)
    of_label[labels[~behind]] = jump[~behind]
    carried = of_label[labels] * behind[:, :, None]
    side = 2 * round(settings.even * width) + 1
    weight = np.maximum(cv2.blur(behind.astype(np.float32), (side, side)), 1e-6)
    carried = cv2.blur(carried, (side, side)) * np.float32(share) / weight[:, :, None]
    reach = np.maximum(settings.reach * width, settings.slope * np.linalg.norm(carried, axis=2))
    carried *= (fall(distance / reach, 0, 1) * behind)[:, :, None]
    return np.asarray(field + carried, np.float32)


def _jumps(field: Floats, behind: Mask, least: float) -> bool:
    """Whether a field jumps by `least` pixels or more between what is behind and what is not."""
    for axis in (0, 1):
        crossed = np.diff(behind, axis=axis)
        step = np.diff(field, axis=axis)[crossed]
        if len(step) and float((step**2).sum(axis=1).max()) >= least**2:
            return True
    return False
