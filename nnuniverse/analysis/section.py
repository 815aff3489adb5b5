"""What a section of an analysis is, and the analysis that its sections make up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, TypeVar

import numpy as np
from jaxtyping import Int, Shaped

from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.runs.record import RunRecord
from nnuniverse.supports import support_of
from nnuniverse.text_table import TextTable
from nnuniverse.variables import Axis, Variable

Declared = list[tuple[Variable, Shaped[np.ndarray, " ..."]]]
"""Variables with their values."""


class Section(ABC):
    """One part of an analysis: it computes once, and gives what it found in every form.

    A section is a frozen dataclass of what it found.  It overrides the forms that it has; what
    stores, writes and prints an analysis loops over its sections and knows none of them.
    ``quantities``: what its ``variables`` may be, but for means over replicas.
    """

    quantities: ClassVar[tuple[Variable, ...]] = ()

    @classmethod
    @abstractmethod
    def find(cls, so_far: Analysis) -> Self:
        """Return what there is in the run, given what the sections before have found.

        ``so_far``: the record, the settings, and the sections that came before.
        """

    @property
    def corrupt(self) -> bool:
        """Whether no number of the run is to be trusted."""
        return False

    def axes(self) -> list[Axis]:
        """Return the dimensions of ``variables`` beyond `common_axes`."""
        return []

    def variables(self) -> Declared:
        """Return what ``analysis.h5`` has of it."""
        return []

    def document(self) -> dict[str, object]:
        """Return its keys of ``--json``: arrays, named tuples and estimates as they are."""
        return {}

    def tables(self) -> list[TextTable]:
        """Return what is printed of it; tables without rows are left out."""
        return []

    def compared(self, at: int) -> dict[str, object]:
        """Return its rows of the comparison of runs, at the snapshot of number ``at``."""
        return {}


S = TypeVar("S", bound=Section)


@dataclass(frozen=True, repr=False)
class Analysis:
    """What an analysis found, section by section: ``analysis[Laws].laws``."""

    record: RunRecord
    settings: AnalysisSettings
    sections: tuple[Section, ...] = ()

    def __getitem__(self, kind: type[S]) -> S:
        """Return the section of a class; raises LookupError if it is not there (yet)."""
        for section in self.sections:
            if isinstance(section, kind):
                return section
        raise LookupError(f"{kind.__name__} comes later, or not at all")

    @property
    def corrupt(self) -> bool:
        """Whether a self-check fails: then no number of the run is to be trusted."""
        return any(section.corrupt for section in self.sections)

    def __repr__(self) -> str:
        found = ", ".join(type(section).__name__ for section in self.sections)
        return f"Analysis of {self.record.name}: {found}"


def common_axes(record: RunRecord) -> list[Axis]:
    """Return the dimensions that every section may use.

    ``record``: the run, as read back from its folder.
    """
    return [
        Axis("replica", "member of the ensemble", np.arange(record.replicas)),
        Axis("snapshot", "epoch of the snapshot", record["snapshot"]),
        text_axis("statistic", "mean over replicas and its interval", ["mean", "low", "high"]),
    ]


def text_axis(name: str, long_name: str, values: Sequence[str]) -> Axis:
    """Return a dimension whose coordinate is text.

    ``name``: of the dimension; ``long_name``: its meaning; ``values``: the texts along it.
    """
    return Axis(name, long_name, np.array(values, dtype=object))


def pooled(declared: Declared) -> Declared:
    """Return the means over replicas, with the ends of their intervals, over (statistic, ...).

    ``declared``: variables over (replica, ...).
    """
    return [
        (
            Variable(
                f"{variable.name}_pooled",
                ("statistic", *variable.dims[1:]),
                f"{variable.long_name}, over replicas",
                variable.source,
            ),
            np.stack(mean_over_replicas(values, support_of(variable.name))),
        )
        for variable, values in declared
    ]


def described(declared: Declared) -> dict[str, object]:
    """Return variables over (replica, ...) for JSON, by name, with their means over replicas.

    ``declared``: variables with their values, by name.
    """
    return {
        variable.name: {
            "long_name": variable.long_name,
            "source": variable.source,
            "values": values,
            "pooled": mean_over_replicas(values, support_of(variable.name)),
        }
        for variable, values in declared
    }


def nearest_snapshot(snapshots: Int[np.ndarray, " snapshot"], epoch: float | None) -> int:
    """Return the index of the snapshot nearest to ``epoch``, of the last one without.

    ``snapshots``: the epochs of the snapshots, ascending, (snapshot,).

    >>> nearest_snapshot(np.array([0, 10, 100]), 12)
    1
    """
    if epoch is None:
        return len(snapshots) - 1
    distances = [abs(snapshot - epoch) for snapshot in snapshots.tolist()]  # of any size
    return distances.index(min(distances))


def printed_snapshots(snapshots: Int[np.ndarray, " snapshot"]) -> list[int]:
    """Return the indices of the snapshots nearest to 0, 1, 10, 100 ... and the last.

    >>> printed_snapshots(np.array([0, 1, 3, 10, 30]))
    [0, 1, 3, 4]
    """
    decades = [10**k for k in range(len(str(snapshots[-1]))) if 10**k <= snapshots[-1]]
    return sorted({nearest_snapshot(snapshots, epoch) for epoch in (0, *decades, snapshots[-1])})


def tally(verdicts: Sequence[str]) -> str:
    """Return how many replicas have which verdict, a dash for those without one.

    ``verdicts``: one per replica.

    >>> tally(["gap", "gap", "none"])
    '2 gap, 1 none'
    """
    told = [verdict or "-" for verdict in verdicts]
    return ", ".join(f"{told.count(verdict)} {verdict}" for verdict in sorted(set(told)))
