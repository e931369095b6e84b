"""Frames into one file format each: mp4, gif and webp by ffmpeg, png by Pillow."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ganimate.arrays import Photo
from ganimate.errors import OutputError
from ganimate.media import provenance
from ganimate.media.ffmpeg import listen
from ganimate.media.files import explain_disk_errors
from ganimate.media.xmp import add_to_gif, add_to_webp, build_mp4_box, measure_webp

LARGE = 6_000_000  # px; from here on a frame is too large to hold many
GIF_MAX_FPS = 50.0  # a gif counts 1/100 s, and browsers play a delay of 1/100 as 10/100


@dataclass(frozen=True)
class Sound:
    """The sound of another file, to go with the frames of an .mp4."""

    path: Path
    as_it_is: bool  # copied bit for bit; else converted to AAC
    seconds: float  # where it is cut off: the length of the clip


@dataclass(frozen=True)
class _Clip:
    """What an encoder must know before the first frame."""

    width: int
    height: int
    fps: float
    loop_forever: bool
    sound: Sound | None = None


def _write_mp4(frames: Iterator[Photo], clip: _Clip, made: Path) -> int:
    # Converted to BT.709 and tagged so: players guess the colours of untagged files by their size.
    # The filter tags the frames, which is what newer ffmpeg goes by; older ones need the options.
    width, height = _round_size(clip)
    filters = (
        f"crop={width}:{height}:0:0,"
        "scale=flags=bicubic+accurate_rnd+full_chroma_int:out_color_matrix=bt709:out_range=tv,"
        "format=yuv420p,"
        "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    )
    tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    # As good and as large as medium at crf 18 with the same short lookahead, in half the time.
    codec = ["-c:v", "libx264", "-crf", "17", "-preset", "veryfast"]
    if width * height > LARGE:
        # Frames wait for each other in lookahead, B-frames and frame threads: 1.25 GB of them at 12
        # megapixels; 0.5 GB without.
        alone = "rc-lookahead=0:sync-lookahead=0:mbtree=0:bframes=0:sliced-threads=1"
        codec += ["-x264-params", alone]
    heard = _sound_arguments(clip.sound) if clip.sound else []
    arguments = [*_raw_input(clip), *heard, "-vf", filters, *codec, *tags, "-color_range", "tv"]
    arguments += ["-movflags", "+faststart", "-metadata", f"comment={provenance.build_comment()}"]
    count = _run_ffmpeg(made.parent, [*arguments, made.name], frames)
    with explain_disk_errors(made), made.open("ab") as file:
        file.write(build_mp4_box())
    _check_frame_count(made, count)
    return count


def _sound_arguments(sound: Sound) -> list[str]:
    """The arguments that add a file's first sound track to the frames, and nothing else of it."""
    codec = ["copy"] if sound.as_it_is else ["aac", "-b:a", "160k"]
    which = ["-map", "0:v:0", "-map", "1:a:0", "-map_metadata", "-1", "-map_chapters", "-1"]
    source = ["-i", f"file:{sound.path.resolve()}"]
    return [*source, *which, "-c:a", *codec, "-t", repr(sound.seconds)]


def _round_size(clip: _Clip) -> tuple[int, int]:
    """Width and height that can be halved for 4:2:0 chroma."""
    return clip.width // 2 * 2, clip.height // 2 * 2


def _write_gif(frames: Iterator[Photo], clip: _Clip, made: Path) -> int:
    # The palette of all frames is known after the last, so the frames wait in a lossless file
    # (qp 0), far smaller than they are; one graph for both passes would hold them in memory.
    collect = "[0:v]split[frames][seen];[seen]palettegen=stats_mode=full[palette]"
    arguments = [*_raw_input(clip), "-filter_complex", collect]
    arguments += ["-map", "[frames]", "-c:v", "libx264rgb", "-qp", "0", "-preset", "ultrafast"]
    arguments += ["lossless.nut", "-map", "[palette]", "-update", "1", "palette.png"]
    count = _run_ffmpeg(made.parent, arguments, frames)
    # Ordered dither stands still where the picture does; error diffusion would flicker.
    dither = "paletteuse=dither=bayer:bayer_scale=5:diff_mode=rectangle"
    arguments = ["-i", "lossless.nut", "-i", "palette.png", "-lavfi", dither]
    arguments += ["-loop", "0" if clip.loop_forever else "-1", made.name]
    _run_ffmpeg(made.parent, arguments)
    with explain_disk_errors(made):
        made.write_bytes(add_to_gif(made.read_bytes()))
    _check_frame_count(made, count)
    return count


