"""`ganimate drive`: drivers made by ganimate itself, followed, measured again, and refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.arrays import Photo
from ganimate.cli.commands import app
from ganimate.clip import animate_timeline
from ganimate.errors import UsageError, VideoError
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo
from ganimate.media.provenance import DIGITAL_SOURCE_TYPE
from ganimate.media.video_reader import VideoSource, open_video, read_frames
from ganimate.media.video_writer import write_frames
from ganimate.performance.driver import (
    DrivingMotion,
    measure_driver,
    transfer_performance,
)
from ganimate.performance.driver_timeline import SAVING, document_performance
from ganimate.performance.performance import perform
from ganimate.performance.timeline_reader import parse_timeline
from ganimate.performance.timeline_writer import write_document
from ganimate.rendering.calibration import select_anchors
from ganimate.rendering.settings import CalibrationSettings

FPS = 20.0
SECONDS = 3.0
KEYS = [
    {"t": 0, "expression": "neutral", "hold": 0.4},
    {"t": 0.9, "aus": {"AU12": 0.9, "AU25": 0.5, "AU26": 0.5}, "hold": 0.2},
    {"t": 1.6, "expression": "neutral"},
    {"t": 2.0, "aus": {"AU45": 1, "AU1": 0.8, "AU2": 0.8}},
    {"t": 2.3, "aus": {"AU45": 0}},
    {"t": 2.5, "expression": "neutral"},
]


def ffmpeg(*arguments: str | Path) -> None:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    command = [program, "-loglevel", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drivers")


@pytest.fixture(scope="module")
def silent(folder: Path, astronaut: Path) -> Path:
    """The astronaut, 320 x 320, smiling, shutting her eyes and turning her head."""
    turn = [{"t": 0.5, "yaw": 0}, {"t": 1.2, "yaw": 8}, {"t": 2, "yaw": 0}]
    document = {"photo": str(astronaut), "fps": FPS, "duration": SECONDS, "size": 320}
    timeline, problems = parse_timeline(
        json.dumps({**document, "keys": KEYS, "head": turn}), folder
    )
    assert timeline is not None, problems
    path = folder / "silent.mp4"
    write_frames(animate_timeline(timeline), path, fps=FPS)
    return path


@pytest.fixture(scope="module")
def driver(folder: Path, silent: Path) -> Path:
    """The same with a tone as its sound."""
    path = folder / "driver.mp4"
    tone = f"sine=frequency=440:duration={SECONDS}"
    ffmpeg("-i", silent, "-f", "lavfi", "-i", tone, "-c:v", "copy", "-c:a", "aac", path)
    return path


@pytest.fixture(scope="module")
def watched(driver: Path, face_models: FaceModels) -> DrivingMotion:
    return measure_driver(read_frames(open_video(driver), FPS), FPS, face_models)


def ganimate(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr if code else result.stdout


# footage


def test_footage(driver: Path, silent: Path) -> None:
    footage = open_video(driver)
    assert footage == VideoSource(driver, FPS, pytest.approx(SECONDS, abs=0.1), "aac", indexed=True)
    assert open_video(silent).sound is None
    frames = list(read_frames(footage, FPS))
    assert len(frames) == round(SECONDS * FPS)
    assert {(frame.shape, frame.dtype.name) for frame in frames} == {((320, 320, 3), "uint8")}
    expected = iio.imread(driver, plugin="FFMPEG")
    assert all(np.abs(a.astype(int) - b).mean() < 2 for a, b in zip(frames, expected, strict=True))


def test_another_rate(driver: Path) -> None:
    assert len(list(read_frames(open_video(driver), 10.0))) == round(SECONDS * 10)


def test_a_phones_rotation_is_undone(folder: Path, driver: Path) -> None:
    path = folder / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", driver, "-c", "copy", path)
    turned = next(read_frames(open_video(path), FPS))
    upright = next(read_frames(open_video(driver), FPS))
    assert np.abs(np.rot90(upright).astype(int) - turned).mean() < 2


def test_large_frames_are_shrunk(folder: Path, driver: Path) -> None:
    path = folder / "large.mp4"
    ffmpeg("-i", driver, "-t", "0.2", "-vf", "scale=1280:720", path)
    assert next(read_frames(open_video(path), FPS)).shape == (540, 960, 3)


def test_frames_come_one_by_one(driver: Path) -> None:
    frames = read_frames(open_video(driver), FPS)
    next(frames)
    frames.close()  # ends ffmpeg; the process would be waited for otherwise


@pytest.mark.parametrize("name", ["with space.mp4", "100%d:[x].mp4", "-o.mp4", "ü.mp4"])
def test_any_file_name(tmp_path: Path, silent: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(silent.read_bytes())
    assert next(read_frames(open_video(path), FPS)).shape == (320, 320, 3)


def test_videos_that_are_none(tmp_path: Path, driver: Path, astronaut: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video at all")
    (tmp_path / "half.mp4").write_bytes(driver.read_bytes()[:20_000])
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", tmp_path / "sound.m4a")
    for name, said in [
        ("none.mp4", "does not exist"),
        ("empty.mp4", "is empty"),
        ("text.mp4", "is no video that can be read"),
        ("half.mp4", "is no video that can be read|breaks off"),
        ("sound.m4a", "has sound but no pictures"),
        (".", "is a folder"),
    ]:
        with pytest.raises(VideoError, match=said):
            list(read_frames(open_video(tmp_path / name), FPS))


def test_a_video_that_breaks_off(tmp_path: Path, driver: Path) -> None:
    path = tmp_path / "broken.mp4"
    ffmpeg("-i", driver, "-c", "copy", "-movflags", "+faststart", tmp_path / "fast.mp4")
    data = bytearray((tmp_path / "fast.mp4").read_bytes())
    middle = len(data) // 2
    path.write_bytes(bytes(data[:middle]))
    with pytest.raises(VideoError, match="breaks off after"):
        list(read_frames(open_video(path), FPS))


# watching


def test_what_is_seen(watched: DrivingMotion) -> None:
    assert watched.face_found.all()
    assert watched.aus.shape == (60, *SHAPE)
    smile = watched.aus[:, ROW_OF[12]].mean(axis=1)
    assert smile[18:22].mean() > smile[:8].mean() + 0.2
    assert watched.angles[24, 0] > watched.angles[0, 0] + 3


def blank(frames: Iterator[Photo], start: int, end: int) -> Iterator[Photo]:
    """The frames with some grey."""
    for index, frame in enumerate(frames):
        yield np.full_like(frame, 127) if start <= index < end else frame


def test_frames_without_a_face_are_marked(driver: Path, face_models: FaceModels) -> None:
    frames = blank(read_frames(open_video(driver), FPS), 5, 12)
    seen = measure_driver(frames, FPS, face_models).face_found
    assert np.flatnonzero(~seen).tolist() == list(range(5, 12))


def test_no_face_and_no_motion(
    faceless: Path, astronaut: Path, face_models: FaceModels, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    coffee = read_photo(faceless)
    with pytest.raises(VideoError, match="no face is seen in any frame"):
        measure_driver((np.roll(coffee, k, 1) for k in range(4)), FPS, face_models)
    # a still photo is never quite still once it was encoded
    path = tmp_path / "still.mp4"
    photo = read_photo(astronaut)
    noisy = (
        np.clip(photo + rng.normal(0, 2, photo.shape), 0, 255).astype(np.uint8) for _ in "abcd"
    )
    write_frames(noisy, path, fps=FPS)
    with pytest.raises(VideoError, match="shows a still picture"):
        measure_driver(read_frames(open_video(path), FPS), FPS, face_models)
    with pytest.raises(VideoError, match="shows a still picture"):
        measure_driver([photo], FPS, face_models)


# transfer


def made(courses: dict[int, np.ndarray], fps: float = 20.0) -> DrivingMotion:
    """A driver whose AUs follow courses (n,), all others at .1."""
    n = len(next(iter(courses.values())))
    aus = np.full((n, *SHAPE), 0.1, np.float32)
    for number, values in courses.items():
        aus[:, ROW_OF[number]] = np.asarray(values, np.float32)[:, None]
    angles = np.zeros((n, 3), np.float32)
    lost = np.isnan(aus).any(axis=(1, 2))
    aus[lost] = np.nan
    angles[lost] = np.nan
    return DrivingMotion(fps, aus, angles)


SOURCE = np.full(SHAPE, 0.3, np.float32)


def test_the_drivers_rest_is_the_photos_own() -> None:
    smile = np.r_[np.full(40, 0.2), np.linspace(0.2, 0.8, 20), np.full(40, 0.8)]
    performance = transfer_performance(made({12: smile}), SOURCE)
    np.testing.assert_allclose(performance.aus[:35], 0.3, atol=0.01)
    np.testing.assert_allclose(performance.aus[-30:, ROW_OF[12]], 0.9, atol=0.02)
    others = [row for row in range(SHAPE[0]) if row != ROW_OF[12]]
    np.testing.assert_allclose(performance.aus[:, others], 0.3, atol=0.01)


def test_the_neutral_does_not_need_to_come_first() -> None:
    smile = np.r_[np.full(60, 0.8), np.full(40, 0.2)]
    aus = transfer_performance(made({12: smile}), SOURCE).aus[:, ROW_OF[12], 0]
    assert aus[5] == pytest.approx(0.9, abs=0.02)
    assert aus[-5] == pytest.approx(0.3, abs=0.02)
    aus = transfer_performance(made({12: smile}), SOURCE, neutral=1.0).aus[:, ROW_OF[12], 0]
    assert aus[5] == pytest.approx(0.3, abs=0.02)
    assert aus[-5] == pytest.approx(0, abs=0.02)  # less than nothing is nothing


def test_a_photo_that_smiles_leaves_room_for_the_drivers_smile() -> None:
    smile = np.r_[np.full(40, 0.1), np.full(20, 0.5), np.full(40, 0.1), np.full(60, np.nan)]
    smiling = SOURCE.copy()
    smiling[ROW_OF[12]] = 0.9
    aus = transfer_performance(made({12: smile}), smiling).aus
    np.testing.assert_allclose(aus[45:55, ROW_OF[12]], 1, atol=0.01)
    np.testing.assert_allclose(aus[:30, ROW_OF[12]], 0.6, atol=0.02)
    np.testing.assert_allclose(aus[-10:], smiling[None].repeat(10, 0), atol=1e-3)  # face lost
    others = [row for row in range(SHAPE[0]) if row != ROW_OF[12]]
    np.testing.assert_allclose(aus[:, others], 0.3, atol=0.01)


def test_brows_that_rise_stop_frowning() -> None:
    brows = np.r_[np.full(40, 0.1), np.full(40, 0.5)]
    aus = transfer_performance(made({1: brows, 2: brows}), SOURCE).aus
    np.testing.assert_allclose(aus[:30, ROW_OF[4]], 0.3, atol=0.01)
    np.testing.assert_allclose(aus[-20:, ROW_OF[4]], 0, atol=0.01)
    np.testing.assert_allclose(aus[-20:, ROW_OF[1]], 0.7, atol=0.02)


def test_low_brows_leave_room_for_the_drivers_to_fall() -> None:
    brows = np.r_[np.full(40, 0.5), np.full(20, 0.3), np.full(40, 0.5), np.full(60, np.nan)]
    low = SOURCE.copy()
    low[ROW_OF[1]] = low[ROW_OF[2]] = 0.05
    aus = transfer_performance(made({1: brows, 2: brows}), low, neutral=1.0).aus
    np.testing.assert_allclose(aus[:30, ROW_OF[1]], 0.2, atol=0.02)
    np.testing.assert_allclose(aus[45:55, ROW_OF[1]], 0, atol=0.02)
    np.testing.assert_allclose(aus[-10:], low[None].repeat(10, 0), atol=1e-3)  # face lost
    deep = transfer_performance(made({1: brows * 2, 2: brows * 2}), low, neutral=1.0).aus
    assert deep[:30, ROW_OF[1]].max() <= 0.31  # and no more than MOST_RAISED


def test_lids_that_the_driver_shuts_shut() -> None:
    lids = np.r_[np.full(40, 0.3), np.full(20, 1.0), np.full(40, 0.3)]
    narrow = SOURCE.copy()
    narrow[ROW_OF[45]] = 0.05
    aus = transfer_performance(made({45: lids}), narrow).aus[:, ROW_OF[45]]
    np.testing.assert_allclose(aus[45:55], 1, atol=0.01)
    np.testing.assert_allclose(aus[:30], 0.05, atol=0.01)


def test_lids_that_droop_are_raised_less() -> None:
    raised = np.r_[np.full(40, 0.1), np.full(40, 0.7)]
    for droop in (0.0, 0.5):
        source = SOURCE.copy()
        source[ROW_OF[45]] = droop
        aus = transfer_performance(made({5: raised}), source).aus[:, ROW_OF[5]]
        np.testing.assert_allclose(aus[:30], 0.3, atol=0.01)
        np.testing.assert_allclose(aus[-20:], 0.3 + 0.6 * (1 - droop), atol=0.02)


def test_a_lost_face_stays_a_moment_and_fades() -> None:
    smile = np.r_[np.full(30, 0.1), np.full(30, 0.7), np.full(60, np.nan), np.full(30, 0.7)]
    aus = transfer_performance(made({12: smile}), SOURCE).aus[:, ROW_OF[12], 0]
    assert aus[64] == pytest.approx(0.9, abs=0.02)  # 0.25 s later
    assert (np.diff(aus[62:80]) <= 1e-6).all()
    np.testing.assert_allclose(aus[82:98], 0.3, atol=1e-3)
    assert aus[116] == pytest.approx(0.9, abs=0.03)
    assert np.abs(np.diff(aus[60:120])).max() < 0.15  # and never jumps


def test_neutral_at_a_time_without_a_face() -> None:
    lost = made({12: np.r_[np.full(30, 0.1), np.full(30, np.nan)]})
    for when in (2.0, 99.0):
        with pytest.raises(UsageError, match="no face is seen"):
            transfer_performance(lost, SOURCE, neutral=when)


def test_head_turns_from_where_it_mostly_is() -> None:
    driver = made({12: np.full(100, 0.1)})
    driver.angles[:, 0] = 20
    driver.angles[60:90, 0] = 27
    driver.angles[90:, 0] = 70
    assert transfer_performance(driver, SOURCE).heads is None
    heads = transfer_performance(driver, SOURCE, head=True).heads
    assert heads is not None
    np.testing.assert_allclose(heads[:50], 0, atol=0.1)
    assert 5.5 < heads[75, 0] < 7.5
    assert 10 < heads[97, 0] <= 12


# the saved timeline


def most_held(make: Callable[[], object]) -> int:
    """Bytes at the most while `make` runs, less those before."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    make()
    most = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return most


