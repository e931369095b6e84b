"""Tiny runs of both presets, the same in every test, and what they leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from typer.testing import CliRunner

from ganimate.cli.commands import app
from ganimate.networks.generators import load_generator
from ganimate.networks.motion import CriticConfig, GeneratorConfig
from ganimate.networks.paper import PaperConfig, PaperCriticConfig
from ganimate.training.config import TrainConfig
from ganimate.training.data.dataset import FaceSet, split
from ganimate.training.data.prepare import ShardSettings
from ganimate.training.data.shard import PrepareOptions
from ganimate.training.loop import LOOP, LoopSettings, Progress, train
from ganimate.training.motion.config import MotionTrainConfig
from ganimate.training.motion.pairs import Pairs
from ganimate.training.motion.preset import MOTION
from ganimate.training.paper.config import PaperTrainConfig
from ganimate.training.paper.preset import PAPER
from ganimate.training.paper.samples import Samples
from ganimate.training.preset import AnyPreset, SampleSet
from ganimate.training.processes import ALONE, Processes
from ganimate.training.run_files import CHECKPOINT, GENERATOR, LOG
from ganimate.weights import load_face_models

TINY_MOTION = MotionTrainConfig(
    generator=GeneratorConfig(size=64, channels=16, blocks=1, skip_channels=(8, 16)),
    critic=CriticConfig(size=24, channels=8, max_channels=16, layers=3),
    steps=4,
    batch=4,
    critic_from=1,
    adversary_from=2,
    checkpoint_every=2,
    sheet_every=4,
)
SIX_STEPS_OF_MOTION = replace(TINY_MOTION, steps=6, checkpoint_every=3, sheet_every=6)
TINY_PAPER = PaperTrainConfig(
    generator=PaperConfig(size=64, channels=8, blocks=1),
    critic=PaperCriticConfig(size=64, channels=8, layers=4),
    steps=6,
    batch=4,
    n_critic=2,
    checkpoint_every=3,
    sheet_every=6,
)
HELD_OUT = frozenset({"shifted/a1.jpg", "shifted/g1.jpg", "a1.png", "g1.png"})
OPTIONS = PrepareOptions(size=64, min_sharpness=200)
TENS = ShardSettings(photos=10)
CPU = torch.device("cpu")
HERE = Path(__file__).parent


def pairs_of(
    faces: FaceSet, *, batch: int = 4, seed: int = 0, processes: Processes = ALONE
) -> tuple[Pairs, Pairs]:
    """Samples of motion to train on and to validate on."""
    models = load_face_models()
    seen, unseen = split(faces, HELD_OUT)
    return (
        Pairs(faces, seen, models, batch, seed, processes=processes),
        Pairs(faces, unseen, models, batch, seed + 1),
    )


def samples_of(
    faces: FaceSet, config: TrainConfig, processes: Processes = ALONE
) -> tuple[SampleSet[Any], SampleSet[Any]]:
    """Samples of a run to train on and to validate on."""
    if not isinstance(config, PaperTrainConfig):
        return pairs_of(faces, batch=config.batch, seed=config.seed, processes=processes)
    seen, unseen = split(faces, HELD_OUT)
    size = config.generator.size
    return (
        Samples(faces, seen, size, config.batch, config.seed, processes),
        Samples(faces, unseen, size, 2, config.seed + 1),
    )


def run_of(
    faces: FaceSet,
    run: Path,
    config: TrainConfig = TINY_MOTION,
    init: nn.Module | None = None,
    processes: Processes = ALONE,
    settings: LoopSettings = LOOP,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Progress]:
    """The progress of a tiny run."""
    samples, validation = samples_of(faces, config, processes)
    preset: AnyPreset = PAPER if isinstance(config, PaperTrainConfig) else MOTION
    return train(
        preset, samples, validation, run, config, CPU,
        workers=0, init=init, processes=processes, settings=settings, stop=stop,
    )  # fmt: skip


def log_of(run: Path) -> list[dict[str, Any]]:
    """The lines of a run's log."""
    return [json.loads(line) for line in (run / LOG).read_text().splitlines()]


def assert_same_run(one: Path, other: Path) -> None:
    """Two runs ended in the same weights and moments, to the bit, and say the same of each step."""
    assert_same(*(torch.load(run / CHECKPOINT, weights_only=True) for run in (one, other)))
    assert_same(*(load_generator(run / GENERATOR).state_dict() for run in (one, other)))
    for line, other_line in zip(log_of(one), log_of(other), strict=True):
        assert line | {"seconds": 0} == other_line | {"seconds": 0}


def assert_same(one: Any, other: Any) -> None:
    """Two states are the same, tensor by tensor."""
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            assert_same(one[name], other[name])
    else:
        assert one == other


def start_python(code: str, *arguments: object, **variables: str) -> subprocess.Popen[bytes]:
    """A Python process that can import ganimate and this module."""
    earlier = filter(None, [os.environ.get("PYTHONPATH")])
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE), *earlier])
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path, **variables},
        stderr=subprocess.PIPE,
    )


def ganimate(*arguments: object, code: int = 0) -> str:
    """Run a command that must exit with `code`; its stdout if that is 0, else its stderr."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr if code else result.stdout
