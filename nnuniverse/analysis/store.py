"""An analysis as ``analysis.h5``, in the shape of ``results.h5``, and as xarray objects."""

from __future__ import annotations

import html
import io
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnuniverse.analysis.analyse import analyse
from nnuniverse.analysis.section import Analysis, common_axes
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.config import RunConfig, config_yaml
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.record import RunRecord, read_run
from nnuniverse.runs.results import RESULTS
from nnuniverse.runs.schema import file_image
from nnuniverse.runs.seal import SEAL_BYTES
from nnuniverse.runs.whole import open_dataset

if TYPE_CHECKING:
    import xarray

FILE_NAME = "analysis.h5"


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


def opened_analysis(analysis: Analysis) -> xarray.Dataset:
    """Return ``analysis`` as the data set that ``analysis.h5`` holds."""
    import xarray

    image = analysis_image(analysis)
    return xarray.load_dataset(io.BytesIO(image[SEAL_BYTES:]), engine="h5netcdf")


def write_analysis(analysis: Analysis) -> Path:
    """Put ``analysis.h5`` into the run folder, in place of an older one, and return its path."""
    path = analysis.record.folder.path / FILE_NAME
    replace_file(path, analysis_image(analysis), remedy="`--json`, which stores nothing")
    return path


def analysis_image(analysis: Analysis) -> bytes:
    """Return the content of ``analysis.h5``."""
    variables = [declared for section in analysis.sections for declared in section.variables()]
    axes = common_axes(analysis.record)
    axes += [axis for section in analysis.sections for axis in section.axes()]
    used = {dim for variable, _ in variables for dim in variable.dims}
    attributes = {
        "title": f"nnuniverse analysis of {analysis.record.name}",
        "run": analysis.record.name,
        "commit": analysis.record.commit,
        "config_hash": analysis.record.config.hash(),
        "corrupt": int(analysis.corrupt),
        **asdict(analysis.settings),
    }
    return file_image([axis for axis in axes if axis.name in used], variables, attributes)
