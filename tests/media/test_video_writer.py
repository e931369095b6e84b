"""Clips of every kind, encoded from moving crops of a photo and read back with other software."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image, ImageSequence
from skimage.data import astronaut
from values import find_xmp

from ganimate.errors import OutputError, UsageError
from ganimate.media import encoders, provenance
from ganimate.media.encoders import ENCODERS
from ganimate.media.suffixes import CLIP_SUFFIXES, STILL_SUFFIXES
from ganimate.media.video_writer import (
    check_output,
    find_playable_size,
    write_drawing,
    write_frames,
)

PHOTO = astronaut()
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def clip(width: int = 96, height: int = 80, frames: int = 12) -> Iterator[np.ndarray]:
    """A crop of the photo that moves by two pixels a frame; not contiguous in memory."""
    for index in range(frames):
        yield PHOTO[40 + index : 40 + index + height, 150 + 2 * index : 150 + 2 * index + width]


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    assert first.shape == second.shape
    return float(10 * np.log10(255**2 / np.mean((first.astype(float) - second) ** 2)))


def decoded(path: Path) -> tuple[list[np.ndarray], list[int]]:
    """Frames and their durations in ms of a gif or webp, by Pillow."""
    with Image.open(path) as image:
        pairs = [
            (np.asarray(frame.convert("RGB")), frame.info.get("duration", 0))
            for frame in ImageSequence.Iterator(image)
        ]
    return [frame for frame, _ in pairs], [round(duration) for _, duration in pairs]


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden files too."""
    return sorted(os.listdir(folder))


# mp4


@pytest.mark.parametrize(
    ("size", "fps"), [((96, 80), 25.0), ((97, 81), 12.5), ((96, 81), 30000 / 1001)]
)
def test_mp4(tmp_path: Path, size: tuple[int, int], fps: float) -> None:
    path = tmp_path / "clip.mp4"
    written = write_frames(clip(*size), path, fps=fps)
    width, height = size[0] // 2 * 2, size[1] // 2 * 2
    assert (written.path, written.frames, written.width, written.height) == (
        path,
        12,
        width,
        height,
    )
    assert written.fps == fps
    assert written.bytes == path.stat().st_size
    meta = iio.immeta(path, plugin="FFMPEG")
    assert meta["fps"] == pytest.approx(fps, abs=0.01)  # ffmpeg prints two decimals
    frames = iio.imread(path, plugin="FFMPEG")
    assert frames.shape == (12, height, width, 3)
    for read, made in zip(frames, clip(*size), strict=True):
        made = made[:height, :width]
        assert psnr(read, made) > 30
        assert (abs(read.mean((0, 1)) - made.mean((0, 1))) < 2).all()
    assert names(tmp_path) == ["clip.mp4"]


