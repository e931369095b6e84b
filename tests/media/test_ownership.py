"""What other programs made is kept: real files of theirs, and ours as they were changed by them."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut
from values import find_xmp

from ganimate.errors import OutputError
from ganimate.media.encoders import ENCODERS
from ganimate.media.ownership import check_replaceable
from ganimate.media.provenance import find_program
from ganimate.media.video_writer import check_output, write_drawing, write_frames

PHOTO = astronaut()
FILES = [f"clip{suffix}" for suffix in ENCODERS if suffix]


def clip(frames: int = 6) -> Iterator[np.ndarray]:
    for index in range(frames):
        yield PHOTO[40 + index : 120 + index, 150 : 150 + 96]


@pytest.mark.parametrize("name", FILES)
def test_our_own_files_are_known_and_replaced(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_frames(clip(), path, fps=25)
    program = find_program(path)
    assert program is not None
    assert program.startswith("ganimate ")
    before = path.read_bytes()
    write_frames(list(clip())[::-1], path, fps=25)
    assert path.read_bytes() != before


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_program_is_kept_unless_told_otherwise(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    make_elsewhere(path)
    before = path.read_bytes()
    for attempt in (check_output, lambda target: write_frames(clip(), target, fps=25)):
        with pytest.raises(OutputError, match="is there already"):
            attempt(path)
    assert path.read_bytes() == before
    write_frames(clip(), path, fps=25, overwrite=True)
    assert find_program(path) is not None


def make_elsewhere(path: Path) -> None:
    """A clip or picture by ffmpeg or Pillow alone, of which our name is a part."""
    if path.suffix in (".png", ".jpg", ".jpeg"):
        Image.fromarray(next(clip())).save(path)
        return
    source = ["-f", "lavfi", "-i", "testsrc=size=96x80:rate=10", "-t", "1"]
    named = ["-metadata", "comment=made with ganimate 0.1.0"]
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([ffmpeg, "-loglevel", "error", *source, *named, str(path)], check=True)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.webm", "clip.gif"])
def test_our_clip_as_ffmpeg_changed_it_is_no_longer_ours(tmp_path: Path, name: str) -> None:
    ours, changed = tmp_path / name, tmp_path / f"changed-{name}"
    write_frames(clip(), ours, fps=25)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(ours)]
    subprocess.run([*command, "-vf", "hflip", str(changed)], check=True)
    with pytest.raises(OutputError, match="is there already"):
        check_output(changed)


def test_our_still_as_an_editor_saved_it_is_no_longer_ours(tmp_path: Path) -> None:
    path = tmp_path / "still.png"
    write_frames(clip(), path, fps=25)
    with Image.open(path) as image:
        image.load()
        edited = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    edited.info.clear()
    edited.save(path)
    with pytest.raises(OutputError, match="is there already"):
        check_output(path)


def test_a_file_that_came_while_frames_were_drawn_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"

    def interrupted() -> Iterator[np.ndarray]:
        yield from clip()
        path.write_bytes(b"mine")

    with pytest.raises(OutputError, match="is there already"):
        write_frames(interrupted(), path, fps=25)
    assert [found.name for found in tmp_path.iterdir()] == ["clip.mp4"]
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("strange", ["all", "one"])
def test_frames_of_another_program_are_kept(tmp_path: Path, strange: str) -> None:
    """Twenty frames that another program wrote, under the names that ours have."""
    folder = tmp_path / "ff"
    write_frames(clip(), folder, fps=25)
    for index in range(20) if strange == "all" else [3]:
        Image.fromarray(next(clip())).save(folder / f"frame_{index:05d}.png")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for attempt in (check_output, lambda target: write_frames(clip(3), target, fps=25)):
        with pytest.raises(OutputError, match=r"frame_0000\d.png is there already"):
            attempt(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    write_frames(clip(3), folder, fps=25, overwrite=True)
    assert len(list(folder.iterdir())) == 3


def test_other_files_of_a_folder_are_kept_even_then(tmp_path: Path) -> None:
    folder = tmp_path / "holiday"
    folder.mkdir()
    (folder / "beach.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match="other files"):
        write_frames(clip(), folder, fps=25, overwrite=True)
    assert (folder / "beach.png").read_bytes() == b"mine"


def test_drawings_are_known_and_an_empty_file_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "seen.png"
    path.touch()
    for _ in range(2):
        write_drawing(next(clip()).copy(), path)
    Image.fromarray(next(clip())).save(path)
    with pytest.raises(OutputError, match="is there already"):
        write_drawing(next(clip()).copy(), path)


def test_a_jpeg_is_a_photo_with_its_xmp_where_readers_look(tmp_path: Path) -> None:
    path = tmp_path / "still.jpg"
    assert write_frames(clip(), path, fps=25).frames == 1
    with Image.open(path) as image:
        difference = np.abs(np.asarray(image).astype(int) - list(clip())[-1]).mean()
        assert b"compositeWithTrainedAlgorithmicMedia" in find_xmp(image)
    assert difference < 3
    with pytest.raises(OutputError, match=r"try \.png instead"):
        write_frames([np.zeros((2, 70000, 3), np.uint8)], tmp_path / "wide.jpg", fps=25)


def test_bytes_that_only_quote_us_are_not_ours(tmp_path: Path) -> None:
    still = io.BytesIO()
    Image.fromarray(next(clip())).save(still, "PNG")
    path = tmp_path / "notes.png"
    path.write_bytes(still.getvalue() + b'xmp:CreatorTool="ganimate 0.1.0" tEXtSoftware ganimate')
    with pytest.raises(OutputError, match="is there already"):
        check_replaceable(path)
