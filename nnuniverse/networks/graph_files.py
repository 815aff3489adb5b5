"""Graphs from files: a weight matrix in a NumPy archive, or GraphML."""

from __future__ import annotations

import io
import warnings
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from nnuniverse.archives import Archive, reason_of, require_room
from nnuniverse.errors import DataError
from nnuniverse.networks.masks import Mask, require_small

if TYPE_CHECKING:
    import networkx as nx

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"

DEEPEST = 20
"""Elements inside one another: a node's or an edge's data are five deep, with yEd's figures ten."""

TREE_BYTES = 50
"""Memory per byte of a GraphML file: of small edges as a tree and as networkx has them."""

OPTIONAL = ("bias", "inputs", "outputs")


def read_npz_graph(stream: IO[bytes], source: str) -> Mask:
    """Return the graph of a weight matrix, ``weights[i, j]`` for the edge j -> i.

    ``weights`` (N, N), of which the non-zero entries are edges; or a matrix stored by
    `scipy.sparse.save_npz`, of which the stored ones are.  Optional: ``bias`` (N,), ``inputs`` and
    ``outputs``, neurons counted from 0.  ``stream``: the opened file, called ``source`` in
    messages.  Raises DataError if the file is nothing of that kind.
    """
    archive = Archive(stream, _subject(source))
    is_sparse = "format" in archive.names
    if not is_sparse and "weights" not in archive.names:
        held = ", ".join(archive.names) or "nothing"
        raise _unfit(source, "hold `weights`, or a matrix of scipy.sparse", f"holds {held}")
    optional = archive.read([name for name in OPTIONAL if name in archive.names])
    matrix: sp.sparray = (
        _sparse(archive, stream) if is_sparse else archive.read(["weights"])["weights"]
    )
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.shape[0]:
        raise _unfit(source, "hold a square matrix", f"its shape is {matrix.shape}")
    if matrix.dtype.kind not in "iufb":
        raise _unfit(source, "have real numbers as weights", f"their type is {matrix.dtype}")
    edges = matrix.nnz if sp.issparse(matrix) else int(np.count_nonzero(matrix))
    require_small(matrix.shape[0], edges)
    with archive.reading():
        matrix = sp.coo_array(matrix)
    mask = _mask(source, matrix.shape[0], matrix.row, matrix.col, matrix.data)
    return mask._replace(
        bias=_bias(optional.get("bias"), mask.neurons, source),
        inputs=_neurons(optional.get("inputs"), "inputs", mask.neurons, source),
        outputs=_neurons(optional.get("outputs"), "outputs", mask.neurons, source),
    )


def _sparse(archive: Archive, stream: IO[bytes]) -> sp.sparray:
    """Return the matrix of scipy.sparse, all of whose indices lie inside it."""
    arrays = archive.read([name for name in archive.names if name not in OPTIONAL])
    with archive.reading():
        if "indptr" in arrays:
            _check_pointers(arrays["indptr"], len(arrays["indices"]))
        stream.seek(0)
        matrix = sp.load_npz(stream)
        if "indptr" in arrays:  # other formats are checked when they are made
            matrix.check_format(full_check=True)
    return matrix


def _check_pointers(pointers: np.ndarray, entries: int) -> None:
    """Raise ValueError unless they ascend within the entries: scipy writes where they point."""
    inside = (pointers >= 0) & (pointers <= entries)
    if not inside.all() or (pointers[1:] < pointers[:-1]).any():
        raise ValueError("indptr does not ascend from 0 to the number of entries")


def read_graphml(stream: IO[bytes], source: str) -> Mask:
    """Return the graph of a GraphML file: nodes in its order, an edge from source to target.

    Undirected edges lead both ways.  Weights are the edges' attribute ``weight``; if no edge has
    it, they are to be drawn.  ``stream``: the opened file, called ``source`` in messages.  Raises
    DataError if the file is no such graph, if an edge has an end that is not a node of it, or if
    edges are repeated.
    """
    import networkx as nx  # here, since few runs need it

    size = stream.seek(0, io.SEEK_END)
    require_room(_subject(source), TREE_BYTES * size, TREE_BYTES * size)
    try:
        declared = _Declared.of(stream)
        stream.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of keys without a type, which are read as texts
            graph = nx.read_graphml(stream, force_multigraph=True)
    except Exception as error:  # networkx lets through whatever attributes and text lead to
        actual = f"cannot be read ({reason_of(error)})"
        raise _unfit(source, "be a readable GraphML file", actual) from None
    if not len(graph):
        raise _unfit(source, "hold a graph", "has no nodes")
    missing = [node for node in graph if node not in declared.nodes]
    if missing:
        raise _unfit(
            source, "name only nodes it has", f"an edge has the missing end {missing[0]!r}"
        )
    if (len(graph), graph.number_of_edges()) != (len(declared.nodes), declared.edges):
        raise _unfit(source, "hold one graph, without repeats or graphs inside it", "holds more")
    return _of_networkx(graph, source)


