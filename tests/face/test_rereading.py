"""A known face read again: what is read hangs less on where the detector's square lay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganimate.action_units import SHAPE
from ganimate.arrays import Landmarks
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import MIRROR, N_MESH
from ganimate.face.mesh import REGION_SCALE, SIDE
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
    with open_finder(steadily=False) as find:
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
    assert again.std(axis=0).mean() < 0.65 * found.std(axis=0).mean()
    assert np.abs(again.mean(axis=0) - found.mean(axis=0)).mean() < 0.05


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper"])
def test_the_sides_of_a_face_are_read_alike(
    name: str, face_models: FaceModels, request: pytest.FixtureRequest
) -> None:
    """What a photo shows on one side is read on the other in its mirror image, and at its place."""
    photo = read_photo(request.getfixturevalue(name))
    mirrored = np.ascontiguousarray(photo[:, ::-1])
    apart = {}
    for steadily in (False, True):
        with open_finder(steadily=steadily) as find:
            one, other = (find(picture, False)[0].landmarks for picture in (photo, mirrored))
        aus, turned = (face_models.measure(landmarks).aus for landmarks in (one, other))
        apart[steadily] = np.abs(aus - turned[:, ::-1]).mean()
        back = other[MIRROR]
        back[:, 0] = photo.shape[1] - 1 - back[:, 0]
    assert apart[True] < 0.7 * apart[False]
    assert np.abs((back - one)[:, :2].mean(axis=0)).max() < 0.15 * find_pixel(one)


def find_pixel(landmarks: Landmarks) -> float:
    """Side of a pixel of the mesh's view about a face, in those of the photo."""
    return float(REGION_SCALE * np.ptp(landmarks[:N_MESH, :2], axis=0).max() / SIDE)


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
    assert np.linalg.norm(back - upright[:, :2], axis=1).mean() < find_pixel(landmarks)
    assert np.abs((back - upright[:, :2]).mean(axis=0)).max() < 0.15 * find_pixel(landmarks)
