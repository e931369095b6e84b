"""Standard error as C++ libraries write to it: by file descriptor 2, past sys.stderr."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ganimate.concurrency import SharedChange


@contextmanager
def silence_stderr() -> Iterator[None]:
    """Send what is written to standard error to nowhere, until the block ends.

    It is the whole process's: while any thread is in such a block, all are silent.
    """
    with _SILENCE.hold():
        yield


def discard_stderr() -> None:
    """Send what this process writes to standard error to nowhere from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _replace_stderr() -> int:
    """Send standard error to nowhere; returns a descriptor of where it went before."""
    saved = os.dup(2)
    discard_stderr()
    return saved


def _restore_stderr(saved: int) -> None:
    os.dup2(saved, 2)
    os.close(saved)


_SILENCE = SharedChange(_replace_stderr, _restore_stderr)
