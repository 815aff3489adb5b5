"""Ensembles whose mechanics is known."""

from __future__ import annotations

import numpy as np

from nnuniverse.physics.mechanics.ensemble import Ensemble


def window(relaxations: float = 4.0, relaxation: float = 100.0, records: int = 25) -> np.ndarray:
    """Return the steps of ``records`` times, evenly over some relaxation times of some steps."""
    return np.rint(np.linspace(0.0, relaxations * relaxation, records)).astype(np.int64)


def ornstein_uhlenbeck(
    replicas: int,
    seed: int,
    *,
    record_step: np.ndarray,
    rate: float = 0.01,
    diffusion: float = 0.01,
    displaced: float = 5.0,
    width: float = 0.1,
) -> Ensemble:
    """Return replicas of dq = -k q dt + (2 D)^(1/2) dW, exact at every step.

    ``rate``: k per step; ``diffusion``: D, q^2 per step; ``displaced``, ``width``: mean and spread
    at the start, in standard deviations (D / k)^(1/2) of the stationary state.
    """
    generator = np.random.default_rng(seed)
    sigma, decay = np.sqrt(diffusion / rate), np.exp(-rate)
    kick = sigma * np.sqrt(1.0 - decay**2)
    position = sigma * (displaced + width * generator.normal(size=replicas))

    def step(position: np.ndarray) -> np.ndarray:
        return decay * position + kick * generator.normal(size=replicas)

    stored = []
    for taken in range(int(record_step[-1]) + 1):
        after = step(position)
        if taken in record_step:
            stored.append(np.stack([position, after], axis=1))
        position = after
    return _ensemble(np.stack(stored, axis=1), record_step)


def _ensemble(positions: np.ndarray, record_step: np.ndarray) -> Ensemble:
    return Ensemble(positions[..., None], record_step, ("q",))
