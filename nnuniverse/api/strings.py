"""``nnuniverse.strings``: the strings of a net whose weights are a weighted permutation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnuniverse.api.run import Run, source_of
from nnuniverse.experiments.strings import StringSettings, move_strings

if TYPE_CHECKING:
    import xarray as xr


def strings(source: Run | str | Path, overrides: Iterable[str] = (), **settings: Any) -> xr.Dataset:
    """Return the strings of a config's untrained graph, or of a run's net, and how they move.

    The data set is what `nnu strings` stores: ``state`` by mover, subsystem, step and site,
    ``energy_momentum``, a table of the cycles, and ``identity_residual``; nothing is written.
    ``overrides``: of a config.  Keywords, of various types, are those of `StringSettings`:
    ``state="null"``, ``closed=True``.  Raises ConfigError, DataError or RunError, also for weights
    that are no weighted permutation.

    ``source``: a config, or a run: folder, name, id or `latest`.

    >>> strings = nnuniverse.strings("configs/permutation.yaml")
    >>> strings.cycle_length.values.tolist()
    [12, 7]
    """
    return move_strings(source_of(source), tuple(overrides), StringSettings(**settings)).opened()
