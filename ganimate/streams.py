"""Standard error as C++ libraries write to it: by file descriptor 2, past sys.stderr."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silence_stderr() -> Iterator[None]:
    """Send what is written to standard error to nowhere, until the block ends."""
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
