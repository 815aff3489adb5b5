"""The bulk loss of the training samples at a snapshot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.measurement import RESTARTS, Measurement, Settings

LOWER = 1e-6
"""A restart ends lower if it does by this share of the forward minimum: far above rounding."""


def _layered(settings: Settings) -> bool:
    return not settings.on_graph


def _observable(
    name: str,
    long_name: str,
    measure: Callable[[Measurement], jax.Array],
    **options: Any,
) -> Observable:
    options = {"cost": "noticeable", **options}
    return Observable(name, long_name, "2004.09280 (3.4)", measure, **options)


def _mean(measurement: Measurement) -> jax.Array:
    minimum = measurement.bulk_minimum
    # With no sample left there is no mean: 0 / 0 is stored as missing.
    return jnp.sum(jnp.where(minimum.converged, minimum.loss, 0.0)) / jnp.sum(minimum.converged)


def _share_lowered(measurement: Measurement) -> jax.Array:
    forward, _, lowest = measurement.restarts
    return jnp.mean(forward.loss - lowest > LOWER * jnp.abs(forward.loss), dtype=jnp.float64)


def _which_minimum(settings: Settings) -> dict[str, int | str]:
    """Return what kind of minimum it is, with a caution where lower ones are common."""
    name, kink = settings.activation.name, settings.activation.kink
    if kink is None:
        return {"minimum": "local: that of the valley which the forward pass lies in"}
    restarts = "" if settings.on_graph else "; bulk_restarts_lower tells in how many samples"
    return {
        "minimum": "local: no direction and no change of one hidden state leads lower",
        "caution": f"bulk_loss is a local minimum: with {name} lower ones are common{restarts}",
    }


BULK_LOSS = _observable(
    "bulk_loss",
    "bulk loss, mean over the training samples whose minimisation converged",
    _mean,
    attributes=_which_minimum,
)
BULK_UNCONVERGED = _observable(
    "bulk_unconverged",
    "number of training samples that the bulk loss leaves out, not converged",
    lambda m: jnp.sum(~m.bulk_minimum.converged, dtype=jnp.float64),
)
BULK_ITERATIONS = _observable(
    "bulk_iterations",
    "Newton steps to the bulk loss, mean over the training samples",
    lambda m: jnp.mean(m.bulk_minimum.iterations, dtype=jnp.float64),
)
BULK_GRADIENT_NORM = _observable(
    "bulk_gradient_norm",
    "norm of the gradient by the hidden states before the last step, largest of the samples",
    lambda m: jnp.max(m.bulk_minimum.gradient_norm),
)
BULK_LOSS_RESTARTED = _observable(
    "bulk_loss_restarted",
    f"least bulk loss from the forward pass and {RESTARTS} random states, mean over the samples",
    lambda m: jnp.mean(m.restarts.lowest),
    cost="large",
    applies=_layered,
)
BULK_RESTARTS_LOWER = _observable(
    "bulk_restarts_lower",
    f"share of the training samples in which one of {RESTARTS} random starts ends lower",
    _share_lowered,
    cost="large",
    applies=_layered,
)
