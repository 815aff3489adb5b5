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

    With d the boundary and b the bulk, the net of the boundary alone begins with the weights
    ``w_dd + w_db (1 - w_bb)^-1 w_bd``, of the slopes at the mean state ("tangent") or of w
    ("weights"), or as printed; controls begin with these shuffled, or newly drawn.

    ``run``: opened, or its folder, name or id.  ``progress``: whether to show a bar; None: on
    terminals and in notebooks.  ``threads``: the most to use.  ``settings``: ``epochs``: of
    training, None for as many as the run has; ``edges``: "forward", from inputs to outputs, or
    "all", among the outputs, too; ``seed``: of the shuffling.

    Returns the data set that `nnu dual` stores: ``dual_loss`` by replica, start, split and
    snapshot, ``mapped_loss``, ``deep_loss``, ``map_error``.  Nothing is written but the trainings,
    into a folder in that of the run; those that have ended are not trained again.  Ctrl-C raises
    StoppedError; the same call then goes on.  Raises ConfigError, DataError or RunError.

    See 2008.01540 (10.1)-(10.3), under a condition (B23).

    >>> found = nnuniverse.dual(run, progress=False)
    >>> found.dual_loss.dims, found.start.values.tolist()[:3]
    (('replica', 'start', 'split', 'snapshot'), ['tangent', 'weights', 'printed'])
    """
    chosen = DualSettings(**settings)
    with closing(EpochBar(progress, None)) as bar, interruptible() as stop:
        found = duals_of_run(folder_of(run), chosen, reporter=bar, stop=stop, threads=threads)
    return found.opened()
