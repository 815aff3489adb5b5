"""Means over replicas and their intervals against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from nnuniverse.intervals import bootstrap_interval, mean_over_replicas, with_interval, written
from nnuniverse.supports import Support


def test_interval_is_students_t() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, (5, 4))
    low, high = scipy.stats.t.interval(
        0.95, 4, loc=values.mean(axis=0), scale=scipy.stats.sem(values, axis=0)
    )
    estimate = mean_over_replicas(values)
    np.testing.assert_allclose(estimate.value, values.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(estimate.low, low, rtol=1e-12)
    np.testing.assert_allclose(estimate.high, high, rtol=1e-12)


def test_missing_replicas_are_left_out() -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=(6, 3))
    values[:2, 0] = np.nan
    values[4, 1] = np.inf
    estimate = mean_over_replicas(values)
    for column, kept in enumerate([values[2:, 0], values[[0, 1, 2, 3, 5], 1], values[:, 2]]):
        alone = mean_over_replicas(kept)
        np.testing.assert_allclose([part[column] for part in estimate], alone, rtol=1e-14)


def test_one_replica_has_no_interval_and_none_has_no_mean() -> None:
    estimate = mean_over_replicas(np.array([[2.5, np.nan], [np.nan, np.nan]]))
    np.testing.assert_array_equal(estimate.value, [2.5, np.nan])
    assert np.isnan([estimate.low, estimate.high]).all()
    single = mean_over_replicas(np.array([7.0]))
    assert single.value == 7.0
    assert np.isnan(single.low)
    assert np.isnan(single.high)


@pytest.mark.parametrize("drawn_from", [3.0, 6.5, 40.0])
def test_bootstrap_percentiles_are_widened_for_few_things(drawn_from: float) -> None:
    resampled = np.random.default_rng(2).normal(1.0, 0.3, 5000)
    estimate = bootstrap_interval(np.asarray(1.1), resampled, drawn_from)
    low, high = np.quantile(resampled, [0.025, 0.975])
    factor = scipy.stats.t.ppf(0.975, drawn_from - 1.0) / scipy.stats.norm.ppf(0.975)
    np.testing.assert_allclose(estimate.low, 1.1 - factor * (1.1 - low), rtol=1e-12)
    np.testing.assert_allclose(estimate.high, 1.1 + factor * (high - 1.1), rtol=1e-12)
    assert estimate.value == 1.1


def test_the_kind_of_an_interval_says_how_it_is_written() -> None:
    values = np.array([1.0, 2.0, 3.0])
    assert written(mean_over_replicas(values)) == "2 ± 2.5"
    bootstrap = bootstrap_interval(np.asarray(2.0), np.linspace(1.0, 3.0, 41), np.inf)
    assert written(bootstrap) == "2 [1.05, 2.95]"


@pytest.mark.parametrize("support", ["real", "positive", "share"])
@pytest.mark.parametrize("value", [0.1, 1.0 / 3.0, 0.006142506142506142, 0.7])
@pytest.mark.parametrize("count", [3, 5, 7, 10])
def test_of_replicas_that_agree_the_interval_is_a_point(
    support: Support, value: float, count: int
) -> None:
    estimate = mean_over_replicas(np.full(count, value), support)
    assert estimate == (value, value, value)
    assert with_interval(estimate).endswith(" ± 0")
