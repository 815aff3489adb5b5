"""``survival``: what is left of edges and chains, and how many chains there are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from made_perturbed import ALONE, CHAINS, NOISE, made_perturbed, store_perturbed

from nnuniverse.errors import RunError
from nnuniverse.plots import PLOTS, CrowdedError, PlotSettings
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
SURVIVAL = PLOTS["survival"]


@pytest.fixture(scope="session")
def perturbed(build: Build) -> RunRecord:
    run = build(name="perturbed")
    run.folder.path.mkdir(parents=True, exist_ok=True)
    store_perturbed(run.folder.path, made_perturbed(deleted=True))
    return run


def test_the_numbers_are_those_that_are_stored(perturbed: RunRecord) -> None:
    drawing = SURVIVAL.make([perturbed], PlotSettings())
    columns = {name: np.array(column) for name, column in drawing.table.items()}
    for quantity, values in (("survival chain", CHAINS), ("survival_independent chain", ALONE)):
        rows = (columns["quantity"] == quantity) & (columns["kind"] == "noise")
        assert columns["strength"][rows].tolist() == list(NOISE)
        np.testing.assert_allclose(columns["mean"][rows], values, atol=1e-12)
    rows = (columns["quantity"] == "survival chain") & (columns["strength"] == 0.2)
    assert columns["low"][rows] < 0.75 < columns["high"][rows]
    assert set(columns["kind"]) == {"noise", "delete"}
    assert "noise 0.2 0.75 against 0.50" in drawing.description


def test_a_column_for_every_kind(perturbed: RunRecord, build: Build) -> None:
    noisy = build(name="noisy")
    noisy.folder.path.mkdir(parents=True, exist_ok=True)
    store_perturbed(noisy.folder.path, made_perturbed())
    axes = [SURVIVAL.make(runs, PlotSettings()).figure.axes for runs in ([noisy], [perturbed])]
    assert [len(one) for one in axes] == [2, 4]
    assert [len(one.lines) for one in axes[0]] == [3, 2]
    both = SURVIVAL.make([noisy, perturbed], PlotSettings()).figure.axes
    assert [len(one.lines) for one in both] == [6, 3, 4, 2]


def test_too_many_runs_cannot_be_told_apart(perturbed: RunRecord) -> None:
    with pytest.raises(CrowdedError, match="the 5 runs must be told apart"):
        SURVIVAL.make([perturbed] * 5, PlotSettings())


def test_a_run_without_it_names_the_command(build: Build) -> None:
    with pytest.raises(RunError, match="nnu perturb"):
        SURVIVAL.make([build(name="nothing")], PlotSettings())
