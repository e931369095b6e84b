"""Whom a generator was trained on and whom its training held out, as its weights remember it.

Names are kept as hashes of 32 bit, five characters each in the metadata of a weights file. Two of a
hundred thousand names have one hash now and then; what is measured then leaves a face out.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.errors import ModelError
from ganimate.media.tensors import read_tensors

TRAINED_ON, HELD_OUT, BEGAN_UNKNOWN = "trained_on", "held_out", "began_unknown"
"""Keys of the metadata."""


@dataclass(frozen=True)
class SeenFaces:
    """The faces of all training that led to a generator.

    Attributes:
        trained_on: (n,) sorted hashes of the names that it learnt from.
        held_out: (m,) sorted hashes of the names that were held out, and never learnt from.
        began_unknown: whether it began with weights that do not say whom they were trained on.
    """

    trained_on: NDArray[np.uint32]
    held_out: NDArray[np.uint32]
    began_unknown: bool = False

    def follow(self, earlier: SeenFaces | None) -> SeenFaces:
        """The faces of this training and of an earlier one, with whose weights it began.

        Args:
            earlier: its faces; None where its weights do not say them.
        """
        if earlier is None:
            return SeenFaces(self.trained_on, self.held_out, began_unknown=True)
        trained_on = np.union1d(self.trained_on, earlier.trained_on)
        held_out = np.union1d(self.held_out, earlier.held_out)
        return SeenFaces(
            trained_on=trained_on,
            held_out=np.setdiff1d(held_out, trained_on),
            began_unknown=self.began_unknown or earlier.began_unknown,
        )

    def list_notes(self) -> dict[str, str]:
        """List what a weights file says of it in its metadata."""
        notes = {TRAINED_ON: _encode(self.trained_on), HELD_OUT: _encode(self.held_out)}
        return notes | ({BEGAN_UNKNOWN: "yes"} if self.began_unknown else {})


def note_faces(trained_on: Iterable[str], held_out: Iterable[str]) -> SeenFaces:
    """Note whom a run learns from and whom it holds out, by names.

    A name that is in both, as names of several data sets may be, is one that it learns from.
    """
    learnt = np.unique(hash_names(trained_on))
    return SeenFaces(learnt, np.setdiff1d(hash_names(held_out), learnt))


def hash_names(names: Iterable[str]) -> NDArray[np.uint32]:
    """Hash names of faces, (n,), those of Windows like those of other systems."""
    digests = (
        hashlib.blake2b(
            name.replace("\\", "/").encode(errors="surrogateescape"), digest_size=4
        ).digest()
        for name in names
    )
    return np.frombuffer(b"".join(digests), "<u4").astype(np.uint32)


def find_faces_in(metadata: Mapping[str, str]) -> SeenFaces | None:
    """Find what metadata say of the faces; None where they say nothing.

    Raises:
        ModelError: they are damaged.
    """
    if TRAINED_ON not in metadata or HELD_OUT not in metadata:
        return None
    return SeenFaces(
        trained_on=_decode(metadata[TRAINED_ON]),
        held_out=_decode(metadata[HELD_OUT]),
        began_unknown=BEGAN_UNKNOWN in metadata,
    )


def read_seen_faces(weights: Path) -> SeenFaces | None:
    """Read whom the generator of a weights file was trained on; None where the file does not say.

    Raises:
        ModelError: the file is missing or damaged.
    """
    return find_faces_in(read_tensors(weights)[1])


def _encode(hashes: NDArray[np.uint32]) -> str:
    return base64.b64encode(hashes.astype("<u4").tobytes()).decode()


def _decode(text: str) -> NDArray[np.uint32]:
    try:
        return np.frombuffer(base64.b64decode(text, validate=True), "<u4").astype(np.uint32)
    except (ValueError, TypeError) as error:
        raise ModelError(
            f"what the weights say of the faces that they saw is damaged ({error}): give other ones"
        ) from error
