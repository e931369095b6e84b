"""Habits that people bring along: pipes, patterns, shells, variables, words and what they keep."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from ganimate.cli.commands import app
from ganimate.media.photo import read_photo
from ganimate.media.video_writer import write_frames
from ganimate.performance.expressions import ALIASES

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def run(*arguments: object, code: int = 0, **more: Any) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], **more)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def say(*arguments: object, code: int = 2) -> str:
    """What a command that fails says, in one line."""
    return " ".join(run(*arguments, code=code).stderr.replace("│", " ").split())


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def short(model: Path) -> list[str]:
    """Options of a clip that is quickly made."""
    return ["--frames", "2", "--size", "256", "--model", str(model)]


# What is kept


def test_frames_of_another_program_are_kept(grace_hopper: Path, short: list[str]) -> None:
    folder = Path("ff")
    folder.mkdir()
    for index in range(20):
        Image.new("RGB", (8, 8), (index, 0, 0)).save(folder / f"frame_{index:05d}.png")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    command = ["render", grace_hopper, "--to", "smile", "-o", "ff", *short]
    assert "give another name, or --overwrite if it may be lost" in say(*command, code=1)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    run(*command, "--overwrite")
    assert len(names(folder)) == 2
    run(*command)  # our own are replaced unasked


def test_every_command_that_writes_keeps_what_it_did_not_make(
    grace_hopper: Path, model: Path
) -> None:
    Path("keys.json").write_text(
        json.dumps({"photo": str(grace_hopper), "keys": [{"t": 0.1, "expression": "smile"}]})
    )
    commands: dict[str, list[object]] = {
        "a.mp4": ["render", grace_hopper, "--to", "smile", "-o"],
        "b.mov": ["timeline", "keys.json", "-o"],
        "c.png": ["timeline", "keys.json", "--plot"],
        "d.webm": ["drive", grace_hopper, EXAMPLES / "driver.mp4", "-o"],
        "e.json": ["drive", grace_hopper, EXAMPLES / "driver.mp4", "--save-timeline"],
        "f.png": ["detect", grace_hopper, "-o"],
        "g.png": ["sheet", grace_hopper, "-o"],
        "h.safetensors": ["import", "net.pth", "-o"],
        "i.safetensors": [
            "fit-prior", "set", "--blendshapes", "s.npz", "--ict", "i.npz", "-o",
        ],
    }  # fmt: skip
    for name, command in commands.items():
        Path(name).write_bytes(b"mine")
        said = say(*command, name, code=1)
        assert f"{name} is there already" in said
        assert "--overwrite" in said
        assert Path(name).read_bytes() == b"mine"
    shutil.copy(model, "h.safetensors")  # trained, not imported
    shutil.copy(model, "i.safetensors")
    for name in ("h.safetensors", "i.safetensors"):
        assert f"{name} is there already" in say(*commands[name], name, code=1)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory, astronaut: Path, grace_hopper: Path) -> Path:
    """Two folders of photos whose names are the same, and a data set of the first one."""
    place = tmp_path_factory.mktemp("sets")
    for name, photo in (("a", astronaut), ("b", grace_hopper)):
        (place / name).mkdir()
        for index in range(2):
            (place / name / f"{index:03}.png").write_bytes(photo.read_bytes())
    run("prepare", place / "a", "-o", place / "faces", "--workers", 1, "-q")
    return place


def test_a_data_set_of_other_photos_is_kept(sets: Path, work: Path) -> None:
    shutil.copytree(sets / "faces", "faces")
    before = {name: (work / name).read_bytes() for name in names(work)}
    said = say("prepare", sets / "b", "-o", "faces", "--workers", 1, code=1)
    assert "faces holds a data set of other photos" in said
    assert "--overwrite" in said
    assert {name: (work / name).read_bytes() for name in names(work)} == before
    shutil.copytree(sets / "a", "moved")
    run("prepare", "moved", "-o", "faces", "--workers", 1, "-q")  # the same photos elsewhere
    run("prepare", sets / "b", "-o", "faces", "--workers", 1, "-q", "--overwrite")
    shard = "faces/shard-00000.safetensors"
    assert (work / shard).read_bytes() != before[shard]


@pytest.mark.parametrize("name", ["dataset.json", "dropped.csv", "shard-00001.safetensors"])
def test_files_that_only_have_the_names_of_a_data_set_are_kept(sets: Path, name: str) -> None:
    Path("faces").mkdir()
    (Path("faces") / name).write_bytes(b"mine")
    assert "no part of a data set" in say("prepare", sets / "a", "-o", "faces", code=1)
    assert names(Path("faces")) == [name]


@pytest.mark.parametrize("name", ["generator.safetensors", "log.jsonl", "sheet-000400.png"])
def test_a_folder_that_is_no_run_is_kept(sets: Path, name: str) -> None:
    Path("run").mkdir()
    (Path("run") / name).write_bytes(b"mine")
    command = ["train", "--data", sets / "faces", "-o", "run", "--batch", 2, "--steps", 1]
    assert f"{name} is there already" in say(*command, code=1)
    assert (Path("run") / name).read_bytes() == b"mine"
    assert names(Path("run")) == [name]


def test_a_timeline_names_no_clip_outside_its_folder(
    grace_hopper: Path, model: Path, work: Path
) -> None:
    folder = work / "from_the_web"
    folder.mkdir()
    keys = folder / "keys.json"
    (folder / "link").symlink_to(work)
    for output in ("../holiday.mp4", str(work / "holiday.mp4"), "link/holiday.mp4", "."):
        key = {"t": 0.1, "expression": "smile"}
        document = {"photo": str(grace_hopper), "size": 256, "output": output, "keys": [key]}
        keys.write_text(json.dumps(document))
        assert "say so yourself by -o" in say("timeline", keys, "--model", model)
    run("timeline", keys, "-o", "holiday.mp4", "--model", model)
    assert (work / "holiday.mp4").is_file()


# Pipes


@pytest.mark.parametrize("suffix", ["", ".gif", ".png", ".webm"])
def test_a_photo_and_a_clip_go_through_pipes(
    grace_hopper: Path, short: list[str], work: Path, suffix: str
) -> None:
    command = ["render", "-", "--to", "smile", *short, "-o", f"-{suffix}"]
    result = run(*command, input=grace_hopper.read_bytes())
    assert "2 frames" in result.stderr or suffix == ".png"
    piped = result.stdout_bytes
    run(*["render", grace_hopper, "--to", "smile", *short, "-o", f"file{suffix or '.mp4'}"])
    assert piped == (work / f"file{suffix or '.mp4'}").read_bytes()
    assert len(names(work)) == 1


def test_what_cannot_go_through_a_pipe(grace_hopper: Path, work: Path) -> None:
    command = ["render", grace_hopper, "--to", "smile", "-o"]
    assert "--json do not both fit" in say(*command, "-", "--json")
    assert "cannot write '.avi'" in say(*command, "-.avi")
    assert "standard input" in say("drive", grace_hopper, "-", "-o", "a.mp4")
    assert "standard input is empty" in run("detect", "-", code=1, input=b"").stderr
    assert "standard input is not an image" in run("detect", "-", code=1, input=b"no").stderr
    assert names(work) == []


# Names


def test_a_pattern_makes_its_folders(
    grace_hopper: Path, astronaut: Path, faceless: Path, short: list[str], work: Path
) -> None:
    run("render", grace_hopper, astronaut, "--to", "sad", "-o", "new/{stem}/a.jpg", *short)
    assert names(work) == ["new/astronaut/a.jpg", "new/grace_hopper/a.jpg"]
    say("render", faceless, "--to", "sad", "-o", "none/{stem}/a.jpg", *short, code=1)
    assert not Path("none").exists()


@pytest.mark.parametrize("command", [["render", "--to", "sad"], ["detect"], ["sheet"]])
def test_a_pattern_has_no_other_names(
    grace_hopper: Path, work: Path, command: list[object]
) -> None:
    said = say(command[0], grace_hopper, *command[1:], "-o", "{name}.png")
    assert "{name} in {name}.png stands for nothing: {stem} is" in said
    assert names(work) == []


def test_default_names(grace_hopper: Path, model: Path, work: Path) -> None:
    run("sheet", grace_hopper, "--aus", "12", "--model", model)
    assert names(work) == ["grace_hopper_sheet.png"]
    Path("net.pth").write_bytes(b"garbage")
    said = say("import", "net.pth", code=1)
    assert said == (
        "error: net.pth is no PyTorch checkpoint: give the .pth file that torch.save wrote, with "
        "the generator's state_dict()."
    )


def test_several_photos_are_looked_at(
    grace_hopper: Path, astronaut: Path, faceless: Path, work: Path
) -> None:
    photos = [grace_hopper, faceless, astronaut]
    result = run("detect", *photos, "-o", "seen/{stem}.png", "--json", code=1)
    first, second, third = map(json.loads, result.stdout.splitlines())
    assert [first["photo"], second["photo"], third["photo"]] == [str(photo) for photo in photos]
    assert "No face found" in second["error"]
    assert len(first["faces"]) == len(third["faces"]) == 1
    assert names(work) == ["seen/astronaut.png", "seen/grace_hopper.png"]
    assert "put {stem} into it" in say("detect", *photos, "-o", "seen.png")


# GIFs


@pytest.mark.parametrize(
    ("options", "loops"), [([], True), (["--loop", "once"], False), (["--loop", "hold"], True)]
)
def test_a_gif_goes_on_for_ever_unless_told_otherwise(
    grace_hopper: Path, short: list[str], options: list[str], loops: bool
) -> None:
    run("render", grace_hopper, "--to", "smile", "-o", "a.gif", *short, *options)
    with Image.open("a.gif") as image:
        assert ("loop" in image.info) == loops


def test_a_driver_of_60_frames_a_second_becomes_a_gif(
    grace_hopper: Path, model: Path, work: Path
) -> None:
    frames = list(iio.imread(EXAMPLES / "driver.mp4", plugin="FFMPEG"))[:24]
    write_frames(frames, "fast.mp4", fps=60)
    command = ["drive", grace_hopper, "fast.mp4", "--size", "256", "--model", model]
    report = json.loads(run(*command, "-o", "a.gif", "--json").stdout)
    assert (report["fps"], report["frames"]) == (30, 12)
    with Image.open("a.gif") as image:
        assert image.info["loop"] == 0
    assert "give one video" in say(*command, "--driver", "fast.mp4")
    assert "give one video" in say("drive", grace_hopper)


def test_a_heavy_gif_is_warned_of(grace_hopper: Path, model: Path) -> None:
    command = ["render", grace_hopper, "--to", "smile", "--frames", 2, "-o", "a.gif"]
    small = run(*command, "--size", 256, "--model", model)
    large = run(*command, "--size", 4500, "--model", model)
    assert "MB" not in small.stderr
    told = large.stderr.split("about ")[1].split(" MB")[0]
    assert Path("a.gif").stat().st_size / 1e6 == pytest.approx(float(told), rel=0.5)
    assert "--size 640" in large.stderr


# Words


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--to", "happyness"], 2, "did you mean happiness?"),
        (["--to", "nonsense"], 2, "other words that are known: happy, happiness, joy"),
        (["--to", "source:0.5"], 2, "write source alone"),
        (["--to", "smile", "--size", "10"], 2, "'--size': it must be 16 or more"),
        (["--to", "smile", "--size", "60"], 1, "At a --size of 60: The face is 21 pixels wide"),
        (["--to", "smile", "--size", "90000"], 2, "too large: give a --size of 32766 or less"),
        (["--to", "smile", "--frames", "x"], 2, "'--frames': it must be a whole number"),
        (["--to", "smile", "--loop", "x"], 2, "'--loop': 'x' is not one of 'once'"),
        (["--to", "smile", "--ease", "x"], 2, "smooth, linear, in, out, in-out, step, or four"),
        (["--to", "smile", "--model", "net.pth"], 1, "by `ganimate import net.pth`"),
        (["--to", "smile", "--model", "RUN"], 1, "holds no generator.safetensors"),
    ],
)
def test_what_is_said(grace_hopper: Path, arguments: list[str], code: int, said: str) -> None:
    Path("net.pth").touch()
    Path("RUN").mkdir()
    heard = say("render", grace_hopper, *arguments, "-o", "a.png", code=code)
    assert said in heard
    assert "Value error" not in heard


def test_a_forgotten_command_is_named(work: Path) -> None:
    for name, command in (
        ("photo.jpg", "render photo.jpg --to smile"),
        ("me.mov", "drive PHOTO me.mov"),
        ("keys.json", "timeline keys.json"),
    ):
        assert f"{name} is no command. Try: ganimate {command}" in say(name, "--to", "smile")
    assert "Did you mean 'render'?" in say("rendr")


@pytest.mark.parametrize(
    "command",
    [
        ["render", "none.jpg", "--to", "smile"],
        ["render", EXAMPLES / "grace_hopper.jpg", "--to", "none.jpg"],
        ["timeline", "none.json"],
        ["drive", EXAMPLES / "grace_hopper.jpg", "none.mp4"],
        ["detect", "none.jpg"],
        ["sheet", "none.jpg"],
        ["prepare", "none", "--check"],
        ["train", "--data", "none", "-o", "run"],
        ["evaluate", "--data", "none"],
        ["import", "none.pth"],
    ],
    ids=lambda command: command[0],
)
def test_a_missing_file_has_one_exit_code_and_programs_are_told(
    command: list[object], work: Path
) -> None:
    result = run(*command, "--json", code=1)
    said = json.loads(result.stdout)
    assert list(said) == ["error"]
    assert "none" in said["error"]
    assert said["error"] in result.stderr


def test_a_wrong_request_is_told_to_programs(grace_hopper: Path) -> None:
    for options in (["--size", "x", "--to", "smile"], ["--json"], ["--to", "smlie"], ["--wrong"]):
        result = run("render", grace_hopper, *options, "--json", code=2)
        assert list(json.loads(result.stdout)) == ["error"]


def test_source_is_what_the_photo_shows(astronaut: Path, short: list[str]) -> None:
    command = ["render", astronaut, "--from", "surprise", "--to", "source", *short]
    run(*command, "-o", "clip/")
    photo = read_photo(astronaut)
    with Image.open("clip/frame_00001.png") as image:
        last = np.asarray(image)
    small = np.asarray(Image.fromarray(photo).resize(last.shape[1::-1], Image.Resampling.BOX))
    assert np.abs(last.astype(int) - small).max() <= 2


def test_a_run_is_a_model_and_variables_are_defaults(
    grace_hopper: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("RUN").mkdir()
    shutil.copy(model, "RUN/generator.safetensors")
    command = ["render", grace_hopper, "--to", "smile", "--size", 256]
    run(*command, "--model", "RUN", "-o", "run.png")
    monkeypatch.setenv("GANIMATE_MODEL", str(model))
    run(*command, "-o", "variable.png")
    pictures = [np.asarray(Image.open(name)) for name in ("run.png", "variable.png")]
    assert np.array_equal(*pictures)  # their metadata name each model as it is called
    monkeypatch.setenv("GANIMATE_DEVICE", "abacus")
    assert "'abacus' is not one of 'auto'" in say(*command, "-o", "none.png")


def test_other_words_are_listed() -> None:
    text = run("expressions", terminal_width=200).stdout
    assert all(alias in text for alias in ALIASES)


def test_help_has_a_place_for_developers() -> None:
    text = run("--help").stdout
    assert text.index("For developers") < text.index("fit-prior")
    assert text.index("render") < text.index("For developers")
    assert run("-V").stdout == run("--version").stdout


# Shells

COMPLETE = """
eval "$(GANIMATE --show-completion)"
COMP_WORDS=(ganimate "$@")
COMP_CWORD=$#
_ganimate_completion GANIMATE
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["re"], ["render"]),
        (["render", "a.jpg", "--to", "smile+wi"], ["smile+wink"]),
        (["render", "a.jpg", "--loop", ""], ["once", "pingpong", "hold", "seamless"]),
        (["render", "a.jpg", "--ease", "i"], ["in", "in-out"]),
        (["render", "a.jpg", "--model", ""], ["motion", "stargan"]),
    ],
)
def test_bash_completes(work: Path, typed: list[str], expected: list[str]) -> None:
    program = work / "ganimate"
    start = "import sys; sys.argv[0] = 'ganimate'; from ganimate.cli import main; main()"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{start}" "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "--norc", "-c", COMPLETE.replace("GANIMATE", str(program)), "bash", *typed],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent)},
        check=False,
    )
    assert done.stdout.split() == expected, done.stderr


def test_progress_names_what_takes_nobody_knows_how_long() -> None:
    from rich.console import Console
    from rich.progress import Progress

    from ganimate.cli.console import Bar
    from ganimate.cli.time_column import TimeColumn

    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    with Progress("{task.description}", TimeColumn(), console=console) as shown:
        bar = Bar(shown, shown.add_task("", total=None))
        for number, _ in enumerate(bar.track(range(2), 2, "rendering", "calibrating")):
            shown.refresh()
            assert (shown.tasks[0].total, shown.tasks[0].description) == (2, "rendering")
            assert shown.tasks[0].completed == number
    assert "rendering" in screen.getvalue()
