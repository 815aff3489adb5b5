"""Which neurons are active, of nets whose neurons come and go."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.measurement import Measurement, Settings
from nnuniverse.observables.weights import weight_dimensions
from nnuniverse.variables import Variable


def mask_observables(settings: Settings) -> list[Observable]:
    """Declare which neurons of every hidden layer of a layered net are active."""
    _, *hidden, _ = weight_dimensions(settings)
    return [
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
    ]


def _measured(measurement: Measurement, l: int) -> jax.Array:
    if measurement.mask is None:
        raise TypeError("all neurons are active where none can be dormant")
    return jnp.asarray(measurement.mask[l - 1], jnp.float32)
