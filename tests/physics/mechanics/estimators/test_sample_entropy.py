"""Entropies of samples against their exact values, and their production in linear walks."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.errors import ConfigError
from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.entropy import (
    gaussian_entropy,
    nearest_neighbour_entropy,
)
from nnuniverse.physics.mechanics.estimators.entropy_production import (
    entropy_production,
    entropy_rate,
)
from nnuniverse.physics.mechanics.langevin import langevin_ensemble

RATES = np.array([0.08, 0.03])
MATRIX = np.array([[1.0, 0.4], [0.4, 0.5]])
MAP = np.diag(1.0 - RATES)
STATIONARY = 2.0 * MATRIX / (1.0 - np.outer(1.0 - RATES, 1.0 - RATES))
RECORDS = np.arange(0, 49, 6)
NORMAL = 0.5 * np.log(2.0 * np.pi * np.e)
"""Entropy of the standard normal density."""


def covers(found: list[Estimate], truth: float | np.ndarray) -> np.ndarray:
    return np.mean([(one.low <= truth) & (truth <= one.high) for one in found], axis=0)


def walks(
    random: np.random.Generator, covariance: np.ndarray, replicas: int = 128
) -> ReplicaEnsemble:
    start = random.standard_normal((replicas, 2)) @ np.linalg.cholesky(covariance).T
    return langevin_ensemble(random, lambda q: -RATES * q, MATRIX, start, RECORDS)


@pytest.mark.parametrize(("replicas", "d"), [(12, 1), (40, 1), (40, 6)])
def test_the_gaussian_entropy_has_no_bias_and_its_coverage(replicas: int, d: int) -> None:
    random = np.random.default_rng(9)
    root = random.standard_normal((d, d))
    exact = 0.5 * d * np.log(2.0 * np.pi * np.e) + np.linalg.slogdet(root)[1]
    found = gaussian_entropy(random.standard_normal((replicas, 400, d)) @ root.T)
    error = found.value.std() / np.sqrt(400)
    assert abs(found.value.mean() - exact) < 3.0 * error
    np.testing.assert_allclose(found.value.std(), np.sqrt(d / (2.0 * replicas)), rtol=0.25)
    assert 0.88 <= np.mean((found.low <= exact) & (exact <= found.high)) <= 0.99


def test_nearest_neighbours_give_the_entropy_of_other_densities() -> None:
    random = np.random.default_rng(10)
    wells = random.choice([-3.0, 3.0], (60, 400, 1)) + random.standard_normal((60, 400, 1))
    exact = NORMAL + np.log(2.0) - 0.007  # less by the overlap of the two
    found = [nearest_neighbour_entropy(well, random, 30) for well in wells]
    assert abs(np.mean([one.value for one in found]) - exact) < 0.02
    assert 0.88 <= covers(found, exact) <= 0.99
    assert gaussian_entropy(wells[0]).low > exact


def test_nearest_neighbours_in_two_coordinates_have_a_small_bias() -> None:
    random = np.random.default_rng(26)
    found = [
        nearest_neighbour_entropy(random.standard_normal((400, 2)), random, 30) for _ in range(60)
    ]
    assert -0.05 < np.mean([one.value for one in found]) - 2.0 * NORMAL < 0.0
    assert 0.8 <= covers(found, 2.0 * NORMAL) <= 0.99


def test_nearest_neighbours_are_refused_beyond_two_coordinates() -> None:
    with pytest.raises(ConfigError, match=r"at most 2 coordinates, or its bias is as"):
        nearest_neighbour_entropy(np.zeros((10, 3)), np.random.default_rng(11))
    with pytest.raises(ConfigError, match="of 5 replicas or more"):
        gaussian_entropy(np.zeros((4, 3)))


def test_in_a_stationary_state_the_terms_cancel() -> None:
    random = np.random.default_rng(12)
    fisher = np.trace(MATRIX @ np.linalg.inv(STATIONARY))
    finite = 0.5 * np.trace(
        np.diag(RATES) @ STATIONARY @ np.diag(RATES) @ np.linalg.inv(STATIONARY)
    )
    np.testing.assert_allclose(fisher - RATES.sum() + finite, 0.0, atol=1e-15)
    found = [entropy_production(walks(random, STATIONARY), since=0) for _ in range(100)]
    for term, truth in (("fisher", fisher), ("learning", -RATES.sum()), ("total", 0.0)):
        estimates = [getattr(one, term) for one in found]
        assert 0.88 <= covers(estimates, truth) <= 0.99
        values = np.array([one.value for one in estimates])
        assert abs(values.mean() - truth) < 3.0 * values.std() / 10.0 + 0.02 * abs(truth)
        assert (np.array([one.low for one in estimates]) > 0.0).all() == (term == "fisher")


def test_the_term_of_diffusion_has_no_bias_with_few_replicas() -> None:
    random = np.random.default_rng(27)
    found = [entropy_production(walks(random, STATIONARY, 20)) for _ in range(100)]
    values = np.array([one.fisher.value.mean() for one in found])
    fisher = np.trace(MATRIX @ np.linalg.inv(STATIONARY))
    assert abs(values.mean() - fisher) < 3.0 * values.std() / 10.0


def test_far_from_it_they_are_the_change_of_the_entropy() -> None:
    random = np.random.default_rng(13)
    start = 0.1 * STATIONARY
    covariances = [start]
    for _ in range(RECORDS[-1]):
        covariances.append(MAP @ covariances[-1] @ MAP + 2.0 * MATRIX)
    at_records = np.array(covariances)[RECORDS]
    fisher = (MATRIX * np.linalg.inv(at_records)).sum(axis=(1, 2))
    direct = np.diff(0.5 * np.linalg.slogdet(at_records)[1]) / 6.0
    ensembles = [walks(random, start) for _ in range(100)]
    found = [entropy_production(ensemble) for ensemble in ensembles]
    rates = [entropy_rate(ensemble) for ensemble in ensembles]
    for held in (covers([one.fisher for one in found], fisher), covers(rates, direct)):
        assert abs(held.mean() - 0.95) < 0.03
        assert held.min() > 0.87
    # Once slow, the terms tell the rate with less noise than the difference of entropies does.
    noise = np.std([one.total.value[-1] for one in found])
    assert noise < 0.7 * np.std([one.value[-1] for one in rates])
