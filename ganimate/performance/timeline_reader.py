"""The file of `ganimate timeline`: JSON in, a checked Timeline out.

timeline_document.py says what may stand where. What it cannot say is checked here: whether the
photo is there, times against the clip's length, and one value at a time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from ganimate.action_units import ACTION_UNITS, Cell
from ganimate.errors import UsageError
from ganimate.performance.curves import NEAR, Ease
from ganimate.performance.timeline import AU_CELLS, AXES, Axis, Mark, Marks, Timeline
from ganimate.performance.timeline_document import (
    Document,
    HeadKey,
    Key,
    Point,
    read_document,
)
from ganimate.performance.timeline_parts import JsonObject

Entry = TypeVar("Entry", Key, Point, HeadKey)
Curve: TypeAlias = Cell | Axis  # what names a curve


@dataclass(frozen=True)
class _Setting:
    """Values that one entry of the file sets, each on its curve; times in seconds."""

    place: str
    start: float
    held: float
    ease: Ease
    values: Mapping[Any, float | None]  # by Curve; None: the photo's own

    @property
    def end(self) -> float:
        return self.start + self.held


def read_timeline(path: str | Path) -> Timeline:
    """Read and check a file.

    Args:
        path: of a JSON file; paths in it are relative to its folder.

    Raises:
        UsageError: the file cannot be read, or is wrong; lists everything that is wrong with it.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist: check its name") from error
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder: give a .json file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as a text file: {error}") from None
    timeline, problems = parse_timeline(text, path.parent)
    if timeline is None:
        count = "an error" if len(problems) == 1 else f"{len(problems)} errors"
        raise UsageError("\n  ".join([f"{path} has {count}:", *problems]))
    return timeline


