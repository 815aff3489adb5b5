"""A run, opened for reading: what it recorded, and what follows from it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnuniverse.analysis import AnalysisSettings, analyse, opened_analysis
from nnuniverse.config import RunConfig, config_yaml
from nnuniverse.runs import RunRecord, read_run
from nnuniverse.runs.results import RESULTS
from nnuniverse.runs.whole import open_dataset

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, repr=False)
class Run:
    """A run folder opened for reading.

    ``results``: what training recorded, read on demand; `analysis`: what follows from it.
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
        return repr(self.record).replace("RunRecord", "Run", 1)

    def _repr_html_(self) -> str:
        facts = html.escape(repr(self))
        config = html.escape(config_yaml(self.config))
        return (
            f"<p>{facts}</p><details><summary>config</summary><pre>{config}</pre></details>"
            f"<details><summary>results</summary>{self.results._repr_html_()}</details>"
        )


def open_run(path: str | Path, **settings: Any) -> Run:
    """Open the run folder at ``path``; keywords, of various types, are of `AnalysisSettings`.

    Raises ConfigError if it is not a run folder, RunError if it cannot be read.
    """
    record = read_run(path)
    results = open_dataset(record.folder.results, RESULTS)
    return Run(record, results, AnalysisSettings(**settings))
