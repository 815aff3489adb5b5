"""``nnuniverse.mechanics``: which equation the density of an ensemble of learning nets obeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnuniverse.analysis.mechanics import content_of
from nnuniverse.api.run import RunLike, record_of
from nnuniverse.experiments.mechanics import MechanicsSettings, find_mechanics

if TYPE_CHECKING:
    import xarray as xr


def mechanics(run: RunLike, **settings: Any) -> xr.Dataset:
    """Return the motion, the entropy and the mechanics of an ensemble that `nnu evolve` made.

    The data set is what `nnu mechanics` stores: ``winner`` by coordinate, ``signed_hbar2_ratio``
    with its interval, the fits, the entropy production; nothing is written.  Keywords, of various
    types, are those of `MechanicsSettings`: ``diffusion=1e-6``, ``seed=1``.  Raises ConfigError if
    the run is no ensemble or has too few replicas or records, RunError if it cannot be read,
    CheckError if a fit failed.
    """
    record, chosen = record_of(run), MechanicsSettings(**settings)
    return content_of(find_mechanics(record, chosen), record, chosen.as_mapping()).opened()
