"""An analysis as ``analysis.h5``, in the shape of ``results.h5``, and as xarray objects."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from nnuniverse.analysis.section import Analysis, common_axes
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.schema import file_image
from nnuniverse.runs.seal import SEAL_BYTES

if TYPE_CHECKING:
    import xarray

FILE_NAME = "analysis.h5"


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
