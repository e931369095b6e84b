"""Smooth lids and lips: what shuts draws out, without the streaks of what the photo shows.

An open eye shows a narrow strip of its upper lid. Drawn out over the eye, or after a brow that
rises, each of its pixels, a lash or a hair of the brow, becomes a streak. So do the thin lips of a
smile that goes, with the rim of a tooth that was read as lip. Lids have folds across and nothing
along, and what lips have along is finer: what a warp stretches is averaged across.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ganimate.appearance.lid_lashes import Retouch
from ganimate.arrays import Floats, Map, Photo
from ganimate.face.landmarks import BROW_EDGES, LIDS_OF_SIDE, LIPS, Opening
from ganimate.numerics import Affine2D, rise, smoothstep
from ganimate.rendering.layer import Patch, SlitWarp
from ganimate.rendering.settings import DRAWN_OUT_LIPS, LIDS, DrawnOutSkinSettings, LidSettings
from ganimate.warp.displacement import UNDER_BROW
from ganimate.warp.mesh import Mesh, measure_stretch


def smooth_lid(
    picture: Photo,
    retouches: Sequence[Retouch],
    warp: SlitWarp,
    lids: Opening,
    mesh: Mesh,
    settings: LidSettings = LIDS,
) -> Patch | None:
    """Smooth the upper lid of an eye that shuts, or whose brow rises.

    Args:
        picture: (h, w, 3) the photo about the eye, on the grid of its warp.
        retouches: what is added to the photo before it is warped.
        warp: of the eye, on that grid.
        lids: of which eye.
        mesh: of the face, in photo pixels.
        settings: how much is averaged.

    Returns:
        What to add to the warped photo; None where nothing is drawn out.
    """
    shut, raised = _measure_shutting(mesh, lids, settings), _measure_rise(mesh, lids, settings)
    amount = max(shut, raised)
    if amount <= 0:
        return None
    # Little by little from one to the other, or a blink below a raised brow would jump.
    across = (shut * settings.across + raised * settings.across_raised) / (shut + raised)
    mixed = replace(settings, across=across)
    return _smooth(picture, retouches, warp, lids, mesh, amount, mixed)


def smooth_lips(
    picture: Photo, warp: SlitWarp, mesh: Mesh, settings: DrawnOutSkinSettings = DRAWN_OUT_LIPS
) -> Patch | None:
    """Smooth lips that shut.

    Args:
        picture: (h, w, 3) the photo about the lips, on the grid of their warp.
        warp: of the lips, on that grid.
        mesh: of the face, in photo pixels.
        settings: how much is averaged.

    Returns:
        What to add to the warped photo; None for lips that do not shut.
    """
    amount = _measure_shutting(mesh, LIPS, settings)
    return _smooth(picture, (), warp, LIPS, mesh, amount, settings)


def _measure_shutting(mesh: Mesh, opening: Opening, settings: DrawnOutSkinSettings) -> float:
    """How far an opening has shut, of the way until it is smoothed in full; 0 if it has not."""
    return float(rise(1 - measure_stretch(mesh.turned, mesh.target, opening), 0, settings.full_at))


def _measure_rise(mesh: Mesh, lids: Opening, settings: LidSettings) -> float:
    """How far a brow has risen, of the way until its lid is smoothed in full; 0 if it has not."""
    edge = BROW_EDGES[LIDS_OF_SIDE.index(lids)][1:4]
    lashes = lids.upper[0, UNDER_BROW][1:4]
    before, after = (
        float(np.linalg.norm((points[edge] - points[lashes]).mean(axis=0)))
        for points in (mesh.turned, mesh.target)
    )
    return float(rise(after / max(before, 1e-6), *settings.raised))


def _smooth(
    picture: Photo,
    retouches: Sequence[Retouch],
    warp: SlitWarp,
    opening: Opening,
    mesh: Mesh,
    amount: float,
    settings: DrawnOutSkinSettings,
) -> Patch | None:
    """Smooth what is drawn out about an opening, by an amount; the others are smooth_lid()'s."""
    if amount <= 0:
        return None
    field = _find_field(warp)
    share = smoothstep(amount) * warp.field[:, :, 2] * _mark_stretched(field, settings)
    rows, columns = (np.flatnonzero((share > settings.least).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    left, top = int(columns[0]), int(rows[0])
    inner = (slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1))
    to_inner, share = warp.to_grid.shifted(-left, -top), share[inner]
    warped = _warp_picture(picture, retouches, warp.to_grid, (left, top), field[inner])
    ends = mesh.on(warp.to_grid).target[list(opening.corners), :2]
    across = settings.across * float(np.linalg.norm(ends[0] - ends[1]))
    paint: Floats = np.zeros((*share.shape, 4), np.float32)
    paint[:, :, :3] = share[:, :, None] * (_average_across(warped, share, across) - warped)
    return Patch(to_inner, paint)


def _find_field(warp: SlitWarp) -> Floats:
    """(h, w, 2) where each pixel of a warp's grid comes from less where it lies, in its pixels."""
    moved_by = warp.field[:, :, :2] / np.maximum(warp.field[:, :, 2:], 1e-3)
    return np.asarray(cv2.transform(moved_by, warp.to_grid.linear.astype(np.float32)), np.float32)


def _mark_stretched(field: Floats, settings: DrawnOutSkinSettings) -> Map:
    """(h, w) in [0, 1] where a field draws what it shows out, downwards."""
    down = np.diff(field[:, :, 1], axis=0, append=field[-1:, :, 1])
    # Rows that a pixel of the photo is drawn out over; at an edge the field jumps.
    times = 1 / np.maximum(1 + down, 1e-3)
    drawn_out = np.where(down > -1, rise(times, *settings.stretch), 1)
    return np.asarray(cv2.blur(drawn_out.astype(np.float32), (3, 3)), np.float32)


def _warp_picture(
    picture: Photo,
    retouches: Sequence[Retouch],
    to_grid: Affine2D,
    corner: tuple[int, int],
    field: Floats,
) -> Floats:
    """Warp a picture on a grid, with its retouches, by a field (h, w, 2) of a part of the grid.

    The part begins at the corner's x and y.
    """
    height, width = field.shape[:2]
    x = np.arange(width, dtype=np.float32)[None] + field[:, :, 0]
    y = np.arange(height, dtype=np.float32)[:, None] + field[:, :, 1]
    x, y = x + corner[0], y + corner[1]
    border = cv2.BORDER_REPLICATE
    warped = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=border).astype(np.float32)
    for one in retouches:
        places = np.stack([x.ravel(), y.ravel()], axis=1)
        there = to_grid.inverse().then(one.to_grid).apply(places).astype(np.float32)
        across, down = there.reshape(height, width, 2).transpose(2, 0, 1)
        warped += cv2.remap(one.added, across, down, cv2.INTER_LINEAR)
    return np.asarray(warped, np.float32)


def _average_across(picture: Floats, share: Map, deviation: float) -> Floats:
    """(h, w, 3) the mean of each pixel's neighbours in its row, as far as their share counts."""
    weighed = np.dstack([picture * share[:, :, None], share])
    kernel = (2 * max(1, round(2 * deviation)) + 1, 1)
    summed = cv2.GaussianBlur(weighed, kernel, deviation, sigmaY=1e-3)
    return np.asarray(summed[:, :, :3] / np.maximum(summed[:, :, 3:], 1e-4), np.float32)
