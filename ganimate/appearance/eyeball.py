"""Eyeballs of eyes that a photo shows hardly anything of: shut, or squinting.

A generator paints on what it is shown of an eye. Between lids that all but meet there are lashes,
and it painted eyes as dark as these. Such an eye is drawn from anatomy instead: a white, whose
colour the light on the face tells, an iris and a pupil, the shade of the lids, and a glint.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.eyeball_settings import EYEBALL, EyeballSettings
from ganimate.appearance.light import to_rgb
from ganimate.arrays import Floats, Map, Photo, Points
from ganimate.face.landmarks import IRISES, LIDS_OF_SIDE, Opening
from ganimate.numerics import fall, rise
from ganimate.warp.unknown import cover_opening, mask_opening


@dataclass(frozen=True)
class Eyeball:
    """What one eye is drawn with.

    Attributes:
        hidden: in [0, 1], how little the photo shows of it: 1 for nothing.
        white: (3,) red, green and blue of its white in good light, in [0, 255].
        iris: (3,) of its iris.
        along: the way of the iris' middle from the outer corner of the eye to the inner one.
    """

    hidden: float
    white: Floats
    iris: Floats
    along: float


def measure_eyeballs(
    photo: Photo, landmarks: Points, settings: EyeballSettings = EYEBALL
) -> tuple[Eyeball, ...]:
    """Measure what the eyes of a face are drawn with where they open.

    Args:
        photo: (h, w, 3) the photo, or an aligned crop of it.
        landmarks: (478, 2 or more) in its pixels.
        settings: what tells whether an eye is seen, and of its colours.

    Returns:
        One for each of LIDS_OF_SIDE.
    """
    lab = np.asarray(cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    points = np.asarray(landmarks[:, :2], np.float32)
    seen = [_look(lab, points, lids, settings) for lids in LIDS_OF_SIDE]
    slits = np.array([measure_slit(points, lids) for lids in LIDS_OF_SIDE])
    if np.ptp(slits) < settings.alike:
        slits[:] = slits.mean()
    narrow = fall(slits, *settings.slit)
    # What tells that an eye is none is as true of the other one, if that is as narrow.
    dark = max(share * one.dark for share, one in zip(narrow > 0, seen, strict=True))
    hidden = np.maximum(narrow * dark, fall(slits, *settings.shut))
    irises = np.stack([one.iris for one in seen])
    # An eye that is seen better tells the colour of the other one.
    trust = np.clip(hidden - hidden[::-1], 0, 1)[:, None]
    irises = irises + trust * (irises[::-1] - irises)
    return tuple(
        Eyeball(float(share), to_rgb(one.white), to_rgb(iris), one.along)
        for share, one, iris in zip(hidden, seen, irises, strict=True)
    )


def draw_eyeball(
    eyeball: Eyeball,
    turned: Points,
    target: Points,
    lids: Opening,
    shape: tuple[int, int],
    settings: EyeballSettings = EYEBALL,
) -> Floats | None:
    """Draw an eye that opens, where the photo shows hardly anything of it.

    Args:
        eyeball: what it is drawn with.
        turned: (468 or more, 2) landmarks before the lids move, pixels of the grid.
        target: the same landmarks after.
        lids: of which eye.
        shape: (height, width) of the grid.
        settings: its proportions and its shades.

    Returns:
        (h, w, 4) RGB in [0, 255] times opacity, and opacity in [0, 1]; None where there is nothing
        to draw.
    """
    opened = measure_slit(target, lids) - measure_slit(turned, lids)
    share = eyeball.hidden * float(rise(opened, 0, settings.opened))
    if share < settings.least:
        return None
    place = _place_eye(target, lids, shape)
    colours = _colour_eye(eyeball, place, settings)
    opacity = share * cover_opening(target, lids, shape)
    return np.asarray(np.dstack([colours * opacity[:, :, None], opacity]), np.float32)


@dataclass(frozen=True)
class _Place:
    """Where the pixels of a grid (h, w) lie in an eye.

    In a turned head the farther eye is narrower and no lower: lengths are shares of the nearer
    one's breadth, but for the way along the eye.

    Attributes:
        along: (h, w) the way from the outer corner to the inner one, 0 to 1.
        above: (h, w) the height over the line of both.
        below_upper: (h, w) the distance below the edge of the upper lid.
        above_lower: (h, w) the distance above the edge of the lower lid.
        aside: (h, w, 2) the way from the outer corner, to the right and down on the picture.
        across: (2,) the way from the outer corner to the inner one, likewise.
        up: (2,) of length 1, the way up on the face, likewise.
        breadth: of the nearer eye, pixels of the grid.
    """

    along: Map
    above: Map
    below_upper: Map
    above_lower: Map
    aside: Floats
    across: Floats
    up: Floats
    breadth: float


def _place_eye(target: Points, lids: Opening, shape: tuple[int, int]) -> _Place:
    """Find where the pixels of a grid lie in an eye."""
    breadth = _measure_breadth(target)
    points = target[[*lids.corners, *lids.upper[0], *lids.lower[0]], :2].astype(np.float32)
    outer, across = points[0], (points[1] - points[0]) / breadth
    up = np.array([across[1], -across[0]], np.float32) / max(float(np.linalg.norm(across)), 1e-6)
    up *= 1 if up[1] < 0 else -1
    y, x = np.mgrid[: shape[0], : shape[1]]
    aside = (np.stack([x, y], axis=2).astype(np.float32) - outer) / breadth
    along = aside @ across / max(float(across @ across), 1e-6)
    above = aside @ up
    edges = (points - outer) / breadth
    at, height = edges @ across / max(float(across @ across), 1e-6), edges @ up
    columns = len(lids.upper[0])
    upper, lower = (
        _follow(along, at[[0, 1, *edge]], height[[0, 1, *edge]])
        for edge in (range(2, 2 + columns), range(2 + columns, len(points)))
    )
    return _Place(along, above, upper - above, above - lower, aside, across, up, breadth)


def _follow(along: Floats, at: Floats, height: Floats) -> Floats:
    """The height of a lid's edge at each way (h, w) along the eye, by points (n,) of it."""
    order = np.argsort(at)
    return np.asarray(np.interp(along, at[order], height[order]), np.float32)


