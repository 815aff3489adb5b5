"""``holography`` and ``dual``: distances by the map, and losses on the boundary alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from made_holography import (
    DEEP,
    EPS,
    MAPPED,
    TRAINED,
    made_duals,
    made_holography,
    store_duals,
    store_holography,
)

from nnuniverse.errors import RunError
from nnuniverse.plots import PLOTS, CrowdedError, PlotSettings
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
DISTANCES, DUAL = PLOTS["holography"], PLOTS["dual"]


@pytest.fixture(scope="session")
def mapped(build: Build) -> RunRecord:
    run = build(name="mapped")
    run.folder.path.mkdir(parents=True, exist_ok=True)
    store_holography(run.folder.path, made_holography())
    store_duals(run.folder.path, made_duals())
    return run


def test_distances_are_those_that_are_stored(mapped: RunRecord) -> None:
    drawing = DISTANCES.make([mapped], PlotSettings())
    columns = {name: np.array(column, object) for name, column in drawing.table.items()}
    first = columns["estimate"] == "distance_first"
    assert columns["distance"][first].tolist() == columns["median"][first].tolist()
    slope = (columns["estimate"] == "distance_slope") & (columns["eps"] == 1e-16)
    assert columns["median"][slope].tolist() == pytest.approx(columns["distance"][slope].tolist())
    # One path of weight 0.8^(d + 1): log_eps adds (d + 1) log 0.8/log eps.
    printed = (columns["estimate"] == "distance_printed") & (columns["eps"] == 1e-4)
    distance = columns["distance"][printed].astype(float)
    np.testing.assert_allclose(
        columns["median"][printed].astype(float),
        distance + (distance + 1) * np.log(0.8) / np.log(1e-4),
        atol=2e-4,
    )
    assert set(columns["eps"].tolist()) == {*EPS, ""}
    assert "eps 1e-16 1.00 and 1.00" in drawing.description


def test_rows_of_runs_and_eps_without_a_map(mapped: RunRecord, build: Build) -> None:
    other = build(name="other")
    other.folder.path.mkdir(parents=True, exist_ok=True)
    store_holography(other.folder.path, made_holography(weight=4.0))
    drawing = DISTANCES.make([mapped, other], PlotSettings())
    assert len(drawing.figure.axes) == 4
    told = {
        eps
        for run, eps in zip(drawing.table["run"], drawing.table["eps"], strict=True)
        if run == other.name
    }
    assert told == {0.1, 1e-4, 1e-16, ""}  # at 0.5 the series diverges
    with pytest.raises(CrowdedError, match="7 rows"):
        DISTANCES.make([mapped] * 7, PlotSettings())


def test_without_paths_there_is_nothing_to_draw(build: Build) -> None:
    lonely = build(name="lonely")
    lonely.folder.path.mkdir(parents=True, exist_ok=True)
    found = made_holography(boundary=1)
    store_holography(lonely.folder.path, found)
    assert np.isfinite(found.distance).all()  # the loop
    DISTANCES.make([lonely], PlotSettings())
    found.distance[:] = np.nan
    store_holography(lonely.folder.path, found)
    with pytest.raises(RunError, match="have paths between its boundary neurons"):
        DISTANCES.make([lonely], PlotSettings())


def test_losses_over_epochs_and_beside_each_other(mapped: RunRecord) -> None:
    one = DUAL.make([mapped], PlotSettings())
    rows = list(zip(*(one.table[name] for name in ("nets", "split", "epoch", "mean")), strict=True))
    told = {row[:3]: row[3] for row in rows}
    assert told["mapped, trained", "train", 0] == pytest.approx(MAPPED["tangent"])
    assert told["drawn anew, trained", "test", 100] == pytest.approx(TRAINED["drawn"])
    assert told["deep nets", "train", ""] == pytest.approx(DEEP)
    assert "mapped 0.3, mapped, trained 0.2" in one.description
    two = DUAL.make([mapped, mapped], PlotSettings())
    assert len(two.figure.axes) == 2 and set(two.table["epoch"]) == {""}
    assert len(two.table["run"]) == 2 * 2 * 5
    with pytest.raises(CrowdedError, match="31 places"):
        DUAL.make([mapped] * 31, PlotSettings())


@pytest.mark.parametrize("name", ["holography", "dual"])
def test_a_run_without_it_names_its_command(name: str, build: Build) -> None:
    with pytest.raises(RunError, match=f"nnu {name}"):
        PLOTS[name].make([build(name="without")], PlotSettings())
