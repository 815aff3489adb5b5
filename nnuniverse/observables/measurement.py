"""One measurement of one net: what the observables share, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp

from nnuniverse.losses import LocalObjective, Restarts, restarted_bulk_minimum
from nnuniverse.losses.bulk.descent import BulkMinimum
from nnuniverse.losses.bulk.layered import NO_OBJECTIVE, bulk_minimum_above
from nnuniverse.networks.activation import Activation
from nnuniverse.networks.coupling import Blocks, coupling_blocks
from nnuniverse.networks.graph import Graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Parameters, Trainable, preactivations
from nnuniverse.precision import in_float64
from nnuniverse.spectra import DENSE_LIMIT, mean_state_squares, reduced_log_eigenvalues

SAMPLES_AT_ONCE = 1000
"""Samples propagated at once: bounds the memory, chosen empirically between 250 and 6,000."""

RESTARTS = 8
"""Random states that the bulk loss is minimised from besides the forward pass."""


class Samples(NamedTuple):
    """Inputs (samples, n_1), targets (samples, n_L) and labels (samples,)."""

    inputs: jax.Array
    targets: jax.Array
    labels: jax.Array


@dataclass(frozen=True)
class Settings:
    """What does not change during a run: the net's architecture and how it is measured.

    ``slope``: where f' is taken, at the mean state (2004.09280 (5.4)) or as the mean over the
    samples of the slopes.  ``complexity_n``: the n of C_n.  ``local``: the local objectives of the
    bulk loss.  ``outputs``: what the outputs are compared with: one-hot ``classes``, the ``inputs``
    (an auto-encoder), or nothing where they are ``free``.
    """

    architecture: Layered | Graph
    activation: Activation
    slope: Literal["at_mean", "mean_slope"] = "at_mean"
    complexity_n: tuple[int, ...] = (20,)
    local: LocalObjective = NO_OBJECTIVE
    outputs: Literal["classes", "inputs", "free"] = "classes"

    @property
    def on_graph(self) -> bool:
        """Whether the net is a general graph."""
        return isinstance(self.architecture, Graph)

    @property
    def has_spectrum(self) -> bool:
        """Whether a snapshot takes all eigenvalues: not of graphs too large for that."""
        return not self.on_graph or self.architecture.dynamical_eigenvalues <= DENSE_LIMIT


class Measurement:
    """The state of one replica at a snapshot, in float64, with intermediate results shared.

    ``parameters``: the net; ``train`` and ``test``: the samples.  Averages are over the training
    samples.
    """

    @in_float64
    def __init__(
        self, settings: Settings, parameters: Parameters, train: Samples, test: Samples
    ) -> None:
        self.settings = settings
        self.parameters: Parameters = jax.tree.map(
            lambda array: array.astype(jnp.float64), parameters
        )
        self.train = train
        self.test = test

    @property
    def trainable(self) -> Trainable:
        """The weights and biases, in float64."""
        return self.parameters

    @cached_property
    @in_float64
    def train_preactivations(self) -> list[jax.Array]:
        """Arguments of the activation over the training samples, (samples, n_l) per layer."""
        return self._preactivations(self.train)

    @cached_property
    @in_float64
    def train_outputs(self) -> jax.Array:
        """States of the output neurons over the training samples, (samples, n_L)."""
        return self.settings.activation.function(self.train_preactivations[-1])

    @cached_property
    @in_float64
    def test_outputs(self) -> jax.Array:
        """States of the output neurons over the test samples, (samples, n_L)."""
        return self.settings.activation.function(self._preactivations(self.test)[-1])

    @cached_property
    @in_float64
    def slopes(self) -> list[jax.Array]:
        """Slopes f'_l per layer, (n_l,), where `Settings.slope` takes them.

        ``at_mean``: f'(w <x> + b), 2004.09280 (5.4); since y = wx + b is linear in x, that is
        f'(<y>).  ``mean_slope``: <f'(y)>.
        """
        slope = self.settings.activation.slope
        if self.settings.slope == "at_mean":
            return [slope(y.mean(axis=0)) for y in self.train_preactivations]
        return [slope(y).mean(axis=0) for y in self.train_preactivations]

    @cached_property
    @in_float64
    def blocks(self) -> Blocks:
        """Blocks of ``A = f'w``."""
        return coupling_blocks(self.parameters, self.slopes)

    @cached_property
    @in_float64
    def log_eigenvalues(self) -> jax.Array:
        """Dynamical log-eigenvalues of G, descending, (n_dyn,)."""
        return reduced_log_eigenvalues(self.blocks)

    @cached_property
    @in_float64
    def log_eigenvalues_without_output(self) -> jax.Array:
        """Those of the net without its output neurons, descending."""
        return reduced_log_eigenvalues(self.blocks[:-1])

    @property
    def singular_eigenvalues(self) -> jax.Array:
        """Number of zero eigenvalues of G: none, since det G = 1."""
        return jnp.zeros(())

    @property
    def periods(self) -> jax.Array:
        """Period of every training sample, (samples,): a layered net settles, period 1."""
        return jnp.ones(len(self.train.labels), jnp.int32)

    @cached_property
    @in_float64
    def mean_state_squares(self) -> tuple[jax.Array, jax.Array]:
        """Squares of <x> along the dynamical eigenvectors, (n_dyn,), and their rest, ().

        <x> is the mean over the training samples of the states, the clamped inputs included.
        """
        activation = self.settings.activation.function
        inputs = self.train.inputs.astype(jnp.float64).mean(axis=0)
        means = [activation(y).mean(axis=0) for y in self.train_preactivations]
        return mean_state_squares(self.blocks, [inputs, *means])

    @cached_property
    @in_float64
    def bulk_minimum(self) -> BulkMinimum:
        """Bulk loss of every training sample."""
        local = self.settings.local
        return bulk_minimum_above(
            self.train_preactivations[0],
            self.parameters[1:],
            self.settings.activation,
            self._clamped,
            local.acting_on_hidden(self.parameters, self.train.inputs, self._clamped),
        )

    @cached_property
    @in_float64
    def restarts(self) -> Restarts:
        """Bulk loss of every training sample, also from `RESTARTS` random states."""
        return restarted_bulk_minimum(
            self.parameters,
            self.settings.activation,
            self.train.inputs,
            self._clamped,
            jax.random.key(0, impl="threefry2x32"),
            RESTARTS,
            self.settings.local,
        )

    @property
    def _clamped(self) -> jax.Array | None:
        return None if self.settings.outputs == "free" else self.train.targets

    @in_float64
    def _preactivations(self, samples: Samples) -> list[jax.Array]:
        def one(inputs: jax.Array) -> list[jax.Array]:
            return preactivations(
                self.parameters, inputs.astype(jnp.float64), self.settings.activation
            )

        arguments: list[jax.Array] = jax.lax.map(one, samples.inputs, batch_size=SAMPLES_AT_ONCE)
        return arguments
