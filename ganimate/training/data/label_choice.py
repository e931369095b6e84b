"""Which labels of a data set a run is about."""

from __future__ import annotations

from collections.abc import Sequence

from ganimate.errors import DataError
from ganimate.performance.emotions import PROTOTYPES, find_label

FEWEST = 2
"""Labels that exclude each other and are needed, so that there is a choice."""

OTHER = "another emotion"
"""Why pictures of emotions are left out that are not chosen; its name follows."""


def choose_emotions(wanted: Sequence[str], there: Sequence[str], where: str) -> tuple[str, ...]:
    """Choose emotions, in the order of who wants them.

    Args:
        wanted: by the user; empty for those of PROTOTYPES that the set has.
        there: what the set has.
        where: the set, as messages call it.

    Raises:
        DataError: the set lacks one, or has one alone.
    """
    chosen = _find_all(
        wanted or [one for one in PROTOTYPES if find_label(one, there)], there, where
    )
    if len(chosen) < FEWEST:
        remedy = "add pictures of others" if len(there) < FEWEST else "name them in `labels`"
        raise DataError(
            f"{where} has {', '.join(there) or 'no emotions'}: two emotions or more are needed to "
            f"choose between; {remedy}."
        )
    return chosen


def choose_attributes(
    wanted: Sequence[str], usual: Sequence[str], there: Sequence[str], where: str
) -> tuple[str, ...]:
    """Choose attributes, in the order of who wants them, or the usual ones.

    Raises:
        DataError: the set lacks one.
    """
    return _find_all(wanted or usual, there, where)


def _find_all(wanted: Sequence[str], there: Sequence[str], where: str) -> tuple[str, ...]:
    found: list[str] = []
    for word in wanted:
        label = find_label(word, there)
        if label is None:
            raise DataError(
                f"{where} has no pictures labelled {word!r}: its labels are {', '.join(there)}."
            )
        if label not in found:
            found.append(label)
    return tuple(found)
