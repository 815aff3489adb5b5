"""What a command has found of a run, in a file of its own beside ``results.h5``."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nnuniverse.errors import RunError
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.folder import RunFolder
from nnuniverse.runs.record import Recorded, read_recorded
from nnuniverse.runs.schema import file_image
from nnuniverse.runs.seal import SEAL_BYTES
from nnuniverse.runs.whole import FOREIGN, Kind, open_whole
from nnuniverse.variables import Axis, Variable

if TYPE_CHECKING:
    import xarray


def derived_image(
    axes: Sequence[Axis],
    variables: list[tuple[Variable, np.ndarray]],
    attributes: Mapping[str, object],
) -> bytes:
    """Return the content of a file of ``variables``; of ``axes`` those that they have.

    ``attributes``: what the file says of itself, by name.
    """
    used = {dim for variable, _ in variables for dim in variable.dims}
    return file_image([axis for axis in axes if axis.name in used], variables, attributes)


def opened_image(image: bytes) -> xarray.Dataset:
    """Return the data set that a file with the content ``image`` holds."""
    import xarray

    return xarray.load_dataset(io.BytesIO(image[SEAL_BYTES:]), engine="h5netcdf")


class Derived(NamedTuple):
    """``attributes`` of the whole file, and its ``variables`` by name, coordinates included."""

    attributes: Mapping[str, object]
    variables: Mapping[str, Recorded]

    def __contains__(self, name: object) -> bool:
        return name in self.variables

    @property
    def values(self) -> dict[str, np.ndarray]:
        """The values of the variables, by name."""
        return {name: variable.values for name, variable in self.variables.items()}


@dataclass(frozen=True)
class DerivedFile:
    """A file ``name`` in a run folder, that a ``command`` such as `nnu align` makes.

    ``of_config``: whether it is of the net of a config.
    """

    name: str
    command: str
    of_config: bool = True

    @property
    def kind(self) -> str:
        """What it is of: its name without what that ends with."""
        return self.name.partition(".")[0]

    def write(
        self,
        folder: RunFolder,
        axes: Sequence[Axis],
        variables: list[tuple[Variable, np.ndarray]],
        attributes: Mapping[str, object],
    ) -> Path:
        """Put the file into the run folder, in place of an older one, and return its path.

        ``axes``: those that no variable has are left out.  Raises RunError if it cannot be written.

        ``variables``: what is stored, each with its values; ``attributes``: what the file says of
        itself, by name.
        """
        path = folder.path / self.name
        image = derived_image(axes, variables, attributes)
        replace_file(path, image, remedy="`--json`, which tells all of it")
        return path

    def read(self, folder: RunFolder) -> Derived:
        """Return what is in the file; raises RunError if it is not there, or damaged.

        ``folder``: that of the run.
        """
        kind = Kind(f"what `{self.command}` makes of a run", f"`{self.command} {folder}` first")
        return self._opened(folder.path / self.name, kind)

    def is_at(self, path: Path) -> bool:
        """Return whether the file at ``path`` is one that the command has made."""
        try:
            return self.is_titled(self.read_at(path))
        except RunError:
            return False

    def is_titled(self, stored: Derived) -> bool:
        """Return whether what is ``stored`` says that the command has made it."""
        return str(stored.attributes.get("title", "")).startswith(f"nnuniverse {self.kind}")

    def read_at(self, path: Path) -> Derived:
        """Return what is in the file at ``path``, whatever it is called; raises as `read` does."""
        return self._opened(path, Kind(f"what `{self.command}` makes", f"`{self.command} --out`"))

    def _opened(self, path: Path, kind: Kind) -> Derived:
        try:
            with open_whole(path, kind) as file:
                return Derived(dict(file.attrs), read_recorded(file))
        except FOREIGN as error:
            raise RunError(
                f"{str(path)!r}", f"be {kind.what}", "is damaged", kind.remedy
            ) from error


ALIGN_FILE = DerivedFile("align.h5", "nnu align")
DUAL_FILE = DerivedFile("dual.h5", "nnu dual")
GEODESIC_FILE = DerivedFile("geodesic.h5", "nnu geometry geodesic", of_config=False)
GRAND_FILE = DerivedFile("grand.h5", "nnu grand")
HIDDEN_FILE = DerivedFile("hidden.h5", "nnu hidden")
HOLOGRAPHY_FILE = DerivedFile("holography.h5", "nnu holography")
MECHANICS_FILE = DerivedFile("mechanics.h5", "nnu mechanics")
PERTURB_FILE = DerivedFile("perturb.h5", "nnu perturb")
STRINGS_FILE = DerivedFile("strings.h5", "nnu strings")
STRUCTURE_FILE = DerivedFile("structure.h5", "nnu structure")
