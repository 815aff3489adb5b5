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

    Each net is perturbed, trained again, and compared with what it was.  The survival of a kind of
    structure is the share of its instances, edges or chains or motifs, that are there again; beside
    it stands that of a net that shares with the first only how many there are.

    ``run``: opened, or its folder, name or id.  ``progress``: whether to show a bar; None: on
    terminals and in notebooks.  ``threads``: the most to use.  ``settings``, of which one of the
    first three is needed: ``noise``: standard deviations, in units of the rms of weights that are
    not zero; ``delete``: shares of the hidden neurons; ``data``: shares of the inputs that exchange
    their data; ``epochs``: of retraining, None for those of the run, 0 for none; ``repeats``: of
    each; ``matrix``, ``purity``, ``keep``: what counts as an edge and a chain; ``draws``, ``seed``:
    of the null.

    Returns the data set that `nnu perturb` stores: ``survival``, ``survival_independent`` and more,
    by replica, perturbation, repeat and structure.  Nothing is written but the retrainings, into a
    folder in that of the run; those that have ended are not trained again.  Ctrl-C raises
    StoppedError; the same call then goes on.  Raises ConfigError, DataError or RunError.

    See 2008.01540 Sec. 11.

    >>> found = nnuniverse.perturb(run, noise=(0.3,), repeats=1, draws=9, progress=False)
    >>> found.survival.dims
    ('replica', 'perturbation', 'repeat', 'structure')
    >>> found.structure.values.tolist()
    ['edge', 'chain', 'loop2', 'loop3', 'ffl']
    """
    chosen = PerturbSettings(**settings)
    with closing(EpochBar(progress, None)) as bar, interruptible() as stop:
        found = perturb_run(folder_of(run), chosen, reporter=bar, stop=stop, threads=threads)
    return found.opened()
