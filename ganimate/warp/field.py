"""The backward map of a mesh on a pixel grid, and what of it the photo does not know."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Points
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
from ganimate.warp.mesh import (
    Mesh,
    are_lips_closing,
    measure_areas,
    measure_narrowing,
    measure_stretch,
)
from ganimate.warp.prior import MotionPrior

GRID = 128  # px of a warp's grid for the side of an aligned crop
STRETCH_KNOWN = 1.25  # an opening stretched by less still shows what the photo showed
STRETCH_UNKNOWN = 2.0  # ... by more than this shows nothing of it
NARROW_KNOWN = 1.15  # a mouth narrowed by less keeps the photo's teeth, a little narrower
NARROW_UNKNOWN = 1.4  # ... by more than this gets others: teeth do not narrow
SEAM = 0.012  # of the face's width: how wide the line between shut lips is painted
TOUCHING = 0.01  # of the face's width: lips nearer to each other have met
RIM = 0.015  # of the face's width: how far what opened lips do not show reaches into them
LIDS_UNKNOWN = 1.15  # lids that open by more than this uncover what the photo does not show


@dataclass(frozen=True)
class Warp:
    """A backward map on a pixel grid: where in the source each target pixel comes from."""

    field: NDArray[np.float32]  # (h, w, 2) source minus target position, pixels of the grid
    unknown: NDArray[np.float32]  # (h, w) in [0, 1]: 1 where the source does not say what is there


def build_warp(prior: MotionPrior, mesh: Mesh, shape: tuple[int, int]) -> Warp:
    """The warp of a mesh on its grid of `shape` (height, width).

    Pixels outside the outer ring stay where they are.
    """
    field, region = _build_field_and_region(prior, mesh, shape)
    unknown = np.zeros(shape, np.float32)
    turned, target = mesh.turned, mesh.target
    stretched = (measure_stretch(turned, target, LIPS) - STRETCH_KNOWN) / (
        STRETCH_UNKNOWN - STRETCH_KNOWN
    )
    narrowed = (measure_narrowing(turned, target) - NARROW_KNOWN) / (NARROW_UNKNOWN - NARROW_KNOWN)
    newly_seen = max(stretched, narrowed)
    if newly_seen > 0:
        # With the rim: lips that were pressed together do not show where they turn inwards, and
        # what a coarse grid leaves there of teeth, in training, would give the answer away.
        rim = cv2.getStructuringElement(
            cv2.MORPH_ELLIPSE, (2 * round(RIM * measure_width(target)) + 1,) * 2
        )
        mouth = cv2.dilate((region == MOUTH).astype(np.float32), rim)
        mouth = cv2.blur(mouth, (3, 3))  # a mask with stairs would be painted with stairs
        unknown = np.asarray(mouth * min(newly_seen, 1.0), np.float32)
    for lids in LIDS_OF_SIDE:
        # Lids stretch nothing: what they uncover is all that the photo does not show.
        newly_seen = (measure_stretch(turned, target, lids) - 1) / (LIDS_UNKNOWN - 1)
        if newly_seen > 0:
            uncovered = (region == lids.region) & ~mask_opening(turned, lids, shape)
            unknown[uncovered] = min(newly_seen, 1.0)
    _mark_seam(unknown, turned, target)
    return Warp(field, unknown)


def build_field(prior: MotionPrior, mesh: Mesh, shape: tuple[int, int]) -> NDArray[np.float32]:
    """The field alone of the warp of a mesh, (h, w, 2)."""
    return _build_field_and_region(prior, mesh, shape)[0]


def _build_field_and_region(
    prior: MotionPrior, mesh: Mesh, shape: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The field of a mesh, (h, w, 2), and the region of each pixel, -1 outside the mesh."""
    drawn, ids = _rasterise(prior, mesh.source, mesh.target, shape)
    field = _fill_triangles(mesh.source, mesh.target, prior.triangles, drawn, ids)
    region = np.append(prior.regions, -1)[ids]
    slits = OPENINGS if are_lips_closing(mesh.turned, mesh.target) else LIDS_OF_SIDE
    field = _smooth_skin(field, region, _mark_edges(mesh.target, slits, shape))
    for lids in LIDS_OF_SIDE:
        # The lids slide over an eyeball that stays in the head.
        inside = region == lids.region
        still = mesh.turned is mesh.unmoved or np.array_equal(mesh.turned, mesh.unmoved)
        field[inside] = 0 if still else _fit_rigid_field(mesh.turned, mesh.unmoved, lids, inside)
    return field, region


