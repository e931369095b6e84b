"""What lips show that a surprise parts, with the shipped weights."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from values import changed

from ganimate.arrays import AUVector
from ganimate.face_models import FaceModels
from ganimate.networks.generators import load_generator
from ganimate.performance.expressions import PRESETS
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.warp_animator import WarpAnimator
from ganimate.weights import DEFAULT_MODEL, find_model

CPU = torch.device("cpu")
UPPER, LOWER = 13, 14  # landmarks at the middle of the lips' inner edges


def measure_middle(portrait: Portrait, target: AUVector, models: FaceModels) -> float:
    """Mean L* about the middle between the lips of a face that shows AUs (17, 2)."""
    animator = WarpAnimator(portrait, load_generator(find_model(DEFAULT_MODEL)), models, CPU)
    frame = draw_frame(animator, next(animator.layers([target], animator.calibrate([target]))))
    lips = find_portraits(frame, models)[0].face.landmarks[[UPPER, LOWER], :2]
    x, y = (lips[0] + np.linspace(0.4, 0.6, 9)[:, None] * (lips[1] - lips[0])).T
    lab = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return float(lab[np.rint(y).astype(int), np.rint(x).astype(int), 0].mean())


@pytest.mark.parametrize("face", ["smiling", "serious"])
def test_a_surprise_shows_the_dark_and_a_laugh_does_not(
    face: str, request: pytest.FixtureRequest, face_models: FaceModels
) -> None:
    portrait = request.getfixturevalue(face)
    surprise, laugh = (PRESETS[name].apply_to(portrait.aus) for name in ("surprise", "laugh"))
    assert measure_middle(portrait, surprise, face_models) < 40
    assert measure_middle(portrait, laugh, face_models) > 45


def test_a_smile_whose_jaw_drops_shows_no_bright_slab(
    smiling: Portrait, face_models: FaceModels
) -> None:
    dropped = changed(smiling.aus, {26: 1.0})
    assert measure_middle(smiling, dropped, face_models) < 52
