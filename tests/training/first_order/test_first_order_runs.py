"""Tiny runs of the first-order preset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from training_runs import CPU, assert_same_run
from typer.testing import CliRunner

from ganimate.cli.commands import app
from ganimate.errors import DataError, UsageError
from ganimate.networks.first_order.config import FirstOrderConfig, FirstOrderCriticConfig
from ganimate.networks.first_order.generator import FirstOrderGenerator
from ganimate.networks.generators import load_generator
from ganimate.training.data.clips import ClipSet
from ganimate.training.first_order.config import FirstOrderTrainConfig, count_steps
from ganimate.training.first_order.preset import FIRST_ORDER, share_learning_rate
from ganimate.training.first_order.samples import PairBatch, Pairs
from ganimate.training.loop import Progress, train
from ganimate.training.options import TrainOptions
from ganimate.training.processes import Processes
from ganimate.training.run_files import GENERATOR

TINY = FirstOrderTrainConfig(
    generator=FirstOrderConfig(
        size=64, keypoints=3, shrink=2, detector_channels=4, motion_channels=4,
        most_hourglass_channels=16, channels=4, most_channels=8, blocks=1,
    ),
    critic=FirstOrderCriticConfig(channels=4, most_channels=8),
    steps=4, batch=2, checkpoint_every=2, sheet_every=4,
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def clips() -> ClipSet:
    """Three clips of a square that moves over a background, two of one person."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(3):
        frames = np.repeat(rng.integers(0, 256, (1, 64, 64, 3), np.uint8) // 4, 5, axis=0)
        for number in range(5):
            frames[number, 20:40, 10 + 6 * number : 30 + 6 * number] = 220
        made.append(torch.from_numpy(frames))
    return ClipSet(64, ("id1#a", "id1#b", "id2#a"), tuple(made), frozenset({"id2#a"}))


def pairs_of(clips: ClipSet, config: FirstOrderTrainConfig) -> tuple[Pairs, Pairs]:
    return FIRST_ORDER.make_samples(clips, np.array([0, 1]), np.array([2]), config, Processes())


def run_of(clips: ClipSet, run: Path, config: FirstOrderTrainConfig = TINY) -> Iterator[Progress]:
    return train(FIRST_ORDER, *pairs_of(clips, config), run, config, CPU, workers=0)


def test_a_run_learns_and_is_resumed_as_if_it_had_not_stopped(
    clips: ClipSet, tmp_path: Path
) -> None:
    *_, last = run_of(clips, tmp_path / "straight")
    assert {"perceptual", "adversarial", "matching", "equivariance", "jacobian", "critic"} <= (
        last.terms.keys()
    )
    assert last.summary is not None
    first = run_of(clips, tmp_path / "stopped")
    assert [next(first).step, next(first).step, next(first).step] == [1, 2, 3]
    first.close()  # type: ignore[attr-defined]  # after step 3; the checkpoint is of step 2
    assert [done.step for done in run_of(clips, tmp_path / "stopped")] == [3, 4]
    assert_same_run(tmp_path / "stopped", tmp_path / "straight")
    assert (tmp_path / "straight" / "sheet-000004.png").exists()
    assert isinstance(load_generator(tmp_path / "straight" / GENERATOR), FirstOrderGenerator)


def test_twenty_steps_teach_something(clips: ClipSet, tmp_path: Path) -> None:
    config = replace(TINY, steps=20, learning_rate=2e-3, checkpoint_every=20)
    terms = [done.terms["perceptual"] for done in run_of(clips, tmp_path, config)]
    assert sum(terms[-5:]) < 0.8 * sum(terms[:5])


def test_pairs_are_two_frames_of_one_clip(clips: ClipSet) -> None:
    samples, _ = pairs_of(clips, replace(TINY, batch=8))
    batch: PairBatch = samples[3]
    assert batch.source.shape == batch.driving.shape == (8, 3, 64, 64)
    for source, driving in zip(batch.source, batch.driving, strict=True):
        assert not torch.equal(source, driving)
        # Above the square they show one background, in the same colours.
        assert torch.equal(source[:, :18], driving[:, :18])
    again = samples[3]
    assert torch.equal(batch.source, again.source)
    assert torch.equal(batch.affine, again.affine)


def test_processes_share_a_batch(clips: ClipSet) -> None:
    whole = pairs_of(clips, TINY)[0][0]
    halves = [
        FIRST_ORDER.make_samples(clips, np.array([0, 1]), np.array([2]), TINY, Processes(rank, 2))[
            0
        ][0]
        for rank in (0, 1)
    ]
    assert torch.equal(torch.cat([half.source for half in halves]), whole.source)
    assert torch.equal(torch.cat([half.bend for half in halves]), whole.bend)


def test_the_published_recipe() -> None:
    config = FIRST_ORDER.configure(ClipSet(256, (), (), frozenset()), None, TrainOptions())
    assert config == FirstOrderTrainConfig()
    assert (config.batch, config.learning_rate, config.betas) == (20, 2e-4, (0.5, 0.999))
    assert count_steps(19_522, 20) == 100 * 75 * 19_522 // 20
    shares = [share_learning_rate(step, replace(config, steps=100)) for step in (0, 59, 60, 89, 90)]
    assert shares == pytest.approx([1, 1, 0.1, 0.1, 0.01])


def test_networks_are_as_wide_and_large_as_asked_for() -> None:
    none = ClipSet(64, (), (), frozenset())
    options = TrainOptions(preset="first-order", size=64, channels=16)
    small = FIRST_ORDER.configure(none, None, options)
    assert (small.generator.size, small.generator.shrink) == (64, 2)
    assert (small.generator.channels, small.generator.motion_channels) == (16, 16)
    assert (small.generator.detector_channels, small.critic.channels) == (8, 8)
    larger = FIRST_ORDER.configure(
        none, FirstOrderGenerator(small.generator), TrainOptions(preset="first-order", size=128)
    )
    assert larger.generator == replace(small.generator, size=128, shrink=4)
    with pytest.raises(UsageError, match="a multiple of 32"):
        FIRST_ORDER.configure(none, None, TrainOptions(preset="first-order", size=100))
    with pytest.raises(DataError, match="too small"):
        FIRST_ORDER.check_crops(small, 32)


def test_sets_of_faces_and_foreign_options_are_refused(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text("{}")
    command = ["train", "--data", str(tmp_path), "-o", str(tmp_path / "run"), "--quiet"]
    run = CliRunner().invoke(app, [*command, "--preset", "first-order"])
    assert run.exit_code == 1
    assert "motion is learnt from videos" in run.output
    run = CliRunner().invoke(app, [*command, "--preset", "motion", "--perceptual", "vgg.pth"])
    assert run.exit_code == 2
    assert "--preset first-order" in " ".join(run.output.split())
