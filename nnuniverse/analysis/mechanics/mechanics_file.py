"""The mechanics of a run as ``mechanics.h5``, in the shape of ``results.h5``, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int

from nnuniverse.analysis.stored import StoredValues
from nnuniverse.errors import RunError
from nnuniverse.intervals import Estimate
from nnuniverse.runs.derived_file import MECHANICS_FILE, derived_image, opened_image
from nnuniverse.runs.record import RunRecord
from nnuniverse.variables import Axis, Variable

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class MechanicsContent:
    """What ``mechanics.h5`` is made of: dimensions, variables with their values, attributes."""

    axes: tuple[Axis, ...]
    variables: tuple[tuple[Variable, np.ndarray], ...]
    attributes: Mapping[str, object]

    def write(self, run: RunRecord) -> Path:
        """Put the file into the folder of ``run``, in place of an older one; return its path.

        Raises RunError if it cannot be written.
        """
        return MECHANICS_FILE.write(run.folder, self.axes, list(self.variables), self.attributes)

    def opened(self) -> xarray.Dataset:
        """Return the data set that the file holds."""
        return opened_image(derived_image(self.axes, list(self.variables), self.attributes))

    def record(self) -> MechanicsRecord:
        """Return it as it is read back."""
        return MechanicsRecord.of(self.axes, self.variables, self.attributes)


class MechanicsRecord(StoredValues):
    """What is known of the mechanics of a run.

    ``values``: of variables and dimensions, by name: NaN where missing, words as text;
    ``attributes``: of the whole file.
    """

    def words(self, name: str) -> list[str]:
        """Return a variable or a dimension of words.

        ``name``: of the variable.
        """
        return [str(word) for word in self.values[name]]

    def estimate(self, name: str, *at: int | slice | Int[np.ndarray, " ..."]) -> Estimate:
        """Return the value and the interval of a variable over (..., statistic), ``at`` a place.

        ``name``: of the variable.
        """
        values = self.values[name][at]
        return Estimate(values[..., 0], values[..., 1], values[..., 2])


def read_mechanics(run: RunRecord) -> MechanicsRecord:
    """Return what `nnu mechanics` has stored of ``run``.

    Raises RunError if it has stored nothing, something damaged, or that of other records than the
    run has by now.
    """
    derived = MECHANICS_FILE.read(run.folder)
    values = derived.values
    judged, recorded = values.get("record_step", np.array(())), run["record_step"]
    # Records at which all replicas are at their common start have nothing to be judged.
    if not len(judged) or not np.array_equal(judged, recorded[-len(judged) :]):
        raise RunError(
            f"the run {run.name}",
            "have its mechanics",
            "has those of other records",
            f"`{MECHANICS_FILE.command} {run.folder}`",
        )
    return MechanicsRecord(values, derived.attributes)
