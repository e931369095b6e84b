"""Whatever text or bytes come in, what comes out is a value or an error that says what is wrong.

Examples are few here, for the sake of time; HYPOTHESIS_EXAMPLES=20000 tries as many of each.
tests/fuzz.py tries the same readers for longer, guided by what of the program they reach.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile_readers import READERS
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ganimate.action_units import SHAPE
from ganimate.errors import GanimateError
from ganimate.media.photo import read_photo
from ganimate.media.video_reader import open_video
from ganimate.performance.expressions import PRESETS, parse_expression
from ganimate.performance.performance import parse_ease
from ganimate.performance.timeline_reader import parse_timeline, read_timeline
from ganimate.training.data.openface import find_layout, read_rows
from ganimate.weights import find_model

tried = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "100")),
    deadline=None,
    derandomize="HYPOTHESIS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)
seldom_tried = settings(tried, max_examples=max(1, tried.max_examples // 10))
"""For what starts a program, or runs a whole command."""

WORDS = st.sampled_from(
    [*PRESETS, "source", "AU12", "au45L", "AU1R", "+", ",", ":", "=", "0.5", "1e400", "nan", "-1"]
)
EXPRESSIONS = st.text() | st.lists(WORDS | st.text(max_size=3), max_size=8).map("".join)


@tried
@given(EXPRESSIONS)
@example("smile:\N{ARABIC-INDIC DIGIT ONE}")
@example("AU12=" + "9" * 5000)
def test_expressions(text: str) -> None:
    with suppress(GanimateError):
        aus = parse_expression(text).apply_to(np.full(SHAPE, 0.3, np.float32))
        assert aus.shape == SHAPE
        assert ((aus >= 0) & (aus <= 1)).all()


@tried
@given(st.text() | st.lists(st.floats().map(str) | st.text(max_size=3)).map(",".join))
def test_eases(text: str) -> None:
    with suppress(GanimateError):
        parse_ease(text)


NUMBERS = st.integers() | st.floats() | st.sampled_from([0, 1, "50%", "1e999%", -0.0, 1e308])
ODD_TEXTS = st.sampled_from(["\0", "\ud800", "a\0b", "\udcff", "\x1b[31m", "x" * 300])
VALUES = st.none() | st.booleans() | NUMBERS | EXPRESSIONS | ODD_TEXTS
KEYS = st.fixed_dictionaries(
    {},
    optional={
        "t": NUMBERS, "expression": VALUES, "hold": VALUES, "ease": VALUES, "v": NUMBERS,
        "aus": st.dictionaries(WORDS | st.text(max_size=4), VALUES, max_size=4),
        "yaw": NUMBERS, "pitch": NUMBERS, "roll": NUMBERS,
    },
)  # fmt: skip
LISTS = st.lists(KEYS | VALUES, max_size=5)
DOCUMENTS = st.fixed_dictionaries(
    {"keys": LISTS | VALUES},
    optional={
        "photo": VALUES, "duration": NUMBERS, "fps": NUMBERS, "size": VALUES, "seed": VALUES,
        "loop": VALUES, "blink": VALUES, "face": VALUES, "output": VALUES, "head": LISTS,
        "tracks": st.dictionaries(WORDS, LISTS, max_size=4) | VALUES,
    },
)  # fmt: skip
JSON = st.recursive(
    VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@tried
@given(DOCUMENTS | JSON)
def test_timelines(document: Any) -> None:
    asked, problems = parse_timeline(json.dumps(document), Path(), photo_needed=False)
    assert (asked is None) == bool(problems)
    if asked is not None and asked.output is not None:
        asked.output.resolve()  # a name that a system could have


def test_names_too_long_for_any_file(tmp_path: Path) -> None:
    text = json.dumps({"photo": "p" * 5000, "keys": [{"t": 1, "expression": "smile"}]})
    (tmp_path / "keys.json").write_text(text)
    for read in (read_timeline, open_video, find_model, read_photo):
        with pytest.raises(GanimateError):
            read(str(tmp_path / "keys.json") if read is read_timeline else "p" * 5000)


@pytest.mark.parametrize("photo_needed", [True, False])
@pytest.mark.parametrize("name", ["\0", "a\0.jpg", "\ud800"])
def test_names_that_no_file_can_have(name: str, photo_needed: bool) -> None:
    keys = [{"t": 1, "expression": "smile"}]
    for field in ("photo", "output"):
        text = json.dumps({"photo": "p.jpg", "keys": keys, field: name})
        asked, problems = parse_timeline(text, Path(), photo_needed=photo_needed)
        assert asked is None
        assert any(problem.startswith(f"{field}: must be the name") for problem in problems)


# Each is refused within a moment, whatever it would be if all of it were read.
LARGE: dict[str, str] = {
    "names": '{"photo": "p", ' + ", ".join(f'"name{n}": 1' for n in range(60_000)) + "}",
    "one name": '{"photo": "p", ' + ", ".join(['"x": 1'] * 60_000) + "}",
    "points": '{"photo": "p", "tracks": {"AU12": [' + '{"t": -1}, ' * 60_000 + "1]}}",
    "numbers": '{"photo": "p", "keys": [' + "1, " * 19_000 + "1]}",
    "keys": '{"photo": "p", "keys": [' + '{"t": 1, "expression": "smile"}, ' * 60_000 + "1]}",
    "depth": "[" * 100_000,
    "digits": '{"photo": "p", "seed": ' + "9" * 5000 + "}",
    "bytes": '{"photo": "' + "p" * (5 << 20) + '"}',
}


@pytest.mark.parametrize("kind", LARGE)
def test_large_timelines_are_refused_before_they_are_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(LARGE[kind])
    with pytest.raises(GanimateError) as refused:
        read_timeline(path)
    assert len(str(refused.value)) < 1000


CELLS = st.floats().map(str) | st.sampled_from(["0", "1e400", "5", "", '"', "a.jpg"]) | st.text()
COLUMNS = st.sampled_from(["frame", "confidence", "success", "AU01_r", " AU12_r", "AU45_c", "x_0"])


@tried
@given(
    st.lists(COLUMNS | CELLS, max_size=8),
    st.lists(st.lists(CELLS, max_size=8), max_size=5),
    st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_tables_of_labels(
    tmp_path: Path, header: list[str], rows: list[list[str]], encoding: str
) -> None:
    path = tmp_path / "labels.csv"
    text = "\n".join(",".join(cells) for cells in [header, *rows])
    path.write_bytes(text.encode(encoding, "replace"))
    with suppress(GanimateError):
        layout = find_layout(path)
        for row in read_rows(path, layout) if layout else ():
            assert row is not None


# Real files of every kind, changed. What they are read by, hostile_readers.py says.

ODD_BYTES = st.sampled_from(
    [b"\0", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"NaN", b"1e400", b"\n", b"[" * 50]
)
PLACES = st.floats(0, 1, exclude_max=True)
CHANGES = st.lists(st.tuples(PLACES, st.binary(min_size=1, max_size=4) | ODD_BYTES), max_size=5)


@cache
def list_seeds(name: str) -> Sequence[bytes]:
    return READERS[name].list_seeds()


def damage(
    content: bytes,
    other: bytes,
    changes: list[tuple[float, bytes]],
    cut: tuple[float, float],
    how: str,
) -> bytes:
    """Change a file: bytes of it, its end, or what follows some place."""
    damaged = bytearray(content)
    for place, value in changes:
        start = int(place * len(damaged))
        damaged[start : start + len(value)] = value
    at, further = int(cut[0] * len(damaged)), int(cut[1] * len(other))
    if how == "truncate":
        return bytes(damaged[:at])
    if how == "append":
        return bytes(damaged) + other[further:]
    if how == "splice":
        return bytes(damaged[:at]) + other[further:]
    if how == "repeat":
        return bytes(damaged[:at]) * 2 + bytes(damaged[at:])
    return bytes(damaged)


def damaged_files(name: str) -> st.SearchStrategy[bytes]:
    """Strategy of files for a reader."""
    some = st.deferred(lambda: st.sampled_from(list_seeds(name)))
    how = st.sampled_from(["change", "change", "truncate", "append", "splice", "repeat"])
    return st.builds(damage, some, some, CHANGES, st.tuples(PLACES, PLACES), how) | st.binary()


def check(name: str, folder: Path, content: bytes) -> None:
    reader = READERS[name]
    path = folder / reader.name
    path.write_bytes(content)
    with suppress(GanimateError):
        reader.read(path)


QUICK = [name for name in READERS if name not in ("video", "command", "expression")]


@pytest.mark.parametrize("name", QUICK)
def test_damaged_files(tmp_path: Path, name: str) -> None:
    @tried
    @given(damaged_files(name))
    def read_any(content: bytes) -> None:
        check(name, tmp_path, content)

    read_any()


@pytest.mark.parametrize("name", ["video", "command"])
def test_damaged_files_of_programs(tmp_path: Path, name: str) -> None:
    @seldom_tried
    @given(damaged_files(name))
    def read_any(content: bytes) -> None:
        check(name, tmp_path, content)

    read_any()


@pytest.mark.parametrize("name", READERS)
def test_what_they_are_made_of(tmp_path: Path, name: str) -> None:
    """Seeds must be understood as far as a value: damage to nonsense would prove nothing."""
    read = 0
    for content in READERS[name].list_seeds():
        path = tmp_path / READERS[name].name
        path.write_bytes(content)
        with suppress(GanimateError):
            READERS[name].read(path)
            read += 1
    assert read
