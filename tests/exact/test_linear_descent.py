"""Stochastic descent of a quadratic loss against its linear theory: closed forms, simulations."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import scipy.linalg

from nnuniverse.physics.mechanics.coordinates.linear_theory import (
    linear_theory,
    named_diffusions,
    variance_within_epoch,
)
from nnuniverse.physics.mechanics.ensemble import LinearTheory, StochasticDescent

CURVATURE = np.array([3.0, 1.0, 0.3])
NOISE = np.array([4.0, 1.0, 0.5])
PLAIN = StochasticDescent("sgd", rate=0.1, batch=5, period=8)
BALL = StochasticDescent("momentum", rate=0.05, batch=5, period=8, momentum=0.5)
SHUFFLED = StochasticDescent("sgd", rate=0.1, batch=5, period=8, sampling="shuffled")
SHUFFLED_BALL = StochasticDescent(
    "momentum", rate=0.05, batch=5, period=8, momentum=0.5, sampling="shuffled"
)

REPLICAS = 4000
FIVE_ERRORS = 5.0 * np.sqrt(2.0 / REPLICAS)
"""Of a variance, relative: three coordinates of a few recursions, so 1e-5 would fail by chance."""


def theory_of(descent: StochasticDescent, curvature: np.ndarray = CURVATURE) -> LinearTheory:
    return linear_theory(curvature, np.zeros(3), np.diag(NOISE), descent)


@cache
def gradients() -> np.ndarray:
    """Return 40 samples' deviations from the mean gradient, (sample, coordinate)."""
    raw = np.random.default_rng(0).standard_normal((40, 3))
    raw -= raw.mean(axis=0)
    whitened = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T, bias=True))).T
    return whitened * np.sqrt(NOISE)


@cache
def simulated(descent: StochasticDescent, epochs: int) -> np.ndarray:
    """Return positions of the last epoch, its start included, (replica, step, coordinate)."""
    rng = np.random.default_rng(1)
    samples = len(gradients())
    position = rng.standard_normal((REPLICAS, 3)) * np.sqrt(theory_of(descent).variance)
    before = position
    for _ in range(epochs):
        kept = [position]
        if descent.sampling == "shuffled":
            order = rng.permuted(np.tile(np.arange(samples), (REPLICAS, 1)), axis=1)
        else:
            order = rng.integers(samples, size=(REPLICAS, samples))
        for batch in np.split(order, descent.period, axis=1):
            gradient = CURVATURE * position + gradients()[batch].mean(axis=1)
            velocity = descent.momentum * (position - before) - descent.rate * gradient
            before, position = position, position + velocity
            kept.append(position)
    return np.stack(kept, axis=1)


def test_plain_descent_in_closed_form() -> None:
    theory = theory_of(PLAIN)
    rate, diffusion = 0.1 * CURVATURE, 0.1**2 * NOISE / (2.0 * 5.0)
    np.testing.assert_allclose(theory.rate, rate)
    np.testing.assert_allclose(theory.diffusion, diffusion)
    np.testing.assert_allclose(theory.variance, diffusion / (rate * (1.0 - 0.5 * rate)))
    assert list(named_diffusions(theory, PLAIN)) == ["plain"]


def test_heavy_ball_in_closed_form() -> None:
    """``eta^2 c/B (1 + beta) / [(1 - beta) eta h (2 (1 + beta) - eta h)]``, of an AR(2) process."""
    step, beta = BALL.rate * CURVATURE, BALL.momentum
    added = BALL.rate**2 * NOISE / BALL.batch
    expected = added * (1.0 + beta) / ((1.0 - beta) * step * (2.0 * (1.0 + beta) - step))
    np.testing.assert_allclose(theory_of(BALL).variance, expected)
    roots = [np.abs(np.roots([1.0, -(1.0 + beta - s), beta])).max() for s in step]
    np.testing.assert_allclose(theory_of(BALL).rate, 1.0 - np.array(roots))


def test_heavy_ball_has_three_diffusions() -> None:
    theory = theory_of(BALL)
    named = named_diffusions(theory, BALL)
    # One step: what is left of x(t + 1) once its regression on x(t) is taken off.
    correlation = (1.5 - 0.05 * CURVATURE) / 1.5
    np.testing.assert_allclose(named["one_step"], theory.variance * (1 - correlation**2) / 2)
    # The slow mode alone: x(t) - z_2 x(t - 1) = z_1 (the same before) - eta xi, to the scale of x.
    assert np.isnan(named["slow_mode"][0])  # complex roots
    for i in (1, 2):
        z1, z2 = np.sort(np.roots([1.0, -(1.5 - 0.05 * CURVATURE[i]), 0.5]))[::-1]
        after = np.arange(200, 260)
        response = (z1 ** (after + 1) - z2 ** (after + 1)) / (z1 - z2)
        slow = response / z1**after
        np.testing.assert_allclose(named["slow_mode"][i], theory.diffusion[i] * slow[-1] ** 2)
    flat = named_diffusions(theory_of(BALL, 1e-9 * CURVATURE), BALL)
    np.testing.assert_allclose(flat["slow_mode"], flat["plain"] / 0.5**2, rtol=1e-6)


@pytest.mark.parametrize("descent", [PLAIN, BALL, SHUFFLED, SHUFFLED_BALL])
def test_variance_is_that_of_the_recursion(descent: StochasticDescent) -> None:
    positions = simulated(descent, epochs=12)
    theory = theory_of(descent)
    np.testing.assert_allclose(positions[:, -1].var(axis=0), theory.variance, rtol=FIVE_ERRORS)
    if descent.sampling == "shuffled":
        within = variance_within_epoch(theory, descent)
        np.testing.assert_allclose(positions.var(axis=0), within, rtol=FIVE_ERRORS)
        np.testing.assert_allclose(within[[0, -1]], [theory.variance] * 2, rtol=1e-10)


