"""What the command line says beside its results: errors, progress, tables.

Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress, TaskID

T = TypeVar("T")


def complain(message: str) -> None:
    """Say on stderr what is wrong."""
    typer.secho("error: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(message, err=True)


def print_table(shown: RenderableType) -> None:
    """Print a table."""
    from rich.console import Console

    Console().print(shown, highlight=False)


@dataclass(frozen=True)
class Bar:
    """One line on stderr: what is being done, how much of it, and the time left."""

    progress: Progress
    task: TaskID

    def update(self, done: int, total: int | None, label: str) -> None:
        """Show how far the phase is."""
        self.progress.update(self.task, completed=done, total=total, description=label)

    def start(self, done: int, total: int | None, label: str) -> None:
        """Begin a phase of which some was done before, which says nothing of the time left."""
        self.progress.reset(self.task, completed=done, total=total, description=label)

    def say(self, text: str) -> None:
        """A line that stays, above the bar."""
        self.progress.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def track(self, items: Iterable[T], total: int | None, label: str) -> Iterator[T]:
        """The items; each counts as done when the next one is asked for."""
        self.start(0, total, label)
        for done, item in enumerate(items, start=1):
            yield item
            self.update(done, total, label)


@contextmanager
def show_progress(label: str, *, quiet: bool) -> Iterator[Bar]:
    """A bar that pulses until its total is known, and is gone at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeftColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeLeftColumn(compact=True),
    )
    console = Console(stderr=True)
    hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as shown:
        yield Bar(shown, shown.add_task(label, total=None))
