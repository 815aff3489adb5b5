"""``nnu rank``: points of a sweep, or runs, in the order of an expression of their observables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    DEFAULT_ROOT,
    AsJson,
    Runs,
    expanded,
    is_sweep_folder,
    print_json,
    remark,
    run_folders,
)
from nnuniverse.counted import counted
from nnuniverse.errors import RunError

if TYPE_CHECKING:
    import xarray as xr

    from nnuniverse.axis_labels import Label
    from nnuniverse.expectations import RankedPoint
    from nnuniverse.runs import ListedRun

UNRANKED = ("unreadable", "changed")
"""Statuses of runs whose numbers are not to be trusted."""


def rank(
    runs: Runs,
    expression: Annotated[
        str,
        typer.Argument(
            metavar="EXPRESSION",
            help="What to rank by, in the language of `expect:`: 'abs(mu3.final)'.",
        ),
    ],
    top: Annotated[
        int | None, typer.Option("--top", metavar="N", min=1, help="Only the first N.")
    ] = None,
    largest: Annotated[bool, typer.Option("--largest", help="The largest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Rank the points of a sweep, or runs, by an expression, the smallest first."""
    from nnuniverse.cli.display.tables import print_table
    from nnuniverse.expectations import ranking_rows

    sweep = _the_sweep(runs)
    ranked = (
        _rank_sweep(sweep, expression, largest) if sweep else _rank_runs(runs, expression, largest)
    )
    if as_json:
        print_json([point.as_dict() for point in ranked[:top]])
        return
    print_table(*ranking_rows([point for point in ranked if not point.error][:top]))
    without = [point.error for point in ranked if point.error]
    if without:
        have = "has" if len(without) == 1 else "have"
        told = counted(len(without), "point" if sweep else "run")
        remark(f"{told} {have} no value: {without[0]}")


def _the_sweep(texts: list[str]) -> Path | None:
    """Return the folder of the sweep, if that is all that is to be ranked."""
    from nnuniverse.runs import named_runs

    paths = named_runs([expanded(text) for text in texts], DEFAULT_ROOT) if len(texts) == 1 else []
    return next((path for path in paths if is_sweep_folder(path)), None)


def _rank_sweep(sweep: Path, expression: str, largest: bool) -> list[RankedPoint]:
    from nnuniverse.expectations import rank_points
    from nnuniverse.sweeps import open_results

    with open_results(sweep) as dataset:
        return rank_points(expression, dataset, largest_first=largest)


def _rank_runs(texts: list[str], expression: str, largest: bool) -> list[RankedPoint]:
    from nnuniverse.expectations import rank_runs
    from nnuniverse.runs import look_at
    from nnuniverse.runs.folder import RunFolder

    listed = [look_at(RunFolder(folder)) for folder in run_folders(texts)]
    described = [
        (run.summary.path, labels, partial(_open, run))
        for run, labels in zip(listed, _differing(listed), strict=True)
    ]
    return rank_runs(expression, described, largest_first=largest)


def _open(run: ListedRun) -> xr.Dataset:
    """Open the results of a run; raises RunError if they cannot be read, or are of another run."""
    from nnuniverse.runs.results import RESULTS
    from nnuniverse.runs.whole import open_dataset

    path, status = run.summary.path, run.summary.status
    if status in UNRANKED:
        raise RunError(f"RUN {path!r}", "be what it was", f"is {status}", "`nnu runs`")
    return open_dataset(run.folder.results, RESULTS)


def _differing(runs: Sequence[ListedRun]) -> list[dict[str, Label]]:
    """Return of each run the config keys in which ``runs`` differ, but for its name."""
    from nnuniverse.config import config_keys
    from nnuniverse.runs import differing_values

    differing = differing_values(runs)
    keys = [key for key in config_keys() if key in differing and key != "name"]
    return [{key: _label(differing[key][n]) for key in keys} for n in range(len(runs))]


def _label(value: object) -> Label:
    return value if isinstance(value, str | int | float) else json.dumps(value)
