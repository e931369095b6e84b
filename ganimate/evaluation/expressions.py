"""How good a generator is, on faces that it never saw.

- Round trips: held-out faces warped to an expression that shows less and back (training/pairs.py),
  repainted and compared with the photo. A generator that warps nothing goes there and back itself
  (Eq. 4 of the paper).
- Expressions: every preset on every face, the frame measured again: the AUs asked for against
  those that are shown, by the program's estimator and, if its file is given, by a second judge.
- Clips: whether landmarks move smoothly from frame to frame, and how long a frame takes.
- The photo itself: what of it stays as it was, and that asking for no change changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS
from ganimate.arrays import AUVector, Photo
from ganimate.errors import DataError, ModelError
from ganimate.evaluation.judge import Judge
from ganimate.face.detection import open_finder
from ganimate.face_models import FaceModels
from ganimate.networks.generators import AnyGenerator
from ganimate.performance.expressions import PRESETS
from ganimate.portrait import Portrait, measure_portrait
from ganimate.rendering.animator import Animator, draw_frame
from ganimate.rendering.kinds import open_animator
from ganimate.training.data.dataset import FaceSet

NO_BLEND_SHAPE = 25  # the AU that the second judge has no score of


# Expressions


@dataclass(frozen=True)
class UnitScore:
    """One action unit, over all faces and presets."""

    action_unit: int
    error: float  # mean absolute difference of what is asked for and what is measured
    idle: float  # the same of the photo as it was
    correlation: float | None  # of the two; None where one of them never changes
    judged: float | None  # correlation of the changes asked for and those the second judge sees


@dataclass(frozen=True)
class PresetScore:
    """One expression, over all faces and action units."""

    name: str
    error: float
    idle: float
    correlation: float | None


@dataclass(frozen=True)
class Expressions:
    """Whether faces show what was asked for."""

    faces: int
    lost: int  # frames in which the face was not found again
    error: float  # mean over all AUs, faces and presets
    idle: float
    units: tuple[UnitScore, ...]
    presets: tuple[PresetScore, ...]
    untouched: float  # share of pixels that are the photo's own, bit for bit
    zero_edit: int  # largest change of a pixel where no change was asked for, of 255
    calibration_seconds: float  # a face and expression


@dataclass
class _Tally:
    """What was asked for and measured, frame by frame."""

    preset: list[str] = field(default_factory=list)
    asked: list[AUVector] = field(default_factory=list)
    before: list[AUVector] = field(default_factory=list)
    shown: list[AUVector] = field(default_factory=list)
    changes: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = field(default_factory=list)
    untouched: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    zero_edit: int = 0
    faces: int = 0
    lost: int = 0


def find_portraits_in(
    faces: FaceSet, indices: Iterable[int], models: FaceModels
) -> Iterator[Portrait]:
    """The faces at these indices, measured anew on their crops; those not found are left out."""
    with open_finder() as find:
        for index in indices:
            crop = faces.crop(index)
            found = find(crop, False)
            if found:
                yield measure_portrait(crop, found[0], models)


def score_expressions(
    portraits: Iterable[Portrait],
    generator: AnyGenerator,
    models: FaceModels,
    device: torch.device,
    judge: Judge | None = None,
) -> Expressions:
    """Make each face show each preset, and measure it again.

    Raises DataError when there are no faces, and ModelError when none is found again.
    """
    seen = _Tally()
    with open_finder() as find:
        for portrait in portraits:
            seen.faces += 1
            animator = open_animator(portrait, generator, models, device)
            unchanged = _draw_expression(animator, portrait.aus, portrait.aus)
            apart = np.abs(unchanged.astype(int) - portrait.photo).max()
            seen.zero_edit = max(seen.zero_edit, int(apart))
            before = judge(portrait.photo) if judge else None
            for name, preset in PRESETS.items():
                target = preset.apply_to(portrait.aus)
                began = time.monotonic()
                (drive,) = animator.calibrate([target])
                seen.seconds.append(time.monotonic() - began)
                frame = _draw_expression(animator, target, drive)
                seen.untouched.append(float((frame == portrait.photo).all(axis=2).mean()))
                found = find(frame, False)
                if not found:
                    seen.lost += 1
                    continue
                seen.preset.append(name)
                seen.asked.append(target)
                seen.before.append(portrait.aus)
                seen.shown.append(measure_portrait(frame, found[0], models).aus)
                after = judge(frame) if judge and before is not None else None
                if before is not None and after is not None:
                    change = (target - portrait.aus).mean(axis=1)
                    seen.changes.append((change, after - before))
    if not seen.faces:
        raise DataError("No face to evaluate: none is found on the crops of the data set.")
    if not seen.preset:
        raise ModelError(
            f"In none of {seen.lost} frames is the face found again: the model paints it over. "
            "Train it for longer, or with a lower learning rate."
        )
    return _score(seen)


def _draw_expression(animator: Animator, target: AUVector, drive: AUVector) -> Photo:
    """The photo with its face showing `target`."""
    return draw_frame(animator, next(animator.layers([target], [drive])))


def _score(seen: _Tally) -> Expressions:
    asked, before, shown = (np.stack(rows) for rows in (seen.asked, seen.before, seen.shown))
    error = np.abs(shown - asked).mean(axis=2)  # (frames, 17)
    idle = np.abs(before - asked).mean(axis=2)
    asked, shown = asked.mean(axis=2), shown.mean(axis=2)
    units = tuple(
        UnitScore(
            unit.number,
            float(error[:, row].mean()),
            float(idle[:, row].mean()),
            correlate(asked[:, row], shown[:, row]),
            _correlate_judge(seen, row) if unit.number != NO_BLEND_SHAPE else None,
        )
        for row, unit in enumerate(ACTION_UNITS)
    )
    names = np.array(seen.preset)
    presets = tuple(
        PresetScore(
            name,
            float(error[names == name].mean()),
            float(idle[names == name].mean()),
            correlate(asked[names == name].ravel(), shown[names == name].ravel()),
        )
        for name in PRESETS
        if (names == name).any()
    )
    return Expressions(
        seen.faces,
        seen.lost,
        float(error.mean()),
        float(idle.mean()),
        units,
        presets,
        float(np.mean(seen.untouched)),
        seen.zero_edit,
        float(np.mean(seen.seconds)),
    )


def _correlate_judge(seen: _Tally, row: int) -> float | None:
    if not seen.changes:
        return None
    asked, judged = (np.array([pair[side][row] for pair in seen.changes]) for side in (0, 1))
    return correlate(asked, judged)


def correlate(one: NDArray[np.float32], other: NDArray[np.float32]) -> float | None:
    """Pearson's r of two (n,) arrays; None where one of them is constant."""
    if len(one) < 2 or one.std() == 0 or other.std() == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])
