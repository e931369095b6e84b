"""How lids and lips of a moved face open and shut, and what goes along with them."""

from __future__ import annotations

import numpy as np

from ganimate.action_units import ROW_OF
from ganimate.arrays import AUVector, FaceShape, Floats
from ganimate.face.landmarks import LIDS_OF_SIDE, LIPS, Opening
from ganimate.numerics import fall, rise
from ganimate.warp.prior import MotionPrior
from ganimate.warp.settings import MESH, DisplacementSettings

WIDENING_UNITS = [ROW_OF[number] for number in (10, 12, 14, 20)]
"""Rows of an AU vector that draw the corners of the mouth apart."""

LEAST = 1e-3
"""Least intensity, or height, that another is divided by."""


def hold_mouth_width(
    prior: MotionPrior, after: FaceShape, change: AUVector, settings: DisplacementSettings
) -> FaceShape:
    """Keep a mouth as wide as mouths at rest are, for units that went.

    Units that widen a mouth add up, and a broad smile that goes would take more away than it had
    brought. Units that come, as lips that purse, narrow it as they do.

    Args:
        prior: how action units move faces.
        after: (468, 3) a pose-normalised face, moved.
        change: (17, 2) of action units that moved it.
        settings: how narrow mouths are.

    Returns:
        (468, 3) the moved face.
    """
    gone = np.minimum(change[WIDENING_UNITS], 0)
    moved_by = np.einsum("ij,ijkl->kl", gone, prior.basis[WIDENING_UNITS])
    one, other = LIPS.corners
    width, taken = (
        float(abs(shape[one, 0] - shape[other, 0])) for shape in (after, after - moved_by)
    )
    taken -= width
    soft = settings.narrow_mouth - settings.narrowest_mouth
    if taken <= 0 or width >= settings.narrow_mouth:
        return after
    held = settings.narrowest_mouth + soft * np.exp((width - settings.narrow_mouth) / soft)
    after = after.copy()
    after[:, 0] -= min(1.0, (held - width) / taken) * moved_by[:, 0]
    return after


def hold_lower_lids(
    before: FaceShape, after: FaceShape, settings: DisplacementSettings
) -> FaceShape:
    """Keep lower lids from falling much farther than real ones do.

    Args:
        before: (468, 3) a pose-normalised face.
        after: (468, 3) the same face, moved.
        settings: how far real ones fall.

    Returns:
        (468, 3) the moved face.
    """
    after = after.copy()
    for lids in LIDS_OF_SIDE:
        corners = list(lids.corners)
        moved = after - before
        most = settings.lid_fall * float(np.linalg.norm(np.subtract(*before[corners])))
        falls = np.maximum(moved[lids.lower[0], 1] - moved[corners, 1].mean(), 0)
        for ring, follow in enumerate(lids.follow):
            after[lids.lower[ring], 1] -= follow * (falls - most * np.tanh(falls / most))
    return after


def set_lids(
    prior: MotionPrior, before: FaceShape, after: FaceShape, source: AUVector, target: AUVector
) -> FaceShape:
    """Open and shut eyes: a blink takes away its share of what the other units leave open.

    Args:
        prior: how action units move faces.
        before: (468, 3) a pose-normalised face.
        after: (468, 3) the same face, moved.
        source: (17, 2) what it shows before.
        target: (17, 2) what it shall show.

    Returns:
        (468, 3) the moved face.
    """
    change, blink = target - source, ROW_OF[45]
    for side, lids in enumerate(LIDS_OF_SIDE):
        without = after - change[blink, side] * prior.basis[blink, side]
        aperture = np.maximum(_measure_gap(without, lids), 0)
        if change[blink, side] >= 0:
            still_open = (1 - min(1.0, target[blink, side])) / max(LEAST, 1 - source[blink, side])
            aperture = aperture * still_open
        else:
            aperture = np.maximum(_measure_gap(after, lids), aperture)
        after = _set_gap(after, lids, aperture, _measure_gap(before, lids))
    return after


