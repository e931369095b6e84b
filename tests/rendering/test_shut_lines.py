"""The line between lips that shut, on a sharp photo and on a blurred one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ganimate.arrays import Map
from ganimate.face.landmarks import LIPS, OPENINGS
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.frame import GRID, STILL, plan_frame, prepare_face
from ganimate.rendering.slits import paint_shut_lines


def draw_line(portrait: Portrait, models: FaceModels, blur: float | None) -> tuple[Map, float]:
    """Opacity of the line between lips that shut, and the scale of its grid.

    blur: of the photo; None for what is measured.
    """
    face = prepare_face(portrait, models, GRID)
    shut = np.zeros_like(portrait.aus)
    mesh = plan_frame(face, shut, shut, STILL).mesh
    amount = face.blur if blur is None else blur
    (line,) = [
        patch
        for patch in paint_shut_lines(face.slits, mesh, face.lashes, face.lips, amount)
        if patch.to_window is face.slits[OPENINGS.index(LIPS)].to_grid
    ]
    return line.paint[:, :, 3], line.to_window.scale


def test_a_line_is_as_soft_as_the_photo(smiling: Portrait, face_models: FaceModels) -> None:
    blurred = np.asarray(cv2.GaussianBlur(smiling.photo, (0, 0), 3.0), np.uint8)
    portrait = find_portraits(blurred, face_models)[0]
    sharp, _ = draw_line(portrait, face_models, 0.0)
    soft, scale = draw_line(portrait, face_models, 3.0)
    assert soft.max() < 0.5 * sharp.max()
    assert soft.sum() == pytest.approx(float(sharp.sum()), rel=0.05)
    measured, _ = draw_line(portrait, face_models, None)
    assert measured.max() == pytest.approx(float(soft.max()), rel=0.15)
    rows = (soft.max(axis=1) > 0.1 * soft.max()).sum()
    assert rows > (sharp.max(axis=1) > 0.1 * sharp.max()).sum() + scale
