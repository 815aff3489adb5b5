"""``nnuniverse.grand``: the ensemble of a net's masks under a chemical potential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnuniverse.api.run import RunLike, folder_of
from nnuniverse.experiments.grand import GrandSettings, Range, sample_masks

if TYPE_CHECKING:
    import xarray as xr


def grand(run: RunLike, **settings: Any) -> xr.Dataset:
    """Return the grand canonical ensemble of the masks of a run's net, at fixed weights.

    The data set is what `nnu grand` stores: ``mean_neurons`` and ``neurons_variance`` by direction
    and ``chemical_potential``, each with its error, ``grand_potential``, ``mask_entropy``; nothing
    is written.  Keywords, of various types, are those of `GrandSettings`: ``energy="boundary"``,
    ``mu=(-1.5, 0.5, 25)``.  Whether chains have mixed is the attribute ``mixed``.  Raises
    ConfigError, DataError or RunError.
    """
    if settings.get("mu") is not None:
        settings["mu"] = Range(*settings["mu"])
    return sample_masks(folder_of(run), GrandSettings(**settings)).opened()
