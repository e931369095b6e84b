"""Lashes of lids that shut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from values import changed

from ganimate.action_units import ROW_OF
from ganimate.appearance.lash_darkness import LASH_DARKNESS, measure_lash_darkness
from ganimate.appearance.lashes import draw_lashes
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import LIDS_OF_SIDE, N_MESH
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait
from ganimate.warp.displacement import move_landmarks
from ganimate.warp.prior import MotionPrior

GRID = 160  # px of the crops below


@pytest.fixture(params=["smiling", "serious"])
def portrait(request: pytest.FixtureRequest) -> Portrait:
    chosen: Portrait = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def prior(face_models: FaceModels) -> MotionPrior:
    return face_models.prior


def test_a_lid_that_shuts_shows_its_lashes(prior: MotionPrior, portrait: Portrait) -> None:
    to_crop = fit_crop(portrait.face.landmarks, GRID)
    before = to_crop.apply(portrait.face.landmarks[:N_MESH])
    darkness = []
    for shut in (0.0, 0.5, 1.0):
        target = changed(portrait.aus, {45: max(shut, float(portrait.aus[ROW_OF[45]].max()))})
        there = move_landmarks(prior, portrait.face.landmarks, portrait.pose, portrait.aus, target)
        after = to_crop.apply(there)
        lines = [draw_lashes(before, after, lids, (GRID, GRID), 0.65) for lids in LIDS_OF_SIDE]
        darkness.append(float(np.max(lines)))
    line = lines[0]
    y, x = np.unravel_index(line.argmax(), line.shape)
    edge = after[[*LIDS_OF_SIDE[0].corners, *LIDS_OF_SIDE[0].upper[0]], :2]
    assert np.linalg.norm(edge - (x, y), axis=1).min() < 4  # px, of the lid's edge
    assert darkness[0] < 0.1
    assert darkness[0] <= darkness[1] <= darkness[2] <= 1
    assert darkness[2] > 0.3


def test_no_lashes_grow_at_the_inner_corner(prior: MotionPrior, portrait: Portrait) -> None:
    to_crop = fit_crop(portrait.face.landmarks, GRID)
    before = to_crop.apply(portrait.face.landmarks[:N_MESH])
    target = changed(portrait.aus, {45: 1.0})
    there = move_landmarks(prior, portrait.face.landmarks, portrait.pose, portrait.aus, target)
    after = to_crop.apply(there)
    for lids in LIDS_OF_SIDE:
        line = draw_lashes(before, after, lids, (GRID, GRID), 0.65)
        at = [
            line[tuple(np.round(after[corner, ::-1]).astype(int))]
            for corner in (lids.upper[0][len(lids.upper[0]) // 2], lids.corners[1])
        ]
        assert at[1] < 0.4 * at[0]


def test_lashes_are_as_dark_as_the_photo_s(serious: Portrait) -> None:
    to_crop = fit_crop(serious.face.landmarks, 320)
    crop = sample_crop(serious.photo, to_crop, 320)
    points = to_crop.apply(serious.face.landmarks[:N_MESH])
    skin = cv2.GaussianBlur(crop, (0, 0), 25)

    def measure(share: float) -> float:
        """Of lids on which a line of its own takes a share of the light."""
        drawn = skin.copy()
        for lids in LIDS_OF_SIDE:
            edge = np.rint(8 * points[lids.upper[0], :2]).astype(np.int32)
            line = np.zeros(crop.shape[:2], np.uint8)
            cv2.polylines(line, [edge], False, 255, 5, cv2.LINE_AA, 3)
            taken = share * line[:, :, None] / 255
            drawn = np.rint((1 - taken) * drawn).astype(np.uint8)
        return measure_lash_darkness(drawn, points)

    assert measure(0.5) == pytest.approx(0.5, abs=0.1)
    assert measure(0.6) > measure(0.45)
    assert measure(0.0) == LASH_DARKNESS.least
    assert measure(1.0) == LASH_DARKNESS.most
