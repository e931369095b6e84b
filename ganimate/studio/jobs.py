"""What takes longer than an answer is waited for: done in a thread, watched, and broken off."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from ganimate.errors import GanimateError
from ganimate.studio.errors import explain
from ganimate.studio.settings import JOBS, JobSettings

T = TypeVar("T")

JobState: TypeAlias = Literal["waiting", "running", "done", "failed", "cancelled"]


class Cancelled(Exception):
    """Who asked for a job no longer wants it."""


class JobError(GanimateError):
    """There is no such job."""


@dataclass
class Job:
    """One piece of work, and how far it is.

    Attributes:
        ended: set when the tab is gone.
        name: what nobody can guess.
        state: how it stands.
        step: what is being done, for people to read.
        done: how much of this step is done.
        total: how much there is to do; 0 where that is not known.
        error: what went wrong, in a sentence.
        result: what came of it, for the page.
        file: what can be downloaded; None where there is nothing.
    """

    ended: threading.Event
    name: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: JobState = "waiting"
    step: str = "waiting"
    done: int = 0
    total: int = 0
    error: str | None = None
    result: Any = None
    file: Path | None = None
    _unwanted: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Break the work off at its next step."""
        self._unwanted.set()
        if self.state == "waiting":
            self.state = "cancelled"

    def check(self) -> None:
        """Raise Cancelled if the work is to be broken off."""
        if self._unwanted.is_set() or self.ended.is_set():
            raise Cancelled

    def begin(self, step: str, total: int = 0) -> None:
        """Say what is done from now on."""
        self.check()
        self.step, self.done, self.total = step, 0, total

    def track(self, items: Iterable[T], step: str, total: int = 0) -> Iterator[T]:
        """Pass items on and count them, until the work is broken off."""
        self.begin(step, total)
        for item in items:
            self.check()
            yield item
            self.done += 1

    def run(self, work: Callable[[Job], Any]) -> None:
        """Do the work, here and now, and say how it ended."""
        try:
            self.check()
            self.state = "running"
            self.result = work(self)
            self.check()
            self.state = "done"
        except Cancelled:
            self.state = "cancelled"
        except Exception as error:
            self.error, self.state = explain(error), "failed"
        if self.state != "done":
            self.forget()

    def forget(self) -> None:
        """Delete what it made."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)
            self.file = None

    def describe(self) -> dict[str, Any]:
        """Describe how it stands, as the page reads it."""
        return {
            "state": self.state,
            "step": self.step,
            "done": self.done,
            "total": self.total,
            "error": self.error,
            "result": self.result,
        }


class Jobs:
    """The work of one tab."""

    def __init__(self, ended: threading.Event, settings: JobSettings = JOBS) -> None:
        """Begin with nothing to do.

        Args:
            ended: set when the tab is gone.
            settings: how much of it is kept.
        """
        self._ended, self._settings = ended, settings
        self._by_name: dict[str, Job] = {}

    def open(self) -> Job:
        """Make a job that waits, and forget the oldest of those that ended if there are many."""
        over = [job for job in self._by_name.values() if job.state not in ("waiting", "running")]
        for job in over[: max(0, len(over) - self._settings.kept + 1)]:
            self.remove(job.name)
        job = Job(self._ended)
        self._by_name[job.name] = job
        return job

    def find(self, name: str) -> Job:
        """Find a job.

        Raises:
            JobError: there is none of this name.
        """
        if name not in self._by_name:
            raise JobError("this export is gone: start it again")
        return self._by_name[name]

    def remove(self, name: str) -> None:
        """Break a job off, or delete what it made."""
        job = self.find(name)
        job.cancel()
        if job.state not in ("waiting", "running"):
            job.forget()
            del self._by_name[name]
