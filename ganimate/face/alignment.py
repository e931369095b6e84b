"""The aligned crop that the networks see: a similarity from the stable landmarks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.face.landmarks import STABLE, Landmarks, Photo

# Where the stable points lie in the unit square of an aligned crop: their median over UTKFace's
# aligned faces, made symmetric.
CROP_TEMPLATE = np.array(
    [
        [0.226, 0.295], [0.392, 0.308], [0.608, 0.308], [0.774, 0.295],
        [0.500, 0.278], [0.500, 0.328], [0.500, 0.372], [0.500, 0.413], [0.500, 0.457],
        [0.500, 0.510], [0.388, 0.562], [0.612, 0.562],
        [0.076, 0.394], [0.924, 0.394], [0.074, 0.310], [0.926, 0.310],
    ]
)  # fmt: skip


def crop_transform(landmarks: Landmarks, size: int) -> NDArray[np.float64]:
    """The (2, 3) similarity from photo pixels to an aligned crop of size x size pixels.

    Least squares over the stable points (Umeyama, 1991); pixel centres lie at integers.
    """
    observed = landmarks[STABLE, :2].astype(np.float64) + 0.5
    wanted = CROP_TEMPLATE * size
    centre, middle = observed.mean(axis=0), wanted.mean(axis=0)
    x, y = (observed - centre).T
    u, v = (wanted - middle).T
    power = (x * x + y * y).sum()
    cosine, sine = (x * u + y * v).sum() / power, (x * v - y * u).sum() / power
    turn = np.array([[cosine, -sine], [sine, cosine]])
    shift = middle - turn @ centre + turn @ [0.5, 0.5] - 0.5
    return np.concatenate([turn, shift[:, None]], 1)


def transformed(points: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Take (n, >= 2) points through a (2, 3) transform; (n, 2)."""
    return np.asarray(points[:, :2] @ matrix[:, :2].T + matrix[:, 2], np.float32)


def sample(photo: Photo, to_crop: NDArray[np.float64], size: int) -> Photo:
    """Cut a (size, size, 3) crop through a (2, 3) similarity from photo to crop pixels.

    Borders replicate. Where the crop is much coarser than the photo, the photo is averaged down
    first: bilinear sampling alone would alias.
    """
    scale = float(np.hypot(to_crop[0, 0], to_crop[1, 0]))
    if scale < 0.6:
        corners = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float64)
        back = invert_similarity(to_crop)
        around = corners @ back[:, :2].T + back[:, 2]
        left, top = np.clip(around.min(axis=0), 0, None).astype(int)
        right, bottom = np.ceil(around.max(axis=0)).astype(int)
        photo = photo[top : max(bottom, top + 1), left : max(right, left + 1)]
        to_crop = to_crop.copy()
        to_crop[:, 2] += to_crop[:, :2] @ np.array([left, top])
        if min(photo.shape[:2]) > 1:
            height, width = photo.shape[:2]
            photo = _shrunk(photo, scale)
            shrink = np.array([photo.shape[1] / width, photo.shape[0] / height])
            # Pixel centres: x' + 1/2 = (x + 1/2) * shrink
            to_crop[:, 2] += to_crop[:, :2] @ (0.5 / shrink - 0.5)
            to_crop[:, :2] /= shrink
    crop = cv2.warpAffine(
        photo, to_crop, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, np.uint8)


def _shrunk(photo: Photo, scale: float) -> Photo:
    """The photo averaged down to a scale below 1."""
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def invert_similarity(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert a (2, 3) affine transform."""
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)
