"""Which names in a config installed packages declare, and whose they are.  No JAX here."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from nnuniverse.config import RunConfig
from nnuniverse.config.data import InstalledData
from nnuniverse.config.initialiser import OUR_ACTIVATIONS
from nnuniverse.config.training import InstalledLoss
from nnuniverse.extensions import ACTIVATIONS, DATA, GROUPS, LOSSES, OBSERVABLES, installed


def extensions_of(config: RunConfig) -> dict[str, str]:
    """Return the names that ``config`` has from installed packages: ``{"loss huber": "mine 1.2"}``.

    By what each is and its name; the value is the package with its version.
    """
    found = {}
    for group, name in _names(config):
        if name in OUR_ACTIVATIONS and group == ACTIVATIONS:
            continue
        extension = installed(group).get(name)
        if extension is not None and name not in _ours(group):
            found[f"{GROUPS[group]} {name}"] = extension.package
    return dict(sorted(found.items()))


def _names(config: RunConfig) -> Iterator[tuple[str, str]]:
    """Yield the names in ``config`` that a package may declare, each with its group."""
    activation, observables = config.network.activation, config.observe.observables
    for one in activation if isinstance(activation, tuple) else (activation,):
        yield ACTIVATIONS, one
    for named in () if isinstance(observables, str) else observables:
        yield OBSERVABLES, named
    if isinstance(config.loss, InstalledLoss):
        yield LOSSES, config.loss.name
    if isinstance(config.data, InstalledData):
        yield DATA, config.data.name


def _ours(group: str) -> Collection[str]:
    """Return the names of ours in a ``group``; asked only where a package declares a name used."""
    if group == OBSERVABLES:
        from nnuniverse.observables import OBSERVABLES as OURS

        return OURS
    return ()
