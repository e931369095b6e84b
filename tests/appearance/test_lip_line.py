"""The line between lips that shut, and their shade on teeth that are nearly covered."""

from __future__ import annotations

import numpy as np
import pytest
from values import changed

from ganimate.action_units import ROW_OF
from ganimate.appearance.lip_line import cover_lips, draw_lip_line
from ganimate.appearance.settings import LIP_LINE
from ganimate.arrays import Map, Points
from ganimate.face.alignment import fit_crop
from ganimate.face.landmarks import LIPS, N_MESH, measure_width
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait
from ganimate.warp.displacement import move_landmarks

GRID = 320  # px of the crops below
SHUT = {10: 0.0, 12: 0.0, 25: 0.0, 26: 0.0}


def move(portrait: Portrait, models: FaceModels, asked: dict[int, float]) -> tuple[Points, Points]:
    """Landmarks on a crop, as they are and as the lips move to these units."""
    to_crop = fit_crop(portrait.face.landmarks, GRID)
    there = move_landmarks(
        models.prior, portrait.face.landmarks, portrait.pose, portrait.aus,
        changed(portrait.aus, asked),
    )  # fmt: skip
    return to_crop.apply(portrait.face.landmarks[:N_MESH]), to_crop.apply(there[:N_MESH])


def draw(portrait: Portrait, models: FaceModels, asked: dict[int, float]) -> tuple[Map, Points]:
    """The line as the lips move to these units, and where the landmarks are then."""
    before, after = move(portrait, models, asked)
    return draw_lip_line(before, after, (GRID, GRID)), after


def test_lips_that_meet_have_a_line(smiling: Portrait, face_models: FaceModels) -> None:
    line, points = draw(smiling, face_models, SHUT)
    x, y = np.rint(points[LIPS.upper[0][4]]).astype(int)
    profile = line[y - 12 : y + 13, x]
    assert 0.3 < profile.max() < 0.6
    assert abs(int(profile.argmax()) - 12) <= 2  # px, from where they meet
    assert (profile > profile.max() / 2).sum() < 0.03 * GRID
    assert line[:, : int(points[:, 0].min())].max() == 0


def test_teeth_that_are_nearly_covered_are_in_shade(
    smiling: Portrait, face_models: FaceModels
) -> None:
    parted = float(smiling.aus[ROW_OF[25]].mean())
    shade, points = draw(smiling, face_models, {12: 0.3, 25: 0.25 * parted, 26: 0.0})
    upper, lower = points[LIPS.upper[0]], points[LIPS.lower[0]]
    x, y = np.rint((upper[4] + lower[4]) / 2).astype(int)
    gap = float(np.linalg.norm(upper[4] - lower[4])) / measure_width(points)
    assert 0.01 < gap < 0.04
    was = fit_crop(smiling.face.landmarks, GRID).apply(smiling.face.landmarks[:N_MESH])
    before = float(np.linalg.norm(was[LIPS.upper[0][4]] - was[LIPS.lower[0][4]]))
    before /= measure_width(was)
    lit_now, lit_then = (np.interp(one, LIP_LINE.gaps, LIP_LINE.lit) for one in (gap, before))
    assert 0.2 < 1 - lit_now / lit_then < 0.5
    assert shade[y, x] == pytest.approx(1 - lit_now / lit_then, abs=0.06)
    outside = np.rint(points[LIPS.lower[-1][4]]).astype(int)
    assert shade[outside[1], outside[0]] < 0.02
    corner = np.rint(upper[1]).astype(int)  # they meet first there
    assert shade[corner[1], corner[0]] > 0.1


def test_the_line_comes_as_they_approach(smiling: Portrait, face_models: FaceModels) -> None:
    parted = float(smiling.aus[ROW_OF[25]].mean())
    darkness = [
        float(draw(smiling, face_models, {25: share * parted})[0].max())
        for share in (1.0, 0.3, 0.15, 0.0)
    ]
    assert darkness[0] < 1e-3  # both sides as their mean is nearly nothing
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


def test_lips_are_covered_where_they_are_and_where_they_were(
    smiling: Portrait, face_models: FaceModels
) -> None:
    before, after = move(smiling, face_models, SHUT)
    covered = cover_lips(before, after, (GRID, GRID))
    for points in (before, after):
        middle = points[[*LIPS.corners, *LIPS.upper[-1], *LIPS.lower[-1]], :2].mean(axis=0)
        for rim in (*LIPS.corners, *LIPS.upper[-1], *LIPS.lower[-1]):
            x, y = np.rint(points[rim, :2] + 0.1 * (middle - points[rim, :2])).astype(int)
            assert covered[y, x] == 1
    nose = np.rint(before[4, :2]).astype(int)
    assert covered[nose[1], nose[0]] == 0
    assert 0.01 < covered.mean() < 0.15
