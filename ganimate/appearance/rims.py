"""The rims of glasses: bands all the way around an eye, on a polar grid about it.

They are looked for twice. Whether a face wears glasses is told by bands that keep off the eye, for
lids are none; where its rims run, once it is sure to wear some, by bands that keep off the brow.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.bands import Band, follow_band, measure_contrast
from ganimate.appearance.glasses_settings import GLASSES, GlassesSettings
from ganimate.arrays import Floats, Mask, Points
from ganimate.face.landmarks import BROW_OUTLINES, LIDS_OF_SIDE, Opening
from ganimate.numerics import sample_points


def find_rims(
    picture: Floats, landmarks: Points, settings: GlassesSettings = GLASSES
) -> list[Band]:
    """Find what may be the rims around both eyes.

    Args:
        picture: (s, s, 3) L*a*b* as bytes of an aligned crop, smoothed.
        landmarks: (468 or more, 2) in its pixels.
        settings: where, and what counts as a rim.

    Returns:
        One for each of LIDS_OF_SIDE; none if nothing there may be some.
    """
    rims = []
    for lids in LIDS_OF_SIDE:
        rim = _find_rim(picture, landmarks, lids, settings)
        if rim is None:
            return []
        rims.append(rim)
    return rims


def refine_rims(
    picture: Floats, landmarks: Points, rims: list[Band], settings: GlassesSettings = GLASSES
) -> list[Band]:
    """Refine the rims of a face that is sure to wear glasses; the arguments are find_rims()'s."""
    lower = _lower_rim(picture, landmarks, rims, settings)
    return [
        _thin_rim(picture, landmarks, lids, rim, settings)
        for lids, rim in zip(LIDS_OF_SIDE, lower, strict=True)
    ]


def mark_rim(rim: Band, settings: GlassesSettings = GLASSES) -> Mask:
    """Mark where there is a rim, (n,): where it is seen, and above the eye in any case.

    Half-rimmed glasses have no rim below. Above there is one, which on a brow may have its colour.
    """
    around = np.concatenate([rim.contrast, rim.contrast[: settings.smooth - 1]])
    kernel = np.ones(settings.smooth) / settings.smooth
    seen = np.roll(np.convolve(around, kernel, "valid"), settings.smooth // 2)
    return np.asarray((seen >= settings.seen) | (np.sin(_spread_angles(settings)) < 0))


def _lower_rim(
    picture: Floats, landmarks: Points, rims: list[Band], settings: GlassesSettings
) -> list[Band]:
    """Rims of which none has a brow in its place.

    One that goes up much higher than the other is looked for once more, beside the mirror image of
    that: what is found there counts if it differs from its sides nearly as much.
    """
    above = np.sin(_spread_angles(settings)) < 0
    tops = [float(rim.places[above].mean()) for rim in rims]
    higher = int(np.argmax(tops))
    if tops[higher] - tops[1 - higher] <= settings.lopsided:
        return rims
    other = rims[1 - higher].places
    lower = _find_rim(picture, landmarks, LIDS_OF_SIDE[higher], settings, beside=other)
    least = settings.nearly_as_sure * float(np.median(rims[higher].contrast))
    if lower is None or np.median(lower.contrast) < least:
        return rims
    return [lower, rims[1]] if higher == 0 else [rims[0], lower]


def _thin_rim(
    picture: Floats, landmarks: Points, lids: Opening, rim: Band, settings: GlassesSettings
) -> Band:
    """A rim without what lies between it and the brow, and without the brow.

    Thick bands and those that reach into the brow count less when it is looked for once more: what
    is found counts if above the eye it differs from its sides nearly as much. No brow is as bold as
    a black rim, which the reader may have taken for one.
    """
    above = np.sin(_spread_angles(settings)) < 0
    contrast = float(np.median(rim.contrast[above]))
    if contrast >= settings.no_brow:
        return rim
    thin = _find_rim(picture, landmarks, lids, settings, thin=True)
    least = settings.nearly_as_sure * contrast
    return rim if thin is None or np.median(thin.contrast[above]) < least else thin


def _find_rim(
    picture: Floats,
    landmarks: Points,
    lids: Opening,
    settings: GlassesSettings,
    beside: NDArray[np.int64] | None = None,
    *,
    thin: bool = False,
) -> Band | None:
    """The rim around an eye in a picture (s, s, 3); None if nothing there may be one.

    beside: (n,) places in each direction near which it has to be.
    thin: whether what is thick, or reaches into the brow, counts less.
    """
    outer, inner = landmarks[list(lids.corners)].astype(np.float64)
    width = float(np.linalg.norm(outer - inner))
    across = (outer - inner) / max(width, 1e-6)
    down = np.array([-across[1], across[0]])
    down *= np.sign(down[1]) or 1.0
    angles = _spread_angles(settings)
    (x0, y0), (x1, y1) = settings.near_eye if thin else settings.from_eye, settings.to_eye
    sideways = np.cos(angles)[:, None] * np.linspace(x0, x1, settings.places) * width
    downward = np.sin(angles)[:, None] * np.linspace(y0, y1, settings.places) * width
    centre = (outer + inner) / 2 + width * (settings.aside * across + settings.below * down)
    grid = centre + sideways[:, :, None] * across + downward[:, :, None] * down
    contrast = measure_contrast(sample_points(picture, grid), settings)
    if beside is not None:
        away = np.abs(np.arange(settings.places) - beside[:, None])
        contrast = np.where(away > settings.lopsided, np.float32(0), contrast)
    if np.median(contrast.max(axis=(0, 2))) < settings.likely:
        return None  # not even without bends
    worth = _discount(contrast, grid, landmarks, lids, settings) if thin else contrast
    rim = follow_band(grid, contrast, worth, settings, closed=True)
    return rim if np.median(rim.contrast) >= settings.likely else None


def _discount(
    contrast: Floats,
    grid: NDArray[np.float64],
    landmarks: Points,
    lids: Opening,
    settings: GlassesSettings,
) -> Floats:
    """What bands (k, n, m) on a grid (n, m, 2) are worth if thin ones off the brow count more."""
    brow = landmarks[BROW_OUTLINES[LIDS_OF_SIDE.index(lids)], :2].astype(np.float32)
    hair = np.array(
        [[cv2.pointPolygonTest(brow, (float(x), float(y)), True) for x, y in line] for line in grid]
    )
    least, worth = settings.thickness[0], contrast.copy()
    for row in range(len(worth)):
        outer = np.roll(hair, -(row + least), axis=1)
        worth[row][outer > -settings.off_brow] *= settings.of_brow
        worth[row] -= settings.heavy * row
    return worth


def _spread_angles(settings: GlassesSettings) -> NDArray[np.float64]:
    """Directions from the middle of a lens, (n,) radians: away from the nose, then downward."""
    return np.linspace(0, 2 * np.pi, settings.angles, endpoint=False)
