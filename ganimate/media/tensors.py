"""Safetensors files, in and out. Nothing here can execute code from a file."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ganimate.errors import ModelError
from ganimate.media.files import write_whole

MOST_HEADER = 1 << 24
"""Bytes of a header, at most. What ours say of a million faces fills a third of it; one of 100 MB,
which the format allows, takes seconds and gigabytes to read."""

MOST_BYTES = 1 << 29
"""Bytes of a file of which all is read, at most: the largest generators of others are of 40 MB."""


def check_header(path: Path) -> None:
    """Look at how long a safetensors file says that its header is, before that is read.

    Raises:
        ValueError: it is longer than any of ours, or there is none.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        length = file.read(8)
    if len(length) < 8:
        raise ValueError("it is too short")
    if struct.unpack("<Q", length)[0] > MOST_HEADER:
        raise ValueError(f"its header has more than {MOST_HEADER >> 20} MiB")


def read_tensors(
    path: Path, largest: int = MOST_BYTES
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Read a safetensors file.

    Args:
        path: the file.
        largest: bytes beyond which it is not opened.

    Returns:
        Its tensors as NumPy arrays, by name, and its metadata.

    Raises:
        ModelError: the file is missing, damaged or too large.
    """
    try:
        check_header(path)
        if path.stat().st_size > largest:
            raise ValueError(f"it is larger than {largest >> 20} MiB")
        with safe_open(str(path), framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, dict(file.metadata() or {})
    except _ERRORS as error:
        raise ModelError(f"{path} cannot be read as a safetensors file: {error}") from error


def read_metadata(path: Path) -> dict[str, str]:
    """Read what a safetensors file says of itself, without its tensors.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        check_header(path)
        with safe_open(str(path), framework="numpy") as file:
            return dict(file.metadata() or {})
    except _ERRORS as error:
        raise ModelError(f"{path} cannot be read as a safetensors file: {error}") from error


_ERRORS = (OSError, SafetensorError, TypeError, ValueError, LookupError, AttributeError)
"""What reading raises; the last four where NumPy lacks the type of a tensor, as BF16 or F8."""


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
