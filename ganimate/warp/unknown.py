"""What a warped face shows and its photo does not: mouths and eyes that open."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Map, Mask, Points
from ganimate.face.landmarks import LIDS_OF_SIDE, LIPS, MOUTH, Opening, measure_width
from ganimate.numerics import FIXED_POINT_BITS, rise, to_fixed_point
from ganimate.warp.mesh import (
    Mesh,
    measure_fall,
    measure_height,
    measure_narrowing,
    measure_stretch,
)
from ganimate.warp.settings import WARP, WarpSettings


def mark_unknown(mesh: Mesh, regions: NDArray[np.int64], settings: WarpSettings = WARP) -> Map:
    """Mark what a mesh shows in its target that the photo does not.

    Args:
        mesh: on the grid.
        regions: (h, w) the region of each pixel in the target, -1 outside the mesh.
        settings: from when on, and how far, the photo counts as not knowing.

    Returns:
        (h, w) in [0, 1], 1 where the photo says nothing.
    """
    shape: tuple[int, int] = regions.shape[0], regions.shape[1]
    unknown = np.zeros(shape, np.float32)
    turned, target = mesh.turned, mesh.target
    share = _measure_novelty(turned, target, settings)
    if share > 0:
        # With the rim: lips that were pressed together do not show where they turn inwards, and
        # what a coarse grid leaves there of teeth, in training, would give the answer away.
        side = 2 * round(measure_rim(target, settings) * measure_width(target)) + 1
        rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        inside = np.maximum(regions == MOUTH, _cover_slit(target, LIPS, shape, settings))
        mouth = cv2.dilate(inside.astype(np.float32), rim)
        mouth = cv2.blur(mouth, (settings.softening,) * 2)
        unknown = np.asarray(mouth * min(share, 1.0), np.float32)
    for lids in LIDS_OF_SIDE:
        # Lids stretch nothing: what they uncover is all that the photo does not show.
        share = (measure_stretch(turned, target, lids) - 1) / (settings.lids_unknown - 1)
        if share > 0:
            uncovered = (regions == lids.region) & ~mask_opening(turned, lids, shape)
            unknown[uncovered] = min(share, 1.0)
    return unknown


def measure_rim(points: Points, settings: WarpSettings = WARP) -> float:
    """Measure how far beyond the edges of the lips a mouth is painted, as a share of its face.

    Args:
        points: (468 or more, 2) landmarks of the moved face.
        settings: how far it is, and how that hangs on how far lips are apart.

    Returns:
        A share of the face's width.
    """
    return min(settings.rim, settings.rim_of_height * measure_height(points, LIPS))


def mask_opening(points: Points, opening: Opening, shape: tuple[int, int]) -> Mask:
    """Find the pixels within an opening.

    Args:
        points: (468 or more, 2) landmarks, pixels of the grid.
        opening: the mouth or an eye.
        shape: (height, width) of the grid.
    """
    first, last = opening.corners
    outline = [first, *opening.upper[0], last, *opening.lower[0][::-1]]
    mask = np.zeros(shape, np.uint8)
    corners = to_fixed_point(points[outline])
    cv2.fillPoly(mask, [corners], (1,), cv2.LINE_8, FIXED_POINT_BITS)
    return mask > 0


def cover_opening(
    points: Points, opening: Opening, shape: tuple[int, int], settings: WarpSettings = WARP
) -> Map:
    """Find the share of each pixel that is within an opening.

    Args:
        points: (468 or more, 2) landmarks, pixels of the grid.
        opening: the mouth or an eye.
        shape: (height, width) of the grid.
        settings: how finely it is looked at.

    Returns:
        (h, w) in [0, 1].
    """
    finer = settings.slit_finer
    middle = (finer - 1) / 2
    fine = mask_opening(finer * points + middle, opening, (finer * shape[0], finer * shape[1]))
    return np.asarray(
        cv2.resize(fine.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA), np.float32
    )


def _cover_slit(
    points: Points, opening: Opening, shape: tuple[int, int], settings: WarpSettings
) -> Map:
    """(h, w) in [0, 1] how surely each pixel is within an opening, however narrow that is.

    Pixels whose middle alone is looked at leave gaps in a slit that is no broader than they are.
    """
    covered = cover_opening(points, opening, shape, settings)
    # Outlines are filled with their border, which takes up a row of the finer pixels.
    least = 1 / settings.slit_finer
    return np.asarray(np.clip((covered - least) / settings.slit_covers, 0, 1), np.float32)


def _measure_novelty(source: Points, target: Points, settings: WarpSettings) -> float:
    """How much of a mouth the photo does not show: 0 or less for nothing, 1 or more for all."""
    stretched = (measure_stretch(source, target, LIPS) - settings.stretch_known) / (
        settings.stretch_unknown - settings.stretch_known
    )
    narrowed = (measure_narrowing(source, target) - settings.narrow_known) / (
        settings.narrow_unknown - settings.narrow_known
    )
    covered = (measure_fall(source, target) - settings.fallen_known) / (
        settings.fallen_unknown - settings.fallen_known
    )
    # Between lips that all but touch hardly anything could stand in a wrong place.
    apart = float(rise(measure_height(target, LIPS), *settings.fallen_apart))
    return max(stretched, narrowed, apart * min(covered, 1.0))
