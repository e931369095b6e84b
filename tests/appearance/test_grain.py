"""The grain of a photo, and of what is drawn on it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ganimate.appearance.colour_line import LUMINANCE
from ganimate.appearance.grain import Grain, measure_grain, sample_grain
from ganimate.arrays import Photo
from ganimate.face.landmarks import N_MESH
from ganimate.face_models import FaceModels
from ganimate.networks.generators import AnyGenerator, load_generator
from ganimate.performance.expressions import PRESETS
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.kinds import open_animator
from ganimate.weights import DEFAULT_MODEL, find_model


def make_noisy(photo: Photo, deviation: float, channels: int = 1, blur: float = 0) -> Photo:
    """A smooth photo with noise, grey or of each channel."""
    noise = np.random.default_rng(1).normal(0, deviation, (*photo.shape[:2], channels))
    if blur:
        noise = np.atleast_3d(cv2.GaussianBlur(noise, (0, 0), blur))
        noise *= deviation / noise.std()
    smooth = cv2.GaussianBlur(photo, (0, 0), 2).astype(float)
    return np.clip(np.rint(smooth + noise), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def generator() -> AnyGenerator:
    return load_generator(find_model(DEFAULT_MODEL))


def grain_of(photo: Photo, portrait: Portrait) -> Grain | None:
    return measure_grain(photo, portrait.face.landmarks[:N_MESH])


@pytest.mark.parametrize("deviation", [6.0, 15.0])
def test_grain_is_as_strong_as_the_photo_s(serious: Portrait, deviation: float) -> None:
    grain = grain_of(make_noisy(serious.photo, deviation), serious)
    assert grain is not None
    assert (grain.tile @ LUMINANCE).std() == pytest.approx(0.87 * deviation, rel=0.1)
    assert np.ptp(grain.tile, axis=2).mean() < 0.2 * deviation  # as grey as the noise


def test_grain_has_the_colours_of_the_photo_s(serious: Portrait) -> None:
    grain = grain_of(make_noisy(serious.photo, 12, channels=3), serious)
    assert grain is not None
    correlation = np.corrcoef(grain.tile.reshape(-1, 3), rowvar=False)
    assert np.abs(correlation - np.eye(3)).max() < 0.25


def test_coarse_grain_is_drawn_coarse(serious: Portrait) -> None:
    twice = cv2.resize(serious.photo, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)

    def smoothness(blur: float) -> float:
        noisy = make_noisy(twice, 12, blur=blur)
        grain = measure_grain(noisy, 2 * serious.face.landmarks[:N_MESH])
        assert grain is not None
        grey = grain.tile @ LUMINANCE
        return float(np.corrcoef(grey[:, 1:].ravel(), grey[:, :-1].ravel())[0, 1])

    assert smoothness(0) < 0.15
    assert smoothness(1.0) > 0.4  # that of the noise itself is .78, of white noise 0


def test_a_smooth_photo_has_none(serious: Portrait) -> None:
    flat = cv2.GaussianBlur(serious.photo, (0, 0), 3)
    assert grain_of(flat, serious) is None
    assert grain_of(np.full_like(serious.photo, 255), serious) is None


def test_parts_of_a_picture_have_the_same_grain(serious: Portrait) -> None:
    grain = grain_of(make_noisy(serious.photo, 12), serious)
    assert grain is not None
    whole = sample_grain(grain, (slice(0, 300), slice(0, 300)))
    part = sample_grain(grain, (slice(250, 270), slice(260, 290)))
    assert np.array_equal(part, whole[250:270, 260:290])
    assert np.array_equal(whole[256:300, :256], whole[:44, :256])


def test_a_grey_photo_has_grey_grain(serious: Portrait) -> None:
    grey = np.repeat(make_noisy(serious.photo, 9)[:, :, :1], 3, axis=2)
    grain = grain_of(grey, serious)
    assert grain is not None
    assert not np.ptp(grain.tile, axis=2).any()


def test_drawn_teeth_have_the_grain_of_the_skin(
    serious: Portrait, generator: AnyGenerator, face_models: FaceModels
) -> None:
    """What is fine between the lips of a laugh, beside that of a photo without noise."""

    def roughness(photo: Photo) -> float:
        portrait = find_portraits(photo, face_models)[0]
        laugh = PRESETS["laugh"].apply_to(portrait.aus)
        animator = open_animator(portrait, generator, face_models)
        frame = draw_frame(animator, next(animator.layers([laugh])))
        lips = animator.move(laugh, np.zeros(3, np.float32))[[13, 14, 78, 308]]
        x, y = lips.mean(axis=0).round().astype(int)
        teeth = frame[y - 4 : y + 5, x - 8 : x + 9].astype(np.float32) @ LUMINANCE
        fine = teeth - cv2.GaussianBlur(teeth, (0, 0), 1.0)
        return float(fine.std())

    clean, noisy = (roughness(make_noisy(serious.photo, d)) for d in (0.0, 14.0))
    white = np.random.default_rng(0).normal(0, 14.0, (99, 99))
    expected = (white - cv2.GaussianBlur(white, (0, 0), 1.0)).std()
    assert np.sqrt(noisy**2 - clean**2) == pytest.approx(expected, rel=0.4)
