"""Straight lines, their intervals and their breaks, on series whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.analysis.fits import MIN_POINTS, MIN_SEGMENT, fit_break, fit_line

X = np.linspace(0.0, 5.0, 100)
RESAMPLES = 199
CASES = 60


def noise(random: np.random.Generator, correlation: float, points: int = len(X)) -> np.ndarray:
    """Autoregressive noise of unit variance."""
    values = random.normal(size=points)
    for k in range(1, points):
        values[k] = correlation * values[k - 1] + np.sqrt(1.0 - correlation**2) * values[k]
    return values


def squares(x: np.ndarray, y: np.ndarray) -> float:
    """Squared residuals of the line that NumPy fits."""
    return float(((y - np.polyval(np.polyfit(x, y, 1), x)) ** 2).sum())


def test_exact_line_is_recovered() -> None:
    fit = fit_line([(X, 2.0 - 0.7 * X)], RESAMPLES)
    np.testing.assert_allclose(fit.slope, -0.7, rtol=1e-12)
    np.testing.assert_allclose(fit.intercept, 2.0, rtol=1e-12)
    np.testing.assert_allclose(fit.r2, 1.0, rtol=1e-12)
    assert fit.points == 100


def test_line_is_that_of_least_squares() -> None:
    y = 3.0 + 0.2 * X + noise(np.random.default_rng(0), 0.5)
    fit = fit_line([(X, y)], RESAMPLES)
    slope, intercept = np.polyfit(X, y, 1)
    np.testing.assert_allclose(fit.slope.value, slope, rtol=1e-12)
    np.testing.assert_allclose(fit.intercept.value, intercept, rtol=1e-12)
    expected = 1.0 - squares(X, y) / ((y - y.mean()) ** 2).sum()
    np.testing.assert_allclose(fit.r2, expected, rtol=1e-12)
    assert fit.slope.low < slope < fit.slope.high
    assert fit.intercept.low < intercept < fit.intercept.high


@pytest.mark.parametrize(("correlation", "least", "most"), [(0.0, 53, 60), (0.7, 48, 60)])
def test_intervals_cover_the_truth(correlation: float, least: int, most: int) -> None:
    random = np.random.default_rng(11)
    covered, spreads = [], []
    for case in range(CASES):
        fit = fit_line([(X, 1.0 - 0.4 * X + noise(random, correlation))], RESAMPLES, seed=case)
        covered.append(
            (fit.slope.low <= -0.4 <= fit.slope.high)
            and (fit.intercept.low <= 1.0 <= fit.intercept.high)
            if correlation
            else fit.slope.low <= -0.4 <= fit.slope.high
        )
        spreads.append((fit.slope.high - fit.slope.low, fit.slope.value))
    assert least <= sum(covered) <= most
    # Not by being wide without need: twice 1.96 deviations of the slopes, give or take.
    widths, slopes = np.array(spreads).T
    assert 0.6 < np.median(widths) / (3.92 * slopes.std()) < 1.7


def test_replicas_are_pooled_with_equal_weight_of_points() -> None:
    random = np.random.default_rng(3)
    series = [(X[:n], 1.0 + 0.5 * X[:n] + noise(random, 0.3, n)) for n in (100, 60, 30)]
    fit = fit_line(series, RESAMPLES)
    x, y = (np.concatenate(part) for part in zip(*series, strict=True))
    slope, intercept = np.polyfit(x, y, 1)
    np.testing.assert_allclose([fit.slope.value, fit.intercept.value], [slope, intercept])
    assert fit.points == 190


def test_interval_knows_about_the_spread_between_replicas() -> None:
    # Each replica's own line is nearly exact, so the spread of their slopes is all there is.
    random = np.random.default_rng(4)
    slopes = np.array([0.2, 0.5, 0.8, 1.1, 1.4])
    series = [(X, s * X + 1e-3 * noise(random, 0.0)) for s in slopes]
    fit = fit_line(series, RESAMPLES)
    assert fit.slope.high - fit.slope.low > 3.0 * slopes.std() / np.sqrt(len(slopes))
    single = fit_line(series[:1], RESAMPLES)
    assert single.slope.high - single.slope.low < 1e-2


def test_missing_points_and_short_replicas_are_left_out() -> None:
    y = 1.0 + 0.5 * X + noise(np.random.default_rng(5), 0.3)
    gone = [3, 50, 99]
    holes_x, holes_y = X.copy(), y.copy()
    holes_y[[3, 50]] = np.nan, np.inf
    holes_x[99] = np.nan
    short = (X[: MIN_POINTS - 1], np.full(MIN_POINTS - 1, 9.0))
    missing = (X, np.full(len(X), np.nan))
    fit = fit_line([missing, (holes_x, holes_y), short], RESAMPLES)
    expected = fit_line([(np.delete(X, gone), np.delete(y, gone))], RESAMPLES)
    assert fit.points == 97
    for name in ("slope", "intercept"):
        np.testing.assert_array_equal(getattr(fit, name), getattr(expected, name))


def test_constant_has_slope_zero_and_no_r2() -> None:
    fit = fit_line([(X, np.full(len(X), 0.1))], RESAMPLES)
    np.testing.assert_array_equal(fit.slope, 0.0)
    np.testing.assert_allclose(fit.intercept, 0.1, rtol=1e-14)
    assert np.isnan(fit.r2)
    assert fit.points == len(X)


@pytest.mark.parametrize(
    "series",
    [
        [],
        [(X[: MIN_POINTS - 1], X[: MIN_POINTS - 1])],
        [(np.ones(20), np.arange(20.0))],
        [(X, np.full(len(X), np.nan))],
    ],
    ids=["none", "few", "vertical", "missing"],
)
def test_no_line_without_points(series: list) -> None:
    fit = fit_line(series, RESAMPLES)
    assert fit.points == 0
    assert np.isnan([*fit.slope, *fit.intercept, fit.r2]).all()


def test_known_break_is_found() -> None:
    random = np.random.default_rng(6)
    y = np.where(np.arange(100) < 40, 2.0 - X, 1.0 + 0.5 * (X - X[40]))
    found = fit_break((X, y + 0.1 * noise(random, 0.5)), RESAMPLES)
    assert abs(found.position - 40) <= 1
    np.testing.assert_allclose(found.slope_before, -1.0, atol=0.15)
    np.testing.assert_allclose(found.slope_after, 0.5, atol=0.15)
    assert found.gain > 0.8
    assert found.p_value == 1.0 / (RESAMPLES + 1)


def test_gain_is_the_best_of_all_breaks() -> None:
    y = noise(np.random.default_rng(7), 0.6) + 1e3  # far from zero, where sums lose precision
    found = fit_break((X + 50.0, y), RESAMPLES)
    two = {
        k: squares(X[:k], y[:k]) + squares(X[k:], y[k:])
        for k in range(MIN_SEGMENT, len(X) - MIN_SEGMENT + 1)
    }
    best = min(two, key=lambda k: two[k])
    assert found.position == best
    np.testing.assert_allclose(found.gain, 1.0 - two[best] / squares(X, y), rtol=1e-7)
    np.testing.assert_allclose(found.slope_before, np.polyfit(X[:best], y[:best], 1)[0], rtol=1e-6)
    np.testing.assert_allclose(found.slope_after, np.polyfit(X[best:], y[best:], 1)[0], rtol=1e-6)


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_breaks_are_seldom_found_in_noise_around_one_line(correlation: float) -> None:
    random = np.random.default_rng(9)
    p_values = [
        fit_break((X, 1.0 - 0.4 * X + noise(random, correlation)), 99, seed=case).p_value
        for case in range(CASES)
    ]
    assert np.sum(np.array(p_values) <= 0.05) <= 0.15 * CASES
    assert np.mean(p_values) > 0.25


def test_position_of_a_break_counts_missing_points() -> None:
    y = np.where(np.arange(100) < 60, 2.0 - X, 6.0) + 0.05 * noise(np.random.default_rng(1), 0.0)
    y[[2, 10, 30]] = np.nan
    assert fit_break((X, y), 99).position == 60


@pytest.mark.parametrize(
    "series",
    [(X[:9], X[:9] ** 2), (X, 2.0 - X), (np.ones(30), np.arange(30.0)), (X, X * np.nan)],
    ids=["few", "exact line", "vertical", "missing"],
)
def test_no_break_where_none_can_be_sought(series: tuple[np.ndarray, np.ndarray]) -> None:
    found = fit_break(series, 99)
    assert found.position == -1
    assert np.isnan(found[1:]).all()


def test_fits_are_the_same_for_the_same_seed() -> None:
    series = (X, X + noise(np.random.default_rng(2), 0.5))
    first, again, other = (fit_line([series], RESAMPLES, seed) for seed in (1, 1, 2))
    assert first == again
    assert first.slope.low != other.slope.low
    breaks = [fit_break(series, 99, seed) for seed in (1, 1)]
    assert breaks[0] == breaks[1]
