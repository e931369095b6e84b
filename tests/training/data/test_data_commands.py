"""The commands on sets as they come: `prepare --check`, and `train` on a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from labelled_sets import (
    VALUES,
    write_ids,
    write_pickle,
)
from training_runs import ganimate

from ganimate.training.data.prepare import read_report


def test_check_shows_a_survey_and_writes_nothing(labelled: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    text = ganimate("prepare", labelled, "--check")
    assert "labels of the original GANimation code" in text
    assert "1: unreadable (imgs/c.jpg)" in text
    assert "lip corner puller" in text
    facts = json.loads(ganimate("prepare", labelled, "--check", "--json"))
    assert facts["problems"]["unreadable"] == ["imgs/c.jpg"]
    assert ganimate("prepare", labelled, "--check", "-q") == ""
    assert sorted(tmp_path.rglob("*")) == before
    for arguments in ([], ["--check", "-o", tmp_path / "out"]):
        assert "--check" in ganimate("prepare", labelled, *arguments, code=2)


def test_wrong_labels_leave_nothing_behind(labelled: Path, tmp_path: Path) -> None:
    write_pickle(labelled, {"a": VALUES * 2})
    output = tmp_path / "out"
    for command in (["prepare", labelled], ["train", "--data", labelled]):
        assert "aus_openface.pkl, 'a': AU" in ganimate(*command, "-o", output, code=1)
    assert not output.exists()


@pytest.fixture
def many(labelled: Path) -> Iterator[Path]:
    """Eight labelled photos, two of them held out."""
    for number in range(6):
        copy = labelled / "imgs" / f"{number}.jpg"
        copy.write_bytes((labelled / "imgs" / "a.jpg").read_bytes())
    names = ["a", "b", *map(str, range(6))]
    write_pickle(labelled, dict.fromkeys(names, VALUES))
    write_ids(labelled, train="a 0 1 2 3 4", test="b 5")
    return labelled


def test_train_takes_a_folder_as_it_comes(many: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", "--data", many, "-o", run, "--batch", 2, "--workers", 0]
    facts = json.loads(ganimate(*arguments, "--steps", 1, "--json"))
    assert facts["steps"] == 1
    prepared = run / "data" / many.name
    report = read_report(prepared)
    assert (report.faces, report.labelled, report.held_out) == (8, 8, 2)
    (shard,) = prepared.glob("*.safetensors")
    made = shard.stat().st_mtime_ns
    ganimate(*arguments, "--steps", 2, "-q")
    assert shard.stat().st_mtime_ns == made  # prepared once
    ganimate("train", "--data", prepared, *arguments[3:], "--steps", 3, "-q")


def test_a_run_within_its_photos(many: Path) -> None:
    said = ganimate("train", "--data", many, "-o", many / "run", code=2)
    assert "another folder as --output" in said
    assert not (many / "run").exists()
