"""The weights and biases themselves, for runs that keep them at every snapshot."""

from __future__ import annotations

from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.measurement import Measurement, Settings


def layer_dimension(settings: Settings, l: int) -> Dimension:
    """Return the axis of the neurons of layer ``l``, 0 being the inputs."""
    size = settings.architecture.sizes[l]
    return Dimension(f"layer_{l}", f"neuron of layer {l}", lambda _: np.arange(size))


def _part(measurement: Measurement, l: int, part: Literal["weights", "bias"]) -> jax.Array:
    return getattr(measurement.parameters[l - 1], part).astype(jnp.float32)


def weight_observables(settings: Settings) -> list[Observable]:
    """Declare ``snapshot_weights_l`` (row = receiving neuron) and ``snapshot_bias_l``, float32."""
    declared = []
    for l in range(1, settings.architecture.depth):
        rows, columns = layer_dimension(settings, l), layer_dimension(settings, l - 1)
        declared += [
            Observable(
                f"snapshot_weights_{l}",
                f"weights into layer {l} at the snapshot",
                "2004.09280 (2.5)",
                partial(_part, l=l, part="weights"),
                dims=(rows, columns),
                dtype="float32",
            ),
            Observable(
                f"snapshot_bias_{l}",
                f"biases of layer {l} at the snapshot",
                "2004.09280 (2.5)",
                partial(_part, l=l, part="bias"),
                dims=(rows,),
                dtype="float32",
            ),
        ]
    return declared
