"""What is computed of the nets of an architecture: the interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import jax
import numpy as np
import scipy.sparse as sp
from jaxtyping import Array, Float, PRNGKeyArray

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
    def initialise(self, key: PRNGKeyArray, initialiser: str, gain: float) -> P:
        """Return initial weights and biases, float32; see `INITIALISERS`.

        ``key``: a JAX key; ``initialiser``: one of `INITIALISERS`; ``gain``: what the weights of
        the initialiser are multiplied by.
        """

    @abstractmethod
    def as_given(self, parameters: P) -> P:
        """Return initial ``parameters`` with those that the architecture gives, in float64."""

    @abstractmethod
    def parameters(self, arrays: Sequence[Float[Array, " ..."]]) -> P:
        """Return weights and biases that are stored as ``arrays``, see `weight_arrays`."""

    @abstractmethod
    def trained_inputs(
        self, inputs: Float[np.ndarray, "samples n_1"], whole: bool
    ) -> TrainedInputs[P]:
        """Return which input neurons take part in training, all if ``whole``.

        ``inputs``: x_1 of all samples, (samples, n_1).
        """

    @abstractmethod
    def forward(
        self, parameters: P, inputs: Float[Array, "*samples n_1"], activation: Activations
    ) -> Float[Array, "*samples n_L"]:
        """Return the states of the output neurons, (samples, n_L), 2004.09280 (2.9).

        ``parameters``: weights and biases of such a net; ``inputs``: x_1 of the samples, (samples,
        n_1); ``activation``: f, of all layers or of each.
        """

    @abstractmethod
    def clamped_step(self, parameters: P, activation: Activations) -> ClampedStep:
        """Return the parts of a step of all free neurons at once, with the inputs clamped.

        ``parameters``: weights and biases of such a net; ``activation``: f, of all layers or of
        each.
        """

    @abstractmethod
    def mean_state(
        self, parameters: P, inputs: Float[np.ndarray, "samples n_1"], activation: Activations
    ) -> Float[np.ndarray, " N"]:
        """Return the mean over the ``inputs`` of the state of all neurons, (N,).

        Raises ConfigError where a state does not settle.

        ``parameters``: weights and biases of such a net; ``activation``: f, of all layers or of
        each.
        """

    @abstractmethod
    def weight_matrix(self, parameters: P) -> sp.csr_array:
        """Return w, (N, N), in float64.

        ``parameters``: weights and biases of such a net.
        """

    @abstractmethod
    def bias(self, parameters: P) -> Float[np.ndarray, " n_free"]:
        """Return b of the free neurons, (n_free,), in float64.

        ``parameters``: weights and biases of such a net.
        """

    @abstractmethod
    def bulk_loss(
        self,
        parameters: P,
        activation: Activation,
        inputs: Float[Array, "samples n_1"],
        targets: Float[Array, "samples n_L"] | None,
        local: LocalObjective,
        tolerance: float,
    ) -> Float[Array, " samples"]:
        """Return the bulk loss of each sample, differentiable; see `trained_bulk_loss`.

        ``parameters``: weights and biases of such a net; ``activation``: f with its derivative and
        range; ``inputs``: x_1 of the samples, (samples, n_1); ``targets``: of the outputs,
        (samples, n_L); None leaves them free; ``local``: V, the local objective; ``tolerance``: the
        share of H in the forward pass that may be left above its minimum.
        """

    @abstractmethod
    def slopes(
        self, settings: Settings, parameters: P, inputs: Float[Array, "samples n_1"]
    ) -> list[Float[Array, " _"]]:
        """Return f' of the free neurons where ``settings`` take it, (n_l,) each, differentiable.

        ``parameters``: weights and biases of such a net; ``inputs``: x_1 of the samples, (samples,
        n_1).
        """

    @abstractmethod
    def settle(
        self, settings: Settings, parameters: P, inputs: Float[np.ndarray, "samples n_1"]
    ) -> SettledSlopes:
        """Return the `slopes`, and what became of the samples, for nets that may be large.

        ``settings``: the architecture, f, and how the net is measured; ``parameters``: weights and
        biases of such a net; ``inputs``: x_1 of the samples, (samples, n_1).
        """

    @abstractmethod
    def log_eigenvalues(
        self, parameters: P, slopes: list[Float[Array, " _"]]
    ) -> Float[Array, " n_dyn"]:
        """Return the dynamical log-eigenvalues of G, descending, (n_dyn,), in float64.

        Differentiable, as `reduced_log_eigenvalues` are; minus infinity where one is zero.

        ``parameters``: weights and biases of such a net; ``slopes``: f' of the free neurons, (n_l,)
        each.
        """

    @abstractmethod
    def measure(
        self, settings: Settings, parameters: P, train: Samples, test: Samples
    ) -> Measurement:
        """Return the measurement that observables are computed from.

        ``settings``: the architecture, f, and how the net is measured; ``parameters``: weights and
        biases of such a net; ``train``: inputs and targets of training; ``test``: inputs and
        targets of the test.
        """
