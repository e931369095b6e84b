"""Videos as phones, browsers and recorders write them, read frame by frame."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from ganimate.cli.commands import app
from ganimate.clip import animate_by_video
from ganimate.errors import UsageError, VideoError
from ganimate.limits import MAX_FPS, MIN_FPS
from ganimate.media import video_reader
from ganimate.media.video_header import _parse_rate
from ganimate.media.video_reader import cut_video, open_video, read_frames
from ganimate.media.video_writer import select_sound, write_frames
from ganimate.training.data.footage import select_frames

CASES = Path(__file__).parent / "cases"


def ffmpeg(*arguments: str | Path) -> None:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    command = [program, "-loglevel", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def read_all(path: Path) -> NDArray[np.int64]:
    """All frames of a file at its own rate, (n, H, W, 3)."""
    video = open_video(path)
    return np.stack(list(read_frames(video, video.fps))).astype(int)


# depth and range of colours


@pytest.fixture(scope="module")
def eight_bit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ten_bit.mp4, at 8."""
    path = tmp_path_factory.mktemp("depth") / "eight_bit.mp4"
    ffmpeg("-i", CASES / "ten_bit.mp4", "-pix_fmt", "yuv420p", "-crf", "8", path)
    return path


def test_ten_bit(eight_bit: Path) -> None:
    frames = read_all(CASES / "ten_bit.mp4")
    assert frames.shape == (30, 256, 256, 3)
    assert np.abs(frames - read_all(eight_bit)).mean() < 2


@pytest.mark.parametrize(
    ("name", "codec", "layout"),
    [
        ("prores.mov", "prores_ks", "yuv422p10le"),
        ("grey.mkv", "ffv1", "gray10le"),
        ("grey8.mkv", "ffv1", "gray"),
        ("deep.mkv", "ffv1", "rgb48le"),
        ("alpha.mov", "qtrle", "argb"),
    ],
)
def test_any_depth(tmp_path: Path, name: str, codec: str, layout: str) -> None:
    path = tmp_path / name
    ffmpeg("-i", CASES / "ten_bit.mp4", "-c:v", codec, "-pix_fmt", layout, path)
    expected, frames = read_all(CASES / "ten_bit.mp4"), read_all(path)
    assert frames.shape == expected.shape
    if layout.startswith("gray"):
        expected = np.rint(expected @ [0.2126, 0.7152, 0.0722])[..., None].astype(int)
    assert np.abs(frames - expected).mean() < 3.5


@pytest.mark.parametrize("curve", ["arib-std-b67", "smpte2084"])
@pytest.mark.parametrize("size", ["256:256", "250:254"])
def test_high_dynamic_range_comes_back_as_it_was(tmp_path: Path, curve: str, size: str) -> None:
    sdr, hdr = tmp_path / "sdr.mp4", tmp_path / "hdr.mov"
    ffmpeg("-i", CASES / "ten_bit.mp4", "-t", "0.4", "-vf", f"scale={size}", "-crf", "8", sdr)
    filters = (
        "format=yuv444p16le,zscale=t=linear:npl=203,format=gbrpf32le,"
        f"zscale=p=2020:t={curve}:m=2020_ncl:r=tv:npl=203,format=yuv420p10le"
    )
    tags = f"log-level=none:colorprim=bt2020:transfer={curve}:colormatrix=bt2020nc"
    ffmpeg("-i", sdr, "-vf", filters, "-c:v", "libx265", "-crf", "8", "-x265-params", tags, hdr)
    frames, expected = read_all(hdr), read_all(sdr)
    assert np.abs(frames - expected).mean() < 4
    np.testing.assert_allclose(frames.mean((0, 1, 2)), expected.mean((0, 1, 2)), atol=2)


@pytest.mark.parametrize("curve", ["arib-std-b67", "smpte2084"])
@pytest.mark.parametrize(
    ("colours", "layout"),
    [
        ("colorspace=unknown:color_primaries=unknown", "yuv420p10le"),
        ("colorspace=bt2020nc:color_primaries=bt2020", "gray10le"),
        ("colorspace=gbr:color_primaries=bt2020", "gbrp10le"),
    ],
)
def test_high_dynamic_range_that_says_less(
    tmp_path: Path, curve: str, colours: str, layout: str
) -> None:
    paths = tmp_path / "all.mkv", tmp_path / "less.mkv"
    usual = "colorspace=bt2020nc:color_primaries=bt2020"
    for path, said, pixels in zip(paths, (usual, colours), ("yuv420p10le", layout), strict=True):
        tags = f"format={pixels},setparams={said}:color_trc={curve}"
        ffmpeg("-i", CASES / "ten_bit.mp4", "-t", "0.2", "-vf", tags, "-c:v", "ffv1", path)
    whole, less = (read_all(path) for path in paths)
    if layout == "gray10le":
        assert np.ptp(less, axis=-1).max() <= 1
        neutral = np.ptp(whole, axis=-1) <= 4
        assert np.abs(less - whole)[neutral].mean() < 5
    else:
        assert np.abs(less - whole).mean() < 4


