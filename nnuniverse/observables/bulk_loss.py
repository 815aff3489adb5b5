"""The bulk loss of the training samples at a snapshot."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.measurement import Measurement


def _mean(measurement: Measurement) -> jax.Array:
    minimum = measurement.bulk_minimum
    # With no sample left there is no mean: 0 / 0 is stored as missing.
    return jnp.sum(jnp.where(minimum.converged, minimum.loss, 0.0)) / jnp.sum(minimum.converged)


BULK_LOSS = Observable(
    "bulk_loss",
    "bulk loss, mean over the training samples whose minimisation converged",
    "2004.09280 (3.4)",
    _mean,
    costly=True,
    applies=lambda settings: not settings.on_graph,
)
BULK_UNCONVERGED = Observable(
    "bulk_unconverged",
    "number of training samples that the bulk loss leaves out, not converged",
    "2004.09280 (3.4)",
    lambda m: jnp.sum(~m.bulk_minimum.converged, dtype=jnp.float64),
    costly=True,
    applies=lambda settings: not settings.on_graph,
)
