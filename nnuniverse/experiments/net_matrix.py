"""One net of a run as a graph of neurons: w, f', b, its edges and its boundary, as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.graph import GraphNetwork
from nnuniverse.errors import ConfigError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.chosen_nets import stored_net
from nnuniverse.experiments.reopen import IdentifiedRun
from nnuniverse.nets import Net, net_of
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.graph import Graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import Settings
from nnuniverse.precision import as_float64, in_float64
from nnuniverse.runs import open_results
from nnuniverse.threads import single_threaded_blas

MOST_NEURONS = 3000
"""Of a net whose matrices are kept whole: 72 MB each."""


@dataclass(frozen=True)
class NetMatrix:
    """One net as a graph of N neurons, whatever its architecture.

    Neurons are numbered as the run numbers them: layer by layer, or as its graph does.
    ``weights``: w, (N, N), float64, w[i, j] of the edge j -> i, zero off the mask; ``slopes``:
    f'_i where the run takes it, (N,), 1 at inputs; ``bias``: b, (N,), 0 at inputs; ``allowed``:
    where there is an edge, bool (N, N); ``inputs``, ``outputs``: neurons; ``layer``: that of every
    neuron, (N,), of layered nets and of graphs whose mask is made of blocks, else None.
    """

    weights: np.ndarray
    slopes: np.ndarray
    bias: np.ndarray
    allowed: np.ndarray
    inputs: np.ndarray
    outputs: np.ndarray
    layer: np.ndarray | None

    @property
    def couplings(self) -> np.ndarray:
        """``A = f' w``, (N, N).  Source: 2004.09280 (5.6)."""
        return self.slopes[:, None] * self.weights

    @property
    def neurons(self) -> int:
        """N."""
        return len(self.weights)


@dataclass(frozen=True)
class MatrixOfNet:
    """Makes the `NetMatrix` of nets with one architecture; f' is compiled once for all of them."""

    net: Net[Trainable]
    architecture: Architecture
    layer: np.ndarray | None
    slopes: Callable[[Trainable], list[jax.Array]]

    @classmethod
    @in_float64
    def build(cls, config: RunConfig, settings: Settings, inputs: jax.Array) -> MatrixOfNet:
        """Return that of a ``config``; ``inputs``: f' is over these samples, (samples, n_1).

        Raises ConfigError for more than `MOST_NEURONS` neurons.

        ``settings``: the architecture, f, and how the net is measured.
        """
        architecture = settings.architecture
        if architecture.neurons > MOST_NEURONS:
            raise ConfigError(
                "RUN",
                f"be of at most {MOST_NEURONS} neurons, whose matrix is kept whole",
                f"has {architecture.neurons}",
                "a smaller net",
            )
        net = net_of(architecture)
        samples = jnp.asarray(inputs, jnp.float64)

        def slopes(parameters: Trainable) -> list[jax.Array]:
            return net.slopes(settings, parameters, samples)

        return cls(net, architecture, _layers(config, architecture), jax.jit(slopes))

    @in_float64
    def __call__(self, parameters: Trainable) -> NetMatrix:
        """Return the matrices of a net."""
        exact = as_float64(parameters)
        architecture = self.architecture
        slopes, bias = np.ones(architecture.neurons), np.zeros(architecture.neurons)
        with single_threaded_blas():
            slopes[architecture.free] = np.concatenate([*map(np.asarray, self.slopes(exact))])
        bias[architecture.free] = self.net.bias(exact)
        return NetMatrix(
            self.net.weight_matrix(exact).toarray(),
            slopes,
            bias,
            allowed_edges(architecture),
            architecture.inputs,
            architecture.outputs,
            self.layer,
        )


def allowed_edges(architecture: Architecture) -> np.ndarray:
    """Return where an architecture has an edge j -> i, bool (N, N)."""
    allowed = np.zeros((architecture.neurons, architecture.neurons), bool)
    if isinstance(architecture, Graph):
        allowed[architecture.rows, architecture.columns] = True
    elif isinstance(architecture, Layered):
        layer = np.repeat(np.arange(architecture.depth), architecture.sizes)
        allowed = layer[:, None] == layer[None, :] + 1
    return allowed


def _layers(config: RunConfig, architecture: Architecture) -> np.ndarray | None:
    """Return the layer, or the block of the mask, of every neuron; None where there are none."""
    if isinstance(architecture, Layered):
        return np.repeat(np.arange(architecture.depth), architecture.sizes)
    network = config.network
    sizes = getattr(network.mask, "sizes", None) if isinstance(network, GraphNetwork) else None
    return None if sizes is None else np.repeat(np.arange(len(sizes)), sizes)


def net_matrix(run: IdentifiedRun, replica: int, epoch: int | None) -> NetMatrix:
    """Return the matrices of the net of a ``replica`` at ``epoch``, None for the last weights.

    Raises ConfigError if there is no such net, or more than `MOST_NEURONS` neurons, RunError if
    its weights were not kept, or have diverged.

    ``run``: the run with its config and identity.
    """
    settings = assemble.build_settings(run.config, run.dataset)
    inputs = assemble.encode_samples(run.config, run.dataset, run.dataset.train).inputs
    build = MatrixOfNet.build(run.config, settings, inputs)
    with open_results(run.folder.results) as file:
        parameters = stored_net(file, str(run.folder), settings.architecture, replica, epoch)
    return build(parameters)
