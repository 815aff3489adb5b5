"""What ``nnu analyze`` says of gaps: there is one, none, or nobody can tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from changing import changed

from nnuniverse import open_run

Nnu = Callable[..., Any]


@pytest.fixture(scope="module")
def run(nnu: Nnu, config: Path, shared: Path) -> Path:
    """Two replicas of the net 4-30-20-3; the second learns nine outliers."""
    changes = ("network.hidden=[30,20]", "train.epochs=2")
    folder: Path = nnu("train", config, *changes, "--out", shared / "gaps").folder
    with changed(folder / "results.h5") as file:
        theta = file["log_eigenvalues"]
        small = np.sort(np.random.default_rng(1).normal(-2.0, 0.3, theta.shape[2] // 2))
        for at in np.ndindex(2, theta.shape[1]):
            drawn = small.copy()
            if at == (1, theta.shape[1] - 1):
                drawn[:9] -= 3.0
            positive = np.zeros(theta.shape[2] - len(drawn))
            positive[0] = -drawn.sum()
            theta[at] = np.sort(np.concatenate([drawn, positive]))[::-1]
    return folder


def test_the_verdicts_are_printed(run: Path, nnu: Nnu) -> None:
    result = nnu("analyze", run)
    lines = result.out.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("most conspicuous spacing"))
    assert lines[begin].endswith("none only if power >= 0.5, a gap if p <= 0.05")
    assert "2 cannot tell" in lines[begin + 2]
    assert "1 cannot tell, 1 gap" in lines[begin + 4]


def test_the_verdicts_are_in_the_document_and_the_power_is_stored(run: Path, nnu: Nnu) -> None:
    (found,) = json.loads(nnu("analyze", run, "--json").out)["runs"]
    assert found["gaps"]["verdict"][0] == ["cannot tell"] * 3
    assert found["gaps"]["verdict"][1][2] == "gap"
    analysis = open_run(run).analysis
    assert analysis.gap_power.dims == ("replica", "snapshot")
    np.testing.assert_array_equal(analysis.gap_power, found["gaps"]["power"])
    assert analysis.gap_power.attrs["long_name"].startswith("chance to find")


def test_runs_side_by_side_say_who_cannot_tell(run: Path, nnu: Nnu) -> None:
    rows = json.loads(nnu("analyze", run, run, "--json").out)["comparison"]
    assert [row["replicas with a gap"] for row in rows] == ["1/2"] * 2
    assert [row["replicas that cannot tell"] for row in rows] == ["1/2"] * 2
