"""Natural blinks: how often they come, that each closes, and that a seed draws them."""

from __future__ import annotations

import numpy as np
import pytest

from ganimate.performance.blinks import BLINKS, schedule_blinks


def test_blinks_come_as_often_as_people_blink() -> None:
    fps = 30.0
    shut = schedule_blinks(int(600 * fps), fps, seed=1)
    assert shut.min() == 0
    peaks = np.flatnonzero((shut == 1) & (np.roll(shut, 1) < 1))
    assert 120 < len(peaks) < 220  # in ten minutes
    intervals = np.diff(peaks) / fps
    assert intervals.min() > 1
    assert intervals.std() > 0.5
    down, up = BLINKS.closing * fps, BLINKS.opening * fps
    open_between = np.abs(np.arange(len(shut))[:, None] - peaks).min(axis=1) > max(down, up)
    assert (shut[open_between] == 0).all()


@pytest.mark.parametrize("fps", [10, 24, 29.97, 60])
def test_each_blink_closes_completely_and_none_is_cut_off(fps: float) -> None:
    for seed in range(20):
        shut = schedule_blinks(round(6 * fps), fps, seed)
        assert shut[0] == 0
        assert shut[-1] < 0.5
        starts = np.flatnonzero((shut[1:] > 0) & (shut[:-1] == 0))
        assert len(starts) >= 1
        assert np.count_nonzero(shut == 1) >= len(starts)


def test_blinks_are_seeded() -> None:
    assert np.array_equal(schedule_blinks(300, 30, 7), schedule_blinks(300, 30, 7))
    assert not np.array_equal(schedule_blinks(300, 30, 7), schedule_blinks(300, 30, 8))
    assert schedule_blinks(2, 30, 0).tolist() == [0, 0]  # too short for one
