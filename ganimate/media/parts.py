"""Hidden files and folders in which results are made, which no end of the process leaves behind.

    .smile.ganimate-0123456789abcdef.part   removed with the block that made it
    .frames.ganimate-0123456789abcdef.old   holds a folder while another takes its place

A signal at any moment leaves none: they are removed with their block, or as the interpreter exits.
A process that is killed cannot do so: it held a lock (flock) on each, which ends with it, and who
next makes a part in that folder removes those that nobody holds. A lock, since a process's number
may be another's by then. Where there are no such locks (Windows), nobody tells what was left from
what is in use, and it stays.
"""

from __future__ import annotations

import atexit
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

if sys.platform != "win32":
    import fcntl

PART, SET_ASIDE = ".part", ".old"
"""Suffixes of what may be deleted, and of what holds a folder that was there before."""

OLD, REPLACEABLE = "old", "replaceable"
"""In what is set aside: where the folder lies under its name, and what says that it may be deleted
once another is in its place."""

NONE = -1
"""The descriptor of nothing."""

_NAME = re.compile(r"\..*\.ganimate-[0-9a-f]{16}\.(part|old)", re.DOTALL)


@dataclass
class Part:
    """A file or folder that is being made.

    Attributes:
        path: where it is.
        descriptor: by which it is held, and a file written; NONE for a folder of Windows.
    """

    path: Path
    descriptor: int = NONE

    def close(self) -> None:
        """Hold it no longer."""
        if self.descriptor != NONE:
            os.close(self.descriptor)
            self.descriptor = NONE


@contextmanager
def hold_part(target: Path, make: Callable[[Path], int], suffix: str = PART) -> Iterator[Part]:
    """Make a hidden file or folder beside a target, until the block ends, and hold it.

    What processes that were killed have left in that folder is removed first.

    Args:
        target: what it is for.
        make: makes a file or folder that is not there yet, and returns a descriptor of it.
        suffix: PART; or SET_ASIDE, whose content goes back to where it was if nothing is there.

    Raises:
        OSError: the disk refuses.
    """
    remove_abandoned(target.parent)
    part = Part(_choose_name(target, suffix))
    # From before it is made until it is gone: a signal may break off what is done at the end, too.
    clear = partial(_clear_own, part.path, os.getpid())
    atexit.register(clear)
    try:
        _make_held(part, make)
        yield part
    finally:
        if os.name == "nt":
            part.close()  # Windows deletes no file that is open
        with suppress(OSError):
            _clear(part.path)
        atexit.unregister(clear)
        part.close()


def remove_abandoned(folder: Path) -> None:
    """Remove what processes of this user have left in a folder that were killed."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        for name in os.listdir(folder):
            if _NAME.fullmatch(name):
                with suppress(OSError):
                    _clear_abandoned(folder / name)


def _choose_name(target: Path, suffix: str) -> Path:
    """A name beside a target that is free, and that nobody can guess: 64 random bits."""
    while True:
        name = f".{target.stem[:32]}.ganimate-{secrets.token_hex(8)}{suffix}"
        if not os.path.lexists(path := target.with_name(name)):
            return path


def _make_held(part: Part, make: Callable[[Path], int]) -> None:
    """Make a part and hold it; once more, should it be removed before it is held."""
    while True:
        part.descriptor = make(part.path)
        if part.descriptor == NONE or sys.platform == "win32":
            return
        with suppress(OSError):  # a disk without locks, where nobody removes what he cannot lock
            fcntl.flock(part.descriptor, fcntl.LOCK_EX)
        if _is_open_as(part.descriptor, part.path):
            return
        part.close()


def _is_open_as(descriptor: int, path: Path) -> bool:
    """Whether a path leads to what is open, and to nothing else by now."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(descriptor))


def _clear_abandoned(path: Path) -> None:
    """Remove a part unless somebody holds it, or it is another user's.

    Raises:
        OSError: somebody holds it, or it cannot be held.
    """
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        ours = found.st_uid == os.geteuid()
        if ours and (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_open_as(descriptor, path):
                _clear(path)
    finally:
        os.close(descriptor)


def _clear_own(path: Path, process: int) -> None:
    """Remove a part as the interpreter exits that made it, and not as one that was forked does."""
    if os.getpid() == process:
        with suppress(OSError):
            _clear(path)


def _clear(path: Path) -> None:
    """Remove a part, once what is set aside in it is back where it was, or was replaced."""
    if path.suffix == SET_ASIDE and not _settle(path):
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _settle(aside: Path) -> bool:
    """Put a folder back that was set aside; whether what is still in there may be deleted."""
    kept = list((aside / OLD).iterdir()) if (aside / OLD).is_dir() else []
    for folder in kept:
        target = aside.with_name(folder.name)
        if not os.path.lexists(target):
            folder.rename(target)
        elif not (aside / REPLACEABLE).is_dir():
            return False  # something else took its place, of which nobody knows
    return True
