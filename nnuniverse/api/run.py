"""A run, opened for reading: what it recorded, and what follows from it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnuniverse.analysis import AnalysisSettings, analyse, opened_analysis
from nnuniverse.config import RunConfig, config_yaml
from nnuniverse.runs import RunRecord, named_run, read_run
from nnuniverse.runs.results import RESULTS
from nnuniverse.runs.whole import open_dataset

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, repr=False)
class Run:
    """A run folder opened for reading.

    ``record``: its config, status and values, as read; ``results``: what training recorded, as an
    xarray data set over replicas, epochs and snapshots, read on demand; ``settings``: how
    ``analysis``, what follows from it, is computed.

    >>> run.status, run.config.network.hidden
    ('complete', (5,))
    >>> run.results.mu2.dims
    ('replica', 'snapshot')
    """

    record: RunRecord
    results: xarray.Dataset
    settings: AnalysisSettings

    @cached_property
    def analysis(self) -> xarray.Dataset:
        """The analysis under ``settings``, as `nnu analyze` stores it."""
        return opened_analysis(analyse(self.record, self.settings))

    @property
    def name(self) -> str:
        """The run's id, ``<name>/<time>-<hash>``."""
        return self.record.name

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.record.folder.path

    @property
    def config(self) -> RunConfig:
        """What it was trained with, every default filled in."""
        return self.record.config

    @property
    def status(self) -> str:
        """How it stands: complete, diverged, interrupted, failed or running."""
        return self.record.status

    def __repr__(self) -> str:
        return f"Run {self.record.summary}"

    def _repr_html_(self) -> str:
        facts = html.escape(repr(self))
        config = html.escape(config_yaml(self.config))
        return (
            f"<p>{facts}</p><details><summary>config</summary><pre>{config}</pre></details>"
            f"<details><summary>results</summary>{self.results._repr_html_()}</details>"
        )


RunLike = Run | RunRecord | str | Path
"""A run, opened or by its folder, or by words: `latest`, a name, the begin of an id, a condition.

Words are looked up in the folder ``runs``, and only where nothing lies at a path of that name.
"""

ROOT = Path("runs")


def open_run(run: RunLike, **settings: Any) -> Run:
    """Open a run for reading, also while it goes on.

    ``run``: its folder, its name, the beginning of its id, `latest` or a condition,
    ``"train.epochs=20"``; words are looked up in the folder ``runs``.  ``settings``: those of
    `analyze`, which `Run.analysis` then uses.

    Raises ConfigError if it is not a run folder, or words mean none or several; RunError if it
    cannot be read.

    >>> nnuniverse.open_run(run.folder).status
    'complete'
    """
    record = record_of(run)
    results = open_dataset(record.folder.results, RESULTS)
    return Run(record, results, AnalysisSettings(**settings))


def record_of(run: RunLike) -> RunRecord:
    """Return what is recorded of a run; raises as `open_run` does."""
    if isinstance(run, Run):
        return run.record
    return run if isinstance(run, RunRecord) else read_run(folder_of(run))


def folder_of(run: RunLike) -> Path:
    """Return the folder of a run; raises ConfigError where words mean none or several."""
    if isinstance(run, str):
        return named_run(run, ROOT)
    if isinstance(run, Path):
        return run
    return record_of(run).folder.path


def source_of(source: RunLike) -> Path:
    """Return the path of a config, or the folder of a run; raises as `folder_of` does.

    ``source``: a path that ends as that of a config does, or a run.
    """
    if isinstance(source, str) and source.endswith((".yaml", ".yml")):
        return Path(source)
    return folder_of(source)
