"""An ensemble of each net that was trained: the config that makes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nnuniverse.claims.reproduction.needed_runs import NeededPoint

NET = "net"
"""The label of an ensemble: the seed of its net."""


def ensemble_of_net(point: NeededPoint, seed: int, net: Path, replica: int) -> NeededPoint:
    """Return the one ensemble of the net of a ``seed``, among those that a ``point`` needs.

    ``net``: the run folder, of which it is this ``replica``.
    """
    evolve = point.config.evolve
    if evolve is None:
        raise TypeError("an ensemble has an `evolve` section")
    changed = evolve.model_copy(update={"run": str(net.absolute()), "replica": replica})
    config = point.config.model_copy(update={"evolve": changed})
    return replace(point, config=config, seeds=(config.seed,), labels={NET: seed}, nets=None)
