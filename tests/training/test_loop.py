"""Runs of the motion preset: what they leave, how they are interrupted, and what stops them."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

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
    log_of,
    pairs_of,
    run_of,
    start_python,
)

from ganimate.errors import DataError, GanimateError, ModelError, OutputError
from ganimate.networks.generators import load_generator, save_generator
from ganimate.networks.motion import Generator
from ganimate.training.config import TrainConfig
from ganimate.training.data.dataset import FaceSet
from ganimate.training.loop import LoopSettings, Progress, train
from ganimate.training.motion.config import MotionTrainConfig, choose_critic
from ganimate.training.motion.preset import MOTION
from ganimate.training.options import CriticForm
from ganimate.training.run_files import CHECKPOINT, GENERATOR, LOG, read_latest_terms

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def straight(
    faces: FaceSet, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Progress]]:
    """Four steps without a stop."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    run = tmp_path_factory.mktemp("run") / "straight"
    steps = list(run_of(faces, run))
    torch.set_num_threads(threads)
    return run, steps


def test_a_run_leaves_what_it_should(straight: tuple[Path, list[Progress]]) -> None:
    run, steps = straight
    assert [done.step for done in steps] == [1, 2, 3, 4]
    assert [done.saved for done in steps] == [0, 2, 2, 4]
    assert sorted(os.listdir(run)) == [CHECKPOINT, GENERATOR, LOG, "sheet-000004.png"]
    generator = load_generator(run / GENERATOR)
    assert generator.config == TINY_MOTION.generator
    height, width = cv2.imread(str(run / "sheet-000004.png")).shape[:2]
    assert (height, width) == (2 * 3 * 24, 4 * 24)


def test_terms_appear_when_their_time_comes(
    straight: tuple[Path, list[Progress]],
) -> None:
    run, steps = straight
    always = {"round_trip", "anatomy", "tint", "attention", "attention_variation"}
    critic = {"critic", "gradient_penalty", "critic_action_units"}
    adversary = {"adversarial", "features", "action_units"}
    measured = {"val_l1", "val_l1_input", "val_l1_unknown", "val_l1_input_unknown", "val_painted"}
    measured |= {"val_attention", "val_attention_keeps", "val_attention_paints"}
    assert set(steps[0].terms) == always
    assert set(steps[1].terms) == always | critic | measured
    assert set(steps[2].terms) == always | critic | adversary
    assert all(np.isfinite(list(done.terms.values())).all() for done in steps)
    assert set(steps[3].terms) == always | critic | adversary | measured
    lines = log_of(run)
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert [line["seconds"] for line in lines] == sorted(line["seconds"] for line in lines)
    assert lines[2]["round_trip"] == steps[2].terms["round_trip"]
    assert read_latest_terms(run) == {**steps[1].terms, **steps[2].terms, **steps[3].terms}


@pytest.mark.parametrize("form", ["wgan-gp", "logistic"])
def test_training_learns_with_either_critic(
    faces: FaceSet, tmp_path: Path, form: CriticForm
) -> None:
    """What was unknown comes back better after a few steps, and the adversary does not spoil it."""
    config = replace(TINY_MOTION, learning_rate=3e-3, ema=0.9, critic_from=80, adversary_from=90)
    config = choose_critic(config, form)
    (first,) = run_of(faces, tmp_path / "first", replace(config, steps=1))
    *_, last = run_of(faces, tmp_path / "last", replace(config, steps=100, checkpoint_every=100))
    assert last.terms["val_l1_unknown"] < 0.5 * first.terms["val_l1_unknown"]


def test_a_wasserstein_critic_takes_five_steps_for_each_of_the_generator(
    faces: FaceSet, tmp_path: Path
) -> None:
    """The generator learns in every step until it listens to the critic."""
    config = choose_critic(replace(TINY_MOTION, steps=12, checkpoint_every=12), "wgan-gp")
    assert (config.critic_from, config.adversary_from) == (1, 2)
    steps = list(run_of(faces, tmp_path, config))
    learns = [done.step for done in steps if "round_trip" in done.terms]
    assert learns == [1, 2, 5, 10]
    assert [done.step for done in steps if "critic" in done.terms] == list(range(2, 13))
    assert "adversarial" not in steps[1].terms
    assert "adversarial" in steps[4].terms