def test_a_phones_hlg() -> None:
    frames = read_all(CASES / "iphone_hlg.mov")
    assert frames.shape == (30, 256, 256, 3)
    # Half of HLG is (1 / 12)^1.2 of 1000 cd/m2 (ITU-R BT.2100), white is 203, and a screen's gamma
    # is 2.4 (ITU-R BT.1886).
    grey = 255 * ((1 / 12) ** 1.2 * 1000 / 203) ** (1 / 2.4)
    untouched = read_all(CASES / "ten_bit.mp4")
    halves = frames[np.abs(untouched - 127.5).max(axis=-1) < 4]
    assert halves.mean() == pytest.approx(grey, abs=4)


def test_hlg_where_ffmpeg_cannot_map_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_reader, "_has_tone_mapping", lambda: False)
    (warning,) = open_video(CASES / "iphone_hlg.mov").warnings
    assert "convert it to SDR" in warning
    assert np.abs(read_all(CASES / "iphone_hlg.mov") - read_all(CASES / "ten_bit.mp4")).mean() < 4


def test_footage_to_train_on_of_any_depth() -> None:
    for name in ("ten_bit.mp4", "iphone_hlg.mov"):
        assert len(list(select_frames(CASES / name))) >= 2


def test_a_stream_of_nonsense_is_not_waited_for(
    eight_bit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_other(arguments: list[str], *, stdin: int, stdout: int) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", "while True: print('P5' * 9999)"]
        return subprocess.Popen(words, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)

    video = open_video(eight_bit)
    monkeypatch.setattr(video_reader, "start_ffmpeg", start_other)
    with pytest.raises(VideoError, match="no pictures of 8 bit"):
        list(read_frames(video, 25.0))


# playlists


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4", "list"])
@pytest.mark.parametrize("kind", ["hls", "ffconcat", "concat", "dash"])
def test_a_playlist_reads_nothing(tmp_path: Path, eight_bit: Path, name: str, kind: str) -> None:
    secret = tmp_path / "secret.ts"
    ffmpeg("-i", eight_bit, "-c", "copy", secret)
    text = {
        "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\nsecret.ts\n#EXT-X-ENDLIST\n",
        "ffconcat": "ffconcat version 1.0\nfile secret.ts\n",
        "concat": "file secret.ts\n",
        "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" '
        'profiles="urn:mpeg:dash:profile:isoff-main:2011" type="static"/>',
    }[kind]
    (tmp_path / name).write_text(text)
    with pytest.raises(VideoError, match=r"playlist|no video that can be read"):
        open_video(tmp_path / name)
    with pytest.raises(VideoError, match="breaks off before its first frame"):
        list(read_frames(video_reader.VideoSource(tmp_path / name, 25.0, None, None), 25.0))


@pytest.mark.parametrize("suffix", ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tiff"])
def test_photos_are_read_as_one_frame(tmp_path: Path, eight_bit: Path, suffix: str) -> None:
    """The driver then says that a still picture has no motion."""
    path = tmp_path / f"photo.{suffix}"
    ffmpeg("-i", eight_bit, "-frames:v", "1", path)
    assert read_all(path).shape == (1, 256, 256, 3)


def test_a_photos_name_is_no_pattern(tmp_path: Path, eight_bit: Path) -> None:
    ffmpeg("-i", eight_bit, "-frames:v", "1", tmp_path / "photo1.jpg")
    (tmp_path / "photo%d.jpg").write_text("no picture")
    with pytest.raises(VideoError):
        list(
            read_frames(video_reader.VideoSource(tmp_path / "photo%d.jpg", 25.0, None, None), 25.0)
        )


@pytest.mark.parametrize(
    "suffix", ["mov", "mkv", "webm", "avi", "mpg", "ts", "flv", "ogv", "gif", "webp", "wmv", "mxf"]
)
def test_formats_that_are_read(tmp_path: Path, eight_bit: Path, suffix: str) -> None:
    path = tmp_path / f"video.{suffix}"
    ffmpeg("-i", eight_bit, path)
    assert abs(len(read_all(path)) - 30) <= 1


# rates


def test_a_browsers_recording_has_the_rate_of_its_pictures() -> None:
    video = open_video(CASES / "recorder.webm")
    assert video.fps == pytest.approx(49 / 2.065, abs=0.01)  # 50 pictures, the last at 2.065 s
    assert video.seconds == pytest.approx(2.106, abs=0.01)
    assert len(list(read_frames(video, video.fps))) == 50


def test_uneven_pictures_come_at_their_time(tmp_path: Path, eight_bit: Path) -> None:
    """Of a second at 25 frames, the latter half has each fifth only."""
    path = tmp_path / "uneven.webm"
    uneven = "select='lt(n,13)+not(mod(n,5))'"
    live = ["-c:v", "libvpx", "-auto-alt-ref", "0", "-crf", "4", "-b:v", "2M"]
    ffmpeg("-i", eight_bit, "-vf", uneven, "-fps_mode", "vfr", *live, "-f", "webm", path)
    video = open_video(path)
    assert MIN_FPS <= video.fps <= 25
    frames = np.stack(list(read_frames(video, 25.0))).astype(int)
    every = read_all(eight_bit)
    for shown, meant in [(3, 3), (12, 12), (13, 12), (15, 15), (17, 15), (24, 20), (25, 25)]:
        assert np.abs(frames[shown] - every[meant]).mean() < 3, shown
        assert np.argmin(np.abs(every - frames[shown]).mean((1, 2, 3))) == pytest.approx(
            meant, abs=1
        )


@pytest.mark.parametrize(
    ("line", "rate"),
    [
        ("vp8, yuv420p, 256x256, 1k tbr, 1k tbn", None),
        ("vp8, yuv420p, 256x256, 23.5 fps, 1k tbr, 1k tbn", None),
        ("h264, yuv420p, 256x256, 90k fps, 90k tbr, 90k tbn", None),
        ("h264, yuv420p, 256x256, 1.2k fps, 1.2k tbr, 90k tbn", None),
        ("h264, yuv420p, 256x256, 29.97 fps, 29.97 tbr, 30k tbn", 29.97),
        ("h264, yuv420p, 256x256, 24.12 fps, 30 tbr, 90k tbn", 24.12),
    ],
)
def test_rates_that_are_none(line: str, rate: float | None) -> None:
    assert _parse_rate(line) == rate


def test_slow_motion_is_read_at_the_most(tmp_path: Path, eight_bit: Path) -> None:
    path = tmp_path / "slow.mp4"
    ffmpeg("-r", "240", "-i", eight_bit, "-r", "240", path)
    assert open_video(path).fps == MAX_FPS


# one clock for sound and picture


def test_a_picture_that_starts_late_does_so_in_any_container() -> None:
    ts, mkv = (read_all(CASES / f"late_picture.{suffix}") for suffix in ("ts", "mkv"))
    assert len(ts) == len(mkv) == 64  # of 2.54 s at 25 a second
    np.testing.assert_array_equal(ts, mkv)
    changes = np.abs(np.diff(ts, axis=0)).max((1, 2, 3)) > 0
    assert not changes[:13].any()  # the first picture stands until its .54 s are over


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mpg", "mp4"])
@pytest.mark.parametrize(("late", "seconds"), [("sound", 0.5), ("picture", 0.0)])
def test_sound_starts_when_it_did(
    tmp_path: Path, eight_bit: Path, suffix: str, late: str, seconds: float
) -> None:
    path, out = tmp_path / f"late.{suffix}", tmp_path / "out.mp4"
    tone = ["-f", "lavfi", "-i", "sine=duration=1:sample_rate=48000"]
    delay = ["-itsoffset", "0.5"]
    inputs = (
        ["-i", eight_bit, *delay, *tone] if late == "sound" else [*delay, "-i", eight_bit, *tone]
    )
    codec = ["-c:a", "mp2" if suffix == "mpg" else "aac"]
    ffmpeg(*inputs, "-map", "0:v", "-map", "1:a", "-bf", "0", *codec, path)
    video = open_video(path)
    frames = list(read_frames(video, 25.0))
    assert len(frames) == pytest.approx(30 if late == "sound" else 42, abs=2)
    write_frames(
        frames, out, fps=25.0, sound=select_sound(video.sound, path, len(frames) / 25, out)
    )
    program = imageio_ffmpeg.get_ffmpeg_exe()
    raw = ["-map", "0:a:0", "-af", "aresample=async=1:first_pts=0", "-f", "f32le", "-"]
    pcm = subprocess.check_output([program, "-loglevel", "error", "-i", str(out), *raw])
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, np.float32)) > 0.02)[0] / 48000
    assert loud == pytest.approx(seconds, abs=0.06)


