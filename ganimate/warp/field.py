"""The backward map of a mesh on a pixel grid: where in the photo each pixel comes from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Floats, Map, Mask, Points
from ganimate.face.landmarks import (
    LIDS_OF_SIDE,
    LIPS,
    MOUTH,
    OPENINGS,
    SKIN,
    Opening,
    measure_width,
)
from ganimate.numerics import FIXED_POINT_BITS, to_fixed_point
from ganimate.warp.mesh import Mesh, are_lips_closing
from ganimate.warp.outline import carry_background, mark_behind
from ganimate.warp.prior import MotionPrior
from ganimate.warp.raster import interpolate_displacement, rasterise
from ganimate.warp.settings import WARP, WarpSettings
from ganimate.warp.unknown import mark_unknown

GRID = 128
"""Side of an aligned crop, in pixels of the grid of a face's warp."""


@dataclass(frozen=True)
class Warp:
    """A backward map on a pixel grid.

    Attributes:
        field: (h, w, 2) where each pixel comes from: source minus target position, pixels of the
            grid.
        unknown: (h, w) in [0, 1], 1 where the source does not say what is there.
    """

    field: Floats
    unknown: Map


def build_warp(
    prior: MotionPrior, mesh: Mesh, shape: tuple[int, int], settings: WarpSettings = WARP
) -> Warp:
    """Build the warp of a mesh. Pixels outside its outer ring stay where they are.

    Args:
        prior: the triangles of the mesh.
        mesh: on the grid.
        shape: (height, width) of the grid.
        settings: what counts as unknown, and how smooth the field is.
    """
    field, regions = _build_field_and_regions(prior, mesh, shape, settings)
    return Warp(field, mark_unknown(mesh, regions, settings))


def build_field(
    prior: MotionPrior, mesh: Mesh, shape: tuple[int, int], settings: WarpSettings = WARP
) -> Floats:
    """Build the field alone of the warp of a mesh, (h, w, 2); the arguments are build_warp()'s."""
    return _build_field_and_regions(prior, mesh, shape, settings)[0]


