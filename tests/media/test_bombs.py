"""Small files that would fill the memory or never end: refused by what they say of themselves."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from ganimate.errors import LargePhotoError, ModelError, PhotoError, UsageError, VideoError
from ganimate.limits import MAX_SECONDS
from ganimate.media import video_header, video_reader
from ganimate.media.ffmpeg import MAX_FRAME_PIXELS, start_ffmpeg
from ganimate.media.photo import MAX_PIXELS, MAX_SIDE, decode_photo, read_photo, resize_longest
from ganimate.media.tensors import MOST_HEADER, read_metadata, read_tensors
from ganimate.media.video_reader import VideoSource, open_video, read_frames
from ganimate.training.data.shard import MOST_PIXELS
from ganimate.training.data.sources import open_source
from ganimate.training.data.survey import probe_files

CASES = Path(__file__).parent / "cases"


def make_png(width: int, height: int) -> bytes:
    """A PNG of less than 200 bytes that claims any size."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(1000))),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def make_gif(frames: int) -> bytes:
    """A GIF of any number of frames of 1 x 1, 27 bytes each."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    control = b"\x21\xf9\x04\0\x0a\0\0\0"
    picture = b"\x2c" + bytes(4) + struct.pack("<HHB", 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return head + (control + picture) * frames + b"\x3b"


# photos


@pytest.mark.parametrize("size", [(50_000, 50_000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_a_png_of_200_bytes_that_claims_any_size(size: tuple[int, int]) -> None:
    bomb = make_png(*size)
    assert len(bomb) < 200
    with pytest.raises(PhotoError, match=r"make it smaller|damaged"):
        decode_photo(BytesIO(bomb), "bomb")


def test_the_first_of_a_hundred_thousand_frames(tmp_path: Path) -> None:
    path = tmp_path / "long.gif"
    path.write_bytes(make_gif(100_000))
    assert read_photo(path).shape == (1, 1, 3)
    with pytest.raises(VideoError, match=r"lasts 2\.8 h"):
        open_video(path)


def test_sides_that_opencv_does_not_count() -> None:
    """A face in such a photo was found, and ended in a traceback when it was drawn."""
    strip = BytesIO()
    Image.new("1", (MAX_SIDE + 1, 1)).save(strip, "PNG")
    with pytest.raises(LargePhotoError, match=f"a side may have {MAX_SIDE}"):
        decode_photo(strip, "strip")
    with pytest.raises(UsageError, match=f"{MAX_SIDE} or less"):
        resize_longest(np.zeros((2, 1, 3), np.uint8), MAX_SIDE + 1)


def test_a_picture_that_grows_when_its_pixels_become_square() -> None:
    """Four times as many pixels come of pixels four times as long as wide."""
    width = 32_000
    oblong = bytearray(make_png(width, 7000))
    density = b"pHYs" + struct.pack(">IIB", 4000, 1000, 1)
    chunk = struct.pack(">I", 9) + density + struct.pack(">I", zlib.crc32(density))
    oblong[33:33] = chunk
    with pytest.raises(LargePhotoError, match="megapixels"):
        decode_photo(BytesIO(bytes(oblong)), "oblong")


@pytest.mark.parametrize(
    ("kind", "limit"), [("PNG", 1200), ("WEBP", 1200 * 17 // 7 + 1), ("AVIF", 1200 * 13 // 7 + 1)]
)
def test_decoders_that_take_more_memory_have_a_smaller_limit(kind: str, limit: int) -> None:
    Image.init()
    if kind not in Image.SAVE:
        pytest.skip(f"this Pillow has no {kind}")
    small = BytesIO()
    Image.new("RGB", (40, 30)).save(small, kind)
    assert decode_photo(small, "small", limit).shape == (30, 40, 3)
    with pytest.raises(LargePhotoError):
        decode_photo(small, "small", limit - 3)


def test_a_photo_too_large_to_prepare_is_said(tmp_path: Path) -> None:
    size = (13_000, 13_000)
    assert MOST_PIXELS < size[0] * size[1] < MAX_PIXELS
    (tmp_path / "large.png").write_bytes(make_png(*size))
    assert list(probe_files(open_source(tmp_path))) == ["too large"]


DECODE = """
import re, sys
from ganimate.media.photo import read_photo
shape = read_photo(sys.argv[1]).shape
print(*shape, int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) >> 10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory by /proc")
def test_a_transparent_photo_is_decoded_in_seven_bytes_a_pixel(tmp_path: Path) -> None:
    """It took sixteen: the largest that is permitted would have filled six gigabytes."""
    path = tmp_path / "clear.png"
    side = 4000
    Image.new("RGBA", (side, side), (200, 100, 50, 128)).save(path, compress_level=1)
    command = [sys.executable, "-W", "ignore", "-c", DECODE, path]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert said[:3] == [str(side), str(side), "3"]
    assert int(said[3]) < 290  # MiB, of which 75 are the program, and 107 the picture


