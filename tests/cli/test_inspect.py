"""`ganimate inspect` and --label on results of the other commands, and results made twice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from ganimate import __version__
from ganimate.cli.commands import app
from ganimate.clip import load
from ganimate.media.video_writer import write_drawing
from ganimate.weights import find_model


@pytest.fixture(autouse=True)
def _work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ganimate(*arguments: object, code: int = 0) -> str:
    """Run a command that must exit with `code`; all that it prints."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def inspect(path: object) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(ganimate("inspect", path, "--json"))
    assert facts.pop("path") == str(path)
    return facts


def test_results_say_how_they_were_made(astronaut: Path, grace_hopper: Path) -> None:
    weights = sha256(find_model("motion").read_bytes()).hexdigest()[:12]
    known = {
        "made": True, "program": "ganimate", "version": __version__, "synthesised": True,
        "model": "motion", "weights": weights, "seed": None,
    }  # fmt: skip
    common = ("--size", 256, "--frames", 2, "-q")
    ganimate("render", astronaut, "--to", " smile:0.6+AU1=1", *common, "-o", "a.mp4")
    assert inspect("a.mp4") == known | {"expression": "smile:0.6+AU1=1"}
    ganimate("render", astronaut, "--to", grace_hopper, *common, "-o", "secret-frames/")
    counts = {"frames": 2, "frames_made": 2}
    assert inspect("secret-frames") == known | {"expression": "a photo"} | counts
    keys = {"photo": str(astronaut), "size": 256, "duration": 0.2, "fps": 10, "seed": 5}
    keys |= {"blink": "auto", "keys": [{"t": 0.1, "expression": "smile"}]}
    Path("keys.json").write_text(json.dumps(keys))
    ganimate("timeline", "keys.json", "-o", "b.gif", "-q")
    assert inspect("b.gif") == known | {"expression": "timeline", "seed": 5}
    ganimate("drive", astronaut, "a.mp4", "--size", 256, "-o", "c.webp", "-q")
    assert inspect("c.webp") == known | {"expression": "driven"}
    for result in ("a.mp4", "b.gif", "c.webp", "secret-frames/frame_00001.png"):
        content = Path(result).read_bytes()
        for source in (astronaut, grace_hopper):
            assert source.stem.encode() not in content
            assert bytes(source.parent) not in content


def test_what_is_not_ours(astronaut: Path) -> None:
    nothing = inspect(astronaut)
    assert nothing["made"] is False
    assert {value for value in nothing.values() if value is not False} == {None}
    said = ganimate("inspect", astronaut)
    assert "not made with ganimate" in said
    assert "nowhere.mp4 does not exist" in ganimate("inspect", "nowhere.mp4", code=1)
    os.mkfifo("pipe.mp4")
    assert "no regular file" in ganimate("inspect", "pipe.mp4", code=2)
    Path("empty").mkdir()
    assert "holds no frames" in ganimate("inspect", "empty", code=2)
    write_drawing(np.zeros((8, 8, 3), np.uint8), "drawing.png")
    assert inspect("drawing.png")["synthesised"] is False


def test_several_files_are_a_line_each(astronaut: Path) -> None:
    Path("empty.mp4").touch()
    lines = ganimate("inspect", astronaut, "gone.gif", "empty.mp4", "--json", code=1).splitlines()
    facts = [json.loads(line) for line in lines if line.startswith("{")]
    assert [one["path"] for one in facts] == [str(astronaut), "gone.gif", "empty.mp4"]
    assert "does not exist" in facts[1]["error"]
    assert facts[0]["made"] is facts[2]["made"] is False


def test_a_folder_with_a_frame_of_somebody_else(astronaut: Path) -> None:
    command = ("render", astronaut, "--to", "smile", "--size", 256, "--frames", 3, "-q")
    ganimate(*command, "-o", "frames")
    shutil.copy(astronaut, "frames/frame_00001.png")
    facts = inspect("frames")
    assert (facts["made"], facts["frames"], facts["frames_made"]) == (False, 3, 2)
    assert "2 made with ganimate; 1 of them say nothing" in ganimate("inspect", "frames")


def test_the_label_is_drawn_when_it_is_asked_for(astronaut: Path) -> None:
    command = ("render", astronaut, "--to", "smile", "--size", 256, "-q", "-o")
    ganimate(*command, "plain.png")
    ganimate(*command, "labelled.png", "--label")
    load(astronaut, size=256).animate("smile", frames=1).save("library.png", label=True)
    assert Path("library.png").read_bytes() == Path("labelled.png").read_bytes()
    plain, labelled = (
        np.asarray(Image.open(name)).astype(int) for name in ("plain.png", "labelled.png")
    )
    changed = (plain != labelled).any(axis=2)
    assert not changed[:190].any()
    assert 0.005 < changed.mean() < 0.1


TWICE = """
import sys
from ganimate.cli.commands import app
for suffix in ("mp4", "webm", "gif", "webp", "png"):
    arguments = ["render", sys.argv[1], "--to", "smile", "--frames", "5", "--size", "256", "-q"]
    app([*arguments, "-o", f"clip.{suffix}"], standalone_mode=False)
"""


def test_the_same_command_gives_the_same_bytes(tmp_path: Path, astronaut: Path) -> None:
    """In other folders, time zones and languages, and with other seeds of Python's hashes."""
    results = []
    for name, zone, language in (("a", "Asia/Tokyo", "C"), ("b", "America/New_York", "C.UTF-8")):
        folder = tmp_path / name
        folder.mkdir()
        changed = {"TZ": zone, "LC_ALL": language, "PYTHONHASHSEED": str(len(results))}
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, **changed, "PYTHONPATH": root}
        command = [sys.executable, "-c", TWICE, str(astronaut)]
        subprocess.run(command, check=True, cwd=folder, env=environment)
        results.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert len(results[0]) == 5
    assert results[0] == results[1]
