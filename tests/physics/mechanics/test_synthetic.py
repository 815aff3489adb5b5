"""Synthetic ensembles against the moments that they should have."""

from collections.abc import Callable

import numpy as np
import pytest

from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.synthetic import (
    Setting,
    bohm,
    bridge,
    deterministic_flow,
    independent_draws,
    kramers,
    nelson,
    ornstein_uhlenbeck,
    window,
)

SETTING = Setting(4000, 1, window(3.0, records=4), width=0.3)
PHASE = SETTING.rate * SETTING.record_step


def moments_are(ensemble: ReplicaEnsemble, mean: np.ndarray, variance: np.ndarray) -> None:
    q = ensemble.at_records[..., 0]
    assert np.all(np.abs(q.mean(axis=0) - mean) < 4.0 * np.sqrt(variance / len(q)))
    assert np.all(np.abs(q.var(axis=0) / variance - 1.0) < 4.0 * np.sqrt(2.0 / len(q)))


def test_ornstein_uhlenbeck() -> None:
    decay = np.exp(-PHASE)
    moments_are(ornstein_uhlenbeck(SETTING), 5.0 * decay, 0.09 * decay**2 + 1.0 - decay**2)


@pytest.mark.parametrize("make", [bohm, nelson, independent_draws])
def test_packets(make: Callable[[Setting], ReplicaEnsemble]) -> None:
    cosine, sine = np.cos(PHASE), np.sin(PHASE)
    moments_are(make(SETTING), 5.0 * cosine, 0.09 * cosine**2 + sine**2 / 0.09)


def test_paths_of_packets() -> None:
    """Bohm's have no diffusion, Nelson's hbar / 2 m, draws have no paths."""
    steps = bohm(SETTING).increments[..., 0]
    noise = nelson(SETTING).increments[..., 0]
    assert np.all(steps.var(axis=0) < 1e-3)
    np.testing.assert_allclose(noise[:, 1:].var(axis=0) / 2.0, SETTING.diffusion, rtol=0.1)
    assert independent_draws(SETTING).positions.shape[2] == 1


def test_flows_keep_their_order() -> None:
    for stable in (True, False):
        q = deterministic_flow(SETTING, stable=stable).at_records[:, :2, 0]
        np.testing.assert_array_equal(np.argsort(q[:, 0]), np.argsort(q[:, 1]))


def test_kramers_comes_to_rest() -> None:
    late = Setting(4000, 1, window(30.0, relaxation=50.0, records=2), rate=0.02)
    moments_are_late = kramers(late, friction=0.05).at_records[:, -1, 0]
    np.testing.assert_allclose(moments_are_late.var(), late.sigma**2, rtol=0.1)


def test_the_noise_of_an_epoch_sums_to_nothing() -> None:
    steps = np.array([0, 30, 60, 90, 120])
    setting = Setting(2000, 1, steps, rate=1e-9, width=1e-6, displaced=0.0, diffusion=0.01)
    variance = bridge(setting, period=60).at_records[..., 0].var(axis=0)
    assert variance[2] < 1e-3 * variance[1]
    np.testing.assert_allclose(variance[[1, 3]], 2.0 * 0.01 * 30 * 30 / 59, rtol=0.15)
