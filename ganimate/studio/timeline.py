"""The timeline of a tab: the text of a keys.json read, and its curves and keys for the strip.

The page owns the document, with all that its author wrote in it. What is read here is what
`ganimate timeline` reads, by the same reader.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF
from ganimate.arrays import Floats
from ganimate.errors import UsageError
from ganimate.limits import MAX_TURN_DEGREES
from ganimate.performance.performance import Performance
from ganimate.performance.timeline import AXES, Marks, Timeline
from ganimate.performance.timeline_document import Document, HeadKey, Key, read_document
from ganimate.performance.timeline_parts import JsonObject
from ganimate.performance.timeline_reader import parse_timeline
from ganimate.performance.timeline_writer import lay_out_document
from ganimate.studio.channels import GROUP_OF, MEANING_OF_AXIS
from ganimate.studio.settings import STRIP, StripSettings
from ganimate.studio.timeline_edits import shorten

BLINK = ROW_OF[45]

MOST_SEED = 2**53 - 1
"""Largest whole number that a browser keeps exactly."""

SAME_TIME = 1e-6
"""Seconds: entries as near as this are one key of the strip."""


@dataclass(frozen=True)
class OpenedTimeline:
    """A keys.json that was read.

    Attributes:
        given: what JSON holds.
        document: `given`, checked.
        timeline: what it asks for, in seconds.
    """

    given: Mapping[str, Any]
    document: Document
    timeline: Timeline


def open_timeline(text: str, settings: StripSettings = STRIP) -> OpenedTimeline:
    """Read the text of a keys.json, whose photo is that of the page.

    Args:
        text: JSON.
        settings: how long a clip may be.

    Raises:
        UsageError: the file is wrong; lists everything that is wrong with it, a line each.
    """
    timeline, problems = parse_timeline(text, Path(), photo_needed=False)
    if timeline is not None and timeline.seed > MOST_SEED:
        problems = [f"seed: a browser keeps whole numbers up to {MOST_SEED} only; give a smaller"]
    if timeline is not None and timeline.frames > settings.most_frames:
        problems = [
            f"duration: the clip has {timeline.frames} frames, and the studio holds up to "
            f"{settings.most_frames}; render it by `ganimate timeline`"
        ]
    if timeline is None or problems:
        count = "an error" if len(problems) == 1 else f"{len(problems)} errors"
        raise UsageError("\n".join([f"The timeline has {count}:", *problems]))
    given = json.loads(text, object_pairs_hook=JsonObject)
    return OpenedTimeline(given, read_document(given)[0], timeline)


def write_timeline(given: Mapping[str, Any]) -> bytes:
    """Write a document as the text of a keys.json, laid out for people to edit.

    Halves of surrogate pairs, which a note may hold, stay as JSON escapes them.
    """
    return "".join(lay_out_document(given)).encode("utf-8", "backslashreplace")


def describe_timeline(
    opened: OpenedTimeline, performance: Performance, settings: StripSettings = STRIP
) -> dict[str, Any]:
    """Describe a timeline as the strip draws it.

    Args:
        opened: the file.
        performance: what the first of its faces does.
        settings: how finely curves are sampled.
    """
    timeline = opened.timeline
    frames = _choose_frames(timeline.frames, settings)
    return {
        "fps": timeline.fps,
        "frames": timeline.frames,
        "course_frames": timeline.course_frames,
        "duration": timeline.duration,
        "loop": timeline.loop,
        "blink": timeline.blink,
        "seed": timeline.seed,
        "size": timeline.size,
        "keys": _list_keys(opened.document, timeline.duration),
        "times": [round(frame / timeline.fps, 4) for frame in frames.tolist()],
        "curves": list(_list_curves(timeline, performance, frames, settings)),
        "blinks": _list_blinks(performance, frames),
    }


def _choose_frames(count: int, settings: StripSettings) -> Any:
    """The numbers of the frames that curves go through, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, settings.samples)).round().astype(int))


# Keys


def _list_keys(document: Document, duration: float) -> list[dict[str, Any]]:
    """List the keys of the strip: entries of `keys` and `head` that share a time."""
    found: list[dict[str, Any]] = []
    lists: Sequence[tuple[str, Sequence[Key | HeadKey]]] = (
        ("keys", document.keys),
        ("head", document.head),
    )
    places = [
        (entry.t.to_seconds(duration), name, index, entry)
        for name, entries in lists
        for index, entry in enumerate(entries)
        if entry.t is not None
    ]
    for seconds, name, index, entry in sorted(places, key=lambda place: place[0]):
        if not found or seconds - found[-1]["t"] > SAME_TIME:
            found.append({"t": seconds, "hold": 0.0, "eases": [], "places": []})
        key = found[-1]
        key["places"].append([name, index])
        key["eases"].append(entry.ease)
        hold = entry.hold.to_seconds(duration) if entry.hold is not None else 0.0
        key["hold"] = max(key["hold"], hold)
    for key in found:
        eases = key.pop("eases")
        key["ease"] = eases[0] if all(ease == eases[0] for ease in eases) else None
    return found


# Curves


def _list_curves(
    timeline: Timeline, performance: Performance, frames: Any, settings: StripSettings
) -> Iterator[dict[str, Any]]:
    """List what moves or is set: an action unit's left side, its right one, and the head's axes."""
    aus = performance.aus
    for row, unit in enumerate(ACTION_UNITS):
        values = aus[:, row]
        is_set = any((row, side) in timeline.cells for side in (LEFT, RIGHT))
        blinks = row == BLINK and performance.blinks is not None
        if not (is_set or blinks) and np.ptp(values, axis=0).max() < settings.least_change:
            continue
        apart = np.abs(values[:, LEFT] - values[:, RIGHT]).max() >= settings.least_change
        for column, side in ((LEFT, "left"), (RIGHT, "right")) if apart else ((LEFT, "both"),):
            yield {
                "id": f"AU{unit.number}",
                "number": f"{unit.number:02d}",
                "name": unit.name.capitalize(),
                "group": GROUP_OF.get(unit.number, "More"),
                "side": side,
                "low": 0.0,
                "high": 1.0,
                **_draw(values[:, column], timeline.cells.get((row, column), ()), frames),
            }
    if performance.heads is None:
        return
    for column, axis in enumerate(AXES):
        marks = timeline.head.get(axis, ())
        if marks:
            yield {
                "id": axis,
                "number": "",
                "name": f"{axis.capitalize()} ({MEANING_OF_AXIS[axis]})",
                "group": "Head",
                "side": "both",
                "low": -MAX_TURN_DEGREES,
                "high": MAX_TURN_DEGREES,
                **_draw(performance.heads[:, column], marks, frames),
            }


def _list_blinks(performance: Performance, frames: Any) -> list[float] | None:
    """How far blinks shut the lids on top of AU45; None where there are none."""
    if performance.blinks is None:
        return None
    return [round(value, 3) for value in performance.blinks[frames].tolist()]


def _draw(values: Floats, marks: Marks, frames: Any) -> dict[str, Any]:
    """A curve through some frames of (n,) values, and the times in seconds at which it is set.

    Values are exact: a key that the strip puts where nothing moves changes nothing.
    """
    return {
        "values": [shorten(value) for value in values[frames].tolist()],
        "marks": [round(mark.t, 4) for mark in marks],
    }
