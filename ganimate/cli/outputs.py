"""Where results go and photos come from: checked before any work is done; pipes beside files."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ganimate.errors import GanimateError, OutputError, UsageError

if TYPE_CHECKING:
    from ganimate.cli.console import Bar
    from ganimate.frames import Clip

STREAM = "-"
"""The name that means standard input or output."""

_STREAM = re.compile(r"-(\.\w+)?")
_FIELD = re.compile(r"\{([^{}]*)\}")

HEAVY_GIF = 10_000_000
"""Bytes of a gif that is warned of: mails, forums and README files take no more than that."""

PIECE = 1 << 20
"""Bytes that are copied of a pipe at a time."""


# Names


def is_stream(output: str) -> bool:
    """Tell whether an output is standard output: `-`, or `-.gif` for a format."""
    return _STREAM.fullmatch(output) is not None


def get_stem(path: str | Path) -> str:
    """Get what {stem} in an output stands for."""
    return "stdin" if str(path) == STREAM else Path(path).stem


def name_output(pattern: str, path: str | Path) -> str:
    """Name an output after what it is made of.

    Args:
        pattern: a name, in which {stem} stands for that of the path without its suffix.
        path: of the photo or timeline.

    Raises:
        UsageError: the pattern has another {name}.
    """
    for name in _FIELD.findall(pattern):
        if name != "stem":
            raise UsageError(
                f"{{{name}}} in {pattern} stands for nothing: {{stem}} is the name of the photo, "
                "and there is no other"
            )
    return pattern.replace("{stem}", get_stem(path))


# Checks


def check_target(
    output: str,
    *,
    fps: float | None = None,
    overwrite: bool = False,
    makes_folders: bool = False,
    as_json: bool = False,
) -> None:
    """Raise, before any work is done, if a clip cannot go to where it is asked to.

    Args:
        output: a name, or standard output.
        fps: frames a second, if they are to be checked, too.
        overwrite: whether files may be replaced that this program did not make.
        makes_folders: whether folders that it lies in will be made if they are missing.
        as_json: whether facts are to be printed to standard output.

    Raises:
        UsageError: the name stands for no format, or standard output is a terminal or taken.
        OutputError: the place refuses, or something stands there that must not be replaced.
    """
    from ganimate.media.video_writer import check_output

    if not is_stream(output):
        check_output(output, fps=fps, overwrite=overwrite, makes_folders=makes_folders)
        return
    if as_json:
        raise UsageError(
            "a clip and `as_json` do not both fit into standard output: give the clip a name"
        )
    if sys.stdout is None:
        raise UsageError("standard output is closed: give the clip a name")
    if sys.stdout.isatty():
        raise UsageError(
            "a clip is no text for a terminal: pipe it on, as in `-o - | ffplay -`, or give a name"
        )
    check_output(f"clip{_find_suffix(output)}", fps=fps, overwrite=True)


def check_keeps(used: str | Path, *written: str | Path) -> None:
    """Raise UsageError if a file that is read would be overwritten by what is written.

    A folder of frames replaces all that is in it. Pipes replace nothing.
    """
    if str(used) == STREAM or any(is_stream(str(path)) for path in written):
        return
    # Where a link is, as well as what it leads to: either would be gone.
    places = Path(used).resolve(), Path(used).parent.resolve() / Path(used).name
    targets = {Path(path).resolve() for path in written}
    if targets.intersection(places):
        raise UsageError(f"{used} would be overwritten: give -o another name")
    if any(targets.intersection(place.parents) for place in places):
        raise UsageError(
            f"{used} would be deleted with the folder that it is in: give -o another folder"
        )


def check_folder(output: Path) -> None:
    """Raise UsageError unless the folder of a file is there."""
    if not output.parent.is_dir():
        raise UsageError(f"the folder {output.parent} does not exist: make it first")


def check_picture(
    output: str, photo: str, *, overwrite: bool = False, makes_folders: bool = False
) -> None:
    """Raise UsageError unless a drawing of a photo goes into a .png file of its own.

    Args:
        output: where it goes.
        photo: what it shows.
        overwrite: whether files may be replaced that this program did not make.
        makes_folders: whether folders that it lies in will be made if they are missing.
    """
    from ganimate.media.video_writer import check_output

    if not output.lower().endswith(".png"):
        raise UsageError(f"{output} is no name for a picture: end it in .png")
    check_keeps(photo, output)
    check_output(output, overwrite=overwrite, makes_folders=makes_folders)


def check_weights(
    output: Path, is_same: Callable[[Mapping[str, str]], bool], *, overwrite: bool
) -> None:
    """Raise OutputError if weights would be replaced that took somebody else's work to make.

    Args:
        output: where weights go.
        is_same: whether the metadata of weights is that of what the command would make again.
        overwrite: whether other weights may be replaced, too.
    """
    from ganimate.errors import ModelError
    from ganimate.media.ownership import refuse
    from ganimate.media.tensors import read_metadata

    check_folder(output)
    if overwrite or not output.exists():
        return
    try:
        same = is_same(read_metadata(output))
    except ModelError:
        same = False
    if not same:
        raise OutputError(refuse(output))


def weigh_gif(clip: Clip, target: str, frames: int, bar: Bar, *, quiet: bool) -> None:
    """Warn of a gif that will be heavier than most places take, before it is drawn.

    Args:
        clip: what will be drawn.
        target: where it goes.
        frames: how many there will be.
        bar: where the warning is shown.
        quiet: whether it is not.
    """
    from ganimate.media.encoders import estimate_gif_bytes

    if quiet or not target.lower().endswith(".gif"):
        return
    portraits = [course.portrait for course in clip.courses]
    height, width = portraits[0].photo.shape[:2]
    boxes = (portrait.face.box for portrait in portraits)
    weight = estimate_gif_bytes(
        height * width, sum(box.width * box.height for box in boxes), frames
    )
    if weight > HEAVY_GIF:
        bar.say(
            f"warning: {target} will weigh about {weight / 1e6:.0f} MB at {width} x {height}: "
            "--size 640 makes a smaller one, and an .mp4 or .webp weighs less"
        )


# Pipes


@contextmanager
def open_photo(photo: str) -> Iterator[str]:
    """Give the path under which a photo can be read; one on standard input is put on the disk.

    Raises:
        UsageError: standard input is a terminal.
    """
    if photo != STREAM:
        yield photo
        return
    from ganimate.media.photo import MAX_BYTES

    if sys.stdin is None:
        raise UsageError("standard input is closed: give the name of a photo")
    if sys.stdin.isatty():
        raise UsageError("no photo comes in: pipe one, as in `ganimate render - ... < photo.jpg`")
    from ganimate.media.files import explain_disk_errors, open_work_folder

    with open_work_folder(_choose_work_folder()) as work:
        path = work / "photo"
        with explain_disk_errors(path.parent.parent), path.open("wb") as file:
            while file.tell() <= MAX_BYTES and (piece := sys.stdin.buffer.read(PIECE)):
                file.write(piece)
        try:
            yield str(path)
        except GanimateError as error:
            raise type(error)(str(error).replace(str(path), "standard input")) from error


@contextmanager
def open_target(output: str) -> Iterator[str]:
    """Give the name under which a result can be written, and bring it to its place.

    What goes to standard output is a whole file before its first byte does: formats with an index
    at their end cannot be piped as they are made, and whoever reads gets all or nothing. Folders
    that are missing are made, and are gone again if nothing was written.
    """
    if is_stream(output):
        from ganimate.media.files import open_work_folder

        with open_work_folder(_choose_work_folder()) as work:
            made = work / f"clip{_find_suffix(output)}"
            yield str(made)
            with made.open("rb") as file:
                _print_file(file)
        return
    missing = [folder for folder in Path(output).absolute().parents if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir()
        yield output
    except BaseException:
        for folder in missing:
            with suppress(OSError):  # it was never made, or somebody else uses it by now
                folder.rmdir()
        raise


def _choose_work_folder() -> Path:
    """What a hidden folder is named after that is to lie where the system keeps temporary files."""
    return Path(tempfile.gettempdir()) / "pipe"


def _print_file(file: BinaryIO) -> None:
    """Copy a file to standard output.

    Raises:
        OutputError: its reader has ended, or a disk that it leads to refuses.
    """
    try:
        shutil.copyfileobj(file, sys.stdout.buffer, PIECE)
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        raise OutputError("whoever reads the clip ended before it was all there") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(f"standard output cannot be written ({reason})") from error


def _find_suffix(output: str) -> str:
    """The suffix of a clip on standard output."""
    return output.removeprefix(STREAM) or ".mp4"