def test_a_long_video_is_held_as_few_numbers(tmp_path: Path) -> None:
    times = np.arange(6000) / 30
    busy = {number: 0.5 + 0.4 * np.sin((1 + row / 9) * times) for number, row in ROW_OF.items()}
    driver = made(busy, fps=30.0)
    acts = transfer_performance(driver, SOURCE)
    # what gaps are filled in, what is smoothed, and a few numbers a frame
    assert most_held(lambda: transfer_performance(driver, SOURCE)) < 3 * driver.aus.nbytes
    assert (
        most_held(lambda: select_anchors(acts.aus, SOURCE, CalibrationSettings(anchors=5)))
        < driver.aus.nbytes
    )
    document = document_performance(acts.cut(0, 1500), SOURCE, 30.0, "photo.jpg", "out.mp4")
    assert len(document["tracks"]) > 10
    one = max(most_held(lambda name=name: document["tracks"][name]) for name in ("AU1", "AU45"))
    path = tmp_path / "keys.json"
    # A track and its text at a time, and what Python's JSON leaves until garbage is collected:
    # 2 tracks in all with Python 3.11, 2.3 with 3.13, 3.2 with 3.14.
    assert most_held(lambda: write_document(document, path)) < 4 * one
    assert json.loads(path.read_text())["tracks"] == dict(document["tracks"])


