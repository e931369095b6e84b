"""The timeline's file: what is read, how wrong files are reported, and that the schema agrees."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.errors import MissingFileError, UsageError
from ganimate.limits import MAX_TURN_DEGREES
from ganimate.performance.curves import Knot
from ganimate.performance.expressions import PRESETS
from ganimate.performance.performance import perform, sample_aus
from ganimate.performance.timeline import AU_CELLS, AXES, SCHEMA, Mark, Timeline, place_knots
from ganimate.performance.timeline_document import make_schema
from ganimate.performance.timeline_reader import parse_timeline, read_timeline
from ganimate.performance.timeline_writer import write_document

SOURCE = np.random.default_rng(0).random(SHAPE, dtype=np.float32)
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photo.jpg").touch()
    return tmp_path


def document(**changes: Any) -> dict[str, Any]:
    """A good document with some names changed, or left out if None."""
    good = {
        "photo": "photo.jpg",
        "duration": 4,
        "keys": [{"t": 0, "expression": "source"}, {"t": 2, "aus": {"AU12": 0.5}}],
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def read(document: Any, folder: Path) -> Timeline:
    timeline, problems = parse_timeline(json.dumps(document), folder)
    assert timeline is not None, problems
    return timeline


def problems_of(document: Any, folder: Path) -> list[str]:
    timeline, problems = parse_timeline(json.dumps(document), folder)
    assert timeline is None
    return problems


# what is read


def test_defaults(folder: Path) -> None:
    timeline = read(document(duration=None), folder)
    assert timeline.photo == folder / "photo.jpg"
    assert (timeline.fps, timeline.duration, timeline.frames) == (30, 2, 60)
    assert (timeline.loop, timeline.face, timeline.size, timeline.output) == (
        "once", "largest", None, None,
    )  # fmt: skip
    assert not timeline.blink


def test_everything_can_be_given(folder: Path) -> None:
    timeline = read(
        document(
            output="out/clip.gif", fps=12.5, size=300, loop="pingpong", face=1, blink="auto",
            seed=3,
        ),
        folder,
    )  # fmt: skip
    assert timeline.output == folder / "out/clip.gif"
    assert (timeline.size, timeline.loop, timeline.face) == (300, "pingpong", "1")
    assert (timeline.blink, timeline.seed) == (True, 3)
    assert timeline.course_frames == 50
    assert timeline.frames == 98


def test_what_keys_name(folder: Path) -> None:
    keys = [
        {"t": 0, "expression": "smile:0.5"},
        {"t": 1, "expression": "wink"},
        {"t": 2, "aus": {"AU12R": 0.9, "AU12": 0.2}},
        {"t": 3, "expression": "AU1=0.4"},
        {"t": 4, "expression": "source"},
    ]
    cells = read(document(keys=keys), folder).cells

    def course(number: int, side: int) -> list[tuple[float, float | None]]:
        return [(mark.t, mark.v) for mark in cells[ROW_OF[number], side]]

    # an emotion sets every action unit, a gesture and AUs only their own, source all again
    assert course(12, LEFT) == [(0, pytest.approx(0.4)), (2, 0.2), (4, None)]
    assert course(12, RIGHT) == [(0, pytest.approx(0.4)), (2, 0.9), (4, None)]
    assert course(45, LEFT) == [(0, pytest.approx(0.025)), (4, None)]
    assert course(45, RIGHT) == [(0, pytest.approx(0.025)), (1, 1), (4, None)]
    assert course(1, LEFT) == [(0, 0), (3, 0.4), (4, None)]
    assert len(cells) == 34


def test_tracks_go_over_keys_and_one_side_over_both(folder: Path) -> None:
    tracks = {
        "$comment": "fine work",
        "AU12L": [{"t": 1, "v": 0.7}],
        "AU12": [{"t": "50%", "v": 0.3, "ease": "linear", "hold": 0.5}],
    }
    cells = read(document(tracks=tracks), folder).cells
    assert cells[ROW_OF[12], RIGHT] == (Mark(2, 0.3, "linear", 0.5),)
    assert cells[ROW_OF[12], LEFT] == (Mark(1, 0.7),)
    assert cells[ROW_OF[4], LEFT] == (Mark(0, None),)


def test_shares_of_the_duration(folder: Path) -> None:
    keys = [
        {"t": "100%", "expression": "smile"},
        {"t": "12.5%", "aus": {"AU4": 1}, "hold": "25%"},
    ]
    cells = read(document(keys=keys), folder).cells
    assert cells[ROW_OF[4], LEFT] == (Mark(0.5, 1, "smooth", 1.0), Mark(4, 0))


# curves from marks


def timeline_of(folder: Path, **changes: Any) -> Timeline:
    return read(document(fps=10, **changes), folder)


def test_a_curve_starts_from_the_photo(folder: Path) -> None:
    timeline = timeline_of(folder, keys=[{"t": 2, "aus": {"AU12": 0.5}}])
    marks = timeline.cells[ROW_OF[12], LEFT]
    assert place_knots(marks, 0.1, timeline) == [Knot(0, 0.1), Knot(2, 0.5)]
    aus = perform(timeline, SOURCE).aus
    assert aus.shape == (40, *SHAPE)
    assert np.array_equal(aus[0], SOURCE)
    others = [row for row in range(SHAPE[0]) if row != ROW_OF[12]]
    assert (aus[:, others] == SOURCE[others]).all()
    assert (aus[20:, ROW_OF[12]] == 0.5).all()


def test_a_hold_holds(folder: Path) -> None:
    keys = [
        {"t": 1, "aus": {"AU12": 0.5}, "hold": 1, "ease": "linear"},
        {"t": 4, "aus": {"AU12": 1}},
    ]
    values = perform(timeline_of(folder, keys=keys), SOURCE).aus[:, ROW_OF[12], LEFT]
    assert (values[10:21] == 0.5).all()
    assert (np.diff(values[20:]) > 0).all()
    np.testing.assert_allclose(np.diff(values[20:], 2), 0, atol=1e-6)


def test_the_last_frame_meets_the_end(folder: Path) -> None:
    keys = [{"t": 0, "aus": {"AU12": 0}, "ease": "linear"}, {"t": "100%", "aus": {"AU12": 1}}]
    values = perform(timeline_of(folder, keys=keys), SOURCE).aus[:, ROW_OF[12], LEFT]
    np.testing.assert_allclose(values, np.linspace(0, 1, 40), atol=1e-6)
    assert values[-1] == 1


def test_pingpong_goes_there_and_back(folder: Path) -> None:
    timeline = timeline_of(folder, loop="pingpong")
    aus = perform(timeline, SOURCE).aus
    assert len(aus) == timeline.frames == 78
    assert np.array_equal(aus[1:], aus[:0:-1])


def test_seamless_joins_its_start(folder: Path) -> None:
    keys = [{"t": "25%", "aus": {"AU12": 1}}, {"t": "60%", "aus": {"AU12": 0.2}}]
    aus = perform(timeline_of(folder, keys=keys, loop="seamless"), SOURCE).aus
    values = aus[:, ROW_OF[12], LEFT].astype(np.float64)
    assert values[0] == pytest.approx(SOURCE[ROW_OF[12], LEFT])
    twice = np.concatenate([values, values])
    # across the seam nothing is quicker to change than elsewhere
    assert np.abs(np.diff(twice, 2)).max() == pytest.approx(
        np.abs(np.diff(values, 2)).max(), rel=0.3
    )


def test_seamless_may_name_both_ends_if_they_agree(folder: Path) -> None:
    keys = [
        {"t": 0, "expression": "smile"},
        {"t": 1, "aus": {"AU12": 0.2}},
        {"t": "100%", "expression": "smile"},
    ]
    aus = perform(timeline_of(folder, keys=keys, loop="seamless"), SOURCE).aus
    assert aus[0, ROW_OF[12], LEFT] == pytest.approx(0.8)
    keys[-1]["expression"] = "sad"
    (problem,) = problems_of(document(keys=keys, loop="seamless"), folder)
    assert problem.startswith("keys[2]: a seamless loop is back at its first frame at 4 s")


def test_blinks_and_head(folder: Path) -> None:
    turns = [{"t": 0, "yaw": 0}, {"t": 2, "yaw": 12, "roll": -3}, {"t": 4, "yaw": 0}]
    timeline = timeline_of(folder, head=turns, blink="auto")
    performance = perform(timeline, SOURCE)
    assert performance.heads is not None
    assert performance.heads[20].tolist() == [12, 0, -3]
    assert not performance.heads[:, 1].any()
    assert performance.heads[0].tolist() == [0, 0, 0]
    shown = performance.add_blinks(performance.aus)
    assert shown[:, ROW_OF[45]].max() == 1
    assert np.array_equal(
        np.delete(shown, ROW_OF[45], 1), np.delete(performance.aus, ROW_OF[45], 1)
    )
    still = perform(timeline_of(folder), SOURCE)
    assert still.heads is None
    assert still.add_blinks(still.aus) is still.aus


def test_a_beziers_overshoot_stays_an_intensity(folder: Path) -> None:
    keys = [{"t": 0, "aus": {"AU12": 0}, "ease": [0.3, 2, 0.6, 2]}, {"t": 2, "aus": {"AU12": 1}}]
    values = sample_aus(timeline_of(folder, keys=keys), SOURCE, np.linspace(0, 4, 99))
    assert values.max() == 1
    assert (values[:, ROW_OF[12], LEFT] == 1).sum() > 60  # cut off at 1 on its way


# errors


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"photo": None}, "photo: is missing"),
        ({"photo": "other.jpg"}, "photo: there is no file"),
        ({"fps": "fast"}, 'fps: must be a number from 1 to 120, not "fast"'),
        ({"fps": True}, "fps: must be a number from 1 to 120, not true"),
        ({"duration": 0}, "duration: 0 is out of range"),
        ({"duration": 10**400}, "duration: 1000"),
        ({"size": 3.5}, "size: must be a whole number of 16 or more, not 3.5"),
        ({"loop": "twice"}, 'loop: must be once, pingpong, hold or seamless, not "twice"'),
        ({"face": -1}, "face: must be largest, all or a number from 0, not -1"),
        ({"blink": True}, "blink: must be auto or none, not true"),
        ({"phto": "x"}, "phto: unknown; did you mean photo?"),
        ({"keys": None}, "keys: is missing"),
        ({"keys": {}}, "keys: must be a list in brackets, not an object"),
        ({"keys": []}, "keys: is empty"),
        ({"keys": [3]}, "keys[0]: must be an object in braces, not 3"),
        ({"keys": [{"t": 0}]}, "keys[0]: names neither an expression nor aus"),
        ({"keys": [{"expression": "smile"}]}, "keys[0].t: is missing"),
        ({"keys": [{"t": "5s", "aus": {"AU1": 1}}]}, "keys[0].t: must be seconds from 0"),
        ({"keys": [{"t": -1, "aus": {"AU1": 1}}]}, "keys[0].t: must be seconds from 0"),
        ({"keys": [{"t": 5, "aus": {"AU1": 1}}]}, "keys[0].t: 5 s is after the end"),
        ({"keys": [{"t": 0, "expression": "smlie"}]}, "did you mean smile?"),
        (
            {"keys": [{"t": 0, "expression": "smile", "aus": {"AU1": 1}}]},
            "keys[0]: has both expression and aus",
        ),
        ({"keys": [{"t": 0, "aus": {}}]}, "keys[0].aus: names no action unit"),
        ({"keys": [{"t": 0, "aus": {"AU1": 2}}]}, "keys[0].aus.AU1: 2 is out of range"),
        ({"keys": [{"t": 0, "aus": {"AU1L": 1}}]}, "keys[0].aus.AU1L: AU1 moves both sides"),
        ({"keys": [{"t": 0, "aus": {"au12": 1}}]}, "keys[0].aus.au12: write AU12"),
        ({"keys": [{"t": 0, "aus": {"AU1": 1}, "ease": "inn"}]}, "keys[0].ease: must be smooth"),
        (
            {"keys": [{"t": 0, "aus": {"AU1": 1}, "ease": [1.5, 0, 1, 1]}]},
            "keys[0].ease[0]: 1.5 is out of range; give 0 to 1",
        ),
        (
            {"keys": [{"t": 1, "aus": {"AU1": 1}}, {"t": "25%", "expression": "sad"}]},
            "keys[1]: keys[0] sets AU1 at 1 s already",
        ),
        (
            {"keys": [{"t": 0, "expression": "sad", "hold": 3}, {"t": 2, "aus": {"AU1": 1}}]},
            "keys[0].hold: lasts until 3 s, but keys[1] sets AU1 at 2 s",
        ),
        ({"tracks": {"AU12": [{"t": 1}]}}, "tracks.AU12[0].v: is missing"),
        ({"tracks": {"AU3": [{"t": 1, "v": 1}]}}, "tracks.AU3: unknown action unit"),
        ({"tracks": {"AU2L": [{"t": 1, "v": -0.5}]}}, "tracks.AU2L[0].v: -0.5 is out of range"),
        ({"head": [{"t": 0, "yaw": 13}]}, "head[0].yaw: 13 is out of range; give -12 to 12"),
        ({"head": [{"t": 0, "tilt": 3}]}, "head[0].tilt: unknown"),
        (
            {"duration": None, "keys": [{"t": "50%", "expression": "sad"}]},
            "duration: is missing, and no time in seconds",
        ),
    ],
)
def test_errors_name_the_place(folder: Path, changes: dict[str, Any], problem: str) -> None:
    assert any(problem in line for line in problems_of(document(**changes), folder))


def test_the_17_are_listed(folder: Path) -> None:
    keys = [{"t": index, "aus": {"AU1": 0.5}} for index in range(3)]
    keys.append({"t": 3, "aus": {"AU99": 1}})
    (problem,) = problems_of(document(keys=keys), folder)
    assert problem == (
        "keys[3].aus.AU99: unknown action unit; the 17 are "
        + ", ".join(f"AU{unit.number}" for unit in ACTION_UNITS)
    )


def test_all_errors_at_once(folder: Path) -> None:
    path = folder / "keys.json"
    keys = [{"t": 9, "expression": "smile"}, {"t": 1, "aus": {"AU12": 3, "AU0": 1}}]
    path.write_text(json.dumps(document(fps=0, keys=keys, head=[{"t": 0, "yaw": 40}])))
    with pytest.raises(UsageError) as caught:
        read_timeline(path)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{path} has 5 errors:"
    places = {line.split(": ")[0].strip() for line in lines[1:]}
    assert places == {"fps", "keys[0].t", "keys[1].aus.AU12", "keys[1].aus.AU0", "head[0].yaw"}


def test_wrong_values_hide_no_wrong_times(folder: Path) -> None:
    keys = [
        {"t": 1, "aus": {"AU12": 3}},
        {"t": "25%", "aus": {"AU12": 0.5}, "ease": "inn"},
        {"t": 9, "expression": "smlie"},
        {"expression": "smile"},
        7,
    ]
    tracks = {"AU4": [{"t": 8}], "AU99": [{"t": 1, "v": 2}], "AU45": {}}
    problems = problems_of(document(photo=None, size=1, keys=keys, tracks=tracks), folder)
    assert {problem.split(": ")[0] for problem in problems} == {
        "photo", "size",
        "keys[0].aus.AU12", "keys[1].ease", "keys[2].expression", "keys[3].t", "keys[4]",
        "tracks.AU4[0].v", "tracks.AU99", "tracks.AU99[0].v", "tracks.AU45",
        "keys[1]", "keys[2].t", "tracks.AU4[0].t",
    }  # fmt: skip
    assert "keys[1]: keys[0] sets AU12 at 1 s already" in problems
    assert "keys[2].t: 9 s is after the end of the clip (4 s)" in problems


def test_both_of_two_that_exclude_each_other_are_checked(folder: Path) -> None:
    keys = [{"t": 0, "expression": "smlie", "aus": {"AU1": 2}}]
    problems = problems_of(document(keys=keys), folder)
    assert len(problems) == 3
    assert problems[0].startswith("keys[0]: has both expression and aus")


def test_messages_can_be_printed_whatever_they_quote(folder: Path) -> None:
    half = "\ud800"  # of a character, as JSON may have it
    keys = [{"t": half, "aus": {half: 1}, "ease": half}, {"t": 1, "expression": half}]
    problems = problems_of(document(keys=keys, loop=half, face=half, tracks={half: half}), folder)
    assert 'loop: must be once, pingpong, hold or seamless, not "\\ud800"' in problems
    assert len(problems) == 8
    assert all(problem.encode() for problem in problems)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1, column 1: no valid JSON"),
        ('{"photo": "photo.jpg",\n "keys": [}', "line 2, column 11: no valid JSON"),
        ("[]", "the file: must be an object in braces, not a list"),
        ("null", "the file: must be an object in braces, not null"),
        ('{"photo": "photo.jpg", "fps": NaN}', "NaN is no number"),
        ('{"photo": "photo.jpg", "photo": "b.jpg", "blink": "auto"}', "photo: is given twice"),
        ("[" * 100_000, "no valid JSON"),
    ],
)
def test_no_json(folder: Path, text: str, problem: str) -> None:
    timeline, problems = parse_timeline(text, folder)
    assert timeline is None
    assert any(problem in line for line in problems)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="does not exist: check its name"):
        read_timeline(tmp_path / "none.json")
    with pytest.raises(UsageError, match="is a folder"):
        read_timeline(tmp_path)
    (tmp_path / "photo.json").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(UsageError, match="cannot be read as a text file"):
        read_timeline(tmp_path / "photo.json")


# the schema and the checker say the same

POINT = {"t": 1, "v": 0.5}
KEY = {"t": 1, "aus": {"AU12": 0.5}}
GOOD: list[dict[str, Any]] = [
    {},
    {"$schema": "x", "$comment": "y"},
    {"fps": 23.976, "size": 512.0, "face": 2, "seed": 7},
    {"face": "all", "loop": "seamless", "blink": "auto", "keys": None},
    {"keys": [{"t": "0%", "expression": "source"}, {"t": "100%", "expression": "smile:0.3+AU1=1"}]},
    {"keys": [{**KEY, "ease": ease} for ease in ["in-out"]]},
    {"keys": [{**KEY, "ease": [0, -1, 1, 2], "hold": "10%", "$comment": "z"}]},
    {"tracks": {"AU12": [POINT], "AU12L": [{**POINT, "ease": "step", "hold": 1}]}},
    {"tracks": {name: [POINT] for name in AU_CELLS}},
    {"head": [{"t": 0, "yaw": -12, "pitch": 12.0, "roll": 0, "ease": "linear"}]},
    {"output": "a/b.mp4", "duration": 3600},
]
BAD: list[Any] = [
    {"photo": None},
    {"photo": " "},
    {"photo": 3},
    {"photos": "a"},
    {"$comment": 3},
    {"fps": 0.5},
    {"fps": True},
    {"fps": "30"},
    {"duration": 0},
    {"duration": 3601},
    {"size": 15},
    {"size": 20.5},
    {"size": "20"},
    {"seed": -1},
    {"loop": "forever"},
    {"face": "smallest"},
    {"face": 1.5},
    {"face": True},
    {"blink": "often"},
    {"output": ""},
    {"keys": None},
    {"keys": []},
    {"keys": KEY},
    {"keys": ["smile"]},
    {"keys": [{"t": 1}]},
    {"keys": [{"aus": {"AU1": 1}}]},
    {"keys": [{**KEY, "expression": "smile"}]},
    {"keys": [{**KEY, "time": 3}]},
    {"keys": [{"t": 1, "expression": 3}]},
    {"keys": [{"t": 1, "expression": ""}]},
    {"keys": [{"t": 1, "aus": {}}]},
    {"keys": [{"t": 1, "aus": ["AU1"]}]},
    {"keys": [{"t": 1, "aus": {"AU3": 1}}]},
    {"keys": [{"t": 1, "aus": {"AU17L": 1}}]},
    {"keys": [{"t": 1, "aus": {"AU1": "1"}}]},
    {"keys": [{"t": 1, "aus": {"AU1": 1.01}}]},
    *({"keys": [{**KEY, "t": t}]} for t in (-1, "50", "101%", "1e1%", "%", "-5%", " 5%")),
    *({"keys": [{**KEY, "t": t}]} for t in (True, None, [1])),
    *({"keys": [{**KEY, "hold": t}]} for t in (-1, "2 s")),
    *(
        {"keys": [{**KEY, "ease": ease}]}
        for ease in ("ease", 1, [0, 0, 1], [0, 0, 1, 1, 1], [-0.1, 0, 1, 1], [0, 0, 1.1, 1],
                     [0, 4, 1, 1], [0, 0, 1, -3], ["0", 0, 1, 1])
    ),
    {"tracks": {"AU12": []}},
    {"tracks": {"AU12": POINT}},
    {"tracks": {"AU99": [POINT]}},
    {"tracks": {"AU12": [{"t": 1}]}},
    {"tracks": {"AU12": [{"v": 1}]}},
    {"tracks": {"AU12": [{**POINT, "v": 2}]}},
    {"tracks": {"AU12": [{**POINT, "aus": {}}]}},
    {"tracks": [POINT]},
    {"head": []},
    {"head": [{"t": 1}]},
    {"head": [{"yaw": 1}]},
    {"head": [{"t": 1, "yaw": 12.5}]},
    {"head": [{"t": 1, "roll": "1"}]},
    {"head": [{"t": 1, "gaze": 1}]},
]  # fmt: skip


@pytest.mark.parametrize("changes", GOOD, ids=str)
def test_schema_and_checker_accept(folder: Path, changes: dict[str, Any]) -> None:
    VALIDATOR.validate(document(**changes))
    read(document(**changes), folder)


@pytest.mark.parametrize("changes", BAD, ids=str)
def test_schema_and_checker_refuse(folder: Path, changes: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(document(**changes))
    assert problems_of(document(**changes), folder)


def test_the_schema_names_the_same_things() -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    defined = schema["$defs"]
    assert schema["properties"]["tracks"]["$ref"] == "#/$defs/Tracks"
    assert defined["Key"]["properties"]["aus"]["$ref"] == "#/$defs/Intensities"
    assert set(defined["Intensities"]["properties"]) == {"$comment", *AU_CELLS}
    assert set(defined["Tracks"]["properties"]) == {"$comment", *AU_CELLS}
    expressions = defined["Key"]["properties"]["expression"]["anyOf"][0]["enum"]
    assert expressions == ["source", *PRESETS]
    for axis in AXES:
        turn = defined["HeadKey"]["properties"][axis]
        assert (turn["minimum"], turn["maximum"]) == (-MAX_TURN_DEGREES, MAX_TURN_DEGREES)


def test_every_part_of_the_schema_is_described() -> None:
    schema = json.loads(SCHEMA.read_text())
    units = [schema["$defs"][name] for name in ("Intensities", "Tracks")]
    for part in (schema, *units):
        assert all("description" in value for value in part["properties"].values())


def test_the_shipped_schema_is_the_generated_one(tmp_path: Path) -> None:
    """After a change of the models, write_document(make_schema(), SCHEMA) ships it."""
    assert json.loads(SCHEMA.read_text()) == make_schema()
    write_document(make_schema(), tmp_path / "schema.json")
    assert SCHEMA.read_text() == (tmp_path / "schema.json").read_text()


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("timeline_reader", {"cv2", "torch"}),
        ("timeline_writer", {"pydantic", "cv2", "torch"}),
        ("performance", {"pydantic", "torch"}),
    ],
)
def test_nobody_waits_for_packages_of_others(module: str, heavy: set[str]) -> None:
    script = f"import sys, ganimate.performance.{module}; print(*{heavy} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == ""
