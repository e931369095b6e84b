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

from ganimate.face.alignment import crop_transform, sample
from ganimate.face.detection import face_finder
from ganimate.face.estimator import Estimator
from ganimate.face.landmarks import Face
from ganimate.performance.expressions import ROW_OF, AUVector
from ganimate.portrait import Portrait, measure
from ganimate.rendering.animator import Animator
from ganimate.warp.prior import MotionPrior

ROUNDS = 8
STEP = 0.8  # of what is missing, added each round
LIMIT = 0.65  # how far a drive may stray from what was asked: plausible beats exact
RANGE = (-0.2, 1.3)  # of a drive: a face pushed beyond looks pulled, not expressive
SMALL = 224  # px; side of the face crop within the copy
BORDER = 56  # px; of photo around that, for the detector
STRETCH = 500  # expressions whose differences are held at once
LIPS_PART, BLINK = ROW_OF[25], ROW_OF[45]
LIDS = [ROW_OF[5], BLINK]
BROWS = [ROW_OF[1], ROW_OF[2]]
LOWER_FACE = [ROW_OF[number] for number in (6, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26)]

ANCHORS = 20  # expressions of a performance that are calibrated; between them is guessed
APART = 0.2  # of AU space: expressions nearer to each other than this need no calibration each
AT_MOST = 0.6  # of what a performance asks to change: no AU is pulled about for the sake of others
TOGETHER = 0.25  # ... of the greatest change around the mouth: a jaw that drops pulls at a smile
CHANCE = 0.06  # of an intensity: no reading is surer, and what is missing below it is left
RISING = 2.5  # ... of brows that rise: those that lie low move far before it is seen


@dataclass(frozen=True)
class Correction:
    """What to add to any AUs so that this face shows them, from a few that were calibrated.

    Linear polyharmonic splines, sum of w |y - y_k| plus a constant, meet each calibrated expression
    and the photo's own, which needs none. On the way from one to another they go straight.
    """

    source: AUVector  # (17, 2) of the photo
    centres: NDArray[np.float64]  # (k, 34) the photo's AUs, and the calibrated ones
    weights: NDArray[np.float64]  # (k + 1, 34)

    def drives(self, targets: NDArray[np.float32]) -> NDArray[np.float32]:
        """The intensities (n, 17, 2) to drive the warp with so that targets (n, 17, 2) show."""
        if len(self.centres) == 1 or not len(targets):
            return targets
        away = _distances(targets.reshape(len(targets), -1), self.centres)
        added = np.concatenate([away, np.ones((len(targets), 1))], 1) @ self.weights
        drives = targets + added.reshape(targets.shape)
        reach = _reach(targets, self.source)
        return np.asarray(_plausible(drives, targets, reach), np.float32)


def fitted_correction(
    animator: Animator,
    targets: NDArray[np.float32],
    estimator: Estimator,
    anchors: int = ANCHORS,
) -> Correction:
    """Calibrate the most different of `targets`, (n, 17, 2), for all that lies between them."""
    source = animator.portrait.aus
    chosen = most_different(targets, source, anchors)
    drives = calibrated_each(animator, list(chosen), estimator, bounded=True)
    centres = np.stack([source, *chosen]).reshape(1 + len(chosen), -1).astype(np.float64)
    size = len(centres)
    system = np.zeros((size + 1, size + 1))
    system[:size, :size] = _distances(centres, centres)
    system[size, :size] = system[:size, size] = 1
    known = np.zeros((size + 1, centres.shape[1]))
    for row, (drive, target) in enumerate(zip(drives, chosen, strict=True), start=1):
        known[row] = (drive - target).ravel()
    return Correction(source, centres, np.linalg.solve(system, known))


def most_different(
    targets: NDArray[np.float32], source: AUVector, count: int
) -> NDArray[np.float32]:
    """Up to `count` of targets (n, 17, 2), each the one farthest from `source` and those before."""
    flat = targets.reshape(len(targets), -1)
    nearest = _distances(flat, source.reshape(1, -1))[:, 0]
    chosen: list[int] = []
    while len(chosen) < count and len(flat) and nearest.max() > APART:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, _distances(flat, flat[chosen[-1:]])[:, 0])
    return targets[chosen]


