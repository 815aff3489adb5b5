"""What is told of the structure of weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_structure import made_structure

from nnuniverse.analysis.structure import structure_sentences, structure_tables
from nnuniverse.physics.structure.structure import Structure


def changed(structure: Structure, **values: np.ndarray) -> Structure:
    return replace(structure, values={**structure.values, **values})


def test_wires_are_told() -> None:
    structure, attributes = made_structure()
    of_replicas, of_epochs = structure_tables(structure, attributes)
    assert [row[1] for row in of_replicas.rows] == ["1.000", "1.000"]
    assert [row[0] for row in of_epochs.rows] == ["0", "10", "100", "1000"]
    assert set(of_replicas.legend) <= set(of_replicas.headings)
    told = structure_sentences(structure, attributes)
    assert told[0].startswith("Q lies above what 97.5 % of shuffled weights have in 2, ")
    assert (
        "4 of 4 inputs, at a purity of 0.9, of 3 neurons; 8 of 8 lead to the output of" in told[1]
    )
    assert "partial permutation in 2 of 2 replicas; there are no cycles" in told[2]
    assert "too few, or too near to each other" in told[3]


def test_a_diverged_replica_is_left_out() -> None:
    structure, attributes = made_structure()
    values = {}
    for name, of in structure.values.items():
        if of.ndim and of.shape[0] == 2 and name not in ("matrix", "assigned_sender"):
            values[name] = of.copy()
            values[name][1] = np.nan
    one = changed(structure, **values)
    told = structure_sentences(one, attributes)
    assert "in 1, below what 97.5 % have in 0 of 1 replica" in told[0]
    assert "4 of 4 lead to" in told[1]
    assert structure_tables(one, attributes)[0].rows[1][1] == "-"


@pytest.mark.parametrize(
    ("dimension", "ends", "words"),
    [
        (2.0, (1.9, 2.1), "Spectral dimension of the kept edges: 2.00."),
        (np.nan, (1.0, 3.0), "no spectral dimension: -2 dlog p/dlog t goes from 1.00 to 3.00."),
    ],
)
def test_a_dimension_or_its_range(dimension: float, ends: tuple[float, float], words: str) -> None:
    structure, attributes = made_structure()
    shape = structure["spectral_dimension"].shape
    one = changed(
        structure,
        spectral_dimension=np.full(shape, dimension),
        spectral_dimension_range=np.broadcast_to(ends, (*shape, 2)),
    )
    assert words in structure_sentences(one, attributes)[-1]


def test_motifs_are_told_beside_rewired_graphs() -> None:
    structure, attributes = made_structure()
    count = structure["motif_count"] + [9.0, 2.0, 0.0]
    rewired = structure["motif_rewired"] + [[[[1.0, 2.0, 3.0]]]]
    one = changed(structure, motif_count=count, motif_rewired=rewired)
    *_, table = structure_tables(one, attributes)
    assert table.rows[0] == ["0", "9", "1-3", "2", "1-3", "0", "1-3"]
    told = " ".join(structure_sentences(one, attributes))
    assert "have: loops of 2 in 2, loops of 3 in 0, feed-forward in 0; fewer: " in told
    assert "feed-forward in 2, of 2 each.  Of 6 comparisons 0.3 lie outside by chance." in told