@pytest.mark.parametrize("descent", [PLAIN, BALL])
def test_one_step_pairs_measure_the_rate_and_the_diffusion_of_one_step(
    descent: StochasticDescent,
) -> None:
    before, after = np.moveaxis(simulated(descent, epochs=12)[:, -2:], 1, 0)
    left = after - (before * after).mean(axis=0) / (before**2).mean(axis=0) * before
    theory = theory_of(descent)
    expected = named_diffusions(theory, descent).get("one_step", theory.diffusion)
    np.testing.assert_allclose(0.5 * left.var(axis=0), expected, rtol=FIVE_ERRORS)


def test_relaxation_of_the_heavy_ball_has_the_rate_of_its_slower_root() -> None:
    steps = 0.05 * CURVATURE[1:]  # real roots
    for step, rate in zip(steps, theory_of(BALL).rate[1:], strict=True):
        before = position = 1.0
        for _ in range(400):
            previous = position
            position, before = position + 0.5 * (position - before) - step * position, position
        assert position / previous == pytest.approx(1.0 - rate, rel=1e-10)


def test_flat_directions_are_left_with_nothing_at_the_end_of_an_epoch() -> None:
    """Of k P: the variance falls as its first power, the epoch's D as its square."""
    flatness = np.array([1e-2, 1e-3, 1e-4])
    theory = theory_of(SHUFFLED, flatness)
    periods = theory.rate * SHUFFLED.period
    bridge = theory.diffusion * 8.0 / 7.0  # of period 8
    share = named_diffusions(theory, SHUFFLED)["epoch"] / bridge
    lattice = 1.0 - 1.0 / 8**2  # of a sum over steps, for the integral's 1/12
    np.testing.assert_allclose(share, periods**2 / 12.0 * lattice, rtol=0.02)
    np.testing.assert_allclose(theory.variance, bridge * periods * 8 / 12 * lattice, rtol=0.02)
    done = np.arange(9)
    bulge = 2.0 * bridge * (done * (8 - done) / 8)[:, None]
    within = variance_within_epoch(theory, SHUFFLED) - theory.variance
    np.testing.assert_allclose(within[:, 2], bulge[:, 2], rtol=1e-3, atol=1e-3 * bulge.max())


def test_epochs_are_exact_sums_over_the_covariance_of_their_noise() -> None:
    """The bridge's covariance, written out, carried to the end by powers of 1 - k."""
    theory = theory_of(SHUFFLED)
    powers = (1.0 - theory.rate) ** np.arange(8)[::-1, None]
    covariance = np.eye(8) * 8.0 / 7.0 - 1.0 / 7.0
    added = 2.0 * theory.diffusion * np.einsum("si,st,ti->i", powers, covariance, powers)
    np.testing.assert_allclose(theory.variance, added / (1.0 - (1.0 - theory.rate) ** 16))
    sampled = 0.1**2 * NOISE / 5 * (40 - 5) / (40 - 1) / 2  # Cov of a batch without replacement
    np.testing.assert_allclose(theory.diffusion, sampled)


def test_full_batches_have_no_noise() -> None:
    theory = theory_of(StochasticDescent("sgd", 0.1, batch=40, period=1, sampling="shuffled"))
    np.testing.assert_array_equal([theory.variance, theory.diffusion], np.zeros((2, 3)))


def test_what_is_not_stationary_has_no_variance() -> None:
    theory = theory_of(PLAIN, np.array([-1.0, 0.0, 20.1]))
    assert np.isnan(theory.variance).all()
    np.testing.assert_allclose(theory.rate[:2], [-0.1, 0.0])


@pytest.mark.parametrize("optimiser", ["momentum", "adam"])
def test_nothing_is_predicted_of_nesterov_and_adaptive_optimisers(optimiser: str) -> None:
    descent = StochasticDescent(
        optimiser, 0.1, 5, 8, momentum=0.9, nesterov=optimiser == "momentum"
    )
    theory = theory_of(descent)
    assert np.isnan([theory.rate, theory.diffusion, theory.variance]).all()
    assert named_diffusions(theory, descent) == {}


def test_a_linear_net_with_label_noise_is_stationary_as_predicted() -> None:
    """Also where samples differ in curvature, to leading order in eta: Gaussian inputs."""
    rng = np.random.default_rng(2)
    inputs = rng.standard_normal((500, 2)) * [1.0, 0.7]
    targets = inputs @ [1.0, -2.0] + rng.standard_normal(500)
    centre = np.linalg.lstsq(inputs, targets, rcond=None)[0]
    gradients = inputs * (inputs @ centre - targets)[:, None]
    curvature, directions = scipy.linalg.eigh(inputs.T @ inputs / 500)
    noise = directions.T @ np.cov(gradients.T, bias=True) @ directions
    descent = StochasticDescent("sgd", rate=0.02, batch=25, period=20)
    theory = linear_theory(curvature, np.zeros(2), noise, descent)
    position = centre + rng.standard_normal((REPLICAS, 2)) * np.sqrt(theory.variance) @ directions.T
    for _ in range(100):
        batch = rng.integers(500, size=(REPLICAS, 25))
        error = np.einsum("rbi,ri->rb", inputs[batch], position) - targets[batch]
        position = position - 0.02 * np.einsum("rb,rbi->ri", error, inputs[batch]) / 25
    found = ((position - centre) @ directions).var(axis=0)
    np.testing.assert_allclose(found, theory.variance, rtol=FIVE_ERRORS)
