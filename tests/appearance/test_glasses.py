"""Glasses of real faces: found where they are worn, and where bands are drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ganimate.appearance.glasses import Glasses, find_glasses, measure_contrast
from ganimate.appearance.glasses_settings import GLASSES
from ganimate.arrays import Photo, Points
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import OVAL
from ganimate.numerics import fill_outline
from ganimate.portrait import Portrait

RADIUS = 0.95  # of drawn rims, in widths of the eye
DARK = (30, 25, 20)  # of drawn rims


def found_on(portrait: Portrait) -> Glasses | None:
    to_crop = fit_crop(portrait.face.landmarks, GLASSES.size)
    crop = sample_crop(portrait.photo, to_crop, GLASSES.size)
    return find_glasses(crop, to_crop.apply(portrait.face.landmarks))


def test_glasses_are_found_on_who_wears_them(serious: Portrait, smiling: Portrait) -> None:
    glasses = found_on(serious)
    assert glasses is not None
    assert found_on(smiling) is None
    to_crop = fit_crop(serious.face.landmarks, GLASSES.size)
    on_crop = to_crop.apply(serious.face.landmarks)
    x, y = np.round(on_crop[6]).astype(int)  # the root of the nose, which the bridge crosses
    assert glasses.share[y - 8 : y + 9, x].max() == 1
    for pupil in (on_crop[[33, 133]].mean(axis=0), on_crop[[263, 362]].mean(axis=0)):
        x, y = np.round(pupil).astype(int)
        assert not glasses.share[y - 3 : y + 4, x - 3 : x + 4].any()  # eyes move behind lenses


def test_what_is_filled_in_is_hidden(serious: Portrait) -> None:
    glasses = found_on(serious)
    assert glasses is not None
    assert (glasses.share[glasses.cover > 0] == 1).all()
    assert 0.02 < (glasses.cover > 0).mean() < 0.2  # rims, not lenses


@dataclass(frozen=True)
class Wearer:
    """A real face with round glasses drawn on it.

    Attributes:
        bare: (s, s, 3) its aligned crop.
        worn: the same with glasses.
        landmarks: of the crop.
        middles: (2, 2) of the lenses.
        radius: of the middle of a rim.
    """

    bare: Photo
    worn: Photo
    landmarks: Points
    middles: Points
    radius: float


def wear_round_glasses(portrait: Portrait, *, over: bool = False) -> Wearer:
    """Draw round glasses on a face, with rims that look like skin above the eyes or not."""
    to_crop = fit_crop(portrait.face.landmarks, GLASSES.size)
    bare = sample_crop(portrait.photo, to_crop, GLASSES.size)
    points = to_crop.apply(portrait.face.landmarks)
    middles = np.array([points[[33, 133]].mean(axis=0), points[[263, 362]].mean(axis=0)])
    radius = RADIUS * float(np.linalg.norm(points[33] - points[133]))
    worn = bare.copy()
    skin = np.median(bare[fill_outline(points[OVAL], bare.shape[:2])], axis=0)
    for middle in middles:
        at, size = tuple(np.round(middle).astype(int).tolist()), (round(radius),) * 2
        cv2.ellipse(worn, at, size, 0, 0, 360, DARK, 6)
        if over:
            above = np.zeros(bare.shape[:2], np.float32)
            cv2.ellipse(above, at, size, 0, -130, -50, (1.0,), 50)
            above = cv2.GaussianBlur(above, (0, 0), 8)[:, :, None]
            worn = np.rint(worn + above * (skin - worn)).astype(np.uint8)
    (right, y), (left, _) = middles
    ends = [(round(x), round(y) - 4) for x in (right + radius, left - radius)]
    cv2.line(worn, ends[0], ends[1], DARK, 6)
    return Wearer(bare, worn, points, middles, radius)


def test_skin_is_filled_in_where_rims_were(smiling: Portrait) -> None:
    wearer = wear_round_glasses(smiling)
    glasses = find_glasses(wearer.worn, wearer.landmarks)
    assert glasses is not None
    rims = np.zeros(wearer.bare.shape[:2], np.uint8)
    for middle in wearer.middles:
        cv2.circle(rims, np.round(middle).astype(int).tolist(), round(wearer.radius), (1,), 5)
    assert (glasses.share[rims > 0] == 1).mean() > 0.95
    skin, filled = (picture[rims > 0].astype(float) for picture in (wearer.bare, glasses.bare))
    assert np.median(np.abs(filled - skin)) < 15
    assert np.percentile((skin - filled).mean(axis=1), 95) < 40  # rims were some 170 darker


def test_a_dark_brow_is_not_taken_for_a_fainter_rim(smiling: Portrait) -> None:
    wearer = wear_round_glasses(smiling)
    lopsided = wearer.worn.copy()
    x, y = np.round(wearer.middles[0]).astype(int).tolist()
    radius, high = round(wearer.radius), round(1.3 * wearer.radius)
    above = np.zeros(lopsided.shape[:2], np.uint8)
    cv2.ellipse(above, (x, y), (radius,) * 2, 0, -140, -40, (1,), 9)
    lopsided[above > 0] = np.rint(0.6 * wearer.bare + 0.4 * lopsided)[above > 0]
    cv2.ellipse(lopsided, (x, y), (radius, high), 0, -165, -15, DARK, 6)
    places = []
    for settings in (replace(GLASSES, nearly_as_sure=99.0), GLASSES):
        glasses = find_glasses(lopsided, wearer.landmarks, settings)
        assert glasses is not None
        held = np.flatnonzero(glasses.share[:y, x - 4 : x + 5].min(axis=1) == 1)
        places.append(float(held.mean()))
    taken, found = places
    assert taken < found - 5  # up to the brow
    assert abs(found - (y - radius)) < 4  # the rim


def test_rims_just_below_dark_brows_are_found_and_brows_are_not_held(smiling: Portrait) -> None:
    """Upper rims of narrow glasses run closer to the eye than lids may be taken for rims."""
    wearer = wear_round_glasses(smiling)
    narrow = wearer.bare.copy()
    width = wearer.radius / RADIUS
    high = round(0.42 * width)
    middles = np.round(wearer.middles + np.array([0, 0.12 * width])).astype(int)
    for middle in middles.tolist():
        cv2.ellipse(narrow, middle, (round(wearer.radius), high), 0, 0, 360, DARK, 3)
        brow = (round(wearer.radius), high + 26)
        cv2.ellipse(narrow, middle, brow, 0, -130, -50, (60, 45, 40), 12)
    (right, y), (left, _) = middles.tolist()
    cv2.line(narrow, (right + round(wearer.radius), y), (left - round(wearer.radius), y), DARK, 4)
    # Drawn ones are as bold as only black rims are, which are no brows.
    glasses = find_glasses(narrow, wearer.landmarks, replace(GLASSES, no_brow=99.0))
    assert glasses is not None
    for x, y in middles.tolist():
        held = glasses.share[: y - 8, x - 3 : x + 4].mean(axis=1)
        assert held[y - high] == 1
        assert held[y - high - 26] < 0.1  # the brow
        # Behind the rim lies skin, not hair.
        filled = glasses.bare[y - high - 1 : y - high + 2, x - 3 : x + 4].astype(float)
        skin = wearer.bare[y - high - 1 : y - high + 2, x - 3 : x + 4].astype(float)
        assert filled.mean() > skin.mean() - 30


def test_faint_rims_without_a_bridge_are_wrinkles(smiling: Portrait) -> None:
    wearer = wear_round_glasses(smiling)
    faint = wearer.bare + 0.11 * (wearer.worn.astype(np.float32) - wearer.bare)
    (right, y), (left, _) = wearer.middles
    inner = slice(round(right + wearer.radius) + 4, round(left - wearer.radius) - 3)
    between = (slice(round(y) - 12, round(y) + 5), inner)
    bridged, parted = np.rint(faint).astype(np.uint8), np.rint(faint).astype(np.uint8)
    parted[between] = cv2.GaussianBlur(wearer.bare, (0, 0), 6)[between]  # a contrast of 2.4
    strict = replace(GLASSES, least_bridge=3.5)
    assert find_glasses(parted, wearer.landmarks) is not None
    assert find_glasses(parted, wearer.landmarks, strict) is None
    assert find_glasses(bridged, wearer.landmarks, strict) is not None


def test_a_rim_that_is_not_seen_above_the_eye_is_held_there(smiling: Portrait) -> None:
    wearer = wear_round_glasses(smiling, over=True)
    glasses = find_glasses(wearer.worn, wearer.landmarks)
    assert glasses is not None
    for x, y in np.round(wearer.middles).astype(int):
        above = glasses.share[: y - 4, x - 8 : x + 9]
        assert (above.max(axis=0) == 1).all()


def test_skin_below_a_shadow_on_a_lens_is_no_reflection(smiling: Portrait) -> None:
    wearer = wear_round_glasses(smiling)
    worn, reach = wearer.worn.copy(), round(0.9 * wearer.radius)
    lenses = np.round(wearer.middles).astype(int)
    for x, y in lenses:
        worn[y - reach : y + 4, x - reach : x + reach] //= 2  # as a brow's, on most of the lens
    glasses = find_glasses(worn, wearer.landmarks)
    assert glasses is not None
    below = round(0.45 * wearer.radius)
    held = [glasses.share[y + below - 4 : y + below + 5, x - 8 : x + 9].mean() for x, y in lenses]
    assert np.mean(held) < 0.4  # all of it was held where skin beside the lens did not count


def test_a_band_stands_out_from_both_of_its_sides_and_an_edge_does_not() -> None:
    strip = np.full((2, 40, 3), 128, np.float32)
    strip[0, 20:24, 0] = 100  # 4 pixels, 28 darker
    strip[1, 20:, 0] = 100
    contrast = measure_contrast(strip)
    row, place = np.unravel_index(contrast[:, 0].argmax(), contrast[:, 0].shape)
    assert (row + GLASSES.thickness[0], place) == (4, 20)
    assert contrast[:, 0].max() == 28
    assert contrast[:, 1].max() == 0