def test_a_saved_timeline_does_the_same(watched: DrivingMotion, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    performance = transfer_performance(watched, SOURCE, head=True)
    document = document_performance(performance, SOURCE, FPS, "photo.jpg", "out.mp4")
    write_document(document, tmp_path / "keys.json")
    timeline, problems = parse_timeline((tmp_path / "keys.json").read_text(), tmp_path)
    assert timeline is not None, problems
    again = perform(timeline, SOURCE)
    assert np.abs(again.aus - performance.aus).max() <= SAVING.tolerance + 0.002
    assert performance.heads is not None
    assert again.heads is not None
    assert np.abs(again.heads - performance.heads).max() < 0.5
    points = sum(len(track) for track in document["tracks"].values())
    assert points < 0.3 * 34 * 60  # fewer than there were numbers


# the command


def test_drive(
    driver: Path, grace_hopper: Path, model: Path, tmp_path: Path, face_models: FaceModels
) -> None:
    out, keys = tmp_path / "out.mp4", tmp_path / "keys.json"
    report = json.loads(
        ganimate(
            "drive", grace_hopper, "--driver", driver, "--head", "--size", 320, "-o", out,
            "--save-timeline", keys, "--json", "--model", model,
        )
    )  # fmt: skip
    assert (report["frames"], report["fps"], report["sound"]) == (60, FPS, "copied")
    assert (report["width"], report["height"]) == (272, 320)
    assert report["frames_without_face"] == 0
    clip = iio.imread(out, plugin="FFMPEG")
    assert len(clip) == 60
    assert open_video(out).sound == "aac"
    assert sound_of(out) == sound_of(driver)
    data = out.read_bytes()
    assert DIGITAL_SOURCE_TYPE.encode() in data[-2000:]
    assert b"Synthesised with ganimate" in data
    shown = measure_driver(iter(clip), FPS, face_models)
    smile = shown.aus[:, ROW_OF[12]].mean(axis=1)
    source = report["faces"][0]["source"]["AU12"]["left"]
    assert smile[18:22].mean() > source + 0.25
    assert ganimate("timeline", keys, "--check").startswith(f"{keys}: right, 60 frames")
    assert not [name for name in tmp_path.iterdir() if name.name.startswith(".")]


def sound_of(path: Path) -> bytes:
    """The packets of a file's sound, as a hash."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    command = [program, "-loglevel", "error", "-i", str(path), "-map", "0:a", "-c", "copy"]
    return subprocess.check_output([*command, "-f", "streamhash", "-"])


def test_equal_runs_are_equal_and_gifs_work(
    silent: Path, grace_hopper: Path, model: Path, tmp_path: Path
) -> None:
    arguments = ["drive", grace_hopper, "--driver", silent, "--size", 320, "--fps", 5, "-q"]
    for name in ("one", "two"):
        assert ganimate(*arguments, "--model", model, "-o", tmp_path / f"{name}.gif") == ""
    one, two = tmp_path / "one.gif", tmp_path / "two.gif"
    assert one.read_bytes() == two.read_bytes()
    with Image.open(one) as image:
        assert (image.n_frames, image.size) == (15, (273, 320))


def test_other_sound_is_converted(
    silent: Path, grace_hopper: Path, model: Path, tmp_path: Path
) -> None:
    mkv = tmp_path / "pcm.mkv"
    tone = ["-f", "lavfi", "-i", f"sine=duration={SECONDS + 2}"]  # longer than the pictures
    ffmpeg("-i", silent, *tone, "-c:v", "copy", "-c:a", "pcm_s16le", mkv)
    out = tmp_path / "out.mp4"
    arguments = ["--driver", mkv, "--size", 320, "--fps", 5, "-o", out, "--model", model]
    report = json.loads(ganimate("drive", grace_hopper, *arguments, "--json"))
    assert report["sound"] == "converted"
    footage = open_video(out)
    assert footage.sound == "aac"
    assert footage.seconds == pytest.approx(report["seconds"], abs=0.15)


def test_no_sound_where_there_is_none(
    silent: Path, grace_hopper: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    arguments = ["--driver", silent, "--size", 320, "--fps", 5, "-o", out, "--model", model]
    ganimate("drive", grace_hopper, *arguments, "-q")
    assert open_video(out).sound is None


LIMITED = """
import resource
from ganimate.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
main()
"""


@pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_FSIZE")
@pytest.mark.parametrize("name", ["out.mp4", "out.gif", "out/"])
def test_no_room_for_the_output(
    driver: Path, grace_hopper: Path, model: Path, tmp_path: Path, name: str
) -> None:
    words = ["drive", grace_hopper, "--driver", driver, "--end", 1, "--fps", 5, "--size", 320]
    words += ["--model", model, "-o", f"{tmp_path}/{name}"]
    words += ["--save-timeline", tmp_path / "keys.json"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *map(str, words)], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_halfway(
    driver: Path, grace_hopper: Path, model: Path, tmp_path: Path,
    number: signal.Signals, code: int,
) -> None:  # fmt: skip
    words = ["drive", grace_hopper, "--driver", driver, "--end", 0.8, "--fps", 120]
    words += ["--model", model, "-o", tmp_path / "out.mp4"]
    words += ["--save-timeline", tmp_path / "keys.json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ganimate", *map(str, words)], stderr=subprocess.PIPE
    )
    while process.poll() is None and not list(tmp_path.iterdir()):
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate()
    assert process.returncode == code
    assert b"Traceback" not in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--driver", "none.mp4"], "none.mp4 does not exist", 1),
        (["-o", "out.avi"], "cannot write '.avi' files", 2),
        (["--save-timeline", "keys.txt"], "end it in .json", 2),
        (["--save-timeline", "none/keys.json"], "does not exist: make it first", 2),
        (["--fps", "60", "-o", "out.gif"], "a .gif file cannot have 60 frames", 2),
        (["--face", "3"], "no face 3", 2),
        (["--neutral-at", "50"], "no face is seen 50 s into", 2),
        (["--neutral", "50"], "give --neutral another time", 2),
        (["--neutral", "never"], "--neutral is auto, absolute or seconds", 2),
    ],
)
def test_wrong_requests(
    silent: Path, grace_hopper: Path, model: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str, code: int,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    asked = {"--driver": str(silent), "-o": "out.mp4"}
    asked |= dict(zip(arguments[::2], arguments[1::2], strict=True))
    options = [word for pair in asked.items() for word in pair]
    text = ganimate("drive", grace_hopper, *options, "--model", model, code=code)
    assert said in " ".join(text.split())
    assert not list(tmp_path.iterdir())


def test_nothing_that_is_read_is_overwritten(silent: Path, grace_hopper: Path) -> None:
    text = ganimate("drive", grace_hopper, "--driver", silent, "-o", silent, code=2)
    assert "would be overwritten" in text
