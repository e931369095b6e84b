"""Edges of lips that move, and eyes that open, are as soft as a photo is blurred."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from values import changed

from ganimate.arrays import Photo
from ganimate.face_models import FaceModels
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.compositor import compose_layer
from ganimate.rendering.frame import STILL, plan_frame, prepare_face
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.layer import Layer, Softening
from ganimate.warp.field import GRID
from ganimate.weights import DEFAULT_MODEL, find_model

DEVIATION = 3.0  # px


@pytest.fixture(scope="module")
def blurred(smiling: Portrait) -> Portrait:
    return replace(smiling, photo=np.asarray(cv2.GaussianBlur(smiling.photo, (0, 0), DEVIATION)))


def soften(portrait: Portrait, models: FaceModels, asked: dict[int, float]) -> Softening | None:
    face, aus = prepare_face(portrait, models, GRID), changed(portrait.aus, asked)
    found = plan_frame(face, aus, aus, STILL).softened
    return found[0] if found else None


def test_lips_that_move_are_softened_by_the_blur_of_the_photo(
    smiling: Portrait, blurred: Portrait, face_models: FaceModels
) -> None:
    for asked in ({25: 0.0, 26: 0.0, 12: 0.0}, {25: 0.9, 26: 0.9}):
        found = soften(blurred, face_models, asked)
        assert found is not None
        assert found.blur == pytest.approx(DEVIATION, rel=0.25)
        assert found.share.max() > 0.8
    assert soften(blurred, face_models, {1: 1.0, 2: 1.0, 45: 1.0}) is None
    sharp = soften(smiling, face_models, {25: 0.9, 26: 0.9})
    assert sharp is None or sharp.blur < 1


def test_a_layer_blurs_a_frame_where_it_says_so(
    smiling: Portrait, blurred: Portrait, face_models: FaceModels
) -> None:
    found = soften(blurred, face_models, {25: 0.9, 26: 0.9})
    assert found is not None
    share = np.zeros_like(found.share)
    height, width = share.shape
    share[height // 2 - 8 : height // 2 + 8, width // 2 - 8 : width // 2 + 8] = 1
    frame = smiling.photo.copy()
    middle = found.to_grid.inverse().apply(np.array([[width / 2, height / 2]]))[0]
    x, y = np.rint(middle).astype(int)
    frame[y:] //= 2
    before = frame.copy()
    compose_layer(before, frame, Layer(warp=None, softened=(replace(found, share=share),)))
    assert (frame != before).any()
    wholly = cv2.GaussianBlur(before, (0, 0), found.blur)
    assert np.abs(frame[y, x].astype(int) - wholly[y, x]).max() <= 2
    assert np.array_equal(frame[: y - 12], before[: y - 12])


def test_lips_of_a_smile_that_are_drawn_together_show_no_streaks(
    blurred: Portrait, face_models: FaceModels
) -> None:
    aus = changed(blurred.aus, {25: 0.0, 26: 0.0, 12: 0.0})
    animator = open_animator(blurred, load_generator(find_model(DEFAULT_MODEL)), face_models)
    frame = draw_frame(animator, next(animator.layers([aus], animator.calibrate([aus]))))
    corners = blurred.face.landmarks[[61, 291], :2]
    x, y = np.rint(corners.mean(axis=0)).astype(int)
    half = int(np.linalg.norm(corners[1] - corners[0]) / 3)

    def measure_streaks(picture: Photo) -> float:
        part = picture[y - 4 : y + half // 2, x - half : x + half].astype(np.float32).mean(axis=2)
        return float(np.abs(np.diff(part, n=2, axis=1)).mean())

    assert measure_streaks(frame) < 1.65 * measure_streaks(blurred.photo)


OPENED = {5: 1.0, 7: 0.0, 6: 0.0}


def test_eyes_that_open_are_softened_in_photos_that_are_very_blurred(
    smiling: Portrait, blurred: Portrait, face_models: FaceModels
) -> None:
    face, aus = prepare_face(blurred, face_models, GRID), changed(blurred.aus, OPENED)
    found = plan_frame(face, aus, aus, STILL).softened
    assert len(found) == 2
    for one in found:
        assert one.blur == pytest.approx(DEVIATION, rel=0.25)
        assert one.share.max() > 0.8
    assert soften(blurred, face_models, {45: 1.0}) is None
    # Irises of a sharp photo would be blurred twice.
    assert soften(smiling, face_models, OPENED) is None


def test_the_paint_of_an_eye_that_opens_is_no_sharper_than_the_photo(
    blurred: Portrait, face_models: FaceModels
) -> None:
    aus = changed(blurred.aus, OPENED)
    generator = load_generator(find_model(DEFAULT_MODEL))
    animator = open_animator(blurred, generator, face_models)
    frame = draw_frame(animator, next(animator.layers([aus], animator.calibrate([aus]))))
    eyes = blurred.face.landmarks[[33, 133, 263, 362], :2]
    left, top = np.rint(eyes.min(axis=0) - 6).astype(int)
    right, bottom = np.rint(eyes.max(axis=0) + 6).astype(int)

    def measure_steepest(picture: Photo) -> float:
        part = picture[top:bottom, left:right].astype(np.float32).mean(axis=2)
        return float(np.abs(np.diff(part, axis=0)).max())

    assert measure_steepest(frame) < 1.5 * measure_steepest(blurred.photo)
