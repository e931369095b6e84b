"""A running ffmpeg, listened to and always ended."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def listen(process: subprocess.Popen[bytes]) -> Iterator[list[bytes]]:
    """What a process says on standard error, complete on leaving, when it has ended or is killed.

    Read in a thread of its own: an ffmpeg that waits for room for its words takes no frames.
    """
    assert process.stderr is not None
    words: list[bytes] = []
    # A daemon: Ctrl-C may come as it starts, and what outlives that must not be waited for.
    listener = threading.Thread(target=words.extend, args=(process.stderr,), daemon=True)
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
