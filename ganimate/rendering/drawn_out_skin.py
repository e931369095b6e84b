"""Smooth lids and lips: what shuts draws out, without the streaks of what the photo shows.

An open eye shows a narrow strip of its upper lid. Drawn out over the eye, or after a brow that
rises, each of its pixels, a lash or a hair of the brow, becomes a streak. So do the thin lips of a
smile that goes, with the rim of a tooth that was read as lip. Lids have folds across and nothing
along, and what lips have along is finer: what a warp stretches is averaged across.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ganimate.appearance.colour_line import LUMINANCE
from ganimate.appearance.lid_lashes import Retouch
from ganimate.arrays import Floats, Map, Photo, Points
from ganimate.face.landmarks import BROW_EDGES, LIDS_OF_SIDE, LIPS, N_MESH, Opening
from ganimate.numerics import Affine2D, rise, smoothstep
from ganimate.rendering.layer import Patch, SlitWarp
from ganimate.rendering.settings import DRAWN_OUT_LIPS, LIDS, DrawnOutSkinSettings, LidSettings
from ganimate.warp.displacement import UNDER_BROW
from ganimate.warp.mesh import Mesh, measure_stretch


@dataclass(frozen=True)
class _DrawnOut:
    """Skin that a warp draws out.

    Attributes:
        to_grid: photo pixels to those of its pictures.
        share: (h, w) in [0, 1], how far each pixel is drawn out.
        warped: (h, w, 3) RGB in [0, 255] of the warped photo.
        average: (h, w, 3) the same, averaged across.
        breadth: of the eye or the mouth, in those pixels.
    """

    to_grid: Affine2D
    share: Map
    warped: Floats
    average: Floats
    breadth: float


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
    lid = _draw_out(picture, retouches, warp, lids, mesh, amount, mixed)
    if lid is None:
        return None
    skin = take_skin_below(picture, mesh.on(warp.to_grid).turned, lids)
    share = np.asarray(shut / (shut + raised) * lid.share, np.float32)
    paint = _smooth(lid)
    paint[:, :, :3] += _turn_to_skin(lid, share, skin, settings)
    return Patch(lid.to_grid, paint)


def take_skin_below(picture: Photo, landmarks: Points, lids: Opening) -> Floats:
    """Take the colour of the skin below an eye: nearer, or farther where that is darker.

    Args:
        picture: (h, w, 3).
        landmarks: (468, 2 or more) its pixels.
        lids: of which eye.

    Returns:
        (3,) red, green and blue, in [0, 255].
    """
    height, width = picture.shape[:2]
    places = np.rint(landmarks[lids.lower[1:], :2]).astype(int)
    x, y = np.moveaxis(places.clip(0, [width - 1, height - 1]), -1, 0)
    rows = np.median(picture[y, x], axis=1)
    return np.asarray(rows[np.argmin(rows @ LUMINANCE)], np.float32)


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
    lips = _draw_out(picture, (), warp, LIPS, mesh, amount, settings)
    return None if lips is None else Patch(lips.to_grid, _smooth(lips))


def _measure_shutting(mesh: Mesh, opening: Opening, settings: DrawnOutSkinSettings) -> float:
    """How far an opening has shut, of the way until it is smoothed in full; 0 if it has not."""
    return float(rise(1 - measure_stretch(mesh.turned, mesh.target, opening), 0, settings.full_at))


def _measure_rise(mesh: Mesh, lids: Opening, settings: LidSettings) -> float:
    """How far a brow has risen, of the way until its lid is smoothed in full; 0 if it has not."""
    edge = BROW_EDGES[LIDS_OF_SIDE.index(lids)][1:4]
    lashes = lids.upper[0, UNDER_BROW][1:4]
    above = (mesh.turned[edge] - mesh.turned[lashes]).mean(axis=0)[:2]
    height = max(float(np.linalg.norm(above)), 1e-6)
    # Over the corners of the eye: over lashes that come down a brow would rise as well.
    moved_by = mesh.target[:N_MESH, :2] - mesh.turned[:N_MESH, :2]
    of_brow, of_eye = (moved_by[places].mean(axis=0) for places in (edge, list(lids.corners)))
    risen = float((of_brow - of_eye) @ above)
    return float(rise(1 + risen / height**2, *settings.raised))


def _draw_out(
    picture: Photo,
    retouches: Sequence[Retouch],
    warp: SlitWarp,
    opening: Opening,
    mesh: Mesh,
    amount: float,
    settings: DrawnOutSkinSettings,
) -> _DrawnOut | None:
    """What is drawn out about an opening, by an amount; the others are smooth_lid()'s."""
    if amount <= 0:
        return None
    ends = mesh.on(warp.to_grid).target[list(opening.corners), :2]
    breadth = float(np.linalg.norm(ends[0] - ends[1]))
    field = _find_field(warp)
    stretched = _mark_stretched(field, settings.facets * breadth, settings)
    share = smoothstep(amount) * warp.field[:, :, 2] * stretched
    rows, columns = (np.flatnonzero((share > settings.least).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    left, top = int(columns[0]), int(rows[0])
    inner = (slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1))
    to_inner, share = warp.to_grid.shifted(-left, -top), share[inner]
    warped = _warp_picture(picture, retouches, warp.to_grid, (left, top), field[inner])
    average = _average_across(warped, share, settings.across * breadth)
    return _DrawnOut(to_inner, np.asarray(share, np.float32), warped, average, breadth)


def _smooth(skin: _DrawnOut) -> Floats:
    """(h, w, 4) what to add to drawn out skin to be smooth across."""
    paint: Floats = np.zeros((*skin.share.shape, 4), np.float32)
    paint[:, :, :3] = skin.share[:, :, None] * (skin.average - skin.warped)
    return paint


def _turn_to_skin(lid: _DrawnOut, share: Map, skin: Floats, settings: LidSettings) -> Floats:
    """(h, w, 3) what to add to a smooth lid to be like a skin (3,), of which it has a share (h, w).

    A photo may show no lid, but the shadow of a brow, its hairs and lashes: dark and grey.
    """
    light = np.asarray(lid.average @ LUMINANCE, np.float32)[:, :, None]
    least = np.array(settings.darkest, np.float32) * skin
    missing = np.maximum(1 - light / max(1.0, float(least @ LUMINANCE)), 0)
    hue = light / max(1.0, float(skin @ LUMINANCE)) * skin - lid.average
    # Softly: hairs of a brow end where the lid begins.
    soft = settings.soft * lid.breadth
    added = share[:, :, None] * (settings.hue * hue + missing * least)
    return np.asarray(cv2.GaussianBlur(added, (0, 0), soft), np.float32)


def _find_field(warp: SlitWarp) -> Floats:
    """(h, w, 2) where each pixel of a warp's grid comes from less where it lies, in its pixels."""
    moved_by = warp.field[:, :, :2] / np.maximum(warp.field[:, :, 2:], 1e-3)
    return np.asarray(cv2.transform(moved_by, warp.to_grid.linear.astype(np.float32)), np.float32)


def _mark_stretched(field: Floats, softness: float, settings: DrawnOutSkinSettings) -> Map:
    """(h, w) in [0, 1] where a field draws what it shows out, downwards.

    softness: pixels across, over which one triangle's share goes to that of the next.
    """
    down = np.diff(field[:, :, 1], axis=0, append=field[-1:, :, 1])
    # Rows that a pixel of the photo is drawn out over; at an edge the field jumps.
    times = 1 / np.maximum(1 + down, 1e-3)
    drawn_out = np.where(down > -1, rise(times, *settings.stretch), 1)
    soft = cv2.GaussianBlur(drawn_out.astype(np.float32), (0, 0), softness, sigmaY=settings.row)
    return np.asarray(soft, np.float32)


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
