"""How hard to drive this face so that it shows what was asked.

The basis is the mean motion of many faces; this one may need more of an action unit, or less. A
small copy of the photo is animated, measured again, and driven by what was missing, a few times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ROW_OF
from ganimate.arrays import AUVector, Floats
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import Face
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait, measure_portrait
from ganimate.rendering.animator import Animator, draw_frame
from ganimate.rendering.settings import CALIBRATION, CalibrationSettings

LIPS_PART, BLINK = ROW_OF[25], ROW_OF[45]
LIDS = [ROW_OF[5], BLINK]
BROWS, FROWN, TIGHT_LIDS = [ROW_OF[1], ROW_OF[2]], ROW_OF[4], ROW_OF[7]
JAW = ROW_OF[26]
LOWER_FACE = [ROW_OF[number] for number in (6, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26)]

STRETCH = 500
"""Expressions whose distances to the anchors are held at once; more only takes memory."""


@dataclass(frozen=True)
class Correction:
    """What to add to any AUs so that this face shows them, from a few that were calibrated.

    Linear polyharmonic splines, sum of w |y - y_k| plus a constant, meet each calibrated expression
    and the photo's own, which needs none. On the way from one to another they go straight.
    (SciPy's RBFInterpolator is the same to rounding; to import it takes .1 to .2 s of a clip that
    is drawn in 3 s.)

    Attributes:
        source: (17, 2) of the photo.
        centres: (k, 34), the photo's AUs and the calibrated ones.
        weights: (k + 1, 34), of the distances to the centres and of the constant.
    """

    source: AUVector
    centres: NDArray[np.float64]
    weights: NDArray[np.float64]

    def drive(self, targets: Floats, settings: CalibrationSettings = CALIBRATION) -> Floats:
        """The intensities (n, 17, 2) to drive the warp with so that targets (n, 17, 2) show."""
        if len(self.centres) == 1 or not len(targets):
            return targets
        away = _measure_distances(targets.reshape(len(targets), -1), self.centres)
        added = np.concatenate([away, np.ones((len(targets), 1))], 1) @ self.weights
        drives = targets + added.reshape(targets.shape)
        reach = _limit_reach(targets, self.source, settings)
        return np.asarray(_clamp_drive(drives, targets, reach, settings), np.float32)


def fit_correction(
    animator: Animator, targets: Floats, settings: CalibrationSettings = CALIBRATION
) -> Correction:
    """Calibrate the most different of `targets`, (n, 17, 2), for all that lies between them."""
    source = animator.portrait.aus
    chosen = select_anchors(targets, source, settings)
    return interpolate_drives(source, chosen, animator.calibrate(list(chosen), bounded=True))


def interpolate_drives(
    source: AUVector, targets: Sequence[AUVector] | Floats, drives: Sequence[AUVector]
) -> Correction:
    """Fit the spline that meets calibrated expressions, and the photo's own.

    Args:
        source: (17, 2) of the photo.
        targets: k expressions (17, 2), no two of them alike, none `source`.
        drives: (17, 2) that each of them was calibrated to.
    """
    centres = np.stack([source, *targets]).reshape(1 + len(targets), -1).astype(np.float64)
    size = len(centres)
    system = np.zeros((size + 1, size + 1))
    system[:size, :size] = _measure_distances(centres, centres)
    system[size, :size] = system[:size, size] = 1
    known = np.zeros((size + 1, centres.shape[1]))
    for row, (drive, target) in enumerate(zip(drives, targets, strict=True), start=1):
        known[row] = (drive - target).ravel()
    return Correction(source, centres, np.linalg.solve(system, known))


def select_anchors(
    targets: Floats, source: AUVector, settings: CalibrationSettings = CALIBRATION
) -> Floats:
    """A few of targets (n, 17, 2), each the one farthest from `source` and those before it."""
    flat = targets.reshape(len(targets), -1)
    nearest = _measure_distances(flat, source.reshape(1, -1))[:, 0]
    chosen: list[int] = []
    while len(chosen) < settings.anchors and len(flat) and nearest.max() > settings.apart:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, _measure_distances(flat, flat[chosen[-1:]])[:, 0])
    return targets[chosen]


def _measure_distances(
    these: NDArray[np.floating[Any]], those: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """(n, k) Euclidean distances of (n, 34) to (k, 34), no more than STRETCH of n at a time."""
    distances = np.empty((len(these), len(those)))
    for start in range(0, len(these), STRETCH):
        some = these[start : start + STRETCH].astype(np.float64)
        for column, one in enumerate(those):
            distances[start : start + STRETCH, column] = np.linalg.norm(some - one, axis=1)
    return distances


def calibrate_drives(
    portrait: Portrait,
    models: FaceModels,
    targets: Sequence[AUVector],
    open_copy: Callable[[Portrait], Animator],
    *,
    bounded: bool = False,
    settings: CalibrationSettings = CALIBRATION,
) -> list[AUVector]:
    """The intensities (17, 2) to drive a warp with so that each target is measured.

    Where the face cannot be found again in the copy, the targets themselves.

    Args:
        portrait: the face.
        models: what measures it.
        targets: (17, 2) each.
        open_copy: makes the same kind of animator for another portrait.
        bounded: for performances, where what one action unit lacks must not pull at the others in
            every frame. No drive strays from its target by more than a share of what the target
            changes, small errors are left alone, and lids are driven as asked: how far they close
            or rise is geometry, and measured worst of all.
        settings: rounds, steps and limits.
    """
    if not any((target - portrait.aus).any() for target in targets):
        return list(targets)
    with open_finder() as find:
        small = _copy_small(portrait, models, find, settings)
        if small is None:
            return list(targets)
        double = open_copy(small)
        offset = small.aus - portrait.aus  # the same face, seen by the detector a second time

        def show(target: AUVector, drive: AUVector) -> AUVector | None:
            """What the copy shows when driven; None where no face is found in it."""
            frame = draw_frame(double, next(double.layers([target + offset], [drive + offset])))
            found = find(frame, False)
            return measure_portrait(frame, found[0], models).aus if found else None

        search = _search_bounded if bounded else _search_freely
        return [search(target, portrait.aus, offset, show, settings) for target in targets]


def _copy_small(
    portrait: Portrait,
    models: FaceModels,
    find: Callable[..., list[Face]],
    settings: CalibrationSettings,
) -> Portrait | None:
    """The face on a copy that is quick to draw; None where it is not found there.

    A photo no larger than the copy is its own: resampled, the detector would read it a little
    differently, and a drive would be fitted to that difference.
    """
    side = settings.crop + 2 * settings.border
    if max(portrait.photo.shape[:2]) <= side:
        return portrait
    to_copy = fit_crop(portrait.face.landmarks, settings.crop)
    copy = sample_crop(portrait.photo, to_copy.shifted(settings.border, settings.border), side)
    faces = find(copy, False)
    return measure_portrait(copy, faces[0], models) if faces else None


Show = Callable[[AUVector, AUVector], AUVector | None]
"""What a face shows of a target when it is driven; None where it is not found again."""


def _search_freely(
    target: AUVector, source: AUVector, offset: AUVector, show: Show, settings: CalibrationSettings
) -> AUVector:
    """The drive of one target, within the same reach for most AUs.

    But for a mouth that is asked to move on one side: the estimator sees a part of it, and driving
    it until all is measured would pull the whole mouth aside. For brows that come down: where
    they arch high by nature they are measured as raised however far they fall. For jaws, which are
    read by how far apart lips are seen to be: a glossy tongue passes for a lip. And for lids that
    tighten, which read as shut as well: the upper one would be drawn up for it, off the iris.
    """
    reach = np.full_like(target, settings.limit)
    change = target - source
    reach[FROWN] = np.minimum(settings.limit, settings.beyond_frown + np.abs(change[FROWN]))
    reach[BROWS] = np.where(
        change[BROWS] < 0, np.minimum(target[BROWS], settings.limit), reach[BROWS]
    )
    reach[JAW] = np.minimum(settings.limit, settings.beyond_jaw)
    mouth = change[LOWER_FACE]
    if (np.abs(mouth[:, 0] - mouth[:, 1]) > settings.uneven).any():
        reach[LOWER_FACE] = _limit_reach(target, source, settings)[LOWER_FACE]
    tightens = change[TIGHT_LIDS] > 0
    reach[TIGHT_LIDS] = np.where(tightens, settings.tight_lids, reach[TIGHT_LIDS])
    floor = np.full_like(target, settings.drive_range[0])
    floor[BLINK] = np.where(tightens, np.minimum(source, target)[BLINK], floor[BLINK])
    return _search(
        target, source, offset, show, settings, reach=reach, floor=floor, tolerance=0.0, fixed=[]
    )


def _search_bounded(
    target: AUVector, source: AUVector, offset: AUVector, show: Show, settings: CalibrationSettings
) -> AUVector:
    """The drive of one target of a performance, near it."""
    reach = _limit_reach(target, source, settings)
    return _search(
        target,
        source,
        offset,
        show,
        settings,
        reach=reach,
        tolerance=settings.reading_error,
        fixed=LIDS,
    )


def _search(
    target: AUVector,
    source: AUVector,
    offset: AUVector,
    show: Show,
    settings: CalibrationSettings,
    *,
    reach: NDArray[np.floating[Any]] | float,
    tolerance: float,
    fixed: list[int],
    floor: NDArray[np.floating[Any]] | float = -np.inf,
) -> AUVector:
    """The drive of one target.

    Args:
        target: (17, 2) to be measured.
        source: (17, 2) that the photo shows.
        offset: (17, 2) that the copy shows beyond it.
        show: what the copy shows when driven.
        settings: rounds and step.
        reach: how far the drive may stray from the target, of every AU or of each (17, 2).
        tolerance: what may be missing.
        fixed: rows that are driven as asked.
        floor: the least drive, of every AU or of each (17, 2).
    """
    wanted = target != source  # (17, 2)
    if not wanted.any():
        return target
    asked = np.clip(target + offset, 0, 1)
    wanted[fixed] = False
    shares = _share_change(target - source, settings)
    drive = best = target.copy()
    least, gain = np.inf, np.ones((len(target), 1), np.float32)
    before: tuple[AUVector, AUVector] | None = None
    for _ in range(settings.rounds):
        shown = show(target, drive)
        if shown is None:
            break
        missing = asked - shown
        # What is measured does not always follow: the best round counts, not the last.
        error = float(np.abs(missing).mean())
        if error < least:
            best, least = drive, error
        if before is not None:
            gain = _follow_gain(gain, drive - before[0], shown - before[1], settings)
        before = drive, shown
        missing = np.sign(missing) * np.maximum(np.abs(missing) - np.float32(tolerance), 0)
        # The estimator mixes the sides: both take the mean, each by its part of the change.
        step = settings.step / gain * missing.mean(axis=1, keepdims=True)
        drive = drive + wanted * shares * step
        drive = np.maximum(_clamp_drive(drive, target, reach, settings), floor)
    return np.asarray(best, np.float32)


def _follow_gain(
    gain: Floats, driven: AUVector, shown: AUVector, settings: CalibrationSettings
) -> Floats:
    """What each action unit shows for one of its drive, told by the last round, too.

    The secant method, unit by unit, as the mean of what was believed and what is seen: units pull
    at each other's readings, so that a single round may tell too much or too little.

    Args:
        gain: (17, 1) as believed.
        driven: (17, 2) by how much the drive changed since the round before.
        shown: (17, 2) by how much what is measured did.
        settings: which changes tell something.
    """
    driven, shown = (one.mean(axis=1, keepdims=True) for one in (driven, shown))
    tells = np.abs(driven) > settings.tells_from
    seen = np.clip(shown / np.where(tells, driven, 1), *settings.gains)
    return np.asarray(np.where(tells, (gain + seen) / 2, gain), np.float32)


def _share_change(change: AUVector, settings: CalibrationSettings) -> Floats:
    """(17, 2) what each side does of the change of its unit, 1 for both of an even or small one."""
    size = np.abs(change) + np.float32(settings.uneven)
    return np.asarray(size / size.mean(axis=1, keepdims=True), np.float32)


def _limit_reach(
    target: NDArray[np.floating[Any]], source: AUVector, settings: CalibrationSettings
) -> NDArray[np.floating[Any]]:
    """How far the drives of a performance may stray from its targets (..., 17, 2)."""
    change = target - source
    reach = settings.of_change * np.abs(change)
    mouth = np.abs(change[..., LOWER_FACE, :]).max(axis=(-2, -1), keepdims=True)
    reach[..., LOWER_FACE, :] = np.maximum(
        reach[..., LOWER_FACE, :], settings.of_mouth_change * mouth
    )
    reach[..., BROWS, :] = np.maximum(
        reach[..., BROWS, :], settings.of_rising_brows * change[..., BROWS, :]
    )
    return np.asarray(np.minimum(settings.limit, reach))


def _clamp_drive(
    drive: NDArray[np.floating[Any]],
    target: NDArray[np.floating[Any]],
    reach: NDArray[np.floating[Any]] | float,
    settings: CalibrationSettings,
) -> NDArray[np.floating[Any]]:
    """Drives (..., 17, 2) within reach of their targets and within the range of a face."""
    drive = np.clip(drive, target - reach, target + reach).clip(*settings.drive_range)
    # Shut is geometry: nothing that is measured opens shut lips or lids again.
    lips, lids = target[..., LIPS_PART, :], target[..., BLINK, :]
    drive[..., LIPS_PART, :] = np.where(lips <= 0, 0, drive[..., LIPS_PART, :].clip(0, 1))
    drive[..., BLINK, :] = np.where(lids >= 1, 1, drive[..., BLINK, :].clip(None, 1))
    return drive
