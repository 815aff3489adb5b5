"""Complexity against the log of a loss, with fitted and printed lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnuniverse.errors import RunError
from nnuniverse.plots import PLOTS, Drawing, PlotSettings
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
Usual = Callable[..., Drawing]
PLOT = PLOTS["complexity-loss"]

LINES = {20: (700.0, 2.0), 834: (650.0, 3.0)}
PRINTED = {20: (769.0, 1.25), 834: (772.0, 1.41)}


@pytest.mark.parametrize("n", LINES)
def test_points_are_drawn_after_the_start_and_the_line_through_them(
    n: int, record: RunRecord, usual: Usual, drawn: Any, rows: Any
) -> None:
    drawing = usual("complexity-loss")
    (axes,) = drawing.figure.axes
    logs = np.log(record["bulk_loss"][:, 1:])
    values = record["complexity"][:, 1:, list(LINES).index(n)]
    points = drawn.unnamed(axes)[list(LINES).index(n)]
    assert points.get_marker() == {20: "o", 834: "s"}[n]
    assert np.array_equal(points.get_xdata(), logs.ravel())
    assert np.array_equal(points.get_ydata(), values.ravel())
    intercept, slope = LINES[n]
    line = drawn.line(axes, rf"$C_{{{n}}}$ = {intercept:.1f} + {slope:.2f} $\log U$, $R^2$ = 1.00")
    assert line[:, 0] == pytest.approx([logs.min(), logs.max()])
    assert line[:, 1] == pytest.approx(intercept + slope * line[:, 0])
    for replica in range(3):
        table = rows(drawing.table, n=n, kind="snapshot", replica=replica)
        assert np.array_equal(table["epoch"], record["snapshot"][1:])
        assert np.array_equal(table["log_loss"], logs[replica])
        assert np.array_equal(table["complexity"], values[replica])
    assert rows(drawing.table, n=n, kind="fit")["complexity"] == pytest.approx(line[:, 1])


def test_axes_of_the_law(usual: Usual) -> None:
    (axes,) = usual("complexity-loss").figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "linear")
    assert axes.get_xlabel() == r"$\log U$ (bulk loss)"
    assert axes.get_ylabel() == "complexity $C_n$"


def test_the_paper_s_lines_are_drawn_for_its_network(usual: Usual, drawn: Any, rows: Any) -> None:
    drawing = usual("complexity-loss")
    (axes,) = drawing.figure.axes
    for n, (intercept, slope) in PRINTED.items():
        label = rf"printed: $C_{{{n}}}$ = {intercept:.0f} + {slope} $\log U$"
        x, y = drawn.line(axes, label).T
        assert y == pytest.approx(intercept + slope * x)
        assert label in drawn.legend(axes)
        assert tuple(x) == axes.get_xlim()
        table = rows(drawing.table, run="printed", n=n)
        assert table["complexity"] == pytest.approx(y)


@pytest.mark.parametrize(
    "network, counts", [("784-60-10", (20, 834)), ("784-40-20-10", (10, 800)), ("", (20, 834))]
)
def test_the_paper_s_lines_are_drawn_for_no_other(
    network: str, counts: tuple[int, int], build: Build, settings: PlotSettings
) -> None:
    run = build(network=network, values={"complexity_n": np.array(counts)})
    drawing = PLOT.make([run], settings)
    assert "printed" not in drawing.table["kind"]
    assert not [a for a in drawing.figure.axes[0].lines if "printed" in str(a.get_label())]


def test_only_the_printed_line_of_a_drawn_complexity(build: Build, settings: PlotSettings) -> None:
    run = build(values={"complexity_n": np.array([20, 21])})
    drawing = PLOT.make([run], settings)
    printed = zip(drawing.table["run"], drawing.table["n"], strict=True)
    assert {n for name, n in printed if name == "printed"} == {20}


def test_the_boundary_loss_stands_in_for_the_bulk_loss(
    build: Build, settings: PlotSettings
) -> None:
    drawing = PLOT.make([build(without=["bulk_loss"])], settings)
    assert drawing.figure.axes[0].get_xlabel() == r"$\log U_\partial$ (boundary loss)"
    asked = PLOT.make([build()], replace(settings, loss="boundary_loss"))
    assert asked.table["log_loss"] == drawing.table["log_loss"]


def test_without_any_loss_there_is_nothing_to_draw(build: Build, settings: PlotSettings) -> None:
    run = build(without=["bulk_loss", "boundary_loss"])
    with pytest.raises(RunError, match=r"a loss.*observe\.observables=all"):
        PLOT.make([run], settings)


def test_a_negative_loss_has_no_logarithm(build: Build, settings: PlotSettings) -> None:
    run = build(values={"bulk_loss": -build()["bulk_loss"]})
    with pytest.raises(RunError, match=r"`bulk_loss` .* be positive.*--loss boundary_loss"):
        PLOT.make([run], settings)


def test_colours_and_markers_tell_runs_apart(
    build: Build, settings: PlotSettings, drawn: Any
) -> None:
    runs = [build(network="4-3"), build(name="second", network="4-3")]
    (axes,) = PLOT.make(runs, settings).figure.axes
    points = drawn.unnamed(axes)
    assert [line.get_marker() for line in points] == ["o", "s", "o", "s"]
    assert [line.get_color() for line in points] == ["C0", "C0", "C1", "C1"]
    assert [label.split(" = ")[0] for label in drawn.legend(axes)] == [
        f"{name}: $C_{{{n}}}$" for name in ("first", "second") for n in LINES
    ]


def test_too_few_points_have_no_line(build: Build, settings: PlotSettings, drawn: Any) -> None:
    run = build(snapshots=slice(0, 3), replicas=slice(0, 1))
    drawing = PLOT.make([run], settings)
    (axes,) = drawing.figure.axes
    assert drawn.legend(axes) == [f"$C_{{{n}}}$: too few points for a line" for n in LINES] + [
        entry for entry in drawn.legend(axes) if entry.startswith("printed")
    ]
    assert "nan" not in drawing.description
    assert "fit" not in drawing.table["kind"]
    assert drawing.table["kind"].count("snapshot") == 4
