"""Which of several faces near each other a pixel belongs to, so that each moves without a seam.

The motion of a face fades out over rings around it, which reach into a face beside it. Where that
one is, it has to end: whatever its neighbours do, a face is drawn as it is alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ganimate.arrays import Map, Points
from ganimate.face.landmarks import OVAL
from ganimate.numerics import rise
from ganimate.portrait import Portrait
from ganimate.rendering.frame import lay_canvas
from ganimate.rendering.layer import Share
from ganimate.rendering.settings import TERRITORY, TerritorySettings


def divide_photo(
    portraits: Sequence[Portrait], settings: TerritorySettings = TERRITORY
) -> list[Share | None]:
    """Find what of the photo around it each of some faces has to itself.

    Within its own oval that is all, and within another's nothing. Faces so near that there is no
    room for a transition between their ovals have it across them.

    Args:
        portraits: faces of one photo.
        settings: how wide the transition is.

    Returns:
        A share for each face; None where no other one is near.
    """
    if len(portraits) == 1:
        return [None]
    outlines = [_outline_face(portrait) for portrait in portraits]
    return [
        _measure_share(portrait, own, [one for one in outlines if one is not own], settings)
        for portrait, own in zip(portraits, outlines, strict=True)
    ]


def measure_depth(points: Points, outline: Points) -> Map:
    """Measure how far points lie outside a convex outline; within it, the distance is negative.

    Args:
        points: (n, 2).
        outline: (m, 2) its corners, in turn.

    Returns:
        (n,) distances to its edges.
    """
    nearest = np.full(len(points), np.inf, np.float32)
    left, right = np.ones((2, len(points)), bool)
    for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        edge, to_point = end - start, points - start
        along = np.clip(to_point @ edge / max(float(edge @ edge), 1e-9), 0, 1)
        nearest = np.minimum(nearest, np.linalg.norm(to_point - along[:, None] * edge, axis=1))
        side = edge[0] * to_point[:, 1] - edge[1] * to_point[:, 0]
        left, right = left & (side >= 0), right & (side <= 0)
    return np.asarray(np.where(left | right, -nearest, nearest), np.float32)


def _outline_face(portrait: Portrait) -> Points:
    """The convex outline of a face's oval, (m, 2) photo pixels."""
    return np.asarray(cv2.convexHull(portrait.face.landmarks[OVAL, :2])[:, 0], np.float32)


def _measure_share(
    portrait: Portrait, own: Points, others: Sequence[Points], settings: TerritorySettings
) -> Share | None:
    """Measure the share of a face on the canvas of its warp, from the ovals in photo pixels."""
    canvas = lay_canvas(portrait.face.landmarks)
    height, width = canvas.shape
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), 2).reshape(-1, 2)
    points = canvas.to_grid.inverse().apply(pixels)
    depth = np.minimum(measure_depth(points, own), 0)
    share = np.ones(len(points), np.float32)
    for other in others:
        gap, least, most = _measure_gap(own, other, settings)
        width_of_rise = float(np.clip(gap, least, most))
        start = min(0, max(gap, 0) - width_of_rise) / 2
        share *= rise(measure_depth(points, other) - depth, start, start + width_of_rise)
    if share.min() == 1:
        return None
    return Share(canvas.to_grid, share.reshape(height, width))


def _measure_gap(
    own: Points, other: Points, settings: TerritorySettings
) -> tuple[float, float, float]:
    """Measure the gap between two ovals, and the least and greatest width of a transition there.

    All are in pixels of the photo, the same whichever of the two is one's own.
    """
    gap = min(measure_depth(own, other).min(), measure_depth(other, own).min())
    size = min(cv2.contourArea(own), cv2.contourArea(other)) ** 0.5
    return float(gap), settings.least * size, settings.most * size