def _fit_rigid_field(
    turned: Points, source: Points, opening: Opening, inside: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """(pixels inside, 2) displacement turned -> source, affine, least squares over the outline."""
    outline = [*opening.corners, *opening.upper.ravel(), *opening.lower.ravel()]
    ones = np.ones((len(outline), 1), np.float32)
    way = source[outline] - turned[outline]
    affine = np.linalg.lstsq(np.concatenate([turned[outline], ones], 1), way, rcond=None)[0]
    y, x = np.nonzero(inside)
    return np.asarray(np.stack([x, y, np.ones_like(x)], 1) @ affine, np.float32)


def mask_opening(points: Points, opening: Opening, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(h, w) the pixels within an opening."""
    first, last = opening.corners
    outline = [first, *opening.upper[0], last, *opening.lower[0][::-1]]
    mask = np.zeros(shape, np.uint8)
    corners = to_fixed_point(points[outline])
    cv2.fillPoly(mask, [corners], (1,), cv2.LINE_8, FIXED_POINT_BITS)
    return mask > 0


def _mark_seam(unknown: NDArray[np.float32], source: Points, target: Points) -> None:
    """Mark where lips that were apart now meet: no photo shows the line between them.

    Lids need none: they bring their lashes along.
    """
    closing = min(1.0, 2 * (1 - measure_stretch(source, target, LIPS)))
    if closing <= 0:
        return
    width = measure_width(target)
    upper, lower = target[LIPS.upper[0]], target[LIPS.lower[0]]
    touching = np.linalg.norm(upper - lower, axis=1) < TOUCHING * width
    middle = to_fixed_point((upper + lower) / 2)
    for column in np.flatnonzero(touching[:-1] & touching[1:]):
        one, other = middle[column].tolist(), middle[column + 1].tolist()
        cv2.line(
            unknown,
            one,
            other,
            (closing,),
            max(1, round(SEAM * width)),
            cv2.LINE_8,
            FIXED_POINT_BITS,
        )


def _rasterise(
    prior: MotionPrior, source: Points, target: Points, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Draw the triangles in the target, openings first and skin over them.

    Returns the triangles drawn, (k,), and for each pixel its triangle, -1 outside the mesh. Skin
    that the motion turned over (a fold) is left out; what is around it closes the hole. Skin that a
    broad smile had turned over in the photo, and that lies again as it does in the mean face, is
    drawn under all else: beside the corners of the lips nothing else would cover it. The triangles
    of an opening may come from a shut one, which has no area.
    """
    before = measure_areas(source, prior.triangles)
    after = measure_areas(target, prior.triangles)
    turned = (before * after <= 0) & (prior.regions == SKIN)
    folded = turned & (prior.areas * after <= 0)
    corners = target[prior.triangles]  # (t, 3, 2)
    size = np.array([shape[1], shape[0]], np.float32)
    seen = ((corners.max(axis=1) > -1) & (corners.min(axis=1) < size)).all(axis=1)
    drawn = np.flatnonzero(seen & ~folded & (np.abs(after) > 0.05))
    drawn = np.concatenate([drawn[turned[drawn]], drawn[~turned[drawn]]])
    ids = np.full(shape, -1, np.int32)
    polygons = to_fixed_point(corners[drawn])
    for triangle, polygon in zip(drawn.tolist(), polygons, strict=True):
        cv2.fillConvexPoly(ids, polygon, triangle, lineType=cv2.LINE_8, shift=FIXED_POINT_BITS)
    return drawn, ids


def _fill_triangles(
    source: Points,
    target: Points,
    triangles: NDArray[np.int64],
    drawn: NDArray[np.int64],
    ids: NDArray[np.int32],
) -> NDArray[np.float32]:
    """(h, w, 2) displacement target -> source, affine over each triangle, 0 outside the mesh."""
    a, b, c = (target[triangles[drawn, corner]].astype(np.float64) for corner in range(3))
    moved_by = (source - target).astype(np.float64)
    ma, mb, mc = (moved_by[triangles[drawn, corner]] for corner in range(3))
    # Each component of the displacement is g . (p - a) + ma, its gradient g by Cramer's rule.
    u, v, mu, mv = b - a, c - a, mb - ma, mc - ma
    twice_area = (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])[:, None]
    along_x = (mu * v[:, 1:] - mv * u[:, 1:]) / twice_area  # (k, 2)
    along_y = (mv * u[:, :1] - mu * v[:, :1]) / twice_area
    constant = ma - along_x * a[:, :1] - along_y * a[:, 1:]
    height, width = ids.shape
    x = np.arange(width, dtype=np.float32)[None, :, None]
    y = np.arange(height, dtype=np.float32)[:, None, None]

    def of_each_pixel(per_triangle: NDArray[np.float64]) -> NDArray[np.float32]:
        table = np.zeros((len(triangles) + 1, 2), np.float32)  # the last row serves id -1
        table[drawn] = per_triangle
        # as complex numbers, both components are fetched at once, in half the time
        pixels: NDArray[np.float32] = table.view(np.complex64)[ids, 0].view(np.float32)
        return pixels.reshape(height, width, 2)

    return of_each_pixel(along_x) * x + of_each_pixel(along_y) * y + of_each_pixel(constant)


def _mark_edges(
    points: Points, slits: tuple[Opening, ...], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """(h, w) the pixels about the edges of lids, or lips."""
    mask = np.zeros(shape, np.uint8)
    for slit in slits:
        first, last = slit.corners
        for edge in (slit.upper[0], slit.lower[0]):
            corners = to_fixed_point(points[[first, *edge, last]])
            cv2.polylines(mask, [corners], False, (1,), 3, cv2.LINE_8, FIXED_POINT_BITS)
    return mask > 0


def _smooth_skin(
    field: NDArray[np.float32], region: NDArray[np.int64], kept: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Average the field over 3 x 3 pixels of skin: no facets, no torn pixels at folds.

    kept: (h, w) where it stays as it is, lest shut lids mix across their edge and show the eye, or
    shut lips the teeth.
    """
    inside = region > SKIN
    skin = (~inside).astype(np.float32)
    skin_field = field.copy()
    skin_field[inside] = 0
    weight = np.maximum(cv2.blur(skin, (3, 3)), 1e-6)
    smooth = np.asarray(cv2.blur(skin_field, (3, 3)) / weight[:, :, None], np.float32)
    exact = inside | kept
    smooth[exact] = field[exact]
    return smooth


def apply_warp(
    image: NDArray[np.uint8], warp: Warp, interpolation: int = cv2.INTER_LINEAR
) -> NDArray[np.uint8]:
    """Warp an (h, w, c) image by a field on the same grid."""
    height, width = warp.field.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :] + warp.field[:, :, 0]
    y = np.arange(height, dtype=np.float32)[:, None] + warp.field[:, :, 1]
    warped = cv2.remap(image, x, y, interpolation, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def resize_warp(warp: Warp, shape: tuple[int, int]) -> Warp:
    """The same warp on a grid of another (height, width), bilinear."""
    height, width = warp.unknown.shape
    size = (shape[1], shape[0])
    scale = np.array([shape[1] / width, shape[0] / height], np.float32)
    field = cv2.resize(warp.field, size, interpolation=cv2.INTER_LINEAR) * scale
    unknown = cv2.resize(warp.unknown, size, interpolation=cv2.INTER_LINEAR)
    return Warp(np.asarray(field, np.float32), np.asarray(unknown, np.float32))
