"""Glasses: where their rims are, so that faces move behind them.

Rims are rigid. A warp that raises brows would bend them; so they are found, the face is moved
without them, and they are laid over it again where they were.

A rim is a band that differs from what lies on both of its sides, all the way around an eye. On a
polar grid about the eye it is a path, and the best one is found by dynamic programming over where
the band begins and how thick it is (as in Sun and Pallottino, "Circular shortest path in images",
Pattern Recognition 36, 2003). What lies between the rims and beside them is found alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.glasses_settings import GLASSES, GlassesSettings
from ganimate.arrays import Floats, Map, Photo, Points
from ganimate.face.landmarks import LEFT_TEMPLE, LIDS_OF_SIDE, RIGHT_TEMPLE, Opening
from ganimate.numerics import (
    FIXED_POINT_BITS,
    fall,
    fill_outline,
    sample_points,
    to_fixed_point,
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


@dataclass(frozen=True)
class Band:
    """A band along a path.

    Attributes:
        edges: (2, n, 2) its inner and its outer edge, pixels of the crop.
        contrast: (n,) how far it differs from both of its sides.
        places: (n,) at which of the places across it begins.
    """

    edges: Points
    contrast: Floats
    places: NDArray[np.int64]


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
    rims = _find_rims(smooth, landmarks, settings)
    if not rims:
        return None
    bridge, *_ = _find_joints(smooth, rims, landmarks, settings)
    if not _are_glasses(rims, bridge, settings):
        return None
    rims = _lower_rim(smooth, landmarks, rims, settings)
    joints = _find_joints(smooth, rims, landmarks, settings)
    share = np.zeros(crop.shape[:2], np.uint8)
    for rim in rims:
        _draw_band(share, rim, _mark_rim(rim, settings), closed=True)
    for side, rim in enumerate(rims):
        outer, inner = landmarks[list(LIDS_OF_SIDE[side].corners)].astype(np.float64)
        share |= _grow_rim(smooth, rim, outer - inner, settings.hinge_height, settings)
        share |= _grow_rim(smooth, rim, inner - outer, settings.bridge_height, settings)
        share |= _find_glare(smooth, rim, landmarks, LIDS_OF_SIDE[side], settings)
    for joint in joints:
        if joint.contrast.mean() >= settings.joint:
            _draw_band(share, joint, np.ones(len(joint.contrast), np.bool_), closed=False)
    away = np.asarray(cv2.distanceTransform(1 - share, cv2.DIST_L2, 5), np.float32)
    hidden = (away <= settings.margin).astype(np.uint8)
    bare = _fill_in_skin(crop, hidden, settings)
    # What was filled in lies under a share of 1: a face that does not move is the photo's own.
    cover = fall(away, settings.margin, settings.margin + 1)
    held = fall(away, settings.margin + 2, settings.margin + 2 + settings.softness)
    return Glasses(held, cover, bare)


def _find_rims(picture: Floats, landmarks: Points, settings: GlassesSettings) -> list[Band]:
    """The rims around both eyes in a picture (s, s, 3); none if nothing there may be some."""
    rims = []
    for lids in LIDS_OF_SIDE:
        rim = _find_rim(picture, landmarks, lids, settings)
        if rim is None:
            return []
        rims.append(rim)
    return rims


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


def _find_rim(
    picture: Floats,
    landmarks: Points,
    lids: Opening,
    settings: GlassesSettings,
    beside: NDArray[np.int64] | None = None,
) -> Band | None:
    """The rim around an eye in a picture (s, s, 3); None if nothing there may be one.

    beside: (n,) places in each direction near which it has to be.
    """
    outer, inner = landmarks[list(lids.corners)].astype(np.float64)
    width = float(np.linalg.norm(outer - inner))
    across = (outer - inner) / max(width, 1e-6)
    down = np.array([-across[1], across[0]])
    down *= np.sign(down[1]) or 1.0
    angles = _spread_angles(settings)
    (x0, y0), (x1, y1) = settings.from_eye, settings.to_eye
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
    rim = _follow_band(grid, contrast, settings, closed=True)
    return rim if np.median(rim.contrast) >= settings.likely else None


def _spread_angles(settings: GlassesSettings) -> NDArray[np.float64]:
    """Directions from the middle of a lens, (n,) radians: away from the nose, then downward."""
    return np.linspace(0, 2 * np.pi, settings.angles, endpoint=False)


def _are_glasses(rims: list[Band], bridge: Band, settings: GlassesSettings) -> bool:
    """Whether rims are sure to be some, alone or with what is between them."""
    fainter = min(float(np.median(rim.contrast)) for rim in rims)
    held = settings.bridge_counts * float(bridge.contrast.mean())
    alone = fainter >= settings.sure and float(bridge.contrast.mean()) >= settings.least_bridge
    return alone or fainter + held >= settings.sure_with_bridge


def _mark_rim(rim: Band, settings: GlassesSettings) -> NDArray[np.bool_]:
    """Where there is a rim, (n,): where it is seen, and above the eye in any case.

    Half-rimmed glasses have no rim below. Above there is one, which on a brow may have its colour.
    """
    around = np.concatenate([rim.contrast, rim.contrast[: settings.smooth - 1]])
    kernel = np.ones(settings.smooth) / settings.smooth
    seen = np.roll(np.convolve(around, kernel, "valid"), settings.smooth // 2)
    return (seen >= settings.seen) | (np.sin(_spread_angles(settings)) < 0)


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
    _draw_band(drawn, rim, near, closed=True)
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


def _fill_in_skin(crop: Photo, hidden: NDArray[np.uint8], settings: GlassesSettings) -> Photo:
    """Fill in what glasses hide of a crop from what lies beside, without an edge in the middle.

    Above the eye that is skin on one side, and often the brow on the other, which a rim covers in
    part: a brow that rises comes out above the rim with what is filled in here.

    Args:
        crop: (s, s, 3).
        hidden: (s, s), 1 on what is filled in.
        settings: from how far.
    """
    filled = cv2.inpaint(crop, hidden, settings.inpaint, cv2.INPAINT_TELEA)
    soft = cv2.GaussianBlur(filled, (0, 0), settings.margin / 2)
    return np.where(hidden[:, :, None] > 0, soft, crop)


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
    return _follow_band(grid, contrast, settings, closed=False)


def measure_contrast(strip: Floats, settings: GlassesSettings = GLASSES) -> Floats:
    """Measure how far each band across a strip differs from both of its sides.

    Args:
        strip: (n, m, 3) L*a*b* at m places in each of n directions.
        settings: thicknesses, and what is beside a band.

    Returns:
        (thicknesses, n, m) for a band that begins at each place; a band that differs from its sides
        in opposite ways is an edge of something else, and has 0.
    """
    count, places = strip.shape[:2]
    least, most = settings.thickness
    beside = settings.beside
    contrast = np.zeros((most - least + 1, count, places), np.float32)
    sums = np.concatenate([np.zeros((count, 1, 3), np.float32), np.cumsum(strip, axis=1)], axis=1)
    for row, thickness in enumerate(range(least, most + 1)):
        at = np.arange(beside, places - thickness - beside)
        within = (sums[:, at + thickness] - sums[:, at]) / thickness
        before = within - (sums[:, at] - sums[:, at - beside]) / beside
        after = within - (sums[:, at + thickness + beside] - sums[:, at + thickness]) / beside
        light = np.minimum(np.abs(before[..., 0]), np.abs(after[..., 0]))
        light = light * (before[..., 0] * after[..., 0] > 0)
        one, other = before[..., 1:], after[..., 1:]
        hue = np.minimum(np.linalg.norm(one, axis=2), np.linalg.norm(other, axis=2))
        hue = hue * ((one * other).sum(axis=2) > 0)
        contrast[row, :, at] = np.minimum(light + hue, settings.most).T
    return contrast


def _follow_band(
    grid: NDArray[np.float64], contrast: Floats, settings: GlassesSettings, *, closed: bool
) -> Band:
    """The band with the most contrast along the directions of a grid (n, m, 2).

    A closed one is followed once around to find where to begin, and once more to be told.
    """
    count = contrast.shape[1]
    order = [*range(count), *range(count)] if closed else list(range(count))
    best, ways = contrast[:, order[0]], []
    for direction in order[1:]:
        best, way = _step(best, settings)
        best = best + contrast[:, direction]
        ways.append(way)
    row, place = np.unravel_index(int(best.argmax()), best.shape)
    path = [(int(row), int(place))]
    for way in reversed(ways[len(ways) - count + 1 :]):
        row, place = way[:, path[-1][0], path[-1][1]]
        path.append((int(row), int(place)))
    rows, starts = np.array(path[::-1]).T
    at = np.arange(count)
    edges = np.stack([grid[at, starts], grid[at, starts + rows + settings.thickness[0]]])
    return Band(edges.astype(np.float32), contrast[rows, at, starts], starts)


def _step(best: Floats, settings: GlassesSettings) -> tuple[Floats, NDArray[np.int64]]:
    """From the best sums (k, m) to those of the next direction, and where each came from.

    Returns:
        (k, m) sums, less what bends and swells cost, and (2, k, m) row and place before.
    """
    thicker, rows = _shift_best(best, settings.swell, reach=1, axis=0)
    moved, places = _shift_best(thicker, settings.bend, reach=2, axis=1)
    return moved, np.stack([np.take_along_axis(rows, places, axis=1), places])


def _shift_best(
    best: Floats, cost: float, *, reach: int, axis: int
) -> tuple[Floats, NDArray[np.int64]]:
    """The best of each value and its neighbours along an axis, less a cost, and its index."""
    size = best.shape[axis]
    index = np.arange(size)
    values, sources = [], []
    for shift in range(-reach, reach + 1):
        source = np.clip(index + shift, 0, size - 1)
        values.append(np.take(best, source, axis=axis) - np.float32(cost * abs(shift)))
        sources.append(source)
    stacked = np.stack(values)
    choice = stacked.argmax(axis=0)
    along = index if axis else index[:, None]
    source = np.clip(along + choice - reach, 0, size - 1)
    return stacked.max(axis=0), source


def _draw_band(
    share: NDArray[np.uint8], band: Band, seen: NDArray[np.bool_], *, closed: bool
) -> None:
    """Fill a band with 1 where it is seen, (n,), in place."""
    inner, outer = to_fixed_point(band.edges)
    count = len(seen)
    for at in range(count if closed else count - 1):
        after = (at + 1) % count
        if seen[at] and seen[after]:
            quad = np.array([inner[at], inner[after], outer[after], outer[at]])
            cv2.fillConvexPoly(share, quad, (1,), cv2.LINE_8, FIXED_POINT_BITS)
