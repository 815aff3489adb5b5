"""What is found of Planck's constant of a run's nets, and under which names it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Shaped

from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.physics.grand_canonical.planck import QUANTILES, consistent_chemical_potential
from nnuniverse.variables import Axis, NamedValues, Variable


def _declared(
    name: str, dims: tuple[str, ...], long_name: str, symbol: str, equation: str, source: str
) -> Variable:
    return Variable(name, ("replica", *dims), long_name, source, equation=equation, symbol=symbol)


BY_MU, BY_DIFFUSION, BOTH = "2012.05082 (3.12)", "2012.05082 (2.11)", "2012.05082 (2.11), (3.12)"

PLANCK_VARIABLES = (
    _declared(
        "planck_chemical_potential",
        ("planck_mu",),
        "chemical potential that Planck's constant is taken of",
        "mu",
        "of the config, given, median cost of a compensated removal, or mean of F(N) - F(N-1)",
        "2012.05082 (4.2)",
    ),
    _declared(
        "planck_from_mu",
        ("planck_mu",),
        "Planck's constant by the chemical potential, per step",
        "hbar/epsilon",
        "|mu| / 2 pi",
        BY_MU,
    ),
    _declared(
        "descent_temperature",
        ("planck_quantile",),
        "diffusion over learning rate of each variable",
        "T",
        "D/gamma = eta var(g) / 2B",
        "2012.05082 (2.1)",
    ),
    _declared(
        "mean_descent_temperature",
        (),
        "the same of all variables, if they had one diffusion",
        "T",
        "mean of D/gamma over the variables",
        "2012.05082 (2.1)",
    ),
    _declared(
        "planck_from_diffusion",
        ("planck_lambda", "planck_quantile"),
        "Planck's constant by diffusion and drift of each variable, per step",
        "hbar/epsilon",
        "sqrt(4 D / (gamma lambda)), lambda = 2 beta",
        BY_DIFFUSION,
    ),
    _declared(
        "lambda_of_consistency",
        ("planck_mu", "planck_quantile"),
        "Lagrange multiplier at which both constants are the same",
        "lambda*",
        "16 pi^2 D / (gamma mu^2)",
        BOTH,
    ),
    _declared(
        "gain_along_free_energy",
        (),
        "gain of the mean step along grad F, per step",
        "gamma_F",
        "step.grad F / |grad F|^2",
        "2008.01540 (4.2)",
    ),
    _declared(
        "noiseless_share",
        (),
        "share of the variables that learning moves whose gradient is the same in all samples",
        "share",
        "share of D = 0",
        "2012.05082 (2.1)",
    ),
)
"""What is stored of Planck's constant, of nets at one epoch."""

LAMBDAS = ("2 beta of descent", "2 beta given")
"""Which lambda: with ``beta = gamma/D`` of each variable, so that hbar = sqrt 2 epsilon D/gamma; or
with a beta that is given, of the free energy."""


class Source(NamedTuple):
    """Where a chemical potential is from, and of which ``energy`` per neuron it is."""

    name: Literal["config", "given", "removal", "free_energy"]
    energy: Literal["loss", "free_energy"]


@dataclass(frozen=True)
class PlanckConstants(NamedValues):
    """Both constants, of nets that differ in their seeds.

    ``seeds``: of the replicas; ``epoch``: of the weights; ``rate``: eta, which is gamma; ``beta``:
    of F and of the given lambda; ``sources``: of each mu; ``values``: by the names of
    `PLANCK_VARIABLES`, NaN where a replica had diverged.
    """

    seeds: np.ndarray
    epoch: int
    rate: float
    beta: float
    sources: tuple[Source, ...]
    values: Mapping[str, np.ndarray]

    def ratio(self, source: int) -> Estimate:
        """Return hbar by the mu of a ``source``, by number, over that by diffusion, over the seeds.

        ``|mu| / (2 pi sqrt(2) T)``, which is that with lambda = 2 beta and D = gamma T: T is the
        mean of D/gamma over the variables, and 1/beta where mu is of F.  The geometric mean, with
        Student's interval of the mean logarithm.

        Source: 2012.05082 (2.11), (3.12), under a condition (C16).
        """
        of_free_energy = self.sources[source].energy == "free_energy"
        temperature = 1.0 / self.beta if of_free_energy else self["mean_descent_temperature"]
        mu = np.abs(self["planck_chemical_potential"][:, source])
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(mu / consistent_chemical_potential(temperature))
        return Estimate(*np.exp(mean_over_replicas(logs)))

    @property
    def axes(self) -> list[Axis]:
        """The dimensions of the ``values``."""
        names = [source.name for source in self.sources]
        text = [np.array(of, dtype=object) for of in (names, LAMBDAS)]
        return [
            Axis("replica", "member of the ensemble", np.arange(len(self.seeds))),
            Axis("planck_mu", "where the chemical potential is from", text[0]),
            Axis("planck_lambda", "which Lagrange multiplier", text[1]),
            Axis("planck_quantile", "share of the variables below", QUANTILES),
        ]

    @property
    def variables(self) -> list[tuple[Variable, Shaped[np.ndarray, " ..."]]]:
        """The ``values``, as they are stored."""
        return [(variable, self.values[variable.name]) for variable in PLANCK_VARIABLES]

    @property
    def attributes(self) -> dict[str, object]:
        """What a file of the ``variables`` says beside them."""
        return {"planck_epoch": self.epoch, "planck_rate": self.rate, "planck_beta": self.beta}
