"""One run in several processes, for every preset."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from training_runs import (
    SIX_STEPS_OF_MOTION,
    TINY_PAPER,
    ganimate,
    log_of,
    run_of,
    samples_of,
    start_python,
)

from ganimate.errors import UsageError
from ganimate.media.tensors import write_tensors
from ganimate.training.data.dataset import FaceSet, load_faces
from ganimate.training.processes import Processes

pytestmark = pytest.mark.usefixtures("one_thread")


TOGETHER = """
import sys, weakref
from pathlib import Path
import torch
import training_runs as tests
from ganimate.training.data.dataset import load_faces
from ganimate.training.processes import join_processes
torch.set_num_threads(1)
config = getattr(tests, sys.argv[3])
with join_processes(tests.CPU) as processes:
    group = weakref.ref(torch.distributed.group.WORLD)
    faces = load_faces([Path(sys.argv[1])])
    steps = list(tests.run_of(faces, Path(sys.argv[2]), config, None, processes))
assert len(steps) == 6 and (processes.rank == 0) == ("val_attention" in steps[-1].terms)
assert group() is None  # or its threads run while the interpreter ends
"""


def find_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def two_processes(code: str, *arguments: object) -> list[tuple[int, str]]:
    """The same code in both of two processes, as torchrun starts them: exit codes and stderr."""
    port = find_port()
    together = [
        start_python(
            code, *arguments, WORLD_SIZE="2", RANK=str(rank), LOCAL_RANK=str(rank),
            MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port),
        )
        for rank in range(2)
    ]  # fmt: skip
    words = [process.communicate(timeout=120)[1].decode() for process in together]
    return [(one.returncode, said) for one, said in zip(together, words, strict=True)]


@pytest.mark.parametrize("name", ["TINY_PAPER", "SIX_STEPS_OF_MOTION"])
def test_two_processes_are_one_with_the_whole_batch(
    name: str, few_dataset: Path, few_faces: FaceSet, tmp_path: Path
) -> None:
    list(run_of(few_faces, tmp_path / "one", globals()[name]))
    for code, words in two_processes(TOGETHER, few_dataset, tmp_path / "two", name):
        assert code == 0, words
    one, two = log_of(tmp_path / "one"), log_of(tmp_path / "two")
    assert [line["step"] for line in two] == [1, 2, 3, 4, 5, 6]  # one process alone wrote
    for line, other in zip(one, two, strict=True):
        assert line.keys() == other.keys()
        for term in line.keys() - {"step", "seconds"}:
            assert other[term] == pytest.approx(line[term], rel=0.02, abs=2e-3), (term, line, other)


COMMAND = "from ganimate.cli import main; main()"


def torchrun(*arguments: object) -> tuple[int, str]:
    """`torchrun --nproc-per-node=2 -m ganimate ...`: its exit code and stderr."""
    launch = ["-m", "torch.distributed.run", "--nproc-per-node=2", f"--master-port={find_port()}"]
    command = [sys.executable, *launch, "-m", "ganimate", *map(str, arguments)]
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        command, cwd=root, env={**os.environ, "PYTHONPATH": root}, capture_output=True, timeout=240
    )
    return done.returncode, done.stderr.decode()


def write_emotions(folder: Path) -> None:
    """24 pictures of noise, happy ones bright."""
    rng = np.random.default_rng(0)
    for number in range(24):
        name = ("sad", "happy")[number % 2]
        path = folder / name / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 90, (48, 48)) + 100 * (number % 2)
        Image.fromarray(pixels.astype(np.uint8)).save(path)


def write_clips(folder: Path) -> None:
    """A prepared set of seven clips of five frames, in which a square moves."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    frames = np.repeat(rng.integers(0, 60, (7, 1, 64, 64, 3)), 5, axis=1)
    for number in range(5):
        frames[:, number, 20:40, 10 + 6 * number : 30 + 6 * number] = 220
    names = [f"id{number}" for number in range(7)]
    notes = {"names": names, "counts": [5] * 7, "held_out": names[:1]}
    write_tensors(
        folder / "clips-00000.safetensors",
        {"frames": frames.reshape(-1, 64, 64, 3).astype(np.uint8)},
        {name: json.dumps(value) for name, value in notes.items()},
    )
    (folder / "clips.json").write_text(json.dumps({"size": 64, "clips": 7}))


@pytest.mark.parametrize(
    ("preset", "write", "steps", "compared", "near"),
    [
        # The generator's first update is in the fifth step.
        ("stargan", write_emotions, 5, 5, 0.02),
        # Each process normalises by its own share, so that they go another way from there on.
        ("first-order", write_clips, 2, 1, 0.15),
    ],
)
def test_torchrun_trains_the_other_systems(
    preset: str,
    write: Callable[[Path], None],
    steps: int,
    compared: int,
    near: float,
    tmp_path: Path,
) -> None:
    write(tmp_path / "set")
    arguments = ["train", "--preset", preset, "--data", tmp_path / "set", "--channels", 8]
    arguments += ["--batch", 4, "--steps", steps, "--workers", 0, "-q"]
    arguments += ["--size", 64] if preset == "first-order" else []
    ganimate(*arguments, "-o", tmp_path / "one")
    code, words = torchrun(*arguments, "-o", tmp_path / "two")
    assert (code, "Traceback" in words) == (0, False), words
    assert words.count("too few faces") == (preset == "stargan")  # the first process alone speaks
    one, two = log_of(tmp_path / "one"), log_of(tmp_path / "two")
    assert [line["step"] for line in two] == list(range(1, steps + 1))
    assert [line.keys() for line in one] == [line.keys() for line in two]
    for line, other in zip(one[:compared], two, strict=False):
        for term in line.keys() - {"step", "seconds"}:
            assert other[term] == pytest.approx(line[term], rel=near, abs=near / 10), (term, line)


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


def test_shares_of_a_batch_are_the_batch(few_faces: FaceSet) -> None:
    for config, names in (
        (TINY_PAPER, ("photo", "aus", "target", "mix")),
        (SIX_STEPS_OF_MOTION, ("warped", "unknown", "aus", "change", "real", "real_aus")),
    ):
        whole = samples_of(few_faces, config)[0][3]
        parts = [samples_of(few_faces, config, Processes(rank, 2))[0][3] for rank in range(2)]
        for name in names:
            mine = torch.cat([getattr(part, name) for part in parts])
            theirs = getattr(whole, name)
            if config is SIX_STEPS_OF_MOTION:  # round trips first in each
                theirs = theirs[[0, 2, 1, 3]]
            assert torch.equal(mine, theirs), name


def test_a_batch_that_processes_cannot_divide(few_faces: FaceSet, tmp_path: Path) -> None:
    three = Processes(1, 3)
    with pytest.raises(UsageError, match=r"3 processes.*multiple of 3"):
        next(run_of(few_faces, tmp_path / "run", TINY_PAPER, processes=three))
    with pytest.raises(UsageError, match="multiple of 6"):
        next(run_of(few_faces, tmp_path / "run", SIX_STEPS_OF_MOTION, processes=three))
    assert not (tmp_path / "run").exists()
