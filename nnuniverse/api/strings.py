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

    Where the weights are a weighted permutation, its cycles are strings: ``x(t + 1) = w x(t)``
    moves what is at a neuron on to the next, w^T moves it back, and the mean of both movers obeys
    the wave equation ``x(t + 1) + x(t - 1) = (w + w^T) x(t)`` where w^T w = 1.

    ``source``: a config, or a run: folder, name, id or `latest`.  ``overrides``: of a config,
    dotted.  ``settings``: ``steps``: T, None for twice the longest string; ``movers``: "right" or
    "both"; ``state`` that they begin with: "modes", "random", "data" or "null"; ``subsystems``: D;
    ``closed``: whether outputs are the inputs; ``least``: share of the largest weight below which
    one counts as zero; ``seed``: of the beginning; ``replica``, ``epoch``: which weights of a run.

    Returns the data set that `nnu strings` stores, of which nothing is written: ``state`` by mover,
    subsystem, step and site, ``energy_momentum``, a table of the cycles, ``identity_residual``.
    Raises ConfigError, DataError or RunError, also for weights that are no weighted permutation.

    See 2008.01540 (7.11)-(7.13), (8.8)-(8.11).

    >>> strings = nnuniverse.strings("configs/permutation.yaml")
    >>> strings.cycle_length.values.tolist()
    [12, 7]
    """
    return move_strings(source_of(source), tuple(overrides), StringSettings(**settings)).opened()
