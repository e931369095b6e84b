"""The library as programs use it: its page's examples, what may be passed, threads, processes."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from PIL import Image
from values import pixels

import ganimate
from ganimate.action_units import ROW_OF, SHAPE
from ganimate.arrays import Photo
from ganimate.errors import (
    FaceError,
    GanimateError,
    OutputError,
    PhotoError,
    UsageError,
    VideoError,
)
from ganimate.face_models import FaceModels
from ganimate.pixels import read_pixels
from ganimate.portrait import Portrait
from ganimate.rendering import calibration, remembering
from ganimate.requests import resolve_expression

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "library.md"


@pytest.fixture(scope="module")
def loaded(astronaut: Path, model: Path) -> ganimate.LoadedPhoto:
    return ganimate.load(astronaut, model=model)


# The page


@pytest.fixture
def page_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, astronaut: Path, grace_hopper: Path
) -> Path:
    """The files that the examples name."""
    Image.fromarray(pixels(astronaut)).save(tmp_path / "photo.jpg", quality=95)
    (tmp_path / "other.jpg").write_bytes(grace_hopper.read_bytes())
    (tmp_path / "driver.mp4").write_bytes((ROOT / "examples" / "driver.mp4").read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_examples_of_the_page_run(
    page_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    alone = [block for block in blocks if "__main__" in block]
    assert len(alone) == 1
    names: dict[str, Any] = {}
    for block in blocks:
        if block not in alone:
            exec(compile(block, str(PAGE), "exec"), names)
    said = capsys.readouterr().out
    for line in (
        "Clip(12 frames, 400 x 400 px, 30 frames a second)",
        "LoadedPhoto(400 x 400 px, 1 face)",
        "(400, 400, 3) uint8",
        "did you mean smile?",
        ganimate.__version__,
    ):
        assert line in said
    made = {path.name for path in page_folder.iterdir()}
    assert made >= {"smile.mp4", "surprise.gif", "frames", "sad.mp4", "longer.webp", "driven.mp4"}
    script = page_folder / "script.py"
    script.write_text(f"import ganimate\n{alone[0]}", encoding="utf-8")
    done = run_python(str(script))
    assert "Portrait(" in done.stdout
    assert not done.stderr


def run_python(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == code, done.stderr
    return done


def test_the_package_is_small_until_it_is_used() -> None:
    script = (
        "import sys, ganimate\n"
        "print(ganimate.__version__, *dir(ganimate))\n"
        "print(*{'torch', 'cv2', 'numpy', 'mediapipe'} & set(sys.modules))"
    )
    first, second = run_python("-c", script).stdout.splitlines()
    assert first.split() == [version("ganimate"), *ganimate.__all__]
    assert not second
    for name in ganimate.__all__:
        assert getattr(ganimate, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        ganimate.nothing  # noqa: B018


# Photos


def photos_like(photo: Photo) -> Iterator[tuple[str, Any]]:
    """The same photo in the ways in which programs have it."""
    png = io.BytesIO()
    Image.fromarray(photo).save(png, "PNG")
    opaque = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    yield "bytes", png.getvalue()
    yield "an open file", io.BytesIO(png.getvalue())
    yield "a memoryview", memoryview(png.getvalue())
    yield "Pillow", Image.fromarray(photo)
    yield "RGBA", opaque
    yield "CHW", photo.transpose(2, 0, 1)
    yield "floats", photo / 255
    yield "float32 up to 255", photo.astype(np.float32)
    yield "16 bit", photo.astype(np.uint16) * 257
    yield "int64", photo.astype(np.int64)
    yield "columns first", np.asfortranarray(photo)
    yield "a tensor", torch.tensor(photo).permute(2, 0, 1).float() / 255


def test_photos_in_any_form_are_the_same_pixels(astronaut: Path) -> None:
    photo = pixels(astronaut)
    for name, given in photos_like(photo):
        read = read_pixels(given)
        assert np.array_equal(read, photo), name
        assert read.flags.c_contiguous, name
    assert read_pixels(photo) is photo
    grey = photo[:, :, 1]
    wanted = np.repeat(grey[:, :, None], 3, axis=2)
    for given in (grey, grey[:, :, None], grey[None], Image.fromarray(grey), grey / 255):
        assert np.array_equal(read_pixels(given), wanted)
    half = np.dstack([grey, grey // 2])
    assert np.abs(read_pixels(half)[:, :, 0] - (255 - (255.0 - grey) * (grey // 2) / 255)).max() < 2
    turned = Image.fromarray(photo)
    turned.getexif()[0x0112] = 3
    assert np.array_equal(read_pixels(turned), photo[::-1, ::-1])


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (np.zeros((0, 0, 3), np.uint8), PhotoError, "empty"),
        (np.array([]), PhotoError, "empty"),
        (b"", PhotoError, "empty"),
        (Image.new("RGB", (0, 0)), PhotoError, "empty"),
        (b"no image", PhotoError, "not an image"),
        (np.full((9, 9, 3), np.nan), PhotoError, "not finite"),
        (np.full((9, 9, 3), -1.0), PhotoError, "0 to 1 or 0 to 255"),
        (np.full((9, 9), 1e5), PhotoError, "0 to 1 or 0 to 255"),
        (np.zeros((2, 9, 9, 3), np.uint8), UsageError, r"\(2, 9, 9, 3\) is no photo"),
        (np.zeros((9, 9, 3), complex), UsageError, "numbers"),
        (np.array([[None]]), UsageError, "numbers"),
        (torch.zeros(3, 9, 9, requires_grad=True), UsageError, "NumPy"),
        (io.StringIO("text"), UsageError, "'rb'"),
        (None, UsageError, "not None"),
        ([1, 2], UsageError, "not a list"),
        ("", UsageError, "no path"),
        ("a\0b", UsageError, "no path"),
        (np.zeros((3, 100_000, 3), np.uint8), PhotoError, "a side may have 32766"),
        (np.zeros((1, 1, 3), np.uint8), FaceError, "No face"),
    ],
)
def test_what_is_no_photo_is_said(given: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said) as raised:
        ganimate.detect(given)
    assert "--" not in str(raised.value)


@pytest.mark.parametrize("size", [0, 2.5, "300", True, 10**7])
def test_sizes_that_are_none(astronaut: Path, size: Any) -> None:
    with pytest.raises(UsageError, match=r"size|wide"):
        ganimate.detect(astronaut, size=size)


def test_faces_are_numbers_or_words(group: Path) -> None:
    both = ganimate.detect(group)
    assert len(both) == 2
    assert repr(both[0]).startswith("Portrait(")
    assert len(repr(both[0])) < 120
    for face in (1, "1", np.int64(1)):
        (one,) = ganimate.detect(group, face=face)
        assert np.array_equal(one.aus, both[1].aus)
    for face in (-1, 1.0, True, None, "second", 2):
        with pytest.raises(UsageError, match="face"):
            ganimate.detect(group, face=face)


# Expressions


def test_expressions_in_any_form(
    loaded: ganimate.LoadedPhoto, face_models: FaceModels, serious: Portrait, grace_hopper: Path
) -> None:
    source = loaded.portraits[0].aus

    def target(to: Any) -> Any:
        return loaded.animate(to, frames=2).courses[0].target

    smile = target({"AU12": 0.8, "AU45L": 1})
    assert np.array_equal(smile, target("AU12=0.8,AU45L=1"))
    assert smile[ROW_OF[12]] == pytest.approx(0.8)
    assert np.array_equal(target({12: np.float32(0.5)}), target("AU12=0.5"))
    assert np.array_equal(target({"AU45R": 1, "smile": 0.6}), target("smile:0.6+AU45R=1"))
    half = np.full(SHAPE, 0.5, np.float32)
    for to in (half, half[:, 0]):
        assert np.array_equal(target(to)[:, 0], np.where(np.arange(17) == 2, 0.5, half[:, 0]))
    photo = pixels(grace_hopper)
    for to in (serious, grace_hopper, photo, Image.fromarray(photo), grace_hopper.read_bytes()):
        assert np.array_equal(target(to), serious.aus)
    known = resolve_expression("smile", face_models)
    assert np.array_equal(target(known), known.apply_to(source))


@pytest.mark.parametrize(
    ("to", "error", "said"),
    [
        ({}, UsageError, "asks for nothing"),
        ({"AU12": 2}, UsageError, "0 to 1"),
        ({"AU12": "strong"}, UsageError, "number"),
        ({"AU12": float("nan")}, UsageError, "finite"),
        ({"AU99": 0.5}, UsageError, "AU99"),
        ({"smlie": 0.5}, UsageError, "did you mean smile"),
        (None, UsageError, "not None"),
        (0.5, UsageError, "not a float"),
        (["smile"], UsageError, "not a list"),
        (np.full(SHAPE, 3.0), UsageError, "0 to 1"),
        (Path("missing"), PhotoError, "missing does not exist"),
        (np.zeros((200, 200, 3), np.uint8), FaceError, "the photo to copy: No face"),
    ],
)
def test_what_is_no_expression_is_said(
    loaded: ganimate.LoadedPhoto, to: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as raised:
        loaded.animate(to)
    assert "--" not in str(raised.value)


@pytest.mark.parametrize(
    "request_", [{"frames": 2.5}, {"frames": "3"}, {"frames": 10**9}, {"ease": []}, {"loop": None}]
)
def test_requests_that_are_none(loaded: ganimate.LoadedPhoto, request_: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        loaded.animate("smile", **request_)


def test_models_and_devices_that_are_none(astronaut: Path, model: Path) -> None:
    for arguments in ({"model": None}, {"model": model, "device": None}):
        with pytest.raises(UsageError):
            ganimate.load(astronaut, **arguments)  # type: ignore[arg-type]


# Clips


def test_a_photo_is_measured_once_for_many_clips(
    astronaut: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is searched, cut or calibrated again, by any of the ways to animate it."""
    measured = Mock(wraps=calibration.measure_portrait)
    monkeypatch.setattr(calibration, "measure_portrait", measured)
    loaded = ganimate.load(astronaut, model=model)
    keys = {"duration": 0.2, "keys": [{"t": "100%", "expression": "fear"}]}
    first = [list(loaded.animate("surprise", frames=4)), list(loaded.timeline(keys))]
    once = measured.call_count
    assert once > 0
    again = [list(loaded.animate("surprise", frames=4)), list(loaded.timeline(keys))]
    assert measured.call_count == once
    plain = list(ganimate.animate(astronaut, "surprise", frames=4, model=model))
    for frames, others in ((first[0], again[0]), (first[1], again[1]), (first[0], plain)):
        assert all(np.array_equal(*pair) for pair in zip(frames, others, strict=True))


