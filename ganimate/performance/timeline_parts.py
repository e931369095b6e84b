"""Objects and lists of the timeline's file: how all that is wrong with them is reported at once.

A document is read up to twice. The first time, all that is wrong is reported, each with its place.
If anything is, the rest is salvaged the second time: what is wrong or missing reads as its default
or as None, so that times and clashes of all that is right can be checked as well.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler  # top level: from 2.11 on
from pydantic_core import InitErrorDetails

from ganimate.performance.timeline_values import Text, escape_surrogates, quote

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")
Problem: TypeAlias = tuple[str | None, str]  # a name, None for the object; what is wrong with it

SALVAGE = "salvage"
"""The pydantic context of a reading that raises nothing."""


MOST_PROBLEMS = 1000
"""Problems after which a document is read no further: each takes time and memory to describe."""


class TooManyProblemsError(Exception):
    """A document is wrong all over; the message says so, and names one of the problems."""


class ProblemCount:
    """The pydantic context of the reading that finds what is wrong: how much that is."""

    def __init__(self) -> None:
        self._found = 0

    def count(self, problem: str) -> None:
        """Count one more; raises TooManyProblemsError after MOST_PROBLEMS."""
        self._found += 1
        if self._found > MOST_PROBLEMS:
            raise TooManyProblemsError(f"more than {MOST_PROBLEMS} errors, the last is: {problem}")


class JsonObject(dict[str, Any]):
    """A JSON object that remembers which names were given twice."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        names = [escape_surrogates(name) for name, _ in pairs]
        super().__init__(zip(names, (value for _, value in pairs), strict=True))
        self.repeated = sorted(name for name, count in Counter(names).items() if count > 1)


class Part(BaseModel):
    """An object of the file, all of whose wrong names and values are reported at once."""

    model_config = ConfigDict(frozen=True)

    comment: Text = Field(None, alias="$comment", description="A note; it changes nothing.")

    @classmethod
    def _correct_name(cls, name: str) -> str | None:
        """Correct a name of an object.

        Returns:
            What to write instead; None if the name is right.
        """
        fields = [field.alias or name for name, field in cls.model_fields.items()]
        if name in fields:
            return None
        known = [name for name in fields if not name.startswith("$")]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"it can be {', '.join(known)}"
        return f"unknown; {hint}"

    @classmethod
    def _find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Find names that exclude or need each other.

        Args:
            given: an object, some of whose values may be wrong.

        Yields:
            A name, or None for the object itself, and what is wrong with it.
        """
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _collect_errors(
        cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        if info.context == SALVAGE:
            required = (name for name, field in cls.model_fields.items() if field.is_required())
            return handler(dict.fromkeys(required) | (value if isinstance(value, dict) else {}))
        counter = info.context if isinstance(info.context, ProblemCount) else ProblemCount()
        if not isinstance(value, JsonObject):
            counter.count(problem := f"must be an object in braces, not {quote(value)}")
            raise ValueError(problem)
        errors = []
        for name, problem in cls._find_wrong_names(value):
            counter.count(problem if name is None else f"{name} {problem}")
            errors.append(_make_error((name, problem), value))
        try:
            part = handler(value)
        except ValidationError as error:
            for details in error.errors(include_url=False):
                counter.count(details["msg"])
                errors.append(
                    InitErrorDetails(
                        type=details["type"],
                        loc=details["loc"],
                        input=details["input"],
                        ctx=details.get("ctx", {}),
                    )
                )
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return part

    @classmethod
    def _find_wrong_names(cls, given: JsonObject) -> Iterator[Problem]:
        yield from ((name, "is given twice") for name in given.repeated)
        for name in given:
            if problem := cls._correct_name(name):
                yield name, problem
        yield from cls._find_conflicts(given)

    @field_validator("*", mode="wrap")
    @classmethod
    def _salvage(
        cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Any:
        field = cls.model_fields[str(info.field_name)]
        return read_or(None if field.is_required() else field.default, value, handler, info)


def read_or(
    instead: Any, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
) -> Any:
    """Read a value, or let one that is wrong read as `instead` where a document is salvaged.

    Raises:
        ValidationError: the value is wrong, and the document is read for the first time.
    """
    try:
        return handler(value)
    except ValidationError:
        if info.context != SALVAGE:
            raise
        return instead


def _make_error(problem: Problem, given: JsonObject) -> InitErrorDetails:
    name, text = problem
    place = () if name is None else (name,)
    return InitErrorDetails(
        type="value_error", loc=place, input=given, ctx={"error": ValueError(text)}
    )


def _check_list(value: Any) -> Any:
    if not isinstance(value, list):
        raise ValueError(f"must be a list in brackets, not {quote(value)}")
    if not value:
        raise ValueError("is empty: give a key, or leave it out")
    return value


Items: TypeAlias = Annotated[
    tuple[T, ...], BeforeValidator(_check_list), Field(json_schema_extra={"minItems": 1})
]
