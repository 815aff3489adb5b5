"""Bulk against boundary loss, with jumps and plateaus marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.plots import PLOTS, Drawing, PlotSettings
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
Usual = Callable[..., Drawing]
PLOT = PLOTS["loss-plane"]


def test_every_replica_has_its_path(record: RunRecord, usual: Usual, drawn: Any, rows: Any) -> None:
    drawing = usual("loss-plane")
    (axes,) = drawing.figure.axes
    for replica in range(3):
        x, y = record["boundary_loss"][replica], record["bulk_loss"][replica]
        path = drawn.line(axes, f"replica {replica}")
        assert np.array_equal(path, np.column_stack([x, y]))
        table = rows(drawing.table, run=record.name, replica=replica)
        assert np.array_equal(table["epoch"], record["snapshot"])
        assert np.array_equal(table["boundary_loss"], x)
        assert np.array_equal(table["bulk_loss"], y)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_xlabel() == r"boundary $U_\partial$"
    assert axes.get_ylabel() == "bulk $U$"
    names = [f"replica {replica}" for replica in range(3)]
    assert drawn.legend(axes) == [*names, "jump", "plateau"]


def test_negative_losses_have_no_logarithmic_axis(build: Build, settings: PlotSettings) -> None:
    run = build(values={"bulk_loss": -build()["bulk_loss"]})
    for name in ("loss", "loss-plane"):
        drawing = PLOTS[name].make([run], settings)
        assert drawing.figure.axes[0].get_yscale() == "linear"
    table = PLOTS["loss"].make([run], settings).table
    means = [m for m, loss in zip(table["mean"], table["loss"], strict=True) if loss == "bulk_loss"]
    assert means == pytest.approx(run["bulk_loss"].mean(axis=0))


def test_a_known_jump_and_plateau_are_marked(
    record: RunRecord, usual: Usual, drawn: Any, rows: Any
) -> None:
    # The running loss stands still from 300 to 700 and halves at 2500: the snapshots there are
    # 500, and 2000 as the nearest one.
    drawing = usual("loss-plane")
    (axes,) = drawing.figure.axes
    for replica in range(3):
        table = rows(drawing.table, replica=replica)
        assert list(table["epoch"][table["jump"]]) == [2000]
        assert list(table["epoch"][table["plateau"] == 1]) == [500]
    losses = record["boundary_loss"], record["bulk_loss"]
    jumps = [line for line in drawn.unnamed(axes) if line.get_marker() == "v"]
    at = list(record["snapshot"]).index(2000)
    assert np.array_equal(
        np.concatenate([line.get_xydata() for line in jumps]),
        np.column_stack([loss[:, at] for loss in losses]),
    )
    flat = [line for line in drawn.unnamed(axes) if line.get_linewidth() == 4.0]
    at = list(record["snapshot"]).index(500)
    assert np.array_equal(
        np.concatenate([line.get_xydata() for line in flat]),
        np.column_stack([loss[:, at] for loss in losses]),
    )
    assert "3 jumps" in drawing.description
    assert "3 plateaus" in drawing.description


def test_a_smooth_loss_has_nothing_marked_and_no_legend_of_marks(
    build: Build, settings: PlotSettings, drawn: Any
) -> None:
    smooth = np.tile(np.arange(1.0, 10001.0) ** -0.3, (3, 1))
    drawing = PLOT.make([build(values={"running_boundary_loss": smooth})], settings)
    assert not any(drawing.table["jump"])
    assert not any(drawing.table["plateau"])
    assert "0 jumps and 0 plateaus" in drawing.description
    assert drawn.legend(drawing.figure.axes[0]) == [f"replica {number}" for number in range(3)]


def test_two_runs_are_told_apart_by_colour(usual: Usual, drawn: Any) -> None:
    (axes,) = usual("loss-plane", 2).figure.axes
    assert drawn.legend(axes) == ["first", "second", "jump", "plateau"]
    paths = [line for line in axes.lines if line.get_linewidth() == 0.8]
    assert [line.get_color() for line in paths] == ["C0"] * 3 + ["C1"] * 3


def test_another_loss_may_stand_against_the_boundary_loss(
    record: RunRecord, settings: PlotSettings
) -> None:
    drawing = PLOT.make([record], replace(settings, loss="mu2_per_eigenvalue"))
    assert drawing.figure.axes[0].get_ylabel() == "mu2 per eigenvalue"
    assert drawing.table["mu2_per_eigenvalue"] == list(record["mu2_per_eigenvalue"].ravel())


@pytest.mark.parametrize("plot", ["loss-plane", "complexity-loss"])
def test_a_loss_that_was_not_recorded_is_refused(
    plot: str, record: RunRecord, settings: PlotSettings
) -> None:
    with pytest.raises(RunError, match="`mystery`"):
        PLOTS[plot].make([record], replace(settings, loss="mystery"))


@pytest.mark.parametrize("plot", ["loss-plane", "complexity-loss"])
@pytest.mark.parametrize("loss", ["running_boundary_loss", "complexity", "seed", "snapshot"])
def test_a_loss_must_have_a_value_per_replica_and_snapshot(
    loss: str, plot: str, record: RunRecord, settings: PlotSettings
) -> None:
    with pytest.raises(ConfigError, match=f"`--loss` must .*{loss}"):
        PLOTS[plot].make([record], replace(settings, loss=loss))
