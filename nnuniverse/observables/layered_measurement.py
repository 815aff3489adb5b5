"""The measurement of a layered net."""

from __future__ import annotations

from functools import cached_property

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.losses import BulkMinimum, Restarts, restarted_bulk_minimum
from nnuniverse.losses.bulk.layered import bulk_minimum_above
from nnuniverse.networks.activation import Activation, of_layers
from nnuniverse.networks.coupling import Blocks, coupling_blocks
from nnuniverse.networks.layered import reached_directions
from nnuniverse.networks.propagation import Layer, Parameters, preactivations_of_many
from nnuniverse.observables.measurement import Measurement, Samples
from nnuniverse.precision import in_float64
from nnuniverse.spectra import mean_state_squares, reduced_log_eigenvalues

RESTARTS = 8
"""Random states that the bulk loss is minimised from besides the forward pass."""


class LayeredMeasurement(Measurement):
    """The state of one replica of a layered net at a snapshot; ``parameters``: the net."""

    parameters: Parameters

    @property
    def active_dynamical(self) -> Float[Array, ""] | None:
        """n_dyn of the net without its dormant neurons, (), float64; None where none can be."""
        return self._active_dynamical(*self.parameters)

    @property
    def active_dynamical_without_output(self) -> Float[Array, ""] | None:
        """The same of the net without its output neurons."""
        return self._active_dynamical(*self.parameters[:-1])

    def _active_dynamical(self, *layers: Layer) -> jax.Array | None:
        if self.mask is None:
            return None
        hidden = [layer.sum(dtype=jnp.float64) for layer in self.mask]
        inputs, outputs = layers[0].weights.shape[1], len(self.parameters[-1].bias)
        sizes = [jnp.float64(inputs), *hidden, jnp.float64(outputs)][: len(layers) + 1]
        return jnp.stack(reached_directions(sizes, jnp.minimum)).sum()

    @cached_property
    @in_float64
    def train_preactivations(self) -> list[Float[Array, "samples _"]]:
        """Arguments of the activation over the training samples, (samples, n_l) per layer."""
        return self._preactivations(self.train)

    @cached_property
    @in_float64
    def train_outputs(self) -> Float[Array, "samples n_L"]:
        """States of the output neurons over the training samples, (samples, n_L)."""
        return self._activations[-1].function(self.train_preactivations[-1])

    @cached_property
    @in_float64
    def test_outputs(self) -> Float[Array, "samples n_L"]:
        """States of the output neurons over the test samples, (samples, n_L)."""
        return self._activations[-1].function(self._preactivations(self.test)[-1])

    @cached_property
    @in_float64
    def blocks(self) -> Blocks:
        """Blocks of ``A = f'w``."""
        return coupling_blocks(self.parameters, self.slopes)

    @cached_property
    @in_float64
    def log_eigenvalues(self) -> Float[Array, " n_dyn"]:
        """Dynamical log-eigenvalues of G, descending, (n_dyn,)."""
        return reduced_log_eigenvalues(self.blocks)

    @cached_property
    @in_float64
    def log_eigenvalues_without_output(self) -> Float[Array, " n_dyn"]:
        """Those of the net without its output neurons, descending."""
        return reduced_log_eigenvalues(self.blocks[:-1])

    @cached_property
    @in_float64
    def mean_state_squares(self) -> tuple[Float[Array, " n_dyn"], Float[Array, ""]]:
        """Squares of <x> along the dynamical eigenvectors, (n_dyn,), and their rest, ()."""
        inputs = self.train.inputs.astype(jnp.float64).mean(axis=0)
        layers = zip(self._activations, self.train_preactivations, strict=True)
        means = [f.function(y).mean(axis=0) for f, y in layers]
        return mean_state_squares(self.blocks, [inputs, *means])

    @cached_property
    @in_float64
    def bulk_minimum(self) -> BulkMinimum:
        """Bulk loss of every training sample."""
        settings = self.settings
        return bulk_minimum_above(
            self.train_preactivations[0],
            self.parameters[1:],
            settings.only_activation,
            self.clamped,
            settings.local.acting_on_hidden(settings.architecture, self.train.inputs, self.clamped),
            settings.bulk_effort,
        )

    @cached_property
    @in_float64
    def restarts(self) -> Restarts:
        """Bulk loss of every training sample, also from `RESTARTS` random states."""
        return restarted_bulk_minimum(
            self.parameters,
            self.settings.only_activation,
            self.train.inputs,
            self.clamped,
            jax.random.key(0, impl="threefry2x32"),
            RESTARTS,
            self.settings.local,
            self.settings.bulk_effort,
        )

    @property
    def _activations(self) -> tuple[Activation, ...]:
        """The activation of each layer."""
        return of_layers(self.settings.activation, len(self.parameters))

    @in_float64
    def _preactivations(self, samples: Samples) -> list[jax.Array]:
        return preactivations_of_many(self.parameters, samples.inputs, self.settings.activation)
