"""How much light lips let in, on two real faces."""

from __future__ import annotations

import numpy as np
import pytest
from values import changed

from ganimate.appearance.light import compute_light, measure_colours
from ganimate.appearance.light_settings import MOUTH_LIGHT, PARTED_LIPS
from ganimate.appearance.parted_lips import (
    cast_shadow,
    cast_shadow_on_flesh,
    measure_depth,
    measure_let_in,
    measure_parting,
    part_lips,
)
from ganimate.arrays import Points
from ganimate.face.landmarks import N_MESH, measure_width
from ganimate.face_models import FaceModels
from ganimate.numerics import Affine2D
from ganimate.portrait import Portrait
from ganimate.warp.displacement import move_landmarks

DOWN = np.array([0.0, 1.0])
USUAL = PARTED_LIPS.lightness[1]


def move(portrait: Portrait, models: FaceModels, asked: dict[int, float]) -> Points:
    """Landmarks of a face that shows these action units."""
    there = changed(portrait.aus, asked)
    return move_landmarks(
        models.prior, portrait.face.landmarks, portrait.pose, portrait.aus, there
    )[:N_MESH]


def test_a_mouth_that_opens_lets_in_light(serious: Portrait, face_models: FaceModels) -> None:
    lighter = [
        measure_parting(move(serious, face_models, {12: 0.8, 25: parted}), USUAL)
        for parted in (0.2, 0.4, 0.6, 0.8)
    ]
    assert lighter == sorted(lighter)
    assert lighter[-1] > lighter[0] + 5


def test_lips_at_rest_shade_what_is_behind_them_dark_ones_most(
    serious: Portrait, face_models: FaceModels
) -> None:
    resting, smiling = (
        move(serious, face_models, {12: smile, 25: 0.7, 26: 0.2}) for smile in (0.0, 1.0)
    )
    dark, usual, pale = (
        measure_parting(smiling, lips) - measure_parting(resting, lips)
        for lips in PARTED_LIPS.lightness
    )
    assert dark > usual + 4 > 4
    assert usual > pale


def test_teeth_that_are_seen_keep_their_lightness(smiling: Portrait) -> None:
    landmarks = smiling.face.landmarks[:N_MESH]
    seen = measure_colours(smiling.photo, landmarks)
    assert seen.teeth is not None
    lips = float(seen.lips[0])
    assert seen.parting == pytest.approx(measure_parting(landmarks, lips))
    lit = measure_let_in(landmarks, lips) * compute_light(seen)
    own = np.float32(seen.teeth[0] / MOUTH_LIGHT.drawn_teeth[0])
    assert lit[1] == pytest.approx(own, abs=0.12)  # green is nearest to L*


def test_the_upper_lip_shades_what_is_right_below_it(
    serious: Portrait, face_models: FaceModels
) -> None:
    resting, laughing = (
        part_lips(move(serious, face_models, {12: smile, 20: smile / 2, 25: 0.8, 26: 0.4}))
        for smile in (0.0, 1.0)
    )
    assert resting.shadow > laughing.shadow + 0.2
    (left, top), (right, bottom) = resting.edge.min(axis=0), resting.edge.max(axis=0)
    x, y, width = int((left + right) / 2), int(top), measure_width(serious.face.landmarks)
    tall = int(0.2 * width)
    depth = measure_depth(resting, DOWN, width, (x, y), (int(bottom) - y + tall, 1))
    light = cast_shadow(resting, depth)
    assert light.min() == pytest.approx(1 - resting.shadow, abs=0.02)
    assert (np.diff(light[:, 0]) >= 0).all()
    assert light[-1, 0] > 0.97


def test_the_shadow_follows_a_head_into_any_picture(
    serious: Portrait, face_models: FaceModels
) -> None:
    lips = part_lips(move(serious, face_models, {25: 0.8, 26: 0.4}))
    width = measure_width(serious.face.landmarks)
    x, y = (lips.edge[4] + (0, 0.03 * width)).round().astype(int)
    upright = cast_shadow(lips, measure_depth(lips, DOWN, width, (x, y), (1, 1)))
    # A quarter turn, and twice as large: (x, y) comes to lie at (-2 y, 2 x).
    turned = lips.on(Affine2D(np.array([[0.0, -2.0, 0.0], [2.0, 0.0, 0.0]])))
    left = np.array([-1.0, 0.0])
    depth = measure_depth(turned, left, 2 * width, (-2 * y, 2 * x), (1, 1))
    there = cast_shadow(turned, depth)
    assert there[0, 0] == pytest.approx(float(upright[0, 0]), abs=1e-3)
    again = lips.at(serious.face.landmarks)
    assert again.shadow == lips.shadow
    assert np.array_equal(again.edge[4], serious.face.landmarks[13, :2])


def test_flesh_is_dark_behind_lips_that_no_smile_draws_back(
    serious: Portrait, face_models: FaceModels
) -> None:
    surprised, laughing = (
        move(serious, face_models, {12: smile, 25: 0.6, 26: 0.6}) for smile in (0.0, 1.0)
    )
    assert part_lips(laughing).on_flesh == 0
    lips = part_lips(surprised)
    assert lips.on_flesh == PARTED_LIPS.on_flesh[1][0]
    tilt = np.radians(30)
    turned = surprised[:, :2] @ np.array(
        [[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]]
    )
    assert part_lips(turned).on_flesh == pytest.approx(lips.on_flesh)
    width = measure_width(serious.face.landmarks)
    x, y = lips.edge[4].round().astype(int)
    depth = measure_depth(lips, DOWN, width, (x, y), (int(width / 4), 1))
    light = cast_shadow_on_flesh(lips, 0.0, depth)
    assert light[0, 0] == pytest.approx(1 - lips.on_flesh, abs=0.02)
    assert (np.diff(light[:, 0]) >= 0).all()
    assert light[-1, 0] > 0.95


def test_flesh_is_dark_below_the_teeth_of_a_jaw_that_is_open(
    serious: Portrait, face_models: FaceModels
) -> None:
    lips = part_lips(move(serious, face_models, {12: 1.0, 25: 0.6, 26: 0.6}))
    depth = np.linspace(0, 0.4, 41, dtype=np.float32)[:, None]
    assert (cast_shadow_on_flesh(lips, 0.0, depth) == 1).all()
    most, taken = (values[-1] for values in PARTED_LIPS.by_jaw)
    light = cast_shadow_on_flesh(lips, most, depth)[:, 0]
    hidden = depth[:, 0] <= PARTED_LIPS.below_teeth
    assert light[hidden] == pytest.approx(1 - taken)
    assert (np.diff(light[~hidden]) > 0).all()
    assert light[-1] > 0.99
    ajar = cast_shadow_on_flesh(lips, 0.5 * most, depth)[:, 0]
    assert (ajar[hidden] > light[hidden]).all()
    assert (ajar[hidden] < 1).all()
