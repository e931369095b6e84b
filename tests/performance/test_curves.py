"""Curves through knots: exact, monotone, smooth; eases as CSS defines them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ganimate.performance.curves import CSS_EASES, KeyEase, Knot, sample_curve

EASES: list[KeyEase] = ["smooth", "linear", "in", "out", "in-out", "step", (0.2, 0.9, 0.3, 1.0)]


def random_knots(seed: int, count: int, ease: KeyEase | None = "smooth") -> list[Knot]:
    random = np.random.default_rng(seed)
    times = np.cumsum(random.uniform(0.02, 1.5, count))
    values = random.random(count).round(1)  # rounded, so that some neighbours are equal
    eases = [EASES[k] if ease is None else ease for k in random.integers(0, len(EASES), count)]
    return [Knot(float(t), float(v), e) for t, v, e in zip(times, values, eases, strict=True)]


def fine(knots: list[Knot], count: int = 20_001) -> np.ndarray:
    return np.linspace(knots[0].t, knots[-1].t, count)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("ease", ["smooth", None])
def test_every_knot_is_met_exactly(seed: int, ease: KeyEase | None) -> None:
    knots = random_knots(seed, 12, ease)
    values = sample_curve(knots, np.array([knot.t for knot in knots]))
    assert values.tolist() == [knot.v for knot in knots]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("ease", ["smooth", None])
def test_between_two_knots_it_rises_or_falls_and_never_overshoots(
    seed: int, ease: KeyEase | None
) -> None:
    knots = random_knots(seed, 12, ease)
    for one, other in pairwise(knots):
        inside = sample_curve(knots, np.linspace(one.t, other.t, 500))
        way = np.sign(other.v - one.v)
        assert (np.diff(inside) * way >= -1e-12).all()
        assert inside.min() >= min(one.v, other.v) - 1e-12
        assert inside.max() <= max(one.v, other.v) + 1e-12


@pytest.mark.parametrize("seed", range(8))
def test_a_smooth_curve_has_no_corners_and_rests_at_its_ends(seed: int) -> None:
    knots = random_knots(seed, 10)
    times = fine(knots, 400_001)
    speed = np.diff(sample_curve(knots, times)) / np.diff(times)
    assert abs(speed[0]) < 0.01
    assert abs(speed[-1]) < 0.01
    # the steepest acceleration of these cubics is far from a jump of speed between two samples
    assert np.abs(np.diff(speed)).max() < 0.01 * np.abs(speed).max()


def test_two_knots_make_the_cubic_of_rest_to_rest() -> None:
    u = np.linspace(0, 1, 11)
    values = sample_curve([Knot(1, 0.25), Knot(3, 0.75)], 1 + 2 * u)
    np.testing.assert_allclose(values, 0.25 + 0.5 * (3 * u**2 - 2 * u**3), atol=1e-12)


def test_steffens_tangent() -> None:
    # slopes 1 and 0.5 over spans 1 and 2: the parabola's (1 * 2 + .5 * 1) / 3 is within bounds
    knots = [Knot(0, 0), Knot(1, 1), Knot(3, 2)]
    step = 1e-6
    before, at, after = sample_curve(knots, np.array([1 - step, 1, 1 + step]))
    assert (at - before) / step == pytest.approx(2.5 / 3, abs=1e-4)
    assert (after - at) / step == pytest.approx(2.5 / 3, abs=1e-4)


def test_speed_goes_on_from_a_linear_part_into_a_smooth_one() -> None:
    knots = [Knot(0, 0, "linear"), Knot(1, 0.5), Knot(2, 0.9), Knot(3, 0.1, "linear"), Knot(4, 0)]
    before, at, after = sample_curve(knots, np.array([1 - 1e-6, 1, 1 + 1e-6]))
    assert (after - at) == pytest.approx(at - before, rel=1e-3)


@pytest.mark.parametrize(
    ("ease", "u", "y"),
    [
        ("in", 0.5, 0.3153),  # cubic-bezier(.42, 0, 1, 1), as browsers give it
        ("out", 0.5, 0.6847),
        ("in-out", 0.5, 0.5),
        ("in-out", 0.25, 0.1292),
        ((0.25, 0.1, 0.25, 1.0), 0.5, 0.8024),  # CSS "ease"
        ((0.0, 0.0, 1.0, 1.0), 0.3, 0.3),
        ((0.3, 1.6, 0.6, 1.3), 0.4625, 1.2125),  # its middle, by hand; it may overshoot
        ("linear", 0.3, 0.3),
        ("step", 0.999, 0.0),
    ],
)
def test_eases(ease: KeyEase, u: float, y: float) -> None:
    knots = [Knot(2, 0, ease), Knot(4, 1)]
    assert sample_curve(knots, np.array([2 + 2 * u]))[0] == pytest.approx(y, abs=2e-3)


def test_in_starts_slowly_and_out_stops_slowly() -> None:
    u = np.array([0.1, 0.9])
    early_in, late_in = sample_curve([Knot(0, 0, "in"), Knot(1, 1)], u)
    early_out, late_out = sample_curve([Knot(0, 0, "out"), Knot(1, 1)], u)
    assert early_in < 0.1 < early_out
    assert late_in < 0.9 < late_out
    assert set(CSS_EASES) == {"in", "out", "in-out"}


def test_a_step_comes_with_its_frame() -> None:
    knots = [Knot(0, 0, "step"), Knot(0.7, 1, "step"), Knot(1.1, 0.5)]
    values = sample_curve(knots, np.arange(36) / 30)
    assert np.flatnonzero(values == 1).tolist() == list(range(21, 33))
    # 50 % of 1.4 is a hair more than frame 21's time, and still belongs to it
    assert sample_curve([Knot(0, 0, "step"), Knot(0.5 * 1.4, 1)], np.array([21 / 30]))[0] == 1


def test_before_and_after_the_knots_it_stays() -> None:
    knots = [Knot(1, 0.25, "linear"), Knot(2, 0.75)]
    assert sample_curve(knots, np.array([-5.0, 0, 1, 2, 9])).tolist() == [
        0.25,
        0.25,
        0.25,
        0.75,
        0.75,
    ]
    assert sample_curve([Knot(3, 0.5)], np.array([0.0, 7.0]), period=4).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("seed", range(6))
def test_a_loop_closes_without_a_seam(seed: int) -> None:
    knots = random_knots(seed, 5)
    period = knots[-1].t + 0.8
    times = np.linspace(0, 2 * period, 400_001)
    values = sample_curve(knots, times, period)
    np.testing.assert_allclose(values[:200_000], values[200_000:-1], atol=1e-9)
    speed = np.diff(values) / np.diff(times)
    assert np.abs(np.diff(speed)).max() < 0.01 * np.abs(speed).max()
    at_knots = sample_curve(knots, np.array([knot.t + period for knot in knots]), period)
    np.testing.assert_allclose(at_knots, [knot.v for knot in knots], atol=1e-9)


@pytest.mark.parametrize("knots", [[], [Knot(1, 0), Knot(1, 1)], [Knot(2, 0), Knot(1, 1)]])
def test_knots_must_rise(knots: list[Knot]) -> None:
    with pytest.raises(ValueError, match="knots"):
        sample_curve(knots, np.zeros(1))
