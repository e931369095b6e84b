"""Tiny runs of the `stargan` preset: what they leave, that they resume, and that they learn."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from training_runs import assert_same_run
from typer.testing import CliRunner

from ganimate.cli.commands import app
from ganimate.errors import DataError, UsageError
from ganimate.networks.generators import load_generator, save_generator
from ganimate.networks.stargan import StarganConfig, StarganGenerator
from ganimate.training import plan
from ganimate.training.data.labelled_pictures import (
    GreyPictures,
    LabelledPictures,
    count_labels,
)
from ganimate.training.loop import Progress, train
from ganimate.training.options import TrainOptions
from ganimate.training.preset import build_networks
from ganimate.training.processes import ALONE, Processes
from ganimate.training.run_files import CHECKPOINT, GENERATOR, LOG
from ganimate.training.seen_faces import read_seen_faces
from ganimate.training.stargan import preset as stargan_preset
from ganimate.training.stargan.config import StarganTrainConfig
from ganimate.training.stargan.preset import STARGAN
from ganimate.training.stargan.samples import StarganSamples

CPU = torch.device("cpu")
NAMES = ("dark", "bright")
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def pictures() -> LabelledPictures:
    """Forty pictures of 16 px, dark ones and bright ones in turn."""
    rng = np.random.default_rng(0)
    shown = np.arange(40) % 2
    pixels = rng.integers(0, 60, (40, 16, 16)) + 40 + 120 * shown[:, None, None]
    labels = np.eye(2, dtype=np.float32)[shown]
    return LabelledPictures(
        kind="emotions", names=tuple(map(str, range(40))), labels=labels, label_names=NAMES,
        exclusive=True, pictures=GreyPictures(pixels.astype(np.uint8)), size=16, grey=True,
        report=count_labels(labels, NAMES, {}, [(16, 16)] * 40),
    )  # fmt: skip


@pytest.fixture(scope="module")
def config(pictures: LabelledPictures) -> StarganTrainConfig:
    options = TrainOptions("stargan", channels=4, batch=4, steps=6)
    chosen: Any = plan.choose_config(options, pictures, frozenset())
    return replace(chosen, n_critic=2, checkpoint_every=3, sheet_every=6)


def start_run(
    pictures: LabelledPictures, run: Path, config: StarganTrainConfig
) -> Iterator[Progress]:
    options = TrainOptions("stargan")
    samples = plan.make_samples(options, pictures, frozenset(), config, ALONE)
    seen = plan.note_split(pictures, frozenset())
    return train(STARGAN, *samples, run, config, CPU, workers=0, seen=seen)


def run_of(pictures: LabelledPictures, run: Path, config: StarganTrainConfig) -> list[Progress]:
    return list(start_run(pictures, run, config))


def test_the_published_settings(pictures: LabelledPictures) -> None:
    config: Any = plan.choose_config(TrainOptions("stargan"), pictures, frozenset())
    assert (config.generator.channels, config.generator.blocks, config.generator.size) == (
        64,
        6,
        16,
    )
    assert (config.steps, config.batch, config.n_critic, config.adversarial) == (
        200_000, 8, 5, "wgan-gp",
    )  # fmt: skip
    assert (config.learning_rate, config.critic_learning_rate, config.betas) == (
        1e-4, 1e-4, (0.5, 0.999),
    )  # fmt: skip
    weights = config.weights
    assert (weights.classes, weights.reconstruction, weights.gradient_penalty) == (1, 10, 10)
    large: Any = plan.choose_config(
        TrainOptions("stargan", size=128), replace(pictures, size=178), frozenset()
    )
    assert (large.generator.size, large.critic.layers, large.batch) == (128, 6, 16)


def test_a_run_leaves_what_it_should_and_resumes(
    pictures: LabelledPictures, config: StarganTrainConfig, tmp_path: Path
) -> None:
    straight, stopped = tmp_path / "straight", tmp_path / "stopped"
    steps = run_of(pictures, straight, config)
    assert sorted(os.listdir(straight)) == [CHECKPOINT, GENERATOR, LOG, "sheet-000006.png"]
    generator = load_generator(straight / GENERATOR)
    assert generator.config == config.generator
    sheet = cv2.imread(str(straight / "sheet-000006.png"))
    assert sheet.shape[:2] == (2 * 3 * 16, 8 * 16)  # two batches: pictures, dark, bright
    critic = {"critic", "critic_classes", "gradient_penalty"}
    painter = {"adversarial", "classes", "reconstruction"}
    judged = {"val_cycle", "val_change", "val_seen", "val_read", "val_chance"}
    assert [set(done.terms) for done in steps] == [
        critic, critic | painter, critic | judged,
        critic | painter, critic, critic | painter | judged,
    ]  # fmt: skip
    seen = read_seen_faces(straight / GENERATOR)
    assert seen is not None
    assert (len(seen.trained_on), len(seen.held_out)) == (39, 1)
    killed = tmp_path / "killed"
    for done in start_run(pictures, killed, config):
        if done.step == 4:  # its checkpoint is of step 3
            break
    assert [done.step for done in start_run(pictures, killed, config)] == [4, 5, 6]
    assert_same_run(straight, killed)
    run_of(pictures, stopped, replace(config, steps=3))
    # a run that goes on decays as its new length says; so does the one that never stopped
    again = tmp_path / "again"
    run_of(pictures, again, replace(config, steps=3))
    for folder in (stopped, again):
        run_of(pictures, folder, config)
    assert_same_run(stopped, again)


def test_one_step_of_the_critic_is_eq_5(
    pictures: LabelledPictures, config: StarganTrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The update of one step against Adam on Eqs. 8 and 2, written out once more."""
    exact = torch.autocast("cpu", enabled=False)
    monkeypatch.setattr(stargan_preset, "autocast", lambda device: exact)
    batch = StarganSamples(pictures, np.arange(39), 16, 4, 0)[0]
    networks, again = (build_networks(STARGAN, config, CPU) for _ in range(2))
    terms = STARGAN.train_step(networks, batch, 0, config, ALONE)
    x, critic = batch.picture / 127.5 - 1, again.critic
    fake = again.generator(x, batch.target).detach()
    between = batch.mix[:, None, None, None] * (x - fake) + fake
    between = between.requires_grad_(True)
    slope = torch.autograd.grad(critic(between)[0].sum(), between, create_graph=True)[0]
    lengths = slope.square().sum(dim=(1, 2, 3)).sqrt()
    loss = critic(fake)[0].mean() - critic(x)[0].mean() + 10 * (lengths - 1).square().mean()
    odds = critic(x)[1].log_softmax(dim=1)
    loss = loss - (odds * batch.labels).sum(dim=1).mean()
    total = terms["critic"] + 10 * terms["gradient_penalty"] + terms["critic_classes"]
    assert total.item() == pytest.approx(loss.item(), rel=1e-4)
    loss.backward()
    again.critic_optimiser.step()
    ours, theirs = (list(one.critic.parameters()) for one in (networks, again))
    for one, other in zip(ours, theirs, strict=True):
        assert ((one - other).abs() > 0.05e-4).float().mean() < 0.04


