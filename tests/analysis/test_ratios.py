"""The bulk loss over the boundary loss, in both normalisations."""

from __future__ import annotations

import numpy as np
import pytest
from record_of_arrays import record_of

from nnuniverse.analysis.ratios import bulk_ratios, has_bulk_ratios
from nnuniverse.errors import RunError

LOSSES = {
    "bulk_loss": [[0.3, 0.2], [0.1, np.nan]],
    "boundary_loss": [[0.6, 0.8], [0.1, 0.5]],
    "log_eigenvalues": np.zeros((2, 2, 12)),
}


def test_both_normalisations() -> None:
    record = record_of("784-40-10", units=8, **LOSSES)
    assert has_bulk_ratios(record)
    ratios = bulk_ratios(record)
    np.testing.assert_allclose(ratios.whole, [[0.5, 0.25], [1.0, np.nan]])
    np.testing.assert_allclose(ratios.per_neuron, [[0.25, 0.125], [0.5, np.nan]])  # 10 of 20


@pytest.mark.parametrize("without", LOSSES)
def test_needs_both_losses_and_the_number_of_neurons(without: str) -> None:
    record = record_of(**{name: values for name, values in LOSSES.items() if name != without})
    assert not has_bulk_ratios(record)
    with pytest.raises(RunError, match=without):
        bulk_ratios(record)


def test_a_graph_has_none() -> None:
    graph = record_of("graph of 9 neurons and 20 edges", **LOSSES)
    assert not has_bulk_ratios(graph)
    with pytest.raises(RunError, match="must have layers, but is a graph"):
        bulk_ratios(graph)
