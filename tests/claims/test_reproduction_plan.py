"""What is trained for a paper: the seeds that a budget has room for, and the sweeps for them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from nnuniverse.claims.reproduction.missing_runs import missing_sweeps
from nnuniverse.claims.reproduction.needed_runs import needed_points, protocol_points
from nnuniverse.claims.reproduction.paper_files import load_printed_numbers
from nnuniverse.claims.reproduction.plan_output import plan_tables
from nnuniverse.claims.reproduction.reproducing import Selection
from nnuniverse.claims.reproduction.reproduction_plan import (
    Budget,
    ReproductionPlan,
    RunTime,
    plan_reproduction,
)
from nnuniverse.config import RunConfig
from nnuniverse.errors import ConfigError
from nnuniverse.sweeps.grid import sweep_points

FILE = load_printed_numbers("2004.09280")
NO_RUNS = Path("/dev/null")
LOSSES = Selection(claims=("E1", "E4.shallow.mu2"))
"""Of the deep and the shallow net."""


def times(config: RunConfig) -> RunTime:
    """Say that compiling takes 10 s, and an epoch of a replica a hundredth of a second."""
    return RunTime(10.0, config.train.epochs / 100.0)


def plan(seconds: float, **options: Any) -> ReproductionPlan:
    seeds = options.get("seeds")
    return plan_reproduction(FILE, NO_RUNS, LOSSES, seeds, Budget(seconds), times)


def trained(seconds: float, **options: Any) -> list[int]:
    return [len(one.train) for one in plan(seconds, **options).runs]


def test_seeds_are_left_out_never_epochs() -> None:
    assert plan(0.0).seconds == 2 * (10.0 + 10 * 300.0)
    assert trained(0.0) == [0, 0]
    assert trained(math.inf) == [10, 10]
    assert trained(6020.0) == [10, 10]
    assert trained(6019.0) == [9, 9]
    assert trained(1820.0) == [3, 3]
    assert trained(1819.0) == [0, 0]
    assert trained(1000.0, seeds=4) == [0, 0]
    assert trained(math.inf, seeds=4) == [4, 4]
    with pytest.raises(ConfigError, match="be at least the time of one run, but is 300 s, where"):
        plan(300.0)


def test_what_a_budget_reaches() -> None:
    few = plan(0.0)
    shipped = few.shipped
    assert [few.reaches(one) for one in few.numbers] == [one.id in shipped for one in few.numbers]
    assert all(plan(math.inf).reaches(one) for one in few.numbers)


def test_captions_say_whether_anything_is_trained() -> None:
    needed, *_, reach = (table.caption for table in plan_tables(plan(0.0)))
    assert needed.endswith("and nothing is trained without `--budget TIME` or `--budget full`")
    assert reach == "2 of 2 verdicts within reach of what is there"
    needed, *_, reach = (table.caption for table in plan_tables(plan(1820.0)))
    assert needed.endswith("what the budget lets be trained 0 h 30 min")
    assert reach.endswith("within reach of the budget")


def test_missing_runs_are_the_configs_that_were_asked_for() -> None:
    points = needed_points(FILE)
    assert [str(point) for point in points][:3] == ["deep", "shallow", "depth, depth=2"]
    (sweep,) = missing_sweeps("2004.09280", [(point, point.seeds) for point in points])
    assert sweep.name == "reproduce-2004.09280"
    assert sweep.all_seeds == tuple(range(10))
    essentials = [point.config.essentials() for point in sweep_points(sweep)]
    expected = [point.config.essentials() for point in points]
    for content in (*essentials, *expected):
        content.pop("replicas", None)
    assert essentials == expected


def test_missing_runs_have_neurons_that_come_and_go_where_that_was_asked_for() -> None:
    points = [p for p in needed_points(load_printed_numbers("2012.05082")) if p.nets is None]
    sweeps = missing_sweeps("2012.05082", [(point, point.seeds) for point in points])
    found = [point.config for sweep in sweeps for point in sweep_points(sweep)]
    expected = [point.config for point in points]
    assert sum(config.grand is not None for config in expected) == 3
    assert {config.hash() for config in found} == {config.hash() for config in expected}


def test_each_set_of_seeds_is_a_sweep_and_a_config_is_trained_once() -> None:
    deep, shallow, *_ = needed_points(FILE)
    missing = [(deep, (0, 1)), (shallow, (2,)), (deep, (0, 1)), (shallow, ())]
    one, other = missing_sweeps("p", missing)
    assert (one.all_seeds, len(list(sweep_points(one)))) == ((0, 1), 1)
    assert (other.all_seeds, len(list(sweep_points(other)))) == ((2,), 1)
    assert one.name == other.name


def test_protocols_are_those_of_both_nets() -> None:
    points = protocol_points(FILE)
    assert {point.of for point in points} == {"deep", "shallow"}
    assert len({str(sorted(point.labels.items())) for point in points}) == 8
    assert len(points) == 16
    hidden = {point.of: point.config.network.hidden for point in points}  # type: ignore[union-attr]
    assert hidden == {"deep": (40, 20), "shallow": (60,)}


def test_the_base_of_a_sweep_is_a_config_beside_it_or_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "sweeps").mkdir()
    ranks = {"against": "mu3.final", "sign": "+"}
    number = {"id": "a", "where": "here", "says": "it", "printed": "alike", "run": "rates",
              "quantity": "mu2.final", "rank_correlation": ranks}  # fmt: skip
    runs = {"rates": {"sweep": "sweeps/rates.yaml"}}
    content = {"paper": "mine", "title": "It", "runs": runs, "numbers": [number]}
    (tmp_path / "mine.yaml").write_text(json.dumps(content))
    file = load_printed_numbers(str(tmp_path / "mine.yaml"))

    def hidden(base: str) -> list[Any]:
        sweep = {"name": "rates", "base": base, "axes": {"train.batch": [2, 4]}}
        (tmp_path / "sweeps" / "rates.yaml").write_text(json.dumps(sweep))
        return [point.config.network.hidden for point in needed_points(file)]  # type: ignore[union-attr]

    assert hidden("shallow.yaml") == [(60,)] * 2
    (tmp_path / "shallow.yaml").write_text(json.dumps({"network": {"hidden": [7]}}))
    assert hidden("../shallow.yaml") == [(7,)] * 2
    with pytest.raises(ConfigError, match="base` must lie below the folder of the file"):
        hidden("../../shallow.yaml")
    with pytest.raises(ConfigError, match=r"base` must name a config .*, quickstart\.yaml"):
        hidden("quick.yaml")
