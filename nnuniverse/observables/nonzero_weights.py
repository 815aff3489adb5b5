"""How many weights are not zero, where a penalty makes some so."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.networks.propagation import Trainable, weights_of
from nnuniverse.observables.declaration import Observable
from nnuniverse.variables import Variable


def nonzero_weights(parameters: Trainable) -> Float[Array, ""]:
    """Return the number of weights of a net that are not exactly zero, (), biases left out.

    ``parameters``: weights and biases of the net.
    """
    counts = [jnp.count_nonzero(weights) for weights in weights_of(parameters)]
    return jnp.stack(counts).sum().astype(jnp.float64)


NONZERO_WEIGHTS = Observable(
    Variable(
        "nonzero_weights",
        (),
        "weights that are not exactly zero",
        "not of the papers",
        units="edge",
        equation="number of w_ij != 0",
        symbol="K",
        computed_by=(nonzero_weights,),
    ),
    lambda measurement: nonzero_weights(measurement.parameters),
    by_name=True,  # without a penalty it is the number of edges
)
