"""The file of `ganimate timeline`: JSON in, a checked Timeline out.

timeline_document.py says what may stand where. What it cannot say is checked here: whether the
photo is there, times against the clip's length, and one value at a time.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, TypeAlias

from ganimate.action_units import ACTION_UNITS, Cell
from ganimate.errors import MissingFileError, PhotoError, UsageError
from ganimate.performance.curves import TIME_TOLERANCE, KeyEase
from ganimate.performance.timeline import AU_CELLS, Axis, Mark, Marks, Timeline
from ganimate.performance.timeline_document import (
    Document,
    HeadKey,
    Key,
    Point,
    read_document,
)
from ganimate.performance.timeline_parts import MOST_PROBLEMS, JsonObject, TooManyProblemsError

Curve: TypeAlias = Cell | Axis  # what names a curve

MOST_BYTES = 1 << 22
"""Bytes of a file, at most: a face that was followed for an hour, the longest clip, fills half."""

MOST_KEYS = 20_000
"""Entries of `keys`, at most: five a second of the longest clip. Each sets 34 curves."""

_MISSING = "photo: there is no file "


@dataclass(frozen=True)
class _Entry:
    """What an entry of keys, head or a track sets.

    Attributes:
        place: of the entry in the file, as messages have it.
        start: seconds.
        hold: seconds that its values stay.
        ease: how the curves go on from there.
        values: intensities or degrees by Curve; None is the photo's own.
    """

    place: str
    start: float
    hold: float
    ease: KeyEase
    values: Mapping[Any, float | None]

    @property
    def end(self) -> float:
        return self.start + self.hold


def read_timeline(path: str | Path) -> Timeline:
    """Read and check a file.

    Args:
        path: of a JSON file; paths in it are relative to its folder.

    Raises:
        UsageError: the file cannot be read, or is wrong; lists everything that is wrong with it.
        MissingFileError: there is no such file.
        PhotoError: all that is wrong is that the photo is missing.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:  # which may be a pipe without end
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise MissingFileError(f"{path} does not exist: check its name") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder: give a .json file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as a text file: {error}") from None
    if len(content) > MOST_BYTES:
        raise UsageError(
            f"{path} is larger than {MOST_BYTES >> 20} MiB: write fewer keys or points"
        )
    timeline, problems = parse_timeline(text, path.parent)
    if len(problems) == 1 and problems[0].startswith(_MISSING):
        raise PhotoError(f"{path}, {problems[0]}")  # a file is missing, none is wrong
    if timeline is None:
        count = "an error" if len(problems) == 1 else f"{len(problems)} errors"
        told = problems[:MOST_PROBLEMS]
        raise UsageError("\n  ".join([f"{path} has {count}:", *told]))
    return timeline


