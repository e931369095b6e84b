"""Plausible faces: what faces in photos show, rather than noise.

Action units go together: cheeks rise in smiles, brows that rise lower nothing. A face is drawn
between two faces of the training photos that show much the same; scripts/fit_plausible_faces.py
chose them and measured their action units. No picture of them is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ganimate.action_units import SHAPE
from ganimate.arrays import AUVector, Floats
from ganimate.errors import ModelError
from ganimate.media.tensors import read_tensors, write_tensors
from ganimate.shipped import EXPRESSIONS_FILE, find_models_folder
from ganimate.studio.channels import list_values

KIND = "expressions"
"""What the file says that it is."""


@dataclass(frozen=True)
class PlausibleSettings:
    """How faces are drawn."""

    near: int = 12
    """Faces most like one among which the other end is chosen; larger draws more faces that nobody
    made, and a smile half way to a frown."""


PLAUSIBLE = PlausibleSettings()


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


def draw_plausible(seed: int | None = None) -> dict[str, float]:
    """Draw a plausible face, as values of sliders; those of every action unit.

    Args:
        seed: makes it the same again; another one each time by default.

    Raises:
        ModelError: the shipped file is damaged.
    """
    aus = draw_aus(load_faces(), np.random.default_rng(seed))
    return list_values(aus, aus - 1)


def draw_aus(
    faces: Floats, random: np.random.Generator, settings: PlausibleSettings = PLAUSIBLE
) -> AUVector:
    """Draw what a plausible face shows, (17, 2) in [0, 1].

    Args:
        faces: (n, 17, 2), two or more.
        random: where chance comes from.
        settings: how far from a face that somebody made.
    """
    one = faces[random.integers(len(faces))]
    away = np.linalg.norm((faces - one).reshape(len(faces), -1), axis=1)
    near = np.argsort(away, kind="stable")[1 : settings.near + 1]
    other = faces[random.choice(near)]
    share = np.float32(random.random())
    return np.asarray(one + share * (other - one), np.float32).clip(0, 1).round(2)
