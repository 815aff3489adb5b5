"""Where the bulk loss is only a local minimum, all that shows it says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnuniverse.runs import read_run

pytestmark = pytest.mark.xdist_group("command_line")

CAUTION = (
    "bulk_loss is a local minimum: with relu lower ones are common; "
    "bulk_restarts_lower tells in how many samples"
)


def run_of(nnu: Callable[..., Any], config: Path, folder: Path, *overrides: str) -> Any:
    return nnu("train", config, "observe.weights=snapshots", *overrides, "--out", folder)


def test_of_relu_nets(nnu: Callable[..., Any], config: Path, tmp_path: Path) -> None:
    relu = "network.activation=relu"
    trained = run_of(nnu, config, tmp_path, relu, "observe.observables=[mu2, bulk_loss]")
    assert trained.code == 0, trained.err
    assert CAUTION in trained.out
    minimum = read_run(trained.folder).variable("bulk_loss").attributes["minimum"]
    assert minimum == "local: no direction and no change of one hidden state leads lower"
    page = tmp_path / "page.html"
    assert nnu("report", trained.folder, "--out", page).code == 0
    assert CAUTION in page.read_text(encoding="utf-8")

    later = run_of(nnu, config, tmp_path, relu, "observe.observables=[mu2]")
    assert "caution" not in later.out
    measured = nnu("measure", later.folder, "bulk_loss")
    assert measured.code == 0, measured.err
    assert CAUTION in measured.err


def test_not_of_smooth_ones(nnu: Callable[..., Any], config: Path, tmp_path: Path) -> None:
    trained = run_of(nnu, config, tmp_path, "observe.observables=[mu2, bulk_loss]")
    assert trained.code == 0, trained.err
    assert "minimum" not in trained.out
    minimum = read_run(trained.folder).variable("bulk_loss").attributes["minimum"]
    assert minimum == "local: that of the valley which the forward pass lies in"
