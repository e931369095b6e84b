"""The grain of a photo, noise of a sensor or of film, for what is drawn on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import cv2
import numpy as np

from ganimate.appearance.colour_line import LUMINANCE
from ganimate.arrays import Floats, Mask, Photo, Points
from ganimate.face.landmarks import measure_width

Pixels = TypeVar("Pixels", Floats, Photo)


@dataclass(frozen=True)
class GrainSettings:
    """How the grain of a photo is measured, and drawn again."""

    scales: tuple[float, ...] = (0.8, 1.6, 3.2)
    """Standard deviations in pixels at which it is taken apart, fine from coarse."""

    coarsest: float = 0.012
    """The largest of these that counts, as a share of the face's width: with larger ones shading
    of small faces and old skin passes for grain, and teeth get blotches. By eye."""

    block: int = 8
    """Side of the squares, pixels, in which a face is searched for smooth skin; smaller ones find
    some on any face, and measure it worse."""

    smoothest: float = 0.15
    """Share of those squares that are thought to be smooth, in which all that varies is grain:
    larger takes pores and hair for it. Measured: of noise of 8 and 16 on 22 photos these squares
    show .87, as much as skin keeps of it that a warp has moved."""

    widest: int = 512
    """Side of the square about the middle of a face, pixels, in which it is searched: a larger one
    costs time on large photos, and finds no more."""

    fewest: int = 4
    """Squares below which nothing is measured."""

    exposed: tuple[float, float] = (16.0, 239.0)
    """Range of 255 of the mean of a square that counts: where light is cut off, so is grain."""

    least: float = 1.5
    """Standard deviation of 255, over all scales, below which a photo has none."""

    most: float = 40.0
    """Standard deviation of 255 above which it is no grain, but a picture of dots; it is drawn with
    that."""

    tile: int = 256
    """Side of the grain that is drawn, pixels, repeated over larger mouths."""


GRAIN = GrainSettings()


@dataclass(frozen=True)
class Grain:
    """Noise like a photo's.

    Attributes:
        tile: (t, t, 3) what to add to RGB of 255; its borders fit each other.
    """

    tile: Floats


def measure_grain(photo: Photo, landmarks: Points, settings: GrainSettings = GRAIN) -> Grain | None:
    """Measure the grain of a face, in the smoothest parts of its skin.

    Args:
        photo: (h, w, 3).
        landmarks: (468, 2 or more) in its pixels.
        settings: where it is looked for.

    Returns:
        Noise of its strength at each scale, with its colours; None where the photo has none.
    """
    face, points = _cut_face(photo, landmarks, settings)
    scales, covariances = _measure_bands(face, points, settings)
    strength = _measure_strength(covariances)
    if strength < settings.least:
        return None
    tile = _draw_tile(covariances, scales, settings.tile)
    tile *= min(1.0, settings.most / strength)
    is_grey = not np.ptp(face, axis=2).any()
    return Grain(np.repeat(tile[:, :, :1], 3, axis=2) if is_grey else tile)


def measure_noise(photo: Photo, landmarks: Points, settings: GrainSettings = GRAIN) -> float:
    """Measure how strong the grain of a face is.

    Args:
        photo: (h, w, 3).
        landmarks: (468, 2 or more) in its pixels.
        settings: where it is looked for.

    Returns:
        Standard deviation of its luminance, of 255; 0 where there is no skin to measure it on.
    """
    face, points = _cut_face(photo, landmarks, settings)
    return _measure_strength(_measure_bands(face, points, settings)[1])


def sample_grain(grain: Grain, area: tuple[slice, slice]) -> Floats:
    """The grain (h, w, 3) of an area, rows and columns, of a photo; each pixel keeps its own."""
    side = len(grain.tile)
    rows, columns = (np.arange(one.start, one.stop) % side for one in area)
    return np.asarray(grain.tile[np.ix_(rows, columns)], np.float32)


def _cut_face(photo: Photo, landmarks: Points, settings: GrainSettings) -> tuple[Floats, Points]:
    """The middle (h, w, 3) of a face, and its landmarks (n, 2) in the pixels of that."""
    points = landmarks[:, :2]
    middle, reach = (points.min(axis=0) + points.max(axis=0)) / 2, settings.widest / 2
    low = np.clip(np.maximum(points.min(axis=0), middle - reach), 0, None).astype(int)
    high = np.ceil(np.minimum(points.max(axis=0), middle + reach)).astype(int) + 1
    return photo[low[1] : high[1], low[0] : high[0]].astype(np.float32), points - low


def _measure_bands(
    face: Floats, points: Points, settings: GrainSettings
) -> tuple[tuple[float, ...], list[Floats]]:
    """Scales of the grain of a face, and covariances (3, 3) of its colours at each.

    These are none where too little smooth skin is seen.
    """
    hull = np.zeros(face.shape[:2], np.uint8)
    outline = cv2.convexHull(points.astype(np.int32))
    cv2.fillConvexPoly(hull, outline, (1,))
    coarsest = settings.coarsest * measure_width(points)
    scales = settings.scales[: max(1, sum(scale <= coarsest for scale in settings.scales))]
    bands = [_cut_blocks(band, settings.block) for band in _take_apart(face, scales)]
    means = _cut_blocks(face, settings.block).mean(axis=(1, 2))
    dark, bright = settings.exposed
    counts = _cut_blocks(hull[:, :, None], settings.block).all(axis=(1, 2, 3))
    counts &= (means > dark).all(axis=1) & (means < bright).all(axis=1)
    if counts.sum() < settings.fewest:
        return scales, []
    smooth = _find_smoothest(bands, counts, settings)
    return scales, [np.cov(band[smooth].reshape(-1, 3), rowvar=False) for band in bands]


def _measure_strength(covariances: list[Floats]) -> float:
    """Standard deviation of the luminance of grain with these covariances (3, 3); 0 of none."""
    total = np.sum(covariances, axis=0) if covariances else np.zeros((3, 3))
    return float(np.sqrt(LUMINANCE @ total @ LUMINANCE))


def _take_apart(picture: Floats, scales: tuple[float, ...]) -> list[Floats]:
    """Bands (h, w, c) of a picture (h, w, c), from fine to coarse, without what is coarser."""
    smoothed = [picture, *(cv2.GaussianBlur(picture, (0, 0), scale) for scale in scales)]
    return [np.asarray(finer - coarser, np.float32) for finer, coarser in pairwise(smoothed)]


def _cut_blocks(picture: Pixels, side: int) -> Pixels:
    """The squares (n, side, side, c) of a picture (h, w, c); what is left at its end is dropped."""
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    whole = picture[: rows * side, : columns * side]
    cut = whole.reshape(rows, side, columns, side, -1).swapaxes(1, 2)
    blocks: Pixels = cut.reshape(rows * columns, side, side, -1)
    return blocks


def _find_smoothest(bands: list[Floats], counts: Mask, settings: GrainSettings) -> Mask:
    """(n,) which of the squares (n, side, side, 3) vary least, of those that count."""
    grey = np.sum([band @ LUMINANCE for band in bands], axis=0)
    varies = grey.var(axis=(1, 2))
    limit = np.quantile(varies[counts], max(settings.smoothest, settings.fewest / counts.sum()))
    return np.asarray(counts & (varies <= limit))


def _draw_tile(covariances: list[Floats], scales: tuple[float, ...], side: int) -> Floats:
    """Noise (side, side, 3) with the covariances (3, 3) of its colours at each scale."""
    rng = np.random.default_rng(0)  # of all photos alike: the same photo has the same grain
    reach = round(4 * scales[-1])
    white = rng.standard_normal((side, side, 3)).astype(np.float32)
    wrapped = np.pad(white, ((reach, reach), (reach, reach), (0, 0)), mode="wrap")
    tile = np.zeros_like(white)
    for band, covariance in zip(_take_apart(wrapped, scales), covariances, strict=True):
        inner = band[reach:-reach, reach:-reach]
        values, vectors = np.linalg.eigh(covariance)
        mixing = vectors * np.sqrt(values.clip(min=0)) / inner.std()
        tile += inner @ mixing.T.astype(np.float32)
    return tile