def test_mp4_is_tagged_and_starts_fast(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_frames(clip(), path, fps=25)
    stream = ffmpeg_report(path)
    assert "h264" in stream
    assert "yuv420p(tv, bt709, progressive)" in stream
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_one_frame_and_still_clips(tmp_path: Path) -> None:
    still = next(clip())
    for count in (1, 10):
        write_frames([still] * count, tmp_path / "clip.mp4", fps=10)
        assert len(iio.imread(tmp_path / "clip.mp4", plugin="FFMPEG")) == count
        for suffix in ("gif", "webp"):
            path = tmp_path / f"clip.{suffix}"
            assert write_frames([still] * count, path, fps=10).frames == count
            frames, durations = decoded(path)
            assert psnr(frames[-1], still) > 25
            assert suffix == "webp" or sum(durations) == 100 * count


def test_name_that_ffmpeg_could_misread(tmp_path: Path) -> None:
    path = tmp_path / "a:b %03d -y é.MP4"
    write_frames(clip(), path, fps=25)
    assert names(tmp_path) == [path.name]


# gif and webp


@pytest.mark.parametrize("fps", [25, 30, 12.5])
@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_gif_and_webp(tmp_path: Path, suffix: str, fps: float) -> None:
    path = tmp_path / f"clip.{suffix}"
    written = write_frames(clip(97, 81), path, fps=fps)
    frames, durations = decoded(path)
    assert (written.frames, written.width, written.height) == (12, 97, 81)
    assert written.bytes == path.stat().st_size
    assert len(frames) == 12
    assert sum(durations) == pytest.approx(12000 / fps, abs=10)
    for read, made in zip(frames, clip(97, 81), strict=True):
        assert psnr(read, made) > (25 if suffix == "gif" else 30)
        assert (abs(read.mean((0, 1)) - made.mean((0, 1))) < 3).all()
    assert names(tmp_path) == [path.name]


def test_a_webp_may_hold_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "clip.webp"
    held = [*clip(), *[list(clip())[-1]] * 12]
    assert write_frames(held, path, fps=25).frames == 24
    _, durations = decoded(path)
    assert sum(durations) == 960


def test_gif_does_not_flicker(tmp_path: Path) -> None:
    """What stands still in the clip stands still in the gif: one palette, ordered dither."""
    frames = [np.array(next(clip())) for _ in range(4)]
    for index, frame in enumerate(frames):
        frame[:20, :20] = 60 * index
    write_frames(frames, tmp_path / "clip.gif", fps=10)
    read, _ = decoded(tmp_path / "clip.gif")
    assert all(np.array_equal(frame[20:], read[0][20:]) for frame in read)


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_looping(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clip.{suffix}"
    write_frames(clip(), path, fps=25)
    with Image.open(path) as image:
        assert image.info["loop"] == 0
    write_frames(clip(), path, fps=25, loop_forever=False)
    with Image.open(path) as image:
        assert image.info.get("loop", 1) == 1


# png


def test_png_is_the_last_frame(tmp_path: Path) -> None:
    path = tmp_path / "last.png"
    assert write_frames(clip(), path, fps=25).frames == 1
    assert np.array_equal(iio.imread(path), list(clip())[-1])
    assert names(tmp_path) == ["last.png"]


@pytest.mark.parametrize("name", ["frames", "frames/", "frames.v2/"])
def test_folder_of_frames(tmp_path: Path, name: str) -> None:
    written = write_frames(clip(), f"{tmp_path}/{name}", fps=25)
    folder = tmp_path / name
    assert written.frames == 12
    assert written.bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert names(folder) == [f"frame_{index:05d}.png" for index in range(12)]
    for path, made in zip(sorted(folder.iterdir()), clip(), strict=True):
        assert np.array_equal(iio.imread(path), made)
    assert names(tmp_path) == [folder.name]


def test_folder_of_frames_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    write_frames(clip(frames=12), folder, fps=25)
    write_frames(clip(frames=3), folder, fps=25)
    assert len(names(folder)) == 3
    assert names(tmp_path) == ["frames"]


def test_folder_with_other_files_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "holiday"
    folder.mkdir()
    (folder / "beach.png").touch()
    with pytest.raises(OutputError, match="other files"):
        check_output(folder)
    with pytest.raises(OutputError, match="other files"):
        write_frames(clip(), folder, fps=25)
    assert names(folder) == ["beach.png"]


@pytest.mark.parametrize("name", ["frame_00099.png", "frame_00001.png", "notes.txt"])
def test_what_comes_into_the_folder_meanwhile_is_kept(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "frames"
    write_frames(clip(frames=3), folder, fps=25)
    before = contents(folder)

    def interrupted() -> Iterator[np.ndarray]:
        yield from clip(frames=3)
        (folder / name).write_bytes(b"mine")

    with pytest.raises(OutputError, match=f"{name} came into the folder"):
        write_frames(interrupted(), folder, fps=25)
    assert contents(folder) == {**before, str(folder / name): b"mine"}
    assert names(tmp_path) == ["frames"]


def test_what_takes_the_name_of_the_folder_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "frames"

    def interrupted() -> Iterator[np.ndarray]:
        yield from clip(frames=2)
        target.write_bytes(b"mine")

    with pytest.raises(OutputError, match="became a file"):
        write_frames(interrupted(), target, fps=25)
    assert contents(tmp_path) == {str(target): b"mine"}


def test_a_folder_of_nothing_that_comes_meanwhile(tmp_path: Path) -> None:
    target = tmp_path / "frames"

    def interrupted() -> Iterator[np.ndarray]:
        yield from clip(frames=2)
        target.mkdir()

    write_frames(interrupted(), target, fps=25)
    assert len(names(target)) == 2
    assert names(tmp_path) == ["frames"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("name", ["clip.mp4", "clip.gif", "clip.png", "drawing.png", "frames"])
def test_permissions_of_what_is_replaced_are_kept(tmp_path: Path, name: str) -> None:
    path = tmp_path / name

    def write() -> None:
        if name == "drawing.png":
            write_drawing(next(clip()).copy(), path)
        else:
            write_frames(clip(frames=2), path, fps=25)

    usual = 0o777 if name == "frames" else 0o666
    umask = os.umask(0o022)
    try:
        write()
        assert path.stat().st_mode & 0o777 == usual & ~0o022
        path.chmod(0o700)
        write()
    finally:
        os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o700


def test_current_folder_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="current folder"):
        check_output(".")


# Provenance


def test_provenance_names_program_and_source_type() -> None:
    assert SOURCE_TYPE in provenance.build_comment()
    assert "ganimate" in provenance.build_comment()
    assert f'Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"' in provenance.build_xmp()
    assert 'xmp:CreatorTool="ganimate ' in provenance.build_xmp()


@pytest.mark.parametrize("frames", [1, 12])
@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_xmp_is_where_readers_look(tmp_path: Path, suffix: str, frames: int) -> None:
    path = tmp_path / f"clip.{suffix}"
    write_frames(clip(97, 81, frames=frames), path, fps=25)
    with Image.open(path) as image:
        image.load()
        packet = find_xmp(image)
    assert packet.decode().strip() == provenance.build_xmp()
    assert "error" not in ffmpeg_report(path).lower()


@pytest.mark.parametrize("loop_forever", [True, False])
def test_gif_has_xmp_that_other_readers_step_over(tmp_path: Path, loop_forever: bool) -> None:
    path = tmp_path / "clip.gif"
    write_frames(clip(), path, fps=25, loop_forever=loop_forever)
    data = path.read_bytes()
    start = data.index(b"\x21\xff\x0bXMP DataXMP") + 14
    packet = provenance.build_xmp().encode()
    assert data[start:].startswith(packet + b"\x01\xff\xfe")
    position = start  # from here as a reader that knows no XMP: sub-blocks, each after its length
    while data[position]:
        position += 1 + data[position]
    assert position == start + len(packet) + 257
    assert len(decoded(path)[0]) == 12
    assert "error" not in ffmpeg_report(path).lower()


def test_xmp_in_every_frame_of_a_folder(tmp_path: Path) -> None:
    write_frames(clip(frames=3), tmp_path / "frames", fps=25)
    for path in (tmp_path / "frames").iterdir():
        with Image.open(path) as image:
            assert find_xmp(image).decode() == provenance.build_xmp()


def test_a_drawing_makes_no_claim(tmp_path: Path) -> None:
    picture = next(clip())
    path = tmp_path / "drawing.png"
    write_drawing(next(clip(frames=1)).copy() // 2, path)
    write_drawing(picture, path)
    with Image.open(path) as image:
        assert "XML:com.adobe.xmp" not in image.info
        assert image.info["Software"].startswith("ganimate ")
        assert np.array_equal(np.asarray(image), picture)
    assert names(tmp_path) == ["drawing.png"]


def test_a_drawing_that_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "drawing.png"
    path.write_bytes(b"something older")
    with pytest.raises(TypeError):
        write_drawing(np.zeros((4, 4, 3)), path, overwrite=True)
    for name, error in (("a.mp4", UsageError), ("none/a.png", OutputError)):
        with pytest.raises(error):
            write_drawing(next(clip()), tmp_path / name)
    assert path.read_bytes() == b"something older"
    assert names(tmp_path) == ["drawing.png"]


def test_mp4_has_a_comment_and_xmp(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_frames(clip(), path, fps=25)
    assert provenance.build_comment() in ffmpeg_report(path)
    data = path.read_bytes()
    boxes = {}
    while data:
        size, kind = int.from_bytes(data[:4], "big"), data[4:8]
        boxes[kind] = data[8:size]
        data = data[size:]
    assert next(iter(boxes)) == b"ftyp"
    assert boxes[b"uuid"][16:].decode() == provenance.build_xmp()


def ffmpeg_report(path: Path) -> str:
    """What ffmpeg says about a file, which it also decodes to its end."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    done = subprocess.run(
        [*command, "-f", "null", "-"], check=False, capture_output=True, text=True
    )
    return done.stderr


# Failures

TARGETS = ["clip.mp4", "clip.webm", "clip.gif", "clip.webp", "clip.png", "clip.jpg", "frames/"]


def failing(error: BaseException) -> Iterator[np.ndarray]:
    yield from clip(frames=5)
    raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("no face"), OSError("camera")])
@pytest.mark.parametrize("name", TARGETS)
def test_errors_of_the_frames_pass_and_leave_nothing(
    tmp_path: Path, name: str, error: BaseException
) -> None:
    with pytest.raises(type(error)) as caught:
        write_frames(failing(error), f"{tmp_path}/{name}", fps=25)
    assert caught.value is error
    assert names(tmp_path) == []


ENDLESS = """
import sys
import numpy as np
from itertools import repeat
from ganimate.media.video_writer import write_frames

write_frames(repeat(np.zeros((80, 96, 3), np.uint8)), sys.argv[1], fps=25)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
@pytest.mark.parametrize("name", ["clip.mp4", "frames/"])
def test_ctrl_c_leaves_nothing(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-c", ENDLESS, f"{tmp_path}/{name}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not list(tmp_path.rglob("*made*")) and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=30)
    assert words.strip().endswith("KeyboardInterrupt")
    assert names(tmp_path) == []


def test_ctrl_c_as_the_encoder_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may wait for what a running ffmpeg has to say: it waits for frames itself."""
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    before = threading.active_count()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_frames(clip(), tmp_path / "clip.mp4", fps=25)
    assert threading.active_count() == before
    assert names(tmp_path) == []


def test_a_file_that_lost_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "count_frames", lambda path: 11)
    with pytest.raises(OutputError, match="11 of 12 frames"):
        write_frames(clip(), tmp_path / "clip.mp4", fps=25)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_there_is_kept_on_failure_and_replaced_on_success(
    tmp_path: Path, name: str
) -> None:
    target = f"{tmp_path}/{name}"
    write_frames(clip(frames=2), target, fps=25)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match="no face"):
        write_frames(failing(ValueError("no face")), target, fps=25)
    assert contents(tmp_path) == before
    write_frames(clip(), target, fps=25)
    after = contents(tmp_path)
    assert set(before) <= set(after)
    assert after != before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", TARGETS)
def test_no_frames(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="no frames"):
        write_frames([], f"{tmp_path}/{name}", fps=25)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize(
    "odd", [np.zeros((80, 98, 3), np.uint8), np.zeros((80, 96, 3), np.float32)]
)
def test_a_frame_unlike_the_first(tmp_path: Path, name: str, odd: np.ndarray) -> None:
    with pytest.raises(OutputError, match="frame 12 is"):
        write_frames([*clip(), odd], f"{tmp_path}/{name}", fps=25)
    assert names(tmp_path) == []


@pytest.mark.parametrize("shape", [(80, 96), (80, 96, 4), (1, 96, 3)])
def test_a_first_frame_that_is_no_picture(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(OutputError, match="frames must be"):
        write_frames([np.zeros(shape, np.uint8)], tmp_path / "clip.mp4", fps=25)


def test_a_size_that_the_encoder_refuses(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="ffmpeg could not write the clip"):
        write_frames([np.zeros((2, 17000, 3), np.uint8)] * 2, tmp_path / "clip.webp", fps=25)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["clip.avi", "clip.bmp", "smile.v2"])
def test_unknown_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.mp4, \.mov, \.webm, \.gif, \.webp, \.png, \.jpg"):
        check_output(tmp_path / name)


@pytest.mark.parametrize("name", TARGETS)
def test_missing_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        check_output(f"{tmp_path}/none/{name}")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_is_not_writable(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="not writable"):
        check_output(tmp_path / "clip.mp4")


@pytest.mark.skipif(os.name != "posix", reason="a device file is needed")
def test_device_files_are_not_replaced() -> None:
    with pytest.raises(OutputError, match="is a file"):
        check_output("/dev/null")


@pytest.mark.parametrize("name", TARGETS)
def test_check_output_accepts_and_makes_nothing(tmp_path: Path, name: str) -> None:
    check_output(f"{tmp_path}/{name}")
    assert names(tmp_path) == []


@pytest.mark.parametrize("fps", [0, -5, float("nan"), float("inf"), 1e6])
def test_impossible_rates(tmp_path: Path, fps: float) -> None:
    with pytest.raises(UsageError, match="frames a second"):
        write_frames(clip(), tmp_path / "clip.mp4", fps=fps)


def test_rate_that_browsers_slow_down(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="50"):
        write_frames(clip(), tmp_path / "clip.gif", fps=60)


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.png").symlink_to(tmp_path / "real" / "last.png")
    write_frames(clip(), tmp_path / "link.png", fps=25)
    assert (tmp_path / "link.png").is_symlink()
    assert names(tmp_path / "real") == ["last.png"]


# In a process of its own, since a limit on file sizes cannot be taken back.
LIMITED = """
import resource, sys
import numpy as np
from ganimate.errors import OutputError
from ganimate.media.video_writer import write_frames

resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
noise = np.random.default_rng(0).integers(0, 256, (12, 320, 384, 3), np.uint8)
try:
    write_frames(noise, sys.argv[1], fps=25)
except OutputError as error:
    sys.exit(f"OutputError: {error}")
"""


@pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_FSIZE")
@pytest.mark.parametrize("name", TARGETS)
def test_a_disk_that_takes_no_more(tmp_path: Path, name: str) -> None:
    target = f"{tmp_path}/{name}"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, target], check=False, capture_output=True, text=True
    )
    assert done.stderr.startswith("OutputError: ")
    assert done.returncode == 1
    assert names(tmp_path) == []
    if not name.startswith("clip.") or name in ("clip.png", "clip.jpg"):  # written without ffmpeg
        assert f"{target.rstrip('/')} cannot be written (file too large)" in done.stderr


FULL = """
set -e
mount -t tmpfs -o size=64k tmpfs "$1"
cd "$1"
status=0
"$2" -c "$3" "$4" || status=$?
ls -A
exit $status
"""


@pytest.mark.parametrize("name", TARGETS)
def test_a_full_disk(tmp_path: Path, name: str) -> None:
    """A real one: 64 KiB of memory, mounted where this user may."""
    enter = ["unshare", "--user", "--map-root-user", "--mount"]
    try:
        subprocess.run(
            [*enter, "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)], check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        pytest.skip("this user may not mount")
    script = LIMITED.replace("(8192, 8192)", "(-1, -1)")
    here = str(Path(__file__).parents[2])
    done = subprocess.run(
        [*enter, "sh", "-c", FULL, "sh", str(tmp_path), sys.executable, script, f"new-{name}"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": here},
    )
    assert "no space left on" in done.stderr
    assert done.returncode == 1
    assert done.stdout == ""


def test_every_suffix_that_commands_list_has_an_encoder() -> None:
    assert set(ENCODERS) == {*CLIP_SUFFIXES, *STILL_SUFFIXES, ""}


@pytest.mark.parametrize(
    ("size", "fps", "longest"),
    [((4000, 3000), 30.0, 3540), ((3840, 2160), 60.0, None), ((2160, 3840), 120.0, 2780)],
)
def test_the_largest_size_that_players_decode(
    tmp_path: Path, size: tuple[int, int], fps: float, longest: int | None
) -> None:
    width, height = size
    assert find_playable_size("clip.mp4", width, height, fps) == longest
    assert find_playable_size("clip.gif", width, height, fps) is None
    scale = 1 if longest is None else longest / max(size)
    fitting = np.full((round(height * scale), round(width * scale), 3), 90, np.uint8)
    write_frames([fitting] * 2, tmp_path / "clip.mp4", fps=fps)
    data = (tmp_path / "clip.mp4").read_bytes()
    assert data[data.index(b"avcC") + 7] <= 52  # AVCLevelIndication, ISO/IEC 14496-15
