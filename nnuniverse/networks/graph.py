"""The general architecture: any graph of neurons, of which some are inputs and some outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import jax
import numpy as np
import scipy.sparse as sp
from jaxtyping import Int

from nnuniverse.errors import ConfigError
from nnuniverse.networks.architecture import WeightArray
from nnuniverse.networks.edges import Edges
from nnuniverse.networks.masks import Mask
from nnuniverse.variables import Axis, Variable

EDGE_ROW, EDGE_COLUMN = (
    Variable(name, ("edge",), f"neuron where the edge {what}", "2004.09280 (2.5)", dtype="int64")
    for name, what in (("edge_row", "ends"), ("edge_column", "starts"))
)
"""Where an edge j -> i ends, i, and starts, j: ``w[edge_row, edge_column] = weights``."""


@dataclass(frozen=True, eq=False)
class Graph:
    """A net of N neurons whose weight matrix w has entries on the edges of a graph only.

    ``rows`` and ``columns``: the edges j -> i as i and j, shape (E,) each; ``inputs``: the neurons
    clamped to the data, into which no edge leads; ``outputs``: the neurons compared with the
    targets; all others are hidden.  The free neurons are those that are not inputs.
    ``iterations`` T and ``tolerance``: how long, and how exactly, a fixed point is sought, see
    `find_fixed_point`.  ``initial_weights`` (E,) and ``initial_bias`` (N,): given ones, instead of
    drawn or zero ones.

    Source: the septuple of 2004.09280 Sec. 2 (x, P_in, P_out, w, b, f, H).
    """

    neurons: int
    rows: np.ndarray
    columns: np.ndarray
    inputs: np.ndarray
    outputs: np.ndarray
    iterations: int = 100
    tolerance: float = 1e-6
    initial_weights: np.ndarray | None = None
    initial_bias: np.ndarray | None = None

    @property
    def edges(self) -> int:
        """E, the number of edges."""
        return len(self.rows)

    @property
    def depth(self) -> None:
        """None: there may be loops, so that the powers of w need not end."""
        return

    @property
    def training_products(self) -> int:
        """Of every weight, forwards as often as it may iterate, and backwards twice."""
        return self.edges * (self.iterations + 2)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The edges, and the free neurons."""
        return (
            Axis("edge", "number of the edge", np.arange(self.edges)),
            Axis("neuron", "neuron that is not an input", self.free),
        )

    @property
    def weight_arrays(self) -> tuple[WeightArray, ...]:
        """``weights`` of the edges, with their ends, and ``bias`` of the free neurons."""
        edge, neuron = self.axes
        ends = ((EDGE_ROW, self.rows), (EDGE_COLUMN, self.columns))
        return (
            WeightArray("weights", "weights of the edges", (edge,), ends),
            WeightArray("bias", "biases of the free neurons", (neuron,)),
        )

    @cached_property
    def free(self) -> Int[np.ndarray, " n_free"]:
        """The neurons that are not inputs, ascending, shape (n_free,)."""
        return np.setdiff1d(np.arange(self.neurons), self.inputs)

    @cached_property
    def hidden(self) -> Int[np.ndarray, " n_hidden"]:
        """The free neurons that are not outputs, ascending."""
        return np.setdiff1d(self.free, self.outputs)

    @cached_property
    def free_outputs(self) -> Int[np.ndarray, " n_L"]:
        """Where the outputs are among the free neurons."""
        return np.searchsorted(self.free, self.outputs)

    @cached_property
    def inner(self) -> Edges:
        """The edges between free neurons, numbered among them."""
        return self.edges_from(self.free)

    @cached_property
    def incoming(self) -> Edges:
        """The edges from the inputs, numbered in their order, to the free neurons."""
        return self.edges_from(self.inputs)

    @property
    def dynamical_eigenvalues(self) -> int:
        """Number of eigenvalues of G that the architecture lets differ from one.

        The inputs have no incoming edges: of their directions, at most one per free neuron is
        reached by the rows of A.
        """
        return len(self.free) + min(len(self.inputs), len(self.free))

    @property
    def unit_eigenvalues(self) -> int:
        """Number of eigenvalues of G that are exactly one."""
        return self.neurons - self.dynamical_eigenvalues

    def __str__(self) -> str:
        return f"graph of {self.neurons} neurons and {self.edges} edges"

    def edges_from(self, senders: Int[np.ndarray, " senders"]) -> Edges:
        """Return the edges from ``senders``, numbered in their order, to the free neurons."""
        position = np.full(self.neurons, -1)
        position[senders] = np.arange(len(senders))
        chosen = np.flatnonzero(position[self.columns] >= 0)
        return Edges(
            index=chosen,
            rows=np.searchsorted(self.free, self.rows[chosen]),
            columns=position[self.columns[chosen]],
            shape=(len(self.free), len(senders)),
        )


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class GraphParameters:
    """Weights (E,) of the edges and bias (n_free,) of the free neurons of a ``graph``."""

    weights: jax.Array
    bias: jax.Array
    graph: Graph = field(metadata={"static": True})


