"""Observables in the results of a sweep: their dimensions, and names that choose from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

REPLICA, SNAPSHOT = "replica", "snapshot"

SERIES = (REPLICA, SNAPSHOT)
"""The dimensions that observables of a run begin with; in a sweep, its axes come before."""

MEASURED = "measured"
"""Says at which snapshots a run was measured: not every run of a sweep need be at all of them."""

DIVERGED = "diverged_epoch"
"""Where a replica has stopped before its end; not negative."""

_NUMBERED = re.compile(r"(.+)_([0-9]{1,9})")


def where_measured(dataset: xr.Dataset) -> xr.DataArray:
    """Return, for every run, whether it was measured at a snapshot of the data set.

    A run that has not ended was to be at all of them.

    ``dataset``: that of the sweep.
    """
    if MEASURED not in dataset:
        return dataset[SNAPSHOT] == dataset[SNAPSHOT]
    there = dataset[MEASURED].astype(bool)
    return there | ~there.any(SNAPSHOT)


def of_whole_runs(values: xr.DataArray, dataset: xr.Dataset) -> xr.DataArray:
    """Return ``values`` without replicas that diverged: their last snapshot is none of the end.

    ``dataset``: that of the sweep.
    """
    return values.where(dataset[DIVERGED] < 0) if DIVERGED in dataset else values


def at_first(values: xr.DataArray, dataset: xr.Dataset) -> xr.DataArray:
    """Return ``values`` at the first snapshot of every run.

    ``dataset``: that of the sweep.
    """
    there = where_measured(dataset)
    return _at(values, there[SNAPSHOT].where(there).min(SNAPSHOT))


def at_last(values: xr.DataArray, dataset: xr.Dataset) -> xr.DataArray:
    """Return ``values`` at the last snapshot of every run, missing of replicas that diverged.

    ``dataset``: that of the sweep.
    """
    there = where_measured(dataset)
    return _at(of_whole_runs(values, dataset), there[SNAPSHOT].where(there).max(SNAPSHOT))


def _at(values: xr.DataArray, epoch: xr.DataArray) -> xr.DataArray:
    """Return ``values`` at the snapshot of an ``epoch`` that may be another for every run."""
    return values.where(values[SNAPSHOT] == epoch).max(SNAPSHOT)


def at_number(name: str, dataset: xr.Dataset) -> xr.DataArray | None:
    """Return an observable at one place along its own dimension: ``complexity_20``, say, is C_20.

    None if there is none of that name, or none at that number.

    ``dataset``: that of the sweep.
    """
    numbered = _NUMBERED.fullmatch(name)
    stem = numbered[1] if numbered else ""
    own = _own_dimension(dataset[stem]) if stem in dataset.variables else None
    if numbered is None or own is None:
        return None
    found = np.flatnonzero(dataset[stem][own].values == int(numbered[2]))
    return dataset[stem].isel({own: int(found[0])}, drop=True) if len(found) == 1 else None


def numbered_names(values: xr.DataArray) -> list[str]:
    """Return the names by which `at_number` finds parts of ``values``."""
    own = _own_dimension(values)
    return [] if own is None else [f"{values.name}_{number}" for number in values[own].values]


def _own_dimension(values: xr.DataArray) -> str | None:
    """Return the dimension of an observable after that of the snapshots, None if it has none."""
    has_own = SNAPSHOT in values.dims and values.dims[-1] not in SERIES
    return str(values.dims[-1]) if has_own else None
