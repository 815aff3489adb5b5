"""Gain, chain rule and potential of descent whose loss and free energy are known."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.free_energy_production import (
    Expansions,
    free_energy_production,
)
from nnuniverse.physics.mechanics.langevin import langevin_ensemble

RATES = np.array([0.1, 0.01])
ETA, DIFFUSION = 0.2, 0.5
LOSS = SecondOrder(np.zeros(2), np.diag(RATES / ETA))
RISING = SecondOrder(np.zeros(2), -2.0 * LOSS.hessian)
"""A free energy along whose gradient the drift has a gain of eta/2."""


@pytest.fixture(scope="module")
def displaced() -> ReplicaEnsemble:
    start = 20.0 + np.random.default_rng(0).standard_normal((128, 2))
    records = np.arange(0, 121, 6)
    return langevin_ensemble(
        np.random.default_rng(1), lambda q: -RATES * q, DIFFUSION, start, records
    )


def test_the_coordinate_that_is_at_rest_is_told_of(displaced: ReplicaEnsemble) -> None:
    found = free_energy_production(displaced, Expansions(RISING, LOSS))
    assert (found.since, found.labels) == (60, ("q_0",))
    for gain, truth in ((found.gain_of_descent, ETA), (found.gain, ETA / 2.0)):
        assert ((gain.gain.low < truth) & (truth < gain.gain.high)).all()
    variance = DIFFUSION / (RATES[0] * (1.0 - RATES[0] / 2.0))
    drift = -RATES[0] * variance * LOSS.hessian[0, 0]
    for rule, factor in ((found.loss, 1.0), (found.free_energy, -2.0)):
        assert sorted([rule.drift.low, factor * drift, rule.drift.high])[1] == factor * drift
        assert rule.total.low < 0.0 < rule.total.high
        assert rule.overall.low < 0.0 < rule.overall.high
    curved = found.potential.coefficients
    assert found.potential.mean.low < 0.0 < found.potential.mean.high
    assert curved.high[0, 2] < 0.0  # E[dF | q] rises with q^2 where F is concave


def test_without_a_coordinate_at_rest_it_is_refused(displaced: ReplicaEnsemble) -> None:
    slow = ReplicaEnsemble(displaced.positions[..., 1:], displaced.record_step, ("slow",))
    expansions = Expansions(RISING, LOSS).along(np.array([1]))
    with pytest.raises(ConfigError, match="stationary from step 60 on, but the fastest relaxes in"):
        free_energy_production(slow, expansions)
