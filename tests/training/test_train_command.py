"""The command `ganimate train` on prepared faces, and `fit-prior` without its files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from training_runs import ganimate, log_of

from ganimate.evaluation.held_out import choose_unseen
from ganimate.networks.generators import load_generator
from ganimate.training.data.dataset import load_faces
from ganimate.training.run_files import CHECKPOINT, GENERATOR, LOG
from ganimate.training.seen_faces import read_seen_faces

pytestmark = pytest.mark.usefixtures("one_thread")


def test_train_from_weights_and_on(dataset: Path, tmp_path: Path, model: Path) -> None:
    names, run = tmp_path / "names.txt", tmp_path / "run"
    names.write_text("a.png\nshifted/g0.jpg\n\n")
    arguments = ["train", "--data", dataset, "-o", run, "--init", model, "--held-out", names]
    arguments += ["--batch", 2, "--workers", 0, "--steps", 2, "--json"]
    report = json.loads(ganimate(*arguments))
    assert report["path"] == str(run / GENERATOR)
    assert report["steps"] == 2
    assert 0 < report["val_painted"] < 1
    assert load_generator(run / GENERATOR).config == load_generator(model).config
    assert json.loads(ganimate(*arguments)) == report  # nothing left to do
    text = ganimate("train", "--data", dataset, "-o", run, "--batch", 2, code=1)
    assert "another folder" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "names.txt"), (b"a\x00b\x00", "names.txt"), (b"\n", "no faces"), (b"x\n", "None of")],
)
def test_held_out_files_that_say_nothing(
    dataset: Path, tmp_path: Path, content: bytes | None, said: str
) -> None:
    names, run = tmp_path / "names.txt", tmp_path / "run"
    if content is not None:
        names.write_bytes(content)
    arguments = ["train", "--data", dataset, "-o", run, "--held-out", names, "--batch", 2]
    assert said in ganimate(*arguments, code=1)
    assert not run.exists()


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_in_order(
    dataset: Path, tmp_path: Path, model: Path, number: int, code: int
) -> None:
    """Sent to all its processes, as terminals, `timeout` and batch systems do."""
    run = tmp_path / "run"
    arguments = ["train", "--data", dataset, "-o", run, "--init", model, "--batch", 2, "-q"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ganimate", *map(str, arguments)],
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    while process.poll() is None and not (run / LOG).exists():
        time.sleep(0.05)
    os.killpg(process.pid, number)
    _, words = process.communicate()
    assert process.returncode == code
    assert (b"the same command" in words) == (number == signal.SIGINT)
    assert b"Traceback" not in words
    kept = [CHECKPOINT, GENERATOR, LOG] if number == signal.SIGINT else [LOG]
    assert sorted(os.listdir(run)) == kept
    if number == signal.SIGINT:
        steps = len(log_of(run))
        assert f"saved at step {steps}".encode() in words
        assert torch.load(run / CHECKPOINT, weights_only=True)["step"] == steps


def test_a_small_set_is_trained_on_and_evaluated_on_whom_it_held_out(
    small_folder: Path, tmp_path: Path, model: Path
) -> None:
    """Nobody names anything: of 20 faces one is held out, which evaluate finds by itself."""
    assert "20 photos are few: one alone is held out" in ganimate(
        "prepare", small_folder, "--check"
    )
    run = tmp_path / "run"
    arguments = ["train", "--data", small_folder, "-o", run, "--init", model]
    text = ganimate(*arguments, "--batch", 20, code=1)
    assert "19 faces to train on and 1 to validate on" in text
    assert "smaller --batch" in text
    ganimate(*arguments, "--batch", 18, "--workers", 0, "--steps", 1)
    weights = run / GENERATOR
    report = json.loads(ganimate("evaluate", "--model", weights, "--json"))
    assert report["expressions"]["faces"] == 1
    (data,) = (run / "data").iterdir()
    faces = load_faces([data])
    seen = read_seen_faces(weights)
    assert seen is not None
    assert seen.began_unknown  # the weights that it starts from say nothing of their training
    (unseen,) = choose_unseen(faces, frozenset(), seen).indices
    assert unseen == 10
    names = tmp_path / "names.txt"
    names.write_text("\n".join(faces.names[:4]))
    text = ganimate("evaluate", "--model", weights, "--held-out", names, code=1)
    assert "was trained on 4 of the faces" in text
    assert "leave --held-out away" in text
    assert "give --data" in ganimate("evaluate", "--model", model, code=2)


def test_fit_prior_needs_its_files(dataset: Path, tmp_path: Path) -> None:
    scores, ict, output = tmp_path / "s.npz", tmp_path / "i.npz", tmp_path / "face.safetensors"
    arguments = ["fit-prior", dataset, "--blendshapes", scores, "--ict", ict, "-o", output]
    assert "s.npz is no .npz file" in ganimate(*arguments, code=1)
    assert "does not exist" in ganimate(*arguments[:-1], tmp_path / "nowhere" / "x", code=2)
    assert not output.exists()


def test_train_the_paper_s_model_and_render_with_it(
    few_dataset: Path, tmp_path: Path, paper_model: Path, model: Path, astronaut: Path
) -> None:
    run, names = tmp_path / "run", tmp_path / "names.txt"
    names.write_text("a1.png\ng1.png\n")
    arguments = ["train", "--preset", "paper", "--data", few_dataset, "-o", run, "--workers", 0]
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
    text = ganimate("train", "--data", few_dataset, "-o", run, "--init", paper_model, code=2)
    assert "--preset paper" in text
    text = ganimate(*arguments, "--init", model, code=2)
    assert "--preset motion" in text
    assert "128" in ganimate("train", "--preset", "paper", "--data", few_dataset, "-o", run, code=1)


@pytest.mark.parametrize("option", [("--learning-rate", 2), ("--attention-weight", -1)])
def test_rates_out_of_range(option: tuple[str, float], tmp_path: Path) -> None:
    text = ganimate("train", "--data", tmp_path, "-o", tmp_path / "run", *option, code=2)
    assert "out of range" in text
