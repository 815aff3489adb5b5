"""The measurement of a graph, whose state is a fixed point found by iteration."""

from __future__ import annotations

from functools import cached_property

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Num

from nnuniverse.losses.bulk.descent import BulkMinimum
from nnuniverse.losses.bulk.graph import graph_bulk_minimum_from
from nnuniverse.networks.graph import GraphParameters
from nnuniverse.networks.graph_state import GraphState, graph_state_of_many
from nnuniverse.observables.measurement import Measurement, Samples
from nnuniverse.precision import in_float64
from nnuniverse.spectra import finite_log_eigenvalues, reduced_coupling


class GraphMeasurement(Measurement):
    """The state of one replica of a graph at a snapshot; ``parameters``: the net.

    Samples that have no fixed point count with their last state.
    """

    parameters: GraphParameters

    @cached_property
    @in_float64
    def train_state(self) -> GraphState:
        """Arguments, states and periods of the training samples."""
        return self._state(self.train)

    @cached_property
    @in_float64
    def train_preactivations(self) -> list[Float[Array, "samples n_free"]]:
        """Arguments of the activation of the free neurons, one array (samples, n_free)."""
        return [self.train_state.arguments]

    @cached_property
    @in_float64
    def train_outputs(self) -> Float[Array, "samples n_L"]:
        """States of the output neurons over the training samples, (samples, n_L)."""
        return self.train_state.states[:, self.parameters.graph.free_outputs]

    @cached_property
    @in_float64
    def test_outputs(self) -> Float[Array, "samples n_L"]:
        """States of the output neurons over the test samples, (samples, n_L)."""
        return self._state(self.test).states[:, self.parameters.graph.free_outputs]

    @cached_property
    @in_float64
    def reduced(self) -> tuple[Float[Array, "reached reached"], Float[Array, "n_1 k"]]:
        """``A = f'w`` in the reached directions, and the basis of those of the inputs."""
        return reduced_coupling(self.parameters, self.slopes[0])

    @cached_property
    @in_float64
    def spectrum(self) -> tuple[Float[Array, " n_dyn"], Num[Array, ""]]:
        """Dynamical log-eigenvalues, missing where an eigenvalue is zero, and how many are."""
        return finite_log_eigenvalues(self.reduced[0])

    @cached_property
    @in_float64
    def log_eigenvalues(self) -> Float[Array, " n_dyn"]:
        """Dynamical log-eigenvalues of G, descending, (n_dyn,); NaN where an eigenvalue is zero."""
        return self.spectrum[0]

    @property
    def singular_eigenvalues(self) -> Num[Array, ""]:
        """Number of eigenvalues of G that are zero up to rounding."""
        return self.spectrum[1]

    @property
    def periods(self) -> Int[Array, " samples"]:
        """Period of every training sample, (samples,); see `find_periods`."""
        return self.train_state.periods

    @cached_property
    @in_float64
    def mean_state_squares(self) -> tuple[Float[Array, " n_dyn"], Float[Array, ""]]:
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
            self.parameters,
            self.settings.only_activation,
            self.train.inputs,
            self.clamped,
            self.settings.local,
            self.settings.bulk_effort,
        )

    def _state(self, samples: Samples) -> GraphState:
        return graph_state_of_many(self.parameters, samples.inputs, self.settings.only_activation)
