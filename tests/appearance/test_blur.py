"""How blurred a photo is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ganimate.appearance.blur import measure_blur
from ganimate.appearance.mouth import MouthView, place_mouth
from ganimate.appearance.mouth_drawing import draw_mouth
from ganimate.face.landmarks import N_MESH
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait

LIGHT = np.ones(3, np.float32)
WHITE = np.full(3, 255, np.float32)  # lips that colour no shade


@pytest.mark.parametrize("blur", [1.0, 2.0, 3.0])
def test_a_blurred_photo_is_measured(serious: Portrait, smiling: Portrait, blur: float) -> None:
    for portrait in (serious, smiling):
        landmarks = portrait.face.landmarks[:N_MESH]
        blurred = cv2.GaussianBlur(portrait.photo, (0, 0), blur)
        assert measure_blur(portrait.photo, landmarks) < 0.5
        assert measure_blur(blurred, landmarks) == pytest.approx(blur, rel=0.35)


def test_a_face_without_edges_tells_nothing(serious: Portrait) -> None:
    flat = np.full_like(serious.photo, 120)
    assert np.isfinite(measure_blur(flat, serious.face.landmarks[:N_MESH]))


def test_a_mouth_is_as_blurred_as_its_photo(serious: Portrait, face_models: FaceModels) -> None:
    drawing = draw_mouth(face_models.mouth, serious.pose)
    x, y = serious.face.landmarks[13, :2].astype(int)

    def edges(blur: float) -> float:
        view = MouthView(drawing, serious.pose, 0.3, LIGHT, WHITE, blur=blur)
        picture = place_mouth(view, (x - 40, y - 20), (60, 80))
        return float(np.square(np.diff(picture, axis=1)).mean())

    assert edges(0.0) > 2 * edges(1.5) > 4 * edges(4.0)
