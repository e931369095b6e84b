"""Runs of the paper preset, of several processes, and what is said of masks that choose nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from ganimate.cli.commands import app
from ganimate.errors import DataError, GanimateError, ModelError, UsageError
from ganimate.media.photo import read_photo
from ganimate.networks.generators import load_generator
from ganimate.networks.motion import CriticConfig, GeneratorConfig
from ganimate.networks.paper import PaperConfig, PaperCriticConfig, PaperGenerator
from ganimate.training import loop, tensorboard
from ganimate.training.config import AnyTrainConfig, PaperTrainConfig, TrainConfig
from ganimate.training.data import prepare
from ganimate.training.data.dataset import FaceSet, load_faces, split
from ganimate.training.data.prepare import PrepareOptions
from ganimate.training.loop import CHECKPOINT, GENERATOR, LOG, Progress, train
from ganimate.training.motion.pairs import Pairs
from ganimate.training.motion.shade import load_shading
from ganimate.training.paper import preset as paper_preset
from ganimate.training.paper.preset import PAPER, learning_rate_share
from ganimate.training.paper.samples import TARGET_NOISE, Samples
from ganimate.training.plan import TrainOptions, config_for
from ganimate.training.processes import ALONE, Processes
from ganimate.weights import load_face_models

TINY = PaperTrainConfig(
    generator=PaperConfig(size=64, channels=8, blocks=1),
    critic=PaperCriticConfig(size=64, channels=8, layers=4),
    steps=6,
    batch=4,
    n_critic=2,
    checkpoint_every=3,
    sheet_every=6,
)
TINY_MOTION = TrainConfig(
    generator=GeneratorConfig(size=64, channels=16, blocks=1, skip_channels=(8, 16)),
    critic=CriticConfig(size=24, channels=8, max_channels=16, layers=3),
    steps=6,
    batch=4,
    critic_from=1,
    adversary_from=2,
    checkpoint_every=3,
    sheet_every=6,
)
CPU = torch.device("cpu")
HERE = Path(__file__).parent
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory, astronaut: Path, grace_hopper: Path) -> Path:
    """Twelve faces: two people, mirrored or not, shifted."""
    folder = tmp_path_factory.mktemp("photos")
    for name, path in (("a", astronaut), ("g", grace_hopper)):
        photo = read_photo(path)
        for index in range(6):
            moved = np.roll(photo, (index - 3, 3 * index), axis=(0, 1))
            moved = moved[:, ::-1] if index % 2 else moved
            Image.fromarray(moved).save(folder / f"{name}{index}.png")
    output = tmp_path_factory.mktemp("prepared") / "faces"
    list(prepare.prepare(folder, output, PrepareOptions(size=64, min_sharpness=0), workers=1))
    return output


@pytest.fixture(scope="module")
def faces(dataset: Path) -> FaceSet:
    return load_faces([dataset])


def samples_of(
    faces: FaceSet, config: AnyTrainConfig, processes: Processes = ALONE
) -> tuple[Pairs | Samples, Pairs | Samples]:
    """Samples to train on and to validate on."""
    seen, unseen = split(faces, frozenset({"a1.png", "g1.png"}))
    if isinstance(config, PaperTrainConfig):
        size = config.generator.size
        return (
            Samples(faces, seen, size, config.batch, config.seed, processes),
            Samples(faces, unseen, size, 2, config.seed + 1),
        )
    prior, shading = load_face_models()[0], load_shading()
    return (
        Pairs(faces, seen, prior, shading, config.batch, config.seed, processes=processes),
        Pairs(faces, unseen, prior, shading, config.batch, config.seed + 1),
    )


def run_of(
    faces: FaceSet,
    run: Path,
    config: AnyTrainConfig = TINY,
    init: PaperGenerator | None = None,
    processes: Processes = ALONE,
) -> Iterator[Progress]:
    """The progress of a tiny run."""
    samples, validation = samples_of(faces, config, processes)
    return train(
        samples, validation, run, config, CPU, workers=0, init=init, processes=processes
    )  # fmt: skip


@pytest.fixture(scope="module")
def straight(
    faces: FaceSet, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Progress]]:
    """Six steps without a stop."""
    torch.set_num_threads(1)
    run = tmp_path_factory.mktemp("run") / "straight"
    return run, list(run_of(faces, run))


def assert_same_run(one: Path, other: Path) -> None:
    """Two runs ended in the same weights and moments, to the bit, and say the same of each step."""
    assert_same(*(torch.load(run / CHECKPOINT, weights_only=True) for run in (one, other)))
    assert_same(*(load_generator(run / GENERATOR).state_dict() for run in (one, other)))
    for line, other_line in zip(log_of(one), log_of(other), strict=True):
        assert line | {"seconds": 0} == other_line | {"seconds": 0}


def assert_same(one: Any, other: Any) -> None:
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            assert_same(one[name], other[name])
    else:
        assert one == other


def log_of(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / LOG).read_text().splitlines()]


# Samples


def test_every_face_is_seen_once_an_epoch(faces: FaceSet) -> None:
    samples = Samples(faces, np.arange(12), 64, 4, seed=0)
    epochs = [np.concatenate([samples[3 * e + s].aus.numpy() for s in range(3)]) for e in range(3)]
    for seen in epochs:
        assert np.array_equal(np.unique(seen, axis=0), np.unique(samples.aus, axis=0))
    assert not np.array_equal(epochs[0], epochs[1])


def test_a_step_s_samples_depend_on_nothing_else(faces: FaceSet) -> None:
    one, other = (Samples(faces, np.arange(12), 64, 5, seed=0) for _ in range(2))
    list(map(one.__getitem__, range(4)))
    for name in ("photo", "aus", "target", "mix"):
        assert torch.equal(getattr(one[7], name), getattr(other[7], name))
    assert not torch.equal(one[7].photo, one[6].photo)


def test_targets_are_another_face_s_action_units_and_noise(faces: FaceSet) -> None:
    samples = Samples(faces, np.arange(12), 64, 12, seed=0)
    batch = samples[0]
    apart = np.abs(batch.target.numpy()[:, None] - samples.aus[None]).max(axis=2).min(axis=1)
    assert (apart <= TARGET_NOISE + 1e-6).all()
    assert apart.max() > TARGET_NOISE / 2
    assert batch.target.min() >= 0
    assert batch.target.max() <= 1
    assert not torch.equal(batch.target, batch.aus)


def test_photos_are_the_faces_whose_action_units_stand_beside_them(faces: FaceSet) -> None:
    samples = Samples(faces, np.arange(12), 64, 12, seed=0)
    batch = samples[0]
    for photo, aus in zip(batch.photo, batch.aus.numpy(), strict=True):
        (place,) = np.flatnonzero((samples.aus == aus).all(axis=1))
        crop = torch.from_numpy(faces.crop(int(place))).permute(2, 0, 1)
        assert torch.equal(photo, crop) or torch.equal(photo, crop.flip(2))


def test_the_set_s_own_labels_go_before_our_measurements(faces: FaceSet) -> None:
    labels = np.full_like(faces.aus, np.nan)
    labels[:5] = np.linspace(0, 1, 5)[:, None, None]
    labels[:5, :, 1] *= 0.5
    samples = Samples(replace(faces, labels=labels), np.arange(12), 64, 4, seed=0)
    assert np.allclose(samples.aus[:5, 0], 0.75 * np.linspace(0, 1, 5))
    assert np.allclose(samples.aus[5:], faces.aus[5:].mean(axis=2))


def test_larger_crops_are_made_smaller_and_smaller_ones_refused(faces: FaceSet) -> None:
    samples = Samples(faces, np.arange(12), 32, 4, seed=0)
    assert samples[0].photo.shape == (4, 3, 32, 32)
    area = faces.crop(3).reshape(32, 2, 32, 2, 3).mean(axis=(1, 3))
    assert np.abs(samples.photo(3, False) - area).max() <= 0.5
    with pytest.raises(DataError, match=r"64 px wide.*128"):
        Samples(faces, np.arange(12), 128, 4, seed=0)


def test_labels_that_are_all_the_same(faces: FaceSet) -> None:
    labels = np.full_like(faces.aus, 0.3)
    with pytest.raises(DataError, match="same AUs"):
        Samples(replace(faces, labels=labels), np.arange(12), 64, 4, seed=0)


# Runs


def test_a_run_leaves_what_it_should(straight: tuple[Path, list[Progress]]) -> None:
    run, steps = straight
    assert [done.saved for done in steps] == [0, 0, 3, 3, 3, 6]
    assert sorted(os.listdir(run)) == [CHECKPOINT, GENERATOR, LOG, "sheet-000006.png"]
    generator = load_generator(run / GENERATOR)
    assert isinstance(generator, PaperGenerator)
    assert generator.config == TINY.generator
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


def test_one_step_is_the_paper_s(faces: FaceSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The update of one step against Adam on the sum of Eqs. 2 and 3, written out once more."""
    exact = torch.autocast("cpu", enabled=False)
    monkeypatch.setattr(paper_preset, "autocast", lambda device: exact)
    batch = samples_of(faces, TINY)[0][0]
    networks, again = PAPER.build(TINY, CPU), PAPER.build(TINY, CPU)
    PAPER.train_step(networks, batch, 0, TINY, ALONE)
    x, critic = batch.photo / 127.5 - 1, again.critic
    colour, mask = again.generator(x, x[:, :1], batch.target[:, :, None].expand(-1, -1, 2))
    fake = ((1 - mask) * colour + mask * x).detach()
    between = batch.mix[:, None, None, None] * (x - fake) + fake
    between = between.requires_grad_(True)
    slope = torch.autograd.grad(critic(between)[0].sum(), between, create_graph=True)[0]
    lengths = slope.square().sum(dim=(1, 2, 3)).sqrt()
    loss = critic(fake)[0].mean() - critic(x)[0].mean() + 10 * (lengths - 1).square().mean()
    loss = loss + 160 * (critic(x)[1] - batch.aus).square().mean()
    loss.backward()
    again.critic_optimiser.step()
    before = PAPER.build(TINY, CPU).critic.state_dict()
    for name, weight in networks.critic.state_dict().items():
        moved = (weight - before[name]).abs().max()
        assert moved > 0.5e-4, name  # Adam's first step is as long as its rate
        assert (weight - again.critic.state_dict()[name]).abs().mean() < 0.05e-4, name


