"""Single values of the timeline's file: how each is read, and what its schema is.

Each takes what JSON holds. Where that is wrong, a ValueError says so in the words that follow the
value's place in a message: "must be a number from 0 to 1, not true".
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import AfterValidator, Field, PlainValidator, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from ganimate.action_units import SHAPE, Cell
from ganimate.errors import UsageError
from ganimate.limits import MAX_SECONDS, MAX_TURN_DEGREES
from ganimate.performance.curves import KeyEase, KeyEaseName
from ganimate.performance.expressions import PRESETS, SOURCE, parse_expression

JsonSchema: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Moment:
    """A time as the file gives it: seconds, or a share of the duration."""

    number: float
    percent: bool

    def to_seconds(self, duration: float) -> float:
        """Convert to seconds of a clip that lasts `duration` seconds."""
        return self.number / 100 * duration if self.percent else self.number


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of value, with which a pydantic model marks its fields.

    Attributes:
        read: takes what JSON holds, gives what the models hold; where the value is of another kind,
            raises a ValueError that says what it must be.
        schema: the kind as a JSON Schema.
    """

    read: Callable[[Any], Any]
    schema: JsonSchema

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> JsonSchema:
        return self.schema


def accept_numbers(low: float, high: float, unit: str = "") -> Kind:
    """Make the kind of numbers from `low` to `high`, in `unit` where they have one."""
    limits = f"{low:g} to {high:g} {unit}".rstrip()

    def read(value: Any) -> float:
        if not _is_number(value):
            raise ValueError(f"must be a number from {limits}, not {quote(value)}")
        if not low <= value <= high:
            raise ValueError(f"{quote(value)} is out of range; give {limits}")
        return float(value)

    return Kind(read, {"type": "number", "minimum": low, "maximum": high})


def accept_integers(low: int) -> Kind:
    """Make the kind of integers of `low` or more, as JSON Schema has them: 2 or 2.0."""

    def read(value: Any) -> int:
        if not _is_integer(value) or value < low:
            raise ValueError(f"must be a whole number of {low} or more, not {quote(value)}")
        return int(value)

    return Kind(read, {"type": "integer", "minimum": low})


def accept_names(names: tuple[str, ...]) -> Kind:
    """Make the kind of a few names.

    What pydantic says of a Literal depends on the value: halves of surrogate pairs get other words.
    """

    def read(value: Any) -> str:
        if value not in names:
            raise ValueError(f"must be {list_names(names)}, not {quote(value)}")
        return str(value)

    return Kind(read, {"enum": list(names)})


def list_names(names: Sequence[str]) -> str:
    """List names for a message: "once, pingpong or seamless"."""
    return f"{', '.join(names[:-1])} or {names[-1]}"


def escape_surrogates(text: str) -> str:
    """Escape halves of surrogate pairs, which JSON may hold and no message could."""
    return text.encode("utf-8", "backslashreplace").decode()


def quote(value: Any) -> str:
    """Quote a value of a file for a message."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return escape_surrogates(json.dumps(value, ensure_ascii=False))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return _is_number(value) and (isinstance(value, int) or value.is_integer())


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value


def _read_file_name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not _is_file_name(value):
        raise ValueError(f"must be the name of a file, not {quote(value)}")
    return value


def _is_file_name(text: str) -> bool:
    """Whether the system could have a file of such a name: JSON may hold what is no text."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _refuse_zero(seconds: float) -> float:
    if seconds == 0:
        raise ValueError("0 is out of range; give more than 0 seconds")
    return seconds


def _read_face(value: Any) -> str:
    if value in ("largest", "all"):
        return str(value)
    if not _is_integer(value) or value < 0:
        raise ValueError(f"must be largest, all or a number from 0, not {quote(value)}")
    return str(int(value))