def parse_timeline(text: str, folder: Path) -> tuple[Timeline | None, list[str]]:
    """Parse the text of a file.

    Args:
        text: JSON.
        folder: what the paths in the file are relative to.

    Returns:
        The timeline and no errors, or None and all errors, each with its place.
    """
    try:
        given = json.loads(text, object_pairs_hook=JsonObject, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return None, [f"line {error.lineno}, column {error.colno}: no valid JSON ({error.msg})"]
    except (ValueError, RecursionError) as error:
        return None, [f"no valid JSON ({error})"]
    document, problems = read_document(given)
    if not isinstance(given, JsonObject):
        return None, problems
    timeline, more = _build_timeline(document, folder)
    return (timeline, []) if not problems + more else (None, problems + more)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _build_timeline(document: Document, folder: Path) -> tuple[Timeline | None, list[str]]:
    """The timeline of a document, and what only the whole of it shows to be wrong."""
    problems = []
    photo = folder / (document.photo or "")
    if document.photo and not photo.is_file():
        problems.append(f"photo: there is no file {photo}; paths are relative to this file")
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
    for settings in (keys, tracks, head):
        problems += _find_late(settings, duration)
        problems += _find_clashes(settings, duration, seamless=document.loop == "seamless")
    cells = _make_marks(keys) | _make_marks(tracks)
    timeline = Timeline(
        photo=photo,
        fps=document.fps,
        duration=duration,
        size=document.size,
        loop=document.loop,
        output=None if document.output is None else folder / document.output,
        face=document.face,
        blink=document.blink == "auto",
        seed=document.seed,
        keys=tuple(setting.start for setting in keys),
        cells={cell: cells[cell] for cell in sorted(cells)},
        head=_make_marks(head),
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


def _read_keys(document: Document, duration: float) -> list[_Setting]:
    def read_values(key: Key) -> Mapping[Cell, float | None]:
        if key.expression is not None:
            return {} if "aus" in key.model_fields_set else key.expression
        named = key.aus.by_name.items()
        return {cell: value for name, value in named for cell in AU_CELLS.get(name, ())}

    return _read_entries(document.keys, "keys", read_values, duration)


def _read_tracks(document: Document, duration: float) -> list[_Setting]:
    settings: list[_Setting] = []
    for name, points in document.tracks.by_name.items():
        cells = AU_CELLS.get(name, ())

        def read_values(point: Point, cells: Sequence[Cell] = cells) -> Mapping[Cell, float | None]:
            return dict.fromkeys(cells, point.v)

        # A track of one side replaces that side of a track of both.
        settings = [_drop_cells(setting, cells) for setting in settings]
        settings += _read_entries(points, f"tracks.{name}", read_values, duration)
    return settings


def _read_head(document: Document, duration: float) -> list[_Setting]:
    def read_values(key: HeadKey) -> Mapping[Axis, float | None]:
        return {axis: getattr(key, axis) for axis in AXES if axis in key.model_fields_set}

    return _read_entries(document.head, "head", read_values, duration)


def _read_entries(
    entries: Sequence[Entry],
    place: str,
    read_values: Callable[[Entry], Mapping[Any, float | None]],
    duration: float,
) -> list[_Setting]:
    """What a list of entries sets, less those whose time is wrong."""
    return [
        _Setting(
            place=f"{place}[{index}]",
            start=entry.t.to_seconds(duration),
            held=entry.hold.to_seconds(duration) if entry.hold else 0.0,
            ease=entry.ease,
            values=read_values(entry),
        )
        for index, entry in enumerate(entries)
        if entry.t
    ]


def _drop_cells(setting: _Setting, cells: Sequence[Cell]) -> _Setting:
    kept = {cell: value for cell, value in setting.values.items() if cell not in cells}
    return replace(setting, values=kept)


# Curves of what is set


def _group_by_curve(settings: Sequence[_Setting]) -> dict[Any, list[_Setting]]:
    """The settings of each curve, by Curve, in the order of time."""
    curves: dict[Any, list[_Setting]] = defaultdict(list)
    for setting in sorted(settings, key=lambda setting: setting.start):
        for curve in setting.values:
            curves[curve].append(setting)
    return curves


def _make_marks(settings: Sequence[_Setting]) -> dict[Any, Marks]:
    return {
        curve: tuple(
            Mark(t=one.start, v=one.values[curve], ease=one.ease, hold=one.held) for one in several
        )
        for curve, several in _group_by_curve(settings).items()
    }


def _find_late(settings: Sequence[_Setting], duration: float) -> Iterator[str]:
    for setting in settings:
        if setting.start > duration + NEAR:
            late = f"{setting.start:g} s is after the end of the clip ({duration:g} s)"
            yield f"{setting.place}.t: {late}"


def _find_clashes(
    settings: Sequence[_Setting], duration: float, *, seamless: bool
) -> Iterator[str]:
    """What cannot be: two values of a curve at a time, or a loop that does not close.

    An entry sets many curves: of two that clash, one line is enough.
    """
    told: set[tuple[str, str]] = set()
    for curve, several in _group_by_curve(settings).items():
        found = list(_find_overlaps(curve, several))
        if seamless:
            found += _find_jumps(curve, several, duration)
        for place, other, problem in found:
            if (place, other) not in told:
                told.add((place, other))
                yield f"{place}: {problem}"


def _find_overlaps(curve: Curve, settings: Sequence[_Setting]) -> Iterator[tuple[str, str, str]]:
    """(place, the other's place, the problem) of one curve's settings, in the order of time."""
    name = _name_curve(curve)
    for one, other in pairwise(settings):
        if other.start - one.start <= NEAR:
            problem = f"{one.place} sets {name} at {one.start:g} s already"
            yield other.place, one.place, problem
        elif one.end > other.start + NEAR:
            until = f"lasts until {one.end:g} s"
            problem = f"{until}, but {other.place} sets {name} at {other.start:g} s"
            yield f"{one.place}.hold", other.place, problem


def _find_jumps(
    curve: Curve, settings: Sequence[_Setting], duration: float
) -> Iterator[tuple[str, str, str]]:
    """The same where the end of a seamless loop is not its start."""
    first, last = settings[0], settings[-1]
    if last.end < duration - NEAR:
        return
    begins = first.values[curve] if first.start <= NEAR else None
    if begins != last.values[curve]:
        problem = (
            f"a seamless loop is back at its first frame at {duration:g} s, where "
            f"{_name_curve(curve)} has another value: end earlier, or let the two agree"
        )
        yield last.place, "", problem


def _name_curve(curve: Curve) -> str:
    """An action unit or an axis as messages call it."""
    return curve if isinstance(curve, str) else f"AU{ACTION_UNITS[curve[0]].number}"
