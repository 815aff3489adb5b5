"""``nnuniverse.mechanics``: which equation the density of an ensemble of learning nets obeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnuniverse.analysis.mechanics import content_of
from nnuniverse.api.run import RunLike, record_of
from nnuniverse.experiments.mechanics import MechanicsSettings, find_mechanics

if TYPE_CHECKING:
    import xarray as xr


def mechanics(run: RunLike, **settings: Any) -> xr.Dataset:
    """Return which equation the density of an ensemble of learning nets obeys.

    Along each coordinate q the density p, its current velocity v = dS/dq and one number A obey
    ``dp/dt + d(p v)/dq = 0`` and ``dS/dt + v^2/2 + W = (A/2) (d^2 sqrt(p)/dq^2)/sqrt(p)``: A =
    (hbar/m)^2 is Schroedinger's equation, 0 Hamilton's and Jacobi's, -4 D^2 Fokker's and Planck's.
    Kramers' equation is a classical rival.  Members that nothing is fitted to judge between them.

    ``run``: an ensemble that `evolve` made, opened, or its folder, name or id.  ``settings``:
    ``form`` of the potential, "gaussian" or "grid"; ``diffusion``: a D to compare with, q^2 per
    step, of data that have none; ``held_out``: share of members kept from the fits; ``seed``: of
    the parting; ``coordinates``: labels or numbers, none for all.

    Returns the data set that `nnu mechanics` stores, of which nothing is written: ``winner`` by
    coordinate, ``signed_hbar2_ratio``, A/(4 D^2), with its 95 % interval, the fits, the entropy
    production.  Raises ConfigError if the run is no ensemble or has too few
    replicas or records, RunError if it cannot be read, CheckError if a fit failed.

    See 2008.01540 (4.3), (6.11); 2012.05082 (2.13)-(2.14).

    >>> found = nnuniverse.mechanics(ensemble, coordinates=("0",))
    >>> found.winner.values.tolist()
    ['fokker_planck']
    """
    record, chosen = record_of(run), MechanicsSettings(**settings)
    return content_of(find_mechanics(record, chosen), record, chosen.as_mapping()).opened()
