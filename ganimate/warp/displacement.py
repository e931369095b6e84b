"""The motion prior: how each action unit moves a face, and the warp that moves a photo with it.

    action units --basis--> landmark displacement --mesh--> backward map W_t

The basis is the mean displacement of 468 landmarks at full intensity of each AU and side, fitted
by ridge regression (training/prior.py). The mesh is MediaPipe's own triangulation, with triangles
for the mouth and the eyes and three rings outside the face that fade its motion out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ROW_OF
from ganimate.arrays import AUVector, FaceShape
from ganimate.face.landmarks import (
    BROW_EDGES,
    BROWS,
    LIDS_OF_SIDE,
    LIPS,
    N_MESH,
    Opening,
    measure_width,
)
from ganimate.face.pose import Pose
from ganimate.warp.mesh import SHUT, measure_areas
from ganimate.warp.prior import MotionPrior

BROW_UNITS = [ROW_OF[number] for number in (1, 2, 4)]
BROW_LIFT = 0.11  # of the face's width, some 15 mm: brows come nearer to it, and never reach it
UNDER_BROWS = np.array([0.7, 1, 1, 1, 0.7])  # how far that row goes along
ON_BROW, OFF_BROW = 0.034, 0.05  # of the face's width: a row within lies on hair, beyond on skin
UNFOLDS = 6  # rounds
HOLDS = 12  # rounds
EDGE_ON, HELD = 1.5, 2.5  # times a triangle's area: from where, and how firmly, a turn is held back
SLIVER = 2e-4  # of the face's width, squared: so much is added to areas, as slivers have none
FLAT = 0.5  # of a triangle's area: pressed below it, its vertices go along with their neighbours
SPECK = 3e-5  # of the face's width, squared: triangles that may turn over unseen


def move_landmarks(
    prior: MotionPrior,
    landmarks: NDArray[np.float32],
    pose: Pose,
    source: AUVector,
    target: AUVector,
) -> NDArray[np.float32]:
    """Landmarks (468, 3) of the same face, in photo pixels, with its AUs at `target`.

    landmarks: (>= 468, 3) of the photo, whose AUs are `source`. A zero change moves nothing.
    Lids and lips close exactly at AU45 = 1 and AU25 = 0, whoever's they are, and never cross.
    """
    before = pose.normalise(landmarks[:N_MESH])
    change = target - source
    if not change.any():
        return landmarks[:N_MESH].copy()
    blink, part = ROW_OF[45], ROW_OF[25]
    after = before + _displace(prior, before, change)
    for side, lids in enumerate(LIDS_OF_SIDE):
        # A blink takes away its share of the aperture that the other units leave.
        without = after - change[blink, side] * prior.basis[blink, side]
        aperture = np.maximum(_measure_gap(without, lids), 0)
        if change[blink, side] >= 0:
            still_open = (1 - min(1.0, target[blink, side])) / max(1e-3, 1 - source[blink, side])
            aperture = aperture * still_open
        else:
            aperture = np.maximum(_measure_gap(after, lids), aperture)
        after = _set_gap(after, lids, aperture, _measure_gap(before, lids))
    gap = np.maximum(_measure_gap(after, LIPS), 0)
    middle = len(gap) // 2
    closed_to = float(target[part].mean()) / max(1e-3, float(source[part].mean()))
    still_apart = max(0.0, closed_to) * max(0.0, float(_measure_gap(before, LIPS)[middle]))
    if change[part].any() and closed_to < 1 and gap[middle] > still_apart:
        gap = gap * (still_apart / gap[middle])
    after = _set_gap(after, LIPS, gap, _measure_gap(before, LIPS))
    return landmarks[:N_MESH] + _unfold_chin(prior, landmarks, pose.rotate(after - before))


def _unfold_chin(
    prior: MotionPrior, landmarks: NDArray[np.float32], moved_by: NDArray[np.float32]
) -> NDArray[np.float32]:
    """A displacement (468, 3) that turns less skin of the chin over.

    Where it would (a lower lip that is drawn down past the chin's first row), vertices go along
    with their neighbours, the more the flatter a triangle of theirs is pressed, so that nothing
    jumps as it comes about. Lips stay where they were put: they may fold.
    """
    triangles = prior.chin.triangles
    before = measure_areas(landmarks[:, :2], triangles)
    large = np.abs(before) > SPECK * measure_width(landmarks[:, :2]) ** 2
    triangles, before = triangles[large], before[large]
    for _ in range(UNFOLDS):
        after = measure_areas(landmarks[:N_MESH, :2] + moved_by[:, :2], triangles)
        pressed = np.clip(1 - after / (FLAT * before), 0, 1)
        if not pressed.any():
            break
        moved_by = _follow_neighbours(moved_by, triangles, prior.chin.free, pressed)
    return moved_by


def constrain_border(
    prior: MotionPrior, landmarks: NDArray[np.float32], turned: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What to add to turned landmarks (468, 3) so that skin seen edge-on stays so, (468, 3).

    landmarks: (468, 3) of the photo. A turn would unfold the slivers at the near side of the face;
    the photo shows nothing of them but the pixels at its outline, hair and background mixed, which
    would be drawn out over the cheek. The border goes along with what is inside of it instead.
    """
    skirt, facing = prior.border.triangles, prior.border.facing
    moved_by = start = (turned - landmarks).astype(np.float32)
    least = SLIVER * measure_width(landmarks[:, :2]) ** 2
    before = np.maximum(facing * measure_areas(landmarks[:, :2], skirt), 0) + least
    for _ in range(HOLDS):
        there = landmarks[:, :2] + moved_by[:, :2]
        after = np.maximum(facing * measure_areas(there, skirt), 0) + least
        stretched = np.clip((after / before - EDGE_ON) / (HELD - EDGE_ON), 0, 1)
        if not stretched.any():
            break
        moved_by = _follow_neighbours(moved_by, skirt, prior.border.free, stretched)
    return moved_by - start


def _follow_neighbours(
    moved_by: NDArray[np.float32],
    triangles: NDArray[np.int64],
    free: NDArray[np.bool_],
    shares: NDArray[np.floating[Any]],
) -> NDArray[np.float32]:
    """A displacement (468, 3), half the way to that of the neighbours where a triangle asks for it.

    triangles: (t, 3); shares: (t,) in [0, 1] how much each asks; free: (468,) whether vertices may.
    """
    along = np.zeros(N_MESH)
    np.maximum.at(along, triangles.ravel(), np.repeat(shares, 3))
    here, there = (
        triangles[:, order].ravel() for order in ([0, 0, 1, 1, 2, 2], [1, 2, 0, 2, 0, 1])
    )
    count = np.maximum(np.bincount(here, minlength=N_MESH), 1)
    sums = [np.bincount(here, moved_by[there, axis], N_MESH) for axis in range(3)]
    apart = np.stack(sums, 1) / count[:, None] - moved_by
    return np.asarray(moved_by + 0.5 * (along * free)[:, None] * apart, np.float32)


def _displace(prior: MotionPrior, before: FaceShape, change: AUVector) -> FaceShape:
    """(468, 3) how a change of AUs moves the landmarks `before`, which brows do softly.

    Low brows that are asked to rise and stop frowning at once would rise beyond what skin can do.
    Small rises stay as they are, larger ones come ever less: none stops short, or brows that are
    driven would stand still near the limit.
    """
    # Not np.tensordot: threads of a BLAS would cost more than so small a sum.
    moved_by = np.einsum("ij,ijkl->kl", change, prior.basis)
    of_brows = np.einsum("ij,ijkl->kl", change[BROW_UNITS], prior.basis[BROW_UNITS])
    lift = max(1e-6, -float(moved_by[BROWS, 1].min())) / BROW_LIFT
    softly = _lift_skin_under_brows(before, np.tanh(lift) / lift * of_brows)
    return np.asarray(moved_by - of_brows + softly, np.float32)


def _lift_skin_under_brows(before: FaceShape, of_brows: FaceShape) -> FaceShape:
    """A displacement (468, 3) by the brows' units with the skin under them rising as they do.

    On low or bushy brows the detector's row under the brow lies on its hair: left behind, it would
    draw the hair out over the lid.
    """
    moved_by = of_brows.copy()
    for lids, edge in zip(LIDS_OF_SIDE, BROW_EDGES, strict=True):
        below, under = lids.upper[1:, 1:6]
        gap = float((before[under, 1] - before[edge, 1])[1:4].mean())
        near = np.clip((OFF_BROW - gap) / (OFF_BROW - ON_BROW), 0, 1)
        rise = near * UNDER_BROWS * np.minimum(of_brows[edge, 1] - of_brows[under, 1], 0)
        moved_by[under, 1] += rise
        moved_by[below, 1] += rise / 3  # the lid unfolds evenly
    return moved_by


def _measure_gap(shape: FaceShape, opening: Opening) -> NDArray[np.float32]:
    """Height of an opening at each of its columns, negative where its edges cross. (columns,)"""
    gap: NDArray[np.float32] = shape[opening.lower[0], 1] - shape[opening.upper[0], 1]
    return gap


def _set_gap(
    shape: FaceShape, opening: Opening, gap: NDArray[np.float32], was: NDArray[np.float32]
) -> FaceShape:
    """Move the edges of an opening, and the skin that follows them, until it has this height.

    gap, was: (columns,) the height that it shall have and that it has in the photo. Edges that
    shut come together sideways and in depth, too: facing landmarks are not quite opposite, and
    would leave a slit in a tilted face.
    """
    apart = shape[opening.lower[0]] - shape[opening.upper[0]]  # (columns, 3)
    left = np.where(was > SHUT, np.clip(gap / np.maximum(was, SHUT), 0, 1), 1)
    wanted = apart * left[:, None]
    wanted[:, 1] = gap
    missing = (wanted - apart).astype(np.float32)
    shape = shape.copy()
    for ring, follow in enumerate(opening.follow):
        shape[opening.upper[ring]] -= missing * (1 - opening.meets) * follow
        shape[opening.lower[ring]] += missing * opening.meets * follow
    return shape
