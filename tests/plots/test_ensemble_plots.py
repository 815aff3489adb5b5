"""Figures of ensembles: what they draw, and which runs they are of."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_findings import (
    DIFFUSIONS,
    LABELS,
    STEPS,
    TIMES,
    made_findings,
    made_run,
    mean_of,
    variance_of,
)

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.plots import PLOTS, FigureStyle, PlotSettings
from nnuniverse.plots.animation import animate
from nnuniverse.runs import RunRecord

OF_ENSEMBLES = [name for name, plot in PLOTS.items() if plot.of_ensembles]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("name", OF_ENSEMBLES)
def test_a_drawing_is_complete(name: str, number: int, ensembles: list[RunRecord]) -> None:
    drawing = PLOTS[name].make(ensembles[:number], PlotSettings())
    (length,) = {len(column) for column in drawing.table.values()}
    assert length >= 3 * number
    assert drawing.description.endswith(".")
    assert "first" in drawing.description
    for axes in drawing.figure.axes:
        assert axes.get_xlabel() or axes.get_title(loc="left") or axes.get_ylabel()


@pytest.mark.parametrize("name", OF_ENSEMBLES)
def test_a_run_of_training_is_refused(
    name: str, build: Callable[..., RunRecord], settings: PlotSettings
) -> None:
    with pytest.raises(ConfigError, match=r"must be an ensemble, but trained a net\. Try `nnu evo"):
        PLOTS[name].make([build()], settings)


@pytest.mark.parametrize("name", ["loss", "spectrum"])
def test_other_plots_refuse_an_ensemble(
    name: str, ensembles: list[RunRecord], settings: PlotSettings
) -> None:
    with pytest.raises(ConfigError, match=r"must have trained a net, but is.*`nnu mechanics "):
        PLOTS[name].make(ensembles, settings)


@pytest.mark.parametrize("name", ["mechanics", "entropy-production"])
def test_without_its_mechanics_a_run_is_refused(
    name: str, tmp_path: Path, settings: PlotSettings
) -> None:
    with pytest.raises(RunError, match=r"mechanics\.h5.*is not there.*`nnu mechanics .*` first"):
        PLOTS[name].make([made_run(tmp_path, stored=False)], settings)


def test_mechanics_of_other_records_are_refused(tmp_path: Path, settings: PlotSettings) -> None:
    run = made_run(tmp_path)
    longer = RunRecord(**{**vars(run), "variables": dict(run.variables)})
    record_step = run.variables["record_step"]
    longer.variables["record_step"] = type(record_step)(
        np.append(STEPS, 416), record_step.dims, record_step.attributes
    )
    with pytest.raises(RunError, match=r"has those of other records.*`nnu mechanics "):
        PLOTS["mechanics"].make([longer], settings)


def test_mean_and_variance_with_each_fit(ensembles: list[RunRecord], rows: Any) -> None:
    drawing = PLOTS["mechanics"].make(ensembles[:1], PlotSettings(coordinate="curvature 31"))
    fit = rows(drawing.table, coordinate=LABELS[1], kind="variance", of="schroedinger")
    np.testing.assert_allclose(fit["value"], 1.3 * variance_of(TIMES)[1])
    np.testing.assert_allclose(fit["step"], TIMES)
    measured = rows(drawing.table, coordinate=LABELS[1], kind="mean", of="measured")
    assert (
        (measured["low"] < mean_of(STEPS)[1]) & (mean_of(STEPS)[1] < measured["high"])
    ).sum() > 20
    mean, variance, below = drawing.figure.axes
    assert mean.get_title(loc="left") == "curvature 31\nFokker-Planck"
    assert len(variance.lines) == 3
    assert [tick.get_text() for tick in below.get_xticklabels()] == ["curvature 31"]


def test_a_over_coordinates_is_hollow_where_nothing_is_named(ensembles: list[RunRecord]) -> None:
    axes = PLOTS["mechanics"].make(ensembles[:1], PlotSettings()).figure.axes[-1]
    marks = [line for line in axes.lines if line.get_marker() == "o"]
    assert [line.get_markerfacecolor() for line in marks] == ["C0", "white"]
    np.testing.assert_allclose(marks[0].get_ydata(), -1.0)
    np.testing.assert_allclose(marks[0].get_xdata(), [0.0, 1.0])
    assert [line.get_ydata()[0] for line in axes.lines if line not in marks] == [-1, 0, 1]
    assert {text.get_text() for text in axes.texts} == {
        "Fokker-Planck",
        "Hamilton-Jacobi",
        "Nelson",
    }


def test_wide_intervals_take_a_logarithmic_scale(tmp_path: Path) -> None:
    findings = made_findings()
    far = findings.judgements[0].ratios["measured"]._replace(high=np.asarray(40.0))
    findings.judgements[0].ratios["measured"] = far  # type: ignore[index]
    axes = PLOTS["mechanics"].make([made_run(tmp_path, findings=findings)], PlotSettings())
    below = axes.figure.axes[-1]
    assert below.get_yscale() == "symlog"
    assert below.get_ylim()[1] > 40.0


def test_entropy_production_is_what_was_stored(ensembles: list[RunRecord], rows: Any) -> None:
    drawing = PLOTS["entropy-production"].make(ensembles[:1], PlotSettings())
    total = rows(drawing.table, quantity="entropy_rate")
    fisher = rows(drawing.table, quantity="entropy_rate_fisher")
    exact = (DIFFUSIONS[:, None] / variance_of(STEPS)).sum(axis=0)
    np.testing.assert_allclose(fisher["value"], exact, rtol=0.6)
    np.testing.assert_allclose(total["value"][5:].mean(), 0.0, atol=0.01)
    direct = rows(drawing.table, quantity="entropy_rate_direct")
    np.testing.assert_allclose(direct["step"], STEPS[:-1] + 8.0)


def test_a_density_has_norm_one(ensembles: list[RunRecord], rows: Any) -> None:
    drawing = PLOTS["density"].make(ensembles[:1], PlotSettings(coordinate="2"))
    late = rows(drawing.table, kind="density", step=400.0)
    np.testing.assert_allclose(np.trapezoid(late["density"], late["q"]), 1.0, atol=0.03)
    phase = rows(drawing.table, kind="phase space")
    assert len(phase["q"]) == 64
    assert set(phase["step"]) == {400.0}


def test_a_density_is_animated_by_records(ensembles: list[RunRecord]) -> None:
    few = RunRecord(
        **{
            **vars(ensembles[0]),
            "variables": {
                name: type(one)(
                    one.values[:, :3] if "record" in one.dims[1:] else one.values[:3],
                    one.dims,
                    one.attributes,
                )
                if "record" in one.dims
                else one
                for name, one in ensembles[0].variables.items()
            },
        }
    )
    animation = animate(PLOTS["density"], [few], PlotSettings(), FigureStyle(width=4.0))
    assert list(animation.epochs) == [0, 16, 32]
    assert len({frame.shape for frame in animation.frames}) == 1
    assert len({frame.tobytes() for frame in animation.frames}) == 3


@pytest.mark.parametrize(
    ("name", "settings", "wrong"),
    [
        ("mechanics", PlotSettings(coordinate="weights"), r"`--coordinate`.*2 \(curvature 54\)"),
        ("density", PlotSettings(coordinate="3"), r"`--coordinate`.*is '3'"),
        ("density", PlotSettings(record=26), r"`--record` must be one of the 26"),
    ],
)
def test_what_is_not_there_is_refused(
    name: str, settings: PlotSettings, wrong: str, ensembles: list[RunRecord]
) -> None:
    with pytest.raises(ConfigError, match=re.compile(wrong)):
        PLOTS[name].make(ensembles, settings)
