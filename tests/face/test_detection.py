"""Finding faces in real photos, and the aligned crop."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from ganimate.errors import UsageError
from ganimate.face.alignment import CROP_TEMPLATE, fit_crop, sample_crop
from ganimate.face.detection import choose_faces, find_faces
from ganimate.face.landmarks import N_LANDMARKS, N_MESH, STABLE, Face
from ganimate.media.photo import read_photo
from ganimate.numerics import Affine2D
from ganimate.portrait import Portrait

NOSE_TIP, LEFT_EYE_OUTER, RIGHT_EYE_OUTER, CHIN = 4, 263, 33, 152
SIZE = 192


def overlap(face: Face, left: float, top: float, right: float, bottom: float) -> float:
    """Intersection over union of a face's box and a rectangle drawn by hand."""
    box = face.box
    width = min(box.left + box.width, right) - max(box.left, left)
    height = min(box.top + box.height, bottom) - max(box.top, top)
    both = max(0.0, width) * max(0.0, height)
    return both / (box.width * box.height + (right - left) * (bottom - top) - both)


def test_the_astronaut(astronaut: Path) -> None:
    (face,) = find_faces(read_photo(astronaut))
    assert face.landmarks.shape == (N_LANDMARKS, 3)
    assert face.landmarks.dtype == np.float32
    assert overlap(face, 178, 68, 272, 178) > 0.85


def test_grace_hopper(grace_hopper: Path) -> None:
    (face,) = find_faces(read_photo(grace_hopper))
    assert overlap(face, 165, 130, 356, 336) > 0.85


def test_landmarks_stand_as_in_a_face(smiling: Portrait) -> None:
    x, y = smiling.face.landmarks[:, :2].T
    assert x[RIGHT_EYE_OUTER] < x[NOSE_TIP] < x[LEFT_EYE_OUTER]  # her own right is to our left
    assert y[LEFT_EYE_OUTER] < y[NOSE_TIP] < y[CHIN]


def test_a_cup_has_no_face() -> None:
    assert find_faces(data.coffee()) == []


def test_a_face_that_fills_the_photo(smiling: Portrait) -> None:
    box = smiling.face.box
    rows = slice(round(box.top), round(box.top + box.height))
    columns = slice(round(box.left), round(box.left + box.width))
    (face,) = find_faces(smiling.photo[rows, columns])
    assert overlap(face, 0, 0, box.width, box.height) > 0.75


