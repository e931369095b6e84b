"""Frames into one file of each format: mp4, mov, webm, gif, webp by ffmpeg, png, jpg by Pillow.

An encoder takes frames one by one and makes a file in a work folder; video_writer.py checks what
goes in and moves what comes out to its place.

ffmpeg is fed through a pipe of our own (ffmpeg.py) rather than by imageio. What imageio 2.38.1 did
when it was tried, on 2026-11-25:

- Its ffmpeg plugin (imageio-ffmpeg 0.8.1) reported no error where the disk was full or a file grew
  larger than allowed, and left half an mp4. Frames of an odd size were resampled to the next even
  one; with that switched off, the encoder's refusal came as a broken pipe.
- Its pyav plugin (av 18.1.0) reported both, and left half a file, too. It refused odd sizes.
- Its Pillow plugin takes all frames of a gif or webp at once, so that memory would follow the
  length of a clip. Its gifs had a palette for each frame, by which what stood still flickered, and
  delays of 30 ms at 30 frames a second, 11 % too fast.

The colour tags, the one palette, what the disk refuses and the check of what was written would have
to stand here all the same.
"""

from __future__ import annotations

import io
import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ganimate.arrays import Photo
from ganimate.errors import OutputError
from ganimate.media.ffmpeg import count_frames, list_input_arguments, run_ffmpeg
from ganimate.media.files import explain_disk_errors
from ganimate.media.provenance import UNKNOWN, Provenance, build_comment, build_xmp
from ganimate.media.xmp import (
    add_xmp_to_gif,
    add_xmp_to_jpeg,
    add_xmp_to_webp,
    build_xmp_box,
    build_xmp_void,
)


@dataclass(frozen=True)
class EncoderSettings:
    """How good and how large encoded clips are."""

    mp4_quality: int = 17
    """Constant rate factor of x264, 0 (lossless) to 51; larger makes smaller files and blurs them.
    Measured: with `mp4_preset`, as good and as large as 18 with the preset medium and the same
    short lookahead, in half the time."""

    mp4_preset: str = "veryfast"
    """x264's preset; slower ones make smaller files of the same quality."""

    large: int = 6_000_000
    """Pixels of a frame from which x264 holds no frames back; larger takes more memory, and a
    frame that is larger than this is encoded less well. Measured at 12 megapixels: 1.25 GB with
    lookahead, B-frames and frame threads, .5 GB without."""

    sound_rate: str = "160k"
    """Bits a second of a sound track that has to be converted to AAC; larger sounds better."""

    dither_scale: int = 5
    """Strength of a gif's ordered dither, 0 (strongest) to 5; a stronger one hides the steps of
    gradients and shows its pattern. By eye."""

    webp_quality: int = 85
    """Quality of a webp, 0 to 100; larger is sharper and makes larger files. By eye."""

    webm_quality: int = 28
    """Constant rate factor of VP9, 0 (best) to 63; larger makes smaller files and blurs them.
    Measured: 39.8 dB like the frames, where an mp4 of `mp4_quality` is 38.6 and a tenth larger."""

    webm_speed: int = 4
    """VP9's cpu-used, 0 to 8; larger takes less time and makes larger files of the same quality."""

    jpeg_quality: int = 95
    """Quality of a jpg, 1 to 95; larger is sharper and makes larger files. Pillow's highest."""

    gif_photo_bytes: float = 0.6
    """Bytes of a gif for each pixel of its first frame, to say beforehand what it will weigh.
    Measured on clips of the examples' photos: .53 to .66."""

    gif_face_bytes: float = 0.4
    """Bytes of a gif for each pixel of the faces' boxes in each further frame, to say beforehand
    what it will weigh. Measured on clips of the examples' photos: .26 (smile) to .47 (laugh)."""


ENCODING = EncoderSettings()

MOST_JPEG_PIXELS = 65_500
"""Pixels of a JPEG's longest side at most, by libjpeg."""


