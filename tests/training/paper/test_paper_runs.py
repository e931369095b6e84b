"""Runs of the paper preset, and what is said of masks that choose nothing."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from training_runs import (
    CPU,
    SIX_STEPS_OF_MOTION,
    TINY_MOTION,
    TINY_PAPER,
    assert_same_run,
    run_of,
    samples_of,
    start_python,
)

from ganimate.errors import GanimateError, ModelError
from ganimate.networks.generators import load_generator
from ganimate.networks.paper import PaperGenerator
from ganimate.training.data.dataset import FaceSet
from ganimate.training.loop import LoopSettings, Progress
from ganimate.training.paper import preset as paper_preset
from ganimate.training.paper.preset import PAPER, share_learning_rate
from ganimate.training.preset import build_networks
from ganimate.training.processes import ALONE
from ganimate.training.run_files import CHECKPOINT, GENERATOR, LOG

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def straight(
    few_faces: FaceSet, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Progress]]:
    """Six steps without a stop."""
    torch.set_num_threads(1)
    run = tmp_path_factory.mktemp("run") / "straight"
    return run, list(run_of(few_faces, run, TINY_PAPER))


def test_a_run_leaves_what_it_should(straight: tuple[Path, list[Progress]]) -> None:
    run, steps = straight
    assert [done.saved for done in steps] == [0, 0, 3, 3, 3, 6]
    assert sorted(os.listdir(run)) == [CHECKPOINT, GENERATOR, LOG, "sheet-000006.png"]
    generator = load_generator(run / GENERATOR)
    assert isinstance(generator, PaperGenerator)
    assert generator.config == TINY_PAPER.generator
    height, width = cv2.imread(str(run / "sheet-000006.png")).shape[:2]
    assert (height, width) == (2 * 4 * 64, 2 * 64)


def test_the_generator_learns_in_every_nth_step(straight: tuple[Path, list[Progress]]) -> None:
    critic = {"critic", "gradient_penalty", "critic_action_units"}
    generator = {"adversarial", "action_units", "identity", "attention"}
    judged = {"val_cycle", "val_change", "val_action_units"}
    judged |= {"val_attention", "val_attention_keeps", "val_attention_paints"}
    assert [set(done.terms) for done in straight[1]] == [
        critic, critic | generator, critic | judged,
        critic | generator, critic, critic | generator | judged,
    ]  # fmt: skip


def test_one_step_is_the_paper_s(few_faces: FaceSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The update of one step against Adam on the sum of Eqs. 2 and 3, written out once more."""
    exact = torch.autocast("cpu", enabled=False)
    monkeypatch.setattr(paper_preset, "autocast", lambda device: exact)
    batch = samples_of(few_faces, TINY_PAPER)[0][0]
    networks, again = build_networks(PAPER, TINY_PAPER, CPU), build_networks(PAPER, TINY_PAPER, CPU)
    PAPER.train_step(networks, batch, 0, TINY_PAPER, ALONE)
    x, critic = batch.photo / 127.5 - 1, again.critic
    colour, mask = again.generator(x, batch.target[:, :, None].expand(-1, -1, 2))
    fake = ((1 - mask) * colour + mask * x).detach()
    between = batch.mix[:, None, None, None] * (x - fake) + fake
    between = between.requires_grad_(True)
    slope = torch.autograd.grad(critic(between)[0].sum(), between, create_graph=True)[0]
    lengths = slope.square().sum(dim=(1, 2, 3)).sqrt()
    loss = critic(fake)[0].mean() - critic(x)[0].mean() + 10 * (lengths - 1).square().mean()
    loss = loss + 160 * (critic(x)[1] - batch.aus).square().mean()
    loss.backward()
    again.critic_optimiser.step()
    before = build_networks(PAPER, TINY_PAPER, CPU).critic.state_dict()
    for name, weight in networks.critic.state_dict().items():
        moved = (weight - before[name]).abs().max()
        assert moved > 0.5e-4, name  # Adam's first step is as long as its rate
        # Adam makes a whole step of a gradient that is next to nothing: rounding may turn it round.
        apart = (weight - again.critic.state_dict()[name]).abs() > 0.05e-4
        assert apart.float().mean() < 0.04, name


