"""Replicas that walk under a drift and noise: ensembles whose answers are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble

Drift = Callable[[Float[np.ndarray, "replica coordinate"]], Float[np.ndarray, "replica coordinate"]]
"""Mean change of q in a step, of the shape of q, (replica, coordinate)."""


def langevin_ensemble(
    random: np.random.Generator,
    drift: Drift,
    diffusion: float | Float[np.ndarray, " ..."],
    start: Float[np.ndarray, "replica coordinate"],
    record_step: Int[np.ndarray, " record"],
) -> ReplicaEnsemble:
    """Return replicas of ``q_{t+1} = q_t + u(q_t) + sqrt(2 D) xi_t`` at records and one step later.

    Discrete steps are the process itself, as they are of gradient descent, no approximation of one
    in continuous time.

    ``drift``: u, per step; ``diffusion``: D, q^2 / step, of all coordinates, (coordinate,) or a
    matrix; ``start``: q_0, (replica, coordinate); ``record_step``: t of the records, ascending.

    ``random``: where its numbers are drawn from.
    """
    twice, single = 2.0 * np.asarray(diffusion), np.ndim(diffusion) < 2
    noise = np.sqrt(twice) if single else np.linalg.cholesky(twice).T
    kept = set(record_step.tolist()) | set((record_step + 1).tolist())
    q, at = start.astype(np.float64), {}
    for step in range(int(record_step[-1]) + 2):
        if step in kept:
            at[step] = q
        drawn = random.standard_normal(q.shape)
        q = q + drift(q) + (drawn * noise if single else drawn @ noise)
    positions = np.stack([[at[step] for step in record_step + after] for after in (0, 1)])
    labels = tuple(f"q_{i}" for i in range(start.shape[1]))
    return ReplicaEnsemble(positions.transpose(2, 1, 0, 3), record_step, labels)
