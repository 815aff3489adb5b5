"""Graphs from files: a weight matrix in a NumPy archive, or GraphML."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import scipy.sparse as sp

from nnuniverse.errors import DataError, must
from nnuniverse.networks.masks import Mask
from nnuniverse.regular_files import open_regular

NAMESPACE = "{http://graphml.graphdrawing.org/xmlns}"


def read_npz_graph(path: Path) -> Mask:
    """Return the graph of a weight matrix, ``weights[i, j]`` for the edge j -> i.

    ``weights`` (N, N), of which the non-zero entries are edges; or a matrix stored by
    `scipy.sparse.save_npz`, of which the stored ones are.  Optional: ``bias`` (N,), ``inputs`` and
    ``outputs``, neurons counted from 0.  Raises DataError if the file is nothing of that kind.
    """
    try:
        open_regular(path).close()
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        matrix = sp.load_npz(path) if "format" in arrays else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _unfit(path, "be a readable .npz archive", _reason(error)) from None
    if matrix is None and "weights" not in arrays:
        held = ", ".join(arrays) or "nothing"
        raise _unfit(path, "hold `weights`, or a matrix of scipy.sparse", f"holds {held}")
    matrix = sp.coo_array(_matrix(arrays["weights"], path) if matrix is None else matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise _unfit(path, "hold a square matrix", f"its shape is {matrix.shape}")
    mask = _mask(path, matrix.shape[0], matrix.row, matrix.col, matrix.data)
    return mask._replace(
        bias=_bias(arrays.get("bias"), mask.neurons, path),
        inputs=_neurons(arrays.get("inputs"), "inputs", path),
        outputs=_neurons(arrays.get("outputs"), "outputs", path),
    )


def read_graphml(path: Path) -> Mask:
    """Return the graph of a GraphML file: nodes in its order, an edge from source to target.

    Undirected edges lead both ways.  Weights are the edges' attribute ``weight``; if no edge has
    it, they are to be drawn.  Raises DataError if the file is no such graph, if an edge has an
    end that is not a node of it, or if edges are repeated.
    """
    import networkx as nx  # here, since few runs need it

    try:
        open_regular(path).close()
        declared = {
            node.get("id")
            for node in ElementTree.parse(path).iter(f"{NAMESPACE}node")  # noqa: S314
        }
        graph = nx.read_graphml(path, force_multigraph=True)
    except (OSError, ValueError, KeyError, ElementTree.ParseError, nx.NetworkXException) as error:
        raise _unfit(path, "be a readable GraphML file", _reason(error)) from None
    if not len(graph):
        raise _unfit(path, "hold a graph", "has no nodes")
    missing = [node for node in graph if node not in declared]
    if missing:
        raise _unfit(path, "name only nodes it has", f"an edge has the missing end {missing[0]!r}")
    number = {node: position for position, node in enumerate(graph)}
    # A directed copy holds an undirected edge once in each direction, and a loop twice.
    pairs = [
        (number[target], number[source], data.get("weight"))
        for source, target, data in graph.edges(data=True)
    ]
    if not graph.is_directed():
        pairs += [(j, i, weight) for i, j, weight in pairs if i != j]
    weights = [weight for *_, weight in pairs]
    if any(weight is None for weight in weights) and any(weight is not None for weight in weights):
        raise _unfit(path, "have a weight on all edges or on none", "lacks some")
    rows, columns = (np.array([pair[end] for pair in pairs], np.int64) for end in (0, 1))
    given = None if None in weights or not weights else np.asarray(weights)
    return _mask(path, len(graph), rows, columns, given)


def _mask(
    path: Path, neurons: int, rows: np.ndarray, columns: np.ndarray, weights: np.ndarray | None
) -> Mask:
    """Return the mask with its edges in order; raises DataError for bad weights or repeats."""
    if weights is not None:
        try:
            weights = np.asarray(weights, np.float64)
        except (TypeError, ValueError):
            raise _unfit(path, "have real numbers as weights", "has others") from None
        if not np.isfinite(weights).all():
            place = int(np.flatnonzero(~np.isfinite(weights))[0])
            edge = f"{columns[place]} -> {rows[place]}"
            raise _unfit(path, "have finite weights", f"that of {edge} is {weights[place]}")
    order = np.lexsort((columns, rows))
    rows, columns = np.asarray(rows)[order], np.asarray(columns)[order]
    repeated = np.flatnonzero((np.diff(rows) == 0) & (np.diff(columns) == 0))
    if len(repeated):
        edge = f"{columns[repeated[0]]} -> {rows[repeated[0]]}"
        raise _unfit(path, "name each edge once", f"repeats {edge}")
    return Mask(neurons, rows, columns, None if weights is None else weights[order])


def _matrix(weights: np.ndarray, path: Path) -> np.ndarray:
    if weights.dtype.kind not in "iufb":
        raise _unfit(path, "have real numbers as weights", f"their type is {weights.dtype}")
    return weights.astype(np.float64)


def _bias(bias: np.ndarray | None, neurons: int, path: Path) -> np.ndarray | None:
    if bias is None:
        return None
    if bias.shape != (neurons,) or bias.dtype.kind not in "iuf" or not np.isfinite(bias).all():
        raise _unfit(path, f"have {neurons} finite numbers as `bias`", "has not")
    return bias.astype(np.float64)


def _neurons(neurons: np.ndarray | None, name: str, path: Path) -> np.ndarray | None:
    if neurons is not None and (neurons.ndim != 1 or neurons.dtype.kind not in "iu"):
        if neurons.size:
            raise _unfit(path, f"number the neurons of `{name}`", "does not")
        return np.zeros(0, np.int64)
    return neurons


def _reason(error: Any) -> str:
    if isinstance(error, FileNotFoundError):
        return "is not there"
    return f"cannot be read ({type(error).__name__}: {error})"


def _unfit(path: Path, requirement: str, actual: str) -> DataError:
    return DataError(must(f"the graph {str(path)!r}", requirement, actual, "another network.mask"))
