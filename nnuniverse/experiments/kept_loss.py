"""The loss of a net of which only some edges are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.losses import boundary_loss, cross_entropy
from nnuniverse.nets import net_of
from nnuniverse.networks.graph import GraphParameters
from nnuniverse.networks.propagation import Layer, Trainable
from nnuniverse.observables import Samples, Settings
from nnuniverse.precision import as_float64, in_float64
from nnuniverse.threads import single_threaded_blas


@dataclass(frozen=True)
class KeptLoss:
    """The mean loss over samples of nets with one architecture, compiled once.

    ``loss``: the cross-entropy where outputs are compared by their softmax, else the boundary loss;
    None where they are compared with nothing.
    """

    loss: Callable[[Trainable], jax.Array] | None

    @classmethod
    @in_float64
    def build(cls, settings: Settings, train: Samples) -> KeptLoss:
        """Return that of nets as ``settings`` have them, over the samples ``train``."""
        if settings.outputs == "free":
            return cls(None)
        net = net_of(settings.architecture)
        of_outputs = cross_entropy if settings.outputs == "softmax" else boundary_loss
        inputs, targets = (jnp.asarray(array, jnp.float64) for array in train[:2])

        def loss(parameters: Trainable) -> jax.Array:
            return of_outputs(net.forward(parameters, inputs, settings.activation), targets).mean()

        return cls(jax.jit(loss))

    @in_float64
    def of(self, parameters: Trainable, kept: np.ndarray) -> float:
        """Return it of a net without the edges that are not ``kept``, bool (N, N); NaN if free.

        ``parameters``: weights and biases of the net.
        """
        if self.loss is None:
            return np.nan
        exact = as_float64(parameters)
        with single_threaded_blas():
            return float(self.loss(with_edges(exact, kept)))


def with_edges(parameters: Trainable, kept: np.ndarray) -> Trainable:
    """Return a net whose weights are zero on edges that are not ``kept``, bool (N, N).

    ``parameters``: weights and biases of the net.
    """
    if isinstance(parameters, GraphParameters):
        graph = parameters.graph
        weights = parameters.weights * kept[graph.rows, graph.columns]
        return replace(parameters, weights=weights)
    layers, start = [], 0
    for layer in parameters:
        receivers, senders = layer.weights.shape
        end = start + senders
        block = kept[end : end + receivers, start:end]
        layers.append(Layer(layer.weights * block, layer.bias))
        start = end
    return tuple(layers)
