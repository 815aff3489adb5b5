"""How long runs are expected to take, by the estimate of `nnu sweep --dry-run`."""

from __future__ import annotations

from nnuniverse.claims.reproduction.reproduction_plan import RunTime
from nnuniverse.config import RunConfig
from nnuniverse.experiments.costs import CostEstimator


class RunTimes:
    """Estimates the time of runs; trains a little of the first of each kind."""

    def __init__(self) -> None:
        self._estimator = CostEstimator()

    def __call__(self, config: RunConfig) -> RunTime:
        """Return the time of a run of ``config``; raises ConfigError or DataError."""
        single = config.model_copy(update={"replicas": 1})
        cost = self._estimator.estimate(single)
        of = cost.forecast
        replica = of.epochs * of.epoch_seconds + of.snapshots * of.snapshot_seconds
        return RunTime(cost.seconds - replica, replica)
