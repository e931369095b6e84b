"""The timeline's file as pydantic models: what may stand where, and its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, get_args

from pydantic import ConfigDict, Field, ValidationError, WrapValidator
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import ErrorDetails, core_schema

from ganimate.action_units import ACTION_UNITS
from ganimate.limits import MAX_FPS, MIN_FPS, MIN_SIZE
from ganimate.media.suffixes import CLIP_SUFFIXES, STILL_SUFFIXES
from ganimate.performance.timeline import AU_CELLS, AXES, DEFAULT_FPS, Axis, Loop
from ganimate.performance.timeline_parts import SALVAGE, Items, Part, Problem, ProblemCount, read_or
from ganimate.performance.timeline_values import (
    CellValues,
    Degrees,
    Duration,
    EaseToNext,
    ExpressionText,
    Face,
    FileName,
    Hold,
    Intensity,
    JsonSchema,
    Text,
    Time,
    accept_integers,
    accept_names,
    accept_numbers,
)

T = TypeVar("T")
Blink: TypeAlias = Literal["auto", "none"]

REMEDIES = {
    "photo": "give the photo to animate, relative to this file",
    "t": "give seconds, or a share such as '50%'",
    "v": "give an intensity from 0 to 1",
}
"""What to do about names that are missing."""


class ByActionUnit(Part, extra="allow"):
    """An object whose names are those of action units, L and R for the person's own sides."""

    @classmethod
    def _correct_name(cls, name: str) -> str | None:
        if name in AU_CELLS or name == "$comment":
            return None
        if name[:-1] in AU_CELLS and name[-1] in "LR":
            return f"{name[:-1]} moves both sides at once: write {name[:-1]}"
        if name.upper() in AU_CELLS:
            return f"write {name.upper()}"
        units = ", ".join(f"AU{unit.number}" for unit in ACTION_UNITS)
        return f"unknown action unit; the 17 are {units}"


class Intensities(ByActionUnit):
    """An intensity for each of some action units."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    __pydantic_extra__: dict[str, Annotated[Intensity, WrapValidator(partial(read_or, None))]] = (
        Field(init=False)
    )

    @classmethod
    def _find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        if not given.keys() - {"$comment"}:
            yield None, "names no action unit"

    @property
    def by_name(self) -> Mapping[str, float | None]:
        """Intensities of the action units that are named, those of a single side last."""
        return _sort_sides_last(self.__pydantic_extra__)


class Point(Part):
    """A value of a track."""

    t: Time
    v: Intensity
    ease: EaseToNext = "smooth"
    hold: Hold = None


class Tracks(ByActionUnit):
    """A curve for each of some action units."""

    __pydantic_extra__: dict[str, Annotated[Items[Point], WrapValidator(partial(read_or, ()))]] = (
        Field(init=False)
    )

    @property
    def by_name(self) -> Mapping[str, tuple[Point, ...]]:
        """Points of the action units that are named, those of a single side last."""
        return _sort_sides_last(self.__pydantic_extra__)


class Key(Part):
    """What the face shows at a time."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["expression"]}, {"required": ["aus"]}]}
    )
    t: Time
    expression: ExpressionText = Field(
        None,
        description="A preset (smile), a weaker one (smile:0.6), a sum (smile:0.7+AU1=0.4), or "
        "source, the photo's own. An emotion and source set all 17 action units, a gesture (wink, "
        "blink) and AUs only their own.",
    )
    aus: Intensities = Field(
        Intensities.model_construct(),
        description="Intensities from 0 to 1; L and R are the person's own sides.",
    )
    ease: EaseToNext = "smooth"
    hold: Hold = None

    @property
    def values(self) -> CellValues:
        """What it sets, by cell."""
        if self.expression is not None:
            return {} if "aus" in self.model_fields_set else self.expression
        named = self.aus.by_name.items()
        return {cell: value for name, value in named for cell in AU_CELLS.get(name, ())}

    @classmethod
    def _find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        if "expression" in given and "aus" in given:
            yield None, "has both expression and aus; write smile+AU1=0.4, or two keys"
        elif "expression" not in given and "aus" not in given:
            yield None, "names neither an expression nor aus"


