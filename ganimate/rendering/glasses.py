"""Glasses taken off a photo before its face is moved, and laid over it afterwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ganimate.appearance.glasses import find_glasses
from ganimate.appearance.glasses_settings import GLASSES, GlassesSettings
from ganimate.appearance.grain import Grain, sample_grain
from ganimate.arrays import Landmarks, Photo
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import LIDS_OF_SIDE
from ganimate.numerics import Affine2D
from ganimate.rendering.compositor import find_box, sample_grid
from ganimate.rendering.layer import Patch, WornGlasses

BRIDGE = (168, 6, 197)
"""Landmarks down the root of the nose, where glasses sit."""

SEAT = [corner for lids in LIDS_OF_SIDE for corner in lids.corners] + [*BRIDGE]
"""Landmarks that glasses turn with."""


def take_glasses_off(
    photo: Photo,
    landmarks: Landmarks,
    grain: Grain | None = None,
    settings: GlassesSettings = GLASSES,
) -> WornGlasses | None:
    """Take the glasses off a photo; None for a face that wears none, or none that are sure.

    Args:
        photo: (h, w, 3).
        landmarks: (468 or more, 3) of the face, photo pixels.
        grain: of the photo, for the skin behind them; smooth, it would be a smudge where it comes
            out from behind a rim.
        settings: how they are found.
    """
    to_crop = fit_crop(landmarks, settings.size)
    crop = sample_crop(photo, to_crop, settings.size)
    found = find_glasses(crop, to_crop.apply(landmarks), settings)
    if found is None:
        return None
    left, top, right, bottom = find_box(to_crop, found.share.shape, photo.shape[:2])
    area, size = (slice(top, bottom), slice(left, right)), (right - left, bottom - top)
    to_window = Affine2D(np.eye(2, 3)).shifted(-left, -top)
    from_window = to_crop.starting_at(left, top)
    share = sample_grid(found.share, from_window, size)[:, :, None]
    cover = sample_grid(found.cover, from_window, size)[:, :, None]
    cover = np.where(share < 1, 0, cover)
    skin = sample_grid(found.bare.astype(np.float32), from_window, size)
    if grain is not None:
        skin += sample_grain(grain, area)
    here, bare = photo[area].astype(np.float32), photo.copy()
    bare[area] = np.rint(here + cover * (skin - here)).clip(0, 255).astype(np.uint8)
    return WornGlasses(bare, Patch(to_window, np.concatenate([share * here, share], axis=2)))


def turn_glasses(glasses: WornGlasses, still: Landmarks, turned: Landmarks) -> WornGlasses:
    """Turn glasses with the head: what lies in a plane turns by an affine map.

    Args:
        glasses: as they sit in the photo.
        still: (468, 3) landmarks of the photo, photo pixels.
        turned: (468, 3) where the turn takes them.
    """
    before = np.concatenate([still[SEAT, :2], np.ones((len(SEAT), 1))], axis=1)
    matrix = np.linalg.lstsq(before, turned[SEAT, :2].astype(np.float64), rcond=None)[0].T
    to_window = Affine2D(matrix).inverse().then(glasses.patch.to_window)
    return replace(glasses, patch=replace(glasses.patch, to_window=to_window))
