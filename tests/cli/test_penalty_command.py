"""`loss.penalty` in runs: what is recorded and resumed, and what it is refused with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from nnuniverse.config import parse_config
from nnuniverse.experiments.train import resume_run, start_run

Nnu = Callable[..., Any]
Refused = Callable[..., str]

PENALISED = (
    "data={kind: normal, inputs: 4, deviation: 0.5, train_samples: 20, test_samples: 10}",
    "network={kind: graph, mask: {kind: layers, sizes: [4, 6, 4], links: 3}, activation: identity}",
    "loss.penalty={l1: 0.02}",
    "train={epochs: 6, batch: 10, optimiser: {kind: momentum}}",
    "observe={complexity_n: [2], observables: [boundary_loss], snapshots: {kind: fixed, every: 1}}",
)


def values(folder: Path) -> dict[str, np.ndarray]:
    with h5py.File(folder / "results.h5") as file:
        return {name: variable[()] for name, variable in file.items()}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = parse_config({"name": "penalised"}, PENALISED)
    return start_run(config, tmp_path_factory.mktemp("runs")).folder.path


def test_a_graph_records_the_penalty_and_the_weights_that_are_left(run: Path) -> None:
    results = values(run)
    assert results["running_penalty"].shape == results["running_boundary_loss"].shape == (1, 6)
    left = results["nonzero_weights"][0]
    assert left[0] == results["weights"].size == 30
    assert left[-1] == np.count_nonzero(results["weights"]) < 30


def test_stopped_and_resumed_it_has_the_same_bits(run: Path, tmp_path: Path) -> None:
    asked = iter([False])
    config = parse_config({"name": "penalised"}, PENALISED)
    stopped = start_run(config, tmp_path, stop=lambda: next(asked, True))
    assert stopped.status == "interrupted"
    assert resume_run(stopped.folder.path).status == "complete"
    whole = values(run)
    for name, array in values(stopped.folder.path).items():
        np.testing.assert_array_equal(array, whole[name], err_msg=name)


def test_a_penalty_of_nothing_is_the_run_without() -> None:
    nothing = parse_config({}, ["loss.penalty={l1: 0.0, l2: 0.0, nonnegative: false}"])
    assert nothing.hash() == parse_config({}).hash()


REFUSED = [
    (
        ("loss.penalty.l1=0.1", "train.optimiser.kind=adam"),
        "`train.optimiser.kind` must be sgd or momentum with `loss.penalty.l1`, but is adam. "
        "Try train.optimiser.kind=momentum.",
    ),
    (
        ("loss.penalty.nonnegative=true", "train.optimiser.kind=momo"),
        "`train.optimiser.kind` must be sgd or momentum with `loss.penalty.nonnegative`, but",
    ),
    (
        ("loss.penalty.l2=0.1", "train.optimiser.kind=adamw"),
        "`train.optimiser.weight_decay` must be 0 with `loss.penalty.l2`, which shrinks weights "
        "too, but is 0.01",
    ),
    (
        ("loss.penalty.l1=0.1", "train.clip_norm=1.0"),
        "`train.clip_norm` must be null with `loss.penalty.l1`, but is 1.",
    ),
    (
        ("loss.penalty.l1=0.1", "train.noise.temperature=0.1"),
        "`train.noise.temperature` must be 0 with `loss.penalty.l1`, but is 0.1.",
    ),
    (
        ("loss.penalty.l1=0.1", "train.schedule.kind=reduce_on_plateau"),
        "`train.schedule.kind` must be one of the epoch alone with `loss.penalty.l1`",
    ),
    (
        ("loss.penalty.l1=0.1", "train.batching={kind: norm_test, probe: 20}", "train.batch=1"),
        "`train.batching.kind` must not be of the gradient, which need not vanish, with",
    ),
    (
        ("loss.penalty.l2=0.1", "grand={chemical_potential: -0.1, probe: 12}"),
        "`loss.penalty.l2` must be 0 where neurons come and go: no energy of theirs counts it, "
        "but is 0.1. Try loss.penalty.l2=0.",
    ),
    (
        ("data={kind: normal, inputs: 3}", "data.targets=zero_one"),
        "`data.targets` must be 'inputs' or 'rotated', but is 'zero_one'.",
    ),
]


@pytest.mark.parametrize(("overrides", "message"), REFUSED)
def test_what_it_means_nothing_with(
    overrides: tuple[str, ...], message: str, config: Path, refused: Refused, tmp_path: Path
) -> None:
    line = refused("train", config, *overrides, "--out", tmp_path)
    assert line.startswith(message)
    assert not list(tmp_path.iterdir())


def test_an_ensemble_has_none(refused: Refused, config: Path, tmp_path: Path) -> None:
    line = refused(
        *("evolve", config, "loss.penalty.nonnegative=true", "evolve={}", "--out", tmp_path)
    )
    assert line == (
        "`loss.penalty.nonnegative` must be false for an ensemble, whose coordinates are those of "
        "the loss alone, but is true. Try loss.penalty.nonnegative=false."
    )
    assert not list(tmp_path.iterdir())
