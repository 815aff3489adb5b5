"""Drift and diffusion of linear walks in discrete steps: exact cases, bias and coverage."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.errors import ConfigError
from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.kramers_moyal import (
    expected_kramers_moyal,
    kramers_moyal,
)
from nnuniverse.physics.mechanics.estimators.pairs import pairs_at
from nnuniverse.physics.mechanics.estimators.transition import transition
from nnuniverse.physics.mechanics.langevin import langevin_ensemble

RATE, CENTRE, DIFFUSION = 0.05, 2.0, 0.3
VARIANCE = DIFFUSION / (RATE * (1.0 - RATE / 2.0))
TRIALS, REPLICAS = 100, 64
RECORDS = np.arange(0, 81, 8)


def linear(rate: float, centre: float = CENTRE):
    return lambda q: -rate * (q - centre)


@pytest.fixture(scope="module")
def trials() -> ReplicaEnsemble:
    """Stationary walks, of which every coordinate is a trial of its own."""
    random = np.random.default_rng(0)
    start = CENTRE + np.sqrt(VARIANCE) * random.standard_normal((REPLICAS, TRIALS))
    return langevin_ensemble(random, linear(RATE), DIFFUSION, start, RECORDS)


def covers(estimate: Estimate, truth: float) -> float:
    return float(np.mean((estimate.low <= truth) & (truth <= estimate.high)))


@pytest.mark.parametrize(("rate", "lag"), [(0.05, 1), (0.05, 8), (0.4, 16), (1.7, 1)])
def test_a_walk_without_noise_gives_its_rate_and_centre_at_any_lag(rate: float, lag: int) -> None:
    start = np.random.default_rng(1).normal(size=(5, 2))
    walks = langevin_ensemble(np.random.default_rng(2), linear(rate), 0.0, start, np.arange(0, 33))
    found = transition(pairs_at(walks, lag))
    np.testing.assert_allclose(found.rate.value, rate, rtol=1e-9)
    np.testing.assert_allclose(found.centre.value, CENTRE, rtol=1e-9)
    np.testing.assert_allclose(found.diffusion.value, 0.0, atol=1e-12)


def test_a_sign_that_changes_at_every_step_is_seen_at_odd_lags_only() -> None:
    start = np.random.default_rng(1).normal(size=(5, 1))
    walks = langevin_ensemble(np.random.default_rng(2), linear(1.7), 0.0, start, np.arange(0, 9))
    np.testing.assert_allclose(transition(pairs_at(walks, 3)).rate.value, 1.7, rtol=1e-9)
    # At two steps 1.7 and 0.3 look the same: the slower one is given.
    np.testing.assert_allclose(transition(pairs_at(walks, 2)).rate.value, 0.3, rtol=1e-9)


@pytest.mark.parametrize("lag", [1, 8, 16])
def test_no_bias_and_right_coverage_at_any_lag(trials: ReplicaEnsemble, lag: int) -> None:
    found = transition(pairs_at(trials, lag))
    truths = (RATE, CENTRE, DIFFUSION, VARIANCE)
    for estimate, truth in zip(found, truths, strict=True):
        error = estimate.value.std() / np.sqrt(TRIALS)
        assert abs(estimate.value.mean() - truth) < 3.0 * error + 0.02 * truth
        assert 0.88 <= covers(estimate, truth) <= 0.99


@pytest.mark.parametrize("lag", [8, 40])
def test_the_naive_estimator_has_the_bias_that_is_known(trials: ReplicaEnsemble, lag: int) -> None:
    found = kramers_moyal(pairs_at(trials, lag))
    truths = expected_kramers_moyal(np.asarray(RATE), np.asarray(DIFFUSION), lag)
    for estimate, expected, true in zip(found, truths, (RATE, DIFFUSION), strict=True):
        assert 0.88 <= covers(estimate, float(expected)) <= 0.99
        assert covers(estimate, true) < 0.6


def test_the_naive_bias_in_the_limit_of_continuous_time() -> None:
    x = np.array([0.05, 0.5, 1.0])
    rate, diffusion = expected_kramers_moyal(x / 10_000, np.ones(3), 10_000)
    np.testing.assert_allclose(rate / (x / 10_000), (1.0 - np.exp(-x)) / x, rtol=1e-4)
    np.testing.assert_allclose(diffusion, (1.0 - np.exp(-2.0 * x)) / (2.0 * x), rtol=1e-4)


def test_a_replica_that_has_diverged_is_left_out_whole(trials: ReplicaEnsemble) -> None:
    positions = trials.positions.copy()
    positions[3, 5:] = np.nan
    broken = ReplicaEnsemble(positions, trials.record_step, trials.labels)
    rest = ReplicaEnsemble(np.delete(positions, 3, axis=0), trials.record_step, trials.labels)
    for with_it, without in zip(
        transition(pairs_at(broken)), transition(pairs_at(rest)), strict=True
    ):
        np.testing.assert_array_equal(with_it, without)


def test_pairs_are_of_all_stored_steps_each_once() -> None:
    steps = np.array([0, 1, 5])
    positions = (steps[:, None] + np.arange(2))[None, :, :, None].astype(np.float32)
    walks = ReplicaEnsemble(positions, steps, ("q",))
    np.testing.assert_array_equal(pairs_at(walks, 1).before[0, :, 0], [0, 1, 5])
    np.testing.assert_array_equal(pairs_at(walks, 4).before[0, :, 0], [1, 2])
    np.testing.assert_array_equal(pairs_at(walks, 4).after[0, :, 0], [5, 6])
    with pytest.raises(ConfigError, match=r"the lag must .* but is 7 "):
        pairs_at(walks, 7)
