"""What an epoch changes in both losses and in F, and whether neurons came or went in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Bool, Float

from nnuniverse.analysis.compared_changes import (
    FEWEST,
    ComparedChanges,
    compare_changes,
    log_changes,
)
from nnuniverse.analysis.section import Analysis, Declared, Section, described, text_axis
from nnuniverse.analysis.states import ThermodynamicStates
from nnuniverse.intervals import Estimate, mean_over_replicas, number, with_interval
from nnuniverse.runs.record import RunRecord
from nnuniverse.text_table import TextTable
from nnuniverse.variables import Axis, Variable

SINCE = 10
"""Epoch from which on changes are compared: before, losses fall by much in every epoch."""

KINDS = ("N fixed", "N changes")
"""Epochs in which no neuron came or went, and those in which one did."""

SOURCE = "2012.05082 Sec. 4"


def _compared(name: str, long_name: str, symbol: str, equation: str) -> Variable:
    return Variable(
        name,
        ("replica", "change"),
        long_name,
        SOURCE,
        equation=equation,
        symbol=symbol,
        computed_by=(compare_changes,),
    )


COMPARED = {
    "sd": _compared(
        "bulk_change_sd",
        "standard deviation of the changes of the log bulk loss in an epoch",
        "sd of d log U",
        "sd of log U(t + 1) - log U(t)",
    ),
    "kurtosis": _compared(
        "bulk_change_kurtosis",
        "excess kurtosis of the changes of the log bulk loss in an epoch",
        "kurtosis",
        "<d^4>/<d^2>^2 - 3 of the changes d about their mean",
    ),
    "reference_sd": _compared(
        "boundary_change_sd",
        "standard deviation of the changes of the log boundary loss in an epoch",
        "sd of d log U_bd",
        "sd of log U_bd(t + 1) - log U_bd(t)",
    ),
    "reference_kurtosis": _compared(
        "boundary_change_kurtosis",
        "excess kurtosis of the changes of the log boundary loss in an epoch",
        "kurtosis",
        "<d^4>/<d^2>^2 - 3 of the changes d about their mean",
    ),
    "correlation": _compared(
        "change_correlation",
        "correlation of the changes of both log losses in an epoch",
        "r",
        "corr(d log U, d log U_bd)",
    ),
    "ratio": _compared(
        "change_ratio",
        "spread of the changes of the bulk loss over that of the boundary loss",
        "ratio",
        "sd of d log U over sd of d log U_bd",
    ),
    "jump_ratio": _compared(
        "jump_ratio",
        "change of the bulk loss over that of the boundary loss where that is largest",
        "jump ratio",
        "median |d log U|/|d log U_bd| in the tenth of epochs of the largest |d log U_bd|",
    ),
}
"""What is stored of `ComparedChanges`, the bulk loss with reference to the boundary loss."""


def free_energy_change_sd(
    free_energy: Float[np.ndarray, "replica epoch temperature"],
    of_kind: Bool[np.ndarray, "replica kind epoch-1"],
) -> Float[np.ndarray, "replica kind temperature"]:
    """Return the standard deviation of ``F(t + 1) - F(t)``, (replica, kind, temperature).

    ``free_energy``: F at consecutive epochs, (replica, epoch, temperature); ``of_kind``: which
    changes are of which kind, (replica, kind, epoch - 1).  NaN of fewer than `FEWEST`.

    Source: 2012.05082 (3.7).
    """
    changes = np.diff(free_energy, axis=1)
    of_kind = of_kind[..., None] & np.isfinite(changes)[:, None]
    counts = of_kind.sum(axis=2)
    some = np.maximum(counts, 1)
    mean = np.where(of_kind, changes[:, None], 0.0).sum(axis=2) / some
    squares = np.where(of_kind, (changes[:, None] - mean[:, :, None]) ** 2, 0.0).sum(axis=2)
    return np.where(counts >= FEWEST, np.sqrt(squares / some), np.nan)


FREE_ENERGY = Variable(
    "free_energy_change_sd",
    ("replica", "change", "temperature"),
    "standard deviation of the changes of F in an epoch",
    "2012.05082 (3.7)",
    equation="sd of F(t + 1) - F(t)",
    symbol="sd of dF",
    computed_by=(free_energy_change_sd,),
)


@dataclass(frozen=True)
class LossChanges(Section):
    """Changes from epoch to epoch, of runs that measured both losses after every one of them.

    In an epoch in which neurons came or went is a change of training, too; what a move alone
    changes is found by `nnuniverse.experiments.moved_losses`.

    ``values``: by the names of `COMPARED`, (replica, change), none without both losses;
    ``free_energy``: (replica, change, temperature), None without a spectrum.

    Source: 2012.05082 Sec. 4 (C17), (3.7).
    """

    quantities = (*COMPARED.values(), FREE_ENERGY)

    values: Mapping[str, np.ndarray]
    free_energy: np.ndarray | None

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Compare the changes between snapshots of neighbouring epochs."""
        record, states = so_far.record, so_far[ThermodynamicStates]
        of_kind = _kinds_of_changes(record)
        if of_kind is None or not all(name in record for name in ("bulk_loss", "boundary_loss")):
            return cls({}, None)
        bulk, boundary = (log_changes(record[name]) for name in ("bulk_loss", "boundary_loss"))
        found = [
            [
                compare_changes(bulk[replica][chosen], boundary[replica][chosen])
                for chosen in of_kind[replica]
            ]
            for replica in range(record.replicas)
        ]
        arrays = np.moveaxis(np.array(found), -1, 0)
        values = dict(zip(ComparedChanges._fields, arrays, strict=True))
        free_energy = None
        if states.computed:
            free_energy = free_energy_change_sd(states.by_name["free_energy"], of_kind)
        return cls(values, free_energy)

    def axes(self) -> list[Axis]:
        """Return the kinds of changes."""
        return [text_axis("change", "what happened in the epoch", KINDS)]

    def variables(self) -> Declared:
        """Return what was compared."""
        declared: Declared = [(COMPARED[name], values) for name, values in self.values.items()]
        if self.free_energy is not None:
            declared.append((FREE_ENERGY, self.free_energy))
        return declared

    def document(self) -> dict[str, object]:
        """Return the same; null without both losses at every epoch."""
        told = [one for one in self.variables() if one[0] is not FREE_ENERGY]
        return {"loss_changes": described(told) or None}

    def tables(self) -> list[TextTable]:
        """Return a row per kind of change."""
        if not self.values:
            return []
        rows = [
            [kind, *(_cell(name, self.over_replicas(name, at)) for name in SHOWN)]
            for at, kind in enumerate(KINDS)
            if np.isfinite(self.over_replicas("ratio", at).value)
        ]
        return [
            TextTable(
                ["epochs in which", *SHOWN.values()],
                rows,
                f"changes of the log losses in an epoch, from epoch {SINCE} on; jumps: the tenth "
                "of epochs in which the boundary loss changes most",
                {heading: COMPARED[name].legend for name, heading in SHOWN.items()},
            )
        ]

    def over_replicas(self, name: str, kind: int) -> Estimate:
        """Return the mean of a number over the replicas that have it, of a kind of change.

        ``name``: of the number.
        """
        return mean_over_replicas(self.values[name][:, kind])