# shapes of pixels


def test_pixels_become_square() -> None:
    frames, expected = (read_all(CASES / f"{name}.mp4") for name in ("anamorphic", "square"))
    assert frames.shape[1:3] == (256, 455)  # 320 * 64 / 45 = 455.1
    assert np.abs(frames[:, :, :454] - expected).mean() < 3.5


def test_pixels_become_square_where_the_picture_is_turned(tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", CASES / "anamorphic.mp4", "-c", "copy", path)
    upright, turned = read_all(CASES / "anamorphic.mp4"), read_all(path)
    assert turned.shape[1:3] == (455, 256)
    assert np.abs(np.rot90(upright, axes=(1, 2)) - turned).mean() < 2


@pytest.mark.parametrize(
    ("size", "sar", "longest", "shape"),
    [
        ("256:256", "1/2", 960, (512, 256)),
        ("256:256", "4/1", 512, (128, 512)),
        ("256:256", "1/4", 512, (512, 128)),
        ("254:250", "16/15", 960, (250, 271)),
        ("254:250", "0/1", 960, (250, 254)),
        ("254:250", "1/200", 960, (960, 5)),
    ],
)
def test_pixels_of_any_shape(
    tmp_path: Path, eight_bit: Path, size: str, sar: str, longest: int, shape: tuple[int, int]
) -> None:
    path = tmp_path / "shaped.mp4"
    ffmpeg("-i", eight_bit, "-t", "0.1", "-vf", f"scale={size},setsar={sar}:max=1000", path)
    assert next(read_frames(open_video(path), 25.0, longest)).shape[:2] == shape


def test_high_dynamic_range_of_any_shape(tmp_path: Path) -> None:
    path = tmp_path / "shaped.mov"
    shape = ["-c", "copy", "-aspect", "16:10"]
    ffmpeg("-i", CASES / "iphone_hlg.mov", *shape, path)
    assert read_all(path).shape[1:3] == (256, 410)


# sound that is none, and nothing but sound


def test_sound_that_cannot_be_decoded_is_left_out() -> None:
    video = open_video(CASES / "apac_only.mov")
    assert video.sound is None
    (warning,) = video.warnings
    assert "cannot be decoded" in warning
    assert "silent" in warning
    assert len(list(read_frames(video, video.fps))) == 32
    assert not open_video(CASES / "iphone_hlg.mov").warnings


def test_drive_without_the_sound(grace_hopper: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    arguments = ["drive", grace_hopper, "--driver", CASES / "apac_only.mov", "--model", model]
    arguments += ["--size", 200, "--json", "-o", out]
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["sound"] is None
    assert "warning: the sound of" in result.stderr
    assert open_video(out).sound is None


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "flac"])
def test_a_song_with_a_cover_is_no_video(tmp_path: Path, eight_bit: Path, suffix: str) -> None:
    path = tmp_path / f"song.{suffix}"
    tone = ["-f", "lavfi", "-i", "sine=duration=1"]
    cover = ["-frames:v", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic"]
    ffmpeg("-i", eight_bit, *tone, "-map", "0:v", "-map", "1:a", *cover, path)
    with pytest.raises(VideoError, match="has sound but no pictures other than a cover"):
        open_video(path)


def test_a_video_with_a_cover_is_one(tmp_path: Path, eight_bit: Path) -> None:
    cover, path = tmp_path / "cover.jpg", tmp_path / "covered.mp4"
    ffmpeg("-i", CASES / "square.mp4", "-frames:v", "1", cover)
    marked = ["-c", "copy", "-disposition:v:0", "attached_pic"]
    ffmpeg("-i", cover, "-i", eight_bit, "-map", "0:v", "-map", "1:v", *marked, path)
    assert read_all(path).shape == (30, 256, 256, 3)


@pytest.mark.parametrize("late", ["sound", "picture"])
def test_a_stream_that_comes_late_where_no_index_tells(tmp_path: Path, late: str) -> None:
    path, out = tmp_path / "far.ts", tmp_path / "out.mp4"
    pictures = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=20"]
    tone = ["-f", "lavfi", "-i", "sine=duration=20"]
    delay = ["-itsoffset", "15"]
    inputs = [*pictures, *delay, *tone] if late == "sound" else [*delay, *pictures, *tone]
    ffmpeg(*inputs, "-preset", "ultrafast", "-b:a", "384k", path)
    video = open_video(path)
    assert bool(video.warnings) == (video.sound is None)
    frames = list(read_frames(video, 25.0))
    assert len(frames) >= 500
    sound = select_sound(video.sound, path, len(frames) / 25, out)
    assert write_frames(frames, out, fps=25.0, sound=sound).frames == len(frames)


# parts of a video


@pytest.fixture(scope="module")
def count(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """16 s at 25 a second with a number in each frame, silent but for a beep from 13 to 14 s."""
    path = tmp_path_factory.mktemp("parts") / "count.mp4"
    beep = "sine=duration=16:sample_rate=48000,volume='between(t,13,14)':eval=frame"
    picture = "testsrc2=size=96x80:rate=25:duration=16"
    ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", beep, "-c:a", "aac", path)
    return path


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_part_has_the_frames_and_the_sound_of_the_whole(
    tmp_path: Path, count: Path, suffix: str
) -> None:
    path, out = tmp_path / f"count.{suffix}", tmp_path / "out.mp4"
    ffmpeg("-i", count, "-c", "copy", path)
    whole = open_video(path)
    every = list(read_frames(whole, 25.0))
    for start, end in ((0.0, 2.0), (1.2, 1.4), (12.6, 14.4), (14.0, None), (14.0, 99.0)):
        part = cut_video(whole, start, end)
        frames = list(read_frames(part, 25.0))
        wanted = every[round(start * 25) : None if end is None else round(end * 25)]
        np.testing.assert_array_equal(frames, wanted)
    part = cut_video(whole, 12.6, 14.4)
    frames = list(read_frames(part, 25.0))
    sound = select_sound(part.sound, path, 1.8, out, start=part.start, seek=part.seek)
    write_frames(frames, out, fps=25.0, sound=sound)
    raw = ["-map", "0:a:0", "-af", "aresample=async=1:first_pts=0", "-f", "f32le", "-"]
    program = imageio_ffmpeg.get_ffmpeg_exe()
    pcm = subprocess.check_output([program, "-loglevel", "error", "-i", str(out), *raw])
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, np.float32)) > 0.02) / 48000
    assert (loud[0], loud[-1]) == pytest.approx((0.4, 1.4), abs=0.05)


