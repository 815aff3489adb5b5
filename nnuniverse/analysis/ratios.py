"""The bulk loss over the boundary loss, in both normalisations that the text allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from nnuniverse.analysis.section import (
    Analysis,
    Declared,
    Section,
    pooled,
    printed_snapshots,
)
from nnuniverse.errors import RunError
from nnuniverse.intervals import mean_over_replicas, with_interval
from nnuniverse.runs.record import RunRecord
from nnuniverse.supports import support_of
from nnuniverse.text_table import TextTable
from nnuniverse.variables import Variable


class BulkRatios(NamedTuple):
    """``whole``: U / U_boundary; ``per_neuron``: (U / N) / (U_boundary / n_L); (replica, snapshot).

    The former is at most one.  2004.09280 Sec. 10 does not say which of them Fig. 2 shows (E1).
    """

    whole: np.ndarray
    per_neuron: np.ndarray


def bulk_ratios(record: RunRecord) -> BulkRatios:
    """Return the ratios of the losses that a layered run recorded.

    N is the number of all active neurons, n_L that of the outputs.  Raises RunError, naming it, if
    one of the losses or the spectrum is not recorded, or if the net is a graph.

    ``record``: the run, as read back from its folder.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = record["bulk_loss"] / record["boundary_loss"]
    if record.layer_sizes is None:
        raise RunError(
            f"the net of {record.name}", "have layers", "is a graph", "a run with network.hidden"
        )
    return BulkRatios(whole, whole * (record.layer_sizes[-1] / record.neurons))


def has_bulk_ratios(record: RunRecord) -> bool:
    """Return whether the ratios can be taken.

    ``record``: the run, as read back from its folder.
    """
    recorded = all(n in record for n in ("bulk_loss", "boundary_loss", "log_eigenvalues"))
    return recorded and record.layer_sizes is not None


def _ratio(name: str, symbol: str, equation: str) -> Variable:
    return Variable(
        f"bulk_ratio_{name}",
        ("replica", "snapshot"),
        f"bulk over boundary loss, {equation}",
        "2004.09280 Fig. 2",
        equation=equation,
        symbol=symbol,
        computed_by=(bulk_ratios,),
    )


RATIOS = {
    "whole": _ratio("whole", "r", "U / U_boundary"),
    "per_neuron": _ratio("per_neuron", "r per neuron", "(U / N) / (U_boundary / n_L)"),
}
"""What is stored of `BulkRatios`."""


@dataclass(frozen=True)
class LossRatios(Section):
    """The ratios of a run, None where they cannot be taken."""

    quantities = tuple(RATIOS.values())

    snapshots: np.ndarray
    ratios: BulkRatios | None

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Take the ratios."""
        record = so_far.record
        ratios = bulk_ratios(record) if has_bulk_ratios(record) else None
        return cls(record["snapshot"], ratios)

    def variables(self) -> Declared:
        """Return both ratios, and their means over replicas."""
        declared = self._declared()
        return [*declared, *pooled(declared)]

    def document(self) -> dict[str, object]:
        """Return both ratios."""
        return {"bulk_over_boundary": self.ratios}

    def tables(self) -> list[TextTable]:
        """Return a row per snapshot."""
        if self.ratios is None:
            return []
        return [
            TextTable(
                ["epoch", *(variable.equation for variable in RATIOS.values())],
                [
                    [
                        str(self.snapshots[at]),
                        *(
                            with_interval(
                                mean_over_replicas(values[:, at], support_of(variable.name))
                            )
                            for variable, values in self._declared()
                        ),
                    ]
                    for at in printed_snapshots(self.snapshots)
                ],
                "bulk loss over boundary loss, as they are and per neuron",
            )
        ]

    def _declared(self) -> Declared:
        found = self.ratios._asdict() if self.ratios else {}
        return [(RATIOS[name], values) for name, values in found.items()]
