"""`ganimate timeline`: starters, checks, plots and clips, and the examples that come with it."""

from __future__ import annotations

import json
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image, ImageSequence
from typer.testing import CliRunner
from values import pixels

from ganimate.action_units import ROW_OF
from ganimate.arrays import Photo
from ganimate.cli.commands import app
from ganimate.drawings.plot import PLOT
from ganimate.face.detection import find_faces
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo
from ganimate.performance.performance import perform
from ganimate.performance.timeline import SCHEMA
from ganimate.performance.timeline_reader import read_timeline
from ganimate.portrait import Portrait, measure_portrait
from ganimate.warp.displacement import move_landmarks

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def ganimate(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr if code else result.stdout


def write(path: Path, photo: Path, **more: object) -> Path:
    keys = [{"t": 0.4, "expression": "surprise"}, {"t": 0.8, "expression": "source"}]
    document = {"photo": str(photo), "fps": 10, "duration": 0.9, "keys": keys, **more}
    path.write_text(json.dumps(document))
    return path


def shown(frame: Photo, face_models: FaceModels) -> Portrait:
    """The face of a frame, measured."""
    return measure_portrait(frame, find_faces(frame, thorough=False)[0], face_models)


def lip_width(portrait: Portrait) -> float:
    """Distance of the lip corners over the face's width."""
    right, left = portrait.face.landmarks[[61, 291]]
    return float(np.linalg.norm(right - left) / portrait.pose.scale)


def test_from_starter_to_clip(astronaut: Path, model: Path, work: Path) -> None:
    said = ganimate("timeline", "--init", astronaut)
    assert said.startswith("astronaut.json: edit it")
    assert ganimate("timeline", "astronaut.json", "--check") == (
        "astronaut.json: right, 120 frames, 4 s at 30 fps\n"
    )
    document = json.loads(Path("astronaut.json").read_text())
    Path("astronaut.json").write_text(json.dumps({**document, "fps": 4, "size": 300}))
    said = ganimate("timeline", "astronaut.json", "--model", model)
    assert said.startswith("astronaut.mp4: 16 frames, 4 s, 300 x 300")
    clip = iio.imread("astronaut.mp4", plugin="FFMPEG")
    assert clip.shape == (16, 300, 300, 3)
    assert iio.immeta("astronaut.mp4", plugin="FFMPEG")["fps"] == 4


def test_a_starter_replaces_nothing(astronaut: Path, work: Path) -> None:
    Path("astronaut.json").write_text("mine")
    assert "would be overwritten" in ganimate("timeline", "--init", astronaut, code=2)
    assert Path("astronaut.json").read_text() == "mine"
    ganimate("timeline", "other.json", "--init", astronaut, "-q")
    assert read_timeline("other.json").photo.resolve() == astronaut.resolve()
    assert "does not exist" in ganimate("timeline", "--init", "none.jpg", code=1)


def test_frame_0_is_the_photo_and_frames_repeat(grace_hopper: Path, model: Path) -> None:
    keys = write(Path("keys.json"), grace_hopper, blink="auto", head=[{"t": 0.4, "yaw": 5}])
    for name in ("one", "two"):
        ganimate("timeline", keys, "-o", f"{name}/", "--model", model, "-q")
    one, two = (sorted(Path(name).iterdir()) for name in ("one", "two"))
    assert len(one) == len(two) == 9
    assert all(np.array_equal(pixels(a), pixels(b)) for a, b in zip(one, two, strict=True))
    photo = read_photo(grace_hopper)
    assert np.array_equal(pixels(one[0]), photo)
    assert not np.array_equal(pixels(one[4]), photo)


def test_json_and_formats(grace_hopper: Path, model: Path) -> None:
    keys = write(Path("keys.json"), grace_hopper, size=300, loop="pingpong", output="said.webp")
    report = json.loads(ganimate("timeline", keys, "--json", "--model", model))
    assert (report["path"], report["frames"], report["fps"]) == ("said.webp", 16, 10)
    assert (report["width"], report["height"]) == (256, 300)
    assert report["faces"][0]["source"]["AU12"]["left"] < 0.2
    ganimate("timeline", keys, "-o", "last.png", "--model", model)
    with Image.open("last.png") as image:
        assert image.size == (256, 300)
        assert "compositeWithTrainedAlgorithmicMedia" in image.info["XML:com.adobe.xmp"]


def test_every_face_of_a_group(group: Path, model: Path) -> None:
    keys = write(Path("keys.json"), group, face="all", duration=1, fps=5)
    ganimate("timeline", keys, "-o", "out/", "--model", model)
    changed = (pixels(Path("out/frame_00002.png")) != pixels(group)).any(axis=2)
    assert changed[:, :512].any()
    assert changed[:, 512:].any()


def test_plot(astronaut: Path) -> None:
    lids = {"AU45R": [{"t": 0.3, "v": 1}, {"t": 0.5, "v": 0}]}
    one = write(Path("one.json"), astronaut, tracks=lids)
    two = write(Path("two.json"), astronaut, keys=[{"t": 0, "aus": {"AU1": 1}}])
    assert ganimate("timeline", one, "--plot", "one.png").startswith("one.png: 9 frames, 0.9 s")
    ganimate("timeline", two, "--plot", "two.png", "-q")
    many, none = pixels(Path("one.png")), pixels(Path("two.png"))
    assert many.shape[1] == none.shape[1] == PLOT.width
    assert many.shape[0] > 600  # a lane for each action unit
    assert none.shape[0] < 200
    assert not Path("one.mp4").exists()
    assert "end it in .png" in ganimate("timeline", one, "--plot", "one.gif", code=2)


def test_all_errors_are_told_and_nothing_is_written(astronaut: Path, work: Path) -> None:
    wrong = [{"t": 0.1, "aus": {"AU99": 1}}, {"t": 5, "expression": "smlie"}]
    keys = write(Path("keys.json"), astronaut, keys=wrong, fps=0)
    for options in ([], ["--check"], ["--plot", "a.png"]):
        text = ganimate("timeline", keys, *options, code=2)
        assert "keys.json has 4 errors:" in text
        assert "keys[0].aus.AU99: unknown action unit; the 17 are AU1, AU2" in text
        assert "keys[1].expression: there is no expression 'smlie', did you mean smile?" in text
    assert [path.name for path in work.iterdir()] == ["keys.json"]


@pytest.mark.parametrize(
    ("options", "said", "code"),
    [
        ([], "no file given", 2),
        (["none.json"], "does not exist: check its name, or let --init PHOTO", 1),
        (["lost.json"], "photo: there is no file", 1),
        (["keys.json", "-o", "a.avi"], "cannot write '.avi'", 2),
        (["keys.json", "-o", "none/a.mp4"], "does not exist", 1),
        (["keys.json", "-o", "keys.json"], "would be overwritten", 2),
        (["far.json"], "no face 7", 2),
        (["fast.json", "-o", "a.gif"], "a .gif file cannot have 60 frames", 2),
    ],
)
def test_wrong_requests(
    astronaut: Path, model: Path, options: list[str], said: str, code: int
) -> None:
    write(Path("keys.json"), astronaut)
    write(Path("far.json"), astronaut, face=7)
    write(Path("fast.json"), astronaut, fps=60)
    write(Path("lost.json"), Path("lost.jpg"))
    before = sorted(path.name for path in Path().iterdir())
    text = ganimate("timeline", *options, "--quiet", "--model", model, code=code)
    assert said in " ".join(text.split())
    assert sorted(path.name for path in Path().iterdir()) == before


def test_no_face(faceless: Path, model: Path) -> None:
    keys = write(Path("keys.json"), faceless)
    assert "No face found" in ganimate("timeline", keys, "--model", model, code=1)


def test_a_rising_au12_is_followed(grace_hopper: Path, face_models: FaceModels) -> None:
    rise = [{"t": 0, "aus": {"AU12": 0}, "ease": "linear"}, {"t": "100%", "aus": {"AU12": 1}}]
    keys = write(Path("keys.json"), grace_hopper, keys=rise, duration=1.2)
    ganimate("timeline", keys, "-o", "out/", "-q")
    portraits = [shown(pixels(path), face_models) for path in sorted(Path("out").iterdir())]
    measured = [portrait.aus[ROW_OF[12]].mean() for portrait in portraits]
    assert len(measured) == 12
    assert np.corrcoef(np.linspace(0, 1, 12), measured)[0, 1] > 0.95
    widths = np.array([lip_width(portrait) for portrait in portraits])
    assert widths[-1] > widths[0] + 0.06
    # The 2 px of one frame are within the detector's noise, the 7 px of three are not.
    assert (widths[3:] > widths[:-3]).all()


@pytest.mark.parametrize("number", ROW_OF)
def test_no_landmark_jumps_at_constant_speed(
    serious: Portrait, face_models: FaceModels, tmp_path: Path, grace_hopper: Path, number: int
) -> None:
    rise = [{"t": t, "aus": {f"AU{number}": t}, "ease": "linear"} for t in (0, 1)]
    asked = read_timeline(
        write(tmp_path / "keys.json", grace_hopper, keys=rise, duration=1, fps=30)
    )
    landmarks, pose = serious.face.landmarks, serious.pose
    course = np.stack(
        [
            move_landmarks(face_models.prior, landmarks, pose, serious.aus, aus)
            for aus in perform(asked, serious.aus).aus
        ]
    )
    steps = np.linalg.norm(np.diff(course[:, :, :2], axis=0), axis=2)
    goes = steps.sum(axis=0) > 0.01 * pose.scale
    assert goes.any()
    assert (steps.max(axis=0) <= 3 * np.median(steps, axis=0))[goes].all()


# the examples, with the shipped weights


def draw_frames(path: Path) -> list[Photo]:
    if path.suffix == ".mp4":
        return list(iio.imread(path, plugin="FFMPEG"))
    with Image.open(path) as image:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize("name", ["greeting", "eyebrows", "driver"])
def test_examples(name: str, face_models: FaceModels, work: Path) -> None:
    source = EXAMPLES / f"{name}.json"
    document = json.loads(source.read_text())
    assert (EXAMPLES / document["$schema"]).read_bytes() == SCHEMA.read_bytes()
    output = work / document["output"]
    report = json.loads(ganimate("timeline", source, "-o", output, "--json"))
    asked = read_timeline(source)
    frames = draw_frames(output)
    assert len(frames) == report["frames"] == round(asked.duration * asked.fps)
    assert report["fps"] == asked.fps
    photo = read_photo(asked.photo)
    longest = asked.size or max(photo.shape[:2])
    assert {max(frame.shape[:2]) for frame in frames} == {longest}
    shipped = EXAMPLES / document["output"]
    assert shipped.stat().st_size < 1e6
    assert len(draw_frames(shipped)) == len(frames)
    if name == "greeting":
        smiling = frames[: round(1.2 * asked.fps) + 1]
        rising = np.array([lip_width(shown(frame, face_models)) for frame in smiling])
        # a gif's dither shakes the landmarks
        assert np.corrcoef(np.arange(len(rising)), rising)[0, 1] > 0.85
        assert rising[-5:].mean() > rising[:5].mean() + 0.025
        check_seam(frames)
    elif name == "eyebrows":
        again = work / f"again{output.suffix}"
        ganimate("timeline", source, "-o", again, "-q")
        assert again.read_bytes() == output.read_bytes()


def check_seam(frames: list[Photo]) -> None:
    """From the last frame to the first it is no further than between others."""
    steps = [
        float(np.abs(frames[index].astype(int) - frames[index - 1]).mean())
        for index in range(len(frames))
    ]
    assert steps[0] <= np.median(steps) + 0.5
