"""The drive that a face needs, on real photos with the shipped weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.arrays import AUVector
from ganimate.face.detection import find_faces
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo, resize_longest
from ganimate.networks.generators import load_generator
from ganimate.performance.expressions import parse_expression
from ganimate.portrait import Portrait, find_portraits, measure_portrait
from ganimate.rendering import warp_animator
from ganimate.rendering.animator import Animator, draw_frame
from ganimate.rendering.calibration import _search, fit_correction, interpolate_drives
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.settings import CALIBRATION
from ganimate.weights import DEFAULT_MODEL, find_model


@pytest.fixture(scope="module")
def animator(serious: Portrait, face_models: FaceModels) -> Animator:
    return open_animator(serious, load_generator(find_model(DEFAULT_MODEL)), face_models)


def error(animator: Animator, target: AUVector, drive: AUVector) -> float:
    """Mean absolute error of the AUs measured on the frame that a drive makes."""
    frame = draw_frame(animator, next(animator.layers([target], [drive])))
    shown = measure_portrait(frame, find_faces(frame)[0], animator.models).aus
    return float(np.abs(shown - target).mean())


def test_a_calibrated_face_shows_more_of_what_was_asked(
    animator: Animator,
) -> None:
    # Together: behind these glasses a deep frown may be read as less than a slight one.
    without, with_it = 0.0, 0.0
    for name in ("surprise", "anger", "laugh", "sad"):
        target = parse_expression(name).apply_to(animator.portrait.aus)
        drive = animator.calibrate([target])[0]
        without += error(animator, target, target)
        with_it += error(animator, target, drive)
    assert with_it < without


@pytest.mark.parametrize("name", ["contempt", "AU12R=1", "disgust"])
def test_a_drive_stays_plausible(animator: Animator, name: str) -> None:
    target = parse_expression(name).apply_to(animator.portrait.aus)
    drive = animator.calibrate([target])[0]
    assert np.abs(drive - target).max() <= CALIBRATION.limit + 1e-6
    assert drive.min() >= min(CALIBRATION.drive_range[0], target.min()) - 1e-6
    assert drive.max() <= CALIBRATION.drive_range[1] + 1e-6


def test_steps_follow_how_much_a_face_shows_of_each_action_unit() -> None:
    """Of a face that shows half as much of one as it is driven by, and more of another."""
    source, target = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    target[[ROW_OF[1], ROW_OF[12]]] = 0.4
    shares = np.ones((len(target), 1), np.float32)
    shares[ROW_OF[1]], shares[ROW_OF[12]] = 0.5, 1.4

    def miss(gains: tuple[float, float]) -> float:
        drive = _search(
            target, source, source, lambda _, drive: drive * shares,
            replace(CALIBRATION, gains=gains), reach=CALIBRATION.limit, tolerance=0.0, fixed=[],
        )  # fmt: skip
        return float(np.abs(drive * shares - target).max())

    assert miss(CALIBRATION.gains) < 0.003
    assert miss((1.0, 1.0)) > 0.01


def test_what_is_not_asked_is_not_driven(animator: Animator) -> None:
    source = animator.portrait.aus
    target = parse_expression("wink").apply_to(source)
    drive = animator.calibrate([target])[0]
    unasked = target == source
    np.testing.assert_array_equal(drive[unasked], source[unasked])


def test_shut_stays_shut(animator: Animator) -> None:
    target = parse_expression("AU25=0,AU45=1").apply_to(animator.portrait.aus)
    drive = animator.calibrate([target])[0]
    assert (drive[ROW_OF[25]] == 0).all()
    assert (drive[ROW_OF[45]] == 1).all()


def test_no_change_needs_no_drive(animator: Animator) -> None:
    source = animator.portrait.aus
    assert animator.calibrate([source])[0] is source


@pytest.mark.parametrize(("longest", "times"), [(256, 1), (512, 2)])
def test_a_photo_no_larger_than_its_copy_is_prepared_once(
    grace_hopper: Path, face_models: FaceModels, monkeypatch: pytest.MonkeyPatch,
    longest: int, times: int,
) -> None:  # fmt: skip
    photo = resize_longest(read_photo(grace_hopper), longest)
    portrait = find_portraits(photo, face_models)[0]
    prepared = Mock(wraps=warp_animator.prepare_face)
    monkeypatch.setattr(warp_animator, "prepare_face", prepared)
    animator = open_animator(portrait, load_generator(find_model(DEFAULT_MODEL)), face_models)
    animator.calibrate([parse_expression("smile").apply_to(portrait.aus)])
    assert prepared.call_count == times


def test_brows_are_driven_until_they_are_seen_to_rise(
    smiling: Portrait, face_models: FaceModels
) -> None:
    animator = open_animator(smiling, load_generator(find_model(DEFAULT_MODEL)), face_models)
    target = parse_expression("AU1=0.4,AU2=0.4,AU4=0").apply_to(smiling.aus)
    drive = fit_correction(animator, target[None]).drive(target[None])[0]
    assert (drive[ROW_OF[1]] > target[ROW_OF[1]] + 0.15).all()
    assert np.abs(drive - target).max() <= CALIBRATION.limit + 1e-6
    assert error(animator, target, drive) < error(animator, target, target)


def test_brows_that_come_down_are_not_driven_over_the_lids(
    smiling: Portrait, face_models: FaceModels
) -> None:
    generator = load_generator(find_model(DEFAULT_MODEL))
    animator = open_animator(smiling, generator, face_models)
    up = parse_expression("AU1=1,AU2=1,AU4=0").apply_to(smiling.aus)
    frame = draw_frame(animator, next(animator.layers([up], animator.calibrate([up]))))
    raised = measure_portrait(frame, find_faces(frame)[0], face_models)
    assert raised.aus[ROW_OF[2]].mean() > 0.5
    target = parse_expression("AU1=0.1,AU2=0,AU4=0.1").apply_to(raised.aus)
    drive = open_animator(raised, generator, face_models).calibrate([target])[0]
    assert drive[[ROW_OF[1], ROW_OF[2]]].min() >= 0
    frown = np.abs(target - raised.aus)[ROW_OF[4]] + target[ROW_OF[4]]
    assert (drive[ROW_OF[4]] <= frown + CALIBRATION.beyond_frown + 1e-6).all()


def test_lids_that_tighten_are_not_drawn_up_off_the_iris(
    smiling: Portrait, face_models: FaceModels
) -> None:
    animator = open_animator(smiling, load_generator(find_model(DEFAULT_MODEL)), face_models)
    target = parse_expression("AU6=0,AU7=0.9,AU45=0.1").apply_to(smiling.aus)
    tight, shut = ROW_OF[7], ROW_OF[45]
    assert (target > smiling.aus)[tight].all()
    drive = animator.calibrate([target])[0]
    assert (drive[shut] >= np.minimum(smiling.aus, target)[shut] - 1e-6).all()
    assert np.abs(drive - target)[tight].max() <= CALIBRATION.tight_lids + 1e-6


def test_lids_and_what_is_hardly_missing_are_not_driven(
    animator: Animator,
) -> None:
    """In a performance, that is: the reading of AU4 stays at 0 until much is driven."""
    asked = "AU1=0.6,AU2=0.6,AU4=0.05,AU5=0.7,AU45=0.3"
    target = parse_expression(asked).apply_to(animator.portrait.aus)
    drive = fit_correction(animator, target[None]).drive(target[None])[0]
    lids, frown = [ROW_OF[5], ROW_OF[45]], ROW_OF[4]
    np.testing.assert_allclose(drive[lids], target[lids], atol=1e-6)
    # Beside its tolerance there is what the small copy shows of this face beyond its photo.
    assert (drive[frown] <= target[frown] + 0.01).all()


def test_what_lies_between_calibrated_expressions_is_driven_by_them(animator: Animator) -> None:
    source = animator.portrait.aus
    smile, surprise = (parse_expression(name).apply_to(source) for name in ("smile", "surprise"))
    first, second = (target + np.float32(0.05) for target in (smile, surprise))
    correction = interpolate_drives(source, [smile, surprise], [first, second])
    met = correction.drive(np.stack([source, smile, surprise, (source + smile) / 2]))
    assert np.array_equal(met[0], source)
    for drive, wanted, target in ((met[1], first, smile), (met[2], second, surprise)):
        moved = np.abs(target - source) > 0.2  # what is not asked is driven by nothing
        assert np.abs(drive - wanted)[moved].max() < 0.03
    added = (met[3] - (source + smile) / 2)[8]  # AU12
    assert (added >= 0).all()
    assert (added <= 0.05).all()
