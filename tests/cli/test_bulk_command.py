"""Runs on the bulk loss: refused in one line, or read by every command that follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnuniverse.runs import read_run

pytestmark = pytest.mark.xdist_group("command_line")

Nnu = Callable[..., Any]
MASS = 0.2


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["loss.mass=0.1", "network.activation=relu"],
            "`loss.mass` must leave the loss a minimum: the states of relu have no end, but is 0.1."
            " Try network.activation=tanh.",
        ),
        (
            ["loss.pairs=pairs.npz", "network.activation=identity"],
            "`loss.pairs` must leave the loss a minimum",
        ),
        (["loss.pairs=none.npz"], "`loss.pairs` must name a readable file, but is /"),
        (["loss.tolerance=0"], "`loss.tolerance` must be greater than 0, but is 0."),
    ],
)
def test_what_has_no_bulk_loss(
    overrides: list[str], message: str, config: Path, refused: Callable[..., str]
) -> None:
    line = refused("train", config, "loss.kind=bulk", *overrides, "--out", "out")
    assert message in line
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"g": np.zeros((10, 10))}, "pairs.npz must hold the arrays pairs, but holds g."),
        (
            {"pairs": np.zeros((9, 10))},
            "must hold numbers [10, 10] as pairs, but is float64[9, 10]",
        ),
        ({"pairs": np.full((10, 10), np.nan)}, "pairs.npz must hold finite pairs"),
    ],
)
def test_pairs_that_do_not_fit(
    arrays: dict[str, np.ndarray], message: str, config: Path, refused: Callable[..., str]
) -> None:
    np.savez("pairs.npz", **arrays)
    line = refused("train", config, "loss={kind: bulk, pairs: pairs.npz}", "--out", "out", code=1)
    assert message in line
    assert not Path("out").exists()


@pytest.fixture(scope="module")
def free(nnu: Nnu, config: Path, shared: Path) -> Any:
    """A run without targets, with the observables that such runs are about."""
    chosen = "log_eigenvalues, complexity, bulk_loss, bulk_unconverged"
    overrides = (
        "name=free",
        f"loss={{kind: bulk, outputs: free, mass: {MASS}}}",
        f"observe.observables=[{chosen}, boundary_loss, error_rate]",
    )
    return nnu("train", config, *overrides, "--out", shared / "bulk")


def test_free_outputs_have_neither_boundary_loss_nor_errors(free: Any) -> None:
    assert free.code == 0, free.err
    record = read_run(free.folder)
    assert not any("boundary_loss" in name or "error" in name for name in record.variables)
    bulk = record["bulk_loss"]
    # Below V = 0 of states in the middle, above that of all six neurons at the ends.
    assert (bulk < 0.0).all()
    assert (bulk > -0.5 * MASS * 6).all()
    assert (np.diff(bulk, axis=1) < 0.0).all()
    assert not record["bulk_unconverged"].any()


@pytest.mark.parametrize("command", [["analyze", "--json"], ["report", "--out", "page.html"]])
def test_commands_read_a_run_with_free_outputs(command: list[str], free: Any, nnu: Nnu) -> None:
    result = nnu(*command, free.folder)
    assert result.code == 0, result.err
    assert result.out


def test_the_list_of_runs_leaves_what_they_lack_empty(free: Any, nnu: Nnu) -> None:
    (run,) = json.loads(nnu("runs", "--out", free.folder.parents[1], "--json").out)
    assert (run["status"], run["boundary_loss"], run["error_rate"]) == ("complete", None, None)


def test_losses_of_free_outputs_are_drawn(free: Any, nnu: Nnu) -> None:
    result = nnu("plot", "loss", free.folder, "--format", "png", "--out", "figures")
    assert result.code == 0, result.err
    assert (Path("figures") / "loss.png").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("loss-plane", "must have recorded `boundary_loss`"),
        ("complexity-loss", "must be positive, for its logarithm, but is negative"),
    ],
)
def test_what_cannot_be_drawn_of_free_outputs_says_so(
    name: str, message: str, free: Any, refused: Callable[..., str]
) -> None:
    assert message in refused("plot", name, free.folder, "--out", "figures", code=1)


def test_an_auto_encoder_is_compared_with_its_inputs(nnu: Nnu, config: Path) -> None:
    chosen = "observe.observables=[boundary_loss, test_boundary_loss, error_rate, test_error_rate]"
    result = nnu("train", config, "data.targets=inputs", "loss.kind=bulk", "replicas=1", chosen)
    assert result.code == 0, result.err
    assert result.err.startswith("4-3-4")
    record = read_run(result.folder)
    assert {"boundary_loss", "test_boundary_loss", "running_bulk_loss"} <= set(record.variables)
    assert not {"error_rate", "test_error_rate"} & set(record.variables)
    assert (np.diff(record["boundary_loss"], axis=1) < 0.0).all()
    assert (record["running_bulk_loss"] < record["running_boundary_loss"]).all()


def test_the_spectrum_of_an_auto_encoder_counts_its_outputs(nnu: Nnu, config: Path) -> None:
    shown = [nnu("spectrum", config, *more).out for more in ((), ("data.targets=inputs",))]
    inputs, _, outputs = shown[0].split(":")[0].partition("-")
    sizes = shown[1].split(":")[0].split("-")
    assert (sizes[0], sizes[-1]) == (inputs, inputs)
    assert outputs.split("-")[-1] != inputs, "a net that tells nothing"
