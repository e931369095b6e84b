"""How the command ends, whatever happens: by Ctrl-C, SIGTERM, SIGHUP, or without its streams.

A signal becomes an exception, on whose way out all is removed that is not complete. While a module
is being imported it waits, since code of libraries may take an exception there for another one, or
abort. An exception that was lost (Python drops what is raised in a finaliser) is raised again.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

STOPPING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""The signals that end a command. Its exit code is 128 and the signal's number, as in shells."""

RETRY = 0.02
"""Seconds after which a signal is looked at again that came at a bad moment."""

IMPATIENCE = 1.0
"""Seconds after a signal in which others are taken for the same one: `timeout` and terminals send
one to each process and to all of them together. Later ones break off what the first one began."""


def run_to_end(command: Callable[[], None]) -> NoReturn:
    """Run a command and exit, by its code or that of the signal that ended it.

    Args:
        command: raises SystemExit at its end, if not before.
    """
    _open_missing_streams()
    stops = Stops()
    code: Any = 0
    try:
        try:
            stops.take()
            _check_folder()
            command()
        finally:
            stops.ignore()
    except BaseException as error:
        stops.ignore()
        if isinstance(error, SystemExit):
            code = error.code
        elif stops.number is None:
            raise  # a fault of ours
        if stops.number is not None:
            # Whatever an exception may have become on its way out.
            code = 128 + stops.number
            _say(f"stopped by {signal.Signals(stops.number).name}")
    if not _flush(sys.stdout):
        code = code or 1
    _flush(sys.stderr)
    sys.exit(code)


class Stops:
    """Turns signals into exceptions.

    Attributes:
        number: of the signal that came; None if none did.
    """

    def __init__(self) -> None:
        """Take none, yet."""
        self.number: int | None = None
        self._came = 0.0

    def take(self) -> None:
        """Raise KeyboardInterrupt or SystemExit from now on, when a signal comes.

        One that is ignored stays so, as SIGHUP by nohup, or SIGINT in the background of a shell.
        """
        for number in STOPPING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self._look_again)
            sys.unraisablehook = self._take_unraisable

    def ignore(self) -> None:
        """Ignore signals: the command is at its end."""
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, signal.SIG_IGN)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.number is not None and now - self._came < IMPATIENCE:
            return
        self.number, self._came = number, now
        self._raise(frame)

    def _look_again(self, _number: int, frame: FrameType | None) -> None:
        self._raise(frame)

    def _raise(self, frame: FrameType | None) -> None:
        if _is_importing(frame) and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, RETRY)
            return
        if self.number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + (self.number or 0))

    def _take_unraisable(self, lost: Any) -> None:
        """Raise an exception again that Python drops; say what it says of others."""
        if self.number is not None and isinstance(lost.exc_value, (KeyboardInterrupt, SystemExit)):
            signal.setitimer(signal.ITIMER_REAL, RETRY)
        else:
            sys.__unraisablehook__(lost)


def _is_importing(frame: FrameType | None) -> bool:
    """Whether a module is being imported."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


class ForgivingStream(io.TextIOWrapper):
    """Standard error that may be gone, as a terminal that was closed: the work goes on without."""

    def write(self, text: str) -> int:
        """Write text, if that is possible."""
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Write what was kept back, if that is possible."""
        with suppress(OSError, ValueError):  # the latter: it is closed
            super().flush()


def _open_missing_streams() -> None:
    """Keep the first file that is opened from standing where a standard stream was closed.

    What libraries say on descriptor 2 would be written into it. And let no stream be a reason to
    fail: a terminal may have no "█".
    """
    missing = os.open(os.devnull, os.O_RDWR)
    while missing <= 2:
        missing = os.dup(missing)
    os.close(missing)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = ForgivingStream(
            sys.stderr.buffer, sys.stderr.encoding, errors="replace", line_buffering=True
        )


def _check_folder() -> None:
    """Exit where the current folder was removed, in which MKL would end the process itself."""
    try:
        os.getcwd()
    except OSError:
        _say("the folder in which this runs was removed: go to another one")
        sys.exit(1)


def _say(message: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"error: {message}\n")


def _flush(stream: Any) -> bool:
    """Write what a stream has kept back; False if that is not possible, and nobody is to retry."""
    try:
        if stream is not None:
            stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        return False
    return True
