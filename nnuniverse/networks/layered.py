"""The layered architecture: which neurons there are and which may be connected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.networks.architecture import WeightArray
from nnuniverse.variables import Axis

if TYPE_CHECKING:  # slow to load; where shapes are checked, whoever checks them has loaded it
    import jaxtyping


Size = Any
"""A number of neurons, or an array of such."""


def reached_directions(sizes: Sequence[Size], least: Callable[[Size, Size], Size]) -> list[Size]:
    """Return `Layered.coupled_sizes` of layers with ``sizes``; ``least``: the smaller of two."""
    zero = 0 * sizes[0]
    incoming = [zero, *(least(a, b) for a, b in pairwise(sizes))]
    outgoing = [*incoming[1:], zero]
    return [least(n_l, i + o) for n_l, i, o in zip(sizes, incoming, outgoing, strict=True)]


@dataclass(frozen=True)
class Layered:
    """A feedforward net of L layers whose weight matrix is nilpotent, ``w^L = 0``.

    ``sizes`` are the numbers of neurons per layer, inputs first, outputs last (L >= 2).
    Neurons are ordered layer by layer, so ``w`` is block sub-diagonal.

    Source: 2004.09280 (2.1)-(2.3).

    >>> deep = Layered((784, 40, 20, 10))
    >>> deep.neurons, deep.dynamical_eigenvalues, deep.unit_eigenvalues
    (854, 110, 744)
    """

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.sizes) < 2 or min(self.sizes) < 1:
            raise ConfigError(
                "`network.hidden`",
                "give layers of at least one neuron each",
                f"the layers are {'-'.join(map(str, self.sizes))}",
                "network.hidden=[40,20]",
            )

    @property
    def neurons(self) -> int:
        """N, the number of neurons of the whole net."""
        return sum(self.sizes)

    @property
    def depth(self) -> int:
        """L, the number of layers, inputs and outputs counted."""
        return len(self.sizes)

    @property
    def edges(self) -> int:
        """Number of weights: every neuron of a layer is connected to all of the next."""
        return sum(a * b for a, b in pairwise(self.sizes))

    @property
    def inputs(self) -> jaxtyping.Int[np.ndarray, " n_1"]:
        """The neurons of the first layer."""
        return np.arange(self.sizes[0])

    @property
    def free(self) -> jaxtyping.Int[np.ndarray, " n_free"]:
        """The neurons of all other layers."""
        return np.arange(self.sizes[0], self.neurons)

    @property
    def hidden(self) -> jaxtyping.Int[np.ndarray, " n_hidden"]:
        """The neurons between the first and the last layer."""
        return np.arange(self.sizes[0], self.neurons - self.sizes[-1])

    @property
    def outputs(self) -> jaxtyping.Int[np.ndarray, " n_L"]:
        """The neurons of the last layer."""
        return np.arange(self.neurons - self.sizes[-1], self.neurons)

    @property
    def training_products(self) -> int:
        """Of every weight, forwards, and backwards by weights and by states but the inputs."""
        return 3 * self.edges - self.sizes[0] * self.sizes[1]

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The neurons of each layer, layer 0 being the inputs."""
        return tuple(
            Axis(f"layer_{l}", f"neuron of layer {l}", np.arange(size))
            for l, size in enumerate(self.sizes)
        )

    @property
    def weight_arrays(self) -> tuple[WeightArray, ...]:
        """``weights_l`` (row = receiving neuron) and ``bias_l``, layer by layer."""
        return tuple(
            array
            for l, (columns, rows) in enumerate(pairwise(self.axes), start=1)
            for array in (
                WeightArray(f"weights_{l}", f"weights into layer {l}", (rows, columns)),
                WeightArray(f"bias_{l}", f"biases of layer {l}", (rows,)),
            )
        )

    @property
    def coupled_sizes(self) -> tuple[int, ...]:
        """Per layer, the number of directions that ``A`` or ``A^T`` can reach.

        Layer l is reached by the columns of its incoming block, at most
        ``min(n_{l-1}, n_l)`` directions, and by the rows of its outgoing block, at most
        ``min(n_l, n_{l+1})``; it has no more than ``n_l`` of them.  All other directions are
        eigenvectors of G with eigenvalue exactly one.
        """
        return tuple(reached_directions(self.sizes, min))

    @property
    def dynamical_eigenvalues(self) -> int:
        """Number of eigenvalues of G that the architecture lets differ from one.

        The sum of `coupled_sizes`: 110 for 784-40-20-10, 130 for 784-60-10, 20 for 784-10.
        Equal N does not give equal numbers of dynamical eigenvalues.
        """
        return sum(self.coupled_sizes)

    @property
    def unit_eigenvalues(self) -> int:
        """Number of eigenvalues of G that are exactly one."""
        return self.neurons - self.dynamical_eigenvalues

    @property
    def group_sizes(self) -> tuple[int, ...]:
        """Numbers of small eigenvalues that the layers may set apart, whatever is learned.

        A block of strong couplings between two layers has ``min(n_{l-1}, n_l)`` small eigenvalues
        of its own, and strong blocks without a common layer have theirs together: the sums of
        these ranks over sets of blocks no two of which are neighbours, ascending.  Of strong
        neighbours one counts, since a chain of three neurons has one small eigenvalue.  10, 20,
        40 and 50 for 784-40-20-10; 10 and 60 for 784-60-10.
        """
        without, with_last = {0}, set[int]()
        for rank in (min(pair) for pair in pairwise(self.sizes)):
            without, with_last = without | with_last, {total + rank for total in without}
        return tuple(sorted((without | with_last) - {0}))

    def __str__(self) -> str:
        return "-".join(map(str, self.sizes))