def _distances(
    these: NDArray[np.floating[Any]], those: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """(n, k) Euclidean distances of (n, 34) to (k, 34), no more than STRETCH of n at a time."""
    distances = np.empty((len(these), len(those)))
    for start in range(0, len(these), STRETCH):
        some = these[start : start + STRETCH].astype(np.float64)
        for column, one in enumerate(those):
            distances[start : start + STRETCH, column] = np.linalg.norm(some - one, axis=1)
    return distances


def calibrated(animator: Animator, target: AUVector, estimator: Estimator) -> AUVector:
    """The intensities (17, 2) to drive the warp with so that `target` (17, 2) is measured.

    Where the face cannot be found again in the copy, the target itself; also where no warp is
    driven, but the generator alone.
    """
    return calibrated_each(animator, [target], estimator)[0]


def calibrated_each(
    animator: Animator,
    targets: Sequence[AUVector],
    estimator: Estimator,
    *,
    bounded: bool = False,
) -> list[AUVector]:
    """The same for several targets of one face.

    bounded: for performances, where what one action unit lacks must not pull at the others in every
    frame. No drive strays from its target by more than the target from the photo (AT_MOST), what is
    missing by less than CHANCE is left, and lids are not driven but as asked: how far they close or
    rise is geometry, and measured worst of all.
    """
    portrait, prior = animator.portrait, animator.prior
    if not animator.warps or not any((target - portrait.aus).any() for target in targets):
        return list(targets)
    with face_finder() as find:
        small = _small_copy(portrait, prior, estimator, find)
        if small is None:
            return list(targets)
        double = Animator(small, animator.generator, prior, animator.device)
        offset = small.aus - portrait.aus  # the same face, seen by the detector a second time

        def measured(target: AUVector, drive: AUVector) -> AUVector | None:
            """What the copy shows when driven; None where no face is found in it."""
            layer = next(double.layers([target + offset], [drive + offset]))
            frame = small.photo.copy()
            double.draw(frame, layer)
            found = find(frame, False)
            return measure(frame, found[0], prior, estimator).aus if found else None

        return [_driven_to(one, portrait.aus, offset, measured, bounded) for one in targets]


def _small_copy(
    portrait: Portrait, prior: MotionPrior, estimator: Estimator, find: Callable[..., list[Face]]
) -> Portrait | None:
    """The face on a copy that is quick to draw; None where it is not found there.

    A photo no larger than the copy is its own: resampled, the detector would read it a little
    differently, and a drive would be fitted to that difference.
    """
    side = SMALL + 2 * BORDER
    if max(portrait.photo.shape[:2]) <= side:
        return portrait
    to_copy = crop_transform(portrait.face.landmarks, SMALL) + np.array([[0, 0, BORDER]] * 2)
    copy = sample(portrait.photo, to_copy, side)
    faces = find(copy, False)
    return measure(copy, faces[0], prior, estimator) if faces else None


def _driven_to(
    target: AUVector,
    source: AUVector,
    offset: AUVector,
    measured: Callable[[AUVector, AUVector], AUVector | None],
    bounded: bool,
) -> AUVector:
    """The drive of one target; `source` is what the photo shows, `offset` what the copy adds."""
    wanted = target != source  # (17, 2)
    if not wanted.any():
        return target
    asked = np.clip(target + offset, 0, 1)
    reach = _reach(target, source) if bounded else LIMIT
    if bounded:
        wanted[LIDS] = False
    drive = best = target.copy()
    least = np.inf
    for _ in range(ROUNDS):
        shown = measured(target, drive)
        if shown is None:
            break
        missing = asked - shown
        # What is measured does not always follow: the best round counts, not the last.
        error = float(np.abs(missing).mean())
        if error < least:
            best, least = drive, error
        if bounded:
            missing = np.sign(missing) * np.maximum(np.abs(missing) - CHANCE, 0)
        # The estimator mixes the sides: both take the mean, and what is not asked is left.
        drive = drive + wanted * STEP * missing.mean(axis=1, keepdims=True)
        drive = _plausible(drive, target, reach)
    return np.asarray(best, np.float32)


def _reach(target: NDArray[np.floating[Any]], source: AUVector) -> NDArray[np.floating[Any]]:
    """How far the drives of a performance may stray from its targets (..., 17, 2)."""
    change = target - source
    reach = AT_MOST * np.abs(change)
    mouth = np.abs(change[..., LOWER_FACE, :]).max(axis=(-2, -1), keepdims=True)
    reach[..., LOWER_FACE, :] = np.maximum(reach[..., LOWER_FACE, :], TOGETHER * mouth)
    reach[..., BROWS, :] = np.maximum(reach[..., BROWS, :], RISING * change[..., BROWS, :])
    return np.asarray(np.minimum(LIMIT, reach))


def _plausible(
    drive: NDArray[np.floating[Any]],
    target: NDArray[np.floating[Any]],
    reach: NDArray[np.floating[Any]] | float,
) -> NDArray[np.floating[Any]]:
    """Drives (..., 17, 2) within reach of their targets and within RANGE."""
    drive = np.clip(drive, target - reach, target + reach).clip(*RANGE)
    # Shut is geometry: nothing that is measured opens shut lips or lids again.
    lips, lids = target[..., LIPS_PART, :], target[..., BLINK, :]
    drive[..., LIPS_PART, :] = np.where(lips <= 0, 0, drive[..., LIPS_PART, :].clip(0, 1))
    drive[..., BLINK, :] = np.where(lids >= 1, 1, drive[..., BLINK, :].clip(None, 1))
    return drive
