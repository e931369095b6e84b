"""Prepared sets, logs and variables that are none: each ends in a sentence."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile_seeds as seeds
import numpy as np
import pytest
import torch
from safetensors.numpy import load, save

from ganimate.errors import DataError, ModelError, OutputError, UsageError
from ganimate.media.tensors import read_tensors
from ganimate.training.data.dataset import SUMMARY, load_faces
from ganimate.training.data.labels import Source
from ganimate.training.data.replacing import check_same_source
from ganimate.training.processes import join_processes
from ganimate.training.run_files import LOG, check_run, read_latest_terms, trim_log

NOTES = {"names": '["a.jpg"]', "held_out": "[]", "made_of": '[{}, ["a.jpg"]]', "sizes": "[1]"}


def write_set(folder: Path, notes: dict[str, str], **changed: Any) -> Path:
    """A set of one face, some of whose tensors are others."""
    shard, summary, *_ = (content[1:] for content in seeds.list_shards())
    tensors = load(shard)
    tensors |= changed
    (folder / "shard-00000.safetensors").write_bytes(save(tensors, notes))
    (folder / SUMMARY).write_bytes(summary)
    return folder


def test_the_set_is_one(tmp_path: Path) -> None:
    assert load_faces([write_set(tmp_path, NOTES)]).names == ("a.jpg",)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("landmarks", lambda values: values * np.nan),
        ("aus", lambda values: values + np.inf),
        ("crops", lambda values: values.astype(np.float32)),
        ("landmarks", lambda values: values[:, :5]),
    ],
)
def test_tensors_that_are_no_faces(
    tmp_path: Path, name: str, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    shard = load(seeds.list_shards()[0][1:])
    with pytest.raises(DataError, match="damaged"):
        load_faces([write_set(tmp_path, NOTES, **{name: change(shard[name])})])


@pytest.mark.parametrize("names", ["[1]", "[[]]", "{}", "3", "[" * 9999, "["])
def test_names_that_are_none(tmp_path: Path, names: str) -> None:
    with pytest.raises(DataError, match="damaged"):
        load_faces([write_set(tmp_path, {**NOTES, "names": names})])


@pytest.mark.parametrize(
    "summary", ['{"size": 1e400, "faces": 1}', '{"size": true, "faces": 1}', "[" * 9999, "\xff"]
)
def test_summaries_that_are_none(tmp_path: Path, summary: str) -> None:
    write_set(tmp_path, NOTES)
    (tmp_path / SUMMARY).write_text(summary, encoding="latin-1")
    with pytest.raises(DataError, match="not a prepared data set"):
        load_faces([tmp_path])


@pytest.mark.parametrize("changed", [{"made_of": "3"}, {"made_of": "["}, {"sizes": "[1, 2]"}])
def test_a_shard_that_does_not_say_what_it_is_of_is_kept(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    write_set(tmp_path, {**NOTES, **changed})
    with pytest.raises(OutputError, match="damaged: give another folder"):
        check_same_source(tmp_path, Source(tmp_path, "pictures"))


@pytest.mark.parametrize("dtype", ["F8_E4M3", "F8_E5M2", "BF16", "F4"])
def test_numbers_that_numpy_does_not_have(tmp_path: Path, dtype: str) -> None:
    path = tmp_path / "w.safetensors"
    header = json.dumps({"a": {"dtype": dtype, "shape": [4], "data_offsets": [0, 4]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    with pytest.raises(ModelError, match="cannot be read as a safetensors file"):
        read_tensors(path)


def test_lines_of_a_log_that_no_step_wrote(tmp_path: Path) -> None:
    steps = '{"step": 1, "seconds": 2.5, "l1": 0.5}', '{"step": 3, "seconds": 9, "l1": 0.1}'
    others = '{"l1": 7}', "[1]", '{"step": "x", "seconds": 1}', '{"step": 2, "seconds": null}'
    others += ('{"step": 1e400, "seconds": 1}', "[" * 9999, '{"step": 2, "seconds": 1e400}')
    (tmp_path / LOG).write_bytes("\n".join([steps[0], *others, steps[1]]).encode() + b"\n\xff")
    check_run(tmp_path)
    assert trim_log(tmp_path, 2) == 2.5
    assert read_latest_terms(tmp_path) == {"l1": 0.5}
    (tmp_path / LOG).write_text("\n".join(others))
    with pytest.raises(OutputError, match="of no run of ganimate"):
        check_run(tmp_path)


@pytest.mark.parametrize("value", ["abc", "-1", "", "1e3", "9" * 5000])
def test_variables_of_torchrun_that_are_no_numbers(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("WORLD_SIZE", value)
    with (
        pytest.raises(UsageError, match=r"WORLD_SIZE is .* and no number"),
        join_processes(torch.device("cpu")),
    ):
        pass
