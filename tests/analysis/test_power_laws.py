"""Power-law tails: the fit against the package `powerlaw`, and what the test says of known laws."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nnuniverse.analysis.power_laws import (
    PLAUSIBLE,
    fit_tail,
    least_tail,
    power_law_test,
)


def power_law(random: np.random.Generator, alpha: float, size: int) -> np.ndarray:
    return random.random(size) ** (-1.0 / (alpha - 1.0))


DRAWN = {
    "power law": lambda random, size: power_law(random, 2.5, size),
    "log-normal": lambda random, size: np.exp(random.normal(size=size)),
    "normal": lambda random, size: np.abs(random.normal(size=size)),
}


@pytest.mark.parametrize("law", DRAWN)
def test_the_fit_is_that_of_powerlaw(law: str) -> None:
    powerlaw = pytest.importorskip("powerlaw")
    values = np.sort(DRAWN[law](np.random.default_rng(4), 220))
    found = fit_tail(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bounds = {"alpha": [0.0, None]}
        fit = powerlaw.Fit(values, xmin=found.start, parameter_ranges=bounds, verbose=0).power_law
    np.testing.assert_allclose(found.exponent, fit.alpha, rtol=1e-4)
    # Its distance leaves out one of the two sides of a step.
    assert fit.D - 1e-9 <= found.distance <= fit.D + 1.0 / found.size + 1e-9


def test_the_exponent_and_the_start_of_a_power_law_below_which_is_something_else() -> None:
    random = np.random.default_rng(0)
    values = np.concatenate([random.random(2000), power_law(random, 3.5, 2000)])
    tail = fit_tail(np.sort(values))
    assert abs(tail.exponent - 3.5) < 4.0 * 2.5 / np.sqrt(tail.size)
    assert 0.9 < tail.start < 1.5


def test_ties_and_constants_end_somewhere() -> None:
    assert np.isfinite(fit_tail(np.ones(200)).distance)
    assert fit_tail(np.repeat([1.0, 2.0, 4.0, 8.0], 100)).size >= least_tail(400)


def test_what_is_told_of_known_laws() -> None:
    pytest.importorskip("powerlaw")
    for law, plausible in (("power law", True), ("normal", False)):
        random = np.random.default_rng(7)
        found = power_law_test(DRAWN[law](random, 1000), random)
        assert found is not None
        assert found.plausible == plausible, law
        assert found.tail.size >= least_tail(1000)


def test_the_rivals_of_a_log_normal_sample_are_preferred_where_its_whole_is_tail() -> None:
    pytest.importorskip("powerlaw")
    random = np.random.default_rng(1)
    sample = np.exp(np.abs(random.normal(size=800)))  # no body to hide in
    found = power_law_test(sample, random)
    assert found is not None
    assert not found.plausible
    assert found.p_value < PLAUSIBLE or any(one.lost for one in found.rivals.values())


def test_too_few_values_tell_nothing() -> None:
    random = np.random.default_rng(0)
    assert power_law_test(np.concatenate([np.zeros(500), random.random(99)]), random) is None
