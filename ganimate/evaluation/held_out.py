"""Whom a generator is measured on: faces that its training held out, or never had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.errors import DataError, UsageError
from ganimate.training.data.dataset import SUMMARY, NamedSet, split
from ganimate.training.seen_faces import SeenFaces, hash_names

EXAMPLES = 3
"""Names that are shown of faces that were trained on."""


@dataclass(frozen=True)
class UnseenFaces:
    """The faces to measure a generator on.

    Attributes:
        indices: (n,) of them, in their set.
        caution: what may be wrong with them, a sentence; None where nothing is.
    """

    indices: NDArray[np.int64]
    caution: str | None = None


def choose_unseen(faces: NamedSet, named: frozenset[str], seen: SeenFaces | None) -> UnseenFaces:
    """Choose the faces of a set to measure a generator on, none of which it was trained on.

    They are those that are named; or those that its training held out; or, of a set that it never
    had, those that the set itself holds out, or all. A generator that does not remember its
    training is measured on those that split() holds out.

    Args:
        faces: the set, of faces or of pictures of them.
        named: names of the faces to measure on; empty if it is left open.
        seen: whom the generator was trained on; None where its weights do not say.

    Raises:
        DataError: a face that is named was trained on, no name is in the set, or no face is left.
    """
    if seen is None:
        return UnseenFaces(split(faces, named)[1], caution=_CAUTION)
    hashes = hash_names(faces.names)
    trained_on = np.isin(hashes, seen.trained_on)
    kept = np.isin(hashes, seen.held_out)
    cautions = [_BEGAN_UNKNOWN] if seen.began_unknown else []
    if named:
        chosen = split(faces, named)[1]
        _refuse_trained(faces, chosen[trained_on[chosen]])
    elif kept.any():
        chosen = np.flatnonzero(kept & ~trained_on)
    elif faces.held_out and not trained_on.any():
        chosen = split(faces, named)[1]
    else:
        chosen = np.flatnonzero(~trained_on)
        if trained_on.any():
            cautions.append(
                f"the model was trained on {trained_on.sum()} of these {len(faces.names)} faces, "
                "or on others of their names: they are left out"
            )
    if not len(chosen):
        raise DataError(
            f"The model was trained on all {len(faces.names)} faces, or on others of their names: "
            "measure it on faces that it never saw."
        )
    return UnseenFaces(chosen, caution="; ".join(cautions) or None)


def _refuse_trained(faces: NamedSet, trained_on: NDArray[np.int64]) -> None:
    """Raise DataError if faces were trained on, at these indices."""
    if len(trained_on):
        names = ", ".join(faces.names[index] for index in trained_on[:EXAMPLES])
        more = ", ..." if len(trained_on) > EXAMPLES else ""
        raise DataError(
            f"The model was trained on {len(trained_on)} of the faces to measure it on ({names}"
            f"{more}): leave `held_out` away to measure it on those that its training held out. If "
            "other photos have these names, prepare the folder above theirs: its name is then "
            "part of them."
        )


_CAUTION = (
    "the model does not say which faces it was trained on: its figures are right only if these are "
    "others"
)
_BEGAN_UNKNOWN = (
    "the model's training began with weights that do not say which faces they were trained on: its "
    "figures are right only if these are others"
)


def find_run_data(weights: Path) -> Sequence[Path]:
    """Find the data sets that a run prepared for itself, beside its weights.

    Raises:
        UsageError: there are none.
    """
    folder = weights.parent / "data"
    found = sorted(path.parent for path in folder.glob(f"*/{SUMMARY}"))
    if not found:
        raise UsageError(
            f"{folder} holds no data set that a run prepared: give `data`, what `ganimate prepare` "
            "wrote"
        )
    return found
