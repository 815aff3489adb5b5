"""The architectures side by side: a layered net, and the graph of its blocks."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.networks.graph import build_graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import block_mask

SIZES = (5, 4, 3, 2)
LAYERED = Layered(SIZES)
GRAPH = build_graph(block_mask(SIZES), range(5), range(12, 14), iterations=7)


@pytest.mark.parametrize("name", ["neurons", "edges", "inputs", "free", "hidden", "outputs"])
def test_number_the_same_neurons(name: str) -> None:
    np.testing.assert_array_equal(getattr(LAYERED, name), getattr(GRAPH, name))


def test_tell_whether_the_powers_of_w_end() -> None:
    assert (LAYERED.depth, GRAPH.depth) == (4, None)


def test_count_the_products_of_a_training_step() -> None:
    # Forwards 20 + 12 + 6, as many by weights, and by states those of all layers but the first.
    assert LAYERED.training_products == 2 * 38 + 18
    assert GRAPH.training_products == 38 * (7 + 2)


def test_declare_their_weights() -> None:
    arrays = {array.name: array for array in LAYERED.weight_arrays}
    assert list(arrays) == ["weights_1", "bias_1", "weights_2", "bias_2", "weights_3", "bias_3"]
    assert (arrays["weights_2"].shape, arrays["bias_2"].shape) == ((3, 4), (3,))
    assert [axis.name for axis in arrays["weights_2"].axes] == ["layer_2", "layer_1"]
    weights, bias = GRAPH.weight_arrays
    assert (weights.shape, bias.shape) == ((38,), (9,))
    (row, rows), (column, columns) = weights.coordinates
    assert (row.name, column.name) == ("edge_row", "edge_column")
    np.testing.assert_array_equal([rows, columns], [GRAPH.rows, GRAPH.columns])


@pytest.mark.parametrize("architecture", [LAYERED, GRAPH], ids=str)
def test_axes_of_weights_are_among_their_axes(architecture) -> None:
    used = {axis.name for array in architecture.weight_arrays for axis in array.axes}
    assert used <= {axis.name for axis in architecture.axes}
