"""Edges of lips are as soft as a photo is blurred, where they move."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from values import changed

from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait
from ganimate.rendering.compositor import compose_layer
from ganimate.rendering.frame import STILL, plan_frame, prepare_face
from ganimate.rendering.layer import Layer, Softening
from ganimate.warp.field import GRID

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
