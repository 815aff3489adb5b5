"""Neurons over epochs, and what their births and deaths changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnuniverse.errors import RunError
from nnuniverse.plots import PLOTS, Drawing, PlotSettings
from nnuniverse.runs import RunRecord

Turning = Callable[..., RunRecord]
PLOT = PLOTS["neurons"]


def drawn(*runs: RunRecord) -> Drawing:
    return PLOT.make(list(runs), PlotSettings())


def points(drawing: Drawing, quantity: str) -> int:
    return drawing.table["quantity"].count(quantity)


def test_numbers_and_trials_are_those_of_the_run(turning: Turning) -> None:
    drawing = drawn(turning(births=False))
    assert len({len(column) for column in drawing.table.values()}) == 1
    columns = list(zip(*drawing.table.values(), strict=True))
    rows = [dict(zip(drawing.table, row, strict=True)) for row in columns]
    ends = {
        row["layer"]: row["mean"]
        for row in rows
        if row["quantity"] == "active_neurons" and row["epoch"] == 10_000
    }
    assert ends == {1: 20.0, 2: 20.0}
    deaths = [row for row in rows if row["quantity"] == "death_change"]
    assert len(deaths) == 3 * 2 * 2  # replicas, epochs with moves, layers
    assert {(row["layer"], row["mean"], row["accepted"]) for row in deaths} == {
        (1, 1e-3, 1),
        (2, 2e-3, 0),
    }
    assert "layer 2: 20" in drawing.description


@pytest.mark.parametrize(
    "births, deaths, panels",
    [(True, True, 3), (False, True, 2), (True, False, 2), (False, False, 1)],
)
def test_only_moves_that_were_tried_have_a_panel(
    births: bool, deaths: bool, panels: int, turning: Turning
) -> None:
    drawing = drawn(turning(births=births, deaths=deaths))
    assert len(drawing.figure.axes) == panels
    assert (points(drawing, "birth_change") > 0, points(drawing, "death_change") > 0) == (
        births,
        deaths,
    )


def test_one_run_may_have_tried_what_another_has_not(turning: Turning) -> None:
    drawing = drawn(turning(births=False), turning(name="second", deaths=False))
    assert points(drawing, "birth_change") == points(drawing, "death_change") == 12
    assert np.isfinite([y for axes in drawing.figure.axes for y in axes.get_ylim()]).all()


def test_it_is_of_runs_whose_neurons_come_and_go(
    turning: Turning, build: Callable[..., RunRecord]
) -> None:
    assert PLOT.is_of(turning())
    assert not PLOT.is_of(build())
    with pytest.raises(RunError, match="active_neurons"):
        drawn(build())
