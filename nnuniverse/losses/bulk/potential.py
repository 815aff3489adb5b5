"""Local objectives: what the neurons want besides small errors."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.networks.architecture import Architecture


class LocalObjective(NamedTuple):
    """``V(x) = -(m/2) sum_i x_i^2 + sum_ij g_ij x_i x_j`` over all neurons.

    ``mass``: m; for m > 0 the first term is tachyonic: it drives every state to an end of the
    range.  ``pairs``: g, shape (N, N), neurons as the architecture numbers them, or None for g = 0;
    the diagonal counts too.

    Source: 2004.09280 (3.3) and the text after (3.4).
    """

    mass: float = 0.0
    pairs: np.ndarray | None = None

    def acting_on_hidden(
        self,
        architecture: Architecture,
        inputs: Float[Array, "samples n_1"],
        targets: Float[Array, "samples n_L"] | None,
    ) -> Potential:
        """Return V as it acts on the hidden neurons of each sample, the boundary clamped.

        ``architecture``: of the net; ``inputs``: (samples, n_1); ``targets``: (samples, n_L), or
        None with free outputs, which then count as hidden.  What only clamped neurons contribute is
        a constant of the sample, and left out.
        """
        if self.pairs is None:
            return Potential(self.mass)
        pairs = jnp.asarray(self.pairs, inputs.dtype)
        pairs = pairs + pairs.T
        hidden = architecture.free if targets is None else architecture.hidden
        field = inputs @ pairs[np.ix_(architecture.inputs, hidden)]
        if targets is not None:
            field = field + targets @ pairs[np.ix_(architecture.outputs, hidden)]
        return Potential(self.mass, pairs[np.ix_(hidden, hidden)], field)


class Potential(NamedTuple):
    """``V(x) = -(m/2) |x|^2 + 1/2 x^T K x + h^T x`` of hidden states given layer by layer.

    ``mass``: m; ``couplings``: K, symmetric, (n, n), n the number of all hidden neurons;
    ``field``: h, (n,) for one sample or (samples, n).
    """

    mass: float = 0.0
    couplings: jax.Array | None = None
    field: jax.Array | None = None

    @property
    def vanishes(self) -> bool:
        """Whether V = 0 for every state."""
        return self.mass == 0.0 and self.couplings is None

    def value(self, states: list[Float[Array, "*samples _"]]) -> Float[Array, " ..."]:
        """Return V of one sample, or of several: the last axis is that of the neurons.

        ``states``: x of each layer whose states are free, (..., n_l).
        """
        if self.vanishes:
            return jnp.zeros((), jnp.float32)  # which leaves the precision of others alone
        x = jnp.concatenate(states, axis=-1)
        value = -0.5 * self.mass * jnp.sum(x**2, axis=-1)
        if self.couplings is not None and self.field is not None:
            value += jnp.sum(x * (0.5 * x @ self.couplings + self.field), axis=-1)
        return value

    def gradient(self, states: list[Float[Array, " _"]]) -> list[Float[Array, " _"]]:
        """Return ``-m x + K x + h`` of one sample, layer by layer.

        ``states``: x of each layer whose states are free, (..., n_l).
        """
        return self._linear(states, self.field)

    def product(self, moves: list[Float[Array, " _"]]) -> list[Float[Array, " _"]]:
        """Return ``-m d + K d``, the second derivative applied to moves d, layer by layer."""
        return self._linear(moves, None)

    def curvatures(self, states: list[Float[Array, " _"]]) -> list[Float[Array, " _"]]:
        """Return ``-m + K_ii``, the second derivative by each state, layer by layer.

        ``states``: x of each layer whose states are free, (..., n_l).
        """
        own = [jnp.full_like(x, -self.mass) for x in states]
        if self.couplings is None:
            return own
        ends = np.cumsum([len(x) for x in states])[:-1]
        parts = jnp.split(jnp.diagonal(self.couplings), ends)
        return [a + b for a, b in zip(own, parts, strict=True)]

    def _linear(self, states: list[jax.Array], constant: jax.Array | None) -> list[jax.Array]:
        pulled = [-self.mass * x for x in states]
        if self.couplings is None:
            return pulled
        drive = jnp.concatenate(states) @ self.couplings
        drive = drive if constant is None else drive + constant
        ends = np.cumsum([len(x) for x in states])[:-1]
        return [p + part for p, part in zip(pulled, jnp.split(drive, ends), strict=True)]
