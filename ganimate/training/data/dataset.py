"""A prepared data set: a folder of shards with aligned crops, landmarks and action units.

    DATASET/dataset.json            crop size, counts, what was dropped and why
    DATASET/shard-00000.safetensors crops (n, s, s, 3) uint8, landmarks (n, 478, 3) float32 in
                                    crop pixels, aus (n, 17, 2) float32 as we measure them, names
                                    in the metadata; of labelled sets also labels (n, 17, 2)
                                    float32, the set's own, and the names that it holds out
    DATASET/dropped.csv             every photo that was left out, and why

Shards are memory-mapped: a face is read when a batch draws it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from ganimate.action_units import SHAPE
from ganimate.arrays import Floats, Photo
from ganimate.errors import DataError
from ganimate.face.landmarks import N_LANDMARKS
from ganimate.media.tensors import check_header
from ganimate.training.data.mapped_pictures import MappedPictures, PictureStack
from ganimate.training.data.tables import open_text

SUMMARY = "dataset.json"
SHARDS = "shard-*.safetensors"
DROPPED = "dropped.csv"
DROPPED_COLUMNS = ("name", "reason")

VALIDATION_EVERY, VALIDATION_FIRST = 50, 25
"""Which faces are validated on where nobody names any: every fiftieth, beginning with the 26th. Of
fewer than 26 it is the one in the middle."""


class NamedSet(Protocol):
    """Data whose members have names, by which some are held out from training."""

    @property
    def names(self) -> Sequence[str]:
        """Names of the members."""

    @property
    def held_out(self) -> frozenset[str]:
        """Names that the set itself keeps for validation."""


@dataclass(frozen=True)
class FaceSet:
    """The faces of a prepared data set.

    Attributes:
        size: side of the crops, pixels.
        names: of the photos and frames, n in all.
        crops: (s, s, 3) uint8 each, memory-mapped, m of each shard.
        landmarks: (n, 478, 3) crop pixels.
        aus: (n, 17, 2) in [0, 1], measured.
        labels: (n, 17, 2) in [0, 1], the set's own; nan where a face has none.
        held_out: names that the set itself keeps for validation.
    """

    size: int
    names: tuple[str, ...]
    crops: tuple[PictureStack, ...]
    landmarks: Floats
    aus: Floats
    labels: Floats | None = None
    held_out: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.names)

    def crop(self, index: int) -> Photo:
        """Read the (s, s, 3) crop of a face."""
        for shard in self.crops:
            if index < len(shard):
                return np.asarray(shard[index].numpy())
            index -= len(shard)
        raise IndexError(index)


def load_faces(folders: Sequence[Path]) -> FaceSet:
    """Open the data sets that `ganimate prepare` wrote to these folders, as one.

    Raises:
        DataError: a folder is none, a shard is damaged, or their crops differ in size.
    """
    sets = [_load_folder(folder) for folder in folders]
    if len({faces.size for faces in sets}) > 1:
        sizes = ", ".join(f"{f}: {s.size} px" for f, s in zip(folders, sets, strict=True))
        raise DataError(f"The data sets' crops differ in size ({sizes}). Prepare them alike.")
    return _join_sets(sets)


def split(data: NamedSet, held_out: frozenset[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split a set into members to train on and members to validate on.

    Args:
        data: a set of faces, pictures or videos.
        held_out: names to validate on; if empty, those that the set itself holds out, or else
            every fiftieth member, one at least.

    Returns:
        Indices of both parts.

    Raises:
        DataError: names are given and none of them is in the data set.
    """
    if held_out:
        validation = np.array([name in held_out for name in data.names])
        if not validation.any():
            raise DataError(
                f"None of the {len(held_out)} faces to hold out is in the data set. They are named "
                f"like photos in the folder that was prepared, as in {data.names[0]!r}."
            )
    elif data.held_out:
        validation = np.array([name in data.held_out for name in data.names])
    else:
        first = VALIDATION_FIRST if len(data.names) > VALIDATION_FIRST else len(data.names) // 2
        validation = np.arange(len(data.names)) % VALIDATION_EVERY == first
    return np.flatnonzero(~validation), np.flatnonzero(validation)