def parse_timeline(
    text: str, folder: Path, *, photo_needed: bool = True
) -> tuple[Timeline | None, list[str]]:
    """Parse the text of a file.

    Args:
        text: JSON.
        folder: what the paths in the file are relative to.
        photo_needed: whether it is an error if the photo that the file names is not there.

    Returns:
        The timeline and no errors, or None and all errors, each with its place.
    """
    try:
        given = json.loads(text, object_pairs_hook=JsonObject, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return None, [f"line {error.lineno}, column {error.colno}: no valid JSON ({error.msg})"]
    except (ValueError, RecursionError) as error:
        return None, [f"no valid JSON ({error})"]
    keys = given.get("keys") if isinstance(given, JsonObject) else None
    if isinstance(keys, list) and len(keys) > MOST_KEYS:
        few = f"{len(keys)} are more than {MOST_KEYS}; write tracks, which set a curve each"
        return None, [f"keys: {few}"]
    try:
        document, problems = read_document(given)
    except TooManyProblemsError as error:
        return None, [str(error)]
    if not isinstance(given, JsonObject):
        return None, problems
    timeline, more = _build_timeline(document, folder, photo_needed=photo_needed)
    return (timeline, []) if not problems + more else (None, problems + more)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _build_timeline(
    document: Document, folder: Path, *, photo_needed: bool
) -> tuple[Timeline | None, list[str]]:
    """The timeline of a document, and what only the whole of it shows to be wrong."""
    problems = []
    photo = folder / (document.photo or "")
    if photo_needed and document.photo and not os.path.isfile(photo):
        problems.append(f"{_MISSING}{photo}; paths are relative to this file")
    duration = document.duration
    if duration is None and "duration" not in document.model_fields_set:
        duration = _find_last_moment(document)
        if not duration:
            problems.append(
                "duration: is missing, and no time in seconds tells how long the clip is"
            )
    if not duration:
        return None, problems
    keys = _read_keys(document, duration)
    tracks = _read_tracks(document, duration)
    head = _read_head(document, duration)
    seamless = document.loop == "seamless"
    marks: list[dict[Any, Marks]] = []
    for entries in (keys, tracks, head):
        curves = _group_by_curve(entries)
        problems += _find_late(entries, duration)
        problems += _find_clashes(curves, duration, seamless=seamless)
        marks.append({curve: _make_marks(curve, several) for curve, several in curves.items()})
    cells = marks[0] | marks[1]
    timeline = Timeline(
        photo=photo,
        fps=document.fps,
        duration=duration,
        size=document.size,
        loop=document.loop,
        repeats=document.loop != "once" or "loop" not in document.model_fields_set,
        output=None if document.output is None else folder / document.output,
        face=document.face,
        blink=document.blink == "auto",
        seed=document.seed,
        keys=tuple(key.start for key in keys),
        cells={cell: cells[cell] for cell in sorted(cells)},
        head=marks[2],
    )
    return timeline, problems


def _find_last_moment(document: Document) -> float:
    """Seconds until the last moment that is given in seconds; 0 if none is."""
    entries: Iterable[Key | Point | HeadKey] = chain(
        document.keys, *document.tracks.by_name.values(), document.head
    )
    return max(
        (
            entry.t.number + (entry.hold.number if entry.hold and not entry.hold.percent else 0)
            for entry in entries
            if entry.t and not entry.t.percent
        ),
        default=0.0,
    )


# What each entry sets


def _read_keys(document: Document, duration: float) -> list[_Entry]:
    values = [key.values for key in document.keys]
    return _place_entries("keys", document.keys, values, duration)


def _read_tracks(document: Document, duration: float) -> list[_Entry]:
    entries: list[_Entry] = []
    for name, points in document.tracks.by_name.items():
        cells = AU_CELLS.get(name, ())
        values = [dict.fromkeys(cells, point.v) for point in points]
        # A track of one side replaces that side of a track of both.
        entries = [_drop_cells(entry, cells) for entry in entries]
        entries += _place_entries(f"tracks.{name}", points, values, duration)
    return entries


def _read_head(document: Document, duration: float) -> list[_Entry]:
    values = [key.values for key in document.head]
    return _place_entries("head", document.head, values, duration)


def _place_entries(
    place: str,
    entries: Sequence[Key | Point | HeadKey],
    values: Sequence[Mapping[Any, float | None]],
    duration: float,
) -> list[_Entry]:
    """Place what a list of entries sets in seconds, less those whose time is wrong."""
    return [
        _Entry(
            place=f"{place}[{index}]",
            start=entry.t.to_seconds(duration),
            hold=entry.hold.to_seconds(duration) if entry.hold else 0.0,
            ease=entry.ease,
            values=these,
        )
        for index, (entry, these) in enumerate(zip(entries, values, strict=True))
        if entry.t
    ]


def _drop_cells(entry: _Entry, cells: Sequence[Cell]) -> _Entry:
    kept = {cell: value for cell, value in entry.values.items() if cell not in cells}
    return replace(entry, values=kept)


# Curves of what is set


def _group_by_curve(entries: Sequence[_Entry]) -> dict[Any, list[_Entry]]:
    """The entries that set each curve, by Curve, in the order of time."""
    curves: dict[Any, list[_Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.start):
        for curve in entry.values:
            curves[curve].append(entry)
    return curves


def _make_marks(curve: Curve, entries: Sequence[_Entry]) -> Marks:
    return tuple(
        Mark(t=entry.start, v=entry.values[curve], ease=entry.ease, hold=entry.hold)
        for entry in entries
    )


def _find_late(entries: Sequence[_Entry], duration: float) -> Iterator[str]:
    for entry in entries:
        if entry.start > duration + TIME_TOLERANCE:
            late = f"{entry.start:g} s is after the end of the clip ({duration:g} s)"
            yield f"{entry.place}.t: {late}"


def _find_clashes(
    curves: Mapping[Any, Sequence[_Entry]], duration: float, *, seamless: bool
) -> Iterator[str]:
    """What cannot be: two values of a curve at a time, or a loop that does not close.

    An entry sets many curves: of two that clash, one line is enough.
    """
    told: set[tuple[str, str]] = set()
    for curve, entries in curves.items():
        found = list(_find_overlaps(curve, entries))
        if seamless:
            found += _find_jumps(curve, entries, duration)
        for place, other, problem in found:
            if (place, other) not in told:
                told.add((place, other))
                yield f"{place}: {problem}"


def _find_overlaps(curve: Curve, entries: Sequence[_Entry]) -> Iterator[tuple[str, str, str]]:
    """Entries of a curve that overlap: (place, the other's place, the problem) of each two."""
    name = _name_curve(curve)
    for one, other in pairwise(entries):
        if other.start - one.start <= TIME_TOLERANCE:
            problem = f"{one.place} sets {name} at {one.start:g} s already"
            yield other.place, one.place, problem
        elif one.end > other.start + TIME_TOLERANCE:
            until = f"lasts until {one.end:g} s"
            problem = f"{until}, but {other.place} sets {name} at {other.start:g} s"
            yield f"{one.place}.hold", other.place, problem


def _find_jumps(
    curve: Curve, entries: Sequence[_Entry], duration: float
) -> Iterator[tuple[str, str, str]]:
    """A seamless loop's end that is not its start: (place, "", the problem), or nothing."""
    first, last = entries[0], entries[-1]
    if last.end < duration - TIME_TOLERANCE:
        return
    begins = first.values[curve] if first.start <= TIME_TOLERANCE else None
    if begins != last.values[curve]:
        problem = (
            f"a seamless loop is back at its first frame at {duration:g} s, where "
            f"{_name_curve(curve)} has another value: end earlier, or let the two agree"
        )
        yield last.place, "", problem


def _name_curve(curve: Curve) -> str:
    """An action unit or an axis as messages call it."""
    return curve if isinstance(curve, str) else f"AU{ACTION_UNITS[curve[0]].number}"
