"""Files and folders that are put in their place whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganimate.errors import OutputError


def write_whole(path: Path, data: bytes | memoryview | Iterator[bytes]) -> None:
    """Write a file, replacing what is there only once all of it is on the disk.

    Neither a full disk nor a kill leaves half a file under this name; its permissions are those
    that the system gives a new file.

    Args:
        path: where.
        data: all of it, or its pieces in turn.

    Raises:
        OutputError: the disk refuses.
    """
    part = path.with_name(path.name + ".part")
    with explain_disk_errors(path):
        try:
            with part.open("wb") as file:
                file.writelines(data if isinstance(data, Iterator) else [data])
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:  # Ctrl-C too
            part.unlink(missing_ok=True)
            raise


@contextmanager
def open_work_folder(target: Path) -> Iterator[Path]:
    """Make a hidden folder beside a target, thus on its disk, that is removed whatever happens.

    Raises:
        OutputError: the disk refuses.
    """
    with explain_disk_errors(target):
        folder = tempfile.TemporaryDirectory(
            prefix=f".{target.stem[:32]}.", suffix=".part", dir=target.parent
        )
    with folder as name:
        yield Path(name)


def replace_folder(new: Path, target: Path, aside: Path) -> None:
    """Move a folder onto another, which stays as it is should that fail.

    Args:
        new: the folder, on the disk of the target.
        target: where it goes.
        aside: where what stands there now is left.
    """
    try:
        if target.exists():
            target.rename(aside)
        new.rename(target)
    except BaseException:
        if aside.exists() and not target.exists():
            aside.rename(target)
        raise


@contextmanager
def explain_disk_errors(target: Path) -> Iterator[None]:
    """Raise what the disk refuses as an OutputError that names the target and says what to try."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(
            f"{target} cannot be written ({reason}): free some space, or write elsewhere"
        ) from error
