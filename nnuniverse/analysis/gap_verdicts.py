"""The gaps of a run: where they are, which of them count, and the betas that they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from nnuniverse.analysis.gaps import Gaps, find_gaps
from nnuniverse.analysis.section import (
    Analysis,
    Declared,
    Section,
    printed_snapshots,
    tally,
)
from nnuniverse.analysis.states import ThermodynamicStates
from nnuniverse.analysis.temperatures import Temperatures
from nnuniverse.intervals import Estimate, mean_over_replicas, number, with_interval
from nnuniverse.supports import support_of
from nnuniverse.text_table import TextTable
from nnuniverse.variables import Variable


def _gap(name: str, long_name: str, symbol: str, equation: str) -> Variable:
    return Variable(
        f"gap_{name}",
        ("replica", "snapshot"),
        long_name,
        "2004.09280 Sec. 10",
        equation=equation,
        symbol=symbol,
        computed_by=(find_gaps,),
    )


GAP = {
    "position": _gap(
        "position",
        "middle of the most conspicuous spacing, log lambda",
        "log lambda_gap",
        "1/2 (log lambda_k + log lambda_k+1) at the spacing",
    ),
    "width": _gap(
        "width",
        "width of the most conspicuous spacing",
        "width",
        "log lambda_k+1 - log lambda_k at the spacing",
    ),
    "below": _gap(
        "below",
        "eigenvalues below the most conspicuous spacing",
        "k",
        "number of dynamical eigenvalues below the spacing",
    ),
    "p_value": _gap(
        "p_value",
        "chance of so conspicuous a spacing under a smooth density",
        "p",
        "share of smooth spectra with a spacing as far above the expected one",
    ),
    "power": _gap(
        "power",
        "chance to find the lowest tenth if lower by a standard deviation",
        "power",
        "share of spectra with such a gap in which it is found",
    ),
}
"""What `Gaps` holds, as it is stored."""

HEADINGS = {
    "p_value": "p",
    "power": "power",
    "position": "at",
    "width": "width",
    "below": "below",
}
"""What is printed of it, and under which heading."""


@dataclass(frozen=True)
class GapVerdicts(Section):
    """The gaps, None without a spectrum, and whether they are significant."""

    quantities = tuple(GAP.values())

    snapshots: np.ndarray
    gaps: Gaps | None
    significance: float
    states: ThermodynamicStates

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Take the gaps that the betas were taken from."""
        temperatures, significance = so_far[Temperatures], so_far.settings.significance
        states = so_far[ThermodynamicStates]
        return cls(temperatures.snapshots, temperatures.gaps, significance, states)

    def variables(self) -> Declared:
        """Return what `Gaps` holds."""
        if self.gaps is None:
            return []
        return [(variable, getattr(self.gaps, name)) for name, variable in GAP.items()]

    def document(self) -> dict[str, object]:
        """Return what `Gaps` holds, and the verdicts; null where there is nothing to test."""
        if self.gaps is None:
            return {"gaps": None}
        verdicts = self.gaps.verdicts(self.significance).tolist()
        told = [[verdict or None for verdict in replica] for replica in verdicts]
        return {"gaps": {**self.gaps._asdict(), "verdict": told}}

    def tables(self) -> list[TextTable]:
        """Return a row per snapshot: the gap of each replica, and the betas."""
        if self.gaps is None:
            return []
        gaps, verdicts = self.gaps, self.gaps.verdicts(self.significance)
        rows = []
        for at in printed_snapshots(self.snapshots):
            shown = [getattr(gaps, name) for name in HEADINGS]
            rows.append(
                [
                    str(self.snapshots[at]),
                    tally(verdicts[:, at].tolist()),
                    *(" ".join(map(number, part[:, at])) for part in shown),
                    *map(with_interval, self._betas(at).values()),
                ]
            )
        betas = [f"beta, {name}" for name in self.states.temperatures.estimated]
        return [
            TextTable(
                ["epoch", "gap", *HEADINGS.values(), *betas],
                rows,
                "most conspicuous spacing of small eigenvalues per replica; "
                f"none only if power >= 0.5, a gap if p <= {self.significance:g}",
                {heading: GAP[name].legend for name, heading in HEADINGS.items()},
            )
        ]

    def compared(self, at: int) -> dict[str, object]:
        """Return how many replicas have a gap, where, and the betas.

        ``at``: the number of the snapshot.
        """
        if self.gaps is None:
            return {}
        verdicts = self.gaps.verdicts(self.significance)[:, at]
        there = np.where(verdicts == "gap", self.gaps.position[:, at], np.nan)
        return {
            "replicas with a gap": f"{(verdicts == 'gap').sum()}/{len(verdicts)}",
            "replicas that cannot tell": f"{(verdicts == 'cannot tell').sum()}/{len(verdicts)}",
            "gap at": mean_over_replicas(there),
            **{f"beta from {name}": beta for name, beta in self._betas(at).items()},
        }

    def _betas(self, at: int) -> dict[str, Estimate]:
        """Return the betas that are estimated, at a snapshot, by name."""
        return {
            name: mean_over_replicas(self.states.at("beta", name)[:, at], support_of("beta"))
            for name in self.states.temperatures.estimated
        }
