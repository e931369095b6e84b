"""Which parts of a face a photo shows: mouth and eyes, or what lies before or beside them.

A small network looks at the aligned crop. It was trained on faces before which hands, cloth, hair,
lenses and other things were drawn, and whose landmarks were read from what was left to be seen
(scripts/fit_sight.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ganimate.arrays import Landmarks, Photo
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.networks import load_sight_network

Part: TypeAlias = Literal["mouth", "right eye", "left eye"]
"""A part of a face that something can lie before; left and right are the person's own."""

Region: TypeAlias = Part | Literal["around the mouth"]
"""A part, or the skin of cheeks and chin that a laugh moves, or draws the mouth on."""

PARTS: tuple[Part, ...] = ("mouth", "right eye", "left eye")
"""All parts."""

REGIONS: tuple[Region, ...] = (*PARTS, "around the mouth")
"""All regions, in the order of the network's answers."""


@dataclass(frozen=True)
class SightSettings:
    """What the network sees."""

    size: int = 80
    """Side of the crop, pixels; an eye is 13 of them wide. Its weights are for this size."""

    light: float = 140.0
    """Brightness of 255 to which the light parts of a darker crop are brought; larger brightens
    more of them. Measured: of 27 faces at a sixteenth of their light it took 22 mouths for covered
    as they were, and none so; by 110, 140 and 170 nothing else changes."""

    light_parts: float = 95.0
    """Percentile of brightness that is a crop's light parts."""


SIGHT = SightSettings()


def measure_covers(
    photo: Photo, landmarks: Landmarks, settings: SightSettings = SIGHT
) -> dict[Region, float]:
    """Measure how surely mouth, eyes and the skin around the mouth of a face are covered.

    Args:
        photo: (H, W, 3).
        landmarks: (468 or more, 2 or more) of the face, photo pixels.
        settings: what the network sees.

    Returns:
        How sure it is of each region, in [0, 1].

    Raises:
        ModelError: the network is missing or damaged.
    """
    crop = sample_crop(photo, fit_crop(landmarks, settings.size), settings.size)
    light = max(float(np.percentile(crop, settings.light_parts)), 1.0)
    shown = np.minimum(crop * np.float32(max(1.0, settings.light / light) / 255), 1)
    (logits,) = load_sight_network()(np.asarray(shown - np.float32(0.5), np.float32))
    sure = 1 / (1 + np.exp(-logits.ravel().astype(np.float64)))
    return dict(zip(REGIONS, sure.tolist(), strict=True))
