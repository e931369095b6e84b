"""How hard to drive this face so that it shows what was asked.

The basis is the mean motion of many faces; this one may need more of an action unit, or less. A
small copy of the photo is animated, measured again, and driven by what was missing, a few times.
"""

from __future__ import annotations

import numpy as np

from ganimate.action_units import ROW_OF, AUVector
from ganimate.animator import Animator
from ganimate.estimator import Estimator
from ganimate.faces import crop_transform, face_finder, sample
from ganimate.portrait import measure

ROUNDS = 4
STEP = 0.8  # of what is missing, added each round
LIMIT = 0.5  # how far a drive may stray from what was asked: plausible beats exact
RANGE = (-0.2, 1.3)  # of a drive: a face pushed beyond looks pulled, not expressive
SMALL = 224  # px; side of the face crop within the copy
BORDER = 56  # px; of photo around that, for the detector
LIPS_PART, BLINK = ROW_OF[25], ROW_OF[45]


def calibrated(animator: Animator, target: AUVector, estimator: Estimator) -> AUVector:
    """The intensities (17, 2) to drive the warp with so that `target` (17, 2) is measured.

    Where the face cannot be found again in the copy, the target itself; also where no warp is
    driven, but the generator alone.
    """
    portrait, prior = animator.portrait, animator.prior
    if not animator.warps or not (target - portrait.aus).any():
        return target
    to_copy = crop_transform(portrait.face.landmarks, SMALL) + np.array([[0, 0, BORDER]] * 2)
    copy = sample(portrait.photo, to_copy, SMALL + 2 * BORDER)
    with face_finder() as find:
        faces = find(copy, False)
        if not faces:
            return target
        small = measure(copy, faces[0], prior, estimator)
        double = Animator(small, animator.generator, prior, animator.device)
        offset = small.aus - portrait.aus  # the same face, seen by the detector a second time
        asked = np.clip(target + offset, 0, 1)
        wanted = target != portrait.aus  # (17, 2)
        drive = target.copy()
        for _ in range(ROUNDS):
            layer = next(double.layers([target + offset], [drive + offset]))
            frame = copy.copy()
            double.draw(frame, layer)
            faces = find(frame, False)
            if not faces:
                break
            missing = asked - measure(frame, faces[0], prior, estimator).aus
            # The estimator mixes the sides: both take the mean, and what is not asked is left.
            drive = drive + wanted * STEP * missing.mean(axis=1, keepdims=True)
            drive = np.clip(drive, target - LIMIT, target + LIMIT).clip(*RANGE)
            # Shut is geometry: nothing that is measured opens shut lips or lids again.
            drive[LIPS_PART] = np.where(target[LIPS_PART] <= 0, 0, drive[LIPS_PART].clip(0, 1))
            drive[BLINK] = np.where(target[BLINK] >= 1, 1, drive[BLINK].clip(None, 1))
    return np.asarray(drive, np.float32)
