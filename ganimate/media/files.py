"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganimate.errors import OutputError

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})


def write_whole(path: Path, data: bytes | memoryview | Iterator[bytes]) -> None:
    """Write a file, replacing what is there only once all of it is on the disk.

    data: all of it, or its pieces in turn. Neither a full disk nor a kill leaves half a file under
    this name; its permissions are those that the system gives a new file. Raises OutputError when
    the disk refuses.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.writelines(data if isinstance(data, Iterator) else [data])
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException as error:  # Ctrl-C too
        part.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        reason = (error.strerror or str(error)).lower()
        raise OutputError(
            f"{path} cannot be written ({reason}): free some space, or write elsewhere"
        ) from error


@contextmanager
def open_work_folder(target: Path) -> Iterator[Path]:
    """A hidden folder beside the target, thus on its disk, that is removed whatever happens."""
    with explain_disk_errors(target):
        folder = tempfile.TemporaryDirectory(
            prefix=f".{target.stem[:32]}.", suffix=".part", dir=target.parent
        )
    with folder as name:
        yield Path(name)


@contextmanager
def explain_disk_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(
            f"{target.name} cannot be written ({reason}): free some space, or write elsewhere"
        ) from error


def replace_folder(made: Path, target: Path, aside: Path) -> None:
    try:
        if target.exists():
            target.rename(aside)
        made.rename(target)
    except BaseException:
        if aside.exists() and not target.exists():
            aside.rename(target)
        raise
