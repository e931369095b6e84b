"""A known face read again: what is read hangs less on where the detector's square lay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganimate.action_units import SHAPE
from ganimate.face.detection import open_finder
from ganimate.face.networks import load_networks
from ganimate.face.rereading import Square, read_again, read_steadily
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo

MOVED = (
    (0.0, 0.0, 1.0),
    (0.08, 0.0, 1.0),
    (-0.08, 0.0, 1.0),
    (0.0, 0.08, 1.0),
    (0.0, -0.08, 1.0),
    (0.0, 0.0, 1.15),
    (0.0, 0.0, 0.87),
)
"""Boxes about the detector's: shifts to the right and down in sides, and sides over its own."""


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper"])
def test_found_in_another_box_a_face_reads_alike(
    name: str, face_models: FaceModels, request: pytest.FixtureRequest
) -> None:
    photo = read_photo(request.getfixturevalue(name))
    networks = load_networks()
    found, again = np.empty((2, len(MOVED), *SHAPE))
    with open_finder() as find:
        (left, top, width, height) = box = find(photo, False)[0].box
        for index, (right, down, scale) in enumerate(MOVED):
            near = box._replace(
                left=left + width * (right + (1 - scale) / 2),
                top=top + height * (down + (1 - scale) / 2),
                width=width * scale,
                height=height * scale,
            )
            (face,) = find(photo, False, [near])
            found[index] = face_models.measure(face.landmarks).aus
            steady = read_steadily(networks, photo, face.landmarks)
            again[index] = face_models.measure(steady).aus
    assert found.std(axis=0).mean() > 0.005  # it does hang on the box
    assert again.std(axis=0).mean() < 0.6 * found.std(axis=0).mean()
    assert np.abs(again.mean(axis=0) - found.mean(axis=0)).mean() < 0.05


def test_the_usual_square_is_upright_about_the_landmarks(astronaut: Path) -> None:
    """A photo that is turned by a quarter is read as the upright one is, its landmarks turned."""
    photo = read_photo(astronaut)
    networks = load_networks()
    with open_finder() as find:
        landmarks = find(photo, False)[0].landmarks
    upright = read_again(networks, photo, landmarks, Square())
    last = photo.shape[1] - 1
    turned = landmarks.copy()
    turned[:, 0], turned[:, 1] = landmarks[:, 1], last - landmarks[:, 0]
    lying = read_again(networks, np.ascontiguousarray(np.rot90(photo)), turned, Square())
    back = np.stack([last - lying[:, 1], lying[:, 0]], axis=1)
    eyes = np.linalg.norm(landmarks[263, :2] - landmarks[33, :2])
    assert np.linalg.norm(back - upright[:, :2], axis=1).mean() < 0.02 * eyes
