"""A prepared data set: a folder of shards with aligned crops, landmarks and action units.

    DATASET/dataset.json            crop size, counts, what was dropped and why
    DATASET/shard-00000.safetensors crops (n, s, s, 3) uint8, landmarks (n, 478, 3) float32 in
                                    crop pixels, aus (n, 17, 2) float32, names in the metadata

Shards are memory-mapped: a face is read when a batch draws it.
"""

from __future__ import annotations

import json
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


def load_faces(folder: Path) -> FaceSet:
    """Open a data set that `ganimate prepare` wrote. Raises DataError when it is not one."""
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
