"""Exponents of the variance against those of linear walks."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.exponents import growth_exponents, thirds
from nnuniverse.physics.mechanics.langevin import langevin_ensemble

RATE, TRIALS = 0.02, 100
RECORDS = np.array([0, 1, 2, 3, 4, 6, 8, 12, 16, 20, 30, 40, 60, 80, 100])
WINDOWS = [(2.0, 20.0), (20.0, 100.0)]


def test_the_crossover_of_linear_drift_is_no_anomaly() -> None:
    random = np.random.default_rng(14)
    start = np.zeros((64, TRIALS))
    walks = langevin_ensemble(random, lambda q: -RATE * q, 0.5, start, RECORDS)
    found = growth_exponents(walks, WINDOWS, lag=20)
    inside = [RECORDS[(low <= RECORDS) & (high >= RECORDS)] for low, high in WINDOWS]
    exact = [np.polyfit(np.log(t), np.log(1.0 - (1.0 - RATE) ** (2 * t)), 1)[0] for t in inside]
    assert 0.75 < exact[0] < 0.95 < 1.0
    assert 0.3 < exact[1] < 0.6
    np.testing.assert_allclose(found.expected.value.mean(axis=1), exact, atol=0.01)
    np.testing.assert_allclose(found.measured.value.mean(axis=1), exact, atol=0.03)
    held = np.mean((found.anomaly.low <= 0.0) & (found.anomaly.high >= 0.0), axis=1)
    assert (held >= 0.88).all()
    assert (held <= 0.99).all()


def test_steps_that_remember_the_last_ones_are_an_anomaly() -> None:
    """A velocity that lasts ten steps: between the t^3 of its start and the t of long times."""
    dynamics = np.array([[0.0, 0.0], [1.0, -0.1]])  # dq = v, dv = -v/10 + noise
    walks = langevin_ensemble(
        np.random.default_rng(15),
        lambda q: q @ dynamics,
        np.diag([1e-9, 0.5]),
        np.zeros((64, 2)),
        RECORDS,
    )
    of_position = ReplicaEnsemble(walks.positions[..., :1], RECORDS, ("q",))
    found = growth_exponents(of_position, [(2.0, 20.0), (20.0, 100.0)], lag=20)
    assert found.measured.low[0, 0] > 1.5
    assert found.anomaly.low[0, 0] > 0.3


def test_a_window_without_records_is_refused() -> None:
    walks = langevin_ensemble(
        np.random.default_rng(16), lambda q: -q, 1.0, np.zeros((4, 1)), RECORDS
    )
    with pytest.raises(ConfigError, match=r"three records .* but 5 to 9 holds 2"):
        growth_exponents(walks, [(5.0, 9.0)])


def test_windows_by_default_share_the_records() -> None:
    assert thirds(np.arange(0, 28, 3)) == [(3.0, 9.0), (12.0, 18.0), (21.0, 27.0)]
    assert thirds(np.arange(0, 15, 3)) == [(3.0, 12.0)]
