"""Checkpoints of PyTorch: the tensors of the networks in a file, by name. Nothing in it can run."""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from ganimate.errors import ModelError
from ganimate.networks.generators import AnyGenerator

State: TypeAlias = Mapping[str, Tensor]
"""Tensors by name."""

LARGEST = 1 << 30
"""Bytes of a file, at most: published checkpoints have 34 to 730 MB; one tensor may fill a file."""


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        path: the file.
        parts: the tensors of each network, by the name that the file has for it; "" where it holds
            one alone.
    """

    path: Path
    parts: Mapping[str, State]

    @property
    def largest(self) -> State:
        """The network of the most tensors."""
        return max(self.parts.values(), key=len)


@dataclass(frozen=True)
class Imported:
    """A generator read from a checkpoint.

    Attributes:
        generator: in evaluation mode, on the CPU, in float32.
        repository: whose layout it has.
        caution: what was assumed of it, a sentence; None where the file says all.
    """

    generator: AnyGenerator
    repository: str
    caution: str | None = None


def open_checkpoint(path: Path) -> Checkpoint:
    """Read the tensors of a checkpoint; nothing in the file can run.

    Raises:
        ModelError: the file is no checkpoint, or damaged.
    """
    try:
        check_packing(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ModelError(f"{path} does not exist.") from error
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{path} holds more than tensors, or is damaged, and is not opened: it could run code. "
            "Save the generator's state_dict() alone."
        ) from error
    except ModelError:
        raise
    except Exception as error:  # a damaged file makes torch raise nearly anything
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(
            f"{path} cannot be read as a PyTorch checkpoint ({reason}): copy or download it again."
        ) from error
    parts = {name: _clean_names(state) for name, state in _list_states(content)}
    if not parts:
        raise ModelError(f"{path} holds no state_dict: save the generator's state_dict() alone.")
    for state in parts.values():
        for name, tensor in state.items():
            if count_bytes(tensor) > path.stat().st_size:  # one value, said to stand for many
                raise ModelError(
                    f"{path} is damaged: {name} is larger than the file. Save it again."
                )
    return Checkpoint(path, parts)


def _list_states(content: Any) -> Iterator[tuple[str, State]]:
    """The tensors in a file by the names of their networks; one alone may have none."""
    if not isinstance(content, Mapping):
        return
    if any(map(_is_tensor, content.values())):
        content = {"": content}
    for part, values in content.items():
        if isinstance(values, Mapping) and any(map(_is_tensor, values.values())):
            yield str(part), {str(name): one for name, one in values.items() if _is_tensor(one)}


def _clean_names(state: State) -> State:
    """The same tensors without what wrappers, as DataParallel, put before their names."""
    while all(name.startswith("module.") for name in state):
        state = {name.removeprefix("module."): value for name, value in state.items()}
    return state


def check_packing(path: Path, largest: int = LARGEST) -> None:
    """Check that a file is one that torch.save wrote, no larger in memory than on the disk.

    Args:
        path: the file.
        largest: bytes that it may have.

    Raises:
        ModelError: it does not begin like one.
        RuntimeError: it is compressed, or larger than any generator.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        beginning = file.read(2)
    if beginning != b"PK" and beginning[:1] != b"\x80":  # neither zip nor pickle
        raise ModelError(
            f"{path} is no PyTorch checkpoint: give the .pth file that torch.save wrote, with the "
            "generator's state_dict()."
        )
    if path.stat().st_size > largest:
        raise RuntimeError(f"it is larger than {largest >> 30} GiB")
    if not zipfile.is_zipfile(path):
        return  # as versions of PyTorch before 1.6 wrote them, or none
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > path.stat().st_size:
            raise RuntimeError("it is compressed, as PyTorch compresses none")


def count_bytes(tensor: Tensor) -> int:
    """Count the bytes that a tensor needs once it is copied."""
    return tensor.numel() * tensor.element_size()


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def list_places(state: State, prefix: str) -> list[int]:
    """List the numbers of the layers of a sequence, in order."""
    found = (re.match(rf"{re.escape(prefix)}\.(\d+)\.", name) for name in state)
    return sorted({int(match[1]) for match in found if match})


def is_convolution(state: State, layer: str) -> bool:
    """Tell whether a layer is a convolution by its weights."""
    weight = state.get(f"{layer}.weight")
    return weight is not None and weight.ndim == 4
