"""What an analysis may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nnuniverse.errors import ConfigError


@dataclass(frozen=True)
class AnalysisSettings:
    """How to analyse a run.

    ``betas``: fixed inverse temperatures.  The default is below, at and above beta = 1, where the
    exact ones of the spectrum pass from small to large; 1.4 lies among the values that
    2004.09280 Sec. 10 estimates.  ``mass``: m of (3.3).  ``window``: `unit` as in (5.8) or
    `matched` (A9).  ``exponential_factor``: keep the term that (5.13) drops; needs a run that
    recorded `mean_state_squares`.  ``gamma``: share of small eigenvalues in the exact condition on
    the extremum; 1/3 is that of Fig. 1.  ``first_epoch``, ``last_epoch``: the snapshots that the
    laws are fitted to.  ``significance``: largest p-value of a gap that is reported as present.
    ``resamples``: of every bootstrap.  ``seed``: of all its random numbers.
    """

    betas: tuple[float, ...] = (0.5, 1.0, 1.4)
    mass: float = 0.0
    window: Literal["unit", "matched"] = "unit"
    exponential_factor: bool = False
    gamma: float = 1.0 / 3.0
    first_epoch: int = 1
    last_epoch: int | None = None
    significance: float = 0.05
    resamples: int = 499
    seed: int = 0

    def __post_init__(self) -> None:
        _require(
            all(0.0 < beta < float("inf") for beta in self.betas),
            "--beta",
            "be positive",
            self.betas,
            "--beta 1",
        )
        _require(
            len(set(self.betas)) == len(self.betas),
            "--beta",
            "name each value once",
            self.betas,
            "each once",
        )
        _require(
            self.last_epoch is None or self.first_epoch <= self.last_epoch,
            "--epochs",
            "run forwards",
            f"{self.first_epoch}:{self.last_epoch}",
            "--epochs 100:10000",
        )
        _require(
            0.0 < self.gamma < 1.0, "--gamma", "lie between 0 and 1", self.gamma, "--gamma 0.333"
        )
        _require(
            0.0 < self.significance < 1.0,
            "--significance",
            "lie between 0 and 1",
            self.significance,
            "--significance 0.05",
        )
        _require(
            self.window in ("unit", "matched"),
            "--window",
            "be unit or matched",
            self.window,
            "--window unit",
        )
        _require(
            abs(self.mass) < float("inf"), "--mass", "be a finite number", self.mass, "--mass 0"
        )
        _require(
            99 <= self.resamples <= 10**6,
            "--resamples",
            "lie between 99 and 1000000",
            self.resamples,
            "--resamples 499",
        )
        _require(
            0 <= self.seed < 2**63, "--seed", "lie between 0 and 2^63 - 1", self.seed, "--seed 0"
        )


def _require(condition: bool, subject: str, requirement: str, actual: object, remedy: str) -> None:
    if not condition:
        raise ConfigError(f"`{subject}`", requirement, f"is {actual}", remedy)