def test_bfloat16_leaves_the_losses_as_they_are(
    few_faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    for name, half in (("exact", False), ("half", True)):
        precision = torch.autocast("cpu", torch.bfloat16, enabled=half)
        monkeypatch.setattr(paper_preset, "autocast", lambda device, chosen=precision: chosen)
        runs.append(list(run_of(few_faces, tmp_path / name, TINY_PAPER)))
    assert runs[0][-1].terms != runs[1][-1].terms
    for exact, rounded in zip(*runs, strict=True):
        assert rounded.terms == pytest.approx(exact.terms, rel=0.02, abs=3e-3)


def test_the_learning_rate_falls_over_the_last_third() -> None:
    shares = [share_learning_rate(step, 300) for step in (0, 200, 250, 299)]
    assert shares == pytest.approx([1, 1, 0.5, 0.01])


def test_training_learns(few_faces: FaceSet, tmp_path: Path) -> None:
    """The critic reads AUs better, and faces come back nearer, than after the first steps."""
    config = replace(
        TINY_PAPER, steps=60, checkpoint_every=60, learning_rate=2e-3, critic_learning_rate=2e-3
    )
    steps = list(run_of(few_faces, tmp_path, config))
    for term, most in (("critic_action_units", 0.5), ("identity", 0.7)):
        course = [step.terms[term] for step in steps if term in step.terms]
        assert np.mean(course[-3:]) < most * np.mean(course[:3])


KILLED = """
import sys, time
from pathlib import Path
import torch
from training_runs import TINY_PAPER, run_of
from ganimate.training.data.dataset import load_faces
torch.set_num_threads(1)
for done in run_of(load_faces([Path(sys.argv[1])]), Path(sys.argv[2]), TINY_PAPER):
    time.sleep(60 if done.step == 4 else 0)
"""


def test_a_killed_run_goes_on(
    few_dataset: Path, few_faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    process = start_python(KILLED, few_dataset, tmp_path / "run")
    log = tmp_path / "run" / LOG
    while process.poll() is None and not (log.exists() and log.read_text().count("\n") == 4):
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert [done.step for done in run_of(few_faces, tmp_path / "run", TINY_PAPER)] == [4, 5, 6]
    assert_same_run(tmp_path / "run", straight[0])


class Killed(BaseException):
    """What stands for the end of the process."""


@pytest.mark.parametrize("survived", range(6))
def test_a_run_killed_between_two_writes_goes_on(
    few_faces: FaceSet,
    tmp_path: Path,
    straight: tuple[Path, list[Progress]],
    monkeypatch: pytest.MonkeyPatch,
    survived: int,
) -> None:
    """The second checkpoint's step writes a line, a sheet, the generator and the checkpoint."""
    replaced = 0
    move = Path.replace

    def replace_or_die(self: Path, target: Path) -> Path:
        nonlocal replaced
        if replaced == survived:
            raise Killed
        replaced += 1
        return move(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace_or_die)
        try:
            list(run_of(few_faces, tmp_path, TINY_PAPER))
        except Killed:
            assert survived < 5
        else:
            assert survived == 5
    list(run_of(few_faces, tmp_path, TINY_PAPER))
    assert_same_run(tmp_path, straight[0])


def test_a_run_of_the_other_preset(
    few_faces: FaceSet, straight: tuple[Path, list[Progress]]
) -> None:
    with pytest.raises(ModelError, match="of the paper preset"):
        next(run_of(few_faces, straight[0], TINY_MOTION))


def test_a_checkpoint_without_a_preset_is_of_motion(few_faces: FaceSet, tmp_path: Path) -> None:
    """Those of earlier versions have none."""
    list(run_of(few_faces, tmp_path, replace(SIX_STEPS_OF_MOTION, steps=1)))
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert state.pop("preset") == "motion"
    torch.save(state, tmp_path / CHECKPOINT)
    assert [done.step for done in run_of(few_faces, tmp_path, SIX_STEPS_OF_MOTION)] == [
        2,
        3,
        4,
        5,
        6,
    ]


def test_a_checkpoint_of_another_network(
    few_faces: FaceSet, straight: tuple[Path, list[Progress]]
) -> None:
    for network, name in (("generator", "blocks"), ("critic", "layers")):
        other = replace(getattr(TINY_PAPER, network), **{name: 3})
        with pytest.raises(ModelError, match=f"{name} ., this one 3"):
            next(run_of(few_faces, straight[0], replace(TINY_PAPER, **{network: other})))


def test_a_loss_that_is_not_finite_stops_the_run(few_faces: FaceSet, tmp_path: Path) -> None:
    wild = replace(TINY_PAPER, learning_rate=1e30, critic_learning_rate=1e30)
    with pytest.raises(GanimateError, match="lower learning rate"):
        list(run_of(few_faces, tmp_path, wild))


def generator_with(attention: float) -> PaperGenerator:
    """A generator whose mask is the same number everywhere."""
    torch.manual_seed(0)
    generator = PaperGenerator(replace(TINY_PAPER.generator, head_bias=True))
    with torch.no_grad():
        generator.attention.weight.zero_()
        assert generator.attention.bias is not None
        generator.attention.bias.fill_(float(np.log(attention / (1 - attention))))
    return generator


@pytest.mark.parametrize(
    ("attention", "said"), [(0.999, "saturated"), (0.001, "collapsed"), (0.5, None)]
)
def test_a_mask_that_chooses_nothing_is_warned_of(
    few_faces: FaceSet,
    tmp_path: Path,
    attention: float,
    said: str | None,
) -> None:
    first = generator_with(attention)
    config = replace(TINY_PAPER, generator=first.config, steps=1, learning_rate=1e-9)
    (early,) = run_of(few_faces, tmp_path / "early", config, first)
    assert early.warning is None
    assert early.terms["val_attention"] == pytest.approx(attention, abs=5e-3)
    assert early.terms["val_attention_keeps"] == (attention > 0.98)
    assert early.terms["val_attention_paints"] == (attention < 0.02)
    judged = LoopSettings(judged_from=1)
    (done,) = run_of(few_faces, tmp_path / "late", config, first, settings=judged)
    if said is None:
        assert done.warning is None
    else:
        assert done.warning is not None
        assert said in done.warning
        assert "attention weight" in done.warning
