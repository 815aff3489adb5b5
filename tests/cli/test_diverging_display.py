"""A run that diverges says when, and shows its last finite values with the epoch they are of."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import yaml
from rich.console import Console

from nnuniverse.cli.display.progress import PanelProgress, PlainProgress, ProgressDisplay
from nnuniverse.runs import RunFolder
from nnuniverse.runs.schema import read_variable
from nnuniverse.training import Segment


@pytest.fixture(scope="module")
def diverging(shared: Path) -> Path:
    """A linear net whose loss grows by a factor that depends on the learning rate."""
    content = {
        "name": "diverging",
        "seed": 7,
        "replicas": 3,
        "data": {"train_samples": 20, "test_samples": 10},
        "network": {"hidden": [], "activation": "identity"},
        "train": {"epochs": 6, "batch": 10},
        "observe": {
            "observables": ["mu2", "boundary_loss"],
            "complexity_n": [],
            "snapshots": {"kind": "fixed", "every": 1},
        },
    }
    path = shared / "diverging-display.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def lines_of(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith("epoch ")]


def mean(folder: Path, name: str, column: int) -> str:
    with h5py.File(folder / "results.h5") as file:
        values = read_variable(file[name])[:, column]
    return f"{values[np.isfinite(values)].mean():.4g}"


def test_in_its_first_epoch(nnu, diverging: Path) -> None:
    result = nnu("train", diverging, "train.learning_rate=1e30", "--out", "runs")
    assert result.code == 1
    assert "nan" not in result.err
    assert "replica 1 (seed 8) diverged in epoch 1 and has been stopped, untrained" in result.err
    untrained = f"at epoch 0: boundary loss {mean(result.folder, 'boundary_loss', 0)}  mu2"
    (line,) = lines_of(result.err)
    assert line.startswith(f"epoch 1/6  3 of 3 replicas diverged  {untrained}")


def test_in_a_middle_epoch(nnu, diverging: Path) -> None:
    result = nnu("train", diverging, "train.learning_rate=200", "--out", "runs")
    assert result.code == 1
    with h5py.File(result.folder / "results.h5") as file:
        ends = file["diverged_epoch"][()]
        losses = read_variable(file["running_boundary_loss"])
    last = int(ends.max())
    assert 1 < last < 6
    for replica, end in enumerate(ends):
        loss = f"its running loss was {losses[replica, end - 2]:.4g} in epoch {end - 1}"
        message = rf"replica {replica} .* diverged in epoch {end} and has been stopped; "
        assert re.search(message + re.escape(loss), result.err)
    line = lines_of(result.err)[-1]
    assert line.startswith(f"epoch {last}/6")
    loss = mean(result.folder, "running_boundary_loss", last - 2)
    measured = mean(result.folder, "boundary_loss", last - 1)
    shown = f"at epoch {last - 1}: running loss {loss}  boundary loss {measured}"
    assert f"3 of 3 replicas diverged  {shown}" in line
    assert "nan" not in result.err


def test_one_of_several_replicas(nnu, diverging: Path) -> None:
    options = ("train.learning_rate=6e4", "train.epochs=2", "--out", "runs")
    result = nnu("train", diverging, *options)
    with h5py.File(result.folder / "results.h5") as file:
        ended = int((file["diverged_epoch"][()] >= 0).sum())
    assert 0 < ended < 3
    # The others go on, and the numbers are theirs.
    loss = mean(result.folder, "running_boundary_loss", 1)
    measured = mean(result.folder, "boundary_loss", 2)
    line = lines_of(result.err)[-1]
    assert line.startswith("epoch 2/2")
    shown = f"running loss {loss}  boundary loss {measured}"
    assert f"{ended} of 3 replicas diverged  {shown}  mu2" in line


# --- made segments -----------------------------------------------------------------------------


def after_divergence(display: ProgressDisplay) -> None:
    """Two replicas, of which one diverges in epoch 3; what it returns from then on is not data."""
    named = SimpleNamespace(architecture="4-2")
    program = SimpleNamespace(seeds=(0, 1), settings=named, turnover=None)
    display.begin(RunFolder(Path("runs/made")), program, 10, 0)
    display.segment(
        Segment(
            first=0,
            last=5,
            of_epochs={"running_boundary_loss": np.array([[5.0, 4, 3, 2, 1], [8] * 5])},
            snapshots=np.array([0, 2, 4]),
            observables={
                "mu2": np.array([[9.0, 7, 6], [1, 1, 1]]),
                "log_eigenvalues": np.array([[[0.5]] * 3, [[77.0]] * 3]),
            },
            diverged_epoch=np.array([-1, 3]),
            state=None,
        )
    )


def test_a_diverged_replica_is_left_out_from_its_epoch_on() -> None:
    display = ProgressDisplay()
    after_divergence(display)
    assert display.numbers("running loss", "mu2") == "running loss 1  at epoch 4: mu2 6"
    np.testing.assert_array_equal(display.log_eigenvalues, [0.5])


def test_values_keep_their_epoch_when_nothing_new_is_finite() -> None:
    display = ProgressDisplay()
    after_divergence(display)
    display.segment(
        Segment(
            first=6,
            last=9,
            of_epochs={"running_boundary_loss": np.full((2, 4), 50.0)},
            snapshots=np.array([8]),
            observables={"mu2": np.full((2, 1), 50.0)},
            diverged_epoch=np.array([7, 3]),
            state=None,
        )
    )
    # In epoch 6 the first was still running; it ended in epoch 7, and with it the run.
    assert display.epoch == 7
    assert (
        display.numbers("running loss", "mu2") == "at epoch 6: running loss 50  at epoch 4: mu2 6"
    )
    np.testing.assert_array_equal(display.log_eigenvalues, [0.5])


def test_the_panel_and_the_line_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    panel = PanelProgress()
    panel.show = lambda stage: None
    after_divergence(panel)
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(panel.panel("training"))
    assert "1 of 2 replicas diverged" in console.export_text()
    line = PlainProgress()
    after_divergence(line)
    assert "epoch 5/10  1 of 2 replicas diverged  running loss 1" in capsys.readouterr().err
