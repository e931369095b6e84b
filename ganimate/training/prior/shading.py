"""Fit how action units shade the skin on average: the creases that a warp cannot make.

A linear model of appearance (Cootes, Edwards and Taylor, 2001): every face is warped to the mean
shape, and the logarithm of its luminance is regressed on its action units. Rendering shades with it
(ganimate/shading.py). Round trips shade a face as it would look without its expression, so that the
generator learns to put creases back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, SHAPE
from ganimate.appearance.creases import TEXTURE, place_on_texture
from ganimate.arrays import Floats
from ganimate.face.landmarks import LIPS, N_MESH, SKIN
from ganimate.numerics import measure_sharpness, rescale_points, rise
from ganimate.training.data.dataset import FaceSet
from ganimate.warp.field import apply_warp, build_warp
from ganimate.warp.mesh import build_mesh
from ganimate.warp.prior import MotionPrior

HIGH_PASS = 4.0  # px of the texture; creases are finer than light and skin tone
# The units whose creases lie at the same place in most faces, and what to enlarge their mean by:
# averaging creases that lie a little apart blurs them. Lines of the forehead and between the brows
# average out, and what is left of brows lowered or raised is the brows, and beards that frown.
GAIN: Mapping[int, float] = {6: 2.5, 9: 3.5, 10: 3.5, 12: 2.7}
RIDGE = 50.0  # pseudo-observations of full intensity behind zero shading


def select_sharpest(faces: FaceSet, indices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Up to `count` of the faces at `indices`, those with the finest detail, in their order."""
    detail = [measure_sharpness(faces.crop(int(face))[:, :, 1]) for face in indices]
    return np.sort(np.argsort(detail)[::-1][:count])


def fit_shading(
    faces: Iterable[tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]],
    prior: MotionPrior,
) -> Floats:
    """Ridge regression of log luminance on AUs over (crop, landmarks in crop px, aus) triples."""
    points = place_on_texture(prior.mean)
    textures, intensities = [], []
    for crop, landmarks, aus in faces:
        grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
        grey = np.asarray(
            cv2.resize(grey, (TEXTURE, TEXTURE), None, 0, 0, cv2.INTER_AREA), np.uint8
        )
        scale = TEXTURE / crop.shape[0]
        own = rescale_points(landmarks[:N_MESH, :2], scale)
        warp = build_warp(prior, build_mesh(own, points), (TEXTURE, TEXTURE))
        texture = np.log(apply_warp(grey, warp).astype(np.float32) + 16)
        texture -= cv2.GaussianBlur(texture, (0, 0), HIGH_PASS)
        textures.append((texture + texture[:, ::-1]) / 2)
        intensities.append(aus.mean(axis=1))
    t = np.stack(textures).reshape(len(textures), -1)
    y = np.stack(intensities)
    y -= y.mean(axis=0)  # which makes the mean of the textures count nothing
    maps = np.linalg.solve(y.T @ y + RIDGE * np.eye(SHAPE[0]), y.T @ t)
    maps = maps.reshape(-1, TEXTURE, TEXTURE) * _mask_skin(prior, points) * _mask_creases(points)
    # Folds darken. What lightens beside them would darken, under the nose, when a smile goes.
    maps = np.minimum(maps, 0)
    gains = np.array([GAIN.get(unit.number, 0.0) for unit in ACTION_UNITS])[:, None, None]
    return np.asarray(maps * gains, np.float32)


def _mask_creases(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """(17, TEXTURE, TEXTURE) in [0, 1]: where on the mean face an AU's creases can lie.

    About the nasolabial fold, between the nose and the corners of the lips; those of AU6 also
    under and beside the eyes. Elsewhere regression finds who shows a unit, not what it does.
    """
    x, y = (np.arange(TEXTURE, dtype=np.float32)[None] for _ in range(2))
    y = y.T
    width = points[454, 0] - points[234, 0]
    off = np.abs(x - (TEXTURE - 1) / 2)
    fold = rise(y, points[6, 1], points[195, 1]) * (1 - rise(y, points[14, 1], points[17, 1]))
    fold = fold * (1 - rise(off, 0.3 * width, 0.42 * width))
    eyes = rise(y, points[159, 1], points[145, 1]) * (1 - rise(y, points[195, 1], points[5, 1]))
    where = [np.maximum(fold, eyes) if unit.number == 6 else fold for unit in ACTION_UNITS]
    return np.asarray(np.stack(where), np.float32)


def _mask_skin(prior: MotionPrior, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """(TEXTURE, TEXTURE) 1 on the mean face's skin, fading to 0 at lips, openings and its edge."""
    mask = np.zeros((TEXTURE, TEXTURE), np.uint8)
    hull = cv2.convexHull(points.reshape(-1, 1, 2)).astype(np.int32)
    cv2.fillConvexPoly(mask, hull, (255,))
    for triangle, region in zip(prior.triangles, prior.regions, strict=True):
        if region != SKIN:
            cv2.fillConvexPoly(mask, np.round(points[triangle]).astype(np.int32), (0,))
    lips = [61, *LIPS.upper[-1].tolist(), 291, *LIPS.lower[-1][::-1].tolist()]
    cv2.fillPoly(mask, [np.round(points[lips]).astype(np.int32)], (0,))
    mask = np.asarray(cv2.erode(mask, np.ones((5, 5), np.uint8)), np.uint8)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 1.5)
    return np.asarray(soft, np.float32)
