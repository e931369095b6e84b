"""What the face mesh sees, in torch, is what the reader's own network sees."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from ganimate.face.networks import Network, read_graph
from ganimate.media.photo import read_photo
from ganimate.media.tensors import read_tensors
from ganimate.shipped import READER_FILE, find_models_folder
from ganimate.training.first_order import losses
from ganimate.training.first_order.face_features import SIDE, load_face_features


def test_features_are_those_that_opencv_computes(astronaut: Path) -> None:
    face = cv2.resize(read_photo(astronaut)[0:250, 100:350], (SIDE, SIDE)).astype(np.float32) / 255
    shapes = {"mesh.23": (16, 96), "mesh.113": (128, 12), "mesh.141": (128, 6)}
    told = json.loads(read_tensors(find_models_folder() / READER_FILE)[1]["reader"])
    graph = read_graph("mesh")
    outputs = {name: (1, width, side, side) for name, (width, side) in shapes.items()}
    wanted = Network(replace(graph, outputs=outputs), told["opset"])(face)
    with torch.no_grad():
        found = load_face_features(torch.device("cpu"))(
            torch.from_numpy(face.transpose(2, 0, 1))[None]
        )
    assert [one.shape[-1] for one in found] == [96, 48, 24, 12, 6]
    for one, other in zip((found[0], found[3], found[4]), wanted, strict=True):
        assert np.abs(one[0].permute(1, 2, 0).numpy() - other).max() < 1e-4 * np.abs(other).max()


def test_differences_are_shares_of_what_is_seen() -> None:
    """Layers differ by a half of 2 and by a tenth of 10, whatever their size."""
    real = [torch.full((1, 2, 4, 4), 2.0), torch.full((1, 3, 2, 2), -10.0)]
    fake = [torch.full((1, 2, 4, 4), 3.0), torch.full((1, 3, 2, 2), -9.0)]
    assert losses.compare_faces(real, fake) == pytest.approx(0.5 + 0.1)


def test_a_changed_mouth_counts_more_than_a_changed_background(astronaut: Path) -> None:
    face = torch.from_numpy(
        cv2.resize(read_photo(astronaut)[0:250, 100:350], (128, 128)).transpose(2, 0, 1)
    )
    picture = face[None].float() / 255
    features = load_face_features(torch.device("cpu"))

    def weigh(rows: slice, columns: slice) -> float:
        changed = picture.clone()
        changed[..., rows, columns] = changed[..., rows, columns].flip(-2)
        return float(losses.compare_faces(features(picture), features(changed)))

    mouth, corner = weigh(slice(74, 92), slice(52, 84)), weigh(slice(0, 18), slice(0, 32))
    assert mouth > 1.5 * corner
