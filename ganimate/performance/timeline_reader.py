"""The file of `ganimate timeline`: JSON in, a checked Timeline out, and the other way round.

timeline.schema.json beside this module describes the same format to editors. What is checked here
goes further (times against the clip's length, names of expressions, one value at a time), reports
all that is wrong with a file at once, and says where: `keys[3].aus.AU99: ...`.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, get_args

from ganimate.action_units import ACTION_UNITS, SHAPE, Cell
from ganimate.errors import UsageError
from ganimate.performance.curves import NEAR, Ease, EaseName
from ganimate.performance.expressions import parse_expression
from ganimate.performance.timeline import (
    AU_CELLS,
    AXES,
    DEFAULT_FPS,
    MAX_SECONDS,
    MAX_TURN,
    Axis,
    Loop,
    Mark,
    Marks,
    Timeline,
)

T = TypeVar("T")
SOURCE = "source"  # the expression that returns to the photo's own
MIN_FPS, MAX_FPS = 1.0, 120.0


# Reading


def read_timeline(path: str | Path) -> Timeline:
    """Read and check a file. Raises UsageError that lists everything that is wrong with it."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist: check its name") from None
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
    """The timeline that a text describes, or all its errors, each with its place.

    folder: what the paths in the file are relative to.
    """
    reader = _Reader(folder)
    try:
        document = json.loads(text, object_pairs_hook=_Object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return None, [f"line {error.lineno}, column {error.colno}: no valid JSON ({error.msg})"]
    except (ValueError, RecursionError) as error:
        return None, [f"no valid JSON ({error})"]
    timeline = reader.timeline(document)
    return (None, reader.problems) if reader.problems else (timeline, [])


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


class _Object(dict[str, Any]):
    """A JSON object that remembers which names were given twice."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.repeated = sorted({name for name in names if names.count(name) > 1})


@dataclass(frozen=True)
class _Moment:
    """A time as the file gives it: seconds, or a share of the duration."""

    number: float
    percent: bool

    def seconds(self, duration: float) -> float:
        return self.number / 100 * duration if self.percent else self.number


@dataclass(frozen=True)
class _Key:
    """One entry of keys, tracks or head, before the duration is known."""

    place: str
    t: _Moment
    hold: _Moment | None
    ease: Ease
    values: Mapping[Any, float | None]  # by cell, or by axis

    def held(self, duration: float) -> float:
        """Seconds that it holds."""
        return self.hold.seconds(duration) if self.hold else 0.0


class _Reader:
    """Reads a document and collects what is wrong with it; what is wrong reads as None."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []

    # the parts of a file

    def timeline(self, document: Any) -> Timeline | None:
        known = ("photo", "fps", "duration", "size", "loop", "output", "face", "blink", "seed")
        given = self._object(document, "", (*known, "keys", "tracks", "head"))
        if given is None:
            return None
        photo = self._path(given, "photo")
        if "photo" not in given:
            self._say("photo", "is missing; give the photo to animate, relative to this file")
        elif photo and not photo.is_file():
            self._say("photo", f"there is no file {photo}; paths are relative to this file")
        fps = self._maybe(given, "fps", self._number, MIN_FPS, MAX_FPS)
        duration = self._maybe(given, "duration", self._duration)
        size = self._maybe(given, "size", self._integer, 16)
        loop = self._maybe(given, "loop", self._choice, get_args(Loop))
        output = self._path(given, "output")
        face = self._maybe(given, "face", self._face)
        blink = self._maybe(given, "blink", self._choice, ("auto", "none"))
        seed = self._maybe(given, "seed", self._integer, 0)
        keys = self._each(given, "keys", self._key)
        tracks = self._tracks(given)
        head = self._each(given, "head", self._head_key)
        if not {"keys", "tracks", "head", "blink"} & given.keys():
            self._say("keys", "is missing; give keys, tracks, head or blink, or nothing moves")
        if duration is None and "duration" not in given:
            duration = self._longest([*keys, *tracks, *head])
        if duration is None:
            return None
        course = Timeline(
            photo=photo or Path(),
            fps=fps or DEFAULT_FPS,
            duration=duration,
            size=size,
            loop=loop or "once",
            output=output,
            face=face or "largest",
            blink=blink == "auto",
            seed=seed or 0,
            keys=tuple(key.t.seconds(duration) for key in keys),
        )
        by_cell = self._placed([*keys], course)
        by_cell |= self._placed(tracks, course)
        cells = {cell: by_cell[cell] for cell in sorted(by_cell)}
        return Timeline(**{**vars(course), "cells": cells, "head": self._placed(head, course)})

    def _key(self, item: Any, place: str) -> _Key | None:
        given = self._object(item, place, ("t", "expression", "aus", "ease", "hold"))
        if given is None:
            return None
        values: Mapping[Cell, float | None] = {}
        if "expression" in given and "aus" in given:
            self._say(place, "has both expression and aus; write smile+AU1=0.4, or two keys")
        elif "expression" in given:
            values = self._expression(given["expression"], f"{place}.expression")
        elif "aus" in given:
            values = self._aus(given["aus"], f"{place}.aus")
        else:
            self._say(place, "names neither an expression nor aus")
        return self._timed(given, place, values)

    def _head_key(self, item: Any, place: str) -> _Key | None:
        given = self._object(item, place, ("t", *AXES, "ease", "hold"))
        if given is None:
            return None
        values = {
            axis: self._number(given[axis], f"{place}.{axis}", -MAX_TURN, MAX_TURN, "degrees")
            for axis in AXES
            if axis in given
        }
        if not values:
            self._say(place, f"names none of {', '.join(AXES)}")
        return self._timed(given, place, values)

    def _tracks(self, given: Mapping[str, Any]) -> list[_Key]:
        if "tracks" not in given:
            return []
        tracks = self._object(given["tracks"], "tracks", None)
        keys: list[_Key] = []
        for name in _both_sides_first(tracks or {}):
            cells = self._cells(name, f"tracks.{name}")

            def point(item: Any, place: str, cells: tuple[Cell, ...] = cells) -> _Key | None:
                given = self._object(item, place, ("t", "v", "ease", "hold"))
                if given is None:
                    return None
                if "v" not in given:
                    self._say(f"{place}.v", "is missing; give an intensity from 0 to 1")
                v = self._maybe(given, "v", self._number, 0.0, 1.0, place=place)
                return self._timed(given, place, dict.fromkeys(cells, v))

            assert tracks is not None
            points = self._each(tracks, name, point, "tracks.")
            # a track of one side replaces that side of a track of both
            keys = [_without(key, cells) for key in keys] + points
        return keys

    def _timed(
        self, given: Mapping[str, Any], place: str, values: Mapping[Any, float | None]
    ) -> _Key | None:
        if "t" not in given:
            self._say(f"{place}.t", "is missing; give seconds, or a share such as '50%'")
        t = self._maybe(given, "t", self._moment, place=place)
        hold = self._maybe(given, "hold", self._moment, place=place)
        ease: Ease = self._maybe(given, "ease", self._ease, place=place) or "smooth"
        return None if t is None else _Key(place, t, hold, ease, values)

    # what an action unit is asked to show

    def _expression(self, value: Any, place: str) -> Mapping[Cell, float | None]:
        if not isinstance(value, str):
            self._say(place, "must be a text such as smile, smile:0.6 or source")
            return {}
        every = [(row, column) for row in range(SHAPE[0]) for column in range(SHAPE[1])]
        if value.strip().lower() == SOURCE:
            return dict.fromkeys(every)
        try:
            expression = parse_expression(value)
        except UsageError as error:
            self._say(place, f"{error} Or {SOURCE}, the photo's own")
            return {}
        rest = dict.fromkeys(every, 0.0) if expression.relaxes else {}
        return {**rest, **expression.values}

    def _aus(self, value: Any, place: str) -> Mapping[Cell, float | None]:
        given = self._object(value, place, None)
        values: dict[Cell, float | None] = {}
        for name in _both_sides_first(given or {}):
            assert given is not None
            intensity = self._number(given[name], f"{place}.{name}", 0.0, 1.0)
            values |= dict.fromkeys(self._cells(name, f"{place}.{name}"), intensity)
        if given is not None and not given:
            self._say(place, "names no action unit")
        return values

    def _cells(self, name: str, place: str) -> tuple[Cell, ...]:
        if name in AU_CELLS:
            return AU_CELLS[name]
        if name[:-1] in AU_CELLS and name[-1] in "LR":
            self._say(place, f"{name[:-1]} moves both sides at once: write {name[:-1]}")
        elif name.upper() in AU_CELLS:
            self._say(place, f"write {name.upper()}")
        else:
            units = ", ".join(f"AU{unit.number}" for unit in ACTION_UNITS)
            self._say(place, f"unknown action unit; the 17 are {units}")
        return ()

    # times, and curves from keys

    def _longest(self, keys: Iterable[_Key]) -> float | None:
        """Seconds until the last moment that is given in seconds."""
        ends = [
            key.t.number + (key.hold.number if key.hold and not key.hold.percent else 0)
            for key in keys
            if not key.t.percent
        ]
        if not ends or max(ends) <= 0:
            self._say("duration", "is missing, and no time in seconds tells how long the clip is")
            return None
        return max(ends)

    def _placed(self, keys: Sequence[_Key], course: Timeline) -> dict[Any, Marks]:
        """The marks of each curve in the order of time; complains of times that cannot be."""
        duration = course.duration
        for key in keys:
            if key.t.seconds(duration) > duration + NEAR:
                end = f"{key.t.seconds(duration):g} s is after the end of the clip"
                self._say(f"{key.place}.t", f"{end} ({duration:g} s)")
        curves: dict[Any, list[_Key]] = defaultdict(list)
        for key in sorted(keys, key=lambda key: key.t.seconds(duration)):
            for name in key.values:
                curves[name].append(key)
        clashes: dict[tuple[str, str], str] = {}  # a key sets many curves: one line for all
        for name, several in curves.items():
            for place, other, problem in _clashes(name, several, course):
                clashes.setdefault((place, other), problem)
        for (place, _), problem in clashes.items():
            self._say(place, problem)
        return {
            name: tuple(
                Mark(key.t.seconds(duration), key.values[name], key.ease, key.held(duration))
                for key in several
            )
            for name, several in curves.items()
        }

    # single values

    def _object(
        self, value: Any, place: str, known: Sequence[str] | None
    ) -> Mapping[str, Any] | None:
        """The object less its comments; complains of names that are not known."""
        if not isinstance(value, _Object):
            self._say(place or "the file", f"must be an object in braces, not {_kind(value)}")
            return None
        inside = f"{place}." if place else ""
        for name in value.repeated:
            self._say(f"{inside}{name}", "is given twice")
        for name in ("$comment", *(("$schema",) if not place else ())):
            if name in value and not isinstance(value[name], str):
                self._say(f"{inside}{name}", "must be a text")
        comments = ("$comment",) if place else ("$comment", "$schema")
        given = {name: item for name, item in value.items() if name not in comments}
        for name in given if known is not None else ():
            if known is not None and name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"it can be {', '.join(known)}"
                self._say(f"{inside}{name}", f"unknown; {hint}")
        return given

    def _each(
        self,
        given: Mapping[str, Any],
        name: str,
        read: Callable[[Any, str], _Key | None],
        inside: str = "",
    ) -> list[_Key]:
        items = given.get(name, [])
        if not isinstance(items, list):
            self._say(f"{inside}{name}", f"must be a list in brackets, not {_kind(items)}")
            return []
        if name in given and not items:
            self._say(f"{inside}{name}", "is empty: give a key, or leave it out")
        keys = [read(item, f"{inside}{name}[{index}]") for index, item in enumerate(items)]
        return [key for key in keys if key is not None]

    def _maybe(
        self,
        given: Mapping[str, Any],
        name: str,
        read: Callable[..., T | None],
        *limits: Any,
        place: str = "",
    ) -> T | None:
        """The value of a name that may be missing."""
        where = f"{place}.{name}" if place else name
        return read(given[name], where, *limits) if name in given else None

    def _number(
        self, value: Any, place: str, low: float, high: float, unit: str = ""
    ) -> float | None:
        limits = f"{low:g} to {high:g} {unit}".rstrip()
        if not _is_number(value):
            self._say(place, f"must be a number from {limits}, not {_kind(value)}")
        elif not low <= value <= high:
            self._say(place, f"{_kind(value)} is out of range; give {limits}")
        else:
            return float(value)
        return None

    def _integer(self, value: Any, place: str, low: int) -> int | None:
        if not _is_whole(value) or value < low:
            self._say(place, f"must be a whole number of {low} or more, not {_kind(value)}")
            return None
        return int(value)

    def _duration(self, value: Any, place: str) -> float | None:
        seconds = self._number(value, place, 0.0, MAX_SECONDS, "seconds")
        if seconds == 0:
            self._say(place, "0 is out of range; give more than 0 seconds")
            return None
        return seconds

    def _choice(self, value: Any, place: str, choices: Sequence[str]) -> Any:
        if value in choices:
            return value
        self._say(place, f"must be {_listed(choices)}, not {_kind(value)}")
        return None

    def _face(self, value: Any, place: str) -> str | None:
        if value in ("largest", "all"):
            return str(value)
        if _is_whole(value) and value >= 0:
            return str(int(value))
        self._say(place, f"must be largest, all or a number from 0, not {_kind(value)}")
        return None

    def _path(self, given: Mapping[str, Any], name: str) -> Path | None:
        if name not in given:
            return None
        value = given[name]
        if isinstance(value, str) and value.strip():
            return self.folder / value
        self._say(name, f"must be the name of a file, not {_kind(value)}")
        return None

    def _moment(self, value: Any, place: str) -> _Moment | None:
        if isinstance(value, str):
            match = re.fullmatch(r"(\d+(?:\.\d+)?)%", value)
            if match and float(match[1]) <= 100:
                return _Moment(float(match[1]), percent=True)
        elif _is_number(value) and 0 <= value <= MAX_SECONDS:
            return _Moment(float(value), percent=False)
        self._say(place, f"must be seconds from 0, or a share such as '50%', not {_kind(value)}")
        return None

    def _ease(self, value: Any, place: str) -> Ease | None:
        if isinstance(value, str) and value in get_args(EaseName):
            return value  # type: ignore[return-value]
        if isinstance(value, list) and len(value) == 4:
            numbers = [
                self._number(number, f"{place}[{index}]", *((0, 1) if index % 2 == 0 else (-2, 3)))
                for index, number in enumerate(value)
            ]
            return None if None in numbers else tuple(numbers)  # type: ignore[return-value]
        names = _listed(get_args(EaseName))
        self._say(place, f"must be {names}, or four numbers of a cubic-bezier, not {_kind(value)}")
        return None

    def _say(self, place: str, problem: str) -> None:
        line = f"{place}: {problem}"
        if line not in self.problems:
            self.problems.append(line)


def _clashes(
    name: Cell | Axis, keys: Sequence[_Key], course: Timeline
) -> Iterator[tuple[str, str, str]]:
    """What cannot be of one curve's keys in order: (place, the other key's place, the problem)."""
    duration, curve = course.duration, _named(name)
    for one, other in pairwise(keys):
        start, end = one.t.seconds(duration), other.t.seconds(duration)
        held = start + one.held(duration)
        if end - start <= NEAR:
            yield other.place, one.place, f"{one.place} sets {curve} at {start:g} s already"
        elif held > end + NEAR:
            problem = f"lasts until {held:g} s, but {other.place} sets {curve} at {end:g} s"
            yield f"{one.place}.hold", other.place, problem
    first, last = keys[0], keys[-1]
    ends_at = last.t.seconds(duration) + last.held(duration)
    if course.loop == "seamless" and ends_at >= duration - NEAR:
        begins = first.values[name] if first.t.seconds(duration) <= NEAR else None
        if begins != last.values[name]:
            problem = (
                f"a seamless loop is back at its first frame at {duration:g} s, where {curve} "
                "has another value: end earlier, or let the two agree"
            )
            yield last.place, "", problem


def _both_sides_first(names: Iterable[str]) -> list[str]:
    """AU12 before AU12L, so that what is said of one side overrides what is said of both."""
    return sorted(names, key=lambda name: name.endswith(("L", "R")))


def _without(key: _Key, cells: Sequence[Cell]) -> _Key:
    values = {cell: value for cell, value in key.values.items() if cell not in cells}
    return _Key(key.place, key.t, key.hold, key.ease, values)


def _named(name: Cell | Axis) -> str:
    """An action unit or an axis as messages call it."""
    return name if isinstance(name, str) else f"AU{ACTION_UNITS[name[0]].number}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    """Whether JSON Schema takes a value for an integer: 2 and 2.0, but not true."""
    return _is_number(value) and (isinstance(value, int) or value.is_integer())


def _kind(value: Any) -> str:
    """A value as it is quoted in messages."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return json.dumps(value, ensure_ascii=False)


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
