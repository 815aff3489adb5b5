"""``permutation`` and ``chains``: what they draw of wires that come up out of noise."""

from __future__ import annotations

import numpy as np
from made_structure import ENDS, EPOCHS, made_structure

from nnuniverse.plots import PLOTS, PlotSettings
from nnuniverse.plots.permutation import sorted_order
from nnuniverse.runs import RunRecord


def test_the_share_of_a_permutation_ends_at_one(aligned: list[RunRecord]) -> None:
    drawing = PLOTS["permutation"].make(aligned[:1], PlotSettings())
    structure, _ = made_structure()
    share = structure["permutation_share"].mean(axis=0)
    np.testing.assert_array_equal(drawing.table["epoch"], EPOCHS)
    np.testing.assert_allclose(drawing.table["share"], share)
    assert drawing.table["shuffled_high"][-1] < share[-1] == 1.0
    assert "at last" in drawing.description
    _, before, after, _ = drawing.figure.axes
    (own,), (sorted_,) = before.images, after.images
    diagonal = np.diagonal(sorted_.get_array())[: 2 * ENDS]
    assert (diagonal > 0.0).all()
    assert sorted_.get_array().sum() == own.get_array().sum() == diagonal.sum()


def test_rows_without_an_entry_come_last() -> None:
    rows, columns = sorted_order(np.array([7.0, -1.0, 3.0]), np.array([3, 5, 7]))
    assert rows.tolist() == [0, 2, 1]
    assert columns.tolist() == [2, 0, 1]


def test_chains_are_drawn_in_colour(aligned: list[RunRecord]) -> None:
    drawing = PLOTS["chains"].make(aligned[:1], PlotSettings())
    assert drawing.table["chains"][-1] == ENDS
    edges = [weight for weight in drawing.table["weight"] if weight != ""]
    assert edges == [1.0] * 2 * ENDS
    (lines,) = drawing.figure.axes[0].collections
    assert len(np.unique(lines.get_colors(), axis=0)) == 1
    assert len(lines.get_segments()) == 2 * ENDS


def test_several_runs_have_a_curve_each(aligned: list[RunRecord]) -> None:
    for name in ("permutation", "chains"):
        drawing = PLOTS[name].make(aligned, PlotSettings())
        for run in aligned:
            assert run.name in drawing.description
        assert (
            sum(
                len(line.get_xdata()) == len(EPOCHS)
                for line in drawing.figure.axes[1 if name == "chains" else 0].lines
            )
            == 2
        )