class HeadKey(Part):
    """How the head is turned at a time."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": [axis]} for axis in AXES]})
    t: Time
    yaw: Degrees = Field(
        None,
        description="Turns to the person's own right, the left of the picture; negative to the "
        "other side.",
    )
    pitch: Degrees = Field(None, description="Nods down; negative looks up.")
    roll: Degrees = Field(None, description="Tilts clockwise in the picture.")
    ease: EaseToNext = "smooth"
    hold: Hold = None

    @property
    def values(self) -> Mapping[Axis, float | None]:
        """What it sets, degrees by axis."""
        return {axis: getattr(self, axis) for axis in AXES if axis in self.model_fields_set}

    @classmethod
    def _find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        if not given.keys() & set(AXES):
            yield None, f"names none of {', '.join(AXES)}"


class Document(Part):
    """Keyframes of a face: what `ganimate timeline keys.json` renders."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [name]} for name in ("keys", "tracks", "head", "blink")]
        }
    )
    address: Text = Field(
        None, alias="$schema", description="Where this schema is; editors read it."
    )
    photo: FileName = Field(description="The photo to animate, relative to this file.")
    fps: Annotated[float, accept_numbers(MIN_FPS, MAX_FPS)] = Field(
        DEFAULT_FPS, description="Frames a second."
    )
    duration: Duration = Field(
        None,
        description="Seconds of the course that the keys describe; by default until the last "
        "moment that is given in seconds. pingpong plays it there and back, hold rests after it.",
    )
    size: Annotated[int | None, accept_integers(MIN_SIZE)] = Field(
        None, description="Longest side in pixels; by default the photo's own."
    )
    loop: Annotated[Loop, accept_names(get_args(Loop))] = Field(
        "once",
        description="Play once; there and back, for ever; with a rest at the end; or for ever, the "
        "end joining the start smoothly.",
    )
    output: FileName = Field(
        None,
        description="Where the clip goes, in the folder of this file or below it: "
        f"{', '.join(CLIP_SUFFIXES)}, {' or '.join(STILL_SUFFIXES[:2])} (the last frame), or a "
        "folder for all frames. -o goes before it.",
    )
    face: Face = Field(
        "largest", description="Which face of the photo; `ganimate detect` shows their numbers."
    )
    blink: Annotated[Blink, accept_names(get_args(Blink))] = Field(
        "none", description="auto adds blinks at natural intervals."
    )
    seed: Annotated[int, accept_integers(0)] = Field(
        0, description="Of the blinks: the same seed, the same clip."
    )
    keys: Items[Key] = Field(
        (),
        description="What the face shows when. An action unit that a key does not name keeps its "
        "own course between the keys that do name it; before the first of them it comes from the "
        "photo's own value.",
    )
    tracks: Tracks = Field(
        Tracks.model_construct(),
        description="Curves of single action units, which replace what the keys say of them.",
    )
    head: Items[HeadKey] = Field(
        (),
        description="Rotation of the head over the photo's own; the background holds still.",
    )

    @classmethod
    def _find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        if not given.keys() & {"keys", "tracks", "head", "blink"}:
            yield "keys", "is missing; give keys, tracks, head or blink, or nothing moves"


def read_document(given: Any) -> tuple[Document, list[str]]:
    """Read what JSON holds.

    Args:
        given: with a JsonObject for each object.

    Returns:
        The document and what is wrong with it, a line each: `keys[3].t: is missing; ...`. Where
        something is wrong, the document holds its default or None instead.

    Raises:
        TooManyProblemsError: more is wrong than anybody would read.
    """
    try:
        return Document.model_validate(given, context=ProblemCount()), []
    except ValidationError as error:
        problems = [_describe(details) for details in error.errors(include_url=False)]
    return Document.model_validate(given, context=SALVAGE), problems


def _sort_sides_last(given: Mapping[str, T]) -> dict[str, T]:
    """Sort AU12 before AU12L, so that what is said of one side overrides what is said of both."""
    return dict(sorted(given.items(), key=lambda item: item[0].endswith(("L", "R"))))


def _describe(error: ErrorDetails) -> str:
    """Describe an error in a line: its place, what is wrong, and what to do."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
    place = "".join(steps).removeprefix(".") if error["loc"] else "the file"
    if error["type"] == "missing":
        return f"{place}: is missing; {REMEDIES[str(error['loc'][-1])]}"
    return f"{place}: {error['ctx']['error']}"  # the ValueError of a Kind, a Part or a list


# The schema


def make_schema() -> JsonSchema:
    """Make the JSON Schema of the file, which is shipped as SCHEMA."""
    made = Document.model_json_schema(schema_generator=_SchemaGenerator)
    for model, each in ((Intensities, "Intensity"), (Tracks, "Track")):
        _name_action_units(made["$defs"], model.__name__, each)
    heading = {
        "$schema": _SchemaGenerator.schema_dialect,
        "title": "ganimate timeline",
        "description": made["description"],
    }
    return heading | made


class _SchemaGenerator(GenerateJsonSchema):
    """Leaves out what would mislead an editor: titles that repeat names, and null as a default."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchema:
        if isinstance(schema["default"], str | int | float):
            return super().default_schema(schema)
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchema:
        described = super().model_schema(schema)
        del described["title"]
        return {"additionalProperties": False, **described}

    def sort(self, value: JsonSchema, parent_key: str | None = None) -> JsonSchema:
        return value  # in the order of the fields, not of the alphabet


def _name_action_units(definitions: JsonSchema, model: str, each: str) -> None:
    """Let a model have the names of action units, each described, instead of any name."""
    definitions[each] = definitions[model]["additionalProperties"]
    definitions[model]["additionalProperties"] = False
    sides = {"L": ", the person's own left", "R": ", the person's own right"}
    for name, cells in AU_CELLS.items():
        unit = ACTION_UNITS[cells[0][0]]
        side = sides.get(name[-1], ", both sides" if unit.sided else "")
        definitions[model]["properties"][name] = {
            "$ref": f"#/$defs/{each}",
            "description": unit.name + side,
        }
