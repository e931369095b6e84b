"""Pictures in a shard, mapped into memory: one is read from the disk when it is looked at.

Processes that make samples are given a set by pickling it where they are not forked: on macOS and
Windows, and on Linux from Python 3.14 on. Tensors would go over as copies in shared memory, of
which a set may need more than there is; these pictures go over as the name of their file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from safetensors import safe_open


class PictureStack(Protocol):
    """Pictures (s, s, 3) uint8 in a row, such as a tensor of them."""

    def __len__(self) -> int:
        """How many they are."""

    def __getitem__(self, index: int, /) -> torch.Tensor:
        """Look at one."""


class MappedPictures:
    """The pictures of a shard.

    Attributes:
        path: of the shard.
        name: of the tensor in it.
        values: (n, s, s, 3) uint8, mapped.
    """

    def __init__(self, path: Path, name: str) -> None:
        """Map the pictures of a safetensors file.

        Raises:
            OSError: the file cannot be read.
            SafetensorError: it is no such file, or has no tensor of that name.
        """
        self.path, self.name = path, name
        with safe_open(str(path), framework="pt") as file:
            self.values: torch.Tensor = file.get_tensor(name)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.values[index]

    def __reduce__(self) -> tuple[type[MappedPictures], tuple[Path, str]]:
        return MappedPictures, (self.path, self.name)


@dataclass(frozen=True, eq=False)
class PictureRange:
    """Some pictures of a shard, one after another.

    Attributes:
        shard: all of its pictures.
        first: which of them is the first.
        count: how many they are.
    """

    shard: PictureStack
    first: int
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> torch.Tensor:
        if not 0 <= index < self.count:
            raise IndexError(index)
        return self.shard[self.first + index]
