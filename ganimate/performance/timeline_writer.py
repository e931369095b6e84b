"""Timeline files for people to edit: a first one to start from, and the layout of their JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from ganimate.limits import MAX_TURN_DEGREES
from ganimate.media.files import write_whole
from ganimate.performance.expressions import SOURCE
from ganimate.performance.timeline import SCHEMA

MAX_LINE = 96
"""Characters of a line: an object or a list that fits on one stands on one."""

# Mappings that are no dicts are not looked into to see whether they fit on a line.
JSON = json.JSONEncoder(ensure_ascii=False, default=lambda _: " " * MAX_LINE)


def make_starter(photo: str) -> dict[str, Any]:
    """Make a first file for a photo, whose comments say what can be changed.

    Args:
        photo: its path, relative to the file.

    Returns:
        What write_document writes.
    """
    return {
        "$schema": SCHEMA.as_uri(),
        "$comment": "Paths are relative to this file. Editors that know JSON Schema complete names "
        "and check values. `ganimate expressions` lists expressions and action units. loop is "
        "once, pingpong, hold or seamless.",
        "photo": photo,
        "output": f"{Path(photo).stem}.mp4",
        "fps": 30,
        "duration": 4,
        "blink": "auto",
        "keys": [
            {
                "$comment": "The clip starts with the photo's own expression. t is in seconds, or "
                "a share of the duration.",
                "t": 0,
                "expression": SOURCE,
            },
            {
                "$comment": "A preset and its weight. It stays for 0.8 s, then leaves gently.",
                "t": 1.2,
                "expression": "smile:0.8",
                "hold": 0.8,
                "ease": "in-out",
            },
            {
                "$comment": "Single action units, L and R for the person's own left and right; all "
                "others keep their course. ease is smooth, linear, in, out, in-out, step, or four "
                "numbers of a cubic-bezier, for the way from here to the next key.",
                "t": "75%",
                "aus": {"AU1": 0.4, "AU2L": 0.6, "AU12": 0.3},
            },
            {"t": "100%", "expression": SOURCE},
        ],
        "tracks": {
            "$comment": "Curves of single action units, which replace what the keys say of them.",
            "AU26": [{"t": 0.8, "v": 0}, {"t": 1.3, "v": 0.3}, {"t": 1.8, "v": 0}],
        },
        "head": [
            {
                "$comment": f"Degrees, at most {MAX_TURN_DEGREES:g}: yaw turns to the "
                "person's right, pitch nods down, roll tilts clockwise.",
                "t": 0,
                "yaw": 0,
                "roll": 0,
            },
            {"t": 1.5, "yaw": 5, "roll": 2},
            {"t": "100%", "yaw": 0, "roll": 0},
        ],
    }


def write_document(document: Mapping[str, Any], path: Path) -> None:
    """Write a file for people to edit, whole or not at all.

    Args:
        document: what JSON can hold. A mapping that is no dict may work its items out one by one:
            no more than one is ever held.
        path: of the file, which is replaced if it is there.

    Raises:
        OutputError: the disk refuses.
    """
    # Bytes of a file name that are no UTF-8 become the escapes that JSON has for them, too.
    pieces = lay_out_document(document)
    write_whole(path, (piece.encode(errors="backslashreplace") for piece in pieces))


def lay_out_document(document: Mapping[str, Any]) -> Iterator[str]:
    """Lay out a file for people to edit: whatever fits on a line stands on one.

    Args:
        document: what JSON can hold, as for write_document().

    Yields:
        Pieces of the file's text.
    """
    yield from chain(_lay_out(document, ""), "\n")


def _lay_out(value: Any, indent: str) -> Iterator[str]:
    """Yield pieces of JSON in which whatever fits on a line stands on one."""
    room = MAX_LINE - len(indent)
    if not isinstance(value, Mapping | list):
        yield JSON.encode(value)
    elif len(line := _encode_beginning(value, room)) <= room:
        yield line
    else:
        first, last = "{}" if isinstance(value, Mapping) else "[]"
        items = value.items() if isinstance(value, Mapping) else ((None, item) for item in value)
        inner = f"{indent}  "
        yield first
        for index, (name, item) in enumerate(items):
            yield (",\n" if index else "\n") + inner
            yield "" if name is None else f"{JSON.encode(name)}: "
            yield from _lay_out(item, inner)
        yield f"\n{indent}{last}"


def _encode_beginning(value: Any, length: int) -> str:
    """Encode a value on one line, as far as `length` characters and a little more."""
    line = ""
    for piece in JSON.iterencode(value):
        line += piece
        if len(line) > length:
            break
    return line
