"""Arrays out of .npz files, with errors that name the file and what it should hold."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.errors import DataError


@contextmanager
def open_npz(path: Path, holds: str) -> Iterator[Mapping[str, NDArray[Any]]]:
    """Open the arrays of an .npz file; none that would have to be unpickled is read.

    Args:
        path: the file.
        holds: the names of its arrays, for the message.

    Yields:
        Name -> array, read when it is asked for.

    Raises:
        DataError: the file is none, or what is read of it within the block is not as expected.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise ValueError("a single array")
            yield arrays
    # RuntimeError is what zipfile raises for encryption and methods that it does not know.
    except (OSError, ValueError, LookupError, EOFError, zipfile.BadZipFile, zlib.error,
            RuntimeError) as error:  # fmt: skip
        raise DataError(f"{path} is no .npz file with {holds}: {error}") from error