SHOWN = {
    "reference_sd": "sd boundary",
    "sd": "sd bulk",
    "correlation": "correlation",
    "ratio": "ratio",
    "jump_ratio": "at jumps",
}
"""Columns of the table."""


def _cell(name: str, estimate: Estimate) -> str:
    return number(estimate.value) if name.endswith("sd") else with_interval(estimate)


def _kinds_of_changes(record: RunRecord) -> np.ndarray | None:
    """Return which changes between snapshots are of which kind, (replica, kind, snapshot - 1).

    None unless enough neighbouring snapshots are neighbouring epochs from `SINCE` on.
    """
    snapshots = record["snapshot"].astype(np.int64)
    usable = (np.diff(snapshots) == 1) & (snapshots[:-1] >= SINCE)
    if usable.sum() < FEWEST:
        return None
    moved = np.zeros((record.replicas, len(snapshots) - 1), bool)
    if all(name in record for name in ACCEPTED):
        flips = sum(np.nan_to_num(record[name]).sum(axis=-1) for name in ACCEPTED)
        moved = flips[:, np.minimum(snapshots[1:], record.epochs) - 1] > 0
    return np.stack([usable & ~moved, usable & moved], axis=1)


ACCEPTED = ("birth_accepted", "death_accepted")
"""What a run with moves recorded of every epoch, (replica, epoch, hidden_layer)."""
