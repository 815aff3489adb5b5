"""Seeds become replicas: as many as the memory of the devices holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_runs import make_sweep

from nnuniverse.config import parse_config
from nnuniverse.config.run import MAX_REPLICAS
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.sweeps import ReplicasThatFit, plan_sweep
from nnuniverse.sweeps.memory_estimate import estimate_memory


def test_counted_in_a_process_of_its_own_once_per_kind(
    data_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {"kind": "npz", "path": str(data_file)}
    mapping = {
        "data": data,
        "network": {"hidden": [3]},
        "train": {"batch": 4},
        "observe": {"complexity_n": [2]},
    }
    fitting = ReplicasThatFit()
    assert fitting(parse_config(mapping)) == MAX_REPLICAS
    monkeypatch.setattr("nnuniverse.sweeps.packing.ProcessPoolExecutor", None)
    assert fitting(parse_config({**mapping, "seed": 7, "name": "other"})) == MAX_REPLICAS


def test_what_does_not_fit_or_cannot_be_is_tried_alone(data_file: Path) -> None:
    mapping = {"data": {"kind": "npz", "path": str(data_file)}, "train": {"batch": 13}}
    assert ReplicasThatFit()(parse_config(mapping)) == 1


def test_a_plan_splits_seeds_that_do_not_fit(data_file: Path, tmp_path: Path) -> None:
    sweep = make_sweep(data_file, seeds=[0, 1, 2, 5])
    plan = plan_sweep(sweep, tmp_path, lambda config: 2)
    assert [task.config.seeds for task in plan.tasks[:3]] == [(0, 1), (2,), (5,)]


def test_memory_grows_with_what_a_run_holds(data_file: Path) -> None:
    def needed(**changed: object) -> int:
        config = parse_config({"data": {"kind": "npz", "path": str(data_file)}, **changed})
        return estimate_memory(config, load_dataset(config))

    least = needed(network={"hidden": [3]})
    assert needed(network={"hidden": [3]}, replicas=100) > least
    assert needed(network={"hidden": [3000]}) > least
    assert needed(network={"kind": "graph", "neurons": 900, "mask": {"kind": "full"}}) > least
    # A decomposition of 3,003 rows takes several matrices of that size.
    assert needed(network={"hidden": [3000]}) - least > 4 * 8 * 3000**2
