"""Initial weights and biases of a layered net."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer, Parameters

Initialiser = Callable[[], jax.nn.initializers.Initializer]

# jax.nn.initializers count the receiving neurons on one axis and the sending ones on the other;
# here a row is a receiving neuron.
_AXES = {"in_axis": -1, "out_axis": -2}

INITIALISERS: dict[str, Initialiser] = {
    "glorot_uniform": lambda: jax.nn.initializers.glorot_uniform(**_AXES),
    "glorot_normal": lambda: jax.nn.initializers.glorot_normal(**_AXES),
    "he_uniform": lambda: jax.nn.initializers.he_uniform(**_AXES),
    "he_normal": lambda: jax.nn.initializers.he_normal(**_AXES),
    "truncated_normal": lambda: jax.nn.initializers.truncated_normal(stddev=1.0),
    "orthogonal": lambda: jax.nn.initializers.orthogonal(column_axis=-1),
}
"""The initialisers by name, before the gain.

glorot_uniform: U(-a, a), a = sqrt(6 / (n_in + n_out)); glorot_normal: variance
2 / (n_in + n_out); he_uniform and he_normal: variance 2 / n_in; the normal ones of Glorot and He
are cut at two standard deviations and rescaled to that variance; truncated_normal: the unit
normal cut at two standard deviations, so that its gain is a standard deviation before the cut;
orthogonal: orthonormal rows or columns, whichever are fewer.
"""


def initialise(
    key: PRNGKeyArray, architecture: Layered, initialiser: str, gain: float = 1.0
) -> Parameters:
    """Draw the weights of every layer and set the biases to zero, in float32.

    ``W_l = gain * initialiser(key_l)``, shape (n_l, n_{l-1}); ``b_l = 0``, shape (n_l,).
    ``key``: a typed JAX key, of which layer l gets its own by folding in l.  The papers do not
    print their initialisation.

    ``architecture``: the numbers of neurons per layer.
    """
    draw = INITIALISERS[initialiser]()
    return tuple(
        Layer(
            weights=jnp.float32(gain)
            * draw(jax.random.fold_in(key, l), (rows, columns), jnp.float32),
            bias=jnp.zeros(rows, jnp.float32),
        )
        for l, (columns, rows) in enumerate(pairwise(architecture.sizes), start=1)
    )
