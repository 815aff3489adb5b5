"""Which neurons of a reservoir are active."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.networks.active_masks import ActiveMask
from nnuniverse.networks.propagation import Parameters

Masked = Callable[[Parameters, ActiveMask], Parameters]
"""Returns the net whose dormant neurons are isolated: it has neither their weights nor biases."""


class Neurons(NamedTuple):
    """The hidden neurons of one replica: those of its ``mask`` are active.

    ``weights``: of all neurons, where dormant ones keep theirs, with the silent inputs, and out of
    date between active ones; None: dormant ones have none.
    """

    mask: ActiveMask
    weights: Parameters | None

    @property
    def active(self) -> Float[Array, "*replica hidden_layers"]:
        """N of every hidden layer, (..., hidden layers), float64."""
        return jnp.stack([layer.sum(axis=-1, dtype=jnp.float64) for layer in self.mask], axis=-1)

    def all_weights(self, trained: Parameters, masked: Masked) -> Parameters:
        """Return the weights of all neurons, those between active ones as they were ``trained``.

        ``masked``: which inputs and neurons take part in training.
        """
        if self.weights is None:
            return trained
        is_active = between_active(trained, self.mask, masked)
        return jax.tree.map(jnp.where, is_active, trained, self.weights)


def between_active(parameters: Parameters, mask: ActiveMask, masked: Masked) -> Parameters:
    """Return which of ``parameters`` are weights between active neurons, or biases of them, bool.

    Of arrays of truth values: which of those that are true.

    ``mask``: which hidden neurons are active, (n_l,) of every layer; ``masked``: which inputs and
    neurons take part in training.
    """
    true: Parameters = jax.tree.map(
        lambda array: array if array.dtype == bool else jnp.ones_like(array, bool), parameters
    )
    return masked(true, mask)
