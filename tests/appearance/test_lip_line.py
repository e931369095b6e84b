"""The line between lips that shut."""

from __future__ import annotations

import numpy as np
from values import changed

from ganimate.action_units import ROW_OF
from ganimate.appearance.lip_line import draw_lip_line
from ganimate.arrays import Map, Points
from ganimate.face.alignment import fit_crop
from ganimate.face.landmarks import LIPS, N_MESH
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait
from ganimate.warp.displacement import move_landmarks

GRID = 320  # px of the crops below
SHUT = {10: 0.0, 12: 0.0, 25: 0.0, 26: 0.0}


def draw(portrait: Portrait, models: FaceModels, asked: dict[int, float]) -> tuple[Map, Points]:
    """The line as the lips move to these units, and where the landmarks are then."""
    to_crop = fit_crop(portrait.face.landmarks, GRID)
    there = move_landmarks(
        models.prior, portrait.face.landmarks, portrait.pose, portrait.aus,
        changed(portrait.aus, asked),
    )  # fmt: skip
    before, after = (to_crop.apply(points[:N_MESH]) for points in (portrait.face.landmarks, there))
    return draw_lip_line(before, after, (GRID, GRID)), after


def test_lips_that_meet_have_a_line(smiling: Portrait, face_models: FaceModels) -> None:
    line, points = draw(smiling, face_models, SHUT)
    x, y = np.rint(points[LIPS.upper[0][4]]).astype(int)
    profile = line[y - 12 : y + 13, x]
    assert 0.3 < profile.max() < 0.6
    assert abs(int(profile.argmax()) - 12) <= 2  # px, from where they meet
    assert (profile > profile.max() / 2).sum() < 0.03 * GRID
    assert line[:, : int(points[:, 0].min())].max() == 0


def test_the_line_comes_as_they_approach(smiling: Portrait, face_models: FaceModels) -> None:
    parted = float(smiling.aus[ROW_OF[25]].mean())
    darkness = [
        float(draw(smiling, face_models, {25: share * parted})[0].max())
        for share in (1.0, 0.3, 0.15, 0.0)
    ]
    assert darkness[0] == 0
    assert darkness == sorted(darkness)
    assert darkness[3] > 0.3


def test_lips_that_were_shut_keep_their_own(serious: Portrait, face_models: FaceModels) -> None:
    assert draw(serious, face_models, {**SHUT, 15: 0.6})[0].max() < 0.05


def test_lips_that_do_not_move_have_none(smiling: Portrait, face_models: FaceModels) -> None:
    to_crop = fit_crop(smiling.face.landmarks, GRID)
    parted = float(smiling.aus[ROW_OF[25]].mean())
    for share in (1.0, 0.5, 0.3, 0.15, 0.05, 0.0):
        resting = to_crop.apply(
            move_landmarks(
                face_models.prior, smiling.face.landmarks, smiling.pose, smiling.aus,
                changed(smiling.aus, {25: share * parted}),
            )[:N_MESH]
        )  # fmt: skip
        assert not draw_lip_line(resting, resting, (GRID, GRID)).any()
