"""What the run of an ensemble has recorded so far, in memory and as its ``results.h5``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nnuniverse.errors import RunError
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.results import EVOLVE, KIND, damaged_results, open_results
from nnuniverse.runs.schema import file_image, read_variable
from nnuniverse.runs.whole import FOREIGN
from nnuniverse.variables import Axis, Variable

STEPS = "steps"
"""Attribute that says how many steps there are to be."""

POSITIONS, RECORD_STEP, DIVERGED_STEP = "positions", "record_step", "diverged_step"
ACTIVE = "active_neurons"
PAIR = np.arange(2)
"""Steps after a record at which positions are stored too, itself included."""


@dataclass
class EvolutionRecords:
    """Positions of an ensemble, record by record, and what else its file holds.

    ``record_step``: steps at which records are to be made, (record,); ``variables``: how variables
    are declared, by name; ``axes``: of coordinates and parameters; ``facts``: values of the
    variables that do not grow, by name; ``attributes``: of the file; ``hidden_layers``: those whose
    neurons are counted, 0 where all are active; ``positions``, ``active``: so far,
    (replica, record, step, coordinate) and (replica, record, hidden_layer).
    """

    record_step: np.ndarray
    variables: Mapping[str, Variable]
    axes: Sequence[Axis]
    facts: dict[str, np.ndarray]
    attributes: Mapping[str, object]
    replicas: int
    hidden_layers: int = 0
    positions: list[np.ndarray] = field(default_factory=list)
    active: list[np.ndarray] = field(default_factory=list)

    @property
    def records(self) -> int:
        """How many are complete."""
        return sum(stretch.shape[1] for stretch in self.positions)

    def append(self, positions: np.ndarray, active: np.ndarray | None = None) -> None:
        """Add the next records, (replica, record, step, coordinate).

        ``active``: the active neurons at these, (replica, record, hidden_layer).

        ``positions``: q, (replica, record, step, coordinate).
        """
        self.positions.append(np.where(np.isfinite(positions), positions, np.nan))
        if active is not None:
            self.active.append(active.astype(np.int64))

    @property
    def diverged_step(self) -> np.ndarray:
        """The step of the first record at which a replica was not finite, -1: none, (replica,)."""
        if not self.positions:
            return np.full(self.replicas, -1, np.int64)
        missing = ~np.isfinite(self._whole()).all(axis=(2, 3))
        first = self.record_step[np.argmax(missing, axis=1)] if missing.any() else -1
        return np.where(missing.any(axis=1), first, -1).astype(np.int64)

    def write(self, path: Path) -> None:
        """Put a file with everything so far in place of ``path``."""
        growing = {
            RECORD_STEP: self.record_step[: self.records],
            POSITIONS: self._whole(),
            DIVERGED_STEP: self.diverged_step,
            **({ACTIVE: np.concatenate(self.active, axis=1)} if self.active else {}),
        }
        axes = [
            Axis("replica", "member of the ensemble", np.arange(self.replicas)),
            Axis("record", "number of the record", np.arange(self.records)),
            Axis("step", "steps after the record", PAIR),
            *self.axes,
        ]
        values = [(self.variables[name], of) for name, of in {**growing, **self.facts}.items()]
        replace_file(path, file_image(axes, values, {KIND: EVOLVE, **self.attributes}))

    def read_back(self, path: Path, records: int) -> None:
        """Take over the first ``records`` of the file at ``path``; raises RunError if it cannot."""
        names = (POSITIONS, ACTIVE) if self.hidden_layers else (POSITIONS,)
        with open_results(path) as file:
            if not set(names) <= set(file):
                raise RunError(damaged_results(path))
            stored = [read_variable(file[name]) for name in names]
        if any(len(of) != self.replicas or of.shape[1] < records for of in stored):
            raise RunError(damaged_results(path))
        self.append(*(of[:, :records] for of in stored))

    def _whole(self) -> np.ndarray:
        return np.concatenate(self.positions, axis=1)


def read_facts(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the variables and axes ``names`` of the ensemble's file at ``path``, NaN if missing.

    Raises RunError if one is not there.
    """
    try:
        with open_results(path) as file:
            return {name: read_variable(file[name]) for name in names}
    except FOREIGN as error:
        raise RunError(damaged_results(path)) from error


def read_attribute(path: Path, name: str) -> str:
    """Return a text attribute of the ensemble's file at ``path``; raises RunError without it.

    ``name``: of the attribute.
    """
    with open_results(path) as file:
        value = file.attrs.get(name)
    if not isinstance(value, str):
        raise RunError(damaged_results(path))
    return value
