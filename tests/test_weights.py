"""Weights files: what is written is read back, and what is none is refused with words that help."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch_file

from ganimate.action_units import SHAPE
from ganimate.errors import ModelError
from ganimate.face_models import FaceModels
from ganimate.media.tensors import read_tensors
from ganimate.networks.generators import load_generator, save_generator
from ganimate.networks.motion import Generator, GeneratorConfig
from ganimate.portrait import Portrait
from ganimate.shipped import FACE_FILE, find_models_folder
from ganimate.weights import (
    DEFAULT_MODEL,
    find_model,
    list_models,
    load_face_models,
    save_face_models,
)

CONFIG = GeneratorConfig(size=64, channels=16, blocks=1, skip_channels=(8, 16))


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(0)
    return Generator(CONFIG).eval()


def painted(generator: Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Colour and attention for an input that is always the same."""
    rng = torch.Generator().manual_seed(1)
    image = torch.rand(2, 3, 64, 64, generator=rng) * 2 - 1
    unknown = (torch.rand(2, 1, 64, 64, generator=rng) > 0.9).float()
    with torch.no_grad():
        colour, attention = generator(image, unknown, torch.rand(2, *SHAPE, generator=rng))
    return colour, attention


def test_a_generator_comes_back_within_half_precision(tmp_path: Path, generator: Generator) -> None:
    path = tmp_path / "generator.safetensors"
    save_generator(path, generator.state_dict(), CONFIG)
    again = load_generator(path)
    assert again.config == CONFIG
    assert not again.training
    for name, tensor in again.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, generator.state_dict()[name].half().float())
    for one, other in zip(painted(generator), painted(again), strict=True):
        assert one.std() > 0.01  # a constant would come back whatever was stored
        assert (one - other).abs().max() < 5e-3


def test_a_file_says_what_it_was_made_of(tmp_path: Path, generator: Generator) -> None:
    path = tmp_path / "generator.safetensors"
    save_generator(path, generator.state_dict(), CONFIG, {"steps": "7"})
    _, metadata = read_tensors(path)
    assert metadata["kind"] == "generator"
    assert metadata["steps"] == "7"
    assert json.loads(metadata["config"])["channels"] == 16


def test_face_models_come_back(tmp_path: Path, face_models: FaceModels, smiling: Portrait) -> None:
    save_face_models(tmp_path / "face.safetensors", face_models)
    again = load_face_models(tmp_path / "face.safetensors")
    for name in ("mean", "basis", "triangles", "regions"):
        assert np.array_equal(getattr(again.prior, name), getattr(face_models.prior, name)), name
    for name in ("vertices", "jaw", "quads", "parts"):
        assert np.array_equal(getattr(again.mouth, name), getattr(face_models.mouth, name)), name
    assert np.array_equal(again.shading, face_models.shading)
    shape = smiling.pose.normalise(smiling.face.landmarks[:468])
    assert np.array_equal(again.estimator.measure(shape), smiling.aus)


def test_shipped_prior_fits_together(face_models: FaceModels) -> None:
    prior = face_models.prior
    assert prior.mean.shape == (468, 3)
    assert prior.basis.shape == (*SHAPE, 468, 3)
    assert len(prior.triangles) == len(prior.regions)
    assert set(prior.regions.tolist()) == {0, 1, 2, 3}
    assert prior.triangles.min() == 0
    assert prior.triangles.max() == 468 + 3 * 36 - 1  # the last vertex of the outer ring


# files that are something else


@pytest.mark.parametrize("content", [b"", b"no weights", bytes(1000), b"\xff" * 1000])
def test_a_file_that_holds_no_tensors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.safetensors"
    path.write_bytes(content)
    for load in (load_generator, load_face_models):
        with pytest.raises(ModelError, match=r"text\.safetensors cannot be read as a safetensors"):
            load(path)


