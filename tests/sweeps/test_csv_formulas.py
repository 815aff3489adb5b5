"""Labels of a sweep that a spreadsheet would take for formulas."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from made_runs import make_sweep, make_tasks

from nnuniverse.plots import Drawing, SweepPlot, as_csv, draw_sweep
from nnuniverse.plots.canvas import new_figure
from nnuniverse.sweeps import open_results, plan_sweep, write_results

AXIS = {"key": "train.learning_rate", "values": [0.1, 0.2], "labels": ["=1+1", "@x"]}


def test_no_label_is_a_formula_in_a_table(data_file: Path, tmp_path: Path) -> None:
    axes = {"variant": {"kind": "values", **AXIS}, "network.initialiser.gain": [1.0, 2.0]}
    sweep = make_sweep(data_file, axes=axes)
    make_tasks(plan_sweep(sweep, tmp_path).todo, tmp_path)
    plan = plan_sweep(sweep, tmp_path)
    plan.folder.write_config(sweep)
    write_results(plan)
    with plan.folder.table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["variant"] for row in rows} == {"'=1+1", "'@x"}
    assert all(np.isfinite(float(row["mu3"])) for row in rows)

    with open_results(plan.folder.path) as dataset:
        assert set(dataset["variant"].values.tolist()) == {"=1+1", "@x"}, "as they are"
        chosen = (("gain", "1.0"),)
        drawing = draw_sweep(dataset, SweepPlot("variant", "mu3", where=chosen))
    lines = as_csv(drawing).decode().splitlines()[1:]
    assert {line.partition(",")[0] for line in lines} == {"'=1+1", "'@x"}


def test_negative_numbers_stay_numbers() -> None:
    figure, _ = new_figure()
    drawing = Drawing(figure, {"=x": [-1.5, -2], "run": ["-1", "-a"]}, "")
    assert as_csv(drawing).decode() == "'=x,run\n-1.5,-1\n-2,'-a\n"
