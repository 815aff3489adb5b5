"""The parts of a batch: chosen by shapes, recorded with the run, and kept by a run made before."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from changing import changed

from nnuniverse import parse_config, resume_run, start_run
from nnuniverse.config import RunConfig
from nnuniverse.errors import RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.reopen import reopen_run
from nnuniverse.experiments.rounding import OF_OLD_RUNS, Rounding
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.runs import open_results
from nnuniverse.training.batches import SHARED_PRODUCTS, parts_of_batch

pytestmark = pytest.mark.quick  # bits are compared of one program

CONFIG = parse_config(
    {
        "name": "parts",
        "data": {"train_samples": 90, "test_samples": 20},
        "network": {"hidden": [5]},
        "train": {"epochs": 6, "batch": 30},
        "observe": {
            "complexity_n": [5],
            "observables": ["mu2"],
            "snapshots": {"kind": "fixed", "every": 3},
        },
        "checkpoint": {"seconds": 0},
    }
)


@pytest.mark.parametrize(
    ("hidden", "batch", "parts"), [([40, 20], 100, 1), ([200, 100], 100, 2), ([1000, 500], 10, 2)]
)
def test_as_measured(hidden: list[int], batch: int, parts: int) -> None:
    config = parse_config({"network": {"hidden": hidden}, "train": {"batch": batch}})
    architecture = assemble.build_architecture(config, 784, 10)
    assert assemble.quickest_parts(config, architecture) == parts


def test_by_the_products_of_a_step() -> None:
    assert [parts_of_batch(SHARED_PRODUCTS + more) for more in (-1, 0)] == [1, 2]


def without_record(run: Path) -> None:
    """Make a run folder say what one said before parts were recorded."""
    provenance = run / "provenance.json"
    content = json.loads(provenance.read_text())
    del content["batch_parts"], content["bulk_in_rounds"]
    provenance.write_text(json.dumps(content))
    with changed(run / "results.h5") as file:
        del file.attrs["batch_parts"], file.attrs["bulk_in_rounds"]


def losses(run: Path) -> np.ndarray:
    with open_results(run) as file:
        return file["running_boundary_loss"][()]


def stopping_after(segments: int) -> Callable[[], bool]:
    answers = iter([False] * segments)
    return lambda: next(answers, True)


def trained(config: RunConfig, root: Path, monkeypatch: pytest.MonkeyPatch, parts: int) -> Path:
    with monkeypatch.context() as patch:
        patch.setattr(assemble, "quickest_parts", lambda config, architecture: parts)
        return start_run(config, root).folder.path


def test_a_run_that_does_not_say_keeps_its_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two, one = (
        losses(trained(CONFIG, tmp_path / str(parts), monkeypatch, parts)) for parts in (2, 1)
    )
    np.testing.assert_allclose(one, two, rtol=1e-5)
    assert not np.array_equal(one, two), "so that the next comparison means something"
    with monkeypatch.context() as patch:
        patch.setattr(assemble, "quickest_parts", lambda config, architecture: 2)
        old = start_run(CONFIG, tmp_path / "old", stop=stopping_after(1)).folder.path
    assert losses(old).shape[1] < CONFIG.train.epochs
    without_record(old)
    resume_run(old)
    np.testing.assert_array_equal(losses(old), two)
    with open_results(old) as file:
        assert file.attrs["batch_parts"] == 2
    assert json.loads((old / "provenance.json").read_text())["batch_parts"] == 2


def test_a_run_keeps_the_parts_that_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = losses(trained(CONFIG, tmp_path / "whole", monkeypatch, 1))
    run = start_run(CONFIG, tmp_path / "stopped", stop=stopping_after(1)).folder.path
    monkeypatch.setattr(assemble, "quickest_parts", lambda config, architecture: 2)
    resume_run(run)
    np.testing.assert_array_equal(losses(run), one)


@pytest.mark.parametrize("recorded", [0, -1, "many", 1.5])
def test_a_record_of_no_number(recorded: object, tmp_path: Path) -> None:
    run = start_run(CONFIG, tmp_path, stop=stopping_after(1)).folder.path
    with changed(run / "results.h5") as file:
        file.attrs["batch_parts"] = recorded
    before = (run / "results.h5").read_bytes()
    with pytest.raises(RunError, match=r"`batch_parts` of .* must be a number from 1 on, but is"):
        resume_run(run)
    assert (run / "results.h5").read_bytes() == before


def test_the_bulk_loss_of_a_run_that_does_not_say_is_grouped_once(tmp_path: Path) -> None:
    """Measured in training as before, to the last digit."""
    config = CONFIG.model_copy(
        update={"observe": CONFIG.observe.model_copy(update={"observables": ("bulk_loss",)})}
    )
    dataset = load_dataset(config)
    for rounding, in_rounds in ((OF_OLD_RUNS, False), (None, True)):
        program = assemble.build_program(config, dataset, rounding)
        assert program.settings.bulk_in_rounds is in_rounds
    run = start_run(config, tmp_path, stop=stopping_after(1)).folder.path
    assert reopen_run(run).rounding == Rounding(1, bulk_in_rounds=True)
    without_record(run)
    assert reopen_run(run).rounding == OF_OLD_RUNS
    resume_run(run)
    with open_results(run) as file:
        assert (file.attrs["batch_parts"], file.attrs["bulk_in_rounds"]) == (2, 0)


def test_threads_that_training_keeps_busy() -> None:
    dataset = load_dataset(CONFIG)
    many = CONFIG.model_copy(update={"replicas": 8})
    assert assemble.busy_threads(CONFIG, dataset) == 1
    assert assemble.busy_threads(many, dataset) == 8
    assert assemble.busy_threads(CONFIG, dataset, parts=2) > 1000, "any number"
