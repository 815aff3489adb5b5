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

    The data set is what `nnu holography` stores; nothing is written.  ``overrides``: of a config.
    Keywords, of various types, are those of `HolographySettings`: ``matrix="slopes"``,
    ``eps=(1.0, 0.01)``, ``boundary=(0, 5)``.  Raises ConfigError, DataError or RunError.

    ``source``: a config, or a run: folder, name, id or `latest`.

    >>> seen = nnuniverse.holography("configs/permutation.yaml", boundary=(0, 5))
    >>> seen.sizes["boundary"]
    2
    """
    return see_from_boundary(
        source_of(source), tuple(overrides), HolographySettings(**settings)
    ).opened()
