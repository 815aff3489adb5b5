"""What is computed of graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sp
from jaxtyping import Array, Float, PRNGKeyArray

from nnuniverse.losses import LocalObjective, trained_graph_bulk_loss
from nnuniverse.nets.net import Net, SettledSlopes
from nnuniverse.networks.activation import Activation, Activations, of_all
from nnuniverse.networks.active_inputs import AllInputs
from nnuniverse.networks.clamped_step import ClampedStep, graph_clamped_step
from nnuniverse.networks.graph import Graph, GraphParameters
from nnuniverse.networks.graph_initialisation import as_given, initialise_graph
from nnuniverse.networks.graph_state import (
    graph_forward,
    graph_mean_state,
    graph_state,
    graph_state_of_many,
)
from nnuniverse.observables import GraphMeasurement, Samples, Settings
from nnuniverse.precision import in_float64
from nnuniverse.spectra import graph_log_eigenvalues

BATCH = 250
"""Samples of a large graph whose fixed points are sought at once."""


@dataclass(frozen=True)
class GraphNet(Net[GraphParameters]):
    """Nets of the ``architecture``."""

    architecture: Graph

    def initialise(self, key: PRNGKeyArray, initialiser: str, gain: float) -> GraphParameters:
        """Draw the weight of every edge, or take given ones."""
        return initialise_graph(key, self.architecture, initialiser, gain)

    def as_given(self, parameters: GraphParameters) -> GraphParameters:
        """Return ``parameters`` with the weights and biases that the graph gives."""
        return as_given(parameters)

    def parameters(self, arrays: Sequence[Float[Array, " ..."]]) -> GraphParameters:
        """Return the weights of the edges and the biases of the free neurons."""
        weights, bias = arrays
        return GraphParameters(weights, bias, self.architecture)

    def trained_inputs(self, inputs: Float[np.ndarray, "samples n_1"], whole: bool) -> AllInputs:
        """Return all inputs."""
        return AllInputs(np.arange(inputs.shape[1]))

    def forward(
        self,
        parameters: GraphParameters,
        inputs: Float[Array, "*samples n_1"],
        activation: Activations,
    ) -> Float[Array, "*samples n_L"]:
        """Return the states of the output neurons at the fixed point."""
        return graph_forward(parameters, inputs, of_all(activation))

    def clamped_step(self, parameters: GraphParameters, activation: Activations) -> ClampedStep:
        """Return the parts of the step whose fixed point is the state."""
        return graph_clamped_step(parameters, of_all(activation))

    def mean_state(
        self,
        parameters: GraphParameters,
        inputs: Float[np.ndarray, "samples n_1"],
        activation: Activations,
    ) -> Float[np.ndarray, " N"]:
        """Return the mean fixed point, of all neurons."""
        return graph_mean_state(parameters, inputs, of_all(activation))

    def weight_matrix(self, parameters: GraphParameters) -> sp.csr_array:
        """Return w, with entries on the edges."""
        graph, weights = self.architecture, np.asarray(parameters.weights, np.float64)
        shape = (graph.neurons, graph.neurons)
        return sp.csr_array((weights, (graph.rows, graph.columns)), shape=shape)

    def bias(self, parameters: GraphParameters) -> Float[np.ndarray, " n_free"]:
        """Return b of the free neurons."""
        return np.asarray(parameters.bias, np.float64)

    def bulk_loss(
        self,
        parameters: GraphParameters,
        activation: Activation,
        inputs: Float[Array, "samples n_1"],
        targets: Float[Array, "samples n_L"] | None,
        local: LocalObjective,
        tolerance: float,
    ) -> Float[Array, " samples"]:
        """Return the bulk loss of each sample."""
        return trained_graph_bulk_loss(parameters, activation, inputs, targets, local, tolerance)

    @in_float64
    def slopes(
        self, settings: Settings, parameters: GraphParameters, inputs: Float[Array, "samples n_1"]
    ) -> list[Float[Array, " _"]]:
        """Return f' of the free neurons, one array."""
        state = graph_state_of_many(parameters, inputs, settings.only_activation)
        return settings.slopes([state.arguments])

    @in_float64
    def settle(
        self,
        settings: Settings,
        parameters: GraphParameters,
        inputs: Float[np.ndarray, "samples n_1"],
    ) -> SettledSlopes:
        """Return f' of the free neurons, one array, and the samples by period."""
        activation, at_mean = settings.only_activation, settings.slope == "at_mean"
        slope, state = activation.slope, jax.jit(graph_state, static_argnames="activation")
        total = np.zeros(len(self.architecture.free))
        periods: Counter[int] = Counter()
        for first in range(0, len(inputs), BATCH):
            some = jnp.asarray(inputs[first : first + BATCH], jnp.float64)
            found = state(parameters, some, activation=activation)
            summed = found.arguments if at_mean else slope(found.arguments)
            total += np.asarray(summed.sum(axis=0))
            periods.update(np.asarray(found.periods).tolist())
        mean = jnp.asarray(total / len(inputs))
        return SettledSlopes([slope(mean) if at_mean else mean], dict(sorted(periods.items())))

    def log_eigenvalues(
        self, parameters: GraphParameters, slopes: list[Float[Array, " _"]]
    ) -> Float[Array, " n_dyn"]:
        """Return the dynamical log-eigenvalues of G."""
        return graph_log_eigenvalues(parameters, slopes[0])

    def measure(
        self, settings: Settings, parameters: GraphParameters, train: Samples, test: Samples
    ) -> GraphMeasurement:
        """Return the measurement."""
        return GraphMeasurement(settings, parameters, train, test)
