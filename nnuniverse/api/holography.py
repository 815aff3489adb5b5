"""``nnuniverse.holography``: a net seen from its boundary."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnuniverse.api.run import Run, source_of
from nnuniverse.experiments.holography import HolographySettings, see_from_boundary

if TYPE_CHECKING:
    import xarray as xr


def holography(
    source: Run | str | Path, overrides: Iterable[str] = (), **settings: Any
) -> xr.Dataset:
    """Return the holographic map, boundary net and distances of a config's net, or of a run's.

    With P on the boundary neurons the map is ``w_b(eps) = P eps w (1 - eps w)^-1 P^T``, the sum
    over all paths between them; a linear net of the boundary alone that does the same has the
    weights ``w_b (1 + w_b)^-1`` at eps = 1.  Distances are the powers of eps with which w_b begins.

    ``source``: a config, or a run: folder, name, id or `latest`.  ``overrides``: of a config,
    dotted.  ``settings``: ``matrix``: "weights", w, or of a run "slopes", A = f'w; ``eps``: of the
    map, each above 0; ``terms``: orders of the series, None for as many as float64 can tell;
    ``boundary``: "ends", "inputs", "outputs", "all", or neurons, ``(0, 5)``; ``replica``,
    ``epoch``: which weights of a run.

    Returns the data set that `nnu holography` stores; nothing is written.  Raises ConfigError,
    DataError or RunError.

    See 2008.01540 (10.1)-(10.4), wrong as printed (B23).

    >>> seen = nnuniverse.holography("configs/permutation.yaml", boundary=(0, 5))
    >>> seen.sizes["boundary"]
    2
    """
    return see_from_boundary(
        source_of(source), tuple(overrides), HolographySettings(**settings)
    ).opened()
