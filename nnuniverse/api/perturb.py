"""``nnuniverse.perturb``: which structures of a run's nets survive perturbations."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from nnuniverse.api.listening import EpochBar, interruptible
from nnuniverse.api.run import RunLike, folder_of
from nnuniverse.experiments.perturb import PerturbSettings, perturb_run
from nnuniverse.processors import NO_LIMIT

if TYPE_CHECKING:
    import xarray as xr


def perturb(
    run: RunLike, *, progress: bool | None = None, threads: int = NO_LIMIT, **settings: Any
) -> xr.Dataset:
    """Return which structures of a run's nets survive noise, deleted neurons and other data.

    The data set is what `nnu perturb` stores: ``survival`` by replica, perturbation, repeat and
    structure, ``survival_independent``, ``chains_after`` and more.  Keywords, of various types, are
    those of `PerturbSettings`: ``noise=(0.1, 0.2)``, ``repeats=5``.  Nothing is written but the
    retrainings, into a folder in that of the run; those that have ended are not trained again.
    ``progress``: whether to show a bar, by default on terminals and in notebooks; ``threads``: the
    most to use.  Ctrl-C raises StoppedError; the same call then goes on.  Raises ConfigError,
    DataError or RunError.
    """
    chosen = PerturbSettings(**settings)
    with closing(EpochBar(progress, None)) as bar, interruptible() as stop:
        found = perturb_run(folder_of(run), chosen, reporter=bar, stop=stop, threads=threads)
    return found.opened()