def test_a_picture_that_stands_is_there_as_the_part_begins(tmp_path: Path) -> None:
    path = tmp_path / "slides.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=96x80:rate=0.25:duration=16", path)
    first, *_ = read_frames(cut_video(open_video(path), 11.0, 11.5), 25.0)
    every = list(read_frames(open_video(path), 25.0))
    np.testing.assert_array_equal(first, every[275])
    assert (first != every[300]).any()


@pytest.mark.parametrize(("start", "end"), [(2.0, 2.0), (3.0, 1.0), (16.5, None)])
def test_parts_of_nothing(count: Path, start: float, end: float | None) -> None:
    with pytest.raises(UsageError, match=r"nothing .*give a"):
        cut_video(open_video(count), start, end)


def test_drive_by_a_part(grace_hopper: Path, model: Path, tmp_path: Path) -> None:
    driver = Path(__file__).parents[2] / "examples" / "driver.mp4"
    arguments = ["drive", str(grace_hopper), "--driver", str(driver), "--model", str(model)]
    arguments += ["--size", "200", "--json", "-o", str(tmp_path / "out.mp4")]
    part = ["--start", "0.5", "--end", "1.3"]
    result = CliRunner().invoke(app, [*arguments, *part, "--neutral-at", "1"])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["seconds"] == pytest.approx(0.8, abs=0.05)
    result = CliRunner().invoke(app, [*arguments, *part, "--neutral-at", "0.2"])
    assert result.exit_code == 2
    assert "--neutral" in result.stderr
    assert "0.5 s to 1.3 s" in result.stderr


def test_the_library_follows_a_part(grace_hopper: Path, model: Path) -> None:
    driver = open_video(Path(__file__).parents[2] / "examples" / "driver.mp4")
    frames = list(read_frames(driver, 10.0))
    options = {"size": 200, "model": str(model), "neutral_at": 0.7}
    part = animate_by_video(grace_hopper, frames, 10.0, start=0.5, end=1.5, **options)
    options["neutral_at"] = 0.7 - 0.5
    alone = animate_by_video(grace_hopper, frames[5:15], 10.0, **options)
    assert len(part.face_found) == 10
    np.testing.assert_array_equal(part.performances[0].aus, alone.performances[0].aus)
