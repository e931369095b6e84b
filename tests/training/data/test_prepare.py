"""Preparing photos: what is dropped, what is kept after an interruption, what is measured again."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from labelled_sets import (
    LABELLED_OPTIONS,
    VALUES,
    write_pickle,
)
from safetensors import safe_open
from safetensors.numpy import load_file
from training_runs import (
    OPTIONS,
    TENS,
)
from typer.testing import CliRunner

from ganimate.action_units import ROW_OF
from ganimate.cli.commands import app
from ganimate.errors import DataError, GanimateError
from ganimate.media.tensors import write_tensors
from ganimate.training.data import workers
from ganimate.training.data.dataset import load_faces, read_names, split
from ganimate.training.data.prepare import prepare, read_report


def test_the_report_says_what_was_dropped_and_why(dataset: Path) -> None:
    report = read_report(dataset)
    assert (report.photos, report.faces) == (30, 27)
    assert report.dropped == {"unreadable": 1, "blurred": 1, "no face found": 1}
    assert report.examples["unreadable"] == ["text.jpg"]
    assert report.examples["blurred"] == ["blurred.jpg"]


def test_faces_are_aligned_and_measured(dataset: Path) -> None:
    faces = load_faces([dataset])
    assert (len(faces), faces.size) == (27, 64)
    assert faces.crop(26).shape == (64, 64, 3)
    eyes = faces.landmarks[:, [33, 263], :2].mean(axis=0)  # outer corners, in crop pixels
    assert np.abs(eyes - 64 * np.array([[0.226, 0.295], [0.774, 0.295]])).max() < 3
    smile = dict(zip(faces.names, faces.aus[:, ROW_OF[12]].mean(axis=1).tolist(), strict=True))
    assert smile["a.png"] > 0.6 > 0.4 > smile["g.png"]
    assert abs(smile["m.png"] - smile["a.png"]) < 0.15


def test_whole_shards_survive_an_interruption(
    mixed_folder: Path, dataset: Path, tmp_path: Path
) -> None:
    counts = prepare(mixed_folder, tmp_path, OPTIONS, workers=1, settings=TENS)
    assert [next(counts), next(counts)] == [0, 10]
    counts.close()  # type: ignore[attr-defined]  # as Ctrl-C does
    (first,) = tmp_path.iterdir()
    with pytest.raises(DataError, match="to its end"):
        load_faces([tmp_path])
    made = first.stat().st_mtime_ns
    assert list(prepare(mixed_folder, tmp_path, OPTIONS, workers=2, settings=TENS)) == [10, 20, 30]
    assert first.stat().st_mtime_ns == made
    again, straight = load_faces([tmp_path]), load_faces([dataset])
    assert again.names == straight.names
    assert np.array_equal(again.aus, straight.aus)
    for one, other in zip(again.crops, straight.crops, strict=True):
        assert torch.equal(one[:], other[:])
    assert list(prepare(mixed_folder, tmp_path, OPTIONS, settings=TENS)) == [30]  # all done
    assert not list(tmp_path.glob("*.part"))


def test_other_options_and_damage_make_shards_anew(
    mixed_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in ("a.png", "g.png"):
        (few / name).write_bytes((mixed_folder / name).read_bytes())
    output = tmp_path / "faces"
    list(prepare(few, output, OPTIONS, workers=1))
    assert load_faces([output]).size == 64
    list(prepare(few, output, replace(OPTIONS, size=48), workers=1))
    assert load_faces([output]).size == 48
    (shard,) = output.glob("*.safetensors")
    assert shard.stat().st_mode & 0o777 == 0o666 & ~_umask()
    made = load_file(shard)
    shard.write_bytes(shard.read_bytes()[:-1000])
    with pytest.raises(DataError, match=r"shard-00000\.safetensors is damaged"):
        load_faces([output])
    list(prepare(few, output, replace(OPTIONS, size=48), workers=1))
    assert all(np.array_equal(load_file(shard)[name], made[name]) for name in made)
    assert capfd.readouterr().err == ""  # MediaPipe's chatter stays in the workers


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_another_estimator_measures_again(mixed_folder: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    (few / "a.png").write_bytes((mixed_folder / "a.png").read_bytes())
    output = tmp_path / "faces"
    list(prepare(few, output, OPTIONS, workers=1))
    right = load_faces([output]).aus
    (shard,) = output.glob("*.safetensors")
    tensors = load_file(shard)
    with safe_open(str(shard), framework="numpy") as file:
        metadata = {**file.metadata(), "measured_by": "another"}
    tensors["aus"][:] = 0.5
    write_tensors(shard, tensors, metadata)
    (few / "a.png").write_bytes(bytes((few / "a.png").stat().st_size))  # gone, and not needed
    assert list(prepare(few, output, OPTIONS, workers=1)) == [0, 1]
    faces = load_faces([output])
    assert np.allclose(faces.aus, right, atol=1e-4)
    assert np.array_equal(faces.crop(0), tensors["crops"][0])


def test_a_worker_that_dies_is_reported(
    mixed_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_run_job", os._exit)  # called with a job: no exit code at all
    monkeypatch.setattr(workers, "_start_worker", _die)
    with pytest.raises(GanimateError, match="fewer workers"):
        list(prepare(mixed_folder, tmp_path / "faces", OPTIONS, workers=1))


def _die(stop: object) -> None:
    """A worker's start, killed by the system."""
    os._exit(9)


