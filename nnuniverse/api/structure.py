"""``nnuniverse.structure``: how near the weights of a run are to permutations and chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnuniverse.api.run import RunLike, folder_of
from nnuniverse.experiments.structure import StructureSettings, structure_of_run

if TYPE_CHECKING:
    import xarray as xr


def structure(run: RunLike, **settings: Any) -> xr.Dataset:
    """Return the structure of the weights of a run, of every replica.

    The data set is what `nnu structure` stores: ``permutation_share`` beside its quantiles when
    shuffled, ``chain_count``, ``motif_count`` and others; nothing is written.  Keywords, of various
    types, are those of `StructureSettings`: ``snapshot="all"``, ``keep="loss:0.1"``.  Raises
    ConfigError, DataError or RunError.

    >>> nnuniverse.structure(run, draws=40).permutation_share.dims
    ('replica', 'snapshot')
    """
    return structure_of_run(folder_of(run), StructureSettings(**settings)).opened()
