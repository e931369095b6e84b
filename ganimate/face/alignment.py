"""The aligned crop that the networks see: a similarity from the stable landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.arrays import Landmarks, Photo
from ganimate.face.landmarks import STABLE
from ganimate.numerics import Affine2D


@dataclass(frozen=True)
class AlignmentSettings:
    """How aligned crops are sampled."""

    average_below: float = 0.6
    """Pixels of the crop for one of the photo below which the photo is averaged down first; larger
    blurs more crops, smaller lets them alias. Bilinear sampling mixes two pixels of each axis, and
    so would pass over some below .5. By eye."""


ALIGNMENT = AlignmentSettings()

CROP_TEMPLATE = np.array(
    [
        [0.226, 0.295], [0.392, 0.308], [0.608, 0.308], [0.774, 0.295],
        [0.500, 0.278], [0.500, 0.328], [0.500, 0.372], [0.500, 0.413], [0.500, 0.457],
        [0.500, 0.510], [0.388, 0.562], [0.612, 0.562],
        [0.076, 0.394], [0.924, 0.394], [0.074, 0.310], [0.926, 0.310],
    ]
)  # fmt: skip
"""Where the landmarks of STABLE lie in the unit square of an aligned crop, (16, 2): their median
over the aligned faces of UTKFace (Zhang, Song and Qi, CVPR 2017), made symmetric."""


def fit_crop(landmarks: Landmarks, size: int) -> Affine2D:
    """Fit the similarity from photo pixels to an aligned crop.

    Least squares over the stable points in closed form (Umeyama, IEEE TPAMI 13(4), 1991).

    Args:
        landmarks: (468 or more, 2 or more) photo pixels.
        size: side of the crop, pixels.

    Returns:
        The map from photo pixels to those of the crop.
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
    return Affine2D(np.concatenate([turn, shift[:, None]], 1))


def sample_crop(
    photo: Photo, to_crop: Affine2D, size: int, settings: AlignmentSettings = ALIGNMENT
) -> Photo:
    """Cut an aligned crop out of a photo; its borders are replicated.

    Where the crop is much coarser than the photo, the photo is averaged down first, since bilinear
    sampling alone would alias.

    Args:
        photo: (H, W, 3).
        to_crop: similarity from photo pixels to those of the crop.
        size: side of the crop, pixels.
        settings: from where on the photo is averaged down.

    Returns:
        (size, size, 3) uint8 RGB.
    """
    if to_crop.scale < settings.average_below:
        photo, to_crop = _average_down(photo, to_crop, size)
    crop = cv2.warpAffine(
        photo,
        to_crop.matrix,
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)


def _average_down(photo: Photo, to_crop: Affine2D, size: int) -> tuple[Photo, Affine2D]:
    """The part of a photo that a crop shows, as coarse as the crop, and the map out of it."""
    corners = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float64)
    back = to_crop.inverse()
    around = corners @ back.linear.T + back.offset
    left, top = np.clip(around.min(axis=0), 0, None).astype(int)
    right, bottom = np.ceil(around.max(axis=0)).astype(int)
    part = photo[top : max(bottom, top + 1), left : max(right, left + 1)]
    to_crop = to_crop.starting_at(left, top)
    if min(part.shape[:2]) <= 1:
        return part, to_crop
    small = shrink_photo(part, to_crop.scale)
    shares = np.array([small.shape[1] / part.shape[1], small.shape[0] / part.shape[0]])
    matrix = to_crop.starting_at(*(0.5 / shares - 0.5)).matrix  # the half-pixel rule, each axis
    matrix[:, :2] /= shares
    return small, Affine2D(matrix)


def shrink_photo(photo: Photo, scale: float) -> Photo:
    """Average a photo down.

    Args:
        photo: (H, W, 3).
        scale: the new size over the old one, below 1.
    """
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
