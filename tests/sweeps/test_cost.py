"""What a sweep will cost: operations as counted by hand, and times that grow with the work."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_runs import make_sweep

from nnuniverse.cli.display.sweep_output import _costs as estimate_costs
from nnuniverse.errors import ConfigError
from nnuniverse.experiments import costs as costs_module
from nnuniverse.experiments.costs import epoch_operations
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.sweeps import Plan, plan_sweep


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs_module, "CALIBRATION_SECONDS", 0.0)


@pytest.fixture
def plan(data_file: Path, tmp_path: Path) -> Plan:
    axes = {"train.epochs": {"kind": "values", "values": [100, 20_000_000]}}
    return plan_sweep(make_sweep(data_file, axes=axes), tmp_path)


def test_operations_of_an_epoch(data_file: Path, tmp_path: Path) -> None:
    """4-5-3, 12 samples: forwards 20 + 15 products, backwards twice that but for the inputs."""
    sweep = make_sweep(data_file, set={"network.hidden": [5]})
    config = plan_sweep(sweep, tmp_path).tasks[0].config
    multiplications = 12 * ((20 + 15) + (20 + 15) + 15)
    assert epoch_operations(config, load_dataset(config)) == 2 * multiplications


def test_operations_are_those_of_all_epochs_and_replicas(plan: Plan) -> None:
    short, long = (estimate_costs(plan.tasks)[task.id] for task in plan.tasks)
    dataset = load_dataset(plan.tasks[0].config)
    assert short.operations == 100 * 2 * epoch_operations(plan.tasks[0].config, dataset)
    assert long.operations == short.operations * 200_000
    assert 0 < short.seconds < long.seconds


def test_every_kind_is_calibrated_once(
    plan: Plan, data_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibrated = []
    rates = costs_module._Rates(1.0, 1e-9, 1e-3)
    monkeypatch.setattr(
        costs_module, "_calibrate", lambda config, dataset: calibrated.append(config) or rates
    )
    axes = {"network.hidden": [[3], [4, 4]], "loss.kind": ["boundary", "bulk"]}
    tasks = plan_sweep(make_sweep(data_file, axes=axes), tmp_path).tasks
    costs = estimate_costs(tasks)
    assert [config.loss.kind for config in calibrated] == ["boundary", "bulk"]
    assert len(costs) == 4
    snapshots = 4  # epochs 0 .. 3
    first = costs[tasks[0].id]
    assert first.seconds == pytest.approx(1.0 + 1e-9 * first.operations + 1e-3 * snapshots * 2)


def test_nothing_to_do_costs_nothing() -> None:
    assert estimate_costs([]) == {}


def test_a_config_that_cannot_be_names_its_point(data_file: Path, tmp_path: Path) -> None:
    tasks = plan_sweep(make_sweep(data_file, set={"train.batch": 13}), tmp_path).tasks
    with pytest.raises(ConfigError, match=r"^at learning_rate=0.1, seeds 0-1: `train.batch` must"):
        estimate_costs(tasks)
