"""Whether faces show what they are asked for, and whether asking for nothing changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from ganimate.action_units import ACTION_UNITS
from ganimate.arrays import AUVector, Floats, Photo
from ganimate.errors import DataError, ModelError
from ganimate.evaluation.judge import Judge
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import Face
from ganimate.face_models import FaceModels
from ganimate.networks.generators import ActionUnitGenerator
from ganimate.numerics import correlate
from ganimate.performance.expressions import PRESETS
from ganimate.portrait import Portrait, measure_portrait
from ganimate.rendering.animator import Animator, draw_frame
from ganimate.rendering.kinds import open_animator
from ganimate.training.data.dataset import FaceSet

NO_BLEND_SHAPE = 25
"""The action unit that the second judge has no score of."""


@dataclass(frozen=True)
class UnitScore:
    """One action unit, over all faces and presets.

    Attributes:
        action_unit: its number.
        error: mean absolute difference of the intensity asked for and the one measured.
        idle: mean absolute difference of the intensity asked for and the photo's own.
        correlation: Pearson's r of asked for and measured; None where one of them never changes.
        judged: r of the changes asked for and those that the second judge sees; None without one.
    """

    action_unit: int
    error: float
    idle: float
    correlation: float | None
    judged: float | None


@dataclass(frozen=True)
class PresetScore:
    """One expression, over all faces and action units; figures as UnitScore has them."""

    name: str
    error: float
    idle: float
    correlation: float | None


@dataclass(frozen=True)
class Expressions:
    """Whether faces show what was asked for.

    Attributes:
        faces: how many were asked.
        lost: frames in which the face was not found again.
        error: mean absolute difference of asked for and measured, over AUs, faces and presets.
        idle: mean absolute difference of asked for and the photo's own.
        units: for each action unit.
        presets: for each expression.
        untouched: share of pixels that are the photo's own, bit for bit.
        zero_edit: largest change of a pixel where no change was asked for, of 255.
        calibration_seconds: of one face and expression.
    """

    faces: int
    lost: int
    error: float
    idle: float
    units: tuple[UnitScore, ...]
    presets: tuple[PresetScore, ...]
    untouched: float
    zero_edit: int
    calibration_seconds: float


@dataclass
class _Tally:
    """What was asked for and measured, frame by frame."""

    preset: list[str] = field(default_factory=list)
    asked: list[AUVector] = field(default_factory=list)
    before: list[AUVector] = field(default_factory=list)
    shown: list[AUVector] = field(default_factory=list)
    changes: list[tuple[Floats, Floats]] = field(default_factory=list)
    untouched: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    zero_edit: int = 0
    faces: int = 0
    lost: int = 0


def find_portraits_in(
    faces: FaceSet, indices: Iterable[int], models: FaceModels
) -> Iterator[Portrait]:
    """Measure the faces at these indices anew on their crops, without those that are not found."""
    with open_finder() as find:
        for index in indices:
            crop = faces.crop(index)
            found = find(crop, False)
            if found:
                yield measure_portrait(crop, found[0], models)


def score_expressions(
    portraits: Iterable[Portrait],
    generator: ActionUnitGenerator,
    models: FaceModels,
    device: torch.device,
    judge: Judge | None = None,
) -> Expressions:
    """Make each face show each preset, and measure it again.

    Args:
        portraits: faces never trained on.
        generator: in evaluation mode, on `device`.
        models: what is known of faces.
        device: where the generator runs.
        judge: a second opinion.

    Raises:
        DataError: there are no faces.
        ModelError: none of them is found again.
    """
    tally = _Tally()
    with open_finder() as find:
        for portrait in portraits:
            animator = open_animator(portrait, generator, models, device)
            _tally_face(tally, animator, find, judge)
    if not tally.faces:
        raise DataError("No face to evaluate: none is found on the crops of the data set.")
    if not tally.preset:
        raise ModelError(
            f"In none of {tally.lost} frames is the face found again: the model paints it over. "
            "Train it for longer, or with a lower learning rate."
        )
    return _score(tally)


def _tally_face(
    tally: _Tally, animator: Animator, find: Callable[..., list[Face]], judge: Judge | None
) -> None:
    """Make one face show every preset, and take in what is measured."""
    portrait = animator.portrait
    tally.faces += 1
    unchanged = _draw_expression(animator, portrait.aus, portrait.aus)
    apart = np.abs(unchanged.astype(int) - portrait.photo).max()
    tally.zero_edit = max(tally.zero_edit, int(apart))
    before = judge(portrait.photo) if judge else None
    for name, preset in PRESETS.items():
        target = preset.apply_to(portrait.aus)
        began = time.monotonic()
        (drive,) = animator.calibrate([target])
        tally.seconds.append(time.monotonic() - began)
        frame = _draw_expression(animator, target, drive)
        tally.untouched.append(float((frame == portrait.photo).all(axis=2).mean()))
        found = find(frame, False)
        if not found:
            tally.lost += 1
            continue
        tally.preset.append(name)
        tally.asked.append(target)
        tally.before.append(portrait.aus)
        tally.shown.append(measure_portrait(frame, found[0], animator.models).aus)
        after = judge(frame) if judge and before is not None else None
        if before is not None and after is not None:
            tally.changes.append(((target - portrait.aus).mean(axis=1), after - before))


def _draw_expression(animator: Animator, target: AUVector, drive: AUVector) -> Photo:
    """The photo with its face showing `target`."""
    return draw_frame(animator, next(animator.layers([target], [drive])))


def _score(tally: _Tally) -> Expressions:
    asked, before, shown = (np.stack(rows) for rows in (tally.asked, tally.before, tally.shown))
    error = np.abs(shown - asked).mean(axis=2)  # (frames, 17)
    idle = np.abs(before - asked).mean(axis=2)
    asked, shown = asked.mean(axis=2), shown.mean(axis=2)
    names = np.array(tally.preset)
    return Expressions(
        faces=tally.faces,
        lost=tally.lost,
        error=float(error.mean()),
        idle=float(idle.mean()),
        units=tuple(
            UnitScore(
                action_unit=unit.number,
                error=float(error[:, row].mean()),
                idle=float(idle[:, row].mean()),
                correlation=correlate(asked[:, row], shown[:, row]),
                judged=_correlate_judge(tally, row) if unit.number != NO_BLEND_SHAPE else None,
            )
            for row, unit in enumerate(ACTION_UNITS)
        ),
        presets=tuple(
            PresetScore(
                name=name,
                error=float(error[names == name].mean()),
                idle=float(idle[names == name].mean()),
                correlation=correlate(asked[names == name].ravel(), shown[names == name].ravel()),
            )
            for name in PRESETS
            if (names == name).any()
        ),
        untouched=float(np.mean(tally.untouched)),
        zero_edit=tally.zero_edit,
        calibration_seconds=float(np.mean(tally.seconds)),
    )


def _correlate_judge(tally: _Tally, row: int) -> float | None:
    """Pearson's r of the changes of one unit that were asked for and that the judge sees."""
    if not tally.changes:
        return None
    asked, judged = (np.array([pair[side][row] for pair in tally.changes]) for side in (0, 1))
    return correlate(asked, judged)