def test_drives_are_forgotten_in_the_end(
    loaded: ganimate.LoadedPhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "KEPT", 2)
    animator = remembering.RememberingAnimator(loaded.animators[0])
    source = animator.portrait.aus
    drives = animator.calibrate([source, source * 0.5, source, source * 0.25])
    assert len(drives) == 4
    assert len(animator._drives) == 2
    assert np.array_equal(drives[0], source)


def test_clips_know_their_length_and_save_all_of_it(
    loaded: ganimate.LoadedPhoto, tmp_path: Path
) -> None:
    clip = loaded.animate("sad", frames=5, loop="pingpong")
    assert repr(clip) == "Clip(5 frames, 512 x 512 px, 30 frames a second)"
    first = next(clip)
    assert len(clip) == 5
    for name in ("a.mp4", "b.gif"):
        assert clip.save(tmp_path / name, fps=10).frames == 5
        assert len(iio.imread(tmp_path / name)) == 5
    assert len([first, *clip]) == 5
    assert b"NETSCAPE2.0" in (tmp_path / "b.gif").read_bytes()
    clip.save(str(tmp_path / "c.gif"), loop=False)
    assert b"NETSCAPE2.0" not in (tmp_path / "c.gif").read_bytes()
    written = ganimate.save([first, first], tmp_path / "d.mp4", fps=5)
    assert (written.frames, written.fps) == (2, 5)
    assert ganimate.save(first, tmp_path / "e.png").frames == 1
    assert np.array_equal(pixels(tmp_path / "e.png"), first)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.mp4", "b.gif", "c.gif", "d.mp4", "e.png",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("frames", "error"),
    [(None, UsageError), ("x", UsageError), ([1], UsageError), ([], OutputError),
     ([np.zeros((9, 9, 3))], OutputError)],
)  # fmt: skip
def test_what_is_no_clip_is_said(tmp_path: Path, frames: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ganimate.save(frames, tmp_path / "clip.mp4")
    assert not list(tmp_path.iterdir())


def test_a_clip_has_a_name_and_a_rate(loaded: ganimate.LoadedPhoto, tmp_path: Path) -> None:
    clip = loaded.animate("sad", frames=2)
    for output in (None, 5, "", "a\0.mp4", tmp_path / "x.xyz"):
        with pytest.raises(UsageError):
            clip.save(output)  # type: ignore[arg-type]
    for fps in ("x", 0, float("nan"), None.__class__):
        with pytest.raises(UsageError):
            clip.save(tmp_path / "x.mp4", fps=fps)  # type: ignore[arg-type]


def test_driven_by_a_file(
    loaded: ganimate.LoadedPhoto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = loaded.drive(ROOT / "examples" / "driver.mp4", fps=4, neutral_at=0)
    assert len(clip) == len(clip.face_found) == len(clip.performances[0].aus)
    assert clip.driver is not None
    written = clip.save(tmp_path / "clip.mp4")
    assert written.fps == 4
    for video, fps, error in (
        (5, None, UsageError),
        (b"bytes", 25, UsageError),
        ([loaded.photo], None, UsageError),  # at which rate?
        ([loaded.photo], "25", UsageError),
        ([loaded.photo], 0, UsageError),
        (["no frame"], 25, PhotoError),
        (tmp_path / "missing.mp4", None, VideoError),
    ):
        with pytest.raises(error):
            loaded.drive(video, fps)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (5, "not an int"),
        ({}, "keys: is missing"),
        ({"duration": {1}, "blink": "auto"}, "JSON"),
        ("missing.json", "does not exist"),
    ],
)
def test_keyframes_that_are_none(loaded: ganimate.LoadedPhoto, keys: Any, said: str) -> None:
    with pytest.raises(GanimateError, match=said):
        loaded.timeline(keys)


