"""``nnuniverse.structure``: how near the weights of a run are to permutations and chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnuniverse.api.run import RunLike, folder_of
from nnuniverse.experiments.structure import StructureSettings, structure_of_run

if TYPE_CHECKING:
    import xarray as xr


def structure(run: RunLike, **settings: Any) -> xr.Dataset:
    """Return the structure of the weights of a run, of every replica: permutations, chains, motifs.

    The share of a permutation is ``Q = max_sigma sum_i A_(i sigma(i))^2 / sum_ij A_ij^2``, one of a
    weighted permutation; beside it stand its quantiles when the weights are shuffled.

    ``run``: opened, or its folder, name or id.  ``settings``: ``snapshot``: "last" weights, or
    "all"; ``matrix``: "slopes", A = f'w, or "weights", w; ``closed``: whether outputs are the
    inputs, in order; ``keep``: which edges count, "nonzero", "edges:K" or "loss:0.1"; ``purity``:
    of the edges of a chain, up to 1; ``draws``: of each null hypothesis; ``seed``: of these.

    Returns the data set that `nnu structure` stores, of which nothing is written:
    ``permutation_share``, ``chain_count``, ``motif_count`` and others.  Raises ConfigError,
    DataError or RunError.

    See 2008.01540 (7.11), Sec. 11.

    >>> nnuniverse.structure(run, draws=40).permutation_share.dims
    ('replica', 'snapshot')
    """
    return structure_of_run(folder_of(run), StructureSettings(**settings)).opened()
