"""Several threads, and several processes, that use ganimate at once.

Some things belong to the whole process, as file descriptor 2 and Pillow's limit do: threads that
change them for a while must not undo each other's changes. Threads do not come along into a forked
process, where networks would wait for them for ever. Signals are for the process that a user
started, and those that it started end with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Generic, TypeVar

from ganimate.errors import GanimateError

State = TypeVar("State")


class SharedChange(Generic[State]):
    """A change of something that belongs to the whole process, in place while any thread needs it.

    The first thread makes the change, the last one undoes it.
    """

    def __init__(self, change: Callable[[], State], undo: Callable[[State], None]) -> None:
        """Say what is changed; nothing is, yet.

        Args:
            change: makes the change, and returns how it was before.
            undo: puts that back.
        """
        self._change, self._undo = change, undo
        self._lock = threading.Lock()
        self._holders = 0
        self._before: list[State] = []

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep the change in place until the block ends."""
        with self._lock:
            if not self._holders:
                self._before.append(self._change())
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if not self._holders:
                    self._undo(self._before.pop())


@contextmanager
def keep_signals() -> Iterator[None]:
    """Keep the signals that end a program from the processes that are started in a block.

    Terminals, `timeout` and batch systems signal all processes of a command: one that is still
    loading its modules would die of it, and say so at length. They get none of them as long as
    they live; this process gets its own at the end of the block.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows, where Ctrl-C alone is sent to all
        yield
        return
    before = signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    )
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """End this process, of multiprocessing, as soon as the one that started it is gone.

    One that was killed cannot say so.
    """
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def check_process() -> None:
    """Check that this process may run networks; whoever does calls this first.

    Raises:
        GanimateError: it was forked from one that has run them.
    """
    if _get_first_process() != os.getpid():
        raise GanimateError(
            "This process was forked from one in which ganimate had run, and its threads did not "
            "come along: start processes by `spawn` (multiprocessing.get_context('spawn')), or "
            "let none but the forked ones use ganimate."
        )


@cache
def _get_first_process() -> int:
    """The number of the process in which this was first asked; one that is forked knows it too."""
    return os.getpid()
