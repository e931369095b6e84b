"""Weights of every kind, given to every command: which ones take them, and what others say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from ganimate.cli.commands import app
from ganimate.networks.first_order.config import FirstOrderConfig
from ganimate.networks.first_order.generator import FirstOrderGenerator
from ganimate.networks.generators import ARCHITECTURES, save_generator
from ganimate.networks.stargan import StarganConfig, StarganGenerator

VIDEO = Path(__file__).parent.parent / "media" / "cases" / "square.mp4"
TAKERS = {
    "render": {"motion", "paper", "stargan"},
    "timeline": {"motion", "paper"},
    "drive": {"motion", "paper", "first-order"},
    "studio": {"motion", "paper"},
    "evaluate": {"motion", "paper", "stargan", "first-order"},
    **{f"train --preset {one.name}": {one.name} for one in ARCHITECTURES},
}
"""Command -> the kinds that it takes."""

GIVE = {
    "motion": "is a generator that paints action units over a warp: give it to `ganimate render`, "
    "`timeline`, `drive` or `studio`.",
    "paper": "is a GANimation as published, which paints action units: give it to `ganimate "
    "render`, `timeline`, `drive` or `studio`.",
    "stargan": "is a StarGAN, which paints emotions or attributes: give it to `ganimate render`.",
    "first-order": "is a first-order model, which takes its motion from a video: give it to "
    "`ganimate drive`.",
}
"""Kind -> what follows its path where it is refused."""


@pytest.fixture(scope="module")
def weights(
    tmp_path_factory: pytest.TempPathFactory, model: Path, paper_model: Path
) -> dict[str, Path]:
    """A file of each kind, untrained."""
    folder = tmp_path_factory.mktemp("kinds")
    stargan = StarganConfig(("angry", "happy"), size=16, channels=4, blocks=1)
    first_order = FirstOrderConfig(
        size=64, keypoints=3, shrink=2, detector_channels=4, motion_channels=4,
        most_hourglass_channels=8, channels=4, most_channels=8, blocks=1,
    )  # fmt: skip
    torch.manual_seed(0)
    paths = {"motion": model, "paper": paper_model}
    for name, network in (
        ("stargan", StarganGenerator(stargan)),
        ("first-order", FirstOrderGenerator(first_order)),
    ):
        paths[name] = folder / f"{name}.safetensors"
        save_generator(paths[name], network.state_dict(), network.config)
    return paths


def fail(*arguments: object) -> str:
    """Run a command that must fail; what it says."""
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code in (1, 2), done.output
    assert "Traceback" not in done.output
    return done.stderr


@pytest.mark.parametrize("kind", GIVE)
@pytest.mark.parametrize("command", TAKERS)
def test_weights_and_commands(
    command: str, kind: str, weights: dict[str, Path], faceless: Path, tmp_path: Path
) -> None:
    """What is wrong beside the weights is said last: a photo without a face, no data."""
    path, out, nowhere = weights[kind], tmp_path / "x.mp4", tmp_path / "nowhere"
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"photo": str(faceless), "keys": [{"t": 1, "expression": "smile"}]}))
    name, *options = command.split()
    arguments = {
        "render": [faceless, "--to", "happy", "--model", path, "-o", out],
        "timeline": [keys, "--model", path, "-o", out],
        "drive": [faceless, VIDEO, "--model", path, "-o", out],
        "studio": [faceless, "--model", path, "--no-browser", "--port", 0],
        "evaluate": ["--model", path, "--data", nowhere],
        "train": [*options, "--init", path, "--data", nowhere, "-o", tmp_path / "run"],
    }[name]
    said = fail(name, *arguments)
    taken = kind in TAKERS[command]
    if name == "train":
        what, _, _ = GIVE[kind].partition(": give")
        remedy = f"give --preset {kind}, or --init weights of the {options[-1]} one"
        assert (f"{path} {what}: {remedy}" in said) is not taken, said
    else:
        assert (f"{path} {GIVE[kind]}" in said) is not taken, said
    if taken:
        assert ("No face found" if name in ("render", "timeline", "drive", "studio") else
                "nowhere") in said  # fmt: skip
    assert not out.exists()
    assert not (tmp_path / "run").exists()


def test_figures_of_other_kinds(weights: dict[str, Path], astronaut: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.mp4"
    for kind in ("motion", "stargan"):
        said = fail(
            "drive", astronaut, VIDEO, "--show", "keypoints", "--model", weights[kind], "-o", out
        )
        assert f"--show explains first-order models, and {weights[kind]} is a " in said
        assert "leave it away, or give another --model" in said
