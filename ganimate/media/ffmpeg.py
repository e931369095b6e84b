"""ffmpeg as a process: started, listened to, fed with frames, and always ended."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import imageio_ffmpeg  # type: ignore[import-untyped]

from ganimate.arrays import Photo
from ganimate.errors import GanimateError, OutputError, VideoError

_CONTAINERS = (
    "3gp apng asf av1 avi dhav dv flv gif gif_pipe gxf h261 h263 h264 hevc ivf m4v matroska mjpeg "
    "mov mp4 mpeg mpegts mpegvideo mpjpeg mxf nsv nut obu ogg rm vc1 webm webp_anim webp_pipe "
    "wtv yuv4mpegpipe"
)
_STILLS = "bmp_pipe jpeg_pipe jpegxl_anim jpegxl_pipe png_pipe ppm_pipe tiff_pipe"
_SOUNDS = "aac ac3 aiff amr au caf eac3 flac m4a mp3 w64 wav wv"

FORMATS = ",".join(f"{_CONTAINERS} {_STILLS} {_SOUNDS}".split())
"""Formats of files that are read, as ffmpeg names them (`ffmpeg -demuxers`). Each lies in one file.
Those that name other files or places are missing, whatever suffix such a file has: hls, concat,
dash, imf, sdp, rtsp, avisynth, and image2, which takes % in a name for a number."""

REFUSAL = "Format not on whitelist"
"""What ffmpeg says of a file of another format."""

MAX_FRAME_PIXELS = 36_000_000
"""Pixels of the largest frame that is decoded: cinema has 8192 x 4320, which are 35.4 million. A
header of a few bytes may ask for a hundred times as many."""

MOST_WORDS = 1 << 20
"""Bytes of what ffmpeg says on standard error that are kept: of a damaged file it may complain
without end."""

MOST_ANSWER = 1 << 26
"""Bytes of an answer on standard output, at most: an hour of 120 pictures a second is listed in
half of it."""


class SlowVideoError(VideoError):
    """A file keeps ffmpeg busy for longer than any video of its size does."""


def list_input_arguments(path: Path, seek: float = 0.0) -> list[str]:
    """List the arguments that make a file an input of ffmpeg, and nothing that the file names.

    Args:
        path: the file, which ffmpeg takes for nothing else, whatever is in its name.
        seek: seconds at which reading begins; all times are counted from there.
    """
    name = str(path.resolve())
    # By their suffix, photos are read as numbered ones, of which a name without % is the only one.
    photo = path.suffix.lower() in {".jpg", ".jpeg"} and "%" not in name
    formats = f"{FORMATS},image2" if photo else FORMATS
    begin = ["-ss", repr(seek)] if seek else []
    trusted = ["-protocol_whitelist", "file", "-format_whitelist", formats]
    limits = ["-max_pixels", str(MAX_FRAME_PIXELS)]
    return [*begin, *trusted, *limits, "-i", f"file:{name}"]


class Deadline:
    """Ends a process that takes too long for what is done within the block.

    Attributes:
        passed: whether it did.
    """

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Say what is ended, and after how many seconds in the block; nothing is, yet."""
        self.passed = False
        self._process, self._seconds = process, seconds

    def __enter__(self) -> Deadline:
        self._timer = threading.Timer(self._seconds, self._end)
        self._timer.daemon = True  # Ctrl-C may come as it starts, and must not wait for it
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        self.passed = True
        self._process.kill()


