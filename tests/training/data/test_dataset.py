"""Prepared sets as they are read: damage, joins, and which faces are held out."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from ganimate.errors import DataError
from ganimate.training.data.dataset import SUMMARY, FaceSet, load_faces, split


def test_folders_that_are_no_data_set(tmp_path: Path, dataset: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(DataError, match="ganimate prepare"):
            load_faces([dataset, folder])
    for content in ("", "[]", "{}", '{"size": 64}'):
        (tmp_path / SUMMARY).write_text(content)
        with pytest.raises(DataError, match="ganimate prepare"):
            load_faces([tmp_path])
    (tmp_path / SUMMARY).write_text('{"size": 64, "faces": 0}')
    with pytest.raises(DataError, match="no faces"):
        load_faces([tmp_path])
    (tmp_path / SUMMARY).write_text('{"size": 64, "faces": 3}')
    with pytest.raises(DataError, match="should hold 3 faces and has 0"):
        load_faces([tmp_path])
    (tmp_path / "shard-00000.safetensors").write_bytes(b"no tensors")
    with pytest.raises(DataError, match="delete it"):
        load_faces([tmp_path])


def test_shards_of_another_size(tmp_path: Path, dataset: Path) -> None:
    for path in dataset.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    summary = json.loads((tmp_path / SUMMARY).read_text())
    (tmp_path / SUMMARY).write_text(json.dumps({**summary, "size": 128}))
    with pytest.raises(DataError, match="damaged"):
        load_faces([tmp_path])


def test_two_data_sets_are_one(dataset: Path) -> None:
    once, twice = load_faces([dataset]), load_faces([dataset, dataset])
    assert len(twice) == 2 * len(once)
    assert np.array_equal(twice.crop(len(once) + 3), once.crop(3))
    with pytest.raises(IndexError):
        twice.crop(len(twice))
    assert len(pickle.dumps(twice.crops)) < 1000  # other processes are told where pictures are


@pytest.mark.parametrize(
    ("count", "held_out"), [(2, [1]), (20, [10]), (25, [12]), (26, [25]), (80, [25, 75])]
)
def test_one_face_at_least_is_held_out(count: int, held_out: list[int]) -> None:
    names = tuple(f"{index}.jpg" for index in range(count))
    nothing = np.zeros((count, 0), np.float32)
    faces = FaceSet(64, names, (), landmarks=nothing, aus=nothing)
    seen, unseen = split(faces, frozenset())
    assert unseen.tolist() == held_out
    assert len(seen) + len(unseen) == count


def test_held_out_faces_are_those_named(dataset: Path) -> None:
    faces = load_faces([dataset])
    seen, unseen = split(faces, frozenset({"a.png", "shifted/g0.jpg", "elsewhere.jpg"}))
    assert sorted(faces.names[i] for i in unseen) == ["a.png", "shifted/g0.jpg"]
    assert sorted([*seen, *unseen]) == list(range(27))
    assert [part.tolist() for part in split(faces, frozenset())][1] == [25]
    with pytest.raises(DataError, match="None of the 1 faces"):
        split(faces, frozenset({"elsewhere.jpg"}))
