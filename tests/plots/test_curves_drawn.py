"""Curves over epochs: losses, complexity, moments and thermodynamic functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnuniverse.analysis import AnalysisSettings
from nnuniverse.plots import PLOTS, Drawing, PlotSettings
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
Usual = Callable[..., Drawing]
Interval = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]

LOSS_LABELS = {"boundary_loss": r"boundary $U_\partial$", "bulk_loss": "bulk $U$"}


def band(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.column_stack([x, low, high])


# --- loss --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number, loss", list(enumerate(LOSS_LABELS)))
def test_a_loss_is_its_geometric_mean_and_band(
    number: int,
    loss: str,
    record: RunRecord,
    usual: Usual,
    drawn: Any,
    interval: Interval,
    rows: Any,
) -> None:
    drawing = usual("loss")
    (axes,) = drawing.figure.axes
    values = record[loss]
    mean, low, high = np.exp(interval(np.log(values)))
    epochs = record["snapshot"]
    assert drawn.line(axes, LOSS_LABELS[loss]) == pytest.approx(np.column_stack([epochs, mean]))
    assert drawn.band(axes, number) == pytest.approx(band(epochs, low, high))
    thin = [line.get_ydata() for line in drawn.unnamed(axes)][3 * number :][:3]
    assert np.array_equal(thin, values)
    table = rows(drawing.table, run=record.name, loss=loss)
    assert np.array_equal(table["epoch"], epochs)
    for column, expected in (("mean", mean), ("low", low), ("high", high)):
        assert table[column] == pytest.approx(expected)


def test_axes_of_losses_are_logarithmic_and_named(usual: Usual, drawn: Any) -> None:
    (axes,) = usual("loss").figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("symlog", "log")
    assert axes.get_xlabel() == "epoch"
    assert axes.get_ylabel() == "loss per sample"
    assert drawn.legend(axes) == list(LOSS_LABELS.values())


def test_the_running_loss_is_drawn_only_where_there_is_no_exact_one(
    build: Build, usual: Usual, settings: PlotSettings, drawn: Any, rows: Any
) -> None:
    assert set(usual("loss").table["loss"]) == set(LOSS_LABELS)
    record = build(without=["boundary_loss"])
    drawing = PLOTS["loss"].make([record], settings)
    assert set(drawing.table["loss"]) == {"bulk_loss", "running_boundary_loss"}
    points = drawn.line(drawing.figure.axes[0], "boundary, running")
    first, last = record["running_boundary_loss"][:, [0, -1]].T
    assert points[0] == pytest.approx([1.0, np.exp(np.log(first).mean())])
    # means over bins of five per cent of the epoch
    assert points[-1, 1] == pytest.approx(np.exp(np.log(last).mean()), rel=0.05)
    assert np.all(np.diff(np.log(points[30:, 0])) < 0.11)


def test_a_replica_that_diverged_does_not_cut_the_running_loss_of_the_others(
    build: Build, settings: PlotSettings, drawn: Any
) -> None:
    whole = build(without=["boundary_loss"])
    losses = whole["running_boundary_loss"].copy()
    losses[0, 49:] = np.nan
    record = build(without=["boundary_loss"], values={"running_boundary_loss": losses})
    (axes,) = PLOTS["loss"].make([record], settings).figure.axes
    points = drawn.line(axes, "boundary, running")
    others = build(without=["boundary_loss"], replicas=slice(1, None))
    expected = drawn.line(
        PLOTS["loss"].make([others], settings).figure.axes[0], "boundary, running"
    )
    assert points[-20:] == pytest.approx(expected[-20:])


def test_a_colour_stands_for_the_run_and_a_line_style_for_the_loss(
    usual: Usual, drawn: Any
) -> None:
    (axes,) = usual("loss", 2).figure.axes
    assert drawn.legend(axes) == ["first", "second", *LOSS_LABELS.values()]
    named = [line for line in axes.lines if not line.get_label().startswith("_")]
    assert [line.get_linestyle() for line in named] == ["-", "--", "-", "--"]
    assert [line.get_color() for line in named] == ["C0", "C0", "C1", "C1"]


# --- complexity --------------------------------------------------------------------------------


@pytest.mark.parametrize("number, n", list(enumerate([20, 834])))
def test_complexities_are_means_with_a_band(
    number: int,
    n: int,
    record: RunRecord,
    usual: Usual,
    drawn: Any,
    interval: Interval,
    rows: Any,
) -> None:
    drawing = usual("complexity")
    (axes,) = drawing.figure.axes
    mean, low, high = interval(record["complexity"][:, :, number])
    epochs = record["snapshot"]
    assert drawn.line(axes, f"$C_{{{n}}}$") == pytest.approx(np.column_stack([epochs, mean]))
    assert drawn.band(axes, number) == pytest.approx(band(epochs, low, high))
    table = rows(drawing.table, n=n)
    assert table["mean"] == pytest.approx(mean)
    assert table["high"] == pytest.approx(high)
    assert (axes.get_xscale(), axes.get_yscale()) == ("symlog", "linear")
    assert "C_n" in axes.get_ylabel()
    assert drawn.legend(axes) == ["$C_{20}$", "$C_{834}$"]


def test_a_colour_stands_for_the_run_and_a_line_style_for_n(usual: Usual) -> None:
    (axes,) = usual("complexity", 2).figure.axes
    named = [line for line in axes.lines if not line.get_label().startswith("_")]
    assert [line.get_label() for line in named] == [
        f"{name}: $C_{{{n}}}$" for name in ("first", "second") for n in (20, 834)
    ]
    assert [line.get_color() for line in named] == ["C0", "C0", "C1", "C1"]
    assert [line.get_linestyle() for line in named] == ["-", "--", "-", "--"]


# --- moments -----------------------------------------------------------------------------------


def test_moments_have_a_panel_each(
    record: RunRecord, usual: Usual, drawn: Any, interval: Interval, rows: Any
) -> None:
    drawing = usual("moments")
    assert len(drawing.figure.axes) == 2
    for axes, name, symbol in zip(
        drawing.figure.axes,
        ("mu2_per_eigenvalue", "mu3_per_eigenvalue"),
        (r"\mu_2", r"\mu_3"),
        strict=True,
    ):
        mean, low, high = interval(record[name])
        if name == "mu2_per_eigenvalue":  # which is positive
            factor = np.exp((high - mean) / mean)
            low, high = mean / factor, mean * factor
        epochs = record["snapshot"]
        assert drawn.line(axes, "first") == pytest.approx(np.column_stack([epochs, mean]))
        assert drawn.band(axes) == pytest.approx(band(epochs, low, high))
        assert symbol in axes.get_ylabel()
        assert rows(drawing.table, run=record.name, moment=name)["low"] == pytest.approx(low)
        assert (axes.get_xscale(), axes.get_yscale()) == ("symlog", "linear")
    assert drawing.figure.axes[-1].get_xlabel() == "epoch"


@pytest.mark.parametrize(
    "network, printed",
    [("784-40-20-10", [2.44, -1.7]), ("784-60-10", [1.84, -2.7e-10]), ("784-61-10", [])],
)
def test_printed_moments_are_marked_for_the_networks_of_the_paper(
    network: str, printed: list[float], build: Build, settings: PlotSettings
) -> None:
    drawing = PLOTS["moments"].make([build(network=network)], settings)
    crosses = [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for axes in drawing.figure.axes
        for line in axes.lines
        if line.get_marker() == "x"
    ]
    assert crosses == [(10000.0, value) for value in printed]


def test_printed_moments_are_not_marked_before_their_epoch(
    build: Build, settings: PlotSettings
) -> None:
    drawing = PLOTS["moments"].make([build(snapshots=slice(0, -1))], settings)
    assert not [a for axes in drawing.figure.axes for a in axes.lines if a.get_marker() == "x"]


# --- thermodynamics ----------------------------------------------------------------------------


def independent(record: RunRecord, beta: float) -> dict[str, np.ndarray]:
    """F, U and -Laplacian F at m = 0 of the unit window, sums over all eigenvalues."""
    theta = record["log_eigenvalues"]
    units = int(record.variable("log_eigenvalues").attributes["unit_eigenvalues"])
    theta = np.concatenate([theta, np.zeros((*theta.shape[:2], units))], axis=-1)
    x = beta * np.exp(theta)
    return {
        "free_energy": (np.log1p(x) - np.log(2.0 * np.pi)).sum(axis=-1) / (2.0 * beta),
        "mean_loss": 0.5 * (np.exp(theta) / (1.0 + x)).sum(axis=-1),
        "negative_laplacian": 0.5 * beta * (1.0 / (1.0 + x) ** 2).sum(axis=-1),
    }


def test_thermodynamic_functions_are_drawn_as_changes_and_tabulated_with_their_start(
    record: RunRecord, settings: PlotSettings, drawn: Any, interval: Interval, rows: Any
) -> None:
    settings = replace(settings, analysis=AnalysisSettings(betas=(0.5, 1.4)))
    drawing = PLOTS["thermodynamics"].make([record], settings)
    panels = drawing.figure.axes
    assert [axes.get_title(loc="left") for axes in panels] == [
        "free energy $F$",
        "Gaussian mean loss $U$",
        "entropy $S$",
        "thermodynamic entropy $S_0$",
        r"complexity $C$ of $\lambda > 1/\beta$",
        r"$-\Delta F$",
    ]
    epochs = record["snapshot"]
    for number, beta in enumerate((0.5, 1.4)):
        for function, values in independent(record, beta).items():
            axes = panels[{"free_energy": 0, "mean_loss": 1, "negative_laplacian": 5}[function]]
            change = values - values[:, :1]
            mean, low, high = interval(change)
            line = drawn.line(axes, rf"$\beta$ = {beta:g}")
            assert line == pytest.approx(np.column_stack([epochs, mean]), rel=1e-6, abs=1e-9)
            drawn_band = drawn.band(axes, number)
            assert drawn_band == pytest.approx(band(epochs, low, high), rel=1e-6, abs=1e-9)
            table = rows(drawing.table, function=function, beta=beta)
            assert table["mean"] + table["start"] == pytest.approx(values.mean(axis=0))
            assert np.array_equal(table["epoch"], epochs)
    assert all(axes.get_xscale() == "symlog" and axes.get_yscale() == "linear" for axes in panels)
    assert [axes.get_xlabel() for axes in panels[3:]] == ["epoch"] * 3
    assert {axes.get_ylabel() for axes in panels[::3]} == {"change since epoch 0"}
    assert drawn.legend(panels[0]) == [r"$\beta$ = 0.5", r"$\beta$ = 1.4"]


def test_a_replica_without_a_start_leaves_the_table_of_the_others(
    build: Build, settings: PlotSettings, rows: Any
) -> None:
    theta = build()["log_eigenvalues"].copy()
    theta[0, 1:] = np.nan
    drawing = PLOTS["thermodynamics"].make([build(values={"log_eigenvalues": theta})], settings)
    others = PLOTS["thermodynamics"].make([build(replicas=slice(1, None))], settings)
    for column in ("mean", "low", "high"):
        found = np.array(drawing.table[column])
        assert found == pytest.approx(np.array(others.table[column]))


def test_the_baseline_of_the_changes_is_epoch_0_on_either_axis(
    usual: Usual, record: RunRecord, settings: PlotSettings
) -> None:
    logarithmic = usual("thermodynamics")
    linear = PLOTS["thermodynamics"].make([record], replace(settings, linear_epochs=True))
    assert logarithmic.table == linear.table
    assert {axes.get_ylabel() for axes in linear.figure.axes[::3]} == {"change since epoch 0"}
    assert "since epoch 0" in linear.description


# --- train and test ----------------------------------------------------------------------------


def test_losses_and_errors_over_training_and_test_samples(
    record: RunRecord, usual: Usual, drawn: Any, rows: Any
) -> None:
    drawing = usual("train-test")
    loss, error = drawing.figure.axes
    assert [axes.get_ylabel() for axes in (loss, error)] == ["loss per sample", "error rate"]
    assert drawn.legend(loss) == ["train", "test"]
    for axes, label, quantity in (
        (loss, "train", "boundary_loss"),
        (loss, "test", "test_boundary_loss"),
        (error, "train", "error_rate"),
        (error, "test", "test_error_rate"),
    ):
        mean = np.exp(np.log(record[quantity]).mean(axis=0))
        points = drawn.line(axes, label)
        assert points == pytest.approx(np.column_stack([record["snapshot"], mean]))
        assert rows(drawing.table, quantity=quantity)["mean"] == pytest.approx(mean)


def test_a_net_without_errors_and_one_without_classes(build: Build, settings: PlotSettings) -> None:
    perfect = build()["error_rate"].copy()
    perfect[:, -1] = 0.0
    figure = PLOTS["train-test"].make([build(values={"error_rate": perfect})], settings).figure
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "linear"]
    figure = PLOTS["train-test"].make([build(without=["error_rate"])], settings).figure
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss per sample"]


# --- the axis of epochs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plot", ["loss", "train-test", "complexity", "moments", "eigenvalues", "thermodynamics"]
)
def test_the_untrained_net_has_its_place_on_either_axis(
    plot: str, usual: Usual, record: RunRecord, settings: PlotSettings
) -> None:
    logarithmic = usual(plot)
    assert {axes.get_xscale() for axes in logarithmic.figure.axes} == {"symlog"}
    ticks = [text.get_text() for text in logarithmic.figure.axes[-1].get_xticklabels()]
    assert ticks == ["0", *(rf"$10^{{{k}}}$" for k in range(5))]
    left, right = logarithmic.figure.axes[-1].get_xlim()
    assert -0.5 < left < 0.0
    assert 10000 < right < 20000
    linear = PLOTS[plot].make([record], replace(settings, linear_epochs=True))
    assert {axes.get_xscale() for axes in linear.figure.axes} == {"linear"}
    for drawing in (logarithmic, linear):
        assert min(drawing.table["epoch"]) == 0
