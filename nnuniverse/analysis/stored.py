"""What a command has found of a run, read back from the run's folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, Self, TypeVar

import numpy as np
from jaxtyping import Shaped

from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import DerivedFile
from nnuniverse.variables import Axis, NamedValues, Variable

Found = TypeVar("Found")


class Stored(NamedTuple, Generic[Found]):
    """What was ``found``, and the ``attributes`` that say of what and how."""

    found: Found
    attributes: Mapping[str, object]


@dataclass(frozen=True)
class StoredValues(NamedValues):
    """What a file tells: ``values`` of variables and axes, by name, and ``attributes``."""

    values: Mapping[str, np.ndarray]
    attributes: Mapping[str, object]

    @classmethod
    def of(
        cls,
        axes: Iterable[Axis],
        variables: Iterable[tuple[Variable, Shaped[np.ndarray, " ..."]]],
        attributes: Mapping[str, object],
    ) -> Self:
        """Return what a file of ``variables`` over ``axes`` would tell.

        ``attributes``: what it would say of itself, by name.
        """
        values = {axis.name: axis.values for axis in axes}
        values |= {variable.name: array for variable, array in variables}
        return cls(values, attributes)

    @classmethod
    def read(cls, run: RunRecord, file: DerivedFile, own: Variable) -> Self:
        """Return what a ``file`` of a run tells, or the record of a file of no run, `file_record`.

        Raises RunError, which names the command, if there is no such file, or a damaged one.

        ``own``: a variable that all such files have, and no run.
        """
        if own.name in run:
            values = {name: variable.values for name, variable in run.variables.items()}
            return cls(values, run.attributes)
        stored = file.read(run.folder)
        return cls(stored.values, stored.attributes)
