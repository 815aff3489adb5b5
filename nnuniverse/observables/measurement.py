"""One measurement of one net: what the observables share, computed once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from nnuniverse.losses import BulkMinimum, LocalObjective
from nnuniverse.losses.bulk.descent import EXACT, Effort
from nnuniverse.losses.bulk.layered import NO_OBJECTIVE
from nnuniverse.networks.activation import Activation, Activations, of_all, of_layers
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.propagation import Trainable
from nnuniverse.precision import in_float64
from nnuniverse.spectra import DENSE_LIMIT

Compared = Literal["classes", "softmax", "inputs", "real", "free"]
"""What outputs are compared with: one-hot classes, also by their softmax, inputs, real targets, or
nothing."""


class Samples(NamedTuple):
    """Inputs (samples, n_1), targets (samples, n_L) and labels (samples,).

    Where there are no classes, the labels are the real targets, (samples, n_L), as they are stored.
    """

    inputs: jax.Array
    targets: jax.Array
    labels: jax.Array


@dataclass(frozen=True)
class Settings:
    """What does not change during a run: the net's architecture and how it is measured.

    ``activation``: f of all layers, or of each.  ``slope``: where f' is taken, at the mean state
    (2004.09280 (5.4)) or as the mean over the samples of the slopes.  ``complexity_n``: the n of
    C_n.  ``local``: the local objectives of the bulk loss.  ``outputs``: what the outputs are
    compared with: one-hot ``classes``, the same by the ``softmax`` of the outputs too, the
    ``inputs`` (an auto-encoder), ``real`` targets (regression), or nothing where they are ``free``.
    ``bulk_in_rounds``: `Effort.in_rounds` of the bulk loss; not of runs begun before there were
    rounds, whose last digits it changes.  ``precision``: in which the net is trained and kept.
    ``batch``: samples of a mini-batch, as far as mini-batches are measured.
    """

    architecture: Architecture
    activation: Activations
    slope: Literal["at_mean", "mean_slope"] = "at_mean"
    complexity_n: tuple[int, ...] = (20,)
    local: LocalObjective = NO_OBJECTIVE
    outputs: Compared = "classes"
    bulk_in_rounds: bool = True
    precision: Literal["float32", "float64"] = "float32"
    batch: int = 100

    @property
    def bulk_effort(self) -> Effort:
        """How far the minimisation of the bulk loss goes."""
        return EXACT._replace(in_rounds=self.bulk_in_rounds)

    @property
    def only_activation(self) -> Activation:
        """The activation of all neurons; raises TypeError where layers have their own."""
        return of_all(self.activation)

    @property
    def recurrent(self) -> bool:
        """Whether states are sought by iteration, and G may be singular."""
        return self.architecture.depth is None

    @property
    def has_spectrum(self) -> bool:
        """Whether a snapshot takes all eigenvalues: not of graphs too large for that."""
        return not self.recurrent or self.architecture.dynamical_eigenvalues <= DENSE_LIMIT

    def slopes(self, arguments: Sequence[Float[Array, "samples _"]]) -> list[Float[Array, " _"]]:
        """Return f'_l, (n_l,), of samples with the ``arguments`` y_l, (samples, n_l).

        ``at_mean``: f'(w <x> + b), 2004.09280 (5.4); since y = wx + b is linear in x, that is
        f'(<y>).  ``mean_slope``: <f'(y)>.
        """
        layers = list(zip(of_layers(self.activation, len(arguments)), arguments, strict=True))
        if self.slope == "at_mean":
            return [f.slope(y.mean(axis=0)) for f, y in layers]
        return [f.slope(y).mean(axis=0) for f, y in layers]


class Measurement(ABC):
    """The state of one replica at a snapshot, in float64, with intermediate results shared.

    ``parameters``: the weights and biases; ``train`` and ``test``: the samples; ``mask``: which
    hidden neurons are active, per layer, where others of the architecture are dormant.  Averages
    are over the training samples.
    """

    parameters: Trainable
    mask: tuple[jax.Array, ...] | None = None

    @in_float64
    def __init__(
        self, settings: Settings, parameters: Trainable, train: Samples, test: Samples
    ) -> None:
        self.settings = settings
        self.parameters = jax.tree.map(lambda array: array.astype(jnp.float64), parameters)
        self.train = train
        self.test = test

    @property
    @abstractmethod
    def train_preactivations(self) -> list[Float[Array, "samples _"]]:
        """Arguments of the activation over the training samples, (samples, n_l) each.

        Together of all free neurons, ascending.
        """

    @property
    @abstractmethod
    def train_outputs(self) -> Float[Array, "samples n_L"]:
        """States of the output neurons over the training samples, (samples, n_L)."""

    @property
    @abstractmethod
    def test_outputs(self) -> Float[Array, "samples n_L"]:
        """States of the output neurons over the test samples, (samples, n_L)."""

    @property
    @abstractmethod
    def log_eigenvalues(self) -> Float[Array, " n_dyn"]:
        """Dynamical log-eigenvalues of G, descending, (n_dyn,); NaN where an eigenvalue is zero."""

    @property
    @abstractmethod
    def mean_state_squares(self) -> tuple[Float[Array, " n_dyn"], Float[Array, ""]]:
        """Squares of <x> along the dynamical eigenvectors, (n_dyn,), and their rest, ().

        <x> is the mean over the training samples of the states, the clamped inputs included.
        """

    @property
    @abstractmethod
    def bulk_minimum(self) -> BulkMinimum:
        """Bulk loss of every training sample."""

    @property
    def dormant(self) -> Float[Array, ""] | None:
        """How many hidden neurons are dormant, (), float64; None where none can be."""
        if self.mask is None:
            return None
        return jnp.stack([(~layer).sum(dtype=jnp.float64) for layer in self.mask]).sum()

    @property
    def active_dynamical(self) -> Float[Array, ""] | None:
        """n_dyn of the net without its dormant neurons, (), float64; None where none can be."""
        return None

    @cached_property
    @in_float64
    def slopes(self) -> list[Float[Array, " _"]]:
        """Slopes f' of the free neurons where `Settings.slope` takes them, (n_l,) each."""
        return self.settings.slopes(self.train_preactivations)

    @property
    def clamped(self) -> Float[Array, "samples n_L"] | None:
        """What the bulk loss clamps the outputs to, (samples, n_L); None where they are free."""
        return None if self.settings.outputs == "free" else self.train.targets


M = TypeVar("M", bound=Measurement)


def only_of(
    kind: type[M], measure: Callable[[M], Shaped[Array, " ..."]]
) -> Callable[[Measurement], Shaped[Array, " ..."]]:
    """Return ``measure`` of an observable that applies only to nets whose measurement is ``kind``.

    Raises TypeError where it is measured of others.
    """

    def checked(measurement: Measurement) -> Shaped[Array, " ..."]:
        if not isinstance(measurement, kind):
            raise TypeError(f"only a {kind.__name__} has it, not a {type(measurement).__name__}")
        return measure(measurement)

    return checked
