"""Glasses: where their rims are, so that faces move behind them.

Rims are rigid. A warp that raises brows would bend them; so they are found, the face is moved
without them, and they are laid over it again where they were.

A rim is a band that differs from what lies on both of its sides, all the way around an eye; what
lies between the rims and beside them is found alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.bands import Band, draw_band, follow_band, measure_contrast
from ganimate.appearance.colour_line import LUMINANCE
from ganimate.appearance.glasses_settings import GLASSES, GlassesSettings
from ganimate.appearance.rims import find_rims, mark_rim, refine_rims
from ganimate.arrays import Floats, Map, Photo, Points
from ganimate.face.landmarks import LEFT_TEMPLE, LIDS_OF_SIDE, RIGHT_TEMPLE, Opening
from ganimate.numerics import (
    fall,
    fill_outline,
    rise,
    sample_points,
)

TEMPLES = (LEFT_TEMPLE, RIGHT_TEMPLE)
"""Landmarks that the arms lead to, in the order of LIDS_OF_SIDE."""


@dataclass(frozen=True)
class Glasses:
    """What holds still of an aligned crop, and the crop without it.

    Attributes:
        share: (s, s) in [0, 1], 1 on the glasses and close to them.
        cover: (s, s) in [0, 1], what of the crop the glasses hide; 0 wherever `share` is not 1.
        bare: (s, s, 3) the crop with skin where they are.
    """

    share: Map
    cover: Map
    bare: Photo


def find_glasses(
    crop: Photo, landmarks: Points, settings: GlassesSettings = GLASSES
) -> Glasses | None:
    """Find the glasses of a face; None if it wears none, or none that are sure.

    Args:
        crop: (s, s, 3) aligned, s = settings.size.
        landmarks: (468 or more, 2) pixels of the crop.
        settings: what counts as a rim.
    """
    lab = cv2.cvtColor(crop, cv2.COLOR_RGB2LAB).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(lab, (0, 0), 1.0), np.float32)
    rims = find_rims(smooth, landmarks, settings)
    if not rims:
        return None
    bridge, *_ = _find_joints(smooth, rims, landmarks, settings)
    if not _are_glasses(rims, bridge, settings):
        return None
    rims = refine_rims(smooth, landmarks, rims, settings)
    joints = _find_joints(smooth, rims, landmarks, settings)
    share = np.zeros(crop.shape[:2], np.uint8)
    for rim in rims:
        draw_band(share, rim, mark_rim(rim, settings), closed=True)
    for side, rim in enumerate(rims):
        outer, inner = landmarks[list(LIDS_OF_SIDE[side].corners)].astype(np.float64)
        share |= _grow_rim(smooth, rim, outer - inner, settings.hinge_height, settings)
        share |= _grow_rim(smooth, rim, inner - outer, settings.bridge_height, settings)
        share |= _find_glare(smooth, rim, landmarks, LIDS_OF_SIDE[side], settings)
    for joint in joints:
        if joint.contrast.mean() >= settings.joint:
            draw_band(share, joint, np.ones(len(joint.contrast), np.bool_), closed=False)
    away = np.asarray(cv2.distanceTransform(1 - share, cv2.DIST_L2, 5), np.float32)
    hidden = (away <= settings.margin).astype(np.uint8)
    lenses = np.any([fill_outline(rim.edges[0], hidden.shape) for rim in rims], axis=0)
    bare = _fill_in_skin(crop, hidden, lenses, settings)
    # What was filled in lies under a share of 1: a face that does not move is the photo's own.
    cover = fall(away, settings.margin - settings.softness, settings.margin + 1)
    held = fall(away, settings.margin + 2, settings.margin + 2 + settings.softness)
    return Glasses(held, cover, bare)


def _are_glasses(rims: list[Band], bridge: Band, settings: GlassesSettings) -> bool:
    """Whether rims are sure to be some, alone or with what is between them."""
    fainter = min(float(np.median(rim.contrast)) for rim in rims)
    held = settings.bridge_counts * float(bridge.contrast.mean())
    alone = fainter >= settings.sure and float(bridge.contrast.mean()) >= settings.least_bridge
    return alone or fainter + held >= settings.sure_with_bridge


def _grow_rim(
    picture: Floats, rim: Band, across: Floats, height: float, settings: GlassesSettings
) -> NDArray[np.uint8]:
    """1 on what lies beside a rim on one side, touches it and has its colour; (s, s).

    Args:
        picture: (s, s, 3) L*a*b* as bytes.
        rim: around an eye.
        across: (2,) the way from the lens to the ear, or to the nose, as long as the eye is wide.
        height: how far above or below the rim's end it may lie, in widths of the eye.
        settings: what counts as the same colour.
    """
    width = max(1e-6, float(np.linalg.norm(across)))
    across = across / width
    edge = rim.edges[1].astype(np.float64)
    outward = (edge - edge.mean(axis=0)) @ across
    near = outward >= np.quantile(outward, settings.hinge_from)
    drawn = np.zeros(picture.shape[:2], np.uint8)
    draw_band(drawn, rim, near, closed=True)
    y, x = np.indices(drawn.shape)
    away = np.stack([x, y], axis=2) - edge[near].mean(axis=0)
    beyond, aside = away @ across, np.abs(away @ np.array([-across[1], across[0]]))
    about = (beyond > -settings.hinge * width / 2) & (beyond < settings.hinge * width)
    about &= aside < height * width
    about &= ~fill_outline(rim.edges[1], drawn.shape)
    middle = np.rint(rim.edges[:, near].mean(axis=0)).astype(int).clip(0, len(picture) - 1)
    colours, contrast = picture[middle[:, 1], middle[:, 0]], rim.contrast[near]
    alike = np.zeros(drawn.shape, np.bool_)
    for colour, own in zip(colours, contrast, strict=True):
        if own >= settings.bold:
            apart = np.linalg.norm(picture[about] - colour, axis=1)
            alike[about] |= apart < settings.alike * own
    _, labels = cv2.connectedComponents((alike | (drawn > 0)).astype(np.uint8))
    touching = np.unique(labels[drawn > 0])
    grown = np.isin(labels, touching[touching > 0]).astype(np.uint8)
    kernel = np.ones((settings.gap, settings.gap), np.uint8)
    return np.asarray(cv2.morphologyEx(grown, cv2.MORPH_CLOSE, kernel), np.uint8)


def _find_glare(
    picture: Floats, rim: Band, landmarks: Points, lids: Opening, settings: GlassesSettings
) -> NDArray[np.uint8]:
    """1 on what a lens reflects and keeps, (s, s): lighter than skin behind and beside it."""
    outer, inner = lids.corners
    outline = landmarks[[outer, *lids.upper[1], inner, *lids.lower[1][::-1]], :2]
    eye = fill_outline(outline, picture.shape[:2])
    behind = fill_outline(rim.edges[0], picture.shape[:2]) & ~eye
    lightness = picture[:, :, 0]
    if not behind.any():
        return np.zeros(eye.shape, np.uint8)
    within = fill_outline(rim.edges[1], picture.shape[:2]).astype(np.uint8)
    width = float(np.linalg.norm(landmarks[outer, :2] - landmarks[inner, :2]))
    side = 2 * round(settings.skin_beside * width) + 1
    beside = (cv2.dilate(within, np.ones((side, side), np.uint8)) > 0) & (within == 0)
    skin = np.percentile(lightness[beside], settings.skin_percentile) if beside.any() else 0.0
    glare = behind & (lightness > max(np.median(lightness[behind]) + settings.glare, skin))
    return np.asarray(glare, np.uint8)


def _fill_in_skin(
    crop: Photo, hidden: NDArray[np.uint8], lenses: NDArray[np.bool_], settings: GlassesSettings
) -> Photo:
    """Fill in what glasses hide of a crop from what lies beside, without an edge in the middle.

    Above the eye that is skin behind the lens, and often the brow on the other side; below it may
    be lashes, and skin. Skin is lighter than hair: where what either side alone would fill in is
    far darker, the other side's is taken, or a brow that rises would draw its own colour out of the
    rim.

    Args:
        crop: (s, s, 3).
        hidden: (s, s), 1 on what is filled in.
        lenses: (s, s) what lies within the rims.
        settings: from how far.
    """
    side = 2 * settings.other_side + 1
    about = cv2.dilate(hidden, np.ones((side, side), np.uint8))
    both, *alone = (
        np.asarray(cv2.inpaint(crop, unknown, settings.inpaint, cv2.INPAINT_TELEA), np.float32)
        for unknown in (hidden, np.where(lenses, about, hidden), np.where(lenses, hidden, about))
    )
    light = [cv2.GaussianBlur(one @ LUMINANCE, (0, 0), settings.margin / 2) for one in alone]
    lighter = np.where((light[0] > light[1])[:, :, None], *alone)
    apart = rise(np.abs(light[0] - light[1]), *settings.hair)[:, :, None]
    soft = cv2.GaussianBlur(both + apart * (lighter - both), (0, 0), settings.margin / 2)
    return np.where(hidden[:, :, None] > 0, np.rint(soft), crop).astype(np.uint8)


def _list_joints(rims: list[Band], landmarks: Points) -> list[tuple[Points, Points]]:
    """Where the bridge, then the arms begin and end, (2,): where the outer edges are nearest."""
    left, right = (rim.edges[1] for rim in rims)
    between = np.linalg.norm(left[:, None] - right[None], axis=2)
    one, other = np.unravel_index(between.argmin(), between.shape)
    joints = [(left[one], right[other])]
    for edge, temple in zip((left, right), TEMPLES, strict=True):
        end = landmarks[temple, :2]
        joints.append((edge[np.linalg.norm(edge - end, axis=1).argmin()], end))
    return joints


def _find_joints(
    picture: Floats, rims: list[Band], landmarks: Points, settings: GlassesSettings
) -> list[Band]:
    """The bridge between two rims, and the arms, of which there may be none."""
    places = _list_joints(rims, landmarks)
    return [_find_joint(picture, start, end, landmarks, settings) for start, end in places]


def _find_joint(
    picture: Floats, start: Points, end: Points, landmarks: Points, settings: GlassesSettings
) -> Band:
    """The band that leads from one point to another, about the straight line."""
    first, last = landmarks[list(LIDS_OF_SIDE[0].corners)]
    reach = settings.reach * float(np.linalg.norm(first - last))
    along = end - start
    normal = np.array([-along[1], along[0]]) / max(1e-6, float(np.linalg.norm(along)))
    line = start + np.linspace(0, 1, settings.steps)[:, None] * along
    grid = line[:, None] + np.linspace(-reach, reach, settings.places)[None, :, None] * normal
    contrast = measure_contrast(sample_points(picture, grid), settings)
    return follow_band(grid, contrast, contrast, settings, closed=False)