def test_a_resumed_run_is_the_uninterrupted_one(
    faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    first = run_of(faces, tmp_path)
    assert [next(first).step, next(first).step, next(first).step] == [1, 2, 3]
    first.close()  # type: ignore[attr-defined]  # after step 3; the checkpoint is of step 2
    with (tmp_path / LOG).open("a") as log:
        log.write('{"step": 4, "sec')  # cut short
    assert [done.step for done in run_of(faces, tmp_path)] == [3, 4]
    assert_same_run(tmp_path, straight[0])


@pytest.mark.parametrize(
    "config",
    [TINY_MOTION, choose_critic(SIX_STEPS_OF_MOTION, "wgan-gp"), TINY_PAPER],
    ids=["motion", "motion, wgan-gp", "paper"],
)
def test_a_run_that_is_stopped_goes_on_as_if_it_had_not_been(
    faces: FaceSet, tmp_path: Path, config: TrainConfig
) -> None:
    """Stopped where no checkpoint is due, after the third of four or the fourth of six steps."""
    count = config.steps - config.steps // 3
    asked = iter(range(1, 100))
    stopped = run_of(faces, tmp_path / "stopped", config, stop=lambda: next(asked) == count)
    *_, last = stopped
    assert (last.step, last.saved) == (count, count)
    assert count % config.checkpoint_every
    rest = [done.step for done in run_of(faces, tmp_path / "stopped", config)]
    assert rest == list(range(count + 1, config.steps + 1))
    list(run_of(faces, tmp_path / "straight", config))
    assert_same_run(tmp_path / "stopped", tmp_path / "straight")


KILLED = """
import sys, time
from pathlib import Path
import torch
from training_runs import run_of
from ganimate.training.data.dataset import load_faces
torch.set_num_threads(1)
for done in run_of(load_faces([Path(sys.argv[1])]), Path(sys.argv[2])):
    time.sleep(60 if done.step == 3 else 0)
"""


def test_a_killed_run_goes_on(
    dataset: Path, faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    process = start_python(KILLED, dataset, tmp_path / "run")
    log = tmp_path / "run" / LOG
    while process.poll() is None and not (log.exists() and log.read_text().count("\n") == 3):
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert [done.step for done in run_of(faces, tmp_path / "run")] == [3, 4]
    assert_same_run(tmp_path / "run", straight[0])


@pytest.mark.parametrize("left", [None, 2])
def test_weights_that_a_killed_run_had_not_written_follow_from_its_checkpoint(
    faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]], left: int | None
) -> None:
    run = copied(straight[0], tmp_path / "run")
    written = (run / GENERATOR).read_bytes()
    (run / GENERATOR).unlink()
    if left is not None:
        older = load_generator(straight[0] / GENERATOR)
        for weight in older.parameters():
            torch.nn.init.zeros_(weight)
        save_generator(run / GENERATOR, older.state_dict(), older.config, {"step": str(left)})
    assert list(run_of(faces, run)) == []
    assert (run / GENERATOR).read_bytes() == written


def test_a_finished_run_has_nothing_to_do(
    faces: FaceSet, straight: tuple[Path, list[Progress]]
) -> None:
    before = (straight[0] / LOG).read_text()
    assert list(run_of(faces, straight[0])) == []
    assert (straight[0] / LOG).read_text() == before


