"""Lids and lips that shut: streaks go, folds and all the rest stay."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from values import changed

from ganimate.action_units import ROW_OF
from ganimate.appearance.colour_line import LUMINANCE
from ganimate.face.landmarks import BROW_OUTLINES, LIDS_OF_SIDE, LIPS
from ganimate.face_models import FaceModels
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import Animator, draw_frame
from ganimate.rendering.drawn_out_skin import take_skin_below
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.layer import Layer, Patch
from ganimate.warp.unknown import mask_opening
from ganimate.weights import DEFAULT_MODEL, find_model


@pytest.fixture(scope="module")
def animator(smiling: Portrait, face_models: FaceModels) -> Animator:
    """Of a noisy photo: each pixel of its lids becomes a streak."""
    noise = np.random.default_rng(0).normal(0, 12, (*smiling.photo.shape[:2], 1))
    noisy = np.clip(smiling.photo + noise, 0, 255).astype(np.uint8)
    portrait = replace(smiling, photo=noisy)
    return open_animator(portrait, load_generator(find_model(DEFAULT_MODEL)), face_models)


def blink(animator: Animator, shut: float) -> Layer:
    return next(animator.layers([changed(animator.portrait.aus, {45: shut})]))


def shut_mouth(animator: Animator, smile: float, parted: float) -> Layer:
    asked = {6: smile, 10: 0.0, 12: smile, 25: parted, 26: 0.0}
    return next(animator.layers([changed(animator.portrait.aus, asked)]))


def smoothed_in(layer: Layer) -> tuple[Patch, ...]:
    """What is added to lids or lips: all else that is laid takes the place of something."""
    return tuple(one for one in layer.laid if not one.paint[:, :, 3].any())


def test_streaks_go_and_folds_stay(animator: Animator) -> None:
    layer = blink(animator, 1.0)
    lids = smoothed_in(layer)
    assert len(lids) == 2
    others = tuple(one for one in layer.laid if one not in lids)
    smooth = draw_frame(animator, layer).astype(float).mean(axis=2)
    streaky = draw_frame(animator, replace(layer, laid=others)).astype(float).mean(axis=2)
    landmarks = animator.portrait.face.landmarks
    for eye in LIDS_OF_SIDE:
        around = landmarks[[*eye.corners, *eye.upper.ravel()], :2]
        (left, top), (right, bottom) = (
            around.min(axis=0).astype(int),
            around.max(axis=0).astype(int),
        )
        lid = (slice(top, bottom), slice(left, right))
        changed_here = (smooth != streaky)[lid]
        assert changed_here.any()
        rough, even = (
            np.abs(np.diff(picture[lid], axis=1))[changed_here[:, 1:]].mean()
            for picture in (streaky, smooth)
        )
        assert even < 0.88 * rough
        rows = changed_here.sum(axis=1) > 4
        down, down_before = (
            np.where(changed_here, picture[lid], 0).sum(axis=1)[rows]
            / changed_here.sum(axis=1)[rows]
            for picture in (smooth, streaky)
        )
        assert np.abs(down - down_before).max() < 6  # grey levels
    y, _ = np.nonzero(smooth != streaky)
    assert y.max() < landmarks[1, 1]  # above the tip of the nose
    assert y.min() > landmarks[10, 1]


def test_open_eyes_are_left_alone(animator: Animator) -> None:
    assert not smoothed_in(blink(animator, float(animator.portrait.aus[16].mean())))
    wide = next(animator.layers([changed(animator.portrait.aus, {5: 1.0})]))
    assert not smoothed_in(wide)


def test_lids_are_smoothed_below_brows_that_rise(animator: Animator) -> None:
    up = {1: 1.0, 2: 1.0, 4: 0.0, 5: 0.3}
    slightly = {1: 0.1, 2: 0.1, 4: float(animator.portrait.aus[ROW_OF[4]].mean())}
    layers = [next(animator.layers([changed(animator.portrait.aus, to)])) for to in (slightly, up)]
    few, lids = (smoothed_in(layer) for layer in layers)
    assert len(lids) == 2
    assert not few or np.abs(few[0].paint).max() < np.abs(lids[0].paint).max() / 4


def test_smoothing_comes_as_lids_shut(animator: Animator) -> None:
    amounts = [
        sum(float(np.abs(one.paint).sum()) for one in smoothed_in(blink(animator, shut)))
        for shut in (0.3, 0.5, 0.7, 1.0)
    ]
    assert amounts[0] < amounts[1] < amounts[2]
    assert amounts[3] > 0.8 * amounts[2]  # lids that are nearly shut are all but drawn out


def test_lips_of_a_smile_that_goes_have_no_streaks(animator: Animator) -> None:
    layer = shut_mouth(animator, 0.0, 0.0)
    (lips,) = smoothed_in(layer)
    others = tuple(one for one in layer.laid if one is not lips)
    smooth = draw_frame(animator, layer).astype(float).mean(axis=2)
    streaky = draw_frame(animator, replace(layer, laid=others)).astype(float).mean(axis=2)
    touched = np.abs(smooth - streaky) > 2
    rough, even = (
        np.abs(np.diff(picture, axis=1))[touched[:, 1:]].mean() for picture in (streaky, smooth)
    )
    assert even < 0.8 * rough
    assert abs(smooth[touched].mean() - streaky[touched].mean()) < 3  # grey levels
    y, x = np.nonzero(touched)
    mouth = animator.portrait.face.landmarks[[*LIPS.corners, *LIPS.upper[-1], *LIPS.lower[-1]], :2]
    (left, top), (right, bottom) = mouth.min(axis=0), mouth.max(axis=0)
    reach = 0.25 * (right - left)
    assert left - reach < x.min() < x.max() < right + reach
    assert top - reach < y.min() < y.max() < bottom + reach


def test_lips_meet_as_softly_as_a_photo_is_blurred(
    smiling: Portrait, face_models: FaceModels
) -> None:
    """A dark lower lip comes up to a light upper one."""
    deviation = 3.0
    y = np.arange(len(smiling.photo))[:, None, None]
    between = smiling.face.landmarks[[13, 14], 1].mean()
    halved = smiling.photo * np.where(y > between, 0.5, 1.0)
    blurred = np.asarray(cv2.GaussianBlur(halved, (0, 0), deviation), np.float32)
    portrait = replace(smiling, photo=np.rint(blurred).astype(np.uint8))
    generator = load_generator(find_model(DEFAULT_MODEL))
    animator = open_animator(portrait, generator, face_models)
    shut = changed(portrait.aus, {6: 0.0, 10: 0.0, 12: 0.0, 25: 0.0, 26: 0.0})
    frame = draw_frame(animator, next(animator.layers([shut]))).astype(float) @ LUMINANCE
    x, y_of_seam = animator.move(shut, np.zeros(3, np.float32))[[13, 14], :2].mean(axis=0)
    column = frame[int(y_of_seam) - 12 : int(y_of_seam) + 12, int(x) - 4 : int(x) + 5]
    steepest = np.abs(np.diff(column, axis=0)).max()
    # A step of a height, blurred by s, is nowhere steeper than that height / (s sqrt(2 pi)); the
    # line between the lips adds to it. Not softened, it is four times as steep.
    assert steepest < 1.5 * np.ptp(column) / (deviation * np.sqrt(2 * np.pi))


def test_lips_that_stay_apart_are_left_alone(animator: Animator) -> None:
    shown = animator.portrait.aus[[ROW_OF[12], ROW_OF[25]]].mean(axis=1)
    assert not smoothed_in(shut_mouth(animator, float(shown[0]), float(shown[1]) + 0.2))


def test_a_lid_below_a_dark_hollow_shuts_as_skin(
    smiling: Portrait, face_models: FaceModels
) -> None:
    landmarks = smiling.face.landmarks[:, :2]
    hollow = smiling.photo.copy()
    for lids, brow in zip(LIDS_OF_SIDE, BROW_OUTLINES, strict=True):
        # With the brow and beyond the corners, so that no skin beside it can be filled in.
        rim = landmarks[[*lids.corners, *lids.upper[0], *brow]]
        rim = rim.mean(axis=0) + (1.5, 1.0) * (rim - rim.mean(axis=0))
        above = np.zeros(hollow.shape[:2], np.uint8)
        cv2.fillPoly(above, [cv2.convexHull(rim.astype(np.int32))], (1,))
        eye = landmarks[[lids.corners[0], *lids.upper[0], lids.corners[1]]]
        cv2.fillPoly(
            above, [np.concatenate([eye, eye[::-1] + np.array([0, 20])]).astype(np.int32)], (0,)
        )
        hollow[above > 0] = (12, 8, 6)
    portrait = replace(smiling, photo=hollow)
    dark = open_animator(portrait, load_generator(find_model(DEFAULT_MODEL)), face_models)
    asked = changed(portrait.aus, {45: 1.0})
    layer = next(dark.layers([asked]))
    frame = draw_frame(dark, layer)
    bare = draw_frame(dark, replace(layer, laid=()))
    moved = dark.move(asked, np.zeros(3, np.float32))
    for lids in LIDS_OF_SIDE:
        skin = take_skin_below(hollow, landmarks, lids) @ LUMINANCE
        x, y = np.rint(moved[lids.upper[0, 2:5], :2]).astype(int).T
        lid, was = (one[y - 2, x].mean(axis=0) @ LUMINANCE for one in (frame, bare))
        assert was < 0.5 * skin
        assert lid > max(0.45 * skin, 1.4 * was)


def test_what_is_left_of_an_eye_that_narrows_is_not_smoothed(animator: Animator) -> None:
    asked = changed(animator.portrait.aus, {6: 1.0, 7: 1.0, 12: 1.0})
    lids = smoothed_in(next(animator.layers([asked])))
    moved = animator.move(asked, np.zeros(3, np.float32))
    assert len(lids) == 2
    for eye, patch in zip(LIDS_OF_SIDE, lids, strict=True):
        on_patch = patch.to_window.apply(moved[:, :2])
        inside = mask_opening(on_patch, eye, patch.paint.shape[:2])
        inside = cv2.erode(inside.astype(np.uint8), np.ones((3, 3))) > 0
        assert inside.any()
        assert np.abs(patch.paint[inside]).mean() < 1  # level of 255
