"""Moments and large values of samples of known densities."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.estimators.tails import (
    large_values,
    log_exponential,
    log_normal_tail,
    log_power_law,
    shape,
)

TRIALS = 100


def test_moments_are_those_of_scipy() -> None:
    sample = np.random.default_rng(17).gamma(2.0, size=(30, 1, 3))
    found = shape(sample)
    skewness = scipy.stats.skew(sample[:, 0], bias=False)
    kurtosis = scipy.stats.kurtosis(sample[:, 0], bias=False)
    np.testing.assert_allclose(found.skewness.value, skewness, rtol=1e-9)
    np.testing.assert_allclose(found.excess_kurtosis.value, kurtosis, rtol=1e-9)


@pytest.mark.parametrize(("draw", "kurtosis"), [("standard_normal", 0.0), ("random", -1.2)])
def test_intervals_of_moments_hold_the_truth(draw: str, kurtosis: float) -> None:
    sample = getattr(np.random.default_rng(18), draw)((256, 5, TRIALS))
    found = shape(sample)
    for estimate, truth in zip(found, (0.0, kurtosis), strict=True):
        assert abs(estimate.value.mean() - truth) < 4.0 * estimate.value.std() / np.sqrt(TRIALS)
        assert 0.88 <= np.mean((estimate.low <= truth) & (truth <= estimate.high)) <= 0.99


@pytest.mark.parametrize("law", [log_power_law, log_exponential, log_normal_tail])
def test_the_laws_are_normalised_and_the_likeliest(law) -> None:
    x = 1.5 + np.random.default_rng(19).exponential(0.4, 300)
    distant = {log_power_law: 1e6, log_exponential: 1e2, log_normal_tail: 1e2}[law]
    grid = np.geomspace(1.5, distant, 200_001)
    # Of the same mean of what the law depends on, so that it is the same law.
    statistic = {log_power_law: np.log, log_exponential: np.asarray, log_normal_tail: np.square}
    density = np.exp(_law_on(law, statistic[law], x, grid))
    np.testing.assert_allclose(np.trapezoid(density, grid), 1.0, rtol=1e-3)
    mean = np.trapezoid(statistic[law](grid) * density, grid)
    np.testing.assert_allclose(mean, statistic[law](x).mean(), rtol=1e-2)


def _law_on(law, statistic, x: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """The log density is linear in the statistic: two of its values give it everywhere."""
    values = law(x, 1.5)
    slope, constant = np.polyfit(statistic(x), values, 1)
    np.testing.assert_allclose(slope * statistic(x) + constant, values, atol=1e-9)
    return slope * statistic(grid) + constant


def test_a_power_law_is_named_where_there_is_one_only() -> None:
    random = np.random.default_rng(20)
    signs = random.choice([-1.0, 1.0], (256, 50))
    power = large_values(signs * (1.0 + random.pareto(2.5, (256, 50))))
    assert power.is_power_law
    normal = [large_values(random.standard_normal((64, 25))) for _ in range(50)]
    exponential = [large_values(random.laplace(size=(64, 25))) for _ in range(50)]
    assert not any(one.is_power_law for one in normal + exponential)
    assert np.mean([one.ahead["normal"].value for one in normal]) < 0.0
    assert np.mean([one.ahead["exponential"].value for one in exponential]) < 0.0


def test_the_exponent_of_a_power_law_is_held() -> None:
    random = np.random.default_rng(21)
    held = []
    for _ in range(TRIALS):
        signs = random.choice([-1.0, 1.0], (64, 25))
        found = large_values(signs * (1.0 + random.pareto(4.0, (64, 25))), share=0.2)
        held.append(found.exponent.low <= 5.0 <= found.exponent.high)
    assert 0.88 <= np.mean(held) <= 0.99


def test_too_short_a_tail_is_refused() -> None:
    with pytest.raises(ConfigError, match="50 values, but has 10"):
        large_values(np.random.default_rng(22).standard_normal((10, 20)))
