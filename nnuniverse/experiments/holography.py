"""A net seen from its boundary: `nnu holography`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments.found_of_net import FoundOfNet
from nnuniverse.experiments.holography_sources import source_of_config, source_of_run
from nnuniverse.experiments.option_values import require_at_least, require_one_of
from nnuniverse.experiments.reopen import Tell, require_no_overrides, tell_nobody
from nnuniverse.networks.architecture import Architecture
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.holography.found_holography import FoundHolography, find_holography
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.derived_file import HOLOGRAPHY_FILE

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
        require_one_of("matrix", self.matrix, get_args(Matrix))
        if not self.eps:
            raise ConfigError("`--eps`", "name a number", "names none", "--eps 0.01")
        for one in self.eps:
            if not (np.isfinite(one) and one > 0.0):
                raise ConfigError("`--eps`", "be above 0", f"is {one:g}", "--eps 0.01")
        require_at_least("terms", self.terms, 1, 40)
        if isinstance(self.boundary, str) and self.boundary not in ENDS:
            must = f"be one of {', '.join(ENDS)}, or neurons"
            actual = f"is {self.boundary!r}"
            raise ConfigError("`--boundary`", must, actual, "--boundary outputs, or 0,3,5")


@pinned
def see_from_boundary(
    source: str | Path,
    overrides: Sequence[str] = (),
    settings: HolographySettings = HolographySettings(),
    tell: Tell = tell_nobody,
) -> FoundOfNet[FoundHolography]:
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
    boundary = _boundary(net.origin.architecture, settings.boundary)
    found = find_holography(net.weights, net.bias, boundary, settings.eps, settings.terms)
    if "eps rho >= 1" in found.ways:
        smaller = 0.5 / found.radius
        remedy = "" if of_slopes or net.origin.folder is None else ", or --matrix slopes"
        tell(
            f"rho(w) is {found.radius:.4g}: the series diverges at eps >= 1/rho, whose map is left "
            f"out; distances are those of the coefficients. Try --eps {smaller:.2g}{remedy}"
        )
    return FoundOfNet(HOLOGRAPHY_FILE, net.origin, found, _told(settings, found))


def _told(settings: HolographySettings, found: FoundHolography) -> dict[str, object]:
    epoch = {} if settings.epoch is None else {"epoch": settings.epoch}
    named = settings.boundary if isinstance(settings.boundary, str) else "given neurons"
    return {
        "matrix": settings.matrix,
        "boundary_name": named,
        "replica": settings.replica,
        **epoch,
        **found.attributes,
    }


def export_boundary_net(seen: FoundOfNet[FoundHolography], path: Path) -> Path:
    """Write the boundary net as a graph that `network.mask` with kind npz takes.

    Raises RunError if there is none, or it cannot be written.

    ``seen``: the net from its boundary; ``path``: of the npz file.
    """
    net = seen.found.net
    if net is None:
        why = "has none: 1 - w of the bulk is singular, or too large"
        raise RunError("the boundary net", "exist", why, "--matrix slopes")
    place = {int(neuron): at for at, neuron in enumerate(seen.found.boundary)}
    ends = seen.origin.architecture
    inputs, outputs = (
        np.array([place[one] for one in neurons.tolist() if one in place], np.int64)
        for neurons in (ends.inputs, ends.outputs)
    )
    content = io.BytesIO()
    np.savez(content, weights=net.weights, bias=net.bias, inputs=inputs, outputs=outputs)
    replace_file(path, content.getvalue(), remedy="another --export")
    return path


def _boundary(net: Architecture, wanted: str | tuple[int, ...]) -> np.ndarray:
    """Return the boundary neurons; raises ConfigError for others, repeats, or none."""
    neurons = net.neurons
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
