"""What the command line says: results on stdout, errors and progress on stderr.

Names of files, keys of JSON and words of other programs come from anybody: what they would tell a
terminal to do is shown instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.progress import Progress, TaskID
    from rich.segment import Segment

T = TypeVar("T")

_COMMAND = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f"  # control characters but for tabs and ends of lines
    "\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069"  # ends of lines and turns of Unicode
    "\\ud800-\\udfff]"  # what is no character, such as bytes of file names that are no UTF-8
)
"""A character that a terminal acts upon, or that it cannot be given."""


def show_plainly(text: str) -> str:
    """Write characters that a terminal would act upon as Python's literals do."""
    return _COMMAND.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def complain(message: str) -> None:
    """Say on stderr what is wrong."""
    typer.secho("error: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(show_plainly(message), err=True)


def warn(message: str) -> None:
    """Say on stderr what will not be as it should."""
    typer.secho("warning: ", fg="yellow", bold=True, nl=False, err=True)
    typer.echo(show_plainly(message), err=True)


def print_result(
    facts: Mapping[str, Any],
    *words: RenderableType,
    as_json: bool,
    quiet: bool = False,
    indent: int | None = None,
    aside: bool = False,
) -> None:
    """Print a command's result: as JSON, or in words unless it is to be quiet.

    Args:
        facts: what other programs read.
        words: what people read: lines, which are printed as they are, and tables.
        as_json: whether the facts are wanted.
        quiet: whether the words are not.
        indent: spaces by which JSON is indented, in lines of its own; by default it is one line.
        aside: whether words go to stderr, since a clip goes to stdout.
    """
    if as_json:
        typer.echo(json.dumps(facts, indent=indent))
        return
    if quiet:
        return
    for part in words:
        if isinstance(part, str):
            typer.echo(show_plainly(part), err=aside)
        else:
            from rich.console import Console

            Console(stderr=aside).print(_Plain(part), highlight=False)


def print_failure(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Say on stderr what is wrong, and print it as JSON if other programs wait for a result.

    Args:
        facts: "error" is the message, what else there is says where.
        as_json: whether JSON is wanted.
    """
    complain(str(facts["error"]))
    if as_json:
        typer.echo(json.dumps(facts))


@dataclass(frozen=True)
class _Plain:
    """What rich prints of a part, such as a table, the text in it shown plainly."""

    part: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self.part, options):
            if segment.control:
                yield segment
            else:
                yield segment._replace(text=show_plainly(segment.text))


@dataclass(frozen=True)
class Bar:
    """One line on stderr: what is being done, how much of it, and the time left.

    Attributes:
        progress: what draws it.
        task: its number there.
        quiet: whether no more is said than warnings.
    """

    progress: Progress
    task: TaskID
    quiet: bool = False

    def update(self, done: int, total: int | None, label: str) -> None:
        """Show how far the phase is."""
        label = show_plainly(label)
        self.progress.update(self.task, completed=done, total=total, description=label)

    def start(self, done: int, total: int | None, label: str) -> None:
        """Begin a phase of which some was done before, which says nothing of the time left."""
        label = show_plainly(label)
        self.progress.reset(self.task, completed=done, total=total, description=label)

    def say(self, text: str) -> None:
        """Print a line that stays, above the bar."""
        plain = show_plainly(text)
        self.progress.console.print(plain, markup=False, highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a line that stays, above the bar, unless the command is to be quiet."""
        if not self.quiet:
            self.say(text)

    def track(
        self, items: Iterable[T], total: int | None, label: str, before: str | None = None
    ) -> Iterator[T]:
        """Pass items on; each counts as done when the next one is asked for.

        Args:
            items: what the work is done on.
            total: how many there are, if that is known.
            label: what is done.
            before: what is done until the first item is there, which takes nobody knows how long.
        """
        self.start(0, None if before else total, before or label)
        for done, item in enumerate(items, start=1):
            if done == 1 and before:
                self.start(0, total, label)
            yield item
            self.update(done, total, label)


@contextmanager
def show_progress(label: str, *, quiet: bool) -> Iterator[Bar]:
    """Show a bar that pulses until its total is known, and is gone at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from ganimate.cli.time_column import TimeColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeColumn(compact=True),
    )
    console = Console(stderr=True)
    hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as shown:
        yield Bar(shown, shown.add_task(show_plainly(label), total=None), quiet)
