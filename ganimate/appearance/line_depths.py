"""How deep dark lines of a picture are, in every direction, and how rough what is around them.

A line is darker than the skin on both of its sides, and so all along. Depths are differences of log
luminance.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.line_settings import LineSettings
from ganimate.arrays import Floats, Map
from ganimate.numerics import fall

STROKE_REACH = 2.5
"""Half the length of the window of a stroke, in standard deviations along it."""


def list_directions(settings: LineSettings) -> NDArray[np.int64]:
    """List the directions that are tried, degrees from x to y, (directions,)."""
    return np.arange(-90, 90, settings.turn)


def measure_depths(luminance: Map, millimetre: float, settings: LineSettings) -> Floats:
    """Measure by how much lines are darker than both sides of them.

    Args:
        luminance: (h, w) log luminance.
        millimetre: pixels for a millimetre of the face.
        settings: how long, broad and far from its flanks a line is.

    Returns:
        (2, directions, h, w) depths of narrow and of wide lines. Negative where there is none: the
        edge of a shadow, a brow or a brim is dark on one side alone.
    """
    directions = list_directions(settings)
    depths = np.empty((len(settings.flanks), len(directions), *luminance.shape), np.float32)
    for place, turn in enumerate(np.radians(directions)):
        stroke = _build_stroke(turn, millimetre, settings)
        mean = cv2.filter2D(luminance, -1, stroke, borderType=cv2.BORDER_REPLICATE)
        across = millimetre * np.array([-np.sin(turn), np.cos(turn)])
        for width, away in enumerate(settings.flanks):
            sides = _shift(mean, away * across), _shift(mean, -away * across)
            depths[width, place] = np.minimum(*sides) - mean
    return depths


def subtract_noise(depths: Floats, millimetre: float, settings: LineSettings) -> Floats:
    """Measure by how much lines are deeper than what lies in every direction alike.

    Args:
        depths: (directions, h, w).
        millimetre: pixels for a millimetre of the face.
        settings: what counts as noise.

    Returns:
        (directions, h, w), negative where there is nothing but noise.
    """
    noise = blur(np.median(np.maximum(depths, 0), axis=0), settings.around * millimetre)
    return np.asarray(depths - settings.noise * noise - settings.faint, np.float32)


def select_direction(depths: Floats, direction: Map, within: float, settings: LineSettings) -> Map:
    """Select the deepest of the lines about a direction, (h, w), 0 where there is none.

    Args:
        depths: (directions, h, w).
        direction: (h, w) degrees from x to y.
        within: degrees to both sides of it.
        settings: how directions beside it count.
    """
    deepest = np.zeros_like(direction)
    for angle, depth in zip(list_directions(settings), depths, strict=True):
        off = np.abs((direction - angle + 90) % 180 - 90) / within
        np.maximum(deepest, fall(off, *settings.direction_fall) * depth, out=deepest)
    return deepest


def measure_contrast(luminance: Map, millimetre: float, settings: LineSettings) -> Map:
    """Measure the highest contrast nearby: of hair, brows, lashes, frames of glasses, brims.

    Args:
        luminance: (h, w) log luminance.
        millimetre: pixels for a millimetre of the face.
        settings: what is near.

    Returns:
        (h, w) standard deviations of log luminance.
    """
    finer = luminance - blur(luminance, settings.face_shape * millimetre)
    contrast = np.sqrt(blur(finer * finer, settings.beside * millimetre))
    side = 2 * round(settings.beside * millimetre) + 1
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.dilate(contrast, near), np.float32)


def blur(grid: NDArray[Any], sigma: float) -> Map:
    """Take Gaussian means of a grid (h, w), with a standard deviation in pixels."""
    return np.asarray(cv2.GaussianBlur(grid, (0, 0), sigma), np.float32)


def _build_stroke(turn: float, millimetre: float, settings: LineSettings) -> Map:
    """(n, n) weights of a mean along a stroke in the direction `turn`, radians."""
    along = settings.along * millimetre
    across = max(settings.least_across, settings.across * millimetre)
    reach = int(np.ceil(STROKE_REACH * along))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    weights = np.exp(-((u / along) ** 2 + (v / across) ** 2) / 2)
    return np.asarray(weights / weights.sum(), np.float32)


def _shift(grid: NDArray[Any], by: NDArray[np.float64]) -> Map:
    """A grid moved by (x, y) pixels, its border replicated."""
    matrix = np.array([[1, 0, by[0]], [0, 1, by[1]]], np.float64)
    size = grid.shape[1], grid.shape[0]
    return np.asarray(
        cv2.warpAffine(grid, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
