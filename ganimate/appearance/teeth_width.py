"""How broad the teeth are that a photo shows, by the dark lines between them."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.mouth_anatomy import Mouth, find_teeth
from ganimate.appearance.teeth_settings import TOOTH_WIDTH, ToothWidthSettings
from ganimate.arrays import Floats, Map
from ganimate.face.pose import Pose


def measure_tooth_width(
    lightness: Map,
    share: Map,
    mouth: Mouth,
    pose: Pose,
    settings: ToothWidthSettings = TOOTH_WIDTH,
) -> float | None:
    """Measure how many times as broad as the mean face's the front teeth of a photo are.

    The lines between the mean face's teeth, seen as the head is held, are laid over the teeth, a
    little more or less apart and a little to the side, where they are darkest against the middles
    of the teeth.

    Args:
        lightness: (h, w) CIE L* of a crop.
        share: (h, w) in [0, 1], how surely each of its pixels is a tooth's.
        mouth: the mean face's.
        pose: of the head, in the crop's pixels.
        settings: which widths are tried, and which lines are plain.

    Returns:
        None where no lines are plain.
    """
    profile, shown = _flatten_profile(lightness, share, pose.scale, settings)
    if shown.sum() < settings.fewest_columns:
        return None
    lines, middles = _find_lines(mouth, settings)
    widths = np.arange(settings.narrowest, settings.broadest + 1e-6, settings.step)
    aside = np.arange(-settings.aside, settings.aside + 1e-6, 1 / pose.scale) * pose.scale
    columns = np.arange(len(profile))

    def look(points: Floats, width: float) -> NDArray[np.float64]:
        """Mean of the profile at points (n, 3) of the mean face, for each way aside."""
        x = pose.project(points * np.array([width, 1, 1], np.float32))[:, 0]
        return np.asarray(np.interp(x + aside[:, None], columns, profile).mean(axis=1), np.float64)

    plain = np.array([look(middles, width) - look(lines, width) for width in widths])
    best = np.unravel_index(plain.argmax(), plain.shape)
    at_rim = best[0] in (0, len(widths) - 1) or best[1] in (0, len(aside) - 1)
    return None if at_rim or plain[best] < settings.plain else float(widths[best[0]])


def _flatten_profile(
    lightness: Map, share: Map, scale: float, settings: ToothWidthSettings
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(w,) lightness of columns' teeth, in deviations from what is around, and (w,) where."""
    counts = share.sum(axis=0)
    shown = counts > settings.shown * counts.max()
    mean = (lightness * share).sum(axis=0) / np.maximum(counts, 1e-3)

    def smooth(values: Floats, deviation: float) -> Floats:
        row = np.asarray(values, np.float32)[None]
        return np.asarray(cv2.GaussianBlur(row, (0, 0), deviation)[0])

    fine, coarse = (
        smooth(mean * shown, deviation) / np.maximum(smooth(shown, deviation), 1e-3)
        for deviation in (settings.fine, settings.coarse * scale)
    )
    flat = np.where(shown, fine - coarse, 0).astype(np.float64)
    return flat / max(float(flat[shown].std()) if shown.any() else 1.0, 1e-6), shown


def _find_lines(mouth: Mouth, settings: ToothWidthSettings) -> tuple[Floats, Floats]:
    """The lines between the upper front teeth (n, 3), and the middles of these (n - 1, 3)."""
    teeth = [mouth.vertices[tooth] for tooth in find_teeth(mouth).upper]
    teeth.sort(key=lambda tooth: float(tooth[:, 0].mean()))
    edges = np.array([tooth[tooth[:, 1].argmax()] for tooth in teeth])
    # Teeth nearer to the middle stand before their neighbours: where they end is the line.
    between = np.array(
        [
            one[:, 0].max() if one[:, 0].mean() + other[:, 0].mean() > 0 else other[:, 0].min()
            for one, other in pairwise(teeth)
        ]
    )
    x = between[np.abs(between) < settings.front]

    def on_arch(x: Floats) -> Floats:
        across = [np.interp(x, edges[:, 0], edges[:, axis]) for axis in (1, 2)]
        return np.asarray(np.stack([x, *across], 1), np.float32)

    return on_arch(x), on_arch((x[1:] + x[:-1]) / 2)
