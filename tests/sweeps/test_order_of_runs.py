"""The runs of a sweep come in the order of its points, not in that in which they ended."""

from __future__ import annotations

from pathlib import Path

from made_runs import make_run, make_sweep, make_tasks

from nnuniverse.cli.options import run_folders
from nnuniverse.runs import read_run
from nnuniverse.sweeps import SweepFolder, ended_runs, plan_sweep


def test_along_the_axes_whatever_ended_first(data_file: Path, tmp_path: Path) -> None:
    axes = {"train.learning_rate": [0.3, 0.1], "train.batch": [4, 2]}
    sweep = make_sweep(data_file, axes=axes)
    tasks = plan_sweep(sweep, tmp_path, lambda _: 1).todo
    other = tasks[0].config.model_copy(update={"seed": 9})
    of_no_point = other.model_copy(
        update={"train": other.train.model_copy(update={"learning_rate": 0.2})}
    )
    make_run(of_no_point, tmp_path, second=0)
    make_tasks(tasks[::-1], tmp_path)
    folder = SweepFolder(tmp_path / sweep.name)
    as_they_ended = ended_runs(folder)  # no sweep.yaml is there yet
    folder.write_config(sweep)
    configs = [read_run(path).config for path in run_folders([str(folder.path)])]
    found = [(c.train.learning_rate, c.train.batch, c.seed) for c in configs]
    points = [(rate, batch, seed) for rate in (0.3, 0.1) for batch in (4, 2) for seed in (0, 1)]
    assert found == [*points, (0.2, 4, 9)]
    assert [run.folder.path.name for run in as_they_ended] == sorted(
        run.folder.path.name for run in ended_runs(folder)
    )