def _colour_eye(eyeball: Eyeball, place: _Place, settings: EyeballSettings) -> Floats:
    """(h, w, 3) the colours of an eye, as if no lid ended it."""
    away = 2 * np.clip(place.along, 0, 1) - 1
    light = (1 - settings.corners * away**2)[:, :, None]
    flesh = rise(place.along, *settings.caruncle)[:, :, None]
    white = eyeball.white * light * (1 - flesh * (1 - np.array(settings.flesh)))
    middle = np.array([eyeball.along, settings.middle[1]])
    beside = (place.along - middle[0]) / settings.radius
    over = (place.above - middle[1]) / settings.radius
    far = np.hypot(beside, over)
    iris = eyeball.iris * (1 - settings.lit_below * np.clip(over, -1, 1))[:, :, None]
    iris *= _trace_fibres(over, beside, settings.radius * place.breadth, settings)[:, :, None]
    iris *= (1 - settings.rim_shade * rise(far, *settings.rim))[:, :, None]
    pupil = fall(far, *settings.pupil)[:, :, None]
    iris += pupil * (settings.pupil_light * eyeball.white - iris)
    inside = fall(far, 1 - settings.edge / 2, 1 + settings.edge / 2)[:, :, None]
    eye = white + inside * (iris - white)
    for depth, (most, reach) in (
        (place.below_upper, settings.lid_shadow),
        (place.above_lower, settings.lower_shadow),
    ):
        eye *= (1 - most * np.exp(-np.maximum(depth, 0) / reach))[:, :, None]
    glint = settings.glint_light * _draw_glint(eyeball, place, settings)[:, :, None]
    return np.asarray(eye + glint * np.maximum(eyeball.white - eye, 0), np.float32)


def _trace_fibres(over: Floats, beside: Floats, radius: float, settings: EyeballSettings) -> Floats:
    """(h, w) what an iris is multiplied by along its fibres, of a radius in pixels."""
    angle, far = np.arctan2(over, beside), np.hypot(over, beside)
    light = np.zeros_like(far)
    for times in settings.fibres:
        fine = float(rise(2 * np.pi * radius / times, *settings.fibre_pixels))
        # They lean one way or the other, as their number would have it, so that no two meet often.
        light += fine * np.sin(times * angle + times % 7 + 2 * np.cos(times) * far)
    return 1 + settings.fibre_light * light / len(settings.fibres)