@dataclass(frozen=True)
class Sound:
    """The sound of another file, to go with the frames of an mp4, mov or webm.

    Attributes:
        path: that file.
        copied: whether it is taken over bit for bit; otherwise it is converted to AAC, in a webm
            to Opus.
        seconds: where it is cut off: the length of the clip.
        start: seconds of that file at which the clip begins.
        seek: seconds of that file at which reading begins, no later.
    """

    path: Path
    copied: bool
    seconds: float
    start: float = 0.0
    seek: float = 0.0


@dataclass(frozen=True)
class ClipSpec:
    """What an encoder must know before the first frame.

    Attributes:
        target: where the file will stand, for errors to name it.
        width: of a frame, pixels.
        height: of a frame, pixels.
        fps: frames a second.
        loop_forever: whether a gif or webp starts again at its end.
        sound: what an mp4, mov or webm sounds like.
        made: what the file says of how it was made.
    """

    target: Path
    width: int
    height: int
    fps: float
    loop_forever: bool = True
    sound: Sound | None = None
    made: Provenance = UNKNOWN

    @property
    def packet(self) -> str:
        """The XMP packet that goes into the file."""
        return build_xmp(self.made)


Encoder: TypeAlias = Callable[[Iterator[Photo], ClipSpec, Path], int]
"""(frames, spec, path) -> how many frames there were. Makes the file or folder `path`."""


def round_to_even(width: int, height: int) -> tuple[int, int]:
    """Round a size down to one that can be halved, as 4:2:0 chroma needs it."""
    return width // 2 * 2, height // 2 * 2


def encode_mp4(frames: Iterator[Photo], spec: ClipSpec, path: Path) -> int:
    """Encode H.264 in BT.709, without an odd last column or row, in an mp4 or a mov."""
    settings = ENCODING
    width, height = round_to_even(spec.width, spec.height)
    codec = ["-c:v", "libx264", "-crf", str(settings.mp4_quality), "-preset", settings.mp4_preset]
    if width * height > settings.large:
        # Frames wait for each other in lookahead, B-frames and frame threads.
        alone = "rc-lookahead=0:sync-lookahead=0:mbtree=0:bframes=0:sliced-threads=1"
        codec += ["-x264-params", alone]
    sound = ["aac", "-b:a", settings.sound_rate]
    codec += ["-movflags", "+faststart"]
    count = _encode_video(frames, spec, path, f"crop={width}:{height}:0:0,", codec, sound)
    with explain_disk_errors(spec.target), path.open("ab") as file:
        file.write(build_xmp_box(spec.packet))
    _check_frame_count(path, count)
    return count


def encode_webm(frames: Iterator[Photo], spec: ClipSpec, path: Path) -> int:
    """Encode VP9 in BT.709; the sound is Opus, as browsers play it."""
    settings = ENCODING
    codec = ["-c:v", "libvpx-vp9", "-crf", str(settings.webm_quality), "-b:v", "0"]
    codec += ["-deadline", "good", "-cpu-used", str(settings.webm_speed), "-row-mt", "1"]
    codec += ["-fflags", "+bitexact"]  # or tracks have random numbers, and no clip is made twice
    sound = ["libopus", "-b:a", settings.sound_rate]
    count = _encode_video(frames, spec, path, "", codec, sound)
    with explain_disk_errors(spec.target), path.open("ab") as file:
        file.write(build_xmp_void(spec.packet))
    _check_frame_count(path, count)
    return count