def set_lips(before: FaceShape, after: FaceShape, source: AUVector, target: AUVector) -> FaceShape:
    """Bring lips no farther apart than the share of AU25 that is left.

    Args:
        before: (468, 3) a pose-normalised face.
        after: (468, 3) the same face, moved.
        source: (17, 2) what it shows before.
        target: (17, 2) what it shall show.

    Returns:
        (468, 3) the moved face.
    """
    part = ROW_OF[25]
    gap = np.maximum(_measure_gap(after, LIPS), 0)
    middle = len(gap) // 2
    closed_to = max(0.0, float(target[part].mean()) / max(LEAST, float(source[part].mean())))
    still_apart = closed_to * np.maximum(_measure_gap(before, LIPS), 0)
    if (target - source)[part].any() and closed_to < 1:
        if gap[middle] > still_apart[middle]:
            gap = gap * (still_apart[middle] / gap[middle])
        gap = np.minimum(gap, still_apart)  # nor do they gape beside the middle
    return _set_gap(after, LIPS, gap, _measure_gap(before, LIPS))


def hold_lip_heights(
    before: FaceShape, after: FaceShape, settings: DisplacementSettings
) -> FaceShape:
    """Keep lips from growing much higher; their edges at the slit stay.

    Args:
        before: (468, 3) a pose-normalised face.
        after: (468, 3) the same face, moved.
        settings: how much higher.

    Returns:
        (468, 3) the moved face.
    """
    most = settings.lip_growth
    after = after.copy()
    for rows in (LIPS.upper, LIPS.lower):
        inner, outer = rows[0], rows[-1]
        was = np.maximum(np.abs(before[outer, 1] - before[inner, 1]), LEAST)
        now = np.maximum(np.abs(after[outer, 1] - after[inner, 1]), LEAST)
        growth = np.maximum(now / was - 1, 0)
        held = np.where(growth > 0, (1 + most * np.tanh(growth / most)) * was / now, 1)
        after[rows[1:], 1] = after[inner, 1] + held * (after[rows[1:], 1] - after[inner, 1])
    return after


def lift_chin(before: FaceShape, after: FaceShape, settings: DisplacementSettings) -> FaceShape:
    """Lift the chin of a moved face whose lower lip has come up far.

    Lips alone close a small gap; a wide one, the jaw. Left behind, the chin would draw out what
    the photo shows of the lower lip, all the more where landmarks see that too narrow.

    Args:
        before: (468, 3) pose-normalised face.
        after: (468, 3) the same face, moved.
        settings: from when on the chin goes along, and how broad a part of it.

    Returns:
        (468, 3) the moved face with its chin no lower than that.
    """
    moved_by = after[:, 1] - before[:, 1]
    edge, middle = LIPS.lower[-1], slice(3, 6)
    rise_of_lip = -float(moved_by[edge][middle].mean())
    share = rise(rise_of_lip, settings.jaw_from, settings.jaw_full)
    if not share:
        return after
    corners = before[list(LIPS.corners)]
    below = rise(before[:, 1], float(corners[:, 1].mean()), float(before[edge, 1][middle].mean()))
    chin = below * fall(np.abs(before[:, 0]), *settings.chin_breadth)
    chin[[*LIPS.corners, *LIPS.upper.ravel(), *LIPS.lower.ravel()]] = 0
    after = after.copy()
    after[:, 1] -= share * chin * np.maximum(rise_of_lip + moved_by, 0)
    return after


def _measure_gap(shape: FaceShape, opening: Opening) -> Floats:
    """(columns,) height of an opening, negative where its edges cross."""
    gap: Floats = shape[opening.lower[0], 1] - shape[opening.upper[0], 1]
    return gap


def _set_gap(shape: FaceShape, opening: Opening, gap: Floats, was: Floats) -> FaceShape:
    """Move the edges of an opening, and the skin that follows them, until it has this height.

    gap, was: (columns,) the height that it shall have and that it has in the photo. Edges that
    shut come together sideways and in depth, too: facing landmarks are not quite opposite, and
    would leave a slit in a tilted face.
    """
    apart = shape[opening.lower[0]] - shape[opening.upper[0]]  # (columns, 3)
    left = np.where(was > MESH.shut, np.clip(gap / np.maximum(was, MESH.shut), 0, 1), 1)
    wanted = apart * left[:, None]
    wanted[:, 1] = gap
    missing = (wanted - apart).astype(np.float32)
    shape = shape.copy()
    for ring, follow in enumerate(opening.follow):
        shape[opening.upper[ring]] -= missing * (1 - opening.meets) * follow
        shape[opening.lower[ring]] += missing * opening.meets * follow
    return shape
