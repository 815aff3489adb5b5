"""A run's variables as tidy tables: one for every set of dimensions, a row per value of these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nnuniverse.config import config_values
from nnuniverse.runs import RunRecord
from nnuniverse.runs.record import Recorded

OF_HDF5 = ("CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_FillValue")
"""Attributes by which HDF5 says what is a dimension, and what is missing."""


@dataclass(frozen=True)
class TidyTable:
    """The variables over the dimensions ``dims`` as columns of ``frame``, after coordinates.

    ``columns``: what each column is: its units, long_name, source and what else is stored.
    """

    dims: tuple[str, ...]
    frame: pd.DataFrame
    columns: Mapping[str, Mapping[str, str]]

    @property
    def name(self) -> str:
        """The dimensions, e.g. ``replica_snapshot``."""
        return "_".join(self.dims)


def tables_of(record: RunRecord) -> list[TidyTable]:
    """Return all that was recorded but the weights, NaN where missing, by number of dimensions.

    ``record``: the run, as read back from its folder.
    """
    by_dims: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, variable in record.variables.items():
        if variable.dims != (name,):
            by_dims[variable.dims].append(name)
    ordered = sorted(by_dims, key=len)
    return [_table(record.variables, dims, by_dims[dims]) for dims in ordered]


def _table(variables: Mapping[str, Recorded], dims: tuple[str, ...], names: list[str]) -> TidyTable:
    coordinates = [variables[dim].values for dim in dims]
    index = pd.MultiIndex.from_product(coordinates, names=dims)
    columns = {name: variables[name].values.ravel() for name in names}
    frame = pd.DataFrame(columns, index=index).reset_index()
    described = {name: _described(variables[name]) for name in (*dims, *names)}
    return TidyTable(dims, frame, described)


def _described(variable: Recorded) -> dict[str, str]:
    return {
        key: str(value)
        for key, value in variable.attributes.items()
        if key not in OF_HDF5 and isinstance(value, str | int | float | np.number)
    }


def facts_of(record: RunRecord) -> dict[str, object]:
    """Return which run it is: its id, what tells it from others, and its config by dotted key.

    ``record``: the run, as read back from its folder.
    """
    facts = {key: str(record.attributes.get(key, "")) for key in ("run_hash", "network")}
    return {"run": record.name, **facts, "config": config_values(record.config)}