def test_bfloat16_leaves_the_losses_as_they_are(
    faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    for name, half in (("exact", False), ("half", True)):
        precision = torch.autocast("cpu", torch.bfloat16, enabled=half)
        monkeypatch.setattr(paper_preset, "autocast", lambda device, chosen=precision: chosen)
        runs.append(list(run_of(faces, tmp_path / name)))
    assert runs[0][-1].terms != runs[1][-1].terms
    for exact, rounded in zip(*runs, strict=True):
        assert rounded.terms == pytest.approx(exact.terms, rel=0.02, abs=3e-3)


def test_the_learning_rate_falls_over_the_last_third() -> None:
    shares = [learning_rate_share(step, 300) for step in (0, 200, 250, 299)]
    assert shares == pytest.approx([1, 1, 0.5, 0.01])


def test_training_learns(faces: FaceSet, tmp_path: Path) -> None:
    """The critic reads AUs better, and faces come back nearer, than after the first steps."""
    config = replace(
        TINY, steps=60, checkpoint_every=60, learning_rate=2e-3, critic_learning_rate=2e-3
    )
    steps = list(run_of(faces, tmp_path, config))
    early, late = steps[3].terms, steps[-1].terms
    assert late["critic_action_units"] < 0.5 * early["critic_action_units"]
    assert late["identity"] < 0.7 * early["identity"]


KILLED = """
import sys, time
from pathlib import Path
import torch
sys.path.insert(0, sys.argv[3])
from test_paper_training import load_faces, run_of
torch.set_num_threads(1)
for done in run_of(load_faces([Path(sys.argv[1])]), Path(sys.argv[2])):
    time.sleep(60 if done.step == 4 else 0)
"""


def spawned(code: str, *arguments: object, **variables: str) -> subprocess.Popen[bytes]:
    """A Python process that can import ganimate and these tests."""
    path = os.pathsep.join(
        [str(HERE.parents[2]), str(HERE.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path, **variables},
        stderr=subprocess.PIPE,
    )


def test_a_killed_run_goes_on(
    dataset: Path, faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    process = spawned(KILLED, dataset, tmp_path / "run", HERE)
    log = tmp_path / "run" / LOG
    while process.poll() is None and not (log.exists() and log.read_text().count("\n") == 4):
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert [done.step for done in run_of(faces, tmp_path / "run")] == [4, 5, 6]
    assert_same_run(tmp_path / "run", straight[0])


class Killed(BaseException):
    """What stands for the end of the process."""


@pytest.mark.parametrize("survived", range(6))
def test_a_run_killed_between_two_writes_goes_on(
    faces: FaceSet,
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
            list(run_of(faces, tmp_path))
        except Killed:
            assert survived < 5
        else:
            assert survived == 5
    list(run_of(faces, tmp_path))
    assert_same_run(tmp_path, straight[0])


def test_a_run_of_the_other_preset(faces: FaceSet, straight: tuple[Path, list[Progress]]) -> None:
    with pytest.raises(ModelError, match="`preset` paper"):
        next(run_of(faces, straight[0], TINY_MOTION))


def test_a_checkpoint_without_a_preset_is_of_motion(faces: FaceSet, tmp_path: Path) -> None:
    """Those of earlier versions have none."""
    list(run_of(faces, tmp_path, replace(TINY_MOTION, steps=1)))
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert state.pop("preset") == "motion"
    torch.save(state, tmp_path / CHECKPOINT)
    assert [done.step for done in run_of(faces, tmp_path, TINY_MOTION)] == [2, 3, 4, 5, 6]


def test_a_checkpoint_of_another_network(
    faces: FaceSet, straight: tuple[Path, list[Progress]]
) -> None:
    for network, name in (("generator", "blocks"), ("critic", "layers")):
        other = replace(getattr(TINY, network), **{name: 3})
        with pytest.raises(ModelError, match=f"{name} ., this one 3"):
            next(run_of(faces, straight[0], replace(TINY, **{network: other})))


def test_a_loss_that_is_not_finite_stops_the_run(faces: FaceSet, tmp_path: Path) -> None:
    wild = replace(TINY, learning_rate=1e30, critic_learning_rate=1e30)
    with pytest.raises(GanimateError, match="lower learning rate"):
        list(run_of(faces, tmp_path, wild))


def generator_with(attention: float) -> PaperGenerator:
    """A generator whose mask is the same number everywhere."""
    torch.manual_seed(0)
    generator = PaperGenerator(replace(TINY.generator, head_bias=True))
    with torch.no_grad():
        generator.attention.weight.zero_()
        assert generator.attention.bias is not None
        generator.attention.bias.fill_(float(np.log(attention / (1 - attention))))
    return generator


@pytest.mark.parametrize(
    ("attention", "said"), [(0.999, "saturated"), (0.001, "collapsed"), (0.5, None)]
)
def test_a_mask_that_chooses_nothing_is_warned_of(
    faces: FaceSet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    attention: float,
    said: str | None,
) -> None:
    first = generator_with(attention)
    config = replace(TINY, generator=first.config, steps=1, learning_rate=1e-9)
    (early,) = run_of(faces, tmp_path / "early", config, first)
    assert early.warning is None
    assert early.terms["val_attention"] == pytest.approx(attention, abs=5e-3)
    assert early.terms["val_attention_keeps"] == (attention > 0.98)
    assert early.terms["val_attention_paints"] == (attention < 0.02)
    monkeypatch.setattr(loop, "JUDGED_FROM", 1)
    (done,) = run_of(faces, tmp_path / "late", config, first)
    if said is None:
        assert done.warning is None
    else:
        assert done.warning is not None
        assert said in done.warning
        assert "attention weight" in done.warning


# Several processes

TOGETHER = """
import sys, weakref
from pathlib import Path
import torch
sys.path.insert(0, sys.argv[3])
import test_paper_training as tests
from ganimate.training.processes import joined
torch.set_num_threads(1)
config = getattr(tests, sys.argv[4])
with joined(tests.CPU) as processes:
    group = weakref.ref(torch.distributed.group.WORLD)
    faces = tests.load_faces([Path(sys.argv[1])])
    steps = list(tests.run_of(faces, Path(sys.argv[2]), config, None, processes))
assert len(steps) == 6 and (processes.rank == 0) == ("val_attention" in steps[-1].terms)
assert group() is None  # or its threads run while the interpreter ends
"""


def two_processes(code: str, *arguments: object) -> list[tuple[int, str]]:
    """The same code in both of two processes, as torchrun starts them: exit codes and stderr."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    together = [
        spawned(
            code, *arguments, WORLD_SIZE="2", RANK=str(rank), LOCAL_RANK=str(rank),
            MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port),
        )
        for rank in range(2)
    ]  # fmt: skip
    words = [process.communicate(timeout=120)[1].decode() for process in together]
    return [(one.returncode, said) for one, said in zip(together, words, strict=True)]


@pytest.mark.parametrize("name", ["TINY", "TINY_MOTION"])
def test_two_processes_are_one_with_the_whole_batch(
    name: str, dataset: Path, faces: FaceSet, tmp_path: Path
) -> None:
    list(run_of(faces, tmp_path / "one", globals()[name]))
    for code, words in two_processes(TOGETHER, dataset, tmp_path / "two", HERE, name):
        assert code == 0, words
    one, two = log_of(tmp_path / "one"), log_of(tmp_path / "two")
    assert [line["step"] for line in two] == [1, 2, 3, 4, 5, 6]  # one process alone wrote
    for line, other in zip(one, two, strict=True):
        assert line.keys() == other.keys()
        for term in line.keys() - {"step", "seconds"}:
            assert other[term] == pytest.approx(line[term], rel=0.02, abs=2e-3), (term, line, other)


COMMAND = "from ganimate.cli import main; main()"


def test_two_processes_prepare_photos_once(
    tmp_path: Path, paper_model: Path, astronaut: Path, grace_hopper: Path
) -> None:
    folder, run = tmp_path / "photos", tmp_path / "run"
    folder.mkdir()
    for index, path in enumerate((astronaut, grace_hopper) * 2):
        (folder / f"{index}{path.suffix}").write_bytes(path.read_bytes())
    names = tmp_path / "names.txt"
    names.write_text("1.jpg\n")
    arguments = ["train", "--preset", "paper", "--data", folder, "-o", run, "--init", paper_model]
    arguments += ["--held-out", names, "--batch", 2, "--steps", 1, "--workers", 0]
    ends = two_processes(COMMAND, *arguments)
    assert [code for code, _ in ends] == [0, 0], ends
    assert [line["step"] for line in log_of(run)] == [1]
    assert len(load_faces([run / "data" / "photos"])) == 4


def test_what_stops_the_first_process_stops_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    first, other = two_processes(COMMAND, "train", "--data", folder, "-o", tmp_path / "run")
    assert (first[0], other[0]) == (1, 1)
    assert "no photos" in first[1]
    assert "waited for one that has ended" in other[1]
    assert "Traceback" not in first[1] + other[1]


def test_shares_of_a_batch_are_the_batch(faces: FaceSet) -> None:
    for config, names in (
        (TINY, ("photo", "aus", "target", "mix")),
        (TINY_MOTION, ("warped", "unknown", "aus", "change", "real", "real_aus")),
    ):
        whole = samples_of(faces, config)[0][3]
        parts = [samples_of(faces, config, Processes(rank, 2))[0][3] for rank in range(2)]
        for name in names:
            mine = torch.cat([getattr(part, name) for part in parts])
            theirs = getattr(whole, name)
            if config is TINY_MOTION:  # round trips first in each
                theirs = theirs[[0, 2, 1, 3]]
            assert torch.equal(mine, theirs), name


def test_a_batch_that_processes_cannot_divide(faces: FaceSet, tmp_path: Path) -> None:
    three = Processes(1, 3)
    with pytest.raises(UsageError, match=r"3 processes.*multiple of 3"):
        next(run_of(faces, tmp_path / "run", TINY, processes=three))
    with pytest.raises(UsageError, match="multiple of 6"):
        next(run_of(faces, tmp_path / "run", TINY_MOTION, processes=three))
    assert not (tmp_path / "run").exists()


# TensorBoard


def test_tensorboard_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # what an import finds missing
    for name in [name for name in sys.modules if name.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    text = ganimate("train", "--data", tmp_path, "-o", tmp_path / "run", "--tensorboard", code=1)
    assert "[tensorboard]" in text


def test_tensorboard_has_what_the_log_has(
    faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    stopped = tensorboard.recorded(run_of(faces, tmp_path), tmp_path)
    assert [next(stopped).step for _ in range(4)] == [1, 2, 3, 4]
    stopped.close()  # type: ignore[attr-defined]
    assert len(list(tensorboard.recorded(run_of(faces, tmp_path), tmp_path))) == 3
    events = EventAccumulator(str(tmp_path / tensorboard.FOLDER))
    events.Reload()
    critic = events.Scalars("loss/critic")
    assert [event.step for event in critic] == [1, 2, 3, 4, 5, 6]
    assert [event.value for event in critic] == pytest.approx(
        [done.terms["critic"] for done in straight[1]]
    )
    assert [event.step for event in events.Scalars("validation/cycle")] == [3, 6]
    assert [event.step for event in events.Images("sheet")] == [6]


# The command


def ganimate(*arguments: object, code: int = 0) -> str:
    """Run a command that must exit with `code`; its stdout if that is 0, else its stderr."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr if code else result.stdout


def test_train_the_paper_s_model_and_render_with_it(
    dataset: Path, tmp_path: Path, paper_model: Path, model: Path, astronaut: Path
) -> None:
    run, names = tmp_path / "run", tmp_path / "names.txt"
    names.write_text("a1.png\ng1.png\n")
    arguments = ["train", "--preset", "paper", "--data", dataset, "-o", run, "--workers", 0]
    arguments += ["--held-out", names, "--batch", 4, "--attention-weight", 0.2]
    report = json.loads(ganimate(*arguments, "--init", paper_model, "--steps", 5, "--json"))
    assert report["steps"] == 5
    assert 0 < report["val_attention"] < 1
    assert report.keys() >= {"identity", "val_cycle", "val_change"}
    state = torch.load(run / CHECKPOINT, weights_only=True)
    assert json.loads(state["config"])["weights"]["attention"] == 0.2
    clip = tmp_path / "clip.png"
    ganimate("render", astronaut, "--to", "smile", "--model", run / GENERATOR, "-o", clip)
    assert clip.is_file()
    text = ganimate("train", "--data", dataset, "-o", run, "--init", paper_model, code=2)
    assert "--preset paper" in text
    text = ganimate(*arguments, "--init", model, code=2)
    assert "--preset motion" in text
    assert "128" in ganimate("train", "--preset", "paper", "--data", dataset, "-o", run, code=1)


def test_a_run_of_the_paper_s_preset_has_thirty_epochs(dataset: Path) -> None:
    config = config_for(TrainOptions("paper"), load_faces([dataset]), frozenset())
    assert isinstance(config, PaperTrainConfig)
    assert config == PaperTrainConfig(steps=30 * 12 // 25)
    assert PaperTrainConfig().critic.size == PaperTrainConfig().generator.size == 128


@pytest.mark.parametrize("option", [("--learning-rate", 2), ("--attention-weight", -1)])
def test_rates_out_of_range(option: tuple[str, float], tmp_path: Path) -> None:
    text = ganimate("train", "--data", tmp_path, "-o", tmp_path / "run", *option, code=2)
    assert "out of range" in text
