"""Glasses of real faces: found where they are worn, and where bands are drawn."""

from __future__ import annotations

import numpy as np

from ganimate.appearance.glasses import Glasses, find_glasses, measure_contrast
from ganimate.appearance.glasses_settings import GLASSES
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.portrait import Portrait


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


def test_a_band_stands_out_from_both_of_its_sides_and_an_edge_does_not() -> None:
    strip = np.full((2, 40, 3), 128, np.float32)
    strip[0, 20:24, 0] = 100  # 4 pixels, 28 darker
    strip[1, 20:, 0] = 100
    contrast = measure_contrast(strip)
    row, place = np.unravel_index(contrast[:, 0].argmax(), contrast[:, 0].shape)
    assert (row + GLASSES.thickness[0], place) == (4, 20)
    assert contrast[:, 0].max() == 28
    assert contrast[:, 1].max() == 0