def _write_webp(frames: Iterator[Photo], clip: _Clip, made: Path) -> int:
    arguments = [*_raw_input(clip), "-c:v", "libwebp_anim", "-pix_fmt", "bgra", "-quality", "85"]
    arguments += ["-loop", "0" if clip.loop_forever else "1", made.name]
    count = _run_ffmpeg(made.parent, arguments, frames)
    with explain_disk_errors(made):
        webp = made.read_bytes()
        made.write_bytes(add_to_webp(webp, clip.width, clip.height))
    # Equal frames are merged, so the file is checked by its length in time instead of its frames.
    wanted_ms, got_ms = 1000 * count / clip.fps, measure_webp(webp)
    if got_ms is not None and abs(got_ms - wanted_ms) > max(1.0, 500 / clip.fps):
        raise OutputError(f"the webp lasts {got_ms} ms, not {wanted_ms:.0f}: try .mp4 instead")
    return count


def _write_still(frames: Iterator[Photo], clip: _Clip, made: Path) -> int:
    (last,) = deque(frames, maxlen=1)
    _save_png(last, made)
    return 1


def _write_folder(frames: Iterator[Photo], clip: _Clip, made: Path) -> int:
    with explain_disk_errors(made):
        made.mkdir()
    count = 0
    for frame in frames:
        _save_png(frame, made / f"frame_{count:05d}.png")
        count += 1
    return count


_WRITERS: dict[str, Callable[[Iterator[Photo], _Clip, Path], int]] = {
    ".mp4": _write_mp4,
    ".gif": _write_gif,
    ".webp": _write_webp,
    ".png": _write_still,
}


def _save_png(frame: Photo, path: Path) -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", provenance.build_xmp())
    with explain_disk_errors(path):
        Image.fromarray(frame).save(path, pnginfo=info)


def _raw_input(clip: _Clip) -> list[str]:
    """The arguments that make frames on standard input ffmpeg's input 0."""
    size = f"{clip.width}x{clip.height}"
    layout = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", size]
    return [*layout, "-framerate", repr(clip.fps), "-i", "pipe:0"]


def _run_ffmpeg(work: Path, arguments: list[str], frames: Iterable[Photo] = ()) -> int:
    """Run ffmpeg in the folder `work` and feed it the frames; returns how many there were.

    Raises OutputError with ffmpeg's own words. ffmpeg never outlives the call.
    """
    process = _start_ffmpeg(arguments, work)
    count, fed = 0, True
    with listen(process) as words:
        for frame in frames:
            fed = _feed(process, frame)
            if not fed:
                break
            count += 1
        fed = _end_input(process) and fed
        status = process.wait()
    if status != 0 or not fed:
        raise OutputError(_explain_failure(b"".join(words).decode(errors="replace"), status))
    return count


def _start_ffmpeg(arguments: list[str], work: Path) -> subprocess.Popen[bytes]:
    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
        return subprocess.Popen(
            [program, "-hide_banner", "-loglevel", "error", "-y", *arguments],
            cwd=work,  # plain names only: ffmpeg takes ':' and '%' in a path for something else
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us, and we end it
        )
    except (RuntimeError, OSError) as error:
        raise OutputError(
            f"ffmpeg cannot be started ({error}): reinstall the imageio-ffmpeg package"
        ) from error


def _feed(process: subprocess.Popen[bytes], frame: Photo) -> bool:
    """Give ffmpeg one frame; False if it has stopped reading."""
    assert process.stdin is not None
    try:
        process.stdin.write(frame.data)
    except OSError:
        return False
    return True


def _end_input(process: subprocess.Popen[bytes]) -> bool:
    """Tell ffmpeg that there are no more frames; False if it did not take the last of them."""
    assert process.stdin is not None
    try:
        process.stdin.close()
    except OSError:
        return False
    return True


def _explain_failure(words: str, status: int) -> str:
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    if any("no space left on" in line.lower() for line in lines):
        return "no space left on the disk of the output: free some, or write elsewhere"
    cause = lines[0] if lines else f"it ended with status {status} and no message"
    return f"ffmpeg could not write the clip: {cause}"


def _check_frame_count(path: Path, count: int) -> None:
    try:
        found, _ = imageio_ffmpeg.count_frames_and_secs(str(path))
    except RuntimeError as error:
        raise OutputError("the file written cannot be read back: try again elsewhere") from error
    if found != count:
        raise OutputError(f"the file holds {found} of {count} frames: try another format")
