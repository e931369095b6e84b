"""Eyes that open on photos finer than the generator's crop: their paint ends at the lids."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from values import changed

from ganimate.arrays import Photo
from ganimate.face.landmarks import LIDS_OF_SIDE
from ganimate.face_models import FaceModels
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import Animator, draw_frame
from ganimate.rendering.compositor import sample_grid
from ganimate.rendering.kinds import open_animator
from ganimate.weights import DEFAULT_MODEL, find_model

TIMES = 6


@pytest.fixture(scope="module")
def large(serious: Portrait, face_models: FaceModels) -> Animator:
    """Of a photo some four times as fine as the crop."""
    photo = cv2.resize(serious.photo, None, fx=TIMES, fy=TIMES, interpolation=cv2.INTER_CUBIC)
    (portrait,) = find_portraits(np.asarray(photo, np.uint8), face_models)
    return open_animator(portrait, load_generator(find_model(DEFAULT_MODEL)), face_models)


def test_paint_of_an_eye_ends_at_its_lids(large: Animator) -> None:
    target = changed(large.portrait.aus, {5: 1.0, 7: 0.0, 45: 0.0})
    drive = changed(target, {7: -0.3, 45: -0.1})  # as far as a calibrated surprise
    layer = next(large.layers([target], [drive]))
    photo = large.portrait.photo
    size = (photo.shape[1], photo.shape[0])
    points = large.move(drive, np.zeros(3, np.float32))
    for lids in LIDS_OF_SIDE:
        edge = points[[lids.corners[0], *lids.upper[0], lids.corners[1], *lids.lower[0][::-1]]]
        mask = np.zeros(photo.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.rint(edge).astype(np.int32)], (1,))
        before = np.zeros(photo.shape[:2], np.uint8)
        still = large.portrait.face.landmarks[:, :2]
        outline = still[[lids.corners[0], *lids.upper[0], lids.corners[1], *lids.lower[0][::-1]]]
        cv2.fillPoly(before, [np.rint(outline).astype(np.int32)], (1,))
        dropped = np.max(
            [sample_grid(one.paint[:, :, 3], one.to_window, size) for one in layer.patches], axis=0
        )
        kernel = np.ones((2 * TIMES + 1,) * 2, np.uint8)
        rim = (mask > 0) & (cv2.erode(mask, kernel) == 0) & (cv2.dilate(before, kernel) == 0)
        assert rim.sum() > 50  # what the lids uncover, right beside them
        assert np.median(dropped[rim]) > 0.5  # .16 where paint fades with the crop's pixels
        beyond = (cv2.dilate(mask, kernel, iterations=2) > 0) & (cv2.dilate(mask, kernel) == 0)
        assert dropped[beyond].max() < 0.02


def test_a_large_photo_looks_as_the_small_one(serious: Portrait, large: Animator) -> None:
    """Enlarging after or before: the same eyes but for their sharp edges."""
    small = open_animator(serious, large.generator, large.models)

    def draw(animator: Animator) -> Photo:
        target = changed(serious.aus, {5: 1.0, 7: 0.0, 45: 0.0})
        source = replace(animator.portrait, aus=serious.aus)
        again = open_animator(source, animator.generator, animator.models)
        return draw_frame(again, next(again.layers([target])))

    frame = draw(small)
    reduced = cv2.resize(draw(large), frame.shape[1::-1], interpolation=cv2.INTER_AREA)
    edge = serious.face.landmarks[[*LIDS_OF_SIDE[0].corners, *LIDS_OF_SIDE[0].upper[0]], :2]
    (left, top), (right, bottom) = edge.min(axis=0).astype(int), edge.max(axis=0).astype(int)
    here = (slice(top - 4, bottom + 8), slice(left, right))
    assert np.abs(reduced[here].astype(float) - frame[here]).mean() < 12  # of 255