def test_half_a_file(tmp_path: Path, model: Path) -> None:
    path = tmp_path / "half.safetensors"
    path.write_bytes(model.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"half\.safetensors cannot be read"):
        load_generator(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.safetensors cannot be read"):
        read_tensors(tmp_path / "none.safetensors")


def test_face_models_are_no_generator_nor_the_other_way_round(model: Path) -> None:
    with pytest.raises(ModelError, match="no generator"):
        load_generator(find_models_folder() / FACE_FILE)
    with pytest.raises(ModelError, match="no motion prior"):
        load_face_models(model)


@pytest.mark.parametrize("other", [{"channels": 24}, {"blocks": 2}, {"skip_channels": (8, 24)}])
def test_tensors_of_another_shape(
    tmp_path: Path, generator: Generator, other: dict[str, object]
) -> None:
    path = tmp_path / "other.safetensors"
    save_generator(path, generator.state_dict(), replace(CONFIG, **other))
    with pytest.raises(ModelError, match=r"other\.safetensors was made by another version"):
        load_generator(path)


@pytest.mark.parametrize(
    "config",
    [
        "{}",
        "[]",
        "null",
        "not json",
        json.dumps({**asdict(CONFIG), "from_the_future": 1}),
        json.dumps({**asdict(CONFIG), "channels": -1}),
        json.dumps({**asdict(CONFIG), "skip_channels": 5}),
    ],
)
def test_configurations_that_make_no_generator(
    tmp_path: Path, generator: Generator, config: str
) -> None:
    path = tmp_path / "other.safetensors"
    tensors = {name: tensor.numpy() for name, tensor in generator.state_dict().items()}
    save_file(tensors, str(path), {"kind": "generator", "config": config})
    with pytest.raises(ModelError, match="another version"):
        load_generator(path)


@pytest.mark.parametrize("architecture", ["motion", "paper"])
@pytest.mark.parametrize(
    "asked",
    [
        {"blocks": 3_000_000},
        {"blocks": 10**30},
        {"channels": 7000},
        {"channels": 10**12},
        {"channels": 10**30},
        {"size": 1_000_000},
        {"size": 0},
        {"size": 64.0},
        {"size": "64"},
    ],
    ids=str,
)
def test_what_a_header_asks_for_is_not_built(
    tmp_path: Path, model: Path, paper_model: Path, architecture: str, asked: dict[str, object]
) -> None:
    tensors, metadata = read_tensors(model if architecture == "motion" else paper_model)
    config = json.dumps({**json.loads(metadata["config"]), **asked})
    path = tmp_path / "small.safetensors"
    save_file(tensors, str(path), {**metadata, "config": config})
    resource: Any = pytest.importorskip("resource")  # not on Windows
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(ModelError, match=r"small\.safetensors was made by another version"):
        load_generator(path)
    assert time.process_time() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_looking_at_shapes_leaves_the_random_numbers_as_they_were(model: Path) -> None:
    torch.manual_seed(3)
    load_generator(model)
    after = torch.get_rng_state()
    torch.manual_seed(3)
    Generator(CONFIG)
    assert torch.equal(after, torch.get_rng_state())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(
    tmp_path: Path, generator: Generator, face_models: FaceModels, value: float
) -> None:
    path = tmp_path / "failed.safetensors"
    state = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    state["heads.bias"][3] = value
    save_generator(path, state, CONFIG)
    with pytest.raises(ModelError, match=r"failed\.safetensors is of a run .*heads\.bias"):
        load_generator(path)
    shading = face_models.shading.copy()
    shading[0] = value
    save_face_models(path, replace(face_models, shading=shading))
    with pytest.raises(ModelError, match=r"failed\.safetensors is damaged: shading"):
        load_face_models(path)


def test_numbers_that_numpy_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "brain.safetensors"
    save_torch_file({"a": torch.zeros(2, dtype=torch.bfloat16)}, str(path))
    with pytest.raises(ModelError, match="cannot be read"):
        read_tensors(path)


def test_face_models_for_other_units(tmp_path: Path, face_models: FaceModels) -> None:
    prior = face_models.prior
    path = tmp_path / "face.safetensors"
    save_face_models(path, replace(face_models, prior=replace(prior, basis=prior.basis[:12])))
    with pytest.raises(ModelError, match="other action units"):
        load_face_models(path)


# names


@pytest.mark.parametrize("name", ["motion", "default"])
def test_a_file_here_does_not_stand_for_a_shipped_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(b"mine")
    assert find_model(name) == find_models_folder() / "motion.safetensors"
    assert find_model(f"./{name}") == Path(name)
    assert find_model(str(tmp_path / name)) == tmp_path / name
    (tmp_path / "own.safetensors").write_bytes(b"mine")
    assert find_model("own.safetensors") == Path("own.safetensors")


def test_names_of_models(model: Path, tmp_path: Path) -> None:
    assert find_model("default") == find_model(DEFAULT_MODEL)
    assert find_model(str(model)) == model
    assert find_model("face") == find_models_folder() / FACE_FILE
    for name in ("no-such-model", str(tmp_path / "none.safetensors")):
        with pytest.raises(ModelError, match="no weights file") as caught:
            find_model(name)
        assert "the path of a .safetensors file" in str(caught.value)


def test_the_folder_of_a_run_and_checkpoints_of_others(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no generator\.safetensors"):
        find_model(str(tmp_path))
    (tmp_path / "generator.safetensors").touch()
    assert find_model(str(tmp_path)) == tmp_path / "generator.safetensors"
    (tmp_path / "30_net_gen.pth").touch()
    with pytest.raises(ModelError, match=r"`ganimate import .*30_net_gen\.pth`"):
        find_model(str(tmp_path / "30_net_gen.pth"))


def test_only_generators_are_listed_as_models() -> None:
    assert list_models() == ["motion", "stargan"]
