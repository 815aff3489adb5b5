"""A run that is shorter than a number needs gives it no value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_claims import printed

from nnuniverse.claims.reproduction.measuring import Measuring
from nnuniverse.claims.reproduction.needed_runs import NeededPoint
from nnuniverse.claims.reproduction.trained_runs import Found, TrainedRun
from nnuniverse.config import RunConfig, parse_config
from nnuniverse.runs.folder import RunFolder
from nnuniverse.runs.identity import Identity
from nnuniverse.runs.record import Recorded, RunRecord

CONFIG = parse_config({"train": {"epochs": 30}, "replicas": 3})
LAYERS = {"analysis": "layers"}


def found(epochs: int, config: RunConfig = CONFIG, diverged: bool = False) -> Found:
    """Return three replicas of which so many epochs are recorded."""
    arrays = {"epoch": np.arange(1, epochs + 1), "seed": np.arange(3)}
    arrays["replica"] = np.arange(3)
    arrays["diverged_epoch"] = np.full(3, epochs if diverged else -1)
    variables = {
        name: Recorded(of, ("epoch" if name == "epoch" else "replica",), {})
        for name, of in arrays.items()
    }
    folder = RunFolder(Path("made"))
    record = RunRecord("made/it", folder, config, {}, {"network": "4-3-2"}, variables)
    run = TrainedRun(folder, Identity({}, {}, "", {}), (0, 1, 2), "running")
    point = NeededPoint("deep", config, (0, 1, 2))
    return Found(point, 100, ((record, run, (0, 1, 2)),))


def measured(there: Found, **requires: int) -> Any:
    number = printed(quantity=LAYERS, requires=requires)
    return Measuring().measure(number, [there])


def test_whole_runs_are_needed_unless_the_number_says_less() -> None:
    assert "has 12 of 30 epochs" in measured(found(12))
    assert measured(found(30)).values.tolist() == [3.0] * 3
    assert measured(found(12), epochs=12).values.tolist() == [3.0] * 3
    assert "has 12 of 13 epochs" in measured(found(12), epochs=13)


def test_a_run_that_has_diverged_has_ended() -> None:
    there = found(12, diverged=True)
    assert there.missing == ()
    assert there.whole == (0, 1, 2)
    assert not isinstance(measured(there), str)
    assert found(12).missing == (0, 1, 2)


@pytest.mark.parametrize(("needed", "values"), [(100, True), (101, False)])
def test_as_many_samples_are_needed(needed: int, values: bool) -> None:
    told = measured(found(30), train_samples=needed)
    assert isinstance(told, str) != values
    if not values:
        assert told == "deep has 100 of 101 samples"


def test_every_point_of_a_sweep_is_needed() -> None:
    ranked = {"against": {"analysis": "layers"}, "sign": "+"}
    number = printed(quantity={"analysis": "layers"}, rank_correlation=ranked)
    one = replace(found(30), point=NeededPoint("deep", CONFIG, (0, 1, 2), {"depth": 3}))
    other = Found(replace(one.point, labels={"depth": 4}), 100)
    values = Measuring().measure(number, [one, one])
    assert not isinstance(values, str)
    assert values.against is not None
    assert len(values.against) == len(values.values) == 6
    told = Measuring().measure(number, [one, other])
    assert told == "there are too few runs of deep, depth=4"


def lacking(there: Found, **keys: Any) -> Found:
    """Return what was found, asked for numbers on ``mu2``, which it has not, and on its layers."""
    numbers = [printed(id="of", quantity="mu2.final"), printed(id="has", quantity=LAYERS)]
    config = CONFIG.model_copy(update=keys)
    point = replace(there.point, config=config)
    ((record, _, _),) = there.records
    told = Measuring().lacking(numbers)(point, record)
    return replace(there, point=point, lacking={record.folder.path: told})


def test_a_run_without_what_a_number_needs_is_missing_if_the_config_asks_for_it_now() -> None:
    asked = CONFIG.observe.model_copy(update={"observables": ("mu2",)})
    there = lacking(found(30), observe=asked)
    ((record, _, _),) = there.records
    assert there.missing == (0, 1, 2)
    of, has = printed(id="of"), printed(id="has")
    assert "`mu2` must be recorded, but is not. Try mu2 in obs" in there.lacks(of, record)
    assert there.lacks(has, record) == ""
    assert replace(there, unasked={"of": "nobody asks for it"}).missing == ()
    again = lacking(found(30))  # as a run of the same config would be
    assert again.missing == ()
    assert again.lacks(of, record)


def test_the_number_of_a_short_run_lacks_no_more_than_epochs() -> None:
    there = lacking(found(12))
    ((record, _, _),) = there.records
    assert there.lacks(printed(id="of"), record) == ""
