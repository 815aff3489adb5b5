"""Histograms and paths of the eigenvalues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.patches import StepPatch

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.networks.layered import Layered
from nnuniverse.plots import PLOTS, Drawing, PlotSettings
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
Usual = Callable[..., Drawing]


def steps(axes: Any) -> list[StepPatch]:
    return [patch for patch in axes.patches if isinstance(patch, StepPatch)]


def marks(axes: Any) -> list[Any]:
    lines = [line for line in axes.lines if line.get_marker() == "v"]
    return [line for line in lines if len(line.get_xdata())]


# --- spectrum ----------------------------------------------------------------------------------


def test_a_histogram_per_epoch_counts_eigenvalues_per_replica(
    record: RunRecord, usual: Usual, rows: Any
) -> None:
    drawing = usual("spectrum")
    assert len(drawing.figure.axes) == 4
    for axes, epoch in zip(drawing.figure.axes, (10, 100, 1000, 10000), strict=True):
        (patch,) = steps(axes)
        counts, edges, _ = patch.get_data()
        theta = record["log_eigenvalues"][:, list(record["snapshot"]).index(epoch)]
        assert np.diff(edges) == pytest.approx(0.25)
        assert edges[0] <= theta.min()
        assert edges[-1] >= theta.max()
        expected = [((theta >= a) & (theta < b)).sum() / 3 for a, b in pairwise(edges)]
        assert counts == pytest.approx(expected)
        assert counts.sum() == pytest.approx(theta.shape[1])
        assert axes.get_title(loc="left") == f"epoch {epoch}"
        assert axes.get_ylabel() == "eigenvalues"
        table = rows(drawing.table, epoch=epoch, kind="count")
        assert table["count"] == pytest.approx(counts)
        assert np.array_equal(table["bin_left"], edges[:-1])
        assert np.array_equal(table["bin_right"], edges[1:])
        assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "linear")
    assert r"\log\,\lambda" in drawing.figure.axes[-1].get_xlabel()


def with_dormant_zeros(run: RunRecord) -> RunRecord:
    """Return the run with random spectra, in which dormant neurons have eigenvalues one."""
    shape = (*run["log_eigenvalues"].shape[:2], Layered(run.layer_sizes).dynamical_eigenvalues)
    theta = np.sort(np.random.default_rng(0).normal(size=shape))[..., ::-1].copy()
    for at, sizes in enumerate(run.active_sizes[0].astype(int)):
        active = Layered(tuple(map(int, sizes))).dynamical_eigenvalues
        nearest = np.argsort(-np.abs(theta[:, at]), axis=-1)[:, active:]
        np.put_along_axis(theta[:, at], nearest, 0.0, axis=-1)
    recorded = replace(run.variable("log_eigenvalues"), values=theta)
    return replace(run, variables={**run.variables, "log_eigenvalues": recorded})


def test_dormant_neurons_are_drawn_nowhere(turning: Build, rows: Any) -> None:
    run = with_dormant_zeros(turning(births=False))
    ends = [Layered(tuple(map(int, run.active_sizes[0, at]))) for at in (0, -1)]
    assert ends[0].dynamical_eigenvalues > ends[1].dynamical_eigenvalues
    settings = PlotSettings(epochs=(0, 10_000))
    spectra = PLOTS["spectrum"].make([run], settings)
    for net, epoch in zip(ends, (0, 10_000), strict=True):
        counts = rows(spectra.table, epoch=epoch, kind="count")["count"]
        assert counts.sum() == pytest.approx(net.dynamical_eigenvalues)
    paths = PLOTS["eigenvalues"].make([run], settings)
    drawn = rows(paths.table, epoch=10_000)["log_eigenvalue"]
    assert np.isfinite(drawn).sum() == ends[1].dynamical_eigenvalues
    assert not (drawn == 0.0).any()
    assert "all others are exactly 0" in paths.figure.axes[0].get_title(loc="left")


def test_a_gap_is_marked_where_there_is_one_and_not_elsewhere(
    record: RunRecord, settings: PlotSettings, rows: Any
) -> None:
    # Replicas 0 and 1 have two groups of small eigenvalues, at -8 and -1; replica 2 has none.
    drawing = PLOTS["spectrum"].make([record], replace(settings, epochs=(10000,)))
    (axes,) = drawing.figure.axes
    last = record["log_eigenvalues"][:2, -1]
    below, above = last[:, :5].max(axis=1), last[:, 5:20].min(axis=1)
    assert [line.get_xdata()[0] for line in marks(axes)] == pytest.approx((below + above) / 2)
    table = rows(drawing.table, kind="gap")
    assert list(table["replica"]) == [0, 1]
    assert table["bin_left"] == pytest.approx(below)
    assert table["bin_right"] == pytest.approx(above)
    assert all(table["p_value"].astype(float) <= 0.05)
    assert "a gap in 2 of 3" in drawing.description


def test_a_spectrum_without_a_gap_has_no_mark(build: Build, settings: PlotSettings) -> None:
    drawing = PLOTS["spectrum"].make([build(replicas=slice(2, 3))], settings)
    assert not any(marks(axes) for axes in drawing.figure.axes)
    assert "gap" not in drawing.table["kind"]
    assert "a gap in 0 of 1" in drawing.description


def test_gaps_keep_the_number_of_their_replica_when_another_diverged(
    build: Build, settings: PlotSettings, rows: Any
) -> None:
    theta = build()["log_eigenvalues"].copy()
    theta[0, 5:] = np.nan
    settings = replace(settings, epochs=(100, 1000))
    drawing = PLOTS["spectrum"].make([build(values={"log_eigenvalues": theta})], settings)
    assert set(rows(drawing.table, kind="gap")["replica"]) == {1}
    assert "a gap in 1 of 2" in drawing.description


def test_the_exact_zeros_are_stated_and_not_drawn(usual: Usual) -> None:
    drawing = usual("spectrum")
    assert drawing.figure.legends[0].get_title().get_text() == "784 exact zeros are not drawn"
    assert "exact zeros are not drawn" in drawing.description
    eigenvalues = usual("eigenvalues")
    assert "784 more are exactly 0" in eigenvalues.figure.axes[0].get_title(loc="left")


def test_runs_share_bins_and_panels(usual: Usual, drawn: Any) -> None:
    drawing = usual("spectrum", 2)
    for axes in drawing.figure.axes:
        first, second = steps(axes)
        assert np.array_equal(first.get_data().edges, second.get_data().edges)
        assert (first.get_linestyle(), second.get_linestyle()) == ("-", "--")
        assert first.get_edgecolor() != second.get_edgecolor()
    assert drawn.legend(drawing.figure.axes[0]) == ["first", "second", "gap of a replica"]


@pytest.mark.parametrize(
    "snapshots, drawn", [(10, {1, 10, 100, 500}), (4, {1, 5}), (1, {0}), (14, {10, 100, 1000, 1e4})]
)
def test_by_default_the_last_decades_and_the_last_snapshot(
    snapshots: int, drawn: set[int], build: Build, settings: PlotSettings
) -> None:
    drawing = PLOTS["spectrum"].make([build(snapshots=slice(0, snapshots))], settings)
    assert set(drawing.table["epoch"]) == drawn
    assert drawing.notes == ()


def test_the_snapshot_that_stands_for_another_epoch_is_named(
    build: Build, settings: PlotSettings
) -> None:
    near = PLOTS["spectrum"].make([build()], replace(settings, epochs=(110, 90, 20, 10**6)))
    assert set(near.table["epoch"]) == {20, 100, 10000}
    assert [axes.get_title(loc="left") for axes in near.figure.axes] == [
        "epoch 100 (nearest to 110 and 90)",
        "epoch 20",
        "epoch 10000 (nearest to 1000000)",
    ]
    assert near.notes == (
        "there is no snapshot at epoch 110 or 90: the nearest, at epoch 100, is drawn",
        "there is no snapshot at epoch 1000000: the nearest, at epoch 10000, is drawn",
    )


def test_runs_must_share_the_snapshots_drawn(build: Build, settings: PlotSettings) -> None:
    other = build(name="second", snapshots=slice(0, None, 13))
    runs = [build(), other]
    with pytest.raises(RunError, match=r"second/.* a snapshot at epoch 100.*--epoch"):
        PLOTS["spectrum"].make(runs, replace(settings, epochs=(100,)))
    assert set(PLOTS["spectrum"].make(runs, settings).table["epoch"]) == {0, 10000}


# --- eigenvalues -------------------------------------------------------------------------------


@pytest.mark.parametrize("replica", [0, 2])
def test_every_eigenvalue_of_a_replica_is_a_line(
    replica: int, record: RunRecord, settings: PlotSettings, rows: Any
) -> None:
    drawing = PLOTS["eigenvalues"].make([record], replace(settings, replica=replica))
    (axes,) = drawing.figure.axes
    theta = record["log_eigenvalues"][replica]
    *lines, zero = axes.lines
    assert len(lines) == theta.shape[1]
    for rank, line in enumerate(lines, 1):
        assert np.array_equal(line.get_xdata(), record["snapshot"])
        assert np.array_equal(line.get_ydata(), theta[:, rank - 1])
        large = theta[:, rank - 1].mean() > 0.0
        assert line.get_color() == ("C1" if large else "C0")
        table = rows(drawing.table, rank=rank)
        assert np.array_equal(table["log_eigenvalue"], line.get_ydata())
        assert set(table["replica"]) == {replica}
    assert list(zero.get_ydata()) == [0.0, 0.0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("symlog", "linear")
    assert axes.get_xlabel() == "epoch"
    assert r"\log\,\lambda_i" in axes.get_ylabel()
    assert f"replica {replica}" in axes.get_title(loc="left")


def test_each_run_has_a_panel_of_eigenvalues(usual: Usual) -> None:
    drawing = usual("eigenvalues", 2)
    titles = [axes.get_title(loc="left").split(",")[0] for axes in drawing.figure.axes]
    assert titles == ["first", "second"]


@pytest.mark.parametrize("replica", [-1, 3])
def test_a_replica_that_the_run_does_not_have(
    replica: int, record: RunRecord, settings: PlotSettings
) -> None:
    with pytest.raises(ConfigError, match=f"`--replica` must be one of the 3 .*is {replica}"):
        PLOTS["eigenvalues"].make([record], replace(settings, replica=replica))
