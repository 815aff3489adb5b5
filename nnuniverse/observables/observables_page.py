"""``docs/observables.md``: what every observable declares, as tables.

``python -m nnuniverse.observables.observables_page`` prints it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import get_args

from nnuniverse.markdown import escaped, table
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import build_graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import block_mask, lattice_mask
from nnuniverse.observables import OBSERVABLES, select_observables
from nnuniverse.observables.declaration import SNAPSHOTS, Observable
from nnuniverse.observables.measurement import Compared, Settings
from nnuniverse.spectra import DENSE_LIMIT

BEGINNING = f"""\
# Observables

What a run can record at every snapshot. Each is declared once, in `nnuniverse/observables/`, and
storing, reading, analysing and plotting follow the declaration. So does this page, which
`python -m nnuniverse.observables.observables_page` makes; a test compares the two.

A run records those of small cost, with `observe.observables: all` those of noticeable cost too, and
one of large cost only where it is named. `nnu measure RUN NAME...` adds one to a run that kept its
weights. All are stored over {" and ".join(SNAPSHOTS)} before their own axes.

Nets: *layered* with hidden layers, *two layers* without; *graphs*, and *large graphs* of more than
{DENSE_LIMIT:,} dynamical eigenvalues. Targets: *classes*, also by the *softmax* of the
outputs, the *inputs* (an auto-encoder), *real* ones (regression), or none where outputs are *free*.
"""

AXES = "## Axes\n"

_TANH = ACTIVATIONS["tanh"]
NETS = {
    "layered": Settings(Layered((4, 3, 2)), _TANH),
    "two layers": Settings(Layered((4, 2)), _TANH),
    "graphs": Settings(build_graph(block_mask((4, 3, 2)), range(4), (7, 8)), _TANH),
    "large graphs": Settings(build_graph(lattice_mask((DENSE_LIMIT + 1,)), [0], [9]), _TANH),
}
"""A net of every kind that observables tell apart."""

OUTPUTS: tuple[Compared, ...] = get_args(Compared)


def observables_page() -> str:
    """Return the page of all observables."""
    axes = {axis.name: axis.long_name for one in OBSERVABLES.values() for axis in one.axes}
    header = ["name", "axes", "unit", "meaning", "equation", "source", "cost", "nets", "targets"]
    declared = table(header, map(_row, OBSERVABLES.values()))
    of_axes = table(["axis", "meaning"], [[f"`{name}`", escaped(axes[name])] for name in axes])
    return "\n".join([BEGINNING, declared, "", AXES, of_axes, ""])


def _row(observable: Observable) -> list[str]:
    variable = observable.variable
    return [
        f"`{observable.name}`",
        ", ".join(f"`{axis.name}`" for axis in observable.axes),
        variable.units,
        escaped(variable.long_name),
        escaped(variable.equation),
        escaped(variable.source),
        observable.cost,
        _all_or(NETS, (name for name, net in NETS.items() if _has(observable, [net], OUTPUTS))),
        _all_or(OUTPUTS, (one for one in OUTPUTS if _has(observable, NETS.values(), [one]))),
    ]


def _all_or(everything: Iterable[str], chosen: Iterable[str]) -> str:
    chosen = list(chosen)
    return "all" if chosen == list(everything) else ", ".join(chosen)


def _has(observable: Observable, nets: Iterable[Settings], outputs: Iterable[Compared]) -> bool:
    """Return whether one of the ``nets`` has an observable, with outputs compared with one."""
    chosen = [replace(net, outputs=compared) for net, compared in product(nets, outputs)]
    return any(select_observables([observable.name], settings) for settings in chosen)


if __name__ == "__main__":
    sys.stdout.write(observables_page())
