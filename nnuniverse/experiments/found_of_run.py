"""What a command has found of a run's nets, and the file in the run's folder that it goes into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import DerivedFile, derived_image, opened_image
from nnuniverse.variables import Axis, Variable

if TYPE_CHECKING:
    import xarray as xr


class Storable(Protocol):
    """What a file can hold."""

    @property
    def axes(self) -> Sequence[Axis]:
        """The dimensions of the variables."""

    @property
    def variables(self) -> list[tuple[Variable, np.ndarray]]:
        """What is found, each with its values."""


Found = TypeVar("Found", bound=Storable)


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
        return self.file.write(self.folder, self.found.axes, self.found.variables, self.attributes)

    def opened(self) -> xr.Dataset:
        """Return what the file holds; nothing is written."""
        return opened_image(derived_image(self.found.axes, self.found.variables, self.attributes))
