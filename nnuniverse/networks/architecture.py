"""What an architecture is: which neurons and weights a net has, whatever their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from nnuniverse.variables import Axis, Variable

if TYPE_CHECKING:  # slow to load; where shapes are checked, whoever checks them has loaded it
    import jaxtyping


@dataclass(frozen=True, eq=False)
class WeightArray:
    """The weights or the biases into a part of the net: one array over ``axes``.

    ``coordinates``: integers along these axes that say where in the net a weight is, declared.
    """

    name: str
    meaning: str
    axes: tuple[Axis, ...]
    coordinates: tuple[tuple[Variable, np.ndarray], ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""
        return tuple(len(axis.values) for axis in self.axes)


class Architecture(Protocol):
    """Which of N neurons are connected, and which are clamped to the data or compared with it.

    What is computed of its nets is a `nnuniverse.nets.Net`.  Source: the septuple of 2004.09280
    Sec. 2.
    """

    @property
    def neurons(self) -> int:
        """N, the number of neurons of the whole net."""

    @property
    def edges(self) -> int:
        """Number of weights."""

    @property
    def depth(self) -> int | None:
        """L if ``w^L = 0`` whatever the weights; None where the powers of w need not end.

        Without it a state is sought by iteration, and G may be singular.
        """

    @property
    def inputs(self) -> jaxtyping.Int[np.ndarray, " n_1"]:
        """The neurons clamped to the data, in the order of the data's columns, shape (n_1,)."""

    @property
    def free(self) -> jaxtyping.Int[np.ndarray, " n_free"]:
        """The neurons that are not inputs, ascending, shape (n_free,)."""

    @property
    def hidden(self) -> jaxtyping.Int[np.ndarray, " n_hidden"]:
        """The free neurons that are not outputs, ascending."""

    @property
    def outputs(self) -> jaxtyping.Int[np.ndarray, " n_L"]:
        """The neurons compared with the targets, in the order of their columns, shape (n_L,)."""

    @property
    def dynamical_eigenvalues(self) -> int:
        """Number of eigenvalues of G that the architecture lets differ from one."""

    @property
    def unit_eigenvalues(self) -> int:
        """Number of eigenvalues of G that are exactly one."""

    @property
    def training_products(self) -> int:
        """Multiplications that a training step takes per sample, forwards and backwards."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the weights and biases."""

    @property
    def weight_arrays(self) -> tuple[WeightArray, ...]:
        """What weights and biases are stored as, in the order of the leaves of a net's pytree."""