def test_the_log_form_has_no_penalty(
    pictures: LabelledPictures, config: StarganTrainConfig, tmp_path: Path
) -> None:
    steps = run_of(pictures, tmp_path, replace(config, adversarial="log", steps=2))
    assert "gradient_penalty" not in steps[-1].terms
    assert steps[0].terms["critic"] == pytest.approx(2 * np.log(2), rel=0.2)  # both are guessed


def test_labels_that_nobody_balanced_are_drawn_equally_often(pictures: LabelledPictures) -> None:
    """Of 4 dark pictures and 36 bright ones, each as bright as its number."""
    pixels = np.arange(40, dtype=np.uint8)[:, None, None].repeat(16, 1).repeat(16, 2)
    labels = np.eye(2, dtype=np.float32)[(np.arange(40) >= 4).astype(int)]
    rare = replace(pictures, pictures=GreyPictures(pixels), labels=labels, even=True)
    for size in (2, 6):  # of batches; 72 pictures are drawn
        samples = StarganSamples(rare, np.arange(40), 16, size, 0)
        batches = [samples[step] for step in range(72 // size)]
        assert all((batch.labels.sum(dim=0) == size / 2).all() for batch in batches)
        shown = torch.cat([batch.picture[:, 0, 0, 0] for batch in batches])
        assert torch.bincount(shown.long()).tolist() == [9] * 4 + [1] * 36
    orders = [tuple(batch.labels[:, 0].tolist()) for batch in batches]
    assert len(set(orders)) > 5  # no order of labels, which would be the order of targets


def test_several_processes_share_a_batch(pictures: LabelledPictures) -> None:
    whole = StarganSamples(pictures, np.arange(39), 16, 4, 3)[7]
    halves = [
        StarganSamples(pictures, np.arange(39), 16, 4, 3, Processes(rank, 2))[7] for rank in (0, 1)
    ]
    for name in ("picture", "labels", "target", "mix"):
        joined = torch.cat([getattr(half, name) for half in halves])
        assert torch.equal(joined, getattr(whole, name)), name


def test_training_learns(
    pictures: LabelledPictures, config: StarganTrainConfig, tmp_path: Path
) -> None:
    """Pictures come back, and dark ones are painted bright."""
    longer = replace(
        config, steps=260, checkpoint_every=260, sheet_every=260, batch=8, ema=0.9,
        learning_rate=2e-3, critic_learning_rate=2e-3, seed=3,  # 0 is slow on some processors
    )  # fmt: skip
    steps = run_of(pictures, tmp_path, longer)
    assert steps[-1].terms["reconstruction"] < 0.5 * steps[3].terms["reconstruction"]
    assert np.mean([step.terms["critic_classes"] for step in steps[-20:]]) < 0.1
    generator: Any = load_generator(tmp_path / GENERATOR)
    dark = torch.from_numpy(pictures.read(0, 16)).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.no_grad():
        painted = generator(dark.expand(2, -1, -1, -1), torch.eye(2)).mean(dim=(1, 2, 3))
    assert painted[1] - painted[0] > 0.5
    assert steps[-1].warning is None


def test_runs_that_cannot_be(pictures: LabelledPictures, tmp_path: Path) -> None:
    one = replace(pictures, labels=np.eye(2, dtype=np.float32)[np.zeros(40, int)])
    config: Any = plan.choose_config(TrainOptions("stargan", channels=4), one, frozenset())
    with pytest.raises(
        DataError, match=r"labelled dark: there is nothing to change|labelled bright"
    ):
        run_of(one, tmp_path / "run", config)
    odd: Any = plan.choose_config(TrainOptions("stargan", size=18), pictures, frozenset())
    with pytest.raises(DataError, match="Pictures of 18 px cannot be halved"):
        run_of(pictures, tmp_path / "run", odd)
    assert not (tmp_path / "run").exists()
    for preset, setting, takers in (
        ("stargan", {"attention_weight": 0.1}, "motion or paper"),
        ("motion", {"labels": ("happy",)}, "stargan"),
    ):
        with pytest.raises(UsageError, match=f"{next(iter(setting))}` is no setting.*{takers}"):
            plan.check_options(TrainOptions(preset, **setting))  # type: ignore[arg-type]


def test_a_run_that_starts_from_weights(pictures: LabelledPictures, tmp_path: Path) -> None:
    path = tmp_path / "first.safetensors"
    config = StarganConfig(("dark", "blue"), size=16, channels=4, blocks=1)
    save_generator(path, StarganGenerator(config).state_dict(), config)
    options = TrainOptions("stargan")
    first = plan.load_first_generator(str(path), options)
    with pytest.raises(UsageError, match="know dark, blue, the data set has dark, bright"):
        plan.choose_config(options, pictures, frozenset(), first)
    renamed = replace(pictures, label_names=("dark", "blue"))
    chosen = plan.choose_config(options, renamed, frozenset(), first)
    assert chosen.generator == config
    with pytest.raises(
        UsageError, match=r"first\.safetensors is a StarGAN, .*: give `preset` stargan"
    ):
        plan.load_first_generator(str(path), TrainOptions("motion"))


def test_the_command_trains_and_evaluates(tmp_path: Path, astronaut: Path) -> None:
    """From folders of faces to weights that render and are measured."""
    folder, run = tmp_path / "FER", tmp_path / "run"
    photo = Image.open(astronaut).convert("RGB").crop((160, 50, 290, 180)).resize((48, 48))
    for number in range(12):
        for name in ("happy", "sad"):
            part = "test" if number == 0 else "train"
            path = folder / part / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            photo.rotate(number).convert("L").save(path)
    arguments = ["train", "--preset", "stargan", "--data", folder, "-o", run, "--channels", "4",
                 "--batch", "2", "--workers", "0", "--steps"]  # fmt: skip
    done = command(*arguments, "3", "--json")
    assert done["steps"] == 3
    assert "val_seen" in done
    assert command(*arguments, "4", "--json")["steps"] == 4
    generator: Any = load_generator(run / GENERATOR)
    assert generator.config.labels == ("happy", "sad")
    assert generator.config.grey
    assert generator.config.framing.scale > 0.8  # measured
    facts = command("evaluate", "--model", run, "--data", folder, "--json")
    assert facts["pictures"] == 2  # those that the set holds out
    assert [one["painted"] for one in facts["labels"]] == [1, 1]
    assert facts["labels"][0]["read"] == 1  # she smiles
    assert facts["reconstruction"]["everywhere"]["l1"] > 0


def command(*arguments: object) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts
