"""The input neurons that take part in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Shaped

from nnuniverse.networks.graph import GraphParameters
from nnuniverse.networks.propagation import Layer, Parameters

P = TypeVar("P")


class TrainedInputs(Protocol[P]):
    """Which inputs take part in training, of nets whose weights and biases are a ``P``."""

    @property
    def active(self) -> Int[np.ndarray, " active"]:
        """Those that do, ascending."""

    def split(self, parameters: P) -> tuple[P, Float[Array, " ..."]]:
        """Return the parameters that take part, and the weights from the other inputs."""

    def join(self, parameters: P, silent_weights: Float[Array, " ..."]) -> P:
        """Undo `split`.

        ``parameters``: weights and biases of such a net; ``silent_weights``: the weights of the
        inputs that are always zero.
        """


@dataclass(frozen=True)
class ActiveInputs:
    """The inputs of a layered net that are not zero in every training sample.

    Weights from the others have an exactly zero gradient and contribute exactly nothing, so
    leaving them out of the training step changes no result and saves time: 120 of the 784 pixels
    of the embedded digits.  ``active`` and ``silent``: their indices, ascending.
    """

    active: np.ndarray
    silent: np.ndarray

    @classmethod
    def of(cls, inputs: Shaped[np.ndarray, "samples n_1"]) -> ActiveInputs:
        """Find the active ones among ``inputs``, shape (samples, n_1)."""
        seen = np.any(inputs != 0, axis=0)
        return cls(np.flatnonzero(seen), np.flatnonzero(~seen))

    @classmethod
    def all(cls, inputs: int) -> ActiveInputs:
        """Let every one of ``inputs`` take part."""
        return cls(np.arange(inputs), np.arange(0))

    def split(self, parameters: Parameters) -> tuple[Parameters, Float[Array, "n_2 silent"]]:
        """Return the parameters that take part, and the first layer's silent columns."""
        first, *others = parameters
        narrow = Layer(first.weights[:, self.active], first.bias)
        return (narrow, *others), first.weights[:, self.silent]

    def join(
        self, parameters: Parameters, silent_weights: Float[Array, "n_2 silent"]
    ) -> Parameters:
        """Undo `split`.

        ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer; ``silent_weights``:
        the weights of the inputs that are always zero.
        """
        first, *others = parameters
        columns = jnp.concatenate([first.weights, silent_weights], axis=1)
        order = np.argsort(np.concatenate([self.active, self.silent]))
        return (Layer(columns[:, order], first.bias), *others)


@dataclass(frozen=True)
class AllInputs:
    """Those of a graph, all of which take part."""

    active: np.ndarray

    def split(self, parameters: GraphParameters) -> tuple[GraphParameters, Float[Array, " 0"]]:
        """Return all parameters, and no silent weights."""
        return parameters, jnp.zeros(0, parameters.weights.dtype)

    def join(
        self, parameters: GraphParameters, silent_weights: Float[Array, " 0"]
    ) -> GraphParameters:
        """Undo `split`.

        ``parameters``: the weights of the edges, (edges,), and the biases of the free neurons,
        (n_free,); ``silent_weights``: the weights of the inputs that are always zero.
        """
        return parameters
