"""Prepared faces to train on: of three faces, and of two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from training_runs import OPTIONS, TENS

from ganimate.media.photo import read_photo
from ganimate.training.data.dataset import FaceSet, load_faces
from ganimate.training.data.prepare import prepare
from ganimate.training.data.shard import PrepareOptions


@pytest.fixture(scope="session")
def mixed_folder(
    tmp_path_factory: pytest.TempPathFactory, astronaut: Path, grace_hopper: Path
) -> Path:
    """27 usable photos (three faces and small shifts of each), and three that are not."""
    folder = tmp_path_factory.mktemp("mixed")
    woman = read_photo(astronaut)
    faces = {"a": woman, "g": read_photo(grace_hopper), "m": woman[:, ::-1]}
    (folder / "shifted").mkdir()
    for name, photo in faces.items():
        Image.fromarray(photo).save(folder / f"{name}.png")
        for index in range(8):
            moved = np.roll(photo, (index - 4, 3 * index), axis=(0, 1))
            Image.fromarray(moved).save(folder / "shifted" / f"{name}{index}.jpg")
    with Image.open(astronaut) as image:
        image.filter(ImageFilter.GaussianBlur(4)).save(folder / "blurred.jpg")
    (folder / "text.jpg").write_text("no picture")
    Image.fromarray(np.full((200, 200, 3), 127, np.uint8)).save(folder / "empty.png")
    return folder


@pytest.fixture(scope="session")
def dataset(mixed_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder prepared: three shards."""
    output = tmp_path_factory.mktemp("prepared") / "faces"
    counts = prepare(mixed_folder, output, OPTIONS, workers=1, settings=TENS)
    assert list(counts) == [0, 10, 20, 30]
    return output


@pytest.fixture(scope="session")
def faces(dataset: Path) -> FaceSet:
    """Its faces."""
    return load_faces([dataset])


@pytest.fixture(scope="session")
def few_dataset(
    tmp_path_factory: pytest.TempPathFactory, astronaut: Path, grace_hopper: Path
) -> Path:
    """Twelve faces: two people, mirrored or not, shifted."""
    folder = tmp_path_factory.mktemp("photos")
    for name, path in (("a", astronaut), ("g", grace_hopper)):
        photo = read_photo(path)
        for index in range(6):
            moved = np.roll(photo, (index - 3, 3 * index), axis=(0, 1))
            moved = moved[:, ::-1] if index % 2 else moved
            Image.fromarray(moved).save(folder / f"{name}{index}.png")
    output = tmp_path_factory.mktemp("few") / "faces"
    list(prepare(folder, output, PrepareOptions(size=64, min_sharpness=0), workers=1))
    return output


@pytest.fixture(scope="session")
def small_folder(
    tmp_path_factory: pytest.TempPathFactory, astronaut: Path, grace_hopper: Path
) -> Path:
    """Twenty photos, too few for every fiftieth to be held out: two people, shifted."""
    folder = tmp_path_factory.mktemp("small")
    for name, path in (("a", astronaut), ("g", grace_hopper)):
        photo = read_photo(path)
        for index in range(10):
            moved = np.roll(photo, (index - 5, 3 * index), axis=(0, 1))
            Image.fromarray(moved).save(folder / f"{name}{index}.png")
    return folder


@pytest.fixture(scope="session")
def few_faces(few_dataset: Path) -> FaceSet:
    """Its faces."""
    return load_faces([few_dataset])
