"""Whatever text or bytes come in, what comes out is a value or an error that says what is wrong.

Examples are few here, for the sake of time; HYPOTHESIS_EXAMPLES=20000 tries as many of each.
"""

from __future__ import annotations

import io
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from ganimate.action_units import SHAPE
from ganimate.errors import GanimateError
from ganimate.media.photo import decode_photo
from ganimate.media.provenance import read_claim
from ganimate.performance.expressions import PRESETS, parse_expression
from ganimate.performance.performance import parse_ease
from ganimate.performance.timeline_reader import parse_timeline, read_timeline
from ganimate.training.data.openface import find_layout, read_rows

tried = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "100")),
    deadline=None,
    derandomize="HYPOTHESIS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)

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
VALUES = st.none() | st.booleans() | NUMBERS | EXPRESSIONS
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


@tried
@given(st.binary() | DOCUMENTS.map(lambda document: json.dumps(document)[:-1].encode()))
def test_files_of_timelines(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with suppress(GanimateError):
        read_timeline(path)


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


def encode(kind: str) -> bytes:
    saved = io.BytesIO()
    Image.fromarray(data.astronaut()[:48, :40]).save(saved, kind)
    return saved.getvalue()


PHOTOS = [encode(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "ICO", "PPM")]
CHANGES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=6)


def damage(content: bytes, changes: list[tuple[int, int]], cut: float) -> bytes:
    damaged = bytearray(content)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    return bytes(damaged[: round(cut * len(damaged))])


DAMAGED: st.SearchStrategy[bytes] = st.builds(
    damage, st.sampled_from(PHOTOS), CHANGES, st.just(1.0) | st.floats(0, 1)
)


@tried
@given(st.binary() | DAMAGED)
def test_photos(tmp_path: Path, content: bytes) -> None:
    with suppress(GanimateError):
        photo = decode_photo(io.BytesIO(content), "photo")
        assert photo.dtype == np.uint8
        assert photo.shape[2] == 3
    path = tmp_path / "photo"
    path.write_bytes(content)
    assert read_claim(path) is None
