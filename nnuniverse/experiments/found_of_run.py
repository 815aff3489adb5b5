"""What a command has found of a run's nets, and the file in the run's folder that it goes into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import DerivedFile, derived_image, opened_image
from nnuniverse.runs.results import SEED
from nnuniverse.variables import Axis, Variable

if TYPE_CHECKING:
    import xarray as xr


class OfReplicas(Protocol):
    """What is found of every replica."""

    @property
    def seeds(self) -> np.ndarray:
        """The seeds of the replicas."""

    @property
    def axes(self) -> Sequence[Axis]:
        """The dimensions of what is found."""

    @property
    def variables(self) -> list[tuple[Variable, np.ndarray]]:
        """What is found, each with its values, but for the seeds."""


Found = TypeVar("Found", bound=OfReplicas)


@dataclass(frozen=True)
class FoundOfRun(Generic[Found]):
    """What was ``found`` of the run in ``folder``, for a ``file`` there.

    ``attributes``: what the file says of itself, by name.
    """

    file: DerivedFile
    folder: RunFolder
    found: Found
    attributes: Mapping[str, object]

    def write(self) -> Path:
        """Put the file into the run folder, in place of an older one, and return its path.

        Raises RunError if it cannot be written.
        """
        return self.file.write(self.folder, self.found.axes, self._variables, self.attributes)

    def opened(self) -> xr.Dataset:
        """Return what the file holds; nothing is written."""
        return opened_image(derived_image(self.found.axes, self._variables, self.attributes))

    @property
    def _variables(self) -> list[tuple[Variable, np.ndarray]]:
        return [(SEED, self.found.seeds), *self.found.variables]
