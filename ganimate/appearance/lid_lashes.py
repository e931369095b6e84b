"""The upper lid without its lashes, for eyes that shut.

An open lid is short, and its lashes stand before it. As it shuts, a warp draws out what lies there
over the whole eye, lashes too, to streaks. So as it shuts, what is darker there than the skin
around it gives way to that; the line of its lashes is drawn along its edge (lashes.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.action_units import ROW_OF
from ganimate.appearance.colour_line import LUMINANCE
from ganimate.arrays import AUVector, Floats, Mask, Photo, Points
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import BROW_OUTLINES, LIDS_OF_SIDE, N_MESH, Opening, measure_width
from ganimate.numerics import Affine2D, fill_outline


@dataclass(frozen=True)
class LidLashSettings:
    """Where lashes are taken off a lid, and how much."""

    finest: int = 960
    """Side of the crop at most on which they are found, pixels; a larger one finds single lashes
    of large photos, and is slower."""

    reach: float = 0.05
    """How far above the lid's edge lashes reach, in widths of the face; larger takes creases of
    the lid and eye shadow for lashes. By eye."""

    softness: float = 0.006
    """Standard deviation of the blur of that band's border, in widths of the face. By eye."""

    longest: float = 0.09
    """How far above the lid's edge long lashes reach, in widths of the face: up to there, what is
    dark and narrow goes. By eye."""

    broadest: float = 0.035
    """How broad what is so narrow is at most, in widths of the face; larger takes the shade of
    folds that run upwards, smaller leaves lashes that stick together. By eye."""

    hairs: float = 0.02
    """How far hairs of a brow lie from its landmarks at most, in widths of the face: those are no
    lashes, and no skin to fill in; larger leaves streaks of lashes below low brows, smaller
    blackens lids by the brow. By eye."""

    filling: float = 0.01
    """Radius from which the skin under them is filled in, in widths of the face."""

    full_at: float = 0.5
    """Change of AU45 at which they are gone. By eye: they would be streaks from there on."""


LID_LASHES = LidLashSettings()


@dataclass(frozen=True)
class Retouch:
    """What to add to a part of the photo before it is warped.

    Attributes:
        to_grid: photo pixels to those of the grid.
        added: (h, w, 3) RGB of 255; 0 changes nothing.
    """

    to_grid: Affine2D
    added: Floats


@dataclass(frozen=True)
class LidLashes:
    """The lashes before the upper lid of an eye.

    Attributes:
        cleared: what turns all of them into skin.
        side: of an AU vector's columns, the eye.
    """

    cleared: Retouch
    side: int


def find_lid_lashes(
    photo: Photo, landmarks: Points, settings: LidLashSettings = LID_LASHES
) -> tuple[LidLashes, ...]:
    """Find what is darker than skin on the upper lids of a face, eye by eye.

    Args:
        photo: (h, w, 3).
        landmarks: (468 or more, 2 or more) photo pixels.
        settings: where it is looked for.
    """
    native = fit_crop(landmarks, settings.finest)
    side = round(settings.finest * min(1.0, 1 / native.scale))
    to_crop = fit_crop(landmarks, side)
    crop, points = sample_crop(photo, to_crop, side), to_crop.apply(landmarks[:N_MESH])
    return tuple(
        _find_on_lid(crop, points, to_crop, lids, column, settings)
        for column, lids in enumerate(LIDS_OF_SIDE)
    )


def clear_lashes(
    lashes: LidLashes, change: AUVector, settings: LidLashSettings = LID_LASHES
) -> Retouch | None:
    """Work out what is taken off a lid that shuts.

    Args:
        lashes: of one eye.
        change: (17, 2) in [-1, 1], what is asked less what the photo shows.
        settings: how early they are gone.

    Returns:
        What to add to the photo before it is warped; None for a lid that does not shut.
    """
    shut = min(1.0, float(change[ROW_OF[45], lashes.side]) / settings.full_at)
    cleared = lashes.cleared
    if shut <= 0 or not cleared.added.any():
        return None
    return Retouch(cleared.to_grid, np.asarray(shut * cleared.added, np.float32))


def _find_on_lid(
    crop: Photo,
    points: Points,
    to_crop: Affine2D,
    lids: Opening,
    side: int,
    settings: LidLashSettings,
) -> LidLashes:
    """What is darker than skin on an upper lid in a crop (s, s, 3) with landmarks (468, 2)."""
    width = measure_width(points)
    outer, inner = lids.corners
    edge = points[[outer, *lids.upper[0], inner], :2]
    above = points[[outer, *lids.upper[-1], inner], :2]
    opening = points[[outer, *lids.lower[0], inner], :2]
    brow = points[BROW_OUTLINES[side], :2]
    low = np.floor(np.concatenate([above, brow]).min(axis=0) - 0.06 * width).clip(0).astype(int)
    high = np.ceil(opening.max(axis=0) + 0.06 * width)
    part = crop[low[1] : int(high[1]), low[0] : int(high[0])]
    shape = part.shape[:2]
    up = above - edge
    up /= np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-6)
    hairs = _mask_hairs(brow - low, shape, settings.hairs * width)
    band, lid = (
        fill_outline(np.concatenate([edge, (edge + reach * width * up)[::-1]]) - low, shape)
        & ~hairs
        for reach in (settings.reach, settings.longest)
    )
    eye = fill_outline(np.concatenate([edge, opening[::-1]]) - low, shape)
    hidden = (band | eye | hairs).astype(np.uint8)
    # Lashes that reach farther stand side by side; creases of the lid run along it.
    side_by_side = np.ones((1, 2 * max(1, round(settings.broadest * width / 2)) + 1), np.uint8)
    lashless = cv2.morphologyEx(part, cv2.MORPH_CLOSE, side_by_side)
    radius = max(1.0, settings.filling * width)
    skin = cv2.inpaint(lashless, hidden, radius, cv2.INPAINT_TELEA)
    # What is filled in from both sides meets in a seam, which a lid would be drawn out of.
    skin = cv2.GaussianBlur(skin, (0, 0), 2 * radius)
    softness = max(0.3, settings.softness * width)
    added: Floats = np.zeros((*shape, 3), np.float32)
    for cleared, where in ((lashless, lid), (skin, band)):
        lighter = cleared.astype(np.float32) - part
        share = cv2.GaussianBlur(where.astype(np.float32), (0, 0), softness)
        share = (share * (lighter @ LUMINANCE > 0))[:, :, None]
        added += share * (lighter - added)
    return LidLashes(Retouch(to_crop.shifted(-int(low[0]), -int(low[1])), added), side)


def _mask_hairs(brow: Points, shape: tuple[int, ...], reach: float) -> Mask:
    """(h, w) what lies no farther than `reach` from a brow with this outline (n, 2)."""
    inside = fill_outline(brow, shape)
    side = 2 * round(reach) + 1
    about = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.dilate(inside.astype(np.uint8), about) > 0)
