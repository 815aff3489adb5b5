"""``nnu train`` with early stopping, a bath and the other knobs of the algorithm."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from nnuniverse.config import load_config
from nnuniverse.experiments.train import resume_run, start_run
from nnuniverse.runs import read_run
from nnuniverse.training import loop

Nnu = Callable[..., Any]
Refused = Callable[..., str]

KNOBS = (
    "train.epochs=40",
    "train.learning_rate=0.8",
    "train.clip_norm=2.0",
    "train.optimiser.weight_decay=0.01",
    "train.noise.temperature=0.003",
    "train.schedule={kind: piecewise, boundaries: [5, 9], factors: [0.5, 0.1]}",
    "train.early_stopping.patience=2",
    "observe.snapshots={kind: fixed, every: 1}",
    "observe.observables=[test_boundary_loss, test_error_rate, boundary_loss]",
    "observe.complexity_n=[]",
)


of_one_seed_as_well = pytest.mark.optimised
"""A replica is compared with the run of its seed, and what is compared is compiled alike."""


@pytest.fixture(scope="session")
def stopped(config: Path, shared: Path, nnu: Nnu) -> tuple[Any, Path]:
    """A run of two replicas that stop early, at different epochs: its JSON and its folder."""
    result = nnu("train", config, *KNOBS, "--json", "--out", shared / "stopped")
    assert result.code == 0, result.err
    assert "stopped after epoch" in result.err
    document = json.loads(result.out)
    return document, Path(document["run"])


@of_one_seed_as_well
def test_it_is_complete_and_says_when(stopped: tuple[Any, Path]) -> None:
    document, folder = stopped
    assert document["status"] == "complete"
    assert document["diverged"] == {}
    first, second = document["stopped"].values()
    assert 0 < first != second > 0
    assert document["epochs"] == max(first, second) < 40
    with h5py.File(folder / "results.h5") as file:
        assert file["stopped_epoch"][()].tolist() == [first, second]
        assert len(file["epoch"]) == file["snapshot"][-1] == max(first, second)


@of_one_seed_as_well
def test_values_after_it_are_missing(stopped: tuple[Any, Path]) -> None:
    record = read_run(stopped[1])
    assert record.ended.all()
    for replica, last in enumerate(record.stopped_epoch):
        for name, epochs in (
            ("running_boundary_loss", record["epoch"]),
            ("test_error_rate", record["snapshot"]),
        ):
            np.testing.assert_array_equal(np.isnan(record[name][replica]), epochs > last)


@of_one_seed_as_well
def test_replicas_stop_where_their_own_curves_say(stopped: tuple[Any, Path]) -> None:
    record = read_run(stopped[1])
    for curve, last in zip(record["test_boundary_loss"], record.stopped_epoch, strict=True):
        best = int(np.argmin(curve[: last + 1]))
        assert last == best + 2, "two snapshots without a new best"
        lows = np.minimum.accumulate(curve[: best + 1])
        waits = [len(list(group)) for _, group in groupby(lows)]
        assert max(waits) <= 2, "and not before"


@of_one_seed_as_well
def test_a_replica_is_the_run_of_its_seed_alone(
    stopped: tuple[Any, Path], config: Path, nnu: Nnu, tmp_path: Path
) -> None:
    document, folder = stopped
    alone = nnu("train", config, *KNOBS, "seed=1", "replicas=1", "--json", "--out", tmp_path)
    alone = json.loads(alone.out)
    last = document["stopped"]["1"]
    assert alone["stopped"] == {"0": last}
    with h5py.File(folder / "results.h5") as both, h5py.File(f"{alone['run']}/results.h5") as one:
        for name in ("running_boundary_loss", "weights_1", "bias_2"):
            mine, ours = one[name][0], both[name][1]
            if name.startswith("running"):
                ours = ours[:last]
            np.testing.assert_array_equal(mine, ours, err_msg=name)


@of_one_seed_as_well
@pytest.mark.parametrize("command", [("runs", "--json"), ("analyze", "--json"), ("measure",)])
def test_it_counts_as_finished(
    stopped: tuple[Any, Path], nnu: Nnu, command: tuple[str, ...]
) -> None:
    result = nnu(command[0], stopped[1], *command[1:])
    if command[0] == "measure":  # the weights were not kept, but it is finished
        assert "have kept its weights at every snapshot" in result.err
        return
    assert result.code == 0, result.err
    if command[0] == "runs":
        (listed,) = json.loads(result.out)
        assert listed["status"] == "complete"


@of_one_seed_as_well
def test_resuming_it_does_nothing(stopped: tuple[Any, Path], nnu: Nnu) -> None:
    before = (stopped[1] / "results.h5").read_bytes()
    result = nnu("train", "--resume", stopped[1])
    assert result.code == 0
    assert "already complete" in result.err
    assert (stopped[1] / "results.h5").read_bytes() == before


@of_one_seed_as_well
def test_more_epochs_are_refused_where_nothing_goes_on(
    stopped: tuple[Any, Path], refused: Refused
) -> None:
    line = refused("train", "--resume", stopped[1], "train.epochs=80")
    assert "must have a replica that goes on, but each has diverged or stopped early." in line


@of_one_seed_as_well
def test_an_interrupted_run_ends_as_an_undisturbed_one(
    stopped: tuple[Any, Path], config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SEGMENT_SECONDS", 0.0)  # an epoch each
    asked = iter([False, False, False, True])
    outcome = start_run(load_config(config, KNOBS), tmp_path, stop=lambda: next(asked, False))
    assert (outcome.status, outcome.epochs) == ("interrupted", 2)
    outcome = resume_run(outcome.folder.path)
    assert outcome.status == "complete"
    with (
        h5py.File(stopped[1] / "results.h5") as one,
        h5py.File(outcome.folder.results) as other,
    ):
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(one[name][()], other[name][()], err_msg=name)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            ["train.early_stopping={patience: 2, observable: test_r_squared}"],
            "`train.early_stopping.observable` must be an observable that the run records, but is "
            "test_r_squared. Try train.early_stopping.observable=test_boundary_loss.",
        ),
        (
            ["train.noise.temperature=0.1", "train.optimiser.kind=adam"],
            "`train.noise.temperature` must be 0 with adam, whose stationary density is none of a "
            "temperature, but is 0.1. Try train.optimiser.kind=sgd.",
        ),
        (
            ["train.schedule={kind: piecewise, boundaries: [5, 3], factors: [1, 2]}"],
            "`train.schedule.boundaries` must ascend, but is [5, 3]. Try "
            "train.schedule.boundaries=[3,5].",
        ),
        (
            ["train.schedule={kind: piecewise, boundaries: [5, 9], factors: [0.1]}"],
            "`train.schedule.factors` must be 2, one from each of the boundaries on, but is [0.1]. "
            "Try train.schedule.factors=[0.1,0.01].",
        ),
        (["train.noise.temperature=-1"], "`train.noise.temperature` must be greater than or equal"),
        (["train.clip_norm=0"], "`train.clip_norm` must be greater than 0, but is 0."),
        (["train.early_stopping.patience=0"], "`train.early_stopping.patience` must be greater"),
    ],
)
def test_refusals(config: Path, overrides: list[str], said: str, refused: Refused) -> None:
    assert refused("train", config, *overrides).startswith(said)


def test_on_a_graph(data_file: Path, tmp_path: Path, nnu: Nnu) -> None:
    Path("graph.yaml").write_text(
        f"""
data: {{kind: npz, path: {data_file}}}
network: {{kind: graph, mask: {{kind: block, sizes: [4, 3]}}}}
"""
    )
    knobs = (*KNOBS, "train.batch=4", "observe.observables=[test_boundary_loss]")
    result = nnu("train", "graph.yaml", *knobs, "--json", "--out", tmp_path)
    assert result.code == 0, result.err
    assert json.loads(result.out)["stopped"]
