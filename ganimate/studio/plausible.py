"""Plausible faces: what faces in photos show, rather than noise.

Action units go together: cheeks rise in smiles, brows that rise lower nothing. A face is drawn
between two faces of the training photos that show much the same (performance/shown_faces.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganimate.arrays import AUVector, Floats
from ganimate.performance.shown_faces import load_faces
from ganimate.studio.channels import list_values


@dataclass(frozen=True)
class PlausibleSettings:
    """How faces are drawn."""

    near: int = 12
    """Faces most like one among which the other end is chosen; larger draws more faces that nobody
    made, and a smile half way to a frown."""


PLAUSIBLE = PlausibleSettings()


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