# videos


@pytest.fixture
def gap(tmp_path: Path) -> Path:
    """A live recording of two kilobytes in which one picture stands for 9770 s."""
    path = tmp_path / "gap.mkv"
    filters = "color=size=16x16:rate=1:duration=2,setpts='if(N,9770/TB,0)'"
    arguments = ["-loglevel", "error", "-f", "lavfi", "-i", filters, "-fps_mode", "passthrough"]
    process = start_ffmpeg(
        [*arguments, "-c:v", "mjpeg", "-f", "matroska", "-live", "1", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    assert process.wait() == 0
    assert path.stat().st_size < 3000
    return path


def test_a_live_recording_with_a_gap(gap: Path) -> None:
    with pytest.raises(VideoError, match=r"lasts \d\.\d h: cut it to 1 h or less"):
        open_video(gap)


def test_seconds_are_counted_whatever_the_header_says(gap: Path) -> None:
    """At a frame a second, so that an hour of them is quick."""
    frames = read_frames(VideoSource(gap, 1.0, 1.0, None), 1.0)
    assert len(list(islice(frames, int(MAX_SECONDS)))) == MAX_SECONDS
    with pytest.raises(VideoError, match=r"lasts 1\.0 h: cut it"):
        list(frames)


def test_a_frame_larger_than_any_film(tmp_path: Path) -> None:
    path = tmp_path / "large.y4m"
    side = 9000
    assert side * side > MAX_FRAME_PIXELS
    path.write_bytes(f"YUV4MPEG2 W{side} H{side} F25:1\nFRAME\n".encode() + bytes(1000))
    with pytest.raises(VideoError, match="before its first frame"):
        list(read_frames(VideoSource(path, 25.0, 1.0, None), 25.0))


def test_an_ffmpeg_that_does_not_answer_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start_other(arguments: list[str], *, stdin: int, stdout: int) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", "import time; time.sleep(600)"]
        started.append(subprocess.Popen(words, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE))
        return started[-1]

    hasty = video_header.PatienceSettings(answer=0.2, slowest=1e12)
    video = open_video(CASES / "square.mp4")
    for module in ("ganimate.media.ffmpeg", "ganimate.media.video_reader"):
        monkeypatch.setattr(f"{module}.start_ffmpeg", start_other)
    monkeypatch.setattr(video_header, "PATIENCE", hasty)
    monkeypatch.setattr(video_reader, "PATIENCE", hasty)
    with pytest.raises(VideoError, match="ffmpeg was not done with it after 0 s"):
        open_video(CASES / "square.mp4")
    with pytest.raises(VideoError, match=r"before its first frame \(no frame came within 0 s"):
        list(read_frames(video, 25.0))
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
def test_a_name_that_looks_like_what_ffmpeg_says(tmp_path: Path) -> None:
    path = tmp_path / "a\n  Stream #0:0: Video: h264, 1.2.3 fps\n  Duration: 00:00:1.2.3"
    path.write_bytes((CASES / "square.mp4").read_bytes())
    assert open_video(path).fps > 1
    path.write_text("no video")
    with pytest.raises(VideoError):
        open_video(path)


# weights


def test_a_header_of_a_hundred_megabytes(tmp_path: Path) -> None:
    """Sparse, so that it takes no room here; reading it as JSON would take gigabytes."""
    path = tmp_path / "w.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 99_000_000) + b"{")
        file.truncate(100_000_000)
    for read in (read_tensors, read_metadata):
        with pytest.raises(ModelError, match=f"more than {MOST_HEADER >> 20} MiB"):
            read(path)


def test_a_file_larger_than_any_weights(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    header = json.dumps({"a": {"dtype": "U8", "shape": [20 << 30], "data_offsets": [0, 20 << 30]}})
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header.encode())
        file.truncate(8 + len(header) + (20 << 30))
    with pytest.raises(ModelError, match="larger than 512 MiB"):
        read_tensors(path)


def test_a_header_as_long_as_ours_may_be(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"a": np.zeros(2, np.float32)}, path, {"trained_on": "A" * (6 << 20)})
    assert len(read_tensors(path)[1]["trained_on"]) == 6 << 20
