"""Standard error as C++ libraries write to it: by file descriptor 2, past sys.stderr."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SWAPPING = threading.RLock()
"""Held while file descriptor 2 leads elsewhere: it is the whole process's, and a second thread that
saved it then would put back nowhere in its place."""


@contextmanager
def silence_stderr() -> Iterator[None]:
    """Send what is written to standard error to nowhere, until the block ends.

    One thread at a time: another one waits at its block until this one's has ended.
    """
    with _SWAPPING:
        saved = os.dup(2)
        try:
            discard_stderr()
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def discard_stderr() -> None:
    """Send what this process writes to standard error to nowhere from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