def test_folders_without_photos(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a folder"):
        list(prepare(tmp_path / "nowhere", tmp_path / "out", OPTIONS))
    (tmp_path / "notes.txt").write_text("no photo")
    with pytest.raises(DataError, match="no photos"):
        list(prepare(tmp_path, tmp_path / "out", OPTIONS))
    assert not (tmp_path / "out").exists()


def test_photos_without_a_usable_face(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(DataError, match="unreadable: 1") as error:
        list(prepare(tmp_path, tmp_path / "out", OPTIONS, workers=1))
    assert "60 px" in str(error.value)


# Labels


def test_labels_are_kept_beside_what_is_measured(prepared: Path) -> None:
    faces = load_faces([prepared])
    assert faces.names == ("imgs/a.jpg", "imgs/b.jpg")
    assert faces.labels is not None
    assert np.allclose(faces.labels[0, :, 0] * 5, VALUES)
    assert np.allclose(faces.labels[1, :, 1] * 5, VALUES[::-1])
    assert faces.aus[0, ROW_OF[12]].mean() > 0.6 > 0.4 > faces.aus[1, ROW_OF[12]].mean()
    assert faces.held_out == {"imgs/b.jpg"}
    assert [part.tolist() for part in split(faces, frozenset())] == [[0], [1]]
    assert [part.tolist() for part in split(faces, frozenset({"imgs/a.jpg"}))] == [[1], [0]]
    report = read_report(prepared)
    assert (report.photos, report.faces, report.labelled, report.held_out) == (3, 2, 2, 1)
    with (prepared / "dropped.csv").open(newline="") as file:
        dropped = {row["name"]: row["reason"] for row in csv.DictReader(file)}
    assert dropped == {"imgs/c.jpg": "unreadable", "imgs/d.jpg": "photo without a label"}


def test_other_labels_are_taken_over(labelled: Path, prepared: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    shutil.copytree(prepared, output)
    assert list(prepare(labelled, output, LABELLED_OPTIONS, workers=1)) == [3]
    write_pickle(labelled, {"a": VALUES / 2, "b": VALUES, "c": VALUES})
    assert list(prepare(labelled, output, LABELLED_OPTIONS, workers=1)) == [0, 3]
    labels = load_faces([output]).labels
    assert labels is not None
    assert np.allclose(labels[0, :, 0] * 10, VALUES)


@pytest.mark.skipif(sys.platform == "win32", reason="names are Unicode there")
def test_names_that_are_not_utf_8(folder: Path, tmp_path: Path) -> None:
    """As old archives leave them; reports, JSON and lists of names have them, too."""
    odd = os.fsdecode(b"caf\xe9.jpg")
    (folder / "imgs" / "a.jpg").rename(folder / odd)
    (folder / os.fsdecode(b"t\xe9xt.jpg")).write_text("no picture")
    (folder / os.fsdecode(b"t\xe9xt.doc")).write_text("no picture")
    numbers = " ".join(["1"] * 17)
    (folder / "list.txt").write_bytes(
        b"caf\xe9.jpg %s\nimgs/b.jpg %s\n" % ((numbers.encode(),) * 2)
    )
    output, held_out = tmp_path / "faces", tmp_path / "held.txt"
    arguments = ["prepare", str(folder), "-o", str(output), "--workers", "1", "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["faces"] == facts["labelled"] == 2
    assert facts["examples"]["photo without a label"] == [os.fsdecode(b"t\xe9xt.jpg")]
    assert b"t\xe9xt.doc,no photo or video" in (output / "dropped.csv").read_bytes()
    result = CliRunner().invoke(app, ["prepare", str(folder), "--check", "--json"])
    found = json.loads(result.stdout)["problems"]
    assert found["photo without a label"] == [os.fsdecode(b"t\xe9xt.jpg")]
    faces = load_faces([output])
    held_out.write_bytes(b"caf\xe9.jpg\n")
    assert odd in faces.names
    assert len(split(faces, read_names(held_out))[1]) == 1
