"""What a command has found of one net, that of a config or of a run, and the file it goes into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic

from nnuniverse.config import RunConfig, config_yaml
from nnuniverse.experiments.found_of_run import Found
from nnuniverse.experiments.reopen import IdentifiedRun
from nnuniverse.networks.architecture import Architecture
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import DerivedFile, derived_image, opened_image

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class NetOrigin:
    """Which net it is: of an ``architecture``, of a ``config``, called ``name``.

    ``folder``: of a run, else None.
    """

    config: RunConfig
    name: str
    folder: Path | None
    architecture: Architecture

    @classmethod
    def of_config(cls, config: RunConfig, architecture: Architecture) -> NetOrigin:
        """Return that of the untrained net of a ``config``, of an ``architecture``."""
        return cls(config, config.name, None, architecture)

    @classmethod
    def of_run(cls, run: IdentifiedRun, architecture: Architecture) -> NetOrigin:
        """Return that of a net of a ``run``, of an ``architecture``."""
        return cls(run.config, run.folder.name, run.folder.path, architecture)


@dataclass(frozen=True)
class FoundOfNet(Generic[Found]):
    """What was ``found`` of the net from ``origin``, for a ``file``; ``told``: how, by name."""

    file: DerivedFile
    origin: NetOrigin
    found: Found
    told: Mapping[str, object]

    @property
    def attributes(self) -> dict[str, object]:
        """What the file says of itself."""
        name = self.origin.name
        return {
            "title": f"nnuniverse {self.file.kind} of {name}",
            "run": name,
            "network": str(self.origin.architecture),
            "neurons": self.origin.architecture.neurons,
            **self.told,
            "config": config_yaml(self.origin.config),
        }

    def write(self, folder: Path, name: str | None = None) -> Path:
        """Put the file into a folder, in place of an older one, and return its path.

        ``name``: what it is called, None for its own.  Raises RunError if it cannot be written.
        """
        file = self.file if name is None else replace(self.file, name=name)
        found = self.found
        return file.write(RunFolder(folder), found.axes, found.variables, self.attributes)

    def opened(self) -> xr.Dataset:
        """Return what the file holds; nothing is written."""
        found = self.found
        return opened_image(derived_image(found.axes, found.variables, self.attributes))
