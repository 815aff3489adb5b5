"""The measurement of a graph, whose state is a fixed point found by iteration."""

from __future__ import annotations

from functools import cached_property

import jax
import jax.numpy as jnp

from nnuniverse.losses.bulk.descent import BulkMinimum
from nnuniverse.losses.bulk.graph import graph_bulk_minimum_from
from nnuniverse.networks.graph import GraphParameters
from nnuniverse.networks.graph_state import GraphState, graph_state
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables.measurement import SAMPLES_AT_ONCE, Measurement, Samples, Settings
from nnuniverse.precision import in_float64
from nnuniverse.spectra import finite_log_eigenvalues, reduced_coupling


class GraphMeasurement(Measurement):
    """The state of one replica of a graph at a snapshot.

    Samples that have no fixed point count with their last state.
    """

    graph_parameters: GraphParameters

    @in_float64
    def __init__(
        self, settings: Settings, parameters: GraphParameters, train: Samples, test: Samples
    ) -> None:
        super().__init__(settings, (), train, test)
        self.graph_parameters = jax.tree.map(lambda array: array.astype(jnp.float64), parameters)

    @property
    def trainable(self) -> Trainable:
        """The weights and biases, in float64."""
        return self.graph_parameters

    @cached_property
    @in_float64
    def train_state(self) -> GraphState:
        """Arguments, states and periods of the training samples."""
        return self._state(self.train)

    @cached_property
    @in_float64
    def train_preactivations(self) -> list[jax.Array]:
        """Arguments of the activation of the free neurons, one array (samples, n_free)."""
        return [self.train_state.arguments]

    @cached_property
    @in_float64
    def train_outputs(self) -> jax.Array:
        """States of the output neurons over the training samples, (samples, n_L)."""
        return self.train_state.states[:, self.graph_parameters.graph.free_outputs]

    @cached_property
    @in_float64
    def test_outputs(self) -> jax.Array:
        """States of the output neurons over the test samples, (samples, n_L)."""
        return self._state(self.test).states[:, self.graph_parameters.graph.free_outputs]

    @cached_property
    @in_float64
    def reduced(self) -> tuple[jax.Array, jax.Array]:
        """``A = f'w`` in the reached directions, and the basis of those of the inputs."""
        return reduced_coupling(self.graph_parameters, self.slopes[0])

    @cached_property
    @in_float64
    def spectrum(self) -> tuple[jax.Array, jax.Array]:
        """Dynamical log-eigenvalues, missing where an eigenvalue is zero, and how many are."""
        return finite_log_eigenvalues(self.reduced[0])

    @cached_property
    @in_float64
    def log_eigenvalues(self) -> jax.Array:
        """Dynamical log-eigenvalues of G, descending, (n_dyn,); NaN where an eigenvalue is zero."""
        return self.spectrum[0]

    @property
    def singular_eigenvalues(self) -> jax.Array:
        """Number of eigenvalues of G that are zero up to rounding."""
        return self.spectrum[1]

    @property
    def periods(self) -> jax.Array:
        """Period of every training sample, (samples,); see `find_periods`."""
        return self.train_state.periods

    @cached_property
    @in_float64
    def mean_state_squares(self) -> tuple[jax.Array, jax.Array]:
        """Squares of <x> along the dynamical eigenvectors, (n_dyn,), and their rest, ()."""
        coupling, basis = self.reduced
        inputs = self.train.inputs.astype(jnp.float64).mean(axis=0)
        reached = jnp.concatenate([inputs @ basis, self.train_state.states.mean(axis=0)])
        eigenvectors = jnp.linalg.svd(jnp.eye(len(coupling)) - coupling)[2]
        rest = jnp.sum(inputs**2) - jnp.sum((inputs @ basis) ** 2)
        return (eigenvectors @ reached) ** 2, jnp.maximum(rest, 0.0)

    @cached_property
    @in_float64
    def bulk_minimum(self) -> BulkMinimum:
        """Bulk loss of every training sample."""
        return graph_bulk_minimum_from(
            self.train_state,
            self.graph_parameters,
            self.settings.activation,
            self.train.inputs,
            self._clamped,
            self.settings.local,
        )

    def _state(self, samples: Samples) -> GraphState:
        """Return the state of all samples, `SAMPLES_AT_ONCE` at a time."""

        def some(inputs: jax.Array) -> GraphState:
            return graph_state(
                self.graph_parameters, inputs.astype(jnp.float64), self.settings.activation
            )

        whole = len(samples.inputs) - len(samples.inputs) % SAMPLES_AT_ONCE
        parts = [some(samples.inputs[whole:])] if whole < len(samples.inputs) else []
        if whole:
            batches = samples.inputs[:whole].reshape(-1, SAMPLES_AT_ONCE, samples.inputs.shape[1])
            stacked = jax.lax.map(some, batches)
            parts.insert(0, jax.tree.map(lambda a: a.reshape(whole, *a.shape[2:]), stacked))
        joined: GraphState = jax.tree.map(lambda *arrays: jnp.concatenate(arrays), *parts)
        return joined


def take_measurement(
    settings: Settings, parameters: Trainable, train: Samples, test: Samples
) -> Measurement:
    """Return the measurement of a net of either architecture."""
    if isinstance(parameters, GraphParameters):
        return GraphMeasurement(settings, parameters, train, test)
    return Measurement(settings, parameters, train, test)
