"""Keys put into a document: the expression on the stage, from a time on, and nothing else moves.

Documents are what JSON holds, with all that their authors wrote in them; each edit gives a new one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, Cell
from ganimate.arrays import AUVector
from ganimate.performance.expressions import SOURCE
from ganimate.performance.timeline import AU_CELLS, AXES, SCHEMA
from ganimate.performance.timeline_values import Moment
from ganimate.studio.channels import Wish
from ganimate.studio.settings import STRIP, StripSettings

Json = dict[str, Any]


def start_document(photo: str, face: int, settings: StripSettings = STRIP) -> Json:
    """Start a document in which nothing moves yet.

    Args:
        photo: name of the photo, which will lie beside the file.
        face: number of the face in it, the largest being 0.
        settings: how long it is, and its rate.
    """
    started: Json = {
        "$schema": SCHEMA.as_uri(),
        "photo": photo,
        "fps": settings.fps,
        "duration": settings.duration,
        "loop": "once",
        "blink": "none",
    }
    return started | ({"face": face} if face else {})


def put_key(
    document: Mapping[str, Any], at: float, wish: Wish, source: AUVector, duration: float
) -> Json:
    """Put the expression of a whole face into a document, at a time.

    A key that is there at this time is replaced, and keeps its ease, hold and note. An action unit
    that has a track gets a point of it, as a track goes before keys.

    Args:
        document: what JSON holds of a right file.
        at: seconds.
        wish: what the face shall show then.
        source: (17, 2) in [0, 1], what the photo shows.
        duration: seconds of the document.

    Returns:
        Another document.
    """
    made = copy.deepcopy(dict(document))
    tracks = made.get("tracks", {})
    cells = _put_points(tracks, at, wish.aus, duration)
    left = [cell for cell in _list_cells() if cell not in cells]
    if left:
        keys = made.setdefault("keys", [])
        _put_entry(
            keys, at, _describe_face(left, wish.aus, source), ("expression", "aus"), duration
        )
    _put_head(made, at, wish, duration)
    return made


def _list_cells() -> list[Cell]:
    return [(row, side) for row in range(len(ACTION_UNITS)) for side in (LEFT, RIGHT)]


def shorten(value: float) -> float:
    """The shortest number that is the same in single precision: what the photo shows stays so."""
    return float(str(np.float32(value)))


def _describe_face(cells: list[Cell], aus: AUVector, source: AUVector) -> Json:
    """What a key says so that these cells of a face are as in `aus`."""
    if len(cells) == aus.size and np.array_equal(aus, source):
        return {"expression": SOURCE}
    values: dict[str, float] = {}
    for row, unit in enumerate(ACTION_UNITS):
        name, (left, right) = f"AU{unit.number}", aus[row].tolist()
        both = (row, LEFT) in cells and (row, RIGHT) in cells
        if both and (left == right or not unit.sided):
            values[name] = shorten(left)
            continue
        for side, column in (("L", LEFT), ("R", RIGHT)):
            if (row, column) in cells:
                values[name + side] = shorten(aus[row, column])
    return {"aus": values}


# Lists of entries with times


def _put_entry(
    entries: list[Json], at: float, said: Json, instead_of: Iterable[str], duration: float
) -> None:
    """Put an entry into a list, in place of one at its time, and shorten the holds before it.

    Args:
        entries: the list.
        at: seconds.
        said: what the entry sets.
        instead_of: names that go from the entry that it replaces.
        duration: seconds of the document.
    """
    at = min(round(at, 4), duration)
    same = [one for one in entries if abs(_read_time(one["t"], duration) - at) < STRIP.same_time]
    if same:
        entry = same[0]
        for name in instead_of:
            entry.pop(name, None)
        for other in same[1:]:  # entries of a time that share what they set
            entries[:] = [one for one in entries if one is not other]
            entry.update({name: other[name] for name in other if name not in entry | said})
        for name in instead_of:
            entry.pop(name, None)
        entry.update(said)
        return
    later = (n for n, entry in enumerate(entries) if _read_time(entry["t"], duration) > at)
    entries.insert(next(later, len(entries)), {"t": at, **said})
    for entry in entries:
        shared = (entry.keys() & said.keys()) | (entry.keys() & set(instead_of))
        start = _read_time(entry["t"], duration)
        end = start + _read_time(entry.get("hold", 0), duration)
        if shared and start < at < end:
            entry["hold"] = round(at - start, 4)


def _read_time(value: Any, duration: float) -> float:
    """Seconds of a time as a right file has it."""
    if isinstance(value, str):
        return Moment(float(value.rstrip("%")), percent=True).to_seconds(duration)
    return float(value)


def _put_points(tracks: Json, at: float, aus: AUVector, duration: float) -> set[Cell]:
    """Put a point into each track; the cells that have tracks."""
    for name in [name for name in tracks if len(AU_CELLS.get(name, ())) == 2]:
        (row, _), _ = AU_CELLS[name]
        if ACTION_UNITS[row].sided and aus[row, LEFT] != aus[row, RIGHT]:
            points = tracks.pop(name)  # one track cannot say both
            for side in "LR":
                tracks.setdefault(name + side, copy.deepcopy(points))
    covered: set[Cell] = set()
    for name, points in tracks.items():
        if name in AU_CELLS:
            cells = AU_CELLS[name]
            _put_entry(points, at, {"v": shorten(aus[cells[0]])}, (), duration)
            covered.update(cells)
    return covered


# The head


def _put_head(made: Json, at: float, wish: Wish, duration: float) -> None:
    """Put the turn of the head at a time into a document, if the head ever turns."""
    turned = {axis: shorten(angle) for axis, angle in zip(AXES, wish.head.tolist(), strict=True)}
    head: list[Json] = made.get("head", [])
    set_before = {axis for axis in AXES if any(axis in entry for entry in head)}
    said: Json = {axis: angle for axis, angle in turned.items() if angle or axis in set_before}
    if not said:
        return
    new: Json = {axis: 0 for axis in said if axis not in set_before}
    if new:  # where nothing turned it so far, nothing shall: not on its way to here either
        for time in [entry["t"] for entry in [*made.get("keys", []), *head]]:
            _put_entry_at(head, time, new, duration)
    _put_entry(head, at, said, (), duration)
    made["head"] = head


def _put_entry_at(entries: list[Json], time: Any, said: Json, duration: float) -> None:
    """Put an entry into a list at a time as the file writes it, such as "50%"."""
    at = _read_time(time, duration)
    known = len(entries)
    _put_entry(entries, at, said, (), duration)
    if len(entries) > known:
        next(entry for entry in entries if entry["t"] == min(round(at, 4), duration))["t"] = time
