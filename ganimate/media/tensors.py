"""Safetensors files, in and out. Nothing here can execute code from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ganimate.errors import ModelError
from ganimate.media.files import write_whole


def read_tensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Read a safetensors file.

    Returns:
        Its tensors as NumPy arrays, by name, and its metadata.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        with safe_open(str(path), framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, dict(file.metadata() or {})
    except (OSError, SafetensorError, TypeError, ValueError) as error:  # the last two: bfloat16
        raise ModelError(f"{path} cannot be read as a safetensors file: {error}") from error


def read_metadata(path: Path) -> dict[str, str]:
    """Read what a safetensors file says of itself, without its tensors.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        with safe_open(str(path), framework="numpy") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path} cannot be read as a safetensors file: {error}") from error


def write_tensors(
    path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]
) -> None:
    """Write a safetensors file, whole or not at all.

    Args:
        path: where.
        tensors: by name; copied if they are not contiguous.
        metadata: what the file says of itself.

    Raises:
        OutputError: the disk refuses.
    """
    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    written = memoryview(save(contiguous))
    header = json.loads(written[8 : (end := 8 + int.from_bytes(written[:8], "little"))].tobytes())
    # The package writes metadata in another order each time, and no file would be made twice.
    header = {"__metadata__": dict(sorted(metadata.items())), **header}
    packed = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    packed += b" " * (-len(packed) % 8)
    write_whole(path, iter((len(packed).to_bytes(8, "little"), packed, written[end:])))