def apply_warp(
    image: NDArray[np.uint8], warp: Warp, interpolation: int = cv2.INTER_LINEAR
) -> NDArray[np.uint8]:
    """Warp an image by a field on the same grid; its border is replicated.

    Args:
        image: (h, w) or (h, w, c).
        warp: (h, w).
        interpolation: OpenCV's.
    """
    height, width = warp.field.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :] + warp.field[:, :, 0]
    y = np.arange(height, dtype=np.float32)[:, None] + warp.field[:, :, 1]
    warped = cv2.remap(image, x, y, interpolation, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def resize_warp(warp: Warp, shape: tuple[int, int]) -> Warp:
    """Resample a warp, bilinearly, for a grid of another (height, width)."""
    height, width = warp.unknown.shape
    size = (shape[1], shape[0])
    scale = np.array([shape[1] / width, shape[0] / height], np.float32)
    field = cv2.resize(warp.field, size, interpolation=cv2.INTER_LINEAR) * scale
    unknown = cv2.resize(warp.unknown, size, interpolation=cv2.INTER_LINEAR)
    return Warp(np.asarray(field, np.float32), np.asarray(unknown, np.float32))


def _build_field_and_regions(
    prior: MotionPrior, mesh: Mesh, shape: tuple[int, int], settings: WarpSettings
) -> tuple[Floats, NDArray[np.int64]]:
    """The field of a mesh, (h, w, 2), and the region of each pixel, -1 outside the mesh."""
    drawn, ids = rasterise(prior, mesh, shape)
    field = interpolate_displacement(mesh.source, mesh.target, prior.triangles, drawn, ids)
    field = carry_background(field, mark_behind(prior, mesh, ids), mesh)
    regions = np.append(prior.regions, -1)[ids]
    slits = OPENINGS if are_lips_closing(mesh.turned, mesh.target) else LIDS_OF_SIDE
    edges = _mark_edges(mesh.target, slits, shape, settings)
    field = _smooth_skin(field, regions, edges, settings)
    if slits is OPENINGS:
        _shut_lips(field, regions, mesh.target, settings)
    for lids in LIDS_OF_SIDE:
        # The lids slide over an eyeball that stays in the head.
        inside = regions == lids.region
        still = mesh.turned is mesh.unmoved or np.array_equal(mesh.turned, mesh.unmoved)
        field[inside] = 0 if still else _fit_rigid_field(mesh.turned, mesh.unmoved, lids, inside)
    return field, regions


def _fit_rigid_field(turned: Points, source: Points, opening: Opening, inside: Mask) -> Floats:
    """(pixels inside, 2) displacement turned -> source, affine, least squares over the outline."""
    outline = [*opening.corners, *opening.upper.ravel(), *opening.lower.ravel()]
    ones = np.ones((len(outline), 1), np.float32)
    way = source[outline] - turned[outline]
    affine = np.linalg.lstsq(np.concatenate([turned[outline], ones], 1), way, rcond=None)[0]
    y, x = np.nonzero(inside)
    return np.asarray(np.stack([x, y, np.ones_like(x)], 1) @ affine, np.float32)


def _shut_lips(
    field: Floats, regions: NDArray[np.int64], target: Points, settings: WarpSettings
) -> None:
    """Let the field of the lips reach into the slit, in place, where they have met.

    A row of pixels is left there, which would show teeth.
    """
    upper, lower = target[LIPS.upper[0]], target[LIPS.lower[0]]
    reach = settings.touching * measure_width(target)
    met = np.linalg.norm(upper - lower, axis=1) < reach
    slit = regions == MOUTH
    if not met.any() or not slit.any():
        return
    shut = np.zeros(regions.shape, np.uint8)
    middle, width = to_fixed_point((upper + lower) / 2).tolist(), round(2 * reach) + 1
    inner = met[1:-2] & met[2:-1]  # the outermost columns stand in the dark of the corners
    for column in 1 + np.flatnonzero(inner):
        cv2.line(
            shut, middle[column], middle[column + 1], (1,), width, cv2.LINE_8, FIXED_POINT_BITS
        )
    y, x = np.nonzero((shut > 0) & slit)
    _, labels = cv2.distanceTransformWithLabels(
        slit.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.zeros((int(labels.max()) + 1, 2), np.int64)
    places[labels[~slit]] = np.argwhere(~slit)
    near = places[labels[y, x]]
    field[y, x] = field[near[:, 0], near[:, 1]]


def _mark_edges(
    points: Points, slits: tuple[Opening, ...], shape: tuple[int, int], settings: WarpSettings
) -> Mask:
    """(h, w) the pixels about the edges of lids, or lips."""
    mask = np.zeros(shape, np.uint8)
    width = settings.smoothing
    for slit in slits:
        first, last = slit.corners
        for edge in (slit.upper[0], slit.lower[0]):
            corners = to_fixed_point(points[[first, *edge, last]])
            cv2.polylines(mask, [corners], False, (1,), width, cv2.LINE_8, FIXED_POINT_BITS)
    return mask > 0


def _smooth_skin(
    field: Floats, regions: NDArray[np.int64], kept: Mask, settings: WarpSettings
) -> Floats:
    """Average the field over some pixels of skin: no facets, no torn pixels at folds.

    kept: (h, w) where it stays as it is, lest shut lids mix across their edge and show the eye, or
    shut lips the teeth.
    """
    inside = regions > SKIN
    skin = (~inside).astype(np.float32)
    skin_field = field.copy()
    skin_field[inside] = 0
    kernel = (settings.smoothing,) * 2
    weight = np.maximum(cv2.blur(skin, kernel), 1e-6)
    smooth = np.asarray(cv2.blur(skin_field, kernel) / weight[:, :, None], np.float32)
    exact = inside | kept
    smooth[exact] = field[exact]
    return smooth
