"""The bulk loss of the training samples at a snapshot."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp

from nnuniverse.losses import bulk_minimum, graph_bulk_minimum, restarted_bulk_minimum
from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.layered_measurement import RESTARTS, LayeredMeasurement
from nnuniverse.observables.measurement import Measurement, Settings, only_of
from nnuniverse.variables import Variable

LOWER = 1e-6
"""A restart ends lower if it does by this share of the forward minimum: far above rounding."""


def _has_minimum(settings: Settings) -> bool:
    # Its descents know one range and one kink.
    return not isinstance(settings.activation, tuple)


def _has_forward_pass(settings: Settings) -> bool:
    return not settings.recurrent and _has_minimum(settings)


def _declared(name: str, long_name: str, symbol: str, equation: str) -> Variable:
    return Variable(
        name,
        (),
        long_name,
        "2004.09280 (3.4)",
        equation=equation,
        symbol=symbol,
        computed_by=(bulk_minimum, graph_bulk_minimum),
    )


def _restarted(name: str, long_name: str, symbol: str, equation: str) -> Variable:
    declared = _declared(name, long_name, symbol, equation)
    return replace(declared, computed_by=(restarted_bulk_minimum,))


def _mean(measurement: Measurement) -> jax.Array:
    minimum = measurement.bulk_minimum
    # With no sample left there is no mean: 0 / 0 is stored as missing.
    return jnp.sum(jnp.where(minimum.converged, minimum.loss, 0.0)) / jnp.sum(minimum.converged)


def _share_lowered(measurement: LayeredMeasurement) -> jax.Array:
    forward, _, lowest = measurement.restarts
    return jnp.mean(forward.loss - lowest > LOWER * jnp.abs(forward.loss), dtype=jnp.float64)


def _which_minimum(settings: Settings) -> dict[str, int | str]:
    """Return what kind of minimum it is, with a caution where lower ones are common."""
    name, kink = settings.only_activation.name, settings.only_activation.kink
    if kink is None:
        return {"minimum": "local: that of the valley which the forward pass lies in"}
    restarts = "" if settings.recurrent else "; bulk_restarts_lower tells in how many samples"
    return {
        "minimum": "local: no direction and no change of one hidden state leads lower",
        "caution": f"bulk_loss is a local minimum: with {name} lower ones are common{restarts}",
    }


BULK_LOSS = Observable(
    _declared(
        "bulk_loss",
        "bulk loss, mean over the training samples whose minimisation converged",
        "<H>",
        "min over hidden x of 1/2 ||x - f(w x + b)||^2 + V(x), boundary clamped",
    ),
    _mean,
    attributes=_which_minimum,
    cost="noticeable",
    applies=_has_minimum,
)
BULK_UNCONVERGED = Observable(
    _declared(
        "bulk_unconverged",
        "number of training samples that the bulk loss leaves out, not converged",
        "n_unconverged",
        "number of samples whose descent met no minimum",
    ),
    lambda m: jnp.sum(~m.bulk_minimum.converged, dtype=jnp.float64),
    cost="noticeable",
    applies=_has_minimum,
)
BULK_ITERATIONS = Observable(
    _declared(
        "bulk_iterations",
        "Newton steps to the bulk loss, mean over the training samples",
        "steps",
        "mean number of steps of the descent",
    ),
    lambda m: jnp.mean(m.bulk_minimum.iterations, dtype=jnp.float64),
    cost="noticeable",
    applies=_has_minimum,
)
BULK_GRADIENT_NORM = Observable(
    _declared(
        "bulk_gradient_norm",
        "norm of the gradient by the hidden states before the last step, largest of the samples",
        "|dH/dx|",
        "max ||dH/dx||",
    ),
    lambda m: jnp.max(m.bulk_minimum.gradient_norm),
    cost="noticeable",
    applies=_has_minimum,
)
BULK_LOSS_RESTARTED = Observable(
    _restarted(
        "bulk_loss_restarted",
        "least bulk loss from the forward pass and "
        f"{RESTARTS} random states, mean over the samples",
        "<H>_least",
        "mean of the least H that descents from several states met",
    ),
    only_of(LayeredMeasurement, lambda m: jnp.mean(m.restarts.lowest)),
    cost="large",
    applies=_has_forward_pass,
)
BULK_RESTARTS_LOWER = Observable(
    _restarted(
        "bulk_restarts_lower",
        f"share of the training samples in which one of {RESTARTS} random starts ends lower",
        "share_lower",
        "share of samples whose least H lies below that from the forward pass",
    ),
    only_of(LayeredMeasurement, _share_lowered),
    cost="large",
    applies=_has_forward_pass,
)