def start_ffmpeg(
    arguments: list[str], *, stdin: int, stdout: int, folder: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start ffmpeg without its banner, its standard error piped.

    Args:
        arguments: what stands behind the program's name.
        stdin: where it reads frames from, as subprocess takes it.
        stdout: where it writes frames to.
        folder: where it runs; by default where this program runs.

    Raises:
        GanimateError: there is no ffmpeg, or it cannot be run.
    """
    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
        return subprocess.Popen(
            [program, "-hide_banner", *arguments],
            cwd=folder,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            # Ctrl-C is for this program, which then ends ffmpeg.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # on Windows
        )
    except (RuntimeError, OSError) as error:
        raise GanimateError(
            f"ffmpeg cannot be started ({error}): reinstall the imageio-ffmpeg package"
        ) from error


@contextmanager
def listen(process: subprocess.Popen[bytes]) -> Iterator[list[bytes]]:
    """Collect what a process says on standard error, and end the process with the block.

    It is read in a thread of its own: an ffmpeg that waits for room for its words takes no frames.

    Yields:
        The lines, of MOST_WORDS bytes; all of them are there once the process has ended and the
        block is left.
    """
    assert process.stderr is not None
    words: list[bytes] = []
    # A daemon: Ctrl-C may come as it starts, and what outlives that must not be waited for.
    listener = threading.Thread(target=_note_words, args=(process.stderr, words), daemon=True)
    try:
        listener.start()
        yield words
    finally:
        process.kill()  # does nothing to one that has ended
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()
        if listener.ident is not None:
            listener.join()
            process.stderr.close()


def _note_words(stream: IO[bytes], words: list[bytes]) -> None:
    """Read what a process says, to its end, and keep the beginning."""
    kept = 0
    while line := stream.readline(MOST_WORDS):
        if kept < MOST_WORDS:
            words.append(line)
            kept += len(line)


def ask_ffmpeg(arguments: list[str], seconds: float) -> tuple[str, str]:
    """Run ffmpeg to its end.

    Args:
        arguments: what stands behind the program's name.
        seconds: after which it is ended.

    Returns:
        What it says on standard output and on standard error.

    Raises:
        GanimateError: ffmpeg cannot be started, or was ended by another program.
        SlowVideoError: it takes longer, or its answer has no end.
    """
    process = start_ffmpeg(
        ["-nostdin", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with listen(process) as words, Deadline(process, seconds) as deadline:
        answer = process.stdout.read(MOST_ANSWER)
        if len(answer) == MOST_ANSWER:
            raise SlowVideoError("ffmpeg finds no end to its pictures")
        status = process.wait()
    if deadline.passed:
        raise SlowVideoError(f"ffmpeg was not done with it after {seconds:.0f} s")
    if status < 0:
        raise GanimateError(f"ffmpeg could not read a file ({explain_end(status)}): try again")
    return answer.decode(errors="replace"), b"".join(words).decode(errors="replace")


def count_frames(path: Path) -> int | None:
    """Decode all of a file, and count the frames of its picture; None if it cannot be decoded.

    Raises:
        GanimateError: ffmpeg cannot be started, or was ended by another program.
    """
    # Checksums of them go through a pipe: ffmpeg ends with this process, even if that is killed.
    sums = ["-map", "0:v:0", "-f", "framecrc", "-flush_packets", "1", "-"]
    arguments = ["-nostdin", "-loglevel", "error", *list_input_arguments(path), *sums]
    process = start_ffmpeg(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with listen(process):
        frames = sum(not line.startswith(b"#") for line in process.stdout)
        status = process.wait()
    if status < 0:
        raise GanimateError(f"ffmpeg could not read the clip back: {explain_end(status)}")
    return frames or None


def explain_end(status: int) -> str:
    """Say how ffmpeg ended, which did not say so itself.

    Args:
        status: its exit code, or minus the number of the signal that ended it.
    """
    if status < 0:
        return f"it was ended by signal {-status}, perhaps for want of memory"
    return f"it ended with status {status} and no message"


def run_ffmpeg(folder: Path, arguments: list[str], frames: Iterable[Photo | bytes] = ()) -> int:
    """Run ffmpeg in a folder and feed it frames; it never outlives the call.

    Args:
        folder: where it runs, so that files can be given by plain names: it takes ':' and '%' in a
            path for something else. Files there are overwritten.
        arguments: options and files. Frames are raw video on standard input.
        frames: (H, W, 3) uint8, contiguous; made one by one as ffmpeg takes them. Or the pieces of
            a file.

    Returns:
        The number of frames or pieces.

    Raises:
        OutputError: ffmpeg fails; with its own words.
        GanimateError: ffmpeg cannot be started.
    """
    process = start_ffmpeg(
        ["-loglevel", "error", "-y", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        folder=folder,
    )
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


def _feed(process: subprocess.Popen[bytes], frame: Photo | bytes) -> bool:
    """Give ffmpeg one frame; False if it has stopped reading."""
    assert process.stdin is not None
    try:
        process.stdin.write(frame if isinstance(frame, bytes) else frame.data)
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
    cause = lines[0] if lines else explain_end(status)
    return f"ffmpeg could not write the clip: {cause}"