@pytest.mark.parametrize(("left", "top"), [(2700, 1500), (300, 2600), (3800, 20)])
@pytest.mark.parametrize("thorough", [True, False])
def test_a_face_of_60_pixels_in_12_megapixels(
    serious: Portrait, left: int, top: int, thorough: bool
) -> None:
    box = serious.face.box
    scale = 60 / box.width
    small = cv2.resize(serious.photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    large = np.full((3000, 4000, 3), 150, np.uint8)
    height, width = small.shape[:2]
    large[top : top + height, left : left + width] = small
    (face,) = find_faces(large, thorough=thorough)
    x, y = left + box.left * scale, top + box.top * scale
    assert overlap(face, x, y, x + 60, y + box.height * scale) > 0.8


def test_larger_faces_come_first(group: Path) -> None:
    hopper, astronaut = find_faces(read_photo(group))
    assert hopper.box.left > 512 > astronaut.box.left
    assert hopper.box.width > astronaut.box.width


@pytest.mark.parametrize(("which", "chosen"), [("largest", [0]), ("all", [0, 1]), ("1", [1])])
def test_choose_faces(which: str, chosen: list[int]) -> None:
    faces = [Face(np.full((N_LANDMARKS, 3), index, np.float32)) for index in range(2)]
    assert choose_faces(faces, which) == [faces[index] for index in chosen]


@pytest.mark.parametrize(
    ("which", "said"), [("2", "no face 2"), ("-1", "'-1'"), ("left", "'left'")]
)
def test_choose_faces_that_are_not_there(which: str, said: str) -> None:
    faces = [Face(np.zeros((N_LANDMARKS, 3), np.float32))] * 2
    with pytest.raises(UsageError, match=said):
        choose_faces(faces, which)


# the aligned crop


@pytest.mark.parametrize("degrees", [0, 25, -60])
def test_crop_puts_stable_points_where_the_template_has_them(
    serious: Portrait, degrees: float
) -> None:
    tilt = Affine2D(cv2.getRotationMatrix2D((256, 303), degrees, 0.7))
    landmarks = np.zeros((N_LANDMARKS, 3), np.float32)
    landmarks[:, :2] = tilt.apply(serious.face.landmarks)
    placed = (fit_crop(landmarks, SIZE).apply(landmarks)[STABLE] + 0.5) / SIZE
    assert np.abs(placed - CROP_TEMPLATE).mean() < 0.01
    assert np.abs(placed - CROP_TEMPLATE).max() < 0.03


def test_the_map_to_a_crop_is_a_similarity_and_its_own_best_fit(smiling: Portrait) -> None:
    (a, b, _), (c, d, _) = fit_crop(smiling.face.landmarks, SIZE).matrix
    assert (a, b) == pytest.approx((d, -c))
    already = np.zeros((N_LANDMARKS, 3), np.float32)
    already[STABLE, :2] = CROP_TEMPLATE * SIZE - 0.5
    assert fit_crop(already, SIZE).matrix == pytest.approx(np.eye(2, 3), abs=1e-4)


def test_to_a_crop_and_back(smiling: Portrait) -> None:
    points = smiling.face.landmarks[:N_MESH, :2]
    to_crop = fit_crop(smiling.face.landmarks, SIZE)
    back = to_crop.inverse().apply(to_crop.apply(points))
    assert np.abs(back - points).max() < 1e-3


def test_sample_at_the_photo_s_own_scale_is_plain_bilinear(serious: Portrait) -> None:
    turn = cv2.getRotationMatrix2D((256, 303), 17, 1.0)
    plain = cv2.warpAffine(
        serious.photo, turn, (300, 300), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    assert np.array_equal(sample_crop(serious.photo, Affine2D(turn), 300), plain)


def test_sample_averages_where_it_shrinks() -> None:
    board = np.indices((400, 400)).sum(axis=0) % 2 * 255  # single pixels, black and white
    photo = np.repeat(board[:, :, None], 3, axis=2).astype(np.uint8)
    matrix = np.array([[0.137, 0, 3.0], [0, 0.137, 1.0]])
    aliased = cv2.warpAffine(photo, matrix, (40, 40), flags=cv2.INTER_LINEAR)
    assert aliased[5:35, 5:35].std() > 30
    assert sample_crop(photo, Affine2D(matrix), 40)[5:35, 5:35].std() < 12


@pytest.mark.parametrize("scale", [0.1, 0.31, 0.55])
def test_sample_shrinks_without_a_shift(scale: float) -> None:
    x = np.arange(600, dtype=np.float32)
    ramp = np.repeat(np.tile(x * 0.4, (500, 1))[:, :, None], 3, axis=2).astype(np.uint8)
    to_crop = Affine2D(np.array([[scale, 0, -100 * scale], [0, scale, -50 * scale]]))
    crop = sample_crop(ramp, to_crop, 40)
    wanted = (np.arange(40) / scale + 100) * 0.4
    inside = wanted < 230
    assert np.abs(crop[20, inside, 0] - wanted[inside]).max() < 1.5


def test_sample_beyond_the_border_repeats_it(serious: Portrait) -> None:
    to_crop = Affine2D(np.array([[0.25, 0, 40.0], [0, 0.25, 40.0]]))  # the photo is at (40, 40)
    crop = sample_crop(serious.photo, to_crop, 100)
    assert (crop[:38, :38] == crop[0, 0]).all()
