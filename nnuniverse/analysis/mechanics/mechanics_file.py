"""The mechanics of a run as ``mechanics.h5``, in the shape of ``results.h5``, and read back."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from nnuniverse.errors import RunError
from nnuniverse.intervals import Estimate
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.record import RunRecord
from nnuniverse.runs.schema import file_image, read_variable
from nnuniverse.runs.seal import SEAL_BYTES
from nnuniverse.runs.whole import FOREIGN, Kind, open_whole
from nnuniverse.variables import Axis, Variable

if TYPE_CHECKING:
    import xarray

FILE_NAME = "mechanics.h5"

REMEDY = "`nnu mechanics` with the run"
"""What makes the file."""

KIND = Kind("the mechanics of a run", REMEDY)


@dataclass(frozen=True)
class MechanicsContent:
    """What ``mechanics.h5`` is made of: dimensions, variables with their values, attributes."""

    axes: tuple[Axis, ...]
    variables: tuple[tuple[Variable, np.ndarray], ...]
    attributes: Mapping[str, object]

    def image(self) -> bytes:
        """Return the file."""
        used = {dim for variable, _ in self.variables for dim in variable.dims}
        axes = [axis for axis in self.axes if axis.name in used]
        return file_image(axes, list(self.variables), self.attributes)

    def write(self, run: RunRecord) -> Path:
        """Put the file into the folder of ``run``, in place of an older one; return its path."""
        path = run.folder.path / FILE_NAME
        replace_file(path, self.image(), remedy="`--json`, and a folder of one's own")
        return path

    def opened(self) -> xarray.Dataset:
        """Return the data set that the file holds."""
        import xarray

        return xarray.load_dataset(io.BytesIO(self.image()[SEAL_BYTES:]), engine="h5netcdf")

    def record(self) -> MechanicsRecord:
        """Return it as it is read back."""
        return MechanicsRecord(
            self.attributes,
            {axis.name: axis.values for axis in self.axes}
            | {variable.name: values for variable, values in self.variables},
        )


@dataclass(frozen=True)
class MechanicsRecord:
    """What is known of the mechanics of a run.

    ``attributes``: of the whole file; ``values``: of variables and dimensions, by name: NaN where
    missing, words as text.
    """

    attributes: Mapping[str, object]
    values: Mapping[str, np.ndarray]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    def words(self, name: str) -> list[str]:
        """Return a variable or a dimension of words."""
        return [str(word) for word in self.values[name]]

    def estimate(self, name: str, *at: int | slice | np.ndarray) -> Estimate:
        """Return the value and the interval of a variable over (..., statistic), ``at`` a place."""
        values = self.values[name][at]
        return Estimate(values[..., 0], values[..., 1], values[..., 2])


def read_mechanics(run: RunRecord) -> MechanicsRecord:
    """Return what `nnu mechanics` has stored of ``run``.

    Raises RunError if it has stored nothing, something damaged, or that of other records than the
    run has by now.
    """
    path = run.folder.path / FILE_NAME
    try:
        with open_whole(path, KIND) as file:
            record = MechanicsRecord(dict(file.attrs), _values(file))
            steps = record["record_step"]
            _ = record["winner"], record["coordinate"], record.estimate("rate")
    except FileNotFoundError as error:
        raise _stale(run, "has none") from error
    except FOREIGN as error:
        raise RunError(repr(str(path)), f"be {KIND.what}", "is damaged", REMEDY) from error
    if not np.array_equal(steps, run["record_step"]):
        raise _stale(run, "has those of other records")
    return record


def _values(file: h5py.File) -> dict[str, np.ndarray]:
    return {name: read_variable(dataset) for name, dataset in file.items()}


def _stale(run: RunRecord, actual: str) -> RunError:
    return RunError(f"the run {run.name}", f"have {KIND.what}", actual, REMEDY)