# Threads and processes


def test_threads_make_the_same_frames(
    loaded: ganimate.LoadedPhoto, grace_hopper: Path, model: Path
) -> None:
    expressions = ("smile", "sad", "fear", "surprise")

    def draw(expression: str) -> list[Photo]:
        shared = list(loaded.animate(expression, frames=3))
        return shared + list(ganimate.animate(grace_hopper, expression, frames=2, model=model))

    stderr = os.fstat(2)
    one_by_one = [draw(expression) for expression in expressions]
    fresh = ganimate.load(loaded.photo, model=model)
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(draw, expressions))
        again = list(threads.map(lambda to: list(fresh.animate(to, frames=3)), expressions))
    for frames, others, new in zip(one_by_one, together, again, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(frames, others, strict=True))
        assert all(np.array_equal(*pair) for pair in zip(frames[:3], new, strict=True))
    # Threads that silence MediaPipe for a while leave standard error as it was.
    assert os.path.samestat(os.fstat(2), stderr)


FORKED = """
import os, sys
import ganimate
photo, model = sys.argv[1:]

loaded = ganimate.load(photo, model=model)
pid = os.fork()
if pid == 0:
    try:
        print(len(list(loaded.animate("sad", frames=2))), flush=True)
    except ganimate.GanimateError as error:
        print(error, flush=True)
    try:
        ganimate.detect(photo)
    except ganimate.GanimateError as error:
        print(error, flush=True)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
print(len(list(loaded.animate("sad", frames=2))))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_is_told_why_it_cannot(astronaut: Path, model: Path) -> None:
    """Without being told it would be aborted, or wait for ever."""
    quiet = "ignore::DeprecationWarning"  # Python 3.12 and later say that os.fork() is a risk
    done = run_python("-W", quiet, "-c", FORKED, str(astronaut), str(model))
    first, second, third = done.stdout.splitlines()
    assert "forked" in first
    assert "spawn" in first
    assert first == second
    assert third == "2"
    assert not done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_processes_may_use_it_alone(astronaut: Path) -> None:
    script = (
        "import os, sys, ganimate\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    print(ganimate.detect(sys.argv[1]), flush=True)\n"
        "    os._exit(0)\n"
        "assert os.waitpid(pid, 0)[1] == 0\n"
    )
    done = run_python("-c", script, str(astronaut))
    assert done.stdout.startswith("[Portrait(")
    assert not done.stderr
