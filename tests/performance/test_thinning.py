"""Curves thinned: near everywhere, and by few knots."""

from __future__ import annotations

import numpy as np

from ganimate.performance.curves import sample_curve
from ganimate.performance.thinning import thin_curve


def test_thinned_curves_stay_near() -> None:
    times = np.arange(600) / 30
    values = 0.5 + 0.3 * np.sin(times) + 0.1 * np.sin(7 * times)
    knots = thin_curve(times, values, 0.02)
    assert np.abs(sample_curve(knots, times) - values).max() <= 0.02
    assert len(knots) < 120
    assert len(thin_curve(times, np.full(600, 0.4), 0.02)) == 2


def test_a_long_curve_is_thinned_as_well_as_a_short_one() -> None:
    times = np.arange(3000) / 30
    values = 0.5 + 0.3 * np.sin(times) + 0.1 * np.sin(7 * times)
    knots = thin_curve(times, values, 0.02)
    assert np.abs(sample_curve(knots, times) - values).max() <= 0.02
    assert len(knots) < 5.5 * len(thin_curve(times[:600], values[:600], 0.02))
