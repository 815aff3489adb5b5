"""Planck's constant two ways: against models whose noise is known, and against each other."""

from __future__ import annotations

import math
from itertools import combinations, product

import jax
import numpy as np
import pytest

from nnuniverse.intervals import Estimate
from nnuniverse.physics.grand_canonical.planck import (
    QUANTILES,
    consistent_chemical_potential,
    diffusion_of_descent,
    einstein_temperature,
    lambda_of_consistency,
    over_weights,
    planck_from_diffusion,
    planck_from_mu,
)
from nnuniverse.physics.grand_canonical.planck_constants import PlanckConstants, Source
from nnuniverse.physics.mechanics.coordinates.gradient_variances import gradient_variances

SIZES = np.array([0.5, 1.0, 3.0])
"""a_k: samples +-a_k e_k, so that the gradients at q = 0 have mean zero and covariance a_k^2/3."""


def linear_losses(q: jax.Array, inputs: jax.Array, targets: jax.Array) -> jax.Array:
    return 0.5 * (inputs @ q - targets[:, 0]) ** 2


def linear_samples(copies: int = 1) -> tuple[np.ndarray, np.ndarray]:
    inputs = np.concatenate([np.diag(SIZES)] * 2 * copies)
    targets = np.repeat([1.0, -1.0] * copies, 3)[:, None]
    return inputs, targets


def test_variances_of_a_linear_model_are_those_of_its_design() -> None:
    found = gradient_variances(linear_losses, np.zeros(3), *linear_samples(copies=70))
    np.testing.assert_allclose(found.mean, 0.0, atol=1e-16)
    np.testing.assert_allclose(found.variance, SIZES**2 / 3.0, rtol=1e-14)


def test_variances_lose_no_digits_to_a_large_mean() -> None:
    inputs, targets = linear_samples()
    found = gradient_variances(linear_losses, np.zeros(3), inputs, targets + 1e7)
    gradients = -(targets + 1e7) * inputs
    np.testing.assert_allclose(found.variance, gradients.var(axis=0), rtol=1e-12)


@pytest.mark.parametrize("sampling", ["independent", "shuffled"])
def test_diffusion_is_half_the_variance_of_all_possible_steps(sampling: str) -> None:
    inputs, targets = linear_samples()
    q, rate = np.array([0.3, -1.0, 0.2]), 0.1
    gradients = (inputs @ q - targets[:, 0])[:, None] * inputs
    possible = (
        product(range(6), repeat=2) if sampling == "independent" else combinations(range(6), 2)
    )
    steps = np.array([-rate * gradients[list(batch)].mean(axis=0) for batch in possible])
    variance = gradient_variances(linear_losses, q, inputs, targets).variance
    found = diffusion_of_descent(variance, rate, 2, 6, sampling)
    np.testing.assert_allclose(found, 0.5 * steps.var(axis=0), rtol=1e-13)
    assert np.all(found > 0.0)


def test_both_constants_agree_at_one_chemical_potential_alone() -> None:
    gamma, temperature = 0.1, np.array([1e-7, 0.3, 2.0])
    by_diffusion = planck_from_diffusion(gamma * temperature, gamma, 2.0 / temperature, step=0.7)
    mu = -consistent_chemical_potential(temperature)
    np.testing.assert_allclose(planck_from_mu(mu, step=0.7), by_diffusion, rtol=1e-15)
    np.testing.assert_allclose(-mu / temperature, 8.885765876316732, rtol=1e-15)
    for wrong in (0.99, 1.01):
        assert np.all(np.abs(planck_from_mu(wrong * mu, 0.7) / by_diffusion - 1.0) > 0.009)


def test_there_is_a_lambda_for_every_chemical_potential() -> None:
    diffusion, gamma, mu = 3e-8, 0.1, np.array([-1e-3, 2.0])
    multiplier = lambda_of_consistency(diffusion, gamma, mu)
    found = planck_from_diffusion(diffusion, gamma, multiplier)
    np.testing.assert_allclose(found, planck_from_mu(mu), rtol=1e-15)
    np.testing.assert_allclose(multiplier[1], 4.0 * math.pi**2 * diffusion / gamma, rtol=1e-15)


def test_what_is_not_real_is_missing() -> None:
    assert np.isnan(planck_from_diffusion(1.0, -0.1, 2.0))
    assert planck_from_diffusion(1.0, -0.1, -2.0) > 0.0
    assert np.isnan(einstein_temperature(1.0, 0.0))
    assert einstein_temperature(0.0, 0.1) == planck_from_diffusion(0.0, 0.1, np.inf) == 0.0
    assert np.isnan(lambda_of_consistency(1.0, 0.1, 0.0))


def test_quantiles_are_over_the_last_axis() -> None:
    found = over_weights(np.stack([np.arange(101.0), 2.0 * np.arange(101.0)]))
    np.testing.assert_allclose(found, 100.0 * np.outer([1.0, 2.0], QUANTILES))


def constants(mu: np.ndarray, energy: str = "loss") -> PlanckConstants:
    """Return nets with the given mu, T = 0.01 and beta = 4."""
    values = {
        "planck_chemical_potential": mu[:, None],
        "mean_descent_temperature": np.full(len(mu), 0.01),
    }
    source = Source("given", energy)  # type: ignore[arg-type]
    return PlanckConstants(np.arange(len(mu)), 5, 0.1, 4.0, (source,), values)


def test_the_ratio_is_over_what_diffusion_would_need() -> None:
    mu = -float(consistent_chemical_potential(0.01))
    ratio = constants(np.array([2.0 * mu, 8.0 * mu])).ratio(0)
    assert ratio.value == pytest.approx(4.0, rel=1e-14)
    assert ratio.low * ratio.high == pytest.approx(16.0, rel=1e-12)
    assert constants(np.full(3, mu), "free_energy").ratio(0).value == pytest.approx(0.04)


def test_the_interval_of_the_ratio_covers_what_it_says() -> None:
    random = np.random.default_rng(0)
    mu = consistent_chemical_potential(0.01) * np.exp(random.normal(3.0, 0.5, (400, 5)))
    intervals = [constants(one).ratio(0) for one in mu]
    covered = np.mean([_holds(one, math.exp(3.0)) for one in intervals])
    assert abs(covered - 0.95) < 3.0 * math.sqrt(0.95 * 0.05 / 400)


def _holds(estimate: Estimate, truth: float) -> bool:
    return bool(estimate.low <= truth <= estimate.high)
