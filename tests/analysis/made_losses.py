"""Loss curves that tests of jumps and of plateaus are made from."""

from __future__ import annotations

import numpy as np

from nnuniverse.training.snapshots import log_snapshots

EPOCHS = np.arange(1, 10_001)
SNAPSHOTS = log_snapshots(30_000, 200)[1:]


def power_law(exponent: float = 0.5, level: float = 2.0) -> np.ndarray:
    return level * EPOCHS**-exponent


def noisy(losses: np.ndarray, seed: int, size: float = 0.03) -> np.ndarray:
    return losses * np.exp(size * np.random.default_rng(seed).normal(size=losses.shape))