def _draw_glint(eyeball: Eyeball, place: _Place, settings: EyeballSettings) -> Map:
    """(h, w) in [0, 1] the light that shines in an iris, on the same side in both eyes."""
    *shift, radius = settings.radius * np.array(settings.glint)
    iris = eyeball.along * place.across + settings.middle[1] * place.up
    far = np.linalg.norm(place.aside - iris - np.array(shift), axis=2)
    return fall(far / radius, *settings.glint_edge)


@dataclass(frozen=True)
class _Look:
    """What is between the lids of an eye.

    Attributes:
        dark: in [0, 1], how surely no white is seen.
        white: (3,) CIE L*a*b* of whites in the light on it.
        iris: (3,) of its iris.
        along: the way of the iris' middle from the outer corner of the eye to the inner one.
    """

    dark: float
    white: Floats
    iris: Floats
    along: float


def _look(lab: Floats, points: Points, lids: Opening, settings: EyeballSettings) -> _Look:
    """Look at one eye of a picture (h, w, 3), with landmarks (478, 2)."""
    inside = mask_opening(points, lids, (lab.shape[0], lab.shape[1]))
    bright = float(np.percentile(lab[inside][:, 0], settings.bright)) if inside.any() else 0.0
    white = _predict_white(_take_skin_below(lab, points, lids), settings)
    outer, inner = points[list(lids.corners)].astype(np.float64)
    iris = points[IRISES[LIDS_OF_SIDE.index(lids)]].astype(np.float64)
    along = float((iris[0] - outer) @ (inner - outer) / max(np.sum((inner - outer) ** 2), 1e-6))
    least, most = settings.middle[0] - settings.aside, settings.middle[0] + settings.aside
    return _Look(
        dark=float(fall(bright - white[0], *settings.dark)),
        white=white,
        iris=_measure_iris(lab, inside, iris, white, settings),
        along=float(np.clip(along, least, most)),
    )


def measure_slit(points: Points, lids: Opening) -> float:
    """Measure the mean height of an eye over the breadth of the nearer one.

    Args:
        points: (468 or more, 2 or more) landmarks.
        lids: of which eye.
    """
    heights = np.linalg.norm(points[lids.upper[0], :2] - points[lids.lower[0], :2], axis=1)
    return float(heights.mean()) / _measure_breadth(points)


def _measure_breadth(points: Points) -> float:
    """The breadth from corner to corner of the eye that is nearer in a turned head."""
    corners = np.array([points[list(lids.corners), :2] for lids in LIDS_OF_SIDE])
    return max(1e-6, float(np.linalg.norm(corners[:, 0] - corners[:, 1], axis=1).max()))


def _take_skin_below(lab: Floats, points: Points, lids: Opening) -> Floats:
    """(3,) the colour of the skin below an eye: the light on it."""
    below = points[lids.lower[1:].ravel()]
    x, y = np.clip(np.rint(below).astype(int), 0, np.array(lab.shape[1::-1]) - 1).T
    return np.asarray(np.median(lab[y, x], axis=0), np.float32)


def _predict_white(skin: Floats, settings: EyeballSettings) -> Floats:
    """(3,) CIE L*a*b* of the white of an eye by the skin's (3,) below it."""
    by = np.array([settings.lightness, settings.red, settings.yellow])
    return np.asarray(by[:, 0] + by[:, 1] * skin, np.float32)


def _measure_iris(
    lab: Floats,
    opening: NDArray[np.bool_],
    iris: Points,
    white: Floats,
    settings: EyeballSettings,
) -> Floats:
    """(3,) CIE L*a*b* of an iris (5, 2) by what is seen of it in an opening (h, w)."""
    radius = np.linalg.norm(iris[1:] - iris[0], axis=1).mean()
    y, x = np.nonzero(opening)
    near = np.hypot(x - iris[0, 0], y - iris[0, 1]) < radius
    shares, hue = settings.unlike, np.array(settings.usual_iris[1:], np.float64)
    lightness = settings.usual_iris[0] * white[0]
    if near.any():
        seen = lab[y[near], x[near]]
        bounds = np.array(shares) * white[0]
        lightness = float(np.clip(np.percentile(seen[:, 0], settings.of_iris), *bounds))
        hue += settings.seen_hue * (np.median(seen[:, 1:], axis=0) - hue)
    hue = hue * min(1.0, settings.most_chroma / max(float(np.linalg.norm(hue)), 1e-6))
    return np.array([lightness, *hue], np.float32)
