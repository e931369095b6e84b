"""Series smoothed: noise goes, blinks stay where they are, and nothing lags."""

from __future__ import annotations

import numpy as np

from ganimate.performance.driver import AU_SMOOTHING
from ganimate.performance.smoothing import smooth_series


def test_smoothing_takes_noise_away_and_keeps_blinks_where_they_are() -> None:
    fps, rng = 30.0, np.random.default_rng(1)
    clean = np.zeros(150)
    for start in (40, 90):
        clean[start : start + 7] = [0.3, 0.75, 1, 0.85, 0.55, 0.3, 0.1]
    noisy = clean + rng.normal(0, 0.02, 150)
    smooth = smooth_series(noisy[:, None], fps, AU_SMOOTHING)[:, 0]
    assert smooth[:35].std() < 0.6 * noisy[:35].std()
    for start in (40, 90):
        assert abs(int(smooth[start : start + 7].argmax()) - 2) <= 1
        assert smooth[start : start + 7].max() > 0.8
    shifts = [np.corrcoef(np.roll(clean, lag), smooth)[0, 1] for lag in (-2, -1, 0, 1, 2)]
    assert int(np.argmax(shifts)) == 2  # no lag


def test_smoothing_keeps_what_is_constant() -> None:
    values = np.full((20, 3), 0.4)
    np.testing.assert_allclose(smooth_series(values, 30, AU_SMOOTHING), values)
