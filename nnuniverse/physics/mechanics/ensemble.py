"""An ensemble of nets that were restarted from one state, seen through a few coordinates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

Sampling = Literal["independent", "shuffled"]
"""How mini-batches are drawn: with replacement, or by epochs that visit every sample once."""

MIXTURE = 0.3
"""Spread of the curvature in a coordinate, as a share of it, from which it is called a mixture.

Chosen, not derived: a coordinate that mixes directions of different rates is no Ornstein-Uhlenbeck
process, for reasons that have nothing to do with its mechanics.
"""


@dataclass(frozen=True)
class StochasticDescent:
    """How the replicas learn.

    ``optimiser``: sgd, momentum, adam or adamw; ``rate``: learning rate eta; ``momentum``: share of
    the velocity that survives a step, 0 of plain descent; ``nesterov``: whether the gradient is
    taken ahead of it; ``batch``: B, samples per step; ``sampling``: how they are drawn; ``period``:
    steps of an epoch.
    """

    optimiser: str
    rate: float
    batch: int
    period: int
    sampling: Sampling = "independent"
    momentum: float = 0.0
    nesterov: bool = False

    @property
    def is_linear(self) -> bool:
        """Whether linear theory knows the stationary state: of plain descent and heavy ball."""
        return self.optimiser in ("sgd", "momentum") and not self.nesterov


@dataclass(frozen=True)
class LinearTheory:
    """What the linear theory of stochastic gradient descent predicts, per coordinate and step.

    ``curvature``: h = v^T H v of the loss that is lowered, (coordinate,); ``spread``: of the
    curvature, (v^T H^2 v - h^2)^(1/2), (coordinate,); ``gradient_noise``: c = v^T C w of the
    covariance C of the samples' gradients, (coordinate, coordinate); ``rate``: k, the share of the
    distance to the centre that a step takes away; ``diffusion``: D, half the variance that a step
    of plain descent adds; ``variance``: of the stationary state.  NaN where it does not hold.
    """

    curvature: np.ndarray
    spread: np.ndarray
    gradient_noise: np.ndarray
    rate: np.ndarray
    diffusion: np.ndarray
    variance: np.ndarray

    @property
    def is_mixture(self) -> Bool[np.ndarray, " coordinate"]:
        """Whether a coordinate mixes directions of different curvature, (coordinate,)."""
        return self.spread > MIXTURE * np.abs(self.curvature)


@dataclass(frozen=True)
class ReplicaEnsemble:
    """Replicas of one net, restarted with independent noise and followed in a few coordinates.

    ``positions``: q = P (theta - theta_start), (replica, record, step, coordinate), NaN from where
    a replica has diverged; along ``step`` are the position at a record and those of the steps right
    after it; ``record_step``: t, steps taken at each record, ascending from 0, (record,);
    ``labels``: of the coordinates; ``descent``: how the replicas learn; ``theory``: what linear
    theory predicts, None of data that are no nets'.
    """

    positions: np.ndarray
    record_step: np.ndarray
    labels: tuple[str, ...]
    descent: StochasticDescent | None = None
    theory: LinearTheory | None = None

    @property
    def replicas(self) -> int:
        """M."""
        return len(self.positions)

    def since(self, step: int) -> ReplicaEnsemble:
        """Return the records from a ``step`` on."""
        kept = self.record_step >= step
        return replace(self, positions=self.positions[:, kept], record_step=self.record_step[kept])

    @property
    def spread_out(self) -> ReplicaEnsemble:
        """Return the records from which on the replicas are no longer all at one place.

        A density has no logarithm, and no entropy, at a common start.
        """
        apart = (self.at_records.std(axis=0) > 0.0).all(axis=1)
        return self.since(int(self.record_step[np.argmax(apart)])) if apart.any() else self

    @property
    def at_records(self) -> Float[np.ndarray, "replica record coordinate"]:
        """Return q at the records, (replica, record, coordinate)."""
        return self.positions[:, :, 0]

    @property
    def increments(self) -> Float[np.ndarray, "replica record coordinate"]:
        """Return q one step later minus q, (replica, record, coordinate)."""
        return self.positions[:, :, 1] - self.positions[:, :, 0]
