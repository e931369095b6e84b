"""Files and folders that are put in their place whole or not at all."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from ganimate.errors import OutputError
from ganimate.media.parts import NONE, OLD, REPLACEABLE, SET_ASIDE, hold_part

_DEVICE = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')


def is_reserved(name: str) -> bool:
    """Whether Windows keeps a name without folders for a device, or cannot have it at all."""
    return bool(_DEVICE.fullmatch(name) or _FORBIDDEN.search(name) or name.endswith((".", " ")))


def write_whole(path: Path, data: bytes | memoryview | Iterator[bytes | memoryview]) -> None:
    """Write a file, replacing what is there only once all of it is on the disk.

    Neither a full disk nor a kill leaves half a file under this name. A file that is replaced
    leaves its permissions to the new one; others have those that the system gives a new file.

    Args:
        path: where.
        data: all of it, or its pieces in turn.

    Raises:
        OutputError: the disk refuses.
    """
    with explain_disk_errors(path), hold_part(path, _make_file) as part:
        _keep_mode(part.path, path)
        with open(part.descriptor, "wb", closefd=False) as file:
            file.writelines(data if isinstance(data, Iterator) else [data])
            file.flush()
            os.fsync(file.fileno())
        if os.name == "nt":
            part.close()  # Windows moves no file that is open
        part.path.replace(path)


def replace_file(new: Path, target: Path) -> None:
    """Move a file onto another, which leaves it its permissions and stays should that fail.

    Args:
        new: the file, on the disk of the target.
        target: where it goes.
    """
    _keep_mode(new, target)
    new.replace(target)


def _make_file(path: Path) -> int:
    """Make a file that is not there yet, and return a descriptor to write it by."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)


def _make_folder(path: Path) -> int:
    """Make a folder for this user alone, and return a descriptor of it where folders have any."""
    path.mkdir(mode=0o700)
    return NONE if os.name == "nt" else os.open(path, os.O_RDONLY)


def _keep_mode(new: Path, target: Path) -> None:
    """Give a file or folder the permissions of the one that it will replace."""
    with suppress(FileNotFoundError):
        replaced = target.lstat().st_mode
        if stat.S_ISREG(replaced) or stat.S_ISDIR(replaced):
            new.chmod(replaced & 0o777)


@contextmanager
def open_work_folder(target: Path) -> Iterator[Path]:
    """Make a hidden folder beside a target, thus on its disk, that is removed whatever happens.

    Raises:
        OutputError: the disk refuses.
    """
    with ExitStack() as stack:
        with explain_disk_errors(target):
            part = stack.enter_context(hold_part(target, _make_folder))
        yield part.path


Contents: TypeAlias = dict[str, tuple[int, int, int]]
"""Name of each entry of a folder -> inode, time of its last change in ns, and size in bytes."""


def list_contents(folder: Path) -> Contents:
    """List what is in a folder, so that replace_folder() knows what came later; empty for none."""
    contents = {}
    with suppress(FileNotFoundError, NotADirectoryError):
        for entry in folder.iterdir():
            state = entry.lstat()
            contents[entry.name] = state.st_ino, state.st_mtime_ns, state.st_size
    return contents


def replace_folder(new: Path, target: Path, known: Contents) -> None:
    """Move a folder onto another, which stays as it is should that fail.

    Args:
        new: the folder, on the disk of the target.
        target: where it goes.
        known: what may be deleted of the folder that stands there now.

    Raises:
        OutputError: something else is in that folder, or it is none.
    """
    if not os.path.lexists(target):
        new.rename(target)
        return
    with hold_part(target, _make_folder, SET_ASIDE) as aside:
        old = aside.path / OLD / target.name
        old.parent.mkdir()
        target.rename(old)  # first, since nobody finds it here to put more into it
        _check_contents(old, target, known)
        (aside.path / REPLACEABLE).mkdir()
        _keep_mode(new, old)
        new.rename(target)


def _check_contents(folder: Path, name: Path, known: Contents) -> None:
    """Raise OutputError unless a folder, or what is called so, holds nothing but what is known."""
    if folder.is_symlink() or not folder.is_dir():
        raise OutputError(f"{name} became a file meanwhile, which is kept: give another name")
    changed = sorted(list_contents(folder).items() - known.items())
    if changed:
        raise OutputError(
            f"{changed[0][0]} came into the folder {name} meanwhile, which is kept as it is: "
            "give a new or empty folder"
        )


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