def warn_of_few(photos: int, held_out: int) -> tuple[str, ...]:
    """Warn of a set of which hardly any face would be held out from training.

    Args:
        photos: faces of the set, or photos that may become some.
        held_out: those that the set itself holds out.

    Returns:
        Nothing, or a sentence.
    """
    if held_out or not 0 < photos < VALIDATION_EVERY:
        return ()
    return (
        f"{photos} {'photo is' if photos == 1 else 'photos are'} few: one alone is held out to "
        "judge the training by, which says little of others; add photos, or name several to hold "
        "out, one a line, in a file for `ganimate train`",
    )


def read_names(file: Path | None) -> frozenset[str]:
    """Read the names in a file, one a line; none without a file.

    Raises:
        DataError: the file cannot be read or names nothing.
    """
    if file is None:
        return frozenset()
    try:
        with open_text(file) as text:
            names = frozenset(filter(None, map(str.strip, text.read().splitlines())))
    except (OSError, ValueError) as error:
        raise DataError(f"{file} cannot be read as a list of names: {error}") from error
    if not names:
        raise DataError(f"{file} names no faces: give one name a line")
    if any("\0" in name for name in names):
        raise DataError(f"{file} cannot be read as a list of names: save it as UTF-8")
    return names


def _load_folder(folder: Path) -> FaceSet:
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        size, count = summary["size"], summary["faces"]
        if type(size) is not int or type(count) is not int:
            raise ValueError(f"its size and faces are {size!r:.40} and {count!r:.40}")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"{folder} is not a prepared data set ({_explain(error)}): prepare photos into it "
            "first with `ganimate prepare`, to its end."
        ) from error
    files = (path for path in sorted(folder.glob(SHARDS)) if path.is_file())
    shards = [_load_shard(path, size) for path in files]
    if not count:
        raise DataError(f"{folder} holds no faces: prepare more photos.")
    if sum(map(len, shards)) != count:
        raise DataError(
            f"{folder} should hold {count} faces and has {sum(map(len, shards))}: prepare it again."
        )
    return _join_sets(shards)


def _join_sets(sets: Sequence[FaceSet]) -> FaceSet:
    labels = None
    if any(faces.labels is not None for faces in sets):
        labels = np.concatenate(
            [
                np.full_like(faces.aus, np.nan) if faces.labels is None else faces.labels
                for faces in sets
            ]
        )
    return FaceSet(
        size=sets[0].size,
        names=sum((faces.names for faces in sets), ()),
        crops=sum((faces.crops for faces in sets), ()),
        landmarks=np.concatenate([faces.landmarks for faces in sets]),
        aus=np.concatenate([faces.aus for faces in sets]),
        labels=labels,
        held_out=frozenset[str]().union(*(faces.held_out for faces in sets)),
    )


def _load_shard(path: Path, size: int) -> FaceSet:
    try:
        check_header(path)
        with safe_open(str(path), framework="pt") as file:
            landmarks = file.get_tensor("landmarks").numpy()
            aus = file.get_tensor("aus").numpy()
            labels = file.get_tensor("labels").numpy() if "labels" in file.keys() else None  # noqa: SIM118
            names = tuple(json.loads(file.metadata()["names"]))
            held_out = frozenset(json.loads(file.metadata().get("held_out", "[]")))
        shard = MappedPictures(path, "crops")
        crops, n = shard.values, len(names)
        if not all(isinstance(name, str) for name in (*names, *held_out)):
            raise ValueError("a name that is no text")
        wanted = (n, size, size, 3), (n, N_LANDMARKS, 3), (n, *SHAPE), (n, *SHAPE)
        found = crops.shape, landmarks.shape, aus.shape, (aus if labels is None else labels).shape
        if found != wanted:
            raise ValueError(f"shapes {found} instead of {wanted}")
        if crops.dtype != torch.uint8 or not np.isfinite(landmarks).all() & np.isfinite(aus).all():
            raise ValueError(
                "crops that are no bytes, or landmarks and action units without values"
            )
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, RecursionError) as error:
        raise DataError(
            f"{path} is damaged ({_explain(error)}): delete it and prepare again."
        ) from error
    return FaceSet(
        size=size,
        names=names,
        crops=(shard,),
        landmarks=landmarks,
        aus=aus,
        labels=labels,
        held_out=held_out,
    )


def _explain(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
