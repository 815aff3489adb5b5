"""What is computed of the nets of an architecture: the interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import jax
import numpy as np
import scipy.sparse as sp

from nnuniverse.losses import LocalObjective
from nnuniverse.networks.activation import Activation, Activations
from nnuniverse.networks.active_inputs import TrainedInputs
from nnuniverse.networks.clamped_step import ClampedStep
from nnuniverse.observables import Measurement, Samples, Settings

P = TypeVar("P")


class SettledSlopes(NamedTuple):
    """Slopes f' of the free neurons, (n_l,) each, and ``periods``: samples by that of their state.

    See `find_periods`.
    """

    slopes: list[jax.Array]
    periods: dict[int, int]


class Net(ABC, Generic[P]):
    """What is computed of the nets of one architecture, whose weights and biases are a ``P``.

    The weights and biases are arguments, in whichever precision they are given, and a net itself
    has no state.  ``inputs``: the data that the input neurons are clamped to, (samples, n_1).
    """

    @abstractmethod
    def initialise(self, key: jax.Array, initialiser: str, gain: float) -> P:
        """Return initial weights and biases, float32; see `INITIALISERS`."""

    @abstractmethod
    def as_given(self, parameters: P) -> P:
        """Return initial ``parameters`` with those that the architecture gives, in float64."""

    @abstractmethod
    def parameters(self, arrays: Sequence[jax.Array]) -> P:
        """Return weights and biases that are stored as ``arrays``, see `weight_arrays`."""

    @abstractmethod
    def trained_inputs(self, inputs: np.ndarray, whole: bool) -> TrainedInputs[P]:
        """Return which input neurons take part in training, all if ``whole``."""

    @abstractmethod
    def forward(self, parameters: P, inputs: jax.Array, activation: Activations) -> jax.Array:
        """Return the states of the output neurons, (samples, n_L), 2004.09280 (2.9)."""

    @abstractmethod
    def clamped_step(self, parameters: P, activation: Activations) -> ClampedStep:
        """Return the parts of a step of all free neurons at once, with the inputs clamped."""

    @abstractmethod
    def mean_state(self, parameters: P, inputs: np.ndarray, activation: Activations) -> np.ndarray:
        """Return the mean over the ``inputs`` of the state of all neurons, (N,).

        Raises ConfigError where a state does not settle.
        """

    @abstractmethod
    def weight_matrix(self, parameters: P) -> sp.csr_array:
        """Return w, (N, N), in float64."""

    @abstractmethod
    def bias(self, parameters: P) -> np.ndarray:
        """Return b of the free neurons, (n_free,), in float64."""

    @abstractmethod
    def bulk_loss(
        self,
        parameters: P,
        activation: Activation,
        inputs: jax.Array,
        targets: jax.Array | None,
        local: LocalObjective,
        tolerance: float,
    ) -> jax.Array:
        """Return the bulk loss of each sample, differentiable; see `trained_bulk_loss`."""

    @abstractmethod
    def slopes(self, settings: Settings, parameters: P, inputs: jax.Array) -> list[jax.Array]:
        """Return f' of the free neurons where ``settings`` take it, (n_l,) each, differentiable."""

    @abstractmethod
    def settle(self, settings: Settings, parameters: P, inputs: np.ndarray) -> SettledSlopes:
        """Return the `slopes`, and what became of the samples, for nets that may be large."""

    @abstractmethod
    def log_eigenvalues(self, parameters: P, slopes: list[jax.Array]) -> jax.Array:
        """Return the dynamical log-eigenvalues of G, descending, (n_dyn,), in float64.

        Differentiable, as `reduced_log_eigenvalues` are; minus infinity where one is zero.
        """

    @abstractmethod
    def measure(
        self, settings: Settings, parameters: P, train: Samples, test: Samples
    ) -> Measurement:
        """Return the measurement that observables are computed from."""
