"""``grand``: the curves of both directions, exact ones where known, and their numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from made_grand import made_masks, store_masks

from nnuniverse.errors import RunError
from nnuniverse.plots import PLOTS, CrowdedError, PlotSettings
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
GRAND = PLOTS["grand"]


@pytest.fixture(scope="session")
def sampled(build: Build) -> RunRecord:
    run = build(name="sampled")
    run.folder.path.mkdir(parents=True, exist_ok=True)
    store_masks(run.folder.path, made_masks())
    return run


def test_the_numbers_are_those_that_are_stored(sampled: RunRecord) -> None:
    drawing, ensemble = GRAND.make([sampled], PlotSettings()), made_masks()
    rows = np.array(drawing.table["direction"]) == "down"
    rows &= np.array(drawing.table["quantity"]) == "mean_neurons"
    value = np.array(drawing.table["value"])[rows]
    np.testing.assert_array_equal(value, ensemble["mean_neurons"][1])
    half = (np.array(drawing.table["high"])[rows] - value)[8]
    assert half == pytest.approx(3.182 * ensemble["mean_neurons_error"][1, 8], rel=1e-3)
    spread = np.array(drawing.table["quantity"]) == "neurons_spread"
    assert np.array(drawing.table["value"])[spread] ** 2 == pytest.approx(
        np.ravel(ensemble["neurons_variance"])
    )
    assert "from 0.0" in drawing.description


def test_exact_curves_are_drawn_where_there_are_any(sampled: RunRecord, build: Build) -> None:
    without = build(name="without")
    without.folder.path.mkdir(parents=True, exist_ok=True)
    store_masks(without.folder.path, made_masks(exact=False))
    lines = [
        [len(axes.lines) for axes in GRAND.make([run], PlotSettings()).figure.axes]
        for run in (sampled, without)
    ]
    assert lines == [[3, 3, 2], [2, 2, 1]]


def test_too_many_runs_cannot_be_told_apart(sampled: RunRecord) -> None:
    with pytest.raises(CrowdedError, match="the 5 runs must be told apart"):
        GRAND.make([sampled] * 5, PlotSettings())


def test_a_run_without_it_names_the_command(build: Build) -> None:
    with pytest.raises(RunError, match="nnu grand"):
        GRAND.make([build(name="nothing")], PlotSettings())
