"""The command line on real photos: what it prints, its exit codes, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner
from values import pixels

from ganimate.action_units import ACTION_UNITS
from ganimate.cli.commands import app
from ganimate.cli.options import name_options
from ganimate.media.photo import read_photo
from ganimate.performance.expressions import PRESETS, parse_expression


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def ganimate(*arguments: object, code: int = 0) -> str:
    """Run a command that must exit with `code`; its stdout if that is 0, else its stderr."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr if code else result.stdout


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden files too."""
    return sorted(os.listdir(folder))


# help, version, expressions


def test_help_names_every_command() -> None:
    text = ganimate("--help")
    for command in (
        "render", "timeline", "drive", "expressions", "detect", "sheet", "prepare", "train",
        "evaluate", "import",
    ):  # fmt: skip
        assert command in text


def test_help_imports_nothing_slow() -> None:
    script = (
        "import sys, typer.testing, ganimate.cli.commands\n"
        "typer.testing.CliRunner().invoke(ganimate.cli.commands.app, ['render', '--help'])\n"
        "slow = {'torch', 'cv2', 'mediapipe', 'PIL', 'numpy'} & set(sys.modules)\n"
        "print(*slow)"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == ""


def test_version() -> None:
    assert ganimate("--version").startswith("ganimate ")


def test_expressions() -> None:
    text = ganimate("expressions")
    assert all(name in text for name in PRESETS)
    assert all(f"AU{unit.number}" in text for unit in ACTION_UNITS)


def test_expressions_as_json_can_be_given_to_render() -> None:
    vocabulary = json.loads(ganimate("expressions", "--json"))
    by_name = {preset["name"]: preset for preset in vocabulary["expressions"]}
    assert set(by_name) == set(PRESETS)
    assert {"AU45R", "AU6R"} <= set(by_name["wink"]["aus"])  # one side
    assert {"AU12", "AU6"} <= set(by_name["smile"]["aus"])  # both
    for preset in by_name.values():
        text = ",".join(f"{name}={value}" for name, value in preset["aus"].items())
        if text:
            again = parse_expression(text)
            assert again.values == PRESETS[preset["name"]].values
    assert [unit["number"] for unit in vocabulary["action_units"]][:3] == [1, 2, 4]


# render


def test_render_writes_a_clip(astronaut: Path, model: Path, work: Path) -> None:
    text = ganimate("render", astronaut, "--to", "surprise", "--frames", 6, "--model", model)
    assert text.startswith("astronaut_surprise.mp4: 6 frames, 0.2 s, 512 x 512")
    assert names(work) == ["astronaut_surprise.mp4"]
    clip = iio.imread("astronaut_surprise.mp4", plugin="FFMPEG")
    assert clip.shape == (6, 512, 512, 3)
    photo = read_photo(astronaut).astype(int)
    assert np.abs(clip[0] - photo).mean() < np.abs(clip[-1] - photo).mean()


def test_render_with_the_shipped_weights(astronaut: Path) -> None:
    report = json.loads(
        ganimate("render", astronaut, "--to", "neutral", "--frames", 3, "--json", "-q")
    )
    assert report["path"] == "astronaut_neutral.mp4"
    assert report["faces"][0]["target"]["AU12"] == {"left": 0.0, "right": 0.0}


def test_render_json(astronaut: Path, model: Path) -> None:
    arguments = ["--to", "AU12L=0.5", "--duration", 0.5, "--fps", 10, "--size", 300]
    text = ganimate("render", astronaut, *arguments, "-o", "a.gif", "--json", "--model", model)
    report = json.loads(text)
    assert report["frames"] == 5
    assert (report["width"], report["height"]) == (300, 300)
    assert (report["fps"], report["seconds"]) == (10, 0.5)
    assert report["bytes"] == Path("a.gif").stat().st_size
    (face,) = report["faces"]
    assert face["target"]["AU12"]["left"] == 0.5
    assert face["target"]["AU12"]["right"] == face["source"]["AU12"]["right"] > 0.5


def test_frame_0_of_a_folder_is_the_photo(astronaut: Path, model: Path) -> None:
    ganimate("render", astronaut, "--to", "sad", "--frames", 3, "-o", "out/", "--model", model)
    assert names(Path("out")) == [f"frame_0000{index}.png" for index in range(3)]
    assert np.array_equal(pixels(Path("out/frame_00000.png")), read_photo(astronaut))
    assert not np.array_equal(pixels(Path("out/frame_00002.png")), read_photo(astronaut))


def test_a_png_is_the_last_frame_of_the_clip(grace_hopper: Path, model: Path) -> None:
    arguments = ["render", grace_hopper, "--to", "smile", "--model", model, "-q"]
    assert ganimate(*arguments, "-o", "still.png") == ""
    ganimate(*arguments, "--frames", 2, "-o", "clip/")
    assert np.array_equal(pixels(Path("still.png")), pixels(Path("clip/frame_00001.png")))


def test_the_expression_of_another_photo(grace_hopper: Path, astronaut: Path, model: Path) -> None:
    arguments = ["--to", astronaut, "-o", "still.png", "--json", "--model", model]
    report = json.loads(ganimate("render", grace_hopper, *arguments))
    assert report["faces"][0]["source"]["AU12"]["left"] < 0.3
    assert report["faces"][0]["target"]["AU12"]["left"] > 0.6


def test_several_photos(astronaut: Path, grace_hopper: Path, model: Path, work: Path) -> None:
    arguments = ["--to", "wink", "--frames", 2, "-o", "{stem}-w.webp", "--model", model]
    text = ganimate("render", astronaut, grace_hopper, *arguments)
    assert names(work) == ["astronaut-w.webp", "grace_hopper-w.webp"]
    assert len(text.splitlines()) == 2


def test_one_bad_photo_of_several(faceless: Path, astronaut: Path, model: Path, work: Path) -> None:
    arguments = ["--to", "wink", "--frames", 2, "-o", "{stem}.mp4", "--model", model]
    text = ganimate("render", faceless, astronaut, *arguments, code=1)
    assert "coffee.png" in text
    assert names(work) == ["astronaut.mp4"]


def test_faces_of_a_group(group: Path, model: Path) -> None:
    def moved_columns(face: str) -> set[bool]:
        """Whether the changed pixels lie in the right half of the group."""
        arguments = ["--to", "fear", "--face", face, "-o", "still.png", "--model", model, "-q"]
        ganimate("render", group, *arguments)
        changed = (pixels(Path("still.png")) != read_photo(group)).any(axis=(0, 2))
        return set((np.flatnonzero(changed) >= 512).tolist())

    assert moved_columns("largest") == {True}
    assert moved_columns("1") == {False}
    assert moved_columns("all") == {False, True}


# bad input: the exit code, what the message says, and nothing left behind


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--to", "smlie"], 2, "did you mean smile?"),
        (["--to", "AU3=1"], 2, "AU3 cannot be driven"),
        (["--to", "AU12=1.5"], 2, "0 to 1"),
        (["--to", "smile:2"], 2, "0 to 1"),
        (["--to", ""], 2, "empty"),
        (["--to", "missing.jpg"], 1, "missing.jpg does not exist"),
        (["--to", "smile", "--from", "angyr"], 2, "did you mean angry?"),
        (["--to", "smile", "-o", "out.avi"], 2, ".avi"),
        (["--to", "smile", "-o", "nowhere/out.mp4"], 1, "does not exist"),
        (["--to", "smile", "--frames", "0"], 2, "0 frames"),
        (["--to", "smile", "--frames", "9", "--duration", "1"], 2, "not both"),
        (["--to", "smile", "--fps", "nan"], 2, "frames a second"),
        (["--to", "smile", "--size", "0"], 2, "size"),
        (["--to", "smile", "--face", "1"], 2, "no face 1"),
        (["--to", "smile", "--face", "left"], 2, "left"),
        (["--to", "smile", "--model", "nothing"], 1, "nothing"),
        (["--to", "smile", "--ease", "bouncy"], 2, "bouncy"),
        (["--to", "smile", "--fps", "80", "-o", "out.gif"], 2, ".gif"),
        ([], 2, "--to"),
    ],
)
def test_bad_requests(
    astronaut: Path, model: Path, work: Path, arguments: list[str], code: int, said: str
) -> None:
    weights = [] if "--model" in arguments else ["--model", model]
    assert said in ganimate("render", astronaut, *weights, *arguments, code=code)
    assert names(work) == []


def test_errors_name_the_options_of_their_command(astronaut: Path, tiny: Path, model: Path) -> None:
    weights = ["--model", model]
    for command in (["render", astronaut, "--to", "smile"], ["sheet", astronaut, "-o", "a.png"]):
        text = ganimate(*command, *weights, "--face", "left", code=2)
        assert "error: --face takes largest, all or a number, not 'left'" in text
    for photos in ([tiny], [tiny, astronaut]):
        command = ["render", *photos, "--to", "smile", "--frames", 1, "-o", "{stem}.png"]
        assert "give --face another number." in ganimate(*command, *weights, code=1)


def test_other_arguments_stay_as_they_are() -> None:
    (face,) = [one for one in get_command(app).commands["render"].params if one.name == "face"]
    said = "give `face` another number, `device` cpu, or try `ganimate detect`"
    named = "give --face another number, `device` cpu, or try `ganimate detect`"
    assert name_options(said, [face]) == named


@pytest.mark.parametrize(
    ("photo", "said"),
    [("faceless", "No face"), ("tiny", "at least")],
)
def test_photos_without_a_usable_face(
    request: pytest.FixtureRequest, model: Path, work: Path, photo: str, said: str
) -> None:
    path = request.getfixturevalue(photo)
    assert said in ganimate("render", path, "--to", "smile", "--model", model, code=1)
    assert names(work) == []


def test_a_file_that_is_no_image(model: Path, work: Path) -> None:
    Path("notes.jpg").write_text("no picture")
    assert "notes.jpg" in ganimate("render", "notes.jpg", "--to", "smile", "--model", model, code=1)
    assert names(work) == ["notes.jpg"]


def test_weights_that_are_none(astronaut: Path, work: Path) -> None:
    text = ganimate("render", astronaut, "--to", "smile", "--model", astronaut, code=1)
    assert "safetensors" in text
    assert names(work) == []


def test_a_photo_is_never_overwritten(astronaut: Path, work: Path) -> None:
    photo = Path("face.png")
    photo.write_bytes(astronaut.read_bytes())
    for command in (["render", photo, "--to", "smile"], ["detect", photo], ["sheet", photo]):
        assert "overwritten" in ganimate(*command, "-o", "face.png", code=2)
    copied = ["render", astronaut, "--to", photo]
    assert "overwritten" in ganimate(*copied, "-o", "face.png", code=2)
    assert photo.read_bytes() == astronaut.read_bytes()
    assert names(work) == ["face.png"]


def test_what_is_read_is_not_deleted_with_a_folder(
    astronaut: Path, grace_hopper: Path, work: Path
) -> None:
    folder = work / "d"
    folder.mkdir()
    for index in range(3):
        (folder / f"frame_{index:05d}.png").write_bytes(astronaut.read_bytes())
    (folder / "frame_00003.png").symlink_to(grace_hopper)
    Path("link.png").symlink_to(folder / "frame_00001.png")
    Path("keys.json").write_text(
        '{"photo": "d/frame_00001.png", "keys": [{"t": 1, "expression": "smile"}]}'
    )
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for command in (
        ["render", "d/frame_00001.png", "--to", "smile"],
        ["render", "link.png", "--to", "smile"],
        ["render", "d/frame_00003.png", "--to", "smile"],
        ["render", astronaut, "--to", "d/frame_00001.png"],
        ["drive", "d/frame_00001.png", "--driver", "driver.mp4"],
        ["timeline", "keys.json"],
    ):
        for output in ("d", "d/", "../work/d"):
            assert "deleted with the folder" in ganimate(*command, "-o", output, code=2)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_several_photos_need_several_names(astronaut: Path, grace_hopper: Path, work: Path) -> None:
    text = ganimate("render", astronaut, grace_hopper, "--to", "smile", "-o", "a.mp4", code=2)
    assert "{stem}" in text
    text = ganimate("render", astronaut, astronaut, "--to", "smile", "-o", "{stem}.mp4", code=2)
    assert "same name" in text
    assert names(work) == []


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_halfway(
    astronaut: Path, model: Path, work: Path, number: signal.Signals, code: int
) -> None:
    arguments = ["render", astronaut, "--to", "smile", "--frames", "9000", "-o", "long.mp4"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ganimate", *map(str, arguments), "--model", str(model)],
        stderr=subprocess.PIPE,
    )
    while process.poll() is None and not names(work):
        time.sleep(0.05)
    process.send_signal(number)
    _, words = process.communicate()
    assert process.returncode == code
    assert b"Traceback" not in words
    assert names(work) == []


LIMITED = """
import resource, sys
from ganimate.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
main()
"""


@pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_FSIZE")
@pytest.mark.parametrize("output", ["a.mp4", "a.gif", "a.webp", "a.png", "a/"])
def test_no_room_for_the_output(astronaut: Path, model: Path, work: Path, output: str) -> None:
    arguments = ["render", astronaut, "--to", "smile", "--frames", "4", "-o", output]
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, *map(str, arguments), "--model", str(model)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
    assert names(work) == []


# detect and sheet


def test_detect_shows_bars(astronaut: Path) -> None:
    text = ganimate("detect", astronaut)
    assert "face 0" in text
    assert all(f"AU{unit.number} {unit.name}" in text for unit in ACTION_UNITS)


def test_detect_json_and_picture(group: Path, work: Path) -> None:
    report = json.loads(ganimate("detect", group, "--json", "-o", "seen.png"))
    assert (report["width"], report["height"]) == (1024, 606)
    first, second = report["faces"]
    assert first["box"]["left"] > 512 > second["box"]["left"]
    assert second["aus"]["AU12"]["left"] > 0.6 > first["aus"]["AU12"]["left"]
    seen, photo = pixels(Path("seen.png")), read_photo(group)
    assert seen.shape[0] >= photo.shape[0]
    assert seen.shape[1] > photo.shape[1]
    with Image.open("seen.png") as image:
        assert "XML:com.adobe.xmp" not in image.info  # nothing in it is synthesised
    marked = (seen[: photo.shape[0], : photo.shape[1]] != photo).any(axis=2)
    assert 0 < marked.mean() < 0.1
    assert names(work) == ["seen.png"]


def test_detect_still_shows_a_face_too_small_to_animate(group: Path, photos: Path) -> None:
    assert "face 1" in ganimate("detect", group)


def test_detect_nothing(faceless: Path, work: Path) -> None:
    assert "No face" in ganimate("detect", faceless, "-o", "seen.png", code=1)
    assert names(work) == []


def test_sheet(astronaut: Path, model: Path, work: Path) -> None:
    arguments = ["--aus", "1,AU12", "--model", model, "-o"]
    ganimate("sheet", astronaut, *arguments, "plain.png")
    ganimate("sheet", astronaut, *arguments, "masks.png", "--masks", "-q")
    plain, masks = pixels(Path("plain.png")), pixels(Path("masks.png"))
    assert plain.shape[1] == masks.shape[1]
    assert masks.shape[0] > plain.shape[0] + 4 * 64  # two lines more for each of two rows
    report = json.loads(ganimate("sheet", astronaut, *arguments, "all.png", "--json"))
    assert report["aus"] == [1, 12]
    assert names(work) == ["all.png", "masks.png", "plain.png"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-o", "sheet.mp4"], 2, ".png"),
        (["-o", "sheet.png", "--aus", "3"], 2, "'3'"),
        (["-o", "sheet.png", "--aus", "1,,x"], 2, "'x'"),
        (["-o", "sheet.png", "--face", "all"], 2, "one face"),
        (["-o", "nowhere/sheet.png"], 1, "does not exist"),
    ],
)
def test_bad_sheets(
    astronaut: Path, work: Path, arguments: list[str], code: int, said: str
) -> None:
    assert said in ganimate("sheet", astronaut, *arguments, code=code)
    assert names(work) == []


# prepare and train


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory, grace_hopper: Path, faceless: Path) -> Path:
    """What `prepare` makes of thirty photos of one woman, a cup and a text file."""
    photos = tmp_path_factory.mktemp("faces")
    for index in range(30):
        (photos / f"{index:02}.jpg").write_bytes(grace_hopper.read_bytes())
    (photos / "cup.png").write_bytes(faceless.read_bytes())
    (photos / "text.jpg").write_text("no picture")
    output = tmp_path_factory.mktemp("dataset")
    report = json.loads(ganimate("prepare", photos, "-o", output, "--workers", 1, "--json"))
    assert (report["photos"], report["faces"]) == (32, 30)
    assert report["dropped"] == {"no face found": 1, "unreadable": 1}
    again = ganimate("prepare", photos, "-o", output, "--workers", 1)
    assert "30 faces from 32 photos" in again
    assert "dropped 1: unreadable (text.jpg)" in again
    return output


def test_train_and_resume(dataset: Path, work: Path) -> None:
    arguments = ["train", "--data", dataset, "-o", "run", "--batch", 2, "--workers", 0]
    ganimate(*arguments, "--steps", 1, "-q")
    report = json.loads(ganimate(*arguments, "--steps", 2, "--json"))
    assert report["steps"] == 2
    assert "val_l1" in report
    assert (work / report["path"]).is_file()
    log = Path("run/log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in log] == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["prepare", "nowhere", "-o", "set"], 1, "nowhere"),
        (["prepare", ".", "-o", "set"], 1, "no photos"),
        (["train", "--data", "nowhere", "-o", "run"], 1, "nowhere is not a folder"),
        (["train", "--data", ".", "-o", "run", "--batch", "3"], 2, "even"),
        (["train", "--data", ".", "-o", "run", "--learning-rate", "0"], 2, "learning rate"),
    ],
)
def test_bad_training(work: Path, arguments: list[str], code: int, said: str) -> None:
    assert said in ganimate(*arguments, code=code)
    assert names(work) == []


def test_too_few_faces(dataset: Path, work: Path) -> None:
    text = ganimate("train", "--data", dataset, "-o", "run", "--batch", 64, code=1)
    assert "too few" in text
    assert names(work) == []
