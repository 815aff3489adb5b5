"""An analysis as ``analysis.h5``, in the shape of ``results.h5``, and as xarray objects."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from nnuniverse.analysis.section import Analysis, common_axes
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.derived_file import derived_image, opened_image

if TYPE_CHECKING:
    import xarray

FILE_NAME = "analysis.h5"


def opened_analysis(analysis: Analysis) -> xarray.Dataset:
    """Return ``analysis`` as the data set that ``analysis.h5`` holds."""
    return opened_image(analysis_image(analysis))


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
    attributes = {
        "title": f"nnuniverse analysis of {analysis.record.name}",
        "run": analysis.record.name,
        "commit": analysis.record.commit,
        "config_hash": analysis.record.config.hash(),
        "corrupt": int(analysis.corrupt),
        **asdict(analysis.settings),
    }
    return derived_image(axes, variables, attributes)