class _Declared:
    """The nodes that a GraphML file declares, by identifier, and the number of its edges."""

    def __init__(self) -> None:
        self.nodes: set[str | None] = set()
        self.edges = 0
        self._depth = 0

    @classmethod
    def of(cls, stream: IO[bytes]) -> _Declared:
        """Read a file without making a tree of it; raises ValueError for what could grow."""
        declared = cls()
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = declared._start
        parser.EndElementHandler = declared._end
        parser.StartDoctypeDeclHandler = declared._doctype
        stream.seek(0)
        parser.ParseFile(stream)
        return declared

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError(f"more than {DEEPEST} elements inside one another")
        name = tag.removeprefix(f"{NAMESPACE} ")
        if name == "node":
            self.nodes.add(attributes.get("id"))
        self.edges += name == "edge"

    def _end(self, tag: str) -> None:
        self._depth -= 1

    def _doctype(
        self, name: str, system: str | None, public: str | None, has_declarations: bool
    ) -> None:
        if has_declarations:
            raise ValueError("it declares entities or attributes")


def _of_networkx(graph: nx.Graph, source: str) -> Mask:
    number = {node: position for position, node in enumerate(graph)}
    # A directed copy holds an undirected edge once in each direction, and a loop twice.
    pairs = [
        (number[target], number[sender], data.get("weight"))
        for sender, target, data in graph.edges(data=True)
    ]
    if not graph.is_directed():
        pairs += [(j, i, weight) for i, j, weight in pairs if i != j]
    weights = [weight for *_, weight in pairs]
    if any(weight is None for weight in weights) and any(weight is not None for weight in weights):
        raise _unfit(source, "have a weight on all edges or on none", "lacks some")
    rows, columns = (np.array([pair[end] for pair in pairs], np.int64) for end in (0, 1))
    given = None if None in weights or not weights else weights
    return _mask(source, len(graph), rows, columns, given)


def _mask(
    source: str, neurons: int, rows: np.ndarray, columns: np.ndarray, weights: ArrayLike | None
) -> Mask:
    """Return the mask with its edges in order; raises DataError for bad weights or repeats."""
    if weights is not None:
        try:
            weights = np.asarray(weights, np.float64)
        except (TypeError, ValueError, OverflowError):
            raise _unfit(source, "have real numbers as weights", "has others") from None
        if not np.isfinite(weights).all():
            place = int(np.flatnonzero(~np.isfinite(weights))[0])
            edge = f"{columns[place]} -> {rows[place]}"
            raise _unfit(source, "have finite weights", f"that of {edge} is {weights[place]}")
    order = np.lexsort((columns, rows))
    rows, columns = (np.asarray(ends, np.int64)[order] for ends in (rows, columns))
    repeated = np.flatnonzero((np.diff(rows) == 0) & (np.diff(columns) == 0))
    if len(repeated):
        edge = f"{columns[repeated[0]]} -> {rows[repeated[0]]}"
        raise _unfit(source, "name each edge once", f"repeats {edge}")
    return Mask(neurons, rows, columns, None if weights is None else weights[order])


def _bias(bias: np.ndarray | None, neurons: int, source: str) -> np.ndarray | None:
    if bias is None:
        return None
    if bias.shape != (neurons,) or bias.dtype.kind not in "iuf" or not np.isfinite(bias).all():
        raise _unfit(source, f"have {neurons} finite numbers as `bias`", "has not")
    return bias.astype(np.float64)


def _neurons(chosen: np.ndarray | None, name: str, neurons: int, source: str) -> np.ndarray | None:
    if chosen is None:
        return None
    if chosen.ndim == 1 and not chosen.size:
        return np.zeros(0, np.int64)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
        raise _unfit(source, f"number the neurons of `{name}`", "does not")
    outside = (chosen < 0) | (chosen >= neurons)
    if outside.any():
        actual = f"names {chosen[outside][0]}"
        raise _unfit(source, f"have neurons 0 to {neurons - 1} as `{name}`", actual)
    return chosen.astype(np.int64)


def _subject(source: str) -> str:
    return f"the graph {source!r}"


def _unfit(source: str, requirement: str, actual: str) -> DataError:
    return DataError(_subject(source), requirement, actual, "another network.mask")
