"""What faces show: the action units of faces of the training photos, which are shipped.

scripts/fit_plausible_faces.py chose the faces and measured them. No picture of them is kept.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from ganimate.action_units import SHAPE
from ganimate.arrays import Floats
from ganimate.errors import ModelError
from ganimate.media.tensors import read_tensors, write_tensors
from ganimate.shipped import EXPRESSIONS_FILE, find_models_folder

KIND = "expressions"
"""What the file says that it is."""


def save_faces(path: Path, aus: Floats) -> None:
    """Write what faces show, each intensity in a byte.

    Args:
        path: where.
        aus: (n, 17, 2) in [0, 1].

    Raises:
        OutputError: the disk refuses.
    """
    write_tensors(path, {"aus": np.rint(aus * 255).astype(np.uint8)}, {"kind": KIND})


@lru_cache
def load_faces(path: Path | None = None) -> Floats:
    """Read what faces show, (n, 17, 2) in [0, 1], from the shipped file by default.

    Raises:
        ModelError: the file is missing, or none of this program's.
    """
    path = path or find_models_folder() / EXPRESSIONS_FILE
    tensors, metadata = read_tensors(path)
    aus = tensors.get("aus")
    if metadata.get("kind") != KIND or aus is None or aus.shape[1:] != SHAPE or len(aus) < 2:
        raise ModelError(f"{path} holds no expressions of this version: install it again.")
    return np.asarray(aus, np.float32) / 255
