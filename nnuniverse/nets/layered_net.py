"""What is computed of layered nets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sp
from jaxtyping import Array, Float, PRNGKeyArray

from nnuniverse.losses import LocalObjective, trained_bulk_loss
from nnuniverse.nets.net import Net, SettledSlopes
from nnuniverse.networks.activation import Activation, Activations
from nnuniverse.networks.active_inputs import ActiveInputs
from nnuniverse.networks.clamped_step import ClampedStep, layered_clamped_step
from nnuniverse.networks.coupling import coupling_blocks, coupling_matrix
from nnuniverse.networks.initialisation import initialise
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import (
    Layer,
    Parameters,
    forward,
    mean_state,
    preactivations_of_many,
)
from nnuniverse.observables import LayeredMeasurement, Samples, Settings
from nnuniverse.precision import in_float64
from nnuniverse.spectra import reduced_log_eigenvalues


@dataclass(frozen=True)
class LayeredNet(Net[Parameters]):
    """Nets of the ``architecture``."""

    architecture: Layered

    def initialise(self, key: PRNGKeyArray, initialiser: str, gain: float) -> Parameters:
        """Draw the weights of every layer."""
        return initialise(key, self.architecture, initialiser, gain)

    def as_given(self, parameters: Parameters) -> Parameters:
        """Return ``parameters``: layers give none."""
        return parameters

    def parameters(self, arrays: Sequence[Float[Array, " ..."]]) -> Parameters:
        """Return the layers of weights and biases that alternate in ``arrays``."""
        return tuple(map(Layer, arrays[::2], arrays[1::2]))

    def trained_inputs(self, inputs: Float[np.ndarray, "samples n_1"], whole: bool) -> ActiveInputs:
        """Return the inputs that are not zero in every sample, or all if ``whole``."""
        return ActiveInputs.all(inputs.shape[1]) if whole else ActiveInputs.of(inputs)

    def forward(
        self, parameters: Parameters, inputs: Float[Array, "*samples n_1"], activation: Activations
    ) -> Float[Array, "*samples n_L"]:
        """Return the states of the output neurons."""
        return forward(parameters, inputs, activation)

    def clamped_step(self, parameters: Parameters, activation: Activations) -> ClampedStep:
        """Return the parts of the step, after L - 1 of which the states are those of `forward`."""
        return layered_clamped_step(parameters, activation)

    def mean_state(
        self,
        parameters: Parameters,
        inputs: Float[np.ndarray, "samples n_1"],
        activation: Activations,
    ) -> Float[np.ndarray, " N"]:
        """Return the mean state of all neurons."""
        return mean_state(parameters, inputs, activation)

    @in_float64
    def weight_matrix(self, parameters: Parameters) -> sp.csr_array:
        """Return w, block sub-diagonal."""
        blocks = [jnp.asarray(layer.weights, jnp.float64) for layer in parameters]
        return sp.csr_array(np.asarray(jax.jit(coupling_matrix)(blocks)))

    def bias(self, parameters: Parameters) -> Float[np.ndarray, " n_free"]:
        """Return b of all layers but the first."""
        return np.concatenate([np.asarray(layer.bias, np.float64) for layer in parameters])

    def bulk_loss(
        self,
        parameters: Parameters,
        activation: Activation,
        inputs: Float[Array, "samples n_1"],
        targets: Float[Array, "samples n_L"] | None,
        local: LocalObjective,
        tolerance: float,
    ) -> Float[Array, " samples"]:
        """Return the bulk loss of each sample."""
        return trained_bulk_loss(parameters, activation, inputs, targets, local, tolerance)

    @in_float64
    def slopes(
        self, settings: Settings, parameters: Parameters, inputs: Float[Array, "samples n_1"]
    ) -> list[Float[Array, " _"]]:
        """Return f' per layer."""
        return settings.slopes(preactivations_of_many(parameters, inputs, settings.activation))

    def settle(
        self, settings: Settings, parameters: Parameters, inputs: Float[np.ndarray, "samples n_1"]
    ) -> SettledSlopes:
        """Return f' per layer; every state is a fixed point."""
        slopes = self.slopes(settings, parameters, jnp.asarray(inputs))
        return SettledSlopes(slopes, {1: len(inputs)})

    def log_eigenvalues(
        self, parameters: Parameters, slopes: list[Float[Array, " _"]]
    ) -> Float[Array, " n_dyn"]:
        """Return the dynamical log-eigenvalues of G, none of which is zero."""
        return reduced_log_eigenvalues(coupling_blocks(parameters, slopes))

    def measure(
        self, settings: Settings, parameters: Parameters, train: Samples, test: Samples
    ) -> LayeredMeasurement:
        """Return the measurement."""
        return LayeredMeasurement(settings, parameters, train, test)
