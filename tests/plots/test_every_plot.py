"""What every plot keeps to, whatever it draws."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.plots import PLOTS, Drawing, PlotSettings, as_csv, find_plot
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
Usual = Callable[..., Drawing]

NAMES = [
    "laplacian",
    "ring",
    "loss",
    "train-test",
    "bulk-ratio",
    "loss-plane",
    "spectrum",
    "complexity",
    "complexity-loss",
    "moments",
    "eigenvalues",
    "thermodynamics",
]
OF_RUNS = NAMES[2:]
OF_TURNOVER = ["neurons"]
OF_ALIGNED_RUNS = [
    *("align", "grand", "permutation", "chains", "null-constraint", "metric"),
    *("survival", "worldsheet", "string", "holography", "dual", "curvature"),
]
OF_ENSEMBLES = ["mechanics", "entropy-production", "density"]
NEEDS = {
    "train-test": ["boundary_loss", "test_boundary_loss"],
    "bulk-ratio": ["bulk_loss", "boundary_loss"],
    "loss-plane": ["boundary_loss", "bulk_loss"],
    "spectrum": ["log_eigenvalues"],
    "complexity": ["complexity"],
    "complexity-loss": ["complexity"],
    "moments": ["mu2_per_eigenvalue", "mu3_per_eigenvalue"],
    "eigenvalues": ["log_eigenvalues"],
    "thermodynamics": ["log_eigenvalues"],
}
OVER_SNAPSHOTS = (
    "boundary_loss",
    "bulk_loss",
    "test_boundary_loss",
    "error_rate",
    "test_error_rate",
    "mu2_per_eigenvalue",
    "mu3_per_eigenvalue",
    "complexity",
    "log_eigenvalues",
)


def test_the_plots_that_there_are() -> None:
    assert list(PLOTS) == [*NAMES, *OF_TURNOVER, *OF_ALIGNED_RUNS, *OF_ENSEMBLES]
    for name in PLOTS:
        assert find_plot(name).name == name
        assert find_plot(name).title
    assert [name for name in PLOTS if PLOTS[name].runless] == ["laplacian", "ring"]
    assert [name for name in PLOTS if PLOTS[name].of_ensembles] == OF_ENSEMBLES


def test_a_wrong_name_lists_the_right_ones() -> None:
    with pytest.raises(
        ConfigError, match=", ".join([*NAMES, *OF_TURNOVER, *OF_ALIGNED_RUNS, *OF_ENSEMBLES, "all"])
    ):
        find_plot("zzz")


def test_a_name_that_is_nearly_right_is_told_the_right_one() -> None:
    with pytest.raises(ConfigError, match=r"is 'momens'\. Try moments\.$"):
        find_plot("momens")


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_is_complete(name: str, number: int, usual: Usual) -> None:
    drawing = usual(name, number)
    lengths = {len(column) for column in drawing.table.values()}
    assert len(lengths) == 1
    assert lengths.pop() > 10
    assert drawing.description.endswith(".")
    for axes in drawing.figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            shared = len(axes.figure.axes) > 1
            assert axis.label.get_text() or shared, "a panel may leave its label to a neighbour"
        (low, high), (bottom, top) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
        for line in axes.lines:
            if line.get_transform() != axes.transData or not len(line.get_xdata()):
                continue
            x, y = line.get_xydata().T
            assert np.nanmin(x) >= low
            assert np.nanmax(x) <= high
            assert np.nanmin(y) >= bottom
            assert np.nanmax(y) <= top
    assert any(axes.get_xlabel() for axes in drawing.figure.axes)
    assert any(axes.get_ylabel() for axes in drawing.figure.axes)


@pytest.mark.parametrize("name", OF_RUNS)
def test_the_description_names_the_runs_or_the_quantities(name: str, usual: Usual) -> None:
    words = {
        "loss": ["Losses", "epoch", "first bulk_loss", "second boundary_loss"],
        "train-test": ["training and test", "first boundary_loss", "second test_error_rate"],
        "loss-plane": ["bulk loss against boundary loss", "jumps", "plateaus"],
        "bulk-ratio": ["Bulk over boundary", "first whole", "second per_neuron"],
        "spectrum": ["Histograms", "first at epoch 1000", "second at epoch 10000"],
        "complexity": ["Complexity", "first C_20", "second C_834"],
        "complexity-loss": ["log loss", "first C_20 = 700.0 + 2.00 log bulk_loss", "second C_834"],
        "moments": ["Moments", "first mu2_per_eigenvalue", "second mu3_per_eigenvalue"],
        "eigenvalues": ["eigenvalue", "replica 0", "first, second"],
        "thermodynamics": ["free energy", "beta = 0.5, 1, 1.4", "first, second"],
    }[name]
    description = usual(name, 2).description
    for word in words:
        assert word in description


@pytest.mark.parametrize("name", NAMES)
def test_the_csv_is_the_table(name: str, usual: Usual) -> None:
    drawing = usual(name)
    heading, *lines = csv.reader(io.StringIO(as_csv(drawing).decode()))
    assert heading == list(drawing.table)
    columns = dict(zip(heading, zip(*lines, strict=True), strict=True))
    for key, column in drawing.table.items():
        for cell, value in zip(columns[key], column, strict=True):
            if isinstance(value, str):
                assert cell == value
            elif isinstance(value, bool):
                assert cell == str(value)
            elif np.isnan(value):
                assert cell == ""
            else:
                assert float(cell) == value


@pytest.mark.parametrize("name, variable", [(n, v) for n in NEEDS for v in NEEDS[n]])
def test_a_missing_variable_is_named_with_the_option_that_records_it(
    name: str, variable: str, build: Build, settings: PlotSettings
) -> None:
    with pytest.raises(RunError, match=rf"`{variable}`.*observe\.observables=all") as refusal:
        PLOTS[name].make([build(), build(name="second", without=[variable])], settings)
    assert "second/" in str(refusal.value)


def test_losses_need_one_loss(build: Build, settings: PlotSettings) -> None:
    none = build(without=["boundary_loss", "bulk_loss", "running_boundary_loss"])
    with pytest.raises(RunError, match=r"a loss.*observe\.observables=all"):
        PLOTS["loss"].make([none], settings)


@pytest.mark.parametrize("name", OF_RUNS)
def test_a_single_replica_has_no_band(name: str, build: Build, settings: PlotSettings) -> None:
    drawing = PLOTS[name].make([build(replicas=slice(0, 1))], settings)
    bands = [
        collection
        for axes in drawing.figure.axes
        for collection in axes.collections
        if isinstance(collection, FillBetweenPolyCollection)
    ]
    assert bands == []
    if "low" in drawing.table:
        means = [
            v for v, low in zip(drawing.table["mean"], drawing.table["low"], strict=True) if low
        ]
        assert all(np.isfinite(means))
        assert not any(np.isfinite(low) for low in drawing.table["low"] if low != "")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("gone", [1, 2, 3])
@pytest.mark.parametrize("name", OF_RUNS)
def test_diverged_replicas_break_no_plot(
    name: str, gone: int, build: Build, settings: PlotSettings
) -> None:
    whole = build()
    values = {variable: whole[variable].copy() for variable in OVER_SNAPSHOTS}
    for array in values.values():
        array[:gone, 1:] = np.nan
    run = build(values=values)
    try:
        drawing = PLOTS[name].make([run], settings)
    except RunError as error:
        # Nothing is left of all three, or of the one whose eigenvalues are asked for.
        assert gone == 3 or name == "eigenvalues"
        assert "a finite" in str(error)
        return
    assert len({len(column) for column in drawing.table.values()}) == 1
    assert drawing.description


@pytest.mark.parametrize("name", OF_RUNS)
def test_replicas_that_diverged_on_the_way_leave_the_others(
    name: str, build: Build, settings: PlotSettings
) -> None:
    whole = build()
    values = {variable: whole[variable].copy() for variable in OVER_SNAPSHOTS}
    for array in values.values():
        array[0, 7:] = np.nan
    drawing = PLOTS[name].make([build(values=values)], settings)
    if "mean" in drawing.table:
        assert np.isfinite(np.array(drawing.table["mean"], float)).all()


@pytest.mark.parametrize("name", OF_RUNS)
def test_a_run_with_the_untrained_net_only_is_drawn_or_refused(
    name: str, build: Build, settings: PlotSettings
) -> None:
    early = build(snapshots=slice(0, 1))
    if name in ("loss-plane", "spectrum", "complexity-loss"):
        assert PLOTS[name].make([early], settings).description
        return
    with pytest.raises(RunError, match=r"after epoch 0.*later"):
        PLOTS[name].make([early], settings)


def test_a_running_loss_that_is_nowhere_finite_is_refused(
    build: Build, settings: PlotSettings
) -> None:
    lost = np.full((3, 10000), np.nan)
    run = build(without=["boundary_loss", "bulk_loss"], values={"running_boundary_loss": lost})
    with pytest.raises(RunError, match="a finite value"):
        PLOTS["loss"].make([run], settings)


@pytest.mark.parametrize(
    "folders",
    [
        ("20260101T000000Z-0123abcd", "20260101T000000Z-4567ef01"),
        ("20260101T000000Z-0123abcd", "20260102T000000Z-0123abcd"),
        ("20260101T000000Z-0123abcd", "20260101T000000Z-0123abcd"),
    ],
    ids=["other config", "the same config again", "the same run twice"],
)
def test_runs_of_one_name_have_labels_of_their_own(
    folders: tuple[str, str], build: Build, settings: PlotSettings, drawn: Any
) -> None:
    runs = [build(folder=folder) for folder in folders]
    (axes,) = PLOTS["loss"].make(runs, settings).figure.axes
    entries = drawn.legend(axes)[:2]
    assert len(set(entries)) == 2
    assert all(entry.startswith("first ") for entry in entries)
