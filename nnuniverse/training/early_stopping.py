"""When a replica stops before the last epoch: a test observable no longer improves."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

NEVER = -1
"""Stands for "has not happened" where an epoch is stored."""


class Waiting(NamedTuple):
    """How long a replica has waited for a new ``best`` value, in snapshots.

    ``best``: the least seen, of what is to rise with the other sign; ``stopped_epoch``: the
    snapshot after which the replica was no longer trained, or `NEVER`.
    """

    best: jax.Array
    waited: jax.Array
    stopped_epoch: jax.Array

    @classmethod
    def begin(cls) -> Waiting:
        """Return the state of one replica that has seen no snapshot."""
        return cls(jnp.float64(jnp.inf), jnp.int32(0), jnp.int32(NEVER))


class EarlyStopping(NamedTuple):
    """Stop after ``patience`` snapshots in a row without a new best value of an ``observable``.

    The best is the least, or the largest if it ``rises``.
    """

    observable: str
    patience: int
    rises: bool = False

    def after_snapshot(
        self,
        before: Waiting,
        value: Float[Array, " replica"],
        epoch: Int[Array, ""],
        running: Bool[Array, " replica"],
    ) -> Waiting:
        """Return how replicas wait after a snapshot at an ``epoch``.

        ``value``: of the observable, (replica,), which says nothing where it is not a number;
        ``running``: (replica,), whether they are still trained.

        ``before``: how they waited until then.
        """
        value = -value if self.rises else value
        running &= ~jnp.isnan(value)
        better = running & (value < before.best)
        waited = jnp.where(better, 0, before.waited + running)
        stops = running & (waited >= self.patience)
        return Waiting(
            jnp.where(better, value, before.best),
            waited,
            jnp.where(stops, epoch, before.stopped_epoch),
        )
