"""The cosines of the drift over the epochs, as `nnu align` stored them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_alignment import BETAS, EPOCHS, made_alignment

from nnuniverse.errors import RunError
from nnuniverse.plots import PLOTS, PlotSettings
from nnuniverse.plots.align import OF_ONE_RUN
from nnuniverse.runs import RunRecord

Store = Callable[..., RunRecord]


def test_curves_are_means_over_seeds_at_the_beta_nearest_to_one(
    aligned: list[RunRecord], settings: PlotSettings, rows: Callable[..., Any], interval: Any
) -> None:
    drawing = PLOTS["align"].make(aligned[:1], settings)
    (axes,) = drawing.figure.axes
    assert axes.get_ylabel() == "cosine with the mean step"
    assert set(drawing.table["quantity"]) == set(OF_ONE_RUN)
    found = rows(drawing.table, quantity="alignment")
    np.testing.assert_array_equal(found["epoch"], EPOCHS)
    assert set(found["beta"]) == {1.0}
    values = made_alignment()["alignment"][..., list(BETAS).index(1.0)]
    expected = interval(values)
    for column, of in zip(("mean", "low", "high"), expected, strict=True):
        np.testing.assert_allclose(found[column], of)


def test_several_runs_have_a_curve_each(
    aligned: list[RunRecord], settings: PlotSettings, drawn: Any
) -> None:
    drawing = PLOTS["align"].make(aligned, settings)
    assert set(drawing.table["quantity"]) == {"alignment"}
    assert drawn.legend(drawing.figure.axes[0]) == ["first", "second"]


def test_a_single_epoch_is_a_dot(store: Store, settings: PlotSettings) -> None:
    run = store("once", made_alignment(epochs=slice(3, 4)))
    drawing = PLOTS["align"].make([run], settings)
    assert set(drawing.table["epoch"]) == {100}
    assert any(line.get_marker() == "o" for line in drawing.figure.axes[0].lines)


def test_replicas_that_are_gone_leave_the_others(store: Store, settings: PlotSettings) -> None:
    run = store("lost", made_alignment(lost=2))
    drawing = PLOTS["align"].make([run], settings)
    assert np.isfinite(np.array(drawing.table["mean"], float)).all()


def test_without_the_file_the_command_is_named(
    build: Callable[..., RunRecord], settings: PlotSettings, root: Path
) -> None:
    with pytest.raises(RunError, match=r"align\.h5' must be what `nnu align` makes .* first"):
        PLOTS["align"].make([build()], settings)


def test_a_damaged_file_is_refused(store: Store, settings: PlotSettings) -> None:
    run = store("damaged", made_alignment())
    path = run.folder.path / "align.h5"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(RunError, match=r"must be what was written"):
        PLOTS["align"].make([run], settings)
