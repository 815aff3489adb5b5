"""Graphs from npz archives and GraphML, and what cannot be one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp

from nnuniverse.config.graph import GraphNetwork
from nnuniverse.errors import ConfigError, DataError
from nnuniverse.experiments.assemble import build_mask
from nnuniverse.networks import graph_files
from nnuniverse.networks.masks import Mask

W = np.array([[0.0, 2.0, 0.0], [0.5, 0.0, 0.0], [-1.0, 3.0, 0.0]])


def read_npz_graph(path: Path) -> Mask:
    with path.open("rb") as stream:
        return graph_files.read_npz_graph(stream, str(path))


def read_graphml(path: Path) -> Mask:
    with path.open("rb") as stream:
        return graph_files.read_graphml(stream, str(path))


def matrix(mask: Mask) -> np.ndarray:
    w = np.zeros((mask.neurons, mask.neurons))
    np.add.at(w, (mask.rows, mask.columns), mask.weights)
    return w


def test_dense_archive(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    np.savez(path, weights=W, bias=[1.0, 2.0, 3.0], inputs=[0], outputs=[2])
    mask = read_npz_graph(path)
    np.testing.assert_array_equal(matrix(mask), W)
    np.testing.assert_array_equal(mask.bias, [1, 2, 3])
    assert (mask.inputs, mask.outputs) == ([0], [2])


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_sparse_archive(tmp_path: Path, form: str) -> None:
    path = tmp_path / "w.npz"
    sp.save_npz(path, sp.csr_array(W).asformat(form))
    np.testing.assert_array_equal(matrix(read_npz_graph(path)), W)


def test_graphml(tmp_path: Path) -> None:
    graph = nx.DiGraph()
    graph.add_nodes_from("abc")
    for i, j in zip(*np.nonzero(W), strict=True):
        graph.add_edge("abc"[j], "abc"[i], weight=float(W[i, j]))
    nx.write_graphml(graph, tmp_path / "w.graphml")
    np.testing.assert_array_equal(matrix(read_graphml(tmp_path / "w.graphml")), W)


def test_undirected_graphml_without_weights(tmp_path: Path) -> None:
    nx.write_graphml(nx.path_graph(3), tmp_path / "path.graphml")
    mask = read_graphml(tmp_path / "path.graphml")
    assert mask.weights is None
    found = list(zip(mask.rows, mask.columns, strict=True))
    assert found == [(0, 1), (1, 0), (1, 2), (2, 1)]


def graphml(edges: str) -> str:
    return (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        '<key id="w" for="edge" attr.name="weight" attr.type="double"/>'
        f'<graph edgedefault="directed"><node id="a"/><node id="b"/>{edges}</graph></graphml>'
    )


AB = '<edge source="a" target="b"><data key="w">{}</data></edge>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (graphml('<edge source="a" target="c"/>'), "an edge has the missing end 'c'"),
        (graphml(AB.format("nan")), "have finite weights, but that of 0 -> 1 is nan"),
        (graphml(AB.format("x")), "be a readable GraphML file"),
        (graphml(AB.format(1) + AB.format(2)), "name each edge once, but repeats 0 -> 1"),
        (graphml(AB.format(1) + '<edge source="b" target="a"/>'), "on all edges or on none"),
        ("<graphml", "be a readable GraphML file"),
        ("", "be a readable GraphML file"),
    ],
)
def test_wrong_graphml(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "wrong.graphml"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as raised:
        read_graphml(path)
    assert "\n" not in str(raised.value)


def nan() -> dict[str, np.ndarray]:
    return {"weights": np.where(W == 3.0, np.nan, W)}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (nan(), "have finite weights, but that of 1 -> 2 is nan"),
        ({"weights": W[:2]}, r"hold a square matrix, but its shape is \(2, 3\)"),
        ({"weights": W + 1j}, "real numbers as weights"),
        ({"w": W}, "hold `weights`, or a matrix of scipy.sparse, but holds w"),
        ({"weights": W, "bias": np.zeros(2)}, "have 3 finite numbers as `bias`"),
        ({"weights": W, "inputs": np.array([0.5])}, "number the neurons of `inputs`"),
    ],
)
def test_wrong_archives(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    np.savez(tmp_path / "wrong.npz", **arrays)
    with pytest.raises(DataError, match=message):
        read_npz_graph(tmp_path / "wrong.npz")


def test_repeated_entries(tmp_path: Path) -> None:
    twice = sp.coo_array(([1.0, 2.0], ([0, 0], [1, 1])), shape=(2, 2))
    sp.save_npz(tmp_path / "twice.npz", twice)
    with pytest.raises(DataError, match="name each edge once, but repeats 1 -> 0"):
        read_npz_graph(tmp_path / "twice.npz")


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (read_npz_graph, "must be an .npz file, but is not a zip archive"),
        (read_graphml, "must be a readable GraphML file, but cannot be read"),
    ],
)
def test_files_that_are_none(tmp_path: Path, read: Callable[[Path], Mask], message: str) -> None:
    (tmp_path / "text").write_text("no graph")
    with pytest.raises(DataError, match=message):
        read(tmp_path / "text")


@pytest.mark.parametrize("kind", ["npz", "graphml"])
def test_files_that_are_not_there(kind: str) -> None:
    mask = {"kind": kind, "path": "missing"}
    network = GraphNetwork.model_validate({"kind": "graph", "mask": mask})
    with pytest.raises(ConfigError, match=r"`network.mask.path` must name .* \(No such file"):
        build_mask(network)
