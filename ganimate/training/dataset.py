"""A prepared data set: a folder of shards with aligned crops, landmarks and action units.

    DATASET/dataset.json            crop size, counts, what was dropped and why
    DATASET/shard-00000.safetensors crops (n, s, s, 3) uint8, landmarks (n, 478, 3) float32 in
                                    crop pixels, aus (n, 17, 2) float32, names in the metadata

Shards are memory-mapped: a face is read when a batch draws it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from ganimate.errors import DataError

SUMMARY = "dataset.json"


@dataclass(frozen=True)
class FaceSet:
    """The faces of a prepared data set."""

    size: int  # px; side of the crops
    names: tuple[str, ...]
    crops: tuple[torch.Tensor, ...]  # a memory-mapped (n, s, s, 3) uint8 tensor a shard
    landmarks: NDArray[np.float32]  # (n, 478, 3) crop pixels
    aus: NDArray[np.float32]  # (n, 17, 2) in [0, 1]

    def __len__(self) -> int:
        return len(self.names)

    def crop(self, index: int) -> NDArray[np.uint8]:
        """The (s, s, 3) RGB crop of a face."""
        for shard in self.crops:
            if index < len(shard):
                return np.asarray(shard[index].numpy())
            index -= len(shard)
        raise IndexError(index)


def load_faces(folders: Sequence[Path]) -> FaceSet:
    """Open the data sets that `ganimate prepare` wrote to these folders, as one.

    Raises DataError when a folder is none or their crops differ in size.
    """
    sets = [_load_folder(folder) for folder in folders]
    if len({faces.size for faces in sets}) > 1:
        sizes = ", ".join(f"{f}: {s.size} px" for f, s in zip(folders, sets, strict=True))
        raise DataError(f"The data sets' crops differ in size ({sizes}). Prepare them alike.")
    return FaceSet(
        sets[0].size,
        sum((faces.names for faces in sets), ()),
        sum((faces.crops for faces in sets), ()),
        np.concatenate([faces.landmarks for faces in sets]),
        np.concatenate([faces.aus for faces in sets]),
    )


def _load_folder(folder: Path) -> FaceSet:
    try:
        summary = json.loads((folder / SUMMARY).read_text())
    except (OSError, ValueError) as error:
        raise DataError(
            f"{folder} is not a prepared data set: {error}. Run `ganimate prepare PHOTOS -o "
            f"{folder}` first."
        ) from error
    names: list[str] = []
    crops, landmarks, aus = [], [], []
    for path in sorted(folder.glob("shard-*.safetensors")):
        try:
            with safe_open(str(path), framework="pt") as file:
                crops.append(file.get_tensor("crops"))
                landmarks.append(file.get_tensor("landmarks").numpy())
                aus.append(file.get_tensor("aus").numpy())
                names += json.loads(file.metadata()["names"])
        except (OSError, SafetensorError, KeyError) as error:
            raise DataError(f"{path} is damaged: {error}. Delete it and prepare again.") from error
    if not names:
        raise DataError(f"{folder} holds no faces.")
    return FaceSet(
        int(summary["size"]),
        tuple(names),
        tuple(crops),
        np.concatenate(landmarks),
        np.concatenate(aus),
    )
