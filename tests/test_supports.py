"""Intervals stay within what a quantity can be, whoever makes them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from nnuniverse.analysis.states import FUNCTIONS
from nnuniverse.expectations import parse_expectation, rank_points
from nnuniverse.expectations.parser import parse_quantity
from nnuniverse.expectations.replicas import support_of_expression
from nnuniverse.intervals import Estimate, mean_over_replicas, students_t, with_interval
from nnuniverse.observables import OBSERVABLES
from nnuniverse.plots.curves import mean_curve
from nnuniverse.supports import POSITIVE, REAL, SHARES, Support, support_of

BETAS = np.array([0.21, 0.35, 0.54, 1.1, 2.3]) * 1e6
"""Five seeds, log-normal: 0.9 +- 1.1 million by Student's t."""

ERROR_RATES = np.array([0.02, 0.11, 0.01])
NOISE = np.array([0.005, 0.027, 0.010])


@pytest.mark.parametrize(
    ("values", "support"),
    [(BETAS, "positive"), (NOISE, "positive"), (ERROR_RATES, "share"), (1 - ERROR_RATES, "share")],
)
def test_an_interval_stays_within_the_possible(values: np.ndarray, support: Support) -> None:
    real = mean_over_replicas(values)
    most = 1.0 if support == "share" else np.inf
    assert real.low < 0.0 or real.high > most, "an example of the kind"
    value, low, high = mean_over_replicas(values, support)
    assert value == values.mean(), "the arithmetic mean"
    assert 0.0 < low < value < high < most


def test_the_interval_is_that_of_the_log_or_the_logit_of_the_mean() -> None:
    half = scipy.stats.t.ppf(0.975, 4) * scipy.stats.sem(BETAS)
    logs = np.log(mean_over_replicas(BETAS, "positive"))
    np.testing.assert_allclose(logs[1:] - logs[0], np.array([-1, 1]) * half / BETAS.mean())
    rate = ERROR_RATES.mean()
    half = scipy.stats.t.ppf(0.975, 2) * scipy.stats.sem(ERROR_RATES)
    shares = np.array(mean_over_replicas(ERROR_RATES, "share"))
    logits = np.log(shares / (1.0 - shares))
    np.testing.assert_allclose(
        logits[1:] - logits[0], np.array([-1, 1]) * half / (rate * (1 - rate))
    )


@pytest.mark.parametrize("support", ["positive", "share"])
def test_narrow_intervals_are_those_of_students_t(support: Support) -> None:
    values = 0.3 + 1e-4 * np.random.default_rng(0).normal(size=(5, 3))
    real, inside = mean_over_replicas(values), mean_over_replicas(values, support)
    np.testing.assert_allclose(inside, real, rtol=1e-6)


@pytest.mark.parametrize("support", ["positive", "share"])
def test_zeros_and_what_is_not_of_the_support(support: Support) -> None:
    zeros = mean_over_replicas(np.zeros(4), support)
    np.testing.assert_array_equal(zeros, 0.0)
    if support == "share":
        np.testing.assert_array_equal(mean_over_replicas(np.ones(4), support), 1.0)
    negative = np.array([0.1, -0.3, 0.4])
    np.testing.assert_array_equal(
        mean_over_replicas(negative, support), mean_over_replicas(negative)
    )
    columns = np.array([[0.2, np.nan, 0.0], [0.5, 0.3, 0.0], [0.9, np.nan, 0.0]])
    low = mean_over_replicas(columns, support).low
    assert low[0] > 0.0
    assert np.isnan(low[1])
    assert low[2] == 0.0


def test_every_quantity_says_what_it_can_be() -> None:
    declared = {variable.name for variable, _ in FUNCTIONS} | set(OBSERVABLES)
    assert declared <= POSITIVE | SHARES | REAL
    assert not (POSITIVE & SHARES or POSITIVE & REAL or SHARES & REAL)
    assert support_of("power_norms_2") == "positive"
    assert support_of("mu2") == "positive"
    assert support_of("mu3") == support_of("complexity_20") == support_of("C_20") == "real"


@pytest.mark.parametrize(
    ("text", "support"),
    [
        ("error_rate.final", "share"),
        ("error_rate.final[net=deep]", "share"),
        ("100 * error_rate.final", "positive"),
        ("boundary_loss.final / mu2.min", "positive"),
        ("sqrt(mu2.final) + bulk_loss.at(3)", "positive"),
        ("cbrt(mu3.final)", "real"),
        ("mu2.final - mu2.initial", "real"),
        ("log(mu2.final)", "real"),
        ("1 - error_rate.final", "real"),
        ("2 * mu3.final", "real"),
        ("slope(boundary_loss, mu2)", "real"),
    ],
)
def test_what_an_expression_can_be(text: str, support: str) -> None:
    assert support_of_expression(parse_quantity(text)) == support


def test_rankings_expectations_and_curves_agree() -> None:
    rates = xr.Dataset(
        {"error_rate": (("replica", "snapshot"), ERROR_RATES[:, None])}, {"snapshot": [5]}
    )
    expected = tuple(map(float, mean_over_replicas(ERROR_RATES, "share")[1:]))
    (point,) = rank_points("error_rate.final", rates)
    assert point.interval == pytest.approx(expected, rel=1e-12)
    verdict = parse_expectation("error_rate.final < 1").judge(rates)
    assert verdict.interval == pytest.approx(expected, rel=1e-12)
    curve = mean_curve(ERROR_RATES[:, None], support=support_of("error_rate"))
    assert (curve.low[0], curve.high[0]) == pytest.approx(expected, rel=1e-12)


def test_one_students_t() -> None:
    np.testing.assert_allclose(students_t(4.0), scipy.stats.t.ppf(0.975, 4), rtol=1e-12)
    np.testing.assert_allclose(students_t(np.inf), scipy.stats.norm.ppf(0.975), rtol=1e-12)


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((-0.5, 2.5), "1 ± 1.5"),
        ((0.91, 1.095), "1 ± 0.095"),
        ((0.25, 4.0), "1 +3 -0.75"),
        ((np.nan, np.nan), "1"),
    ],
)
def test_how_an_interval_is_written(ends: tuple[float, float], text: str) -> None:
    assert with_interval(Estimate(*map(np.asarray, (1.0, *ends)))) == text
