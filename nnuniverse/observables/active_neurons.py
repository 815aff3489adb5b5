"""Which neurons are active, of nets whose neurons come and go."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.measurement import Measurement, Settings
from nnuniverse.observables.weights import weight_dimensions
from nnuniverse.variables import Variable

ACTIVE_HIDDEN_NEURONS = Observable(
    Variable(
        "active_hidden_neurons",
        (),
        "active neurons of all hidden layers",
        "2012.05082 Sec. 3",
        equation="sum_i m_i",
        symbol="N",
    ),
    lambda measurement: jnp.concatenate(_mask(measurement)).sum(dtype=jnp.float64),
)


def mask_observables(settings: Settings) -> list[Observable]:
    """Declare how many neurons are active, and which of every hidden layer of a layered net.

    ``settings``: the architecture, f, and how the net is measured.
    """
    _, *hidden, _ = weight_dimensions(settings)
    return [
        ACTIVE_HIDDEN_NEURONS,
        *(
            Observable(
                Variable(
                    f"mask_{l}",
                    (),
                    f"whether each neuron of layer {l} is active",
                    "2012.05082 Sec. 3",
                    dtype="float32",
                    equation="1: active, 0: dormant, without weights, state or bulk error",
                    symbol="m_i",
                ),
                partial(_measured, l=l),
                axes=(layer,),
            )
            for l, layer in enumerate(hidden, start=1)
        ),
    ]


def _measured(measurement: Measurement, l: int) -> jax.Array:
    return jnp.asarray(_mask(measurement)[l - 1], jnp.float32)


def _mask(measurement: Measurement) -> tuple[jax.Array, ...]:
    if measurement.mask is None:
        raise TypeError("all neurons are active where none can be dormant")
    return measurement.mask
