"""Creases that come with an expression, on real photos with the shipped shading."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from values import changed

from ganimate.action_units import LEFT, RIGHT, ROW_OF
from ganimate.appearance.creases import Shade, place_creases, shade_creases
from ganimate.appearance.gain import apply_gain
from ganimate.arrays import AUVector, Photo
from ganimate.face.landmarks import N_MESH
from ganimate.face_models import FaceModels
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import Animator
from ganimate.rendering.compositor import compose_layer
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.layer import Layer
from ganimate.rendering.settings import COMPOSITOR, CompositorSettings

SMILE = {12: 1.0}
FOLDS = {LEFT: (358, 391, 287), RIGHT: (129, 165, 57)}  # from the alae to the corners of the lips


@pytest.fixture(scope="module")
def animator(serious: Portrait, model: Path, face_models: FaceModels) -> Animator:
    return open_animator(serious, load_generator(model), face_models)


def layer_of(animator: Animator, aus: AUVector) -> Layer:
    """One frame that shows some AUs, its face held still."""
    return next(animator.layers([aus], [animator.portrait.aus]))


def drawn(animator: Animator, layer: Layer, settings: CompositorSettings = COMPOSITOR) -> Photo:
    photo = animator.portrait.photo
    frame = photo.copy()
    compose_layer(photo, frame, layer, settings)
    return frame


def about_fold(portrait: Portrait, side: int) -> NDArray[np.bool_]:
    """(H, W) the skin about a side's nasolabial fold."""
    height, width = portrait.photo.shape[:2]
    y, x = np.mgrid[:height, :width]
    near = portrait.face.landmarks[list(FOLDS[side]), :2].mean(axis=0)
    return np.asarray(np.hypot(x - near[0], y - near[1]) < 0.1 * portrait.face.box.width)


def test_no_change_shades_nothing(serious: Portrait, animator: Animator) -> None:
    assert layer_of(animator, serious.aus).shade is None
    # Units that crease nothing crease nothing.
    assert layer_of(animator, changed(serious.aus, {45: 1.0})).shade is None


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_a_smile_darkens_the_fold_on_its_own_side(
    serious: Portrait, animator: Animator, side: int
) -> None:
    aus = serious.aus.copy()
    aus[ROW_OF[12], side] = 1
    layer = layer_of(animator, aus)
    change = drawn(animator, replace(layer, patches=())).astype(float) - serious.photo
    own, other = (about_fold(serious, one) for one in (side, 1 - side))
    assert change[own].mean() < -0.5
    assert abs(change[other].mean()) < 0.1 * abs(change[own].mean())


def test_pixels_without_creases_stay_to_the_bit(serious: Portrait, animator: Animator) -> None:
    layer = layer_of(animator, changed(serious.aus, SMILE))
    frame = drawn(animator, replace(layer, patches=()))
    height, width = serious.photo.shape[:2]
    low = serious.face.landmarks[:N_MESH, :2].min(axis=0)
    high = serious.face.landmarks[:N_MESH, :2].max(axis=0)
    y, x = np.mgrid[:height, :width]
    outside = (x < low[0]) | (x > high[0]) | (y < low[1]) | (y > high[1])
    assert np.array_equal(frame[outside], serious.photo[outside])
    assert not np.array_equal(frame[~outside], serious.photo[~outside])


def test_strips_are_the_whole(serious: Portrait, animator: Animator) -> None:
    layer = layer_of(animator, changed(serious.aus, SMILE))
    whole = drawn(animator, layer, CompositorSettings(strip=10_000))
    strips = drawn(animator, layer, CompositorSettings(strip=37))
    assert np.abs(whole.astype(int) - strips).max() <= 1


def test_creases_go_along_with_the_skin(face_models: FaceModels, serious: Portrait) -> None:
    landmarks = serious.face.landmarks[:N_MESH, :2] - serious.face.landmarks[:N_MESH, :2].min(0)
    creases = place_creases(
        face_models.prior, face_models.shading, landmarks.astype(np.float32), (300, 300)
    )
    assert creases is not None
    change = changed(np.zeros_like(serious.aus), SMILE)
    still = shade_creases(creases, change, np.zeros((300, 300, 2), np.float32))
    # Everything comes from 6 pixels farther left: it has moved to the right by as much.
    moved = shade_creases(creases, change, np.full((300, 300, 2), (-6, 0), np.float32))
    assert still is not None
    assert moved is not None

    def middle(shade: Shade) -> float:
        gain = np.abs(shade.gain).sum(axis=0)
        return float((gain * np.arange(len(gain))).sum() / gain.sum() + shade.left)

    assert middle(moved) - middle(still) == pytest.approx(6, abs=0.1)


def test_a_smooth_face_s_folds_are_softer(face_models: FaceModels, serious: Portrait) -> None:
    landmarks = serious.face.landmarks[:N_MESH, :2] - serious.face.landmarks[:N_MESH, :2].min(0)
    change = changed(np.zeros_like(serious.aus), SMILE)
    darkest = []
    for folds in (0.5, 1.0):
        creases = place_creases(
            face_models.prior,
            face_models.shading,
            landmarks.astype(np.float32),
            (300, 300),
            folds,
        )
        assert creases is not None
        shade = shade_creases(creases, change, np.zeros((300, 300, 2), np.float32))
        assert shade is not None
        darkest.append(np.log1p(shade.gain.min()))
    assert darkest[0] == pytest.approx(darkest[1] / 2, rel=0.01)


def test_a_face_in_the_corner_of_a_grid_is_creased_alone(
    face_models: FaceModels, serious: Portrait
) -> None:
    landmarks = serious.face.landmarks[:N_MESH, :2]
    landmarks = 60 * (landmarks - landmarks.min(axis=0)) / np.ptp(landmarks[:, 0])
    creases = place_creases(
        face_models.prior, face_models.shading, np.float32(landmarks + 300), (400, 400)
    )
    assert creases is not None
    assert creases.left >= 300
    assert creases.top >= 300


def test_a_gain_of_nothing_changes_no_pixel() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    assert np.array_equal(apply_gain(pixels, np.zeros((16, 16), np.float32)), pixels)
    darker = apply_gain(pixels, np.full((16, 16), -0.2, np.float32))
    assert darker[15, 15, 0] > darker[15, 15, 1] > darker[15, 15, 2]  # ruddy, not grey


def test_the_generator_of_the_paper_is_not_shaded(
    serious: Portrait, paper_model: Path, face_models: FaceModels
) -> None:
    animator = open_animator(serious, load_generator(paper_model), face_models)
    assert next(animator.layers([changed(serious.aus, SMILE)])).shade is None
