"""A net seen from its boundary: `nnu holography`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from nnuniverse.config import config_yaml
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments.holography_sources import (
    BoundarySource,
    source_of_config,
    source_of_run,
)
from nnuniverse.experiments.reopen import Tell, require_no_overrides, tell_nobody
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.holography.found_holography import (
    FoundHolography,
    StoredHolography,
    find_holography,
)
from nnuniverse.runs import RunFolder
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.derived_file import HOLOGRAPHY_FILE, derived_image, opened_image

if TYPE_CHECKING:
    import xarray as xr

Matrix = Literal["weights", "slopes"]

EPS = (1.0, 0.1, 1e-2, 1e-4, 1e-8, 1e-16)

ENDS = ("ends", "inputs", "outputs", "all")
"""Boundaries that have names; "ends" are inputs, then outputs."""


@dataclass(frozen=True)
class HolographySettings:
    """How a net is seen: raises ConfigError for what cannot be.

    ``matrix``: w itself, or of a run ``A = f' w``; ``eps``: of the map; ``terms``: orders of the
    series, None for as many as float64 can tell; ``boundary``: a name of `ENDS`, or neurons;
    ``replica``, ``epoch``: which weights.
    """

    matrix: Matrix = "weights"
    eps: tuple[float, ...] = EPS
    terms: int | None = None
    boundary: str | tuple[int, ...] = "ends"
    replica: int = 0
    epoch: int | None = None

    def __post_init__(self) -> None:
        if self.matrix not in ("weights", "slopes"):
            must = "be one of weights, slopes"
            raise ConfigError("`--matrix`", must, f"is {self.matrix!r}", "--matrix weights")
        if not self.eps:
            raise ConfigError("`--eps`", "name a number", "names none", "--eps 0.01")
        for one in self.eps:
            if not (np.isfinite(one) and one > 0.0):
                raise ConfigError("`--eps`", "be above 0", f"is {one:g}", "--eps 0.01")
        if self.terms is not None and self.terms < 1:
            raise ConfigError("`--terms`", "be at least 1", f"is {self.terms}", "--terms 40")
        if isinstance(self.boundary, str) and self.boundary not in ENDS:
            must = f"be one of {', '.join(ENDS)}, or neurons"
            actual = f"is {self.boundary!r}"
            raise ConfigError("`--boundary`", must, actual, "--boundary outputs, or 0,3,5")


@dataclass(frozen=True)
class HolographyOfNet:
    """What was ``found`` of a net from its boundary; ``source``: which net it is."""

    source: BoundarySource
    settings: HolographySettings
    found: FoundHolography

    @property
    def attributes(self) -> dict[str, object]:
        """What ``holography.h5`` says of itself."""
        settings = self.settings
        epoch = {} if settings.epoch is None else {"epoch": settings.epoch}
        named = settings.boundary if isinstance(settings.boundary, str) else "given neurons"
        return {
            "title": f"nnuniverse holography of {self.source.name}",
            "run": self.source.name,
            "network": self.source.network,
            "neurons": self.source.weights.shape[0],
            "matrix": settings.matrix,
            "boundary_name": named,
            "replica": settings.replica,
            **epoch,
            **self.found.attributes,
            "config": config_yaml(self.source.config),
        }

    @property
    def stored(self) -> StoredHolography:
        """What the file tells."""
        values = {axis.name: axis.values for axis in self.found.axes}
        values |= {variable.name: array for variable, array in self.found.variables}
        return StoredHolography(values, self.attributes)

    def write(self, folder: Path, name: str | None = None) -> Path:
        """Put ``holography.h5`` into a folder, in place of an older one, and return its path.

        ``name``: what it is called, None for that.  Raises RunError if it cannot be written.
        """
        file = HOLOGRAPHY_FILE if name is None else replace(HOLOGRAPHY_FILE, name=name)
        found = self.found
        return file.write(RunFolder(folder), found.axes, found.variables, self.attributes)

    def opened(self) -> xr.Dataset:
        """Return the data set that the file holds."""
        found = self.found
        return opened_image(derived_image(found.axes, found.variables, self.attributes))

    def export(self, path: Path) -> Path:
        """Write the boundary net as a graph that `network.mask` with kind npz takes.

        Raises RunError if there is none, or it cannot be written.

        ``path``: of the npz file.
        """
        net = self.found.net
        if net is None:
            why = "has none: 1 - w of the bulk is singular, or too large"
            raise RunError("the boundary net", "exist", why, "--matrix slopes")
        place = {int(neuron): at for at, neuron in enumerate(self.found.boundary)}
        inputs, outputs = (
            np.array([place[one] for one in neurons.tolist() if one in place], np.int64)
            for neurons in (self.source.inputs, self.source.outputs)
        )
        content = io.BytesIO()
        np.savez(content, weights=net.weights, bias=net.bias, inputs=inputs, outputs=outputs)
        replace_file(path, content.getvalue(), remedy="another --export")
        return path


@pinned
def see_from_boundary(
    source: str | Path,
    overrides: Sequence[str] = (),
    settings: HolographySettings = HolographySettings(),
    tell: Tell = tell_nobody,
) -> HolographyOfNet:
    """Return the holographic map, the boundary net and the distances of a net.

    That of a config, untrained, or of a run.  ``tell`` hears what a person should know.  Nothing is
    written.  Raises ConfigError, DataError or RunError.

    ``source``: a config, or a run: folder, name, id or `latest`; ``overrides``:
    ``dotted.key=value`` each; ``settings``: what `nnu holography` was asked for.

    Source: 2008.01540 (10.1)-(10.5), corrected (B23, B35).
    """
    source = Path(source)
    of_slopes = settings.matrix == "slopes"
    if source.is_dir():
        require_no_overrides(overrides)
        net = source_of_run(source, settings.replica, settings.epoch, of_slopes, tell)
    else:
        if of_slopes or settings.epoch is not None:
            option = "--matrix slopes" if of_slopes else "--epoch"
            raise ConfigError(f"`{option}`", "be of a run", "is of a config", "a RUN")
        net = source_of_config(source, overrides, settings.replica)
    boundary = _boundary(net, settings.boundary)
    found = find_holography(net.weights, net.bias, boundary, settings.eps, settings.terms)
    if "eps rho >= 1" in found.ways:
        smaller = 0.5 / found.radius
        remedy = "" if of_slopes or net.folder is None else ", or --matrix slopes"
        tell(
            f"rho(w) is {found.radius:.4g}: the series diverges at eps >= 1/rho, whose map is left "
            f"out; distances are those of the coefficients. Try --eps {smaller:.2g}{remedy}"
        )
    return HolographyOfNet(net, settings, found)


def _boundary(net: BoundarySource, wanted: str | tuple[int, ...]) -> np.ndarray:
    """Return the boundary neurons; raises ConfigError for others, repeats, or none."""
    neurons = net.weights.shape[0]
    if not isinstance(wanted, str):
        chosen = np.asarray(wanted, np.int64)
    elif wanted == "all":
        chosen = np.arange(neurons)
    else:
        named = {"inputs": [net.inputs], "outputs": [net.outputs]}
        chosen = np.concatenate(named.get(wanted, [net.inputs, net.outputs])).astype(np.int64)
    if outside := [one for one in chosen.tolist() if not 0 <= one < neurons]:
        must = f"be neurons 0 to {neurons - 1}"
        raise ConfigError("`--boundary`", must, f"names {outside[0]}", "others")
    repeated = np.flatnonzero(np.bincount(chosen, minlength=1) > 1)
    if len(repeated):
        actual = f"repeats {repeated[0]}"
        raise ConfigError("`--boundary`", "name each neuron once", actual, "each once")
    if not len(chosen):
        raise ConfigError("`--boundary`", "name a neuron", "names none", "--boundary 0,1")
    return chosen