def _encode_video(
    frames: Iterator[Photo],
    spec: ClipSpec,
    path: Path,
    crop: str,
    codec: list[str],
    sound_codec: list[str],
) -> int:
    """Encode a film in BT.709, with its sound.

    The colours are converted to BT.709 and tagged so: players guess those of untagged files by
    their size. The filter tags the frames, which is what newer ffmpeg goes by; older ones need the
    options.

    Args:
        frames: what is seen.
        spec: what else there is to know.
        path: the file to make.
        crop: a filter that comes before the others, with a comma after it.
        codec: arguments that encode the frames.
        sound_codec: arguments behind -c:a that encode a sound that is not copied.

    Returns:
        How many frames there were.
    """
    filters = (
        f"{crop}"
        "scale=flags=bicubic+accurate_rnd+full_chroma_int:out_color_matrix=bt709:out_range=tv,"
        "format=yuv420p,"
        "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    )
    tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    sound = _list_sound_arguments(spec.sound, sound_codec) if spec.sound else []
    arguments = [*_list_input_arguments(spec), *sound, "-vf", filters, *codec, *tags]
    arguments += ["-color_range", "tv", "-metadata", f"comment={build_comment(spec.made)}"]
    # Some formats (ts, mpg) begin at 0 with the streams that are asked for: a picture is asked for,
    # too, as video_reader.py asks for sound, so that both begin at the same time.
    clock = [
        "-map",
        "1:a:0",
        "-map",
        "1:V:0?",
        "-c",
        "copy",
        "-frames",
        "1",
        "-f",
        "image2pipe",
        "-",
    ]
    arguments += [path.name, *(clock if spec.sound else [])]
    return run_ffmpeg(path.parent, arguments, frames)


def estimate_gif_bytes(photo: int, faces: float, frames: int) -> float:
    """Estimate what a gif will weigh.

    Args:
        photo: pixels of a frame.
        faces: pixels of the boxes of the faces that move.
        frames: how many there are.
    """
    return ENCODING.gif_photo_bytes * photo + ENCODING.gif_face_bytes * faces * (frames - 1)


def encode_gif(frames: Iterator[Photo], spec: ClipSpec, path: Path) -> int:
    """Encode a gif with one palette for all frames.

    That palette is known after the last of them, so they wait in a lossless file (qp 0), far
    smaller than they are; one graph for both passes would hold them in memory.
    """
    collect = "[0:v]split[frames][counted];[counted]palettegen=stats_mode=full[palette]"
    arguments = [*_list_input_arguments(spec), "-filter_complex", collect]
    arguments += ["-map", "[frames]", "-c:v", "libx264rgb", "-qp", "0", "-preset", "ultrafast"]
    arguments += ["lossless.nut", "-map", "[palette]", "-update", "1", "palette.png"]
    count = run_ffmpeg(path.parent, arguments, frames)
    # Ordered dither stands still where the picture does; error diffusion would flicker.
    scale = ENCODING.dither_scale
    dither = f"paletteuse=dither=bayer:bayer_scale={scale}:diff_mode=rectangle"
    # By a pipe, so that ffmpeg ends with this process, even if that is killed.
    arguments = ["-f", "nut", "-i", "pipe:0", "-i", "palette.png", "-lavfi", dither]
    arguments += ["-loop", "0" if spec.loop_forever else "-1", path.name]
    run_ffmpeg(path.parent, arguments, _read_pieces(path.with_name("lossless.nut")))
    with explain_disk_errors(spec.target):
        path.write_bytes(add_xmp_to_gif(path.read_bytes(), spec.packet))
    _check_frame_count(path, count)
    return count


def _read_pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a file, a megabyte at a time."""
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def encode_webp(frames: Iterator[Photo], spec: ClipSpec, path: Path) -> int:
    """Encode an animated webp.

    Equal frames are merged, so that the file is checked by its length in time instead of its
    frames.
    """
    quality = str(ENCODING.webp_quality)
    arguments = [*_list_input_arguments(spec), "-c:v", "libwebp_anim", "-pix_fmt", "bgra"]
    arguments += ["-quality", quality, "-loop", "0" if spec.loop_forever else "1", path.name]
    count = run_ffmpeg(path.parent, arguments, frames)
    with explain_disk_errors(spec.target):
        webp = path.read_bytes()
        path.write_bytes(add_xmp_to_webp(webp, spec.packet, spec.width, spec.height))
    wanted_ms, got_ms = 1000 * count / spec.fps, _measure_webp(webp)
    if got_ms is not None and abs(got_ms - wanted_ms) > max(1.0, 500 / spec.fps):
        raise OutputError(f"the webp lasts {got_ms} ms, not {wanted_ms:.0f}: try .mp4 instead")
    return count


def encode_png(frames: Iterator[Photo], spec: ClipSpec, path: Path) -> int:
    """Write the last frame as a png file."""
    (last,) = deque(frames, maxlen=1)
    _save_png(last, path, spec)
    return 1


def encode_jpeg(frames: Iterator[Photo], spec: ClipSpec, path: Path) -> int:
    """Write the last frame as a jpg file, its colours as fine as its lightness."""
    (last,) = deque(frames, maxlen=1)
    height, width = last.shape[:2]
    if max(width, height) > MOST_JPEG_PIXELS:
        raise OutputError(f"a jpg cannot be {width} x {height} px: try .png instead")
    encoded = io.BytesIO()
    Image.fromarray(last).save(encoded, "JPEG", quality=ENCODING.jpeg_quality, subsampling=0)
    with explain_disk_errors(spec.target):
        path.write_bytes(add_xmp_to_jpeg(encoded.getvalue(), spec.packet))
    return 1


def encode_folder(frames: Iterator[Photo], spec: ClipSpec, path: Path) -> int:
    """Write each frame as a png file of a folder: frame_00000.png and so on."""
    with explain_disk_errors(spec.target):
        path.mkdir()
    count = 0
    for frame in frames:
        _save_png(frame, path / f"frame_{count:05d}.png", spec)
        count += 1
    return count


ENCODERS: Mapping[str, Encoder] = MappingProxyType(
    {
        ".mp4": encode_mp4,
        ".mov": encode_mp4,
        ".webm": encode_webm,
        ".gif": encode_gif,
        ".webp": encode_webp,
        ".png": encode_png,
        ".jpg": encode_jpeg,
        ".jpeg": encode_jpeg,
        "": encode_folder,
    }
)
"""Suffix of a file's name, empty for a folder -> what makes it."""


def _list_input_arguments(spec: ClipSpec) -> list[str]:
    """The arguments that make frames on standard input ffmpeg's input 0."""
    size = f"{spec.width}x{spec.height}"
    layout = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", size]
    return [*layout, "-framerate", repr(spec.fps), "-i", "pipe:0"]


def _list_sound_arguments(sound: Sound, codec: list[str]) -> list[str]:
    """The arguments that add a file's first sound track to the frames, and nothing else of it.

    Args:
        sound: the track.
        codec: what encodes it, unless it is copied.
    """
    codec = ["copy"] if sound.copied else codec
    if sound.start:
        skipped = sound.start - sound.seek
        codec = [*codec, "-af", f"atrim=start={skipped!r},asetpts=PTS-{skipped!r}/TB"]
    which = ["-map", "0:v:0", "-map", "1:a:0", "-map_metadata", "-1", "-map_chapters", "-1"]
    source = list_input_arguments(sound.path, sound.seek)
    return [*source, *which, "-c:a", *codec, "-t", repr(sound.seconds)]


def _save_png(frame: Photo, path: Path, spec: ClipSpec) -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", spec.packet)
    with explain_disk_errors(spec.target):
        Image.fromarray(frame).save(path, pnginfo=info)


def _check_frame_count(path: Path, count: int) -> None:
    """Raise OutputError unless a file can be read back and holds all frames."""
    found = count_frames(path)
    if found is None:
        raise OutputError("the file written cannot be read back: try again elsewhere")
    if found != count:
        raise OutputError(f"the file holds {found} of {count} frames: try another format")


def _measure_webp(webp: bytes) -> int | None:
    """The sum of the frames' durations in milliseconds (RFC 9649); None for a plain picture."""
    durations = []
    position = 12
    while position + 8 <= len(webp):
        name, size = struct.unpack_from("<4sI", webp, position)
        if name == b"ANMF":
            durations.append(int.from_bytes(webp[position + 20 : position + 23], "little"))
        position += 8 + size + size % 2
    return sum(durations) if durations else None
