"""The timeline files that are written: what a starter holds, and how JSON is laid out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import jsonschema
import pytest

from ganimate.performance.timeline import SCHEMA
from ganimate.performance.timeline_reader import parse_timeline, read_timeline
from ganimate.performance.timeline_writer import make_starter, write_document

VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photo.jpg").touch()
    return tmp_path


def test_the_starter_is_right_and_commented(folder: Path) -> None:
    path = folder / "keys.json"
    write_document(make_starter("photo.jpg"), path)
    text = path.read_text()
    assert json.loads(text) == make_starter("photo.jpg")
    assert text.count("$comment") >= 5
    assert max(map(len, text.splitlines())) < 300
    VALIDATOR.validate(json.loads(text))
    timeline = read_timeline(path)
    assert timeline.frames == 120
    assert timeline.blink
    assert timeline.head
    assert json.loads(text)["$schema"] == SCHEMA.as_uri()


def test_a_starter_with_a_mistake_is_reported(folder: Path) -> None:
    wrong = make_starter("photo.jpg")
    wrong["keys"][1]["exression"] = wrong["keys"][1].pop("expression")
    timeline, problems = parse_timeline(json.dumps(wrong), folder)
    assert timeline is None
    assert "keys[1].exression: unknown; did you mean expression?" in problems


class Squares(Mapping[str, list[int]]):
    """A mapping that works its items out, and counts how often."""

    looks = 0

    def __getitem__(self, name: str) -> list[int]:
        self.looks += 1
        return [int(name) ** 2] * 60

    def __iter__(self) -> Iterator[str]:
        return iter("123")

    def __len__(self) -> int:
        return 3


def test_a_mapping_is_worked_out_once_and_written_like_a_dict(tmp_path: Path) -> None:
    squares = Squares()
    rest = {"none": {}, "list": [1, [], {"a": "ü"}], "long": ["x" * 50] * 3}
    write_document({"squares": squares, **rest}, tmp_path / "one.json")
    assert squares.looks == 3
    write_document({"squares": dict(squares), **rest}, tmp_path / "other.json")
    one, other = ((tmp_path / name).read_text() for name in ("one.json", "other.json"))
    assert one == other
    assert json.loads(one) == {"squares": dict(squares), **rest}


def test_a_photos_name_that_is_not_utf_8(folder: Path) -> None:
    photo, path = folder / os.fsdecode(b"caf\xe9.jpg"), folder / os.fsdecode(b"caf\xe9.json")
    photo.touch()
    write_document(make_starter(photo.name), path)
    assert r"caf\udce9.jpg" in path.read_text("utf-8")
    assert read_timeline(path).photo == photo
