"""Fit how action units shade the skin on average: the creases that a warp cannot make.

A linear model of appearance (Cootes, Edwards and Taylor, 2001): every face is warped to the mean
shape, and the logarithm of its luminance is regressed on its action units. Rendering shades with it
(appearance/creases.py). Round trips shade a face as it would look without its expression, so that
the generator learns to put creases back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, SHAPE
from ganimate.appearance.creases import TEXTURE, place_on_texture
from ganimate.arrays import AUVector, Floats, Landmarks, Map, Photo, Points
from ganimate.face.landmarks import LIPS, N_MESH, SKIN
from ganimate.numerics import measure_sharpness, rescale_points, rise
from ganimate.training.data.dataset import FaceSet
from ganimate.warp.field import apply_warp, build_warp
from ganimate.warp.mesh import build_mesh
from ganimate.warp.prior import MotionPrior


def _default_gain() -> Mapping[int, float]:
    return MappingProxyType({6: 2.5, 9: 3.5, 10: 3.5, 12: 2.7})


@dataclass(frozen=True)
class ShadingSettings:
    """How the mean shading of each action unit is fitted, on the texture of the mean face."""

    high_pass: float = 4.0
    """Standard deviation of the blur that is taken away, pixels of the texture: creases are finer
    than light and skin tone. Larger lets more of these in. By eye (docs/tuning.md, creases)."""

    log_offset: float = 16.0
    """Grey levels added before the logarithm; larger makes dark skin and hair count less."""

    ridge: float = 50.0
    """Faces of full intensity that stand for no shading at all; larger shades less. By eye."""

    gain: Mapping[int, float] = field(default_factory=_default_gain)
    """AU number -> what its mean shading is enlarged by, for the units whose creases lie at the
    same place in most faces: averaging creases that lie a little apart blurs them. Lines of the
    forehead and between the brows average out, and what is left of brows lowered or raised is the
    brows, and beards that frown: these units have none. By eye (docs/tuning.md, creases)."""

    fold_width: tuple[float, float] = (0.3, 0.42)
    """Distance from the middle of the face over which the folds beside nose and mouth fade out, of
    the face's width; larger shades more of the cheeks. By eye."""

    border: int = 5
    """Side of the square that skin is eroded by at lips, openings and outline, pixels of the
    texture; larger shades less of the skin beside them. By eye."""

    border_softness: float = 1.5
    """Standard deviation of the blur of that border, pixels of the texture. By eye."""


SHADING = ShadingSettings()


@dataclass(frozen=True)
class ShadedFace:
    """A face that teaches how creases look.

    Attributes:
        crop: (s, s, 3) of an aligned face.
        landmarks: (468 or more, 3) crop pixels.
        aus: (17, 2) what it shows, in [0, 1].
    """

    crop: Photo
    landmarks: Landmarks
    aus: AUVector


def select_sharpest(faces: FaceSet, indices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Select up to `count` of the faces at `indices` (n,): those with the finest detail.

    Returns:
        Places in `indices`, ascending.
    """
    detail = [measure_sharpness(faces.crop(int(face))[:, :, 1]) for face in indices]
    return np.sort(np.argsort(detail)[::-1][:count])


def fit_shading(
    faces: Iterable[ShadedFace], prior: MotionPrior, settings: ShadingSettings = SHADING
) -> Floats:
    """Fit the mean shading of every action unit: ridge regression of log luminance on intensities.

    Returns:
        (17, TEXTURE, TEXTURE) change of log luminance on the mean face, both sides at intensity 1.
    """
    points = place_on_texture(prior.mean)
    textures, intensities = [], []
    for face in faces:
        texture = _unwrap_face(face, prior, points, settings)
        textures.append((texture + texture[:, ::-1]) / 2)
        intensities.append(face.aus.mean(axis=1))
    t = np.stack(textures).reshape(len(textures), -1)
    y = np.stack(intensities)
    y -= y.mean(axis=0)  # which makes the mean of the textures count nothing
    maps = np.linalg.solve(y.T @ y + settings.ridge * np.eye(SHAPE[0]), y.T @ t)
    maps = maps.reshape(-1, TEXTURE, TEXTURE)
    maps = maps * _mask_skin(prior, points, settings) * _mask_creases(points, settings)
    # Folds darken. What lightens beside them would darken, under the nose, when a smile goes.
    maps = np.minimum(maps, 0)
    gains = np.array([settings.gain.get(unit.number, 0.0) for unit in ACTION_UNITS])
    return np.asarray(maps * gains[:, None, None], np.float32)


def _unwrap_face(
    face: ShadedFace, prior: MotionPrior, points: Points, settings: ShadingSettings
) -> Map:
    """Log luminance on the mean face whose landmarks are `points`, without light and skin tone."""
    grey = np.asarray(cv2.cvtColor(face.crop, cv2.COLOR_RGB2GRAY), np.uint8)
    grey = np.asarray(cv2.resize(grey, (TEXTURE, TEXTURE), None, 0, 0, cv2.INTER_AREA), np.uint8)
    own = rescale_points(face.landmarks[:N_MESH, :2], TEXTURE / face.crop.shape[0])
    warp = build_warp(prior, build_mesh(own, points), (TEXTURE, TEXTURE))
    texture = np.log(apply_warp(grey, warp).astype(np.float32) + settings.log_offset)
    texture -= cv2.GaussianBlur(texture, (0, 0), settings.high_pass)
    return np.asarray(texture, np.float32)


def _mask_creases(points: Points, settings: ShadingSettings) -> Floats:
    """(17, TEXTURE, TEXTURE) in [0, 1]: where on the mean face an AU's creases can lie.

    About the nasolabial fold, between the nose and the corners of the lips; those of AU6 also
    under and beside the eyes. Elsewhere regression finds who shows a unit, not what it does.
    """
    x, y = (np.arange(TEXTURE, dtype=np.float32)[None] for _ in range(2))
    y = y.T
    width = points[454, 0] - points[234, 0]
    off = np.abs(x - (TEXTURE - 1) / 2)
    fold = rise(y, points[6, 1], points[195, 1]) * (1 - rise(y, points[14, 1], points[17, 1]))
    start, end = settings.fold_width
    fold = fold * (1 - rise(off, start * width, end * width))
    eyes = rise(y, points[159, 1], points[145, 1]) * (1 - rise(y, points[195, 1], points[5, 1]))
    where = [np.maximum(fold, eyes) if unit.number == 6 else fold for unit in ACTION_UNITS]
    return np.asarray(np.stack(where), np.float32)


def _mask_skin(prior: MotionPrior, points: Points, settings: ShadingSettings) -> Map:
    """(TEXTURE, TEXTURE) 1 on the mean face's skin, fading to 0 at lips, openings and its edge."""
    mask = np.zeros((TEXTURE, TEXTURE), np.uint8)
    hull = cv2.convexHull(points.reshape(-1, 1, 2)).astype(np.int32)
    cv2.fillConvexPoly(mask, hull, (255,))
    for triangle, region in zip(prior.triangles, prior.regions, strict=True):
        if region != SKIN:
            cv2.fillConvexPoly(mask, np.round(points[triangle]).astype(np.int32), (0,))
    lips = [61, *LIPS.upper[-1].tolist(), 291, *LIPS.lower[-1][::-1].tolist()]
    cv2.fillPoly(mask, [np.round(points[lips]).astype(np.int32)], (0,))
    square = np.ones((settings.border, settings.border), np.uint8)
    mask = np.asarray(cv2.erode(mask, square), np.uint8)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), settings.border_softness)
    return np.asarray(soft, np.float32)
