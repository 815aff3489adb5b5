"""``nnuniverse.dual``: a run's nets on their boundary alone, and whether they learn there."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from nnuniverse.api.listening import EpochBar, interruptible
from nnuniverse.api.run import RunLike, folder_of
from nnuniverse.experiments.dual import DualSettings, duals_of_run
from nnuniverse.processors import NO_LIMIT

if TYPE_CHECKING:
    import xarray as xr


def dual(
    run: RunLike, *, progress: bool | None = None, threads: int = NO_LIMIT, **settings: Any
) -> xr.Dataset:
    """Return how nets of the boundary neurons alone do what a run's nets do, and learn on.

    The data set is what `nnu dual` stores: ``dual_loss`` by replica, start, split and snapshot,
    ``mapped_loss``, ``deep_loss``, ``map_error``.  Keywords, of various types, are those of
    `DualSettings`: ``epochs=100``, ``edges="all"``.  Nothing is written but the trainings, into a
    folder in that of the run; those that have ended are not trained again.  ``progress``: whether
    to show a bar, by default on terminals and in notebooks; ``threads``: the most to use.  Ctrl-C
    raises StoppedError; the same call then goes on.  Raises ConfigError, DataError or RunError.
    """
    chosen = DualSettings(**settings)
    with closing(EpochBar(progress, None)) as bar, interruptible() as stop:
        found = duals_of_run(folder_of(run), chosen, reporter=bar, stop=stop, threads=threads)
    return found.opened()
