"""``null-constraint`` and ``metric``: their numbers are those that are stored, controls beside."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from made_hidden import made_hidden, store_hidden

from nnuniverse.errors import RunError
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.plots import PLOTS, CrowdedError, PlotSettings
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
NULL, METRIC = PLOTS["null-constraint"], PLOTS["metric"]


@pytest.fixture(scope="session")
def hidden(build: Build) -> RunRecord:
    run = build(name="hidden")
    run.folder.path.mkdir(parents=True, exist_ok=True)
    store_hidden(run.folder.path, made_hidden(lost=1))
    return run


def test_correlations_are_drawn_with_all_controls(hidden: RunRecord) -> None:
    drawing, found = NULL.make([hidden], PlotSettings()), made_hidden(lost=1)
    columns = {name: np.array(of) for name, of in drawing.table.items()}
    rows = (columns["net"] == "untrained") & (columns["quantity"] == "corrected")
    expected = mean_over_replicas(found["corrected_correlation"][:, 3])
    for name, part in (("value", expected.value), ("low", expected.low), ("high", expected.high)):
        np.testing.assert_array_equal(columns[name][rows].astype(float), part)
    rows = (columns["net"] == "run") & (columns["quantity"] == "neurons")
    low = np.quantile(found["subsystem_correlation"][1:], 0.1, axis=2).mean(axis=0)
    np.testing.assert_allclose(columns["low"][rows].astype(float), low, rtol=1e-12)
    assert set(columns["net"]) == {"run", "random groups", "shuffled weights", "untrained"}
    assert "at step 4 0.0" in drawing.description
    assert "with random groups" in drawing.description


def test_a_fit_is_drawn_against_that_of_gaussians(hidden: RunRecord) -> None:
    drawing, found = METRIC.make([hidden], PlotSettings()), made_hidden(lost=1)
    rows = np.array(drawing.table["step"]) == 2
    assert np.array(drawing.table["residual"])[rows] == pytest.approx(
        np.ravel(found["metric_residual"][1:, 1])
    )
    assert np.array(drawing.table["gaussian"])[rows] == pytest.approx(
        np.ravel(found["metric_residual_gaussian"][1:, 1].mean(axis=-1))
    )
    assert set(np.array(drawing.table["replica"])) == {1, 2, 3}
    assert "signature (1, 2) at 100% against 0%" in drawing.description


def test_no_form_no_plot(build: Build) -> None:
    run = build(name="alone")
    run.folder.path.mkdir(parents=True, exist_ok=True)
    found = made_hidden()
    found["metric_residual"][:] = np.nan
    store_hidden(run.folder.path, found)
    with pytest.raises(RunError, match="must have subsystems that move apart"):
        METRIC.make([run], PlotSettings())


@pytest.mark.parametrize("plot", [NULL, METRIC])
def test_more_than_a_page_and_nothing_at_all_are_refused(
    plot: object, hidden: RunRecord, build: Build
) -> None:
    with pytest.raises(CrowdedError, match="the 4 runs must be told apart"):
        plot.make([hidden] * 4, PlotSettings())  # type: ignore[attr-defined]
    with pytest.raises(RunError, match="nnu hidden"):
        plot.make([build(name="nothing")], PlotSettings())  # type: ignore[attr-defined]
