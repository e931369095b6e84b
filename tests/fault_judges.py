"""What is wrong with what a command leaves that was broken off: each yields a fault in words."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

from fault_commands import Command, Files, find_processes, finish, list_files, run

LINGERING = 3.0
"""Seconds that a process may take to find that the one that started it was killed."""

UNSPEAKABLE = ("Traceback", "Exception ignored", "leaked", "core dumped", "terminate called")
"""What nobody wants to read of a command that was broken off."""


def judge_signal(status: int, said: str, number: int) -> Iterator[str]:
    """What is wrong with how a run ended that was sent a signal."""
    if number == signal.SIGKILL:
        if status not in (0, -number):
            yield f"exit code {status}: {said[-600:]}"
    elif not is_unborn(status, said, number):
        yield from judge_words(status, said, 128 + number)


def judge_words(status: int, said: str, expected: int = 1) -> Iterator[str]:
    """What is wrong with an exit code, and with what was said on standard error."""
    if status not in (0, expected):
        yield f"exit code {status}: {said[-600:]}"
    if any(words in said for words in UNSPEAKABLE):
        yield f"said {said[-1500:]}"
    sentences = [line for line in said.splitlines() if line.startswith("error: ")]
    if status and len(sentences) != 1:
        yield f"said {len(sentences)} sentences: {said[-600:]}"


def is_unborn(status: int, said: str, number: int) -> bool:
    """Whether a signal came before Python had reached the first line that takes signals."""
    return status == -number and "run_to_end" not in said


def judge_files(
    command: Command, after: Files, before: Files, place: Path, status: int, *, killed: bool = False
) -> Iterator[str]:
    """What is wrong with the files that a run left.

    Args:
        command: that was run.
        after: what it leaves undisturbed.
        before: what was there.
        place: where it ran.
        status: its exit code.
        killed: whether it may have left parts, for the next run to remove.
    """
    found = list_files(place)
    temporary = list_files(place.with_name("tmp"))
    strays = [name for name in found if ".ganimate-" in name]
    if not killed and (strays or temporary):
        yield f"left {strays} {list(temporary)}"
    found = {name: content for name, content in found.items() if name not in strays}
    if command.name == "prepare":
        wrong = [name for name, what in found.items() if what not in (after.get(name), "")]
        if wrong:
            yield f"other content: {wrong}"
    if not command.partly:
        for result in command.results:
            now, new, old = (_select(files, result) for files in (found, after, before))
            if now not in (new, old):
                yield f"{result} is neither new nor old: {now}"
        if foreign := found.keys() - after.keys() - before.keys():
            yield f"foreign files: {foreign}"
    if status == 0 and found != dict(after):
        yield f"done, and left {found}"


def _select(files: Files, result: str) -> Files:
    """The files that are a result, or in it."""
    return {
        name: content
        for name, content in files.items()
        if name == result or name.startswith(f"{result}/")
    }


def judge_processes(marker: str, *, killed: bool = False) -> Iterator[str]:
    """Which processes are left of a run."""
    until = time.monotonic() + (LINGERING if killed else 0.2)
    while (left := find_processes(marker)) and time.monotonic() < until:
        time.sleep(0.02)
    if left:
        yield f"processes left: {left}"


def judge_next_run(command: Command, after: Files, place: Path) -> Iterator[str]:
    """What is wrong with the same command, run again to its end."""
    status, said = finish(run(command, place, "next"))
    if status:
        yield f"the next run ended with code {status}: {said[-800:]}"
        return
    found = list_files(place)
    names = {name for name in {*found, *after} if found.get(name) != after.get(name)}
    if names:
        yield f"the next run left other files: {sorted(names)}"
    if temporary := list_files(place.with_name("tmp")):
        yield f"the next run left {list(temporary)}"
