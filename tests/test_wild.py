"""Photos as they come: lying on their side, dim, noisy, covered, without a face.

Each is animated well or said to be why not; tests/bench_wild.py tries many more, by hand.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from occluders import BESIDE_MOUTH, OVER_EYES, OVER_MOUTH, occlude
from skimage import data

from ganimate.action_units import ROW_OF
from ganimate.arrays import Photo
from ganimate.clip import animate
from ganimate.errors import FaceError
from ganimate.face.detection import find_faces, open_tracker
from ganimate.face.landmarks import Face
from ganimate.face.turning import map_turn, measure_roll, turn_face, turn_photo
from ganimate.face_models import FaceModels
from ganimate.numerics import Affine2D
from ganimate.performance.driver import measure_driver
from ganimate.portrait import Portrait, find_portraits
from ganimate.quality import QUALITY, find_concerns, hold_covered


def rotate(photo: Photo, degrees: float) -> tuple[Photo, Affine2D]:
    """Turn a photo counterclockwise on a canvas that holds all of it."""
    height, width = photo.shape[:2]
    side = int(np.hypot(height, width)) + 2
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    matrix[:, 2] += (side - width) / 2, (side - height) / 2
    turned = cv2.warpAffine(photo, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), Affine2D(matrix)


def measure_error(found: Face, expected: Face) -> float:
    """Mean distance of landmarks as a share of the distance of the eyes."""
    away = np.linalg.norm(found.landmarks[:, :2] - expected.landmarks[:, :2], axis=1).mean()
    return float(away / np.linalg.norm(expected.landmarks[263, :2] - expected.landmarks[33, :2]))


@pytest.mark.parametrize("degrees", range(0, 360, 30))
def test_a_face_is_read_alike_at_any_angle(
    degrees: int, serious: Portrait, smiling: Portrait, face_models: FaceModels
) -> None:
    for portrait in (serious, smiling):
        photo, to_turned = rotate(portrait.photo, degrees)
        (found,) = find_portraits(photo, face_models)
        assert measure_error(found.face, turn_face(portrait.face, to_turned)) < 0.05
        assert np.abs(found.aus - portrait.aus).max() < 0.35
        roll = (measure_roll(found.face.landmarks) - measure_roll(portrait.face.landmarks)) % 360
        assert min(roll, 360 - roll) == pytest.approx(min(degrees, 360 - degrees), abs=3)
        lies = [one.about for one in find_concerns(found)]
        assert lies == (["roll"] if 45 < degrees < 315 else [])


def test_a_lying_photo_is_animated_as_it_lies(smiling: Portrait) -> None:
    upright = animate(smiling.photo, to="sad").draw()
    lying = animate(turn_photo(smiling.photo, 1), to="sad").draw()
    for frame, other in zip(upright, lying, strict=True):
        assert other.shape == turn_photo(frame, 1).shape
        away = np.abs(turn_photo(other, 3).astype(int) - frame).mean()
        moved = np.abs(frame.astype(int) - smiling.photo).mean()
        assert away < 0.01 + 0.6 * moved
    assert moved > 0.5


def test_faces_of_different_turns_are_found_together(serious: Portrait, smiling: Portrait) -> None:
    left, right = smiling.photo[:512, :512], turn_photo(serious.photo[:512, :512], 2)
    faces = find_faces(np.concatenate([left, right], axis=1))
    rolls = sorted(abs(measure_roll(face.landmarks)) for face in faces)
    assert rolls == pytest.approx([0, 180], abs=8)


def test_a_video_that_lies_is_followed(smiling: Portrait) -> None:
    with open_tracker() as follow:
        for quarters in (1, 1, 2):  # found, followed, lost and found
            frame = turn_photo(smiling.photo, quarters)
            face = follow(frame)
            assert face is not None
            assert (
                measure_error(face, turn_face(smiling.face, map_turn(smiling.photo, quarters)))
                < 0.05
            )


def test_a_video_that_stands_on_its_head_moves_a_head_no_further(
    smiling: Portrait, face_models: FaceModels
) -> None:
    frames = [turn_photo(frame, 2) for frame in (smiling.photo, smiling.photo // 2)]
    motion = measure_driver(frames, 25, face_models)
    assert motion.face_found.all()
    assert np.abs(motion.angles).max() < 20
    assert np.abs(motion.aus[0] - smiling.aus).max() < 0.2


@pytest.mark.parametrize("name", OVER_MOUTH)
def test_a_covered_mouth_is_warned_of_or_refused(
    name: str, serious: Portrait, smiling: Portrait, face_models: FaceModels
) -> None:
    for portrait in (serious, smiling):
        photo = occlude(portrait.photo, portrait.face.landmarks, OVER_MOUTH[name], seed=1)
        try:
            (found,) = find_portraits(photo, face_models)
        except FaceError:
            continue
        assert "mouth" in {one.about for one in find_concerns(found)}


@pytest.mark.parametrize("name", BESIDE_MOUTH)
def test_what_lies_beside_a_mouth_is_warned_of_and_leaves_it_free(
    name: str, smiling: Portrait, face_models: FaceModels
) -> None:
    assert "around the mouth" not in {one.about for one in find_concerns(smiling)}
    photo = occlude(smiling.photo, smiling.face.landmarks, BESIDE_MOUTH[name], seed=1)
    (found,) = find_portraits(photo, face_models)
    concerns = {one.about: one for one in find_concerns(found)}
    assert "mouth" not in concerns
    beside = concerns["around the mouth"]
    assert beside.figure > beside.limit == QUALITY.covered
    assert f"{beside.figure:.2f}" in beside.message
    assert not beside.is_held
    assert not hold_covered(found).held


@pytest.mark.parametrize("name", OVER_EYES)
def test_a_covered_eye_is_warned_of(
    name: str, serious: Portrait, smiling: Portrait, face_models: FaceModels
) -> None:
    for portrait in (serious, smiling):
        assert "eyes" not in {one.about for one in find_concerns(portrait)}
        photo = occlude(portrait.photo, portrait.face.landmarks, OVER_EYES[name], seed=1)
        (found,) = find_portraits(photo, face_models)
        assert "eyes" in {one.about for one in find_concerns(found)}


def test_shut_eyes_and_open_mouths_are_not_taken_for_covered_ones(
    smiling: Portrait, face_models: FaceModels
) -> None:
    to = "AU45=1,AU12=0.8,AU25=1,AU26=1"
    laughing = list(animate(smiling.photo, to=to, frames=2).draw())[-1]
    (found,) = find_portraits(laughing, face_models)
    assert found.aus[ROW_OF[45]].min() > 0.5
    assert found.aus[ROW_OF[26]].min() > 0.3
    assert not {"eyes", "mouth"} & {one.about for one in find_concerns(found)}


def test_a_face_cut_below_the_nose_is_warned_of_or_refused(
    serious: Portrait, smiling: Portrait, face_models: FaceModels
) -> None:
    for portrait in (serious, smiling):
        box = portrait.face.box
        bottom = round(box.top + 0.65 * box.height)
        for below in (0, 255, None):
            photo = portrait.photo.copy()
            photo[bottom:] = photo[bottom - 1] if below is None else below
            for cut in (photo, np.ascontiguousarray(photo[:bottom])):
                try:
                    (found,) = find_portraits(cut, face_models)
                except FaceError:
                    continue
                assert {one.about for one in find_concerns(found)} & {"mouth", "cut"}


def test_poor_photos_are_read_as_good_ones(serious: Portrait, face_models: FaceModels) -> None:
    chance = np.random.default_rng(0)
    photo = serious.photo
    noisy = np.clip(photo + chance.normal(0, 30, photo.shape), 0, 255).astype(np.uint8)
    for poor in (noisy, photo // 6, cv2.GaussianBlur(photo, (0, 0), 4), photo[130:340, 165:360]):
        (found,) = find_portraits(np.ascontiguousarray(poor), face_models)
        shift = found.face.landmarks[4, :2] - serious.face.landmarks[4, :2]
        where = Affine2D(np.array([[1, 0, -165], [0, 1, -130.0]]))
        expected = serious.face if abs(shift).max() < 60 else turn_face(serious.face, where)
        assert measure_error(found.face, expected) < 0.06


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket", "moon", "coins", "retina"])
def test_no_face_is_seen_where_there_is_none(name: str, quarters: int) -> None:
    picture = getattr(data, name)()
    rgb = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    small = cv2.resize(rgb, (400, 400 * rgb.shape[0] // rgb.shape[1]), interpolation=cv2.INTER_AREA)
    assert find_faces(turn_photo(np.asarray(small, np.uint8), quarters)) == []
