"""The cross-entropy of the classes with the softmax of the output neurons."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def cross_entropy(
    outputs: Float[Array, "*samples n_L"], targets: Float[Array, "*samples n_L"]
) -> Float[Array, "*samples"]:
    """Return the cross-entropy of each sample with its class.

    ``-log p_c`` with ``p_k = exp(x_k) / sum_j exp(x_j)``, c the class: where the one-hot
    ``targets`` are largest, whatever their two values.  ``outputs`` x, the states and not the
    arguments of the activation, and ``targets``: (samples, n_L).  Returns shape (samples,), in
    units of nats and >= 0.

    Not of the papers, whose loss is `boundary_loss`.

    >>> round(float(cross_entropy(jnp.zeros(10), jnp.eye(10)[0])), 4)  # log 10
    2.3026
    """
    classes = jnp.argmax(targets, axis=-1)
    log_chances = jax.nn.log_softmax(outputs, axis=-1)
    return -jnp.take_along_axis(log_chances, classes[..., None], axis=-1)[..., 0]
