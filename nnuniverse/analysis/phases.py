"""The phases of learning that the two-peak model has, and how many eigenvalues may still move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from nnuniverse.analysis.section import (
    Analysis,
    Declared,
    Section,
    described,
    pooled,
    tally,
)
from nnuniverse.analysis.states import DIMS, ThermodynamicStates
from nnuniverse.intervals import mean_over_replicas, number, with_interval
from nnuniverse.supports import support_of
from nnuniverse.text_table import TextTable
from nnuniverse.thermodynamics import (
    final_beta,
    largest_moving_share,
    phase,
    printed_extremum,
)
from nnuniverse.variables import Variable

PHASES = ("initial", "intermediate", "final")

SOURCE = "2004.09280 Sec. 9, at (9.4)"

FINAL_BETA = Variable(
    "final_beta",
    (),
    "sqrt N - 1, beta beyond which the phase is final",
    SOURCE,
    equation="sqrt N - 1",
    symbol="beta_final",
    computed_by=(final_beta,),
)
PHASE = Variable(
    "phase",
    DIMS,
    "phase of learning: 0 initial, 1 intermediate, 2 final",
    SOURCE,
    attributes={"flag_values": np.arange(3.0), "flag_meanings": " ".join(PHASES)},
    equation="initial below beta = 1/2, final beyond sqrt N - 1",
    symbol="phase",
    computed_by=(phase,),
)
BOUND = Variable(
    "moving_share_bound",
    DIMS,
    "(1 + beta)^-2, below which a share of eigenvalues can go to zero",
    SOURCE,
    equation="(1 + beta)^-2",
    symbol="gamma_max",
    computed_by=(largest_moving_share,),
)
SHARE = Variable(
    "moving_share",
    DIMS,
    "share of all eigenvalues below the printed extremum, in the intermediate phase",
    SOURCE,
    equation="number of log lambda_i below the extremum that (9.4) prints, over N",
    symbol="gamma",
    computed_by=(printed_extremum,),
)


@dataclass(frozen=True)
class Phases(Section):
    """The phases, the bound on gamma and the share that is to be below it, at every temperature.

    The phases and the bound hold for every gamma (A31): see `phase`, `largest_moving_share`.  Which
    eigenvalues are small is said by the extremum (9.4), which is the limit gamma -> 0 and wrong for
    the gamma = 1/3 of Fig. 1 (A30); the text uses it, in the intermediate phase only, and so does
    ``share``.  All are of m = 0 and the unit window.

    ``final_beta``: sqrt N - 1, None without a spectrum; ``phase``, ``bound``, ``share``: (replica,
    snapshot, temperature), NaN where there is none.
    """

    quantities = (FINAL_BETA, PHASE, BOUND, SHARE)

    snapshots: np.ndarray
    temperatures: list[str]
    final_beta: float | None
    phase: np.ndarray
    bound: np.ndarray
    share: np.ndarray

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Place the betas that were found among the phases."""
        record, states = so_far.record, so_far[ThermodynamicStates]
        names, snapshots = states.temperatures.names, record["snapshot"]
        if not states.computed:
            nothing = np.empty((record.replicas, len(snapshots), 0))
            return cls(snapshots, names, None, nothing, nothing, nothing)
        beta, theta = states.by_name["beta"], record["log_eigenvalues"]
        neurons = np.asarray(record.neurons)
        phases = phase(beta, neurons[..., None])
        extremum = printed_extremum(beta)  # below zero there, where the exact ones lie
        below = (theta[..., None, :] < extremum[..., None]).sum(axis=-1) / neurons[..., None]
        share = np.where(phases == PHASES.index("intermediate"), below, np.nan)
        # Of a net whose neurons come and go: as it was begun with.
        final = final_beta(int(neurons.flat[0]))
        return cls(snapshots, names, final, phases, largest_moving_share(beta), share)

    def variables(self) -> Declared:
        """Return all of it, and the means over replicas of what has one."""
        if self.final_beta is None:
            return []
        whole = [(FINAL_BETA, np.asarray(self.final_beta)), (PHASE, self.phase)]
        return [*whole, *self._shares(), *pooled(self._shares())]

    def document(self) -> dict[str, object]:
        """Return all of it, phases by their names; null without a spectrum."""
        if self.final_beta is None:
            return {"phases": None}
        names = np.array([*PHASES, None])[_numbers(self.phase)]
        return {
            "phases": {"final_beta": self.final_beta, "phase": names, **described(self._shares())}
        }

    def tables(self) -> list[TextTable]:
        """Return a row per temperature, at the last snapshot."""
        if self.final_beta is None:
            return []
        rows = []
        for column, name in enumerate(self.temperatures):
            phases = np.array([*PHASES, ""])[_numbers(self.phase[:, -1, column])].tolist()
            bound, share = (
                mean_over_replicas(values[:, -1, column], support_of(variable.name))
                for variable, values in self._shares()
            )
            if any(phases):
                rows.append([name, tally(phases), number(bound.value), with_interval(share)])
        return [
            TextTable(
                ["temperature", "phase", "(1+beta)^-2", "share below (9.4)"],
                rows,
                f"phases at epoch {self.snapshots[-1]}; intermediate from beta = 1/2 to "
                f"sqrt N - 1 = {self.final_beta:.4g}",
                {
                    "phase": PHASE.legend,
                    "(1+beta)^-2": f"{BOUND.long_name}; {SOURCE}",
                    "share below (9.4)": SHARE.legend,
                },
            )
        ]

    def _shares(self) -> Declared:
        return [(BOUND, self.bound), (SHARE, self.share)]


def _numbers(phases: np.ndarray) -> np.ndarray:
    """Return phases as whole numbers, the last in place of what is missing."""
    return np.where(np.isnan(phases), len(PHASES), phases).astype(int)
