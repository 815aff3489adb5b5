"""``nnuniverse.hidden``: the hidden variables of a run's nets before they settle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnuniverse.api.run import RunLike, folder_of
from nnuniverse.experiments.hidden import HiddenSettings, hidden_of_run

if TYPE_CHECKING:
    import xarray as xr


def hidden(run: RunLike, **settings: Any) -> xr.Dataset:
    """Return how the subsystems of a run move from x = 0 on, and how null their constraint is.

    The data set is what `nnu hidden` stores: ``mean_state``, ``subsystem_correlation`` by replica,
    step and neuron, those of controls, ``metric_residual``; nothing is written.  Keywords, of
    various types, are those of `HiddenSettings`: ``steps=60``, ``samples="train"``,
    ``groups="random"``, ``epoch=0``.  Raises ConfigError, DataError or RunError.

    >>> nnuniverse.hidden(run, steps=3, samples="train").mean_state.dims
    ('replica', 'subsystem', 'step', 'free_neuron')
    """
    return hidden_of_run(folder_of(run), HiddenSettings(**settings)).opened()
