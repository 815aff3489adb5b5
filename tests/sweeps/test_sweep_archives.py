"""A sweep in an archive: all its points, the numbers as they were, and no folders of its user."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import xarray as xr
from made_runs import make_run, make_sweep, make_tasks

from nnuniverse.errors import RunError
from nnuniverse.exports.archive import gather, write_archive
from nnuniverse.runs import list_runs, meant_runs
from nnuniverse.runs.archived import unpacked
from nnuniverse.runs.references import in_archives
from nnuniverse.sweeps import Plan, open_results, plan_sweep, require_ended, write_results


@pytest.fixture
def plan(data_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A sweep of two points and two seeds that has ended."""
    monkeypatch.setenv("NNU_ARCHIVES", str(tmp_path / "cache"))
    sweep = make_sweep(data_file)
    make_tasks(plan_sweep(sweep, tmp_path).todo, tmp_path)
    plan = plan_sweep(sweep, tmp_path)
    plan.folder.write_config(sweep)
    assert write_results(plan)
    return plan


def test_all_points_are_in_it_and_opened_from_it(plan: Plan, tmp_path: Path) -> None:
    out = tmp_path / "made.zip"
    write_archive(gather([plan.folder.path]), out, version="0")
    with zipfile.ZipFile(out) as archive:
        for name in archive.namelist():
            assert str(tmp_path).encode() not in archive.read(name), name
    (place,) = in_archives([out])
    assert len(list(list_runs(unpacked(out)))) == len(plan.tasks)
    folders, _ = meant_runs([str(out)], tmp_path)
    assert [one.path.parent for one in folders or []] == [place] * len(plan.tasks)
    require_ended(place)
    with open_results(plan.folder.path) as own, open_results(place) as read:
        xr.testing.assert_identical(own.drop_attrs().load(), read.drop_attrs().load())
        assert own.attrs["sweep_hash"] != read.attrs["sweep_hash"], "it named the data's folder"
        assert own.attrs["made_from"] == read.attrs["made_from"]


def test_a_sweep_that_has_not_ended(plan: Plan, data_file: Path, tmp_path: Path) -> None:
    sweep = make_sweep(data_file, axes={"train.learning_rate": [0.1, 0.2, 0.3]})
    partial = plan_sweep(sweep, tmp_path)
    partial.folder.write_config(sweep)
    assert write_results(partial)
    with pytest.raises(RunError, match="must have ended, but 2 replicas of it have not"):
        require_ended(partial.folder.path)
    make_run(partial.todo[0].config, tmp_path, status="interrupted", epochs=1, second=9)
    ended = gather([partial.folder.path]).runs
    assert len(ended) == len(plan.tasks), "what has not ended is no point of it"