def _read_moment(value: Any) -> Moment:
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+(?:\.\d+)?)%", value)
        if match and float(match[1]) <= 100:
            return Moment(float(match[1]), percent=True)
    elif _is_number(value) and 0 <= value <= MAX_SECONDS:
        return Moment(float(value), percent=False)
    raise ValueError(f"must be seconds from 0, or a share such as '50%', not {quote(value)}")


def _read_ease(value: Any) -> KeyEase:
    names: tuple[KeyEaseName, ...] = get_args(KeyEaseName)
    for name in names:
        if value == name:
            return name
    if isinstance(value, list) and len(value) == 4:
        return _BEZIER_READER.validate_python(value)
    raise ValueError(
        f"must be {list_names(names)}, or four numbers of a cubic-bezier, not {quote(value)}"
    )


def _read_expression(value: Any) -> Mapping[Cell, float | None]:
    """The intensity of each cell that an expression sets; None is the photo's own."""
    if not isinstance(value, str):
        raise ValueError("must be a text such as smile, smile:0.6 or source")
    every = [(row, column) for row in range(SHAPE[0]) for column in range(SHAPE[1])]
    if value.strip().lower() == SOURCE:
        return dict.fromkeys(every)
    try:
        expression = parse_expression(value)
    except UsageError as error:
        raise ValueError(str(error)) from error
    rest = dict.fromkeys(every, 0.0) if expression.relaxes else {}
    return {**rest, **expression.values}


# A type that allows None is that of a value which may be missing; null in a file is refused.
Text: TypeAlias = Annotated[str | None, Kind(_read_text, {"type": "string"})]
FileName: TypeAlias = Annotated[
    str | None, Kind(_read_file_name, {"type": "string", "pattern": r"\S"})
]
Duration: TypeAlias = Annotated[
    float | None,
    accept_numbers(0, MAX_SECONDS, "seconds"),
    AfterValidator(_refuse_zero),
    Field(json_schema_extra={"exclusiveMinimum": 0}),
]
Face: TypeAlias = Annotated[
    str,
    Kind(
        _read_face,
        {"anyOf": [{"enum": ["largest", "all"]}, {"type": "integer", "minimum": 0}]},
    ),
]
Intensity: TypeAlias = Annotated[float | None, accept_numbers(0, 1)]
Degrees: TypeAlias = Annotated[
    float | None, accept_numbers(-MAX_TURN_DEGREES, MAX_TURN_DEGREES, "degrees")
]
Time: TypeAlias = Annotated[
    Moment | None,
    Kind(
        _read_moment,
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": MAX_SECONDS},
                {"type": "string", "pattern": r"^(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)%$"},
            ],
            "description": 'Seconds, or a share of the duration such as "50%".',
        },
    ),
]
Hold: TypeAlias = Annotated[
    Time,
    Field(
        description="How long the value stays before the curve goes on: seconds, or a share of "
        "the duration."
    ),
]
_BezierNumbers: TypeAlias = tuple[
    Annotated[float, accept_numbers(0, 1)],
    Annotated[float, accept_numbers(-2, 3)],
    Annotated[float, accept_numbers(0, 1)],
    Annotated[float, accept_numbers(-2, 3)],
]
_BEZIER_READER: TypeAdapter[_BezierNumbers] = TypeAdapter(_BezierNumbers)
EaseToNext: TypeAlias = Annotated[
    KeyEase,
    PlainValidator(_read_ease, json_schema_input_type=KeyEaseName | _BezierNumbers),
    Field(
        description="How the curve goes on from here to the next key. smooth is a monotone cubic "
        "through the keys, without overshoot; four numbers are a cubic-bezier as in CSS."
    ),
]
CellValues: TypeAlias = Mapping[Cell, float | None]
ExpressionText: TypeAlias = Annotated[
    CellValues | None,
    Kind(
        _read_expression,
        {"type": "string", "anyOf": [{"enum": [SOURCE, *PRESETS]}, {"minLength": 1}]},
    ),
]
