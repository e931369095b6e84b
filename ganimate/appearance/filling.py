"""The mouth drawn where a warp shows what the photo does not know."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.mouth import MouthView, place_mouth
from ganimate.arrays import Points
from ganimate.face.landmarks import LIPS, measure_width
from ganimate.warp.mesh import measure_height
from ganimate.warp.settings import WARP
from ganimate.warp.unknown import mask_opening


def fill_unknown(
    warped: NDArray[np.uint8], unknown: NDArray[np.float32], landmarks: Points, mouth: MouthView
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """What the generator is given of a warped crop (s, s, 3): a mouth, drawn where it is unknown.

    unknown: (s, s) in [0, 1]; landmarks: (468, >= 2) of the face as it shall be, in crop pixels.
    Elsewhere than between the lips what is unknown becomes grey. Returns the share of each pixel
    that is drawn, (s, s) in [0, 1], with it.
    """
    drawn = np.zeros_like(unknown)
    rows, columns = (np.flatnonzero(unknown.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return warped, drawn
    top, bottom, left, right = (
        int(rows[0]),
        int(rows[-1]) + 1,
        int(columns[0]),
        int(columns[-1]) + 1,
    )
    known, share = warped[top:bottom, left:right], unknown[top:bottom, left:right, None]
    shape = bottom - top, right - left
    filling = np.full((*shape, 3), 127.5, np.float32)
    between = _mask_between_lips(landmarks[:, :2] - np.array([left, top], np.float32), shape)
    if between.any():
        filling += between * (place_mouth(mouth, (left, top), shape) - filling)
    result = warped.copy()
    result[top:bottom, left:right] = np.rint(known + share * (filling - known)).clip(0, 255)
    drawn[top:bottom, left:right] = (share * between)[:, :, 0]
    return result, drawn


def _mask_between_lips(landmarks: Points, shape: tuple[int, int]) -> NDArray[np.float32]:
    """(h, w, 1) in [0, 1]: what is between the lips, and a little under them; 0 for shut ones."""
    if measure_height(landmarks, LIPS) < WARP.touching / 2:
        return np.zeros((*shape, 1), np.float32)
    side = 2 * round(WARP.rim * measure_width(landmarks)) + 1
    mask = cv2.dilate(
        mask_opening(landmarks, LIPS, shape).astype(np.float32), np.ones((side, side), np.uint8)
    )
    return np.asarray(cv2.blur(mask, (3, 3)), np.float32)[:, :, None]
