"""``nnuniverse.sweep``: a grid of configs to runs, and one labelled table of all of them."""

from __future__ import annotations

import html
import math
import warnings
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nnuniverse.api.configs import SweepLike, sweep_config
from nnuniverse.api.listening import ProgressBar, interruptible
from nnuniverse.api.run import Run, open_run
from nnuniverse.counted import counted
from nnuniverse.errors import RunError, StoppedError
from nnuniverse.numerical_settings import require_jax_in_workers
from nnuniverse.runs import find_runs
from nnuniverse.sweeps import (
    Plan,
    ProcessEngine,
    Report,
    SweepFolder,
    Task,
    open_results,
    open_sweep_folder,
    read_sweep,
    run_sweep,
    share_out,
    sweep_axes,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

HANG_SECONDS = 600.0
"""A run that says nothing for so long is killed, as on the command line."""


@dataclass(frozen=True, repr=False)
class Sweep:
    """A sweep's folder opened for reading.

    ``path``: the folder; ``failed``: why runs failed, by their names, where the sweep was just
    carried out.  ``results`` are measured values over the axes of the sweep, ``table`` has a row
    per point and replica, ``runs`` are the runs that have ended.

    >>> swept = nnuniverse.open_sweep("runs/rates")
    >>> len(swept.runs), swept.results.learning_rate.values.tolist()
    (2, [0.1, 0.2])
    >>> swept.table.shape[0]
    2
    """

    path: Path
    failed: dict[str, str] = field(default_factory=dict)

    @cached_property
    def results(self) -> xr.Dataset:
        """Everything measured, over the axes, replicas and snapshots, read on demand."""
        return open_results(self.path)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row per point and replica: ``sweep.csv``; raises RunError if no run has ended."""
        import pandas as pd

        folder = open_sweep_folder(self.path)
        if not folder.table.is_file():
            raise RunError(f"the sweep {str(self.path)!r}", "have a run", "has none", "`sweep`")
        return pd.read_csv(folder.table)

    @property
    def runs(self) -> list[Run]:
        """The runs that have ended, oldest first."""
        return [open_run(run.folder.path) for run in find_runs(self.path) if run.ended]

    def __repr__(self) -> str:
        ended = sum(run.ended for run in find_runs(self.path))
        axes = ", ".join(axis.name for axis in sweep_axes(read_sweep(self.path)))
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return f"Sweep {str(self.path)!r} over {axes}: {counted(ended, 'run')}{failed}"

    def _repr_html_(self) -> str:
        facts = f"<p>{html.escape(repr(self))}</p>"
        there = open_sweep_folder(self.path).results.is_file()
        return facts + (self.results._repr_html_() if there else "")


def sweep(
    config: SweepLike,
    overrides: Iterable[str] = (),
    *,
    out: str | Path = "runs",
    workers: int | None = None,
    cores: int | None = None,
    retries: int = 2,
    progress: bool | None = None,
) -> Sweep:
    """Compute what is missing of a sweep, each point a run in a process of its own, and open it.

    ``config``: a YAML file, a mapping, or a `SweepConfig`; ``overrides``: dotted, of the sweep or
    of its runs.  ``out``: the folder of runs.  ``workers``: runs at once; ``cores``: processors of
    each; None: the machine's are shared out.  ``retries``: how often a failed run is tried again.
    ``progress``: whether to show a bar of runs; None: on terminals and in notebooks.

    Points that are there are never computed twice.  Ctrl-C checkpoints every run and raises
    StoppedError; the same call goes on.  Raises ConfigError for a wrong sweep, RunError for a
    folder that cannot be written; a run that fails is warned of, and named in `Sweep.failed`.

    >>> base = {"network": {"hidden": [5]}, "train": {"epochs": 2}}
    >>> rates = {"kind": "values", "values": [0.1, 0.2]}
    >>> swept = nnuniverse.sweep(
    ...     {"name": "rates", "base": base, "axes": {"train.learning_rate": rates}},
    ...     ["observe.observables=[mu2]"],
    ... )
    >>> swept
    Sweep 'runs/rates' over learning_rate: 2 runs
    """
    described = sweep_config(config, overrides)
    root = Path(out)
    require_jax_in_workers()
    points = math.prod(len(axis.labels) for axis in sweep_axes(described))
    engine = ProcessEngine(*share_out(points, workers, cores), HANG_SECONDS)
    with closing(_RunBar(progress)) as bar, interruptible() as stop:
        _, ending = run_sweep(
            described, root, engine, bar, retries=retries, stop=stop, planned=bar.begin
        )
    if ending.stopped:
        raise StoppedError("the sweep was stopped. The same call goes on with it.")
    for name, reason in ending.failed.items():
        warnings.warn(f"{name} failed: {reason}", stacklevel=2)
    return Sweep(SweepFolder(root / described.name).path, ending.failed)


def open_sweep(path: str | Path) -> Sweep:
    """Open the folder of a sweep; raises ConfigError if it is none.

    ``path``: of the folder that holds ``sweep.yaml``, also while the sweep goes on: what has ended
    by then is there.

    >>> nnuniverse.open_sweep("runs/rates").results.sizes["learning_rate"]
    2
    """
    return Sweep(open_sweep_folder(Path(path)).path)


class _RunBar(ProgressBar):
    """Shows how many runs of a sweep have ended."""

    def begin(self, plan: Plan) -> None:
        total = len(plan.tasks)
        self.show(plan.sweep.name, "run", total, total - len(plan.todo))

    def started(self, task: Task, attempt: int) -> None:
        """Say nothing."""

    def progress(self, task: Task, epoch: int) -> None:
        """Say nothing."""

    def ended(self, task: Task, report: Report, again: bool) -> None:
        if self._bar is not None and not again:
            self._bar.update()
