"""Lashes that are taken off lids that shut."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from values import changed

from ganimate.appearance.colour_line import LUMINANCE
from ganimate.appearance.lid_lashes import LID_LASHES, clear_lashes, find_lid_lashes
from ganimate.arrays import Photo
from ganimate.face.landmarks import BROW_OUTLINES, LIDS_OF_SIDE, measure_width
from ganimate.face_models import FaceModels
from ganimate.networks.generators import AnyGenerator, load_generator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.kinds import open_animator
from ganimate.weights import DEFAULT_MODEL, find_model


def stick_lashes(portrait: Portrait, length: float = 0.035) -> tuple[Photo, Photo]:
    """A photo with lashes drawn before its lids, so many widths of the face long; their mask."""
    landmarks = portrait.face.landmarks[:, :2]
    width = measure_width(landmarks)
    drawn, mask = portrait.photo.copy(), np.zeros(portrait.photo.shape[:2], np.uint8)
    for lids in LIDS_OF_SIDE:
        for foot in landmarks[lids.upper[0]]:
            start, end = (8 * np.array([foot, foot - (0, length * width)])).astype(int)
            for picture, colour in ((drawn, (20, 15, 10)), (mask, (255,))):
                cv2.line(picture, start.tolist(), end.tolist(), colour, 1, cv2.LINE_AA, 3)
    return drawn, mask


def test_lashes_give_way_to_skin_as_the_lid_shuts(smiling: Portrait) -> None:
    photo, mask = stick_lashes(smiling)
    lashed = mask > 200
    lid = cv2.dilate(mask, np.ones((3, 5))) > 0
    skin = np.median(photo[lid & (mask == 0)] @ LUMINANCE)
    left = []
    for shut in (0.25, 0.5, 1.0):
        result = photo.astype(np.float32)
        for lashes in find_lid_lashes(photo, smiling.face.landmarks):
            retouch = clear_lashes(lashes, changed(np.zeros((17, 2), np.float32), {45: shut}))
            assert retouch is not None
            size = photo.shape[1], photo.shape[0]
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            result += cv2.warpAffine(retouch.added, retouch.to_grid.matrix, size, flags=flags)
        left.append(float(skin - (result[lashed] @ LUMINANCE).mean()))
    before = float(skin - (photo[lashed] @ LUMINANCE).mean())
    assert before > 40  # levels of 255: they are dark
    assert 0.3 * before < left[0] < 0.8 * before
    assert left[1] < 0.3 * before
    assert left[2] == pytest.approx(left[1])


def test_lids_that_do_not_shut_keep_them(smiling: Portrait) -> None:
    photo, _ = stick_lashes(smiling)
    still = np.zeros((17, 2), np.float32)
    right, left = find_lid_lashes(photo, smiling.face.landmarks)
    assert clear_lashes(right, still) is None
    assert clear_lashes(right, changed(still, {45: -1.0})) is None
    wink = still.copy()
    wink[16, 0] = 1.0
    assert clear_lashes(right, wink) is not None
    assert clear_lashes(left, wink) is None


def test_nothing_but_what_is_darker_than_skin_changes(smiling: Portrait) -> None:
    for lashes in find_lid_lashes(smiling.photo, smiling.face.landmarks):
        assert (lashes.cleared.added @ LUMINANCE >= 0).all()
        assert lashes.cleared.added.any()


def test_hairs_of_a_brow_are_no_lashes_and_no_skin(smiling: Portrait) -> None:
    landmarks = smiling.face.landmarks[:, :2].copy()
    width = measure_width(landmarks)
    # Brows that hang low: the band in which lashes are looked for reaches into them.
    landmarks[BROW_OUTLINES.ravel()] += (0, 0.03 * width)
    photo, hairs = smiling.photo.copy(), np.zeros(smiling.photo.shape[:2], np.uint8)
    for outline in BROW_OUTLINES:
        cv2.fillPoly(hairs, [np.rint(landmarks[outline]).astype(np.int32)], (255,))
    photo[hairs > 0] = (20, 15, 10)
    for lashes, lids in zip(find_lid_lashes(photo, landmarks), LIDS_OF_SIDE, strict=True):
        added, to_grid = lashes.cleared.added, lashes.cleared.to_grid
        size = photo.shape[1], photo.shape[0]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        on_photo = cv2.warpAffine(added, to_grid.matrix, size, flags=flags)
        assert on_photo[cv2.erode(hairs, np.ones((3, 3))) > 0].max() < 3
        edge = np.rint(landmarks[lids.upper[0, 1:-1]]).astype(int)
        cleared = (photo + on_photo)[edge[:, 1] - 2, edge[:, 0]] @ LUMINANCE
        assert cleared.min() > 60  # of 255: the brow has 15


def test_long_lashes_go_beyond_the_band_of_others(smiling: Portrait) -> None:
    photo, mask = stick_lashes(smiling, 0.075)
    landmarks = smiling.face.landmarks[:, :2].copy()
    landmarks[BROW_OUTLINES.ravel()] -= (0, 0.05 * measure_width(landmarks))  # no hairs of theirs
    short = replace(LID_LASHES, longest=LID_LASHES.reach)
    left = []
    for settings in (short, LID_LASHES):
        result = photo.astype(np.float32)
        for lashes in find_lid_lashes(photo, landmarks, settings):
            size = photo.shape[1], photo.shape[0]
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            cleared = lashes.cleared
            result += cv2.warpAffine(cleared.added, cleared.to_grid.matrix, size, flags=flags)
        left.append(float((smiling.photo @ LUMINANCE - result @ LUMINANCE)[mask > 200].mean()))
    assert left[1] < 0.7 * left[0]


def test_a_shut_eye_shows_no_streaks(smiling: Portrait, face_models: FaceModels) -> None:
    generator: AnyGenerator = load_generator(find_model(DEFAULT_MODEL))
    photo, _ = stick_lashes(smiling)
    portrait = replace(smiling, photo=photo)
    animator = open_animator(portrait, generator, face_models)
    blink = changed(portrait.aus, {45: 1.0})
    layer = next(animator.layers([blink]))
    assert len(layer.retouches) == 2
    with_them = draw_frame(animator, replace(layer, retouches=()))
    points = animator.move(blink, np.zeros(3, np.float32))
    width = measure_width(points)
    for lids in LIDS_OF_SIDE:
        x, y = points[lids.upper[0]].mean(axis=0)
        lid = (
            slice(round(y - 0.07 * width), round(y - 0.02 * width)),
            slice(round(x - 0.06 * width), round(x + 0.06 * width)),
        )
        streaky, clear = (
            np.abs(np.diff(frame[lid].astype(np.float32) @ LUMINANCE, axis=1)).mean()
            for frame in (with_them, draw_frame(animator, layer))
        )
        assert clear < 0.6 * streaky


def test_large_photos_are_searched_on_a_coarser_grid(smiling: Portrait) -> None:
    photo, landmarks = smiling.photo, smiling.face.landmarks
    fine, _ = find_lid_lashes(photo, landmarks)
    coarse, _ = find_lid_lashes(photo, landmarks, replace(LID_LASHES, finest=60))
    assert fine.cleared.to_grid.scale == pytest.approx(1, abs=0.02)
    assert coarse.cleared.to_grid.scale < 0.6
    assert max(coarse.cleared.added.shape) < 0.7 * max(fine.cleared.added.shape)
