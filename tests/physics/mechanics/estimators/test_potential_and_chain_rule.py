"""Potential and chain rule of a function of second order, on linear walks."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.chain_rule import chain_rule
from nnuniverse.physics.mechanics.estimators.effective_potential import effective_potential
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.estimators.pairs import pairs_at
from nnuniverse.physics.mechanics.langevin import langevin_ensemble

RATES = np.array([0.15, 0.05])
DIFFUSION = 0.2
VARIANCE = DIFFUSION / (RATES * (1.0 - RATES / 2.0))
FUNCTION = SecondOrder(np.array([0.7, -0.4]), np.array([[-0.9, 0.3], [0.3, 0.5]]))
RECORDS = np.arange(0, 61, 4)


def walks(random: np.random.Generator, centre: float = 0.0, width: float = 1.0) -> ReplicaEnsemble:
    start = np.sqrt(VARIANCE) * (centre + width * random.standard_normal((64, 2)))
    return langevin_ensemble(random, lambda q: -RATES * q, DIFFUSION, start, RECORDS)


@pytest.fixture(scope="module")
def stationary() -> list[ReplicaEnsemble]:
    random = np.random.default_rng(23)
    return [walks(random) for _ in range(100)]


def covers(found: list[Estimate], truth: float | np.ndarray) -> np.ndarray:
    return np.mean([(one.low <= truth) & (truth <= one.high) for one in found], axis=0)


def test_the_function_and_its_slope() -> None:
    q = np.array([[1.0, 2.0], [0.5, -1.0]])
    expected = [0.7 - 0.8 + 0.5 * (-0.9 + 2 * 0.3 * 2.0 + 0.5 * 4.0)]
    np.testing.assert_allclose(FUNCTION.value(q)[:1], expected)
    shift = np.array([1e-5, 0.0])
    ahead, behind = q + shift, q - shift
    numerical = (FUNCTION.value(ahead) - FUNCTION.value(behind)) / 2e-5
    np.testing.assert_allclose(FUNCTION.slope(q)[:, 0], numerical, rtol=1e-8)


@pytest.mark.parametrize("lag", [1, 8])
def test_the_potential_of_a_stationary_walk(stationary: list[ReplicaEnsemble], lag: int) -> None:
    """E[F(t + tau) - F(t) | q_i], of independent coordinates, is known in closed form."""
    phi = (1.0 - RATES) ** lag
    h = np.diag(FUNCTION.hessian)
    linear = -FUNCTION.gradient * (phi - 1.0) / lag
    square = -0.5 * h * (phi**2 - 1.0) / lag
    found = [effective_potential(pairs_at(ensemble, lag), FUNCTION) for ensemble in stationary]
    # In units of q: x is of the sample's own mean and deviation.
    slopes, curvatures, means = [], [], [one.mean for one in found]
    for one in found:
        slope, curvature = one.coefficients.value[:, 1:].T / [one.scale, one.scale**2]
        half = (one.coefficients.high - one.coefficients.value)[:, 1:].T / [one.scale, one.scale**2]
        slope = slope - 2.0 * curvature * one.centre
        slopes.append(Estimate(slope, slope - half[0], slope + half[0]))
        curvatures.append(Estimate(curvature, curvature - half[1], curvature + half[1]))
    for estimates, truth in ((slopes, linear), (curvatures, square), (means, 0.0)):
        held = covers(estimates, truth)
        assert (held >= 0.88).all()
        assert (held <= 1.0).all()


def test_a_linear_function_has_a_linear_potential(stationary: list[ReplicaEnsemble]) -> None:
    linear = SecondOrder(np.array([1.0, 0.0]), np.zeros((2, 2)))
    pairs = [pairs_at(ensemble, 4) for ensemble in stationary]
    found = [effective_potential(one, linear).coefficients for one in pairs]
    assert min(one.low[0, 1] for one in found) > 0.0
    assert 0.88 <= covers(found, 0.0)[0, 2] <= 0.99
    doubled = effective_potential(pairs[0], linear, epsilon=2.0).coefficients
    np.testing.assert_allclose(doubled.value, 2.0 * found[0].value, rtol=1e-12)


def test_in_equilibrium_the_terms_of_the_chain_rule_cancel(
    stationary: list[ReplicaEnsemble],
) -> None:
    ito = DIFFUSION * np.trace(FUNCTION.hessian)
    finite = 0.5 * (RATES**2 * VARIANCE * np.diag(FUNCTION.hessian)).sum()
    drift = -(RATES * VARIANCE * np.diag(FUNCTION.hessian)).sum()
    np.testing.assert_allclose(drift + ito + finite, 0.0, atol=1e-15)
    found = [chain_rule(ensemble, FUNCTION) for ensemble in stationary]
    truths = {
        "drift": drift,
        "ito": ito,
        "finite_step": finite,
        "total": 0.0,
        "measured": 0.0,
        "overall": 0.0,
    }
    for term, truth in truths.items():
        estimates = [getattr(one, term) for one in found]
        assert 0.88 <= covers(estimates, truth) <= 0.99
        values = np.array([one.value for one in estimates])
        assert abs(values.mean() - truth) < 3.0 * values.std() / 10.0 + 0.02 * abs(truth)
    # What the paper has would not vanish.
    assert covers([one.drift for one in found], 0.0) < 0.5


def test_on_the_way_there_they_add_up_to_what_is_measured() -> None:
    random = np.random.default_rng(25)
    found = [chain_rule(walks(random, centre=5.0, width=0.1), FUNCTION) for _ in range(100)]
    centres = 5.0 * np.sqrt(VARIANCE) * (1.0 - RATES) ** RECORDS[:, None]
    kept = (1.0 - RATES) ** (2 * RECORDS[:, None])
    variances = VARIANCE * (1.0 - kept * (1.0 - 0.01))
    slopes = FUNCTION.slope(centres)
    squares = np.diag(FUNCTION.hessian) * variances
    drift = -(RATES * (centres * slopes + squares)).sum(axis=1).mean()
    held = covers([one.drift for one in found], drift)
    assert 0.88 <= held <= 0.99
    totals, measured = ([getattr(one, n).value for one in found] for n in ("total", "measured"))
    np.testing.assert_allclose(np.mean(totals), np.mean(measured), rtol=0.02)
    half = np.array([one.measured.high - one.measured.value for one in found])
    assert np.mean(np.abs(np.subtract(totals, measured)) < half) > 0.88
