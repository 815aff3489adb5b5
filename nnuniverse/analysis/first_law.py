"""The first law of learning on data: by how much it does not balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from jaxtyping import Float

from nnuniverse.analysis.laws import fitted_snapshots, mean_of_finite
from nnuniverse.analysis.section import Analysis, Declared, Section
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.states import ThermodynamicStates
from nnuniverse.analysis.temperatures import Temperatures
from nnuniverse.intervals import Estimate, mean_over_replicas, with_interval
from nnuniverse.runs.record import RunRecord
from nnuniverse.supports import support_of
from nnuniverse.text_table import TextTable
from nnuniverse.variables import Variable

BALANCED = ("split_mean_loss", "thermodynamic_entropy", "large_complexity")
"""U, S_0 and C of the first law."""


class Balance(NamedTuple):
    """The first law between neighbouring snapshots at one temperature.

    ``relative_residual``: root mean square of ``dU - T dS_0 - T dC`` over the sum of those of
    both sides, in [0, 1], mean over replicas; ``mean_residual``: its mean, in units of the loss;
    ``steps``: compared, all replicas.
    """

    temperature: str
    steps: int
    relative_residual: Estimate
    mean_residual: Estimate


def balance_first_law(
    record: RunRecord,
    states: Mapping[str, Float[np.ndarray, "replica snapshot temperature"]],
    names: list[str],
    settings: AnalysisSettings,
) -> list[Balance]:
    """Return how far ``dU = T dS_0 + T dC`` is from balancing, per temperature.

    Increments between neighbouring snapshots, T = 1/beta in the middle; U, S_0 and C of the
    corrected split.  It could only balance where dC = 0 along beta (A22).

    ``record``: the run, as read back from its folder; ``states``: U, S_0 and C by name, (replica,
    snapshot, temperature); ``names``: of the betas; ``settings``: how the run is analysed.

    Source: 2004.09280 (7.11).
    """
    chosen = fitted_snapshots(record, settings)
    balances = []
    for number, name in enumerate(names):
        of = {key: states[key][:, chosen, number] for key in (*BALANCED, "beta")}
        u, s, c = (np.diff(of[key], axis=1) for key in BALANCED)
        middle = 2.0 / (of["beta"][:, 1:] + of["beta"][:, :-1])
        residual = u - middle * (s + c)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = _size(residual) / (_size(u) + _size(u - residual))
        balances.append(
            Balance(
                name,
                int(np.isfinite(residual).sum()),
                mean_over_replicas(relative, support_of("first_law_relative_residual")),
                mean_over_replicas(mean_of_finite(residual)),
            )
        )
    return balances


def _size(values: np.ndarray) -> np.ndarray:
    """Return the root mean square over the last axis."""
    return np.sqrt(mean_of_finite(values**2))


def _residual(name: str, long_name: str, symbol: str, equation: str) -> Variable:
    return Variable(
        f"first_law_{name}",
        ("statistic", "temperature"),
        long_name,
        "2004.09280 (7.11)",
        equation=equation,
        symbol=symbol,
        computed_by=(balance_first_law,),
    )


RESIDUALS = {
    "relative_residual": _residual(
        "relative_residual",
        "rms of dU - T dS_0 - T dC over the sum of the rms of both sides",
        "rms residual / both sides",
        "rms(dU - T dS_0 - T dC) / (rms dU + rms(T dS_0 + T dC))",
    ),
    "mean_residual": _residual(
        "mean_residual",
        "mean of dU - T dS_0 - T dC",
        "mean residual",
        "mean of dU - T dS_0 - T dC over the steps between snapshots",
    ),
}
"""What is stored of a `Balance`."""


@dataclass(frozen=True)
class FirstLaw(Section):
    """The balance of the first law at every temperature; none without a spectrum."""

    quantities = tuple(RESIDUALS.values())

    balances: list[Balance]

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Balance the states that were found."""
        names, states = so_far[Temperatures].names, so_far[ThermodynamicStates].by_name
        return cls(balance_first_law(so_far.record, states, names, so_far.settings))

    def variables(self) -> Declared:
        """Return the residuals."""
        return [
            (variable, np.array([getattr(balance, name) for balance in self.balances]).T)
            for name, variable in RESIDUALS.items()
            if self.balances
        ]

    def document(self) -> dict[str, object]:
        """Return the balances."""
        return {"first_law": self.balances}

    def tables(self) -> list[TextTable]:
        """Return a row per temperature that has steps."""
        return [
            TextTable(
                ["dU = T dS_0 + T dC at", "steps", "rms residual / both sides", "mean residual"],
                [
                    [
                        balance.temperature,
                        str(balance.steps),
                        with_interval(balance.relative_residual),
                        with_interval(balance.mean_residual),
                    ]
                    for balance in self.balances
                    if balance.steps
                ],
                "first law between neighbouring snapshots",
                {
                    "rms residual / both sides": RESIDUALS["relative_residual"].legend,
                    "mean residual": RESIDUALS["mean_residual"].legend,
                },
            )
        ]