def build_graph(
    mask: Mask,
    inputs: Sequence[int] | Int[np.ndarray, " n_1"],
    outputs: Sequence[int] | Int[np.ndarray, " n_L"],
    iterations: int = 100,
    tolerance: float = 1e-6,
) -> Graph:
    """Return the graph of ``mask`` with the boundary given; edges into inputs are left out.

    Raises ConfigError if the boundary is out of range, overlaps, or no path leads to an output.

    ``outputs``: numbers of the output neurons; ``iterations``: the most to a fixed point;
    ``tolerance``: a step below which it has settled.

    >>> from nnuniverse.networks.masks import permutation_mask
    >>> str(build_graph(permutation_mask([3]), inputs=[0], outputs=[2]))  # none into the input
    'graph of 3 neurons and 2 edges'
    """
    boundary = {
        name: _neurons(name, chosen, mask.neurons)
        for name, chosen in (("inputs", inputs), ("outputs", outputs))
    }
    both = np.intersect1d(boundary["inputs"], boundary["outputs"])
    if len(both):
        raise ConfigError(
            "`network.outputs`",
            "be other neurons than `network.inputs`",
            f"shares neuron {both[0]}",
            f"at least {len(inputs) + len(outputs)} neurons",
        )
    kept = ~np.isin(mask.rows, boundary["inputs"])
    graph = Graph(
        neurons=mask.neurons,
        rows=mask.rows[kept],
        columns=mask.columns[kept],
        iterations=iterations,
        tolerance=tolerance,
        initial_weights=None if mask.weights is None else mask.weights[kept],
        initial_bias=mask.bias,
        **boundary,
    )
    _require_paths(graph)
    return graph


def _neurons(name: str, chosen: Sequence[int] | np.ndarray, count: int) -> np.ndarray:
    """Return neurons of the boundary as an array; raises ConfigError for others, or repeats."""
    wrong = [neuron for neuron in chosen if not 0 <= neuron < count]
    if wrong:
        raise ConfigError(
            f"`network.{name}`",
            f"be neurons 0 to {count - 1}",
            f"names {wrong[0]}",
            "more neurons, or others of them",
        )
    neurons = np.asarray(chosen, np.int64)
    if len(np.unique(neurons)) < len(neurons):
        raise ConfigError(f"`network.{name}`", "name each neuron once", "repeats one", "each once")
    return neurons


def _require_paths(graph: Graph) -> None:
    """Raise ConfigError unless a path leads from the inputs, if any, to every output."""
    if not len(graph.inputs):
        return
    source = graph.neurons  # a further neuron, with an edge to every input
    start = np.concatenate([graph.columns, np.full(len(graph.inputs), source)])
    end = np.concatenate([graph.rows, graph.inputs])
    links = sp.csr_array((np.ones(len(start)), (start, end)), shape=(source + 1, source + 1))
    reached = sp.csgraph.breadth_first_order(links, source, return_predecessors=False)
    missed = np.setdiff1d(graph.outputs, reached)
    if len(missed):
        raise ConfigError(
            "`network.mask`",
            "lead from the inputs to every output",
            f"no path reaches output neuron {missed[0]}",
            "more links, another seed, or other outputs",
        )
