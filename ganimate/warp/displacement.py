"""How a change of action units moves the landmarks of one face.

    action units --basis--> displacement of landmarks --mesh--> backward map W

The basis is the mean displacement of 468 landmarks at full intensity of each action unit and side,
fitted by ridge regression (training/prior/basis.py). Here it is applied to one face, whose lids and
lips must meet, whose brows rise and whose lips grow only so far, and whose skin must not turn over.
The mesh is MediaPipe's own triangulation, with triangles for the mouth and the eyes and rings
outside the face that fade its motion out (mesh.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ROW_OF
from ganimate.arrays import AUVector, FaceShape, Landmarks
from ganimate.face.landmarks import (
    BROW_EDGES,
    BROWS,
    LIDS_OF_SIDE,
    LIPS,
    N_MESH,
    measure_width,
)
from ganimate.face.pose import Pose
from ganimate.numerics import fall, rise, smoothstep
from ganimate.warp.mesh import measure_areas
from ganimate.warp.openings import (
    hold_lip_heights,
    hold_lower_lids,
    hold_mouth_width,
    lift_chin,
    set_lids,
    set_lips,
)
from ganimate.warp.prior import MotionPrior
from ganimate.warp.settings import DISPLACEMENT, DisplacementSettings

BROW_UNITS = [ROW_OF[number] for number in (1, 2, 4)]
"""Rows of an AU vector that move the brows: raisers of their inner and outer parts, the lowerer."""

MOUTH_UNITS = [ROW_OF[number] for number in (10, 12, 14, 15, 17, 20)]
"""Rows of an AU vector that move the lips and have sides."""

FRINGES = np.array(
    [
        [
            [291, 375, 321, 405, 314, 409, 270, 269, 267],
            [287, 273, 335, 406, 313, 410, 322, 391, 393],
        ],
        [
            [61, 146, 91, 181, 84, 185, 40, 39, 37],
            [57, 43, 106, 182, 83, 186, 92, 165, 167],
        ],
    ]
)  # fmt: skip
"""(sides, 2, 9) the edge of the lips on each side and the skin beside it: corner, lower, upper."""

FRINGE_PLACES = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 0.25, 0.5, 0.75, 1.0])
"""How far each of them is from the corner, of the way to the middle."""

BROW_TOPS = np.array(
    [
        [70, 105, 66, 107, 300, 334, 296, 336],
        [68, 104, 69, 108, 298, 333, 299, 337],
    ]
)
"""Upper edges of both brows, and the skin over each of them."""

UNDER_BROW = slice(1, 6)
"""Columns of the lids that lie under a brow, one for each of BROW_EDGES."""


def move_landmarks(
    prior: MotionPrior,
    landmarks: Landmarks,
    pose: Pose,
    source: AUVector,
    target: AUVector,
    settings: DisplacementSettings = DISPLACEMENT,
) -> Landmarks:
    """Move the landmarks of a face so that it shows other action units.

    Lids and lips close exactly at AU45 = 1 and AU25 = 0, whoever's they are, and never cross. A
    change of nothing moves nothing.

    Args:
        prior: how action units move faces.
        landmarks: (468 or more, 3) of the photo, photo pixels.
        pose: of the head in the photo.
        source: (17, 2) what the face shows in the photo.
        target: (17, 2) what it shall show.
        settings: how skin gives way.

    Returns:
        (468, 3) photo pixels.
    """
    before = pose.normalise(landmarks[:N_MESH])
    change = target - source
    if not change.any():
        return landmarks[:N_MESH].copy()
    after = before + _displace(prior, before, change, settings)
    after = hold_mouth_width(prior, after, change, settings)
    after = hold_lower_lids(before, after, settings)
    after = set_lids(prior, before, after, source, target)
    after = set_lips(before, after, source, target)
    after = hold_lip_heights(before, after, settings)
    after = lift_chin(before, after, settings)
    after = _carry_fringe(before, after, pose, settings)
    moved_by = pose.rotate(after - before)
    return landmarks[:N_MESH] + _unfold_chin(prior, landmarks, moved_by, settings)


def constrain_border(
    prior: MotionPrior,
    landmarks: Landmarks,
    turned: Landmarks,
    settings: DisplacementSettings = DISPLACEMENT,
) -> Landmarks:
    """Keep skin that is seen edge-on from unfolding as a head turns.

    A turn would unfold the slivers at the near side of the face; the photo shows nothing of them
    but the pixels at its outline, hair and background mixed, which would be drawn out over the
    cheek. The border goes along with what is inside of it instead.

    Args:
        prior: which triangles are the border.
        landmarks: (468, 3) of the photo, photo pixels.
        turned: (468, 3) where a turn of the head takes them.
        settings: from where, and how firmly, the border is kept.

    Returns:
        (468, 3) what to add to landmarks after the turn.
    """
    skirt, facing = prior.border.triangles, prior.border.facing
    moved_by = start = (turned - landmarks).astype(np.float32)
    least = settings.sliver * measure_width(landmarks[:, :2]) ** 2
    before = np.maximum(facing * measure_areas(landmarks[:, :2], skirt), 0) + least
    start_at, full_at = settings.edge_on, settings.edge_on_full
    for _ in range(settings.border_rounds):
        there = landmarks[:, :2] + moved_by[:, :2]
        after = np.maximum(facing * measure_areas(there, skirt), 0) + least
        stretched = np.clip((after / before - start_at) / (full_at - start_at), 0, 1)
        if not stretched.any():
            break
        moved_by = _follow_neighbours(
            moved_by, skirt, prior.border.free, stretched, settings.follow
        )
    return moved_by - start


def _displace(
    prior: MotionPrior, before: FaceShape, change: AUVector, settings: DisplacementSettings
) -> FaceShape:
    """(468, 3) how a change of AUs moves the landmarks `before`, which brows do softly.

    Low brows that are asked to rise and stop frowning at once would rise beyond what skin can do.
    Small rises stay as they are, larger ones come ever less: none stops short, or brows that are
    driven would stand still near the limit.
    """
    # Not np.tensordot: threads of a BLAS would cost more than so small a sum.
    moved_by = np.einsum("ij,ijkl->kl", change, prior.basis)
    moved_by -= _hold_middle(prior, before, change, settings)
    of_brows = np.einsum("ij,ijkl->kl", change[BROW_UNITS], prior.basis[BROW_UNITS])
    lift = max(1e-6, -float(moved_by[BROWS, 1].min())) / settings.brow_lift
    softly = np.tanh(lift) / lift * _ease_falls(before, of_brows, settings)
    softly = _lift_skin_under_brows(before, softly, settings)
    return _lower_skin_over_brows(before, moved_by - of_brows + softly, settings)


def _hold_middle(
    prior: MotionPrior, before: FaceShape, change: AUVector, settings: DisplacementSettings
) -> FaceShape:
    """(468, 3) what of a change of AUs the middle of the mouth holds back.

    A unit of both sides lifts the lips evenly from their middle to their corners. One side alone
    would tilt its half of the mouth like a bar; what it does beyond the other bends the lips near
    their corner, and the philtrum and the chin stay where they are.
    """
    mouth = change[MOUTH_UNITS]  # (units, 2)
    even = np.where(mouth.prod(axis=1) > 0, np.sign(mouth[:, 0]) * np.abs(mouth).min(axis=1), 0)
    aside = mouth - even[:, None]
    if not aside.any():
        return np.zeros_like(before)
    moved_by = np.einsum("ij,ijkl->kl", aside, prior.basis[MOUTH_UNITS])
    out = np.abs(before[:, 0]) / np.abs(before[list(LIPS.corners), 0]).mean()
    held = fall(out, settings.held_middle, settings.free_corner)
    return np.asarray(moved_by * held[:, None], np.float32)


def _ease_falls(
    before: FaceShape, of_brows: FaceShape, settings: DisplacementSettings
) -> FaceShape:
    """A displacement (468, 3) by the brows' units that takes no brow down to the lid's second row.

    High brows that are asked to stop rising and to frown at once would press the skin between brow
    and lid into a line.
    """
    falls = [0.0]
    for lids, edge in zip(LIDS_OF_SIDE, BROW_EDGES, strict=True):
        below = lids.upper[1, UNDER_BROW]
        # The outer two of the five columns lie beside the brow.
        gap, comes = ((of[below, 1] - of[edge, 1])[1:4].mean() for of in (before, -of_brows))
        falls.append(float(comes / max(gap, settings.least_gap)))
    share = (1 + max(falls) ** settings.brow_fall_bend) ** (-1 / settings.brow_fall_bend)
    return of_brows * np.array([1, share, 1], np.float32)


def _lift_skin_under_brows(
    before: FaceShape, of_brows: FaceShape, settings: DisplacementSettings
) -> FaceShape:
    """A displacement (468, 3) by the brows' units with the skin under them rising as they do.

    On low or bushy brows the detector's row under the brow lies on its hair: left behind, it would
    draw the hair out over the lid.
    """
    moved_by = of_brows.copy()
    shares = np.array(settings.under_brow_shares)
    for lids, edge in zip(LIDS_OF_SIDE, BROW_EDGES, strict=True):
        below, under = lids.upper[1:, UNDER_BROW]
        gap = float((before[under, 1] - before[edge, 1])[1:4].mean())  # its ends lie elsewhere
        near = np.clip((settings.off_brow - gap) / (settings.off_brow - settings.on_brow), 0, 1)
        rise = near * shares * np.minimum(of_brows[edge, 1] - of_brows[under, 1], 0)
        moved_by[under, 1] += rise
        moved_by[below, 1] += rise / settings.lid_divisor
    return moved_by


def _lower_skin_over_brows(
    before: FaceShape, moved_by: FaceShape, settings: DisplacementSettings
) -> FaceShape:
    """A displacement (468, 3) with the skin over brows coming down as they do.

    Hairs of brows reach beyond what the detector sees of them: of brows that are raised high, up to
    its next row. Left behind, that would draw them out over the forehead.
    """
    moved_by = np.array(moved_by, np.float32)
    edges, over = BROW_TOPS
    gap = before[edges, 1] - before[over, 1]
    near = fall(gap, *settings.over_brow)
    moved_by[over, 1] += near * np.maximum(moved_by[edges, 1] - moved_by[over, 1], 0)
    return moved_by


def _carry_fringe(
    before: FaceShape, after: FaceShape, pose: Pose, settings: DisplacementSettings
) -> FaceShape:
    """A moved face whose skin beside the lips' far corner goes along with them.

    Where a head is turned, the lips that are seen reach beyond those that are read; left behind,
    what is beyond would be drawn out into a smear as they press or narrow.
    """
    turned = rise(abs(pose.yaw), settings.fringe_from, settings.fringe_full)
    if not turned:
        return after
    lips, skin = FRINGES[int(pose.yaw > 0)]
    share = settings.fringe * turned * (1 - smoothstep(FRINGE_PLACES))[:, None]
    moved_by = after - before
    after = after.copy()
    after[skin] += np.float32(share) * (moved_by[lips] - moved_by[skin])
    return after


def _unfold_chin(
    prior: MotionPrior, landmarks: Landmarks, moved_by: Landmarks, settings: DisplacementSettings
) -> Landmarks:
    """A displacement (468, 3) that turns less skin of the chin over.

    Where it would (a lower lip that is drawn down past the chin's first row), vertices go along
    with their neighbours, the more the flatter a triangle of theirs is pressed, so that nothing
    jumps as it comes about. Lips stay where they were put: they may fold.
    """
    triangles = prior.chin.triangles
    before = measure_areas(landmarks[:, :2], triangles)
    large = np.abs(before) > settings.speck * measure_width(landmarks[:, :2]) ** 2
    triangles, before = triangles[large], before[large]
    for _ in range(settings.unfold_rounds):
        after = measure_areas(landmarks[:N_MESH, :2] + moved_by[:, :2], triangles)
        pressed = np.clip(1 - after / (settings.flat * before), 0, 1)
        if not pressed.any():
            break
        moved_by = _follow_neighbours(
            moved_by, triangles, prior.chin.free, pressed, settings.follow
        )
    return moved_by


def _follow_neighbours(
    moved_by: Landmarks,
    triangles: NDArray[np.int64],
    free: NDArray[np.bool_],
    shares: NDArray[np.floating[Any]],
    follow: float,
) -> Landmarks:
    """A displacement (468, 3), a share of the way to the neighbours' where a triangle asks for it.

    triangles: (t, 3); shares: (t,) in [0, 1] how much each asks; free: (468,) whether vertices may;
    follow: the share of the way.
    """
    along = np.zeros(N_MESH)
    np.maximum.at(along, triangles.ravel(), np.repeat(shares, 3))
    here, there = (
        triangles[:, order].ravel() for order in ([0, 0, 1, 1, 2, 2], [1, 2, 0, 2, 0, 1])
    )
    count = np.maximum(np.bincount(here, minlength=N_MESH), 1)
    sums = [np.bincount(here, moved_by[there, axis], N_MESH) for axis in range(3)]
    apart = np.stack(sums, 1) / count[:, None] - moved_by
    return np.asarray(moved_by + follow * (along * free)[:, None] * apart, np.float32)
