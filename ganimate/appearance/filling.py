"""The mouth drawn where a warp shows what the photo does not know."""

from __future__ import annotations

import cv2
import numpy as np

from ganimate.appearance.mouth import MouthView, place_mouth
from ganimate.arrays import Floats, Map, Photo, Points
from ganimate.face.landmarks import LIPS, measure_width
from ganimate.warp.mesh import measure_height
from ganimate.warp.settings import WARP, WarpSettings
from ganimate.warp.unknown import mask_opening, measure_rim

GREY = 127.5
"""Level of 255 that says nothing: 0 to a network whose pixels lie in [-1, 1]."""


def fill_unknown(
    warped: Photo,
    unknown: Map,
    landmarks: Points,
    mouth: MouthView | None,
    settings: WarpSettings = WARP,
) -> tuple[Photo, Map]:
    """Make what the generator is given of a warped crop: a mouth, drawn where it is unknown.

    Elsewhere than between the lips what is unknown becomes grey.

    Args:
        warped: (s, s, 3) the crop.
        unknown: (s, s) in [0, 1], 1 where the photo does not say what is there.
        landmarks: (468, 2 or more) of the face as it shall be, crop pixels.
        mouth: what is behind the lips, on the crop; None leaves it grey like the rest.
        settings: how far beyond the edges of the lips it is drawn.

    Returns:
        The crop, (s, s, 3), and the share of each pixel that is drawn, (s, s) in [0, 1].
    """
    drawn = np.zeros_like(unknown)
    rows, columns = (np.flatnonzero(unknown.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return warped, drawn
    left, top = int(columns[0]), int(rows[0])
    bottom, right = int(rows[-1]) + 1, int(columns[-1]) + 1
    box, shape = (slice(top, bottom), slice(left, right)), (bottom - top, right - left)
    known, share = warped[box], unknown[box][:, :, None]
    filling = np.full((*shape, 3), GREY, np.float32)
    origin = np.array([left, top], np.float32)
    between = np.zeros((*shape, 1), np.float32)
    if mouth is not None:
        between = _mask_between_lips(landmarks[:, :2] - origin, shape, settings)
        if between.any():
            filling += between * (place_mouth(mouth, (left, top), shape) - filling)
    result = warped.copy()
    result[box] = np.rint((1 - share) * known + share * filling).clip(0, 255)
    drawn[box] = (share * between)[:, :, 0]
    return result, drawn


def _mask_between_lips(landmarks: Points, shape: tuple[int, int], settings: WarpSettings) -> Floats:
    """(h, w, 1) in [0, 1]: what is between the lips, and a little under them; 0 for shut ones.

    Lips are shut here at half the mean distance at which they touch, where they count as met.
    """
    if measure_height(landmarks, LIPS) < settings.touching / 2:
        return np.zeros((*shape, 1), np.float32)
    side = 2 * round(measure_rim(landmarks, settings) * measure_width(landmarks)) + 1
    mask = cv2.dilate(
        mask_opening(landmarks, LIPS, shape).astype(np.float32), np.ones((side, side), np.uint8)
    )
    softened = cv2.blur(mask, (settings.softening,) * 2)
    return np.asarray(softened, np.float32)[:, :, None]
