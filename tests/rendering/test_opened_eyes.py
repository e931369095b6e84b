"""Eyes that open from a squint, or after they were shut."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from ganimate.action_units import ROW_OF
from ganimate.arrays import AUVector, Floats, Photo
from ganimate.face.landmarks import IRISES, LIDS_OF_SIDE
from ganimate.face_models import FaceModels
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.warp_animator import WarpAnimator
from ganimate.warp.unknown import mask_opening
from ganimate.weights import DEFAULT_MODEL, find_model

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def animator(smiling: Portrait, face_models: FaceModels) -> WarpAnimator:
    return WarpAnimator(smiling, load_generator(find_model(DEFAULT_MODEL)), face_models, CPU)


@pytest.fixture(scope="module")
def shut(animator: WarpAnimator) -> Portrait:
    """The same face with its eyes shut, measured again."""
    frame = draw_frame(animator, next(animator.layers([close(animator.portrait, 1.0)])))
    return find_portraits(frame, animator.models)[0]


def close(portrait: Portrait, amount: float) -> AUVector:
    aus = portrait.aus.copy()
    aus[ROW_OF[45]] = amount
    return aus


def animate(animator: WarpAnimator, portrait: Portrait) -> WarpAnimator:
    return WarpAnimator(portrait, animator.generator, animator.models, animator.device)


def open_eyes(animator: WarpAnimator) -> Photo:
    return draw_frame(animator, next(animator.layers([close(animator.portrait, 0.0)])))


def measure_whites(picture: Photo, portrait: Portrait) -> Floats:
    """(2,) L* of the whites of both eyes of a picture, at the landmarks of a portrait."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    points = np.asarray(portrait.face.landmarks[:468, :2], np.float32)
    eyes = (mask_opening(points, lids, picture.shape[:2]) for lids in LIDS_OF_SIDE)
    return np.array([np.percentile(lab[eye][:, 0], 90) for eye in eyes])


def hide(animator: WarpAnimator, portrait: Portrait, hidden: float) -> WarpAnimator:
    """The face as if its photo hid its eyes, or did not."""
    other = animate(animator, portrait)
    eyes = tuple(replace(one, hidden=hidden) for one in other.face.eyeballs)
    other.face = replace(other.face, eyeballs=eyes)
    return other


def test_eyes_shut_and_opened_again_have_whites_like_before(
    animator: WarpAnimator, shut: Portrait, smiling: Portrait
) -> None:
    again = animate(animator, shut)
    assert all(one.hidden > 0.9 for one in again.face.eyeballs)
    real = measure_whites(smiling.photo, smiling)
    opened = open_eyes(again)
    assert np.abs(measure_whites(opened, smiling) - real).max() < 12
    assert not np.array_equal(opened, open_eyes(hide(animator, shut, 0.0)))


def test_irises_lie_where_they_were_and_are_dark(
    animator: WarpAnimator, shut: Portrait, smiling: Portrait
) -> None:
    opened = open_eyes(animate(animator, shut))
    lab = cv2.cvtColor(opened.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    for iris, white in zip(IRISES, measure_whites(opened, smiling), strict=True):
        x, y = np.rint(smiling.face.landmarks[iris[0], :2]).astype(int)
        assert np.median(lab[y - 1 : y + 2, x - 1 : x + 2, 0]) < white - 25


def test_eyes_that_the_photo_shows_are_not_drawn(animator: WarpAnimator) -> None:
    wide = animator.portrait.aus.copy()
    wide[ROW_OF[5]] = 1.0
    hidden = hide(animator, animator.portrait, 0.0)
    frames = [draw_frame(one, next(one.layers([wide]))) for one in (animator, hidden)]
    assert np.array_equal(*frames)


def test_a_face_that_keeps_its_eyes_shut_stays_as_it_is(
    animator: WarpAnimator, shut: Portrait
) -> None:
    again = animate(animator, shut)
    assert np.array_equal(draw_frame(again, next(again.layers([shut.aus]))), shut.photo)


def test_drawn_eyes_of_a_grey_photo_are_grey(animator: WarpAnimator, shut: Portrait) -> None:
    grey = np.repeat(cv2.cvtColor(shut.photo, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    opened = open_eyes(animate(animator, replace(shut, photo=grey)))
    assert not np.array_equal(opened, grey)
    assert np.ptp(opened.astype(int), axis=2).max() == 0
