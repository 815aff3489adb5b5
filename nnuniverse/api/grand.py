"""``nnuniverse.grand``: the ensemble of a net's masks under a chemical potential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnuniverse.api.run import RunLike, folder_of
from nnuniverse.experiments.grand import GrandSettings, Range, sample_masks

if TYPE_CHECKING:
    import xarray as xr


def grand(run: RunLike, **settings: Any) -> xr.Dataset:
    """Return the grand canonical ensemble of the masks of a run's net, at fixed weights.

    A mask n_i = 0, 1 says which hidden neurons are alive, N of them; it has the probability
    ``P(n) = exp(-(E(n) - mu N)/T) / Z``, sampled by chains over mu, upwards and downwards.

    ``run``: opened, or its folder, name or id.  ``settings``: ``energy`` E: "free_energy",
    "boundary" or "bulk"; ``temperature`` T > 0, in units of E; ``mu``: least, greatest and how
    many; ``sweeps``: at each mu; ``chains``: per direction; ``samples``: of training that E is the
    mean over; ``epoch``, ``replica``: which weights; ``proposal``: how chains step; ``seed``: of
    these; ``exact``: whether to sum over all masks, too.

    Returns the data set that `nnu grand` stores, of which nothing is written: ``mean_neurons``
    <N> and ``neurons_variance`` by direction and ``chemical_potential``, each with its error,
    ``grand_potential`` Omega, ``mask_entropy``; whether chains have mixed is the attribute
    ``mixed``.  Raises ConfigError, DataError or RunError.

    See 2012.05082 (4.1), (4.5), of which the sign is wrong as printed (C11).

    >>> found = nnuniverse.grand(run, energy="boundary", mu=(-1.0, 1.0, 5), sweeps=8, chains=3)
    >>> found.mean_neurons.dims, found.chemical_potential.values.tolist()
    (('direction', 'chemical_potential'), [-1.0, -0.5, 0.0, 0.5, 1.0])
    """
    if settings.get("mu") is not None:
        settings["mu"] = Range(*settings["mu"])
    return sample_masks(folder_of(run), GrandSettings(**settings)).opened()