def copied(run: Path, to: Path) -> Path:
    """A run to break."""
    to.mkdir()
    for path in run.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            replace(TINY_MOTION, generator=replace(TINY_MOTION.generator, blocks=2)),
            "blocks 1, this one 2",
        ),
        (
            replace(TINY_MOTION, critic=replace(TINY_MOTION.critic, channels=4)),
            "channels 8, this one 4",
        ),
    ],
)
def test_a_checkpoint_of_another_network(
    faces: FaceSet, straight: tuple[Path, list[Progress]], config: MotionTrainConfig, said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        next(run_of(faces, straight[0], config))


def test_other_settings_may_change(
    faces: FaceSet, straight: tuple[Path, list[Progress]], tmp_path: Path
) -> None:
    run = copied(straight[0], tmp_path / "run")
    longer = replace(TINY_MOTION, steps=5, learning_rate=1e-4, batch=2)
    assert [done.step for done in run_of(faces, run, longer)] == [5]


@pytest.mark.parametrize("content", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint(
    faces: FaceSet, straight: tuple[Path, list[Progress]], tmp_path: Path, content: bytes | None
) -> None:
    run = copied(straight[0], tmp_path / "run")
    whole = (run / CHECKPOINT).read_bytes()
    (run / CHECKPOINT).write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(ModelError, match="damaged"):
        next(run_of(faces, run))


class Trap:
    """What an attacker would put into a checkpoint."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_a_checkpoint_runs_no_code(faces: FaceSet, tmp_path: Path) -> None:
    run, sprung = tmp_path / "run", tmp_path / "sprung"
    run.mkdir()
    torch.save({"step": 1, "config": Trap(sprung)}, run / CHECKPOINT)
    with pytest.raises(ModelError):
        next(run_of(faces, run))
    assert not sprung.exists()


@pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_FSIZE")
def test_a_full_disk_keeps_the_last_checkpoint(
    faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    import resource

    steps = run_of(faces, tmp_path)
    assert [next(steps).step for _ in range(3)] == [1, 2, 3]
    kept = {name: (tmp_path / name).read_bytes() for name in (CHECKPOINT, GENERATOR)}
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    try:
        with pytest.raises(OutputError, match="last checkpoint is kept") as error:
            next(steps)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "sheet-000004.png cannot be written" in str(error.value)
    assert {name: (tmp_path / name).read_bytes() for name in kept} == kept
    assert not list(tmp_path.glob("*.part"))
    assert [done.step for done in run_of(faces, tmp_path)] == [3, 4]
    assert_same_run(tmp_path, straight[0])


def test_a_loss_that_is_not_finite_stops_the_run(faces: FaceSet, tmp_path: Path) -> None:
    with pytest.raises(GanimateError, match="lower learning rate"):
        list(run_of(faces, tmp_path, replace(TINY_MOTION, learning_rate=1e30)))


def generator_with_bias(bias: float) -> Generator:
    """A generator whose attention is pushed to one end."""
    torch.manual_seed(0)
    generator = Generator(TINY_MOTION.generator)
    with torch.no_grad():
        generator.heads.weight.zero_()
        assert generator.heads.bias is not None
        generator.heads.bias[12:] = bias
    return generator


@pytest.mark.parametrize(
    ("bias", "said"), [(-20.0, "repaints"), (20.0, "paints only"), (2.0, "worse than the warp")]
)
def test_a_generator_that_spoils_photos_is_warned_of(
    faces: FaceSet, tmp_path: Path, bias: float, said: str
) -> None:
    config = replace(TINY_MOTION, steps=1, learning_rate=1e-9)
    (early,) = run_of(faces, tmp_path / "early", config, generator_with_bias(bias))
    assert early.warning is None  # the first thousand steps may do as they like
    judged = LoopSettings(judged_from=1)
    (done,) = run_of(faces, tmp_path / "late", config, generator_with_bias(bias), settings=judged)
    assert done.warning is not None
    assert said in done.warning
    assert "learning rate" in done.warning


def test_a_run_starts_from_given_weights(faces: FaceSet, tmp_path: Path) -> None:
    init = generator_with_bias(0.5)
    list(run_of(faces, tmp_path, replace(TINY_MOTION, steps=1, learning_rate=1e-12), init))
    written = load_generator(tmp_path / GENERATOR).state_dict()
    for name, tensor in init.state_dict().items():
        assert torch.allclose(written[name], tensor, atol=1e-3), name


def test_data_that_does_not_fit(faces: FaceSet, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(DataError, match="too few"):
        next(run_of(faces, run, replace(TINY_MOTION, batch=64)))
    pairs, validation = pairs_of(faces)
    validation.indices = validation.indices[:0]
    with pytest.raises(DataError, match="0 to validate on"):
        next(train(MOTION, pairs, validation, run, TINY_MOTION, CPU, workers=0))
    wide = replace(TINY_MOTION, generator=replace(TINY_MOTION.generator, size=128))
    with pytest.raises(DataError, match=r"64 px wide.*train on the photos"):
        next(run_of(faces, run, wide))
    assert not run.exists()


def test_workers_need_no_temporary_files(
    faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tensors would come by sockets, for whose names such a folder is too long."""
    temporary = tmp_path / ("t" * 80)
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    pairs, validation = pairs_of(faces)
    for _ in train(MOTION, pairs, validation, tmp_path / "run", TINY_MOTION, CPU, workers=1):
        assert not list(temporary.glob("pymp-*"))


def test_networks_leave_cores_to_workers(faces: FaceSet, tmp_path: Path) -> None:
    pairs, validation = pairs_of(faces)
    torch.set_num_threads(3)
    under_way = train(MOTION, pairs, validation, tmp_path, TINY_MOTION, CPU, workers=1)
    next(under_way)
    assert torch.get_num_threads() == 2
    under_way.close()  # type: ignore[attr-defined]
    assert torch.get_num_threads() == 3


def test_workers_end_with_an_error_that_nobody_foresaw(
    faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the process waits for them at its end, for ever."""

    def fail(*_: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(type(MOTION), "train_step", fail)
    pairs, validation = pairs_of(faces)
    with pytest.raises(RuntimeError, match="unforeseen") as caught:
        list(train(MOTION, pairs, validation, tmp_path, TINY_MOTION, CPU, workers=1))
    assert caught.tb  # and with it the frames in which the error came
    assert not multiprocessing.active_children()


def test_workers_make_the_same_samples(
    faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    pairs, validation = pairs_of(faces)
    list(train(MOTION, pairs, validation, tmp_path, TINY_MOTION, CPU, workers=2))
    assert_same_run(tmp_path, straight[0])


@pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile needs a C++ compiler")
def test_a_compiled_generator_learns_the_same(
    faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    from torch._dynamo.utils import counters

    torch._dynamo.reset()
    counters.clear()
    pairs, validation = pairs_of(faces)
    compiled = train(
        MOTION, pairs, validation, tmp_path, TINY_MOTION, CPU, workers=0, compiled=True
    )  # fmt: skip
    steps = list(compiled)
    assert counters["stats"]["unique_graphs"] > 0  # it was compiled indeed
    for done, plain in zip(steps, straight[1], strict=True):
        assert done.terms == pytest.approx(plain.terms, rel=0.02, abs=2e-3)
    assert load_generator(tmp_path / GENERATOR).config == TINY_MOTION.generator
    assert [done.step for done in run_of(faces, tmp_path, replace(TINY_MOTION, steps=5))] == [5]


def test_a_configuration_is_written_into_its_checkpoint(
    straight: tuple[Path, list[Progress]],
) -> None:
    state = torch.load(straight[0] / CHECKPOINT, weights_only=True)
    assert json.loads(state["config"]) == json.loads(json.dumps(asdict(TINY_MOTION)))
    assert state["step"] == 4
