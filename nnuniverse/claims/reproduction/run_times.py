"""How long runs are expected to take, by the estimate of `nnu sweep --dry-run`."""

from __future__ import annotations

from nnuniverse.claims.reproduction.reproduction_plan import RunTime
from nnuniverse.config import RunConfig
from nnuniverse.config.evolve import CurvatureCoordinates, EvolveConfig
from nnuniverse.experiments.costs import CostEstimator
from nnuniverse.experiments.samples import Datasets


class RunTimes:
    """Estimates the time of runs; trains a little of the first of each kind."""

    def __init__(self) -> None:
        self._estimator = CostEstimator()
        self._datasets = Datasets()

    def __call__(self, config: RunConfig) -> RunTime:
        """Return the time of a run of ``config``; raises ConfigError or DataError.

        An ensemble is a run of its own for each net; its steps cost what those of training do.
        """
        single = config.model_copy(update={"replicas": 1, "evolve": None})
        cost = self._estimator.estimate(single)
        of = cost.forecast
        replica = of.epochs * of.epoch_seconds + of.snapshots * of.snapshot_seconds
        once = cost.seconds - replica
        if config.evolve is None:
            return RunTime(once, replica)
        samples = len(self._datasets.of(config).train.labels)
        epochs = expected_steps(config.evolve) / -(-samples // config.train.batch)
        return RunTime(0.0, once + config.evolve.members * epochs * of.epoch_seconds)


def expected_steps(evolve: EvolveConfig) -> float:
    """Return how many steps an ensemble is followed for, as far as its config tells.

    Of `auto`, as many as the slowest relaxation asked for needs; all that it may take if the
    coordinates are chosen by something else.

    ``evolve``: that section of the config.
    """
    if evolve.steps != "auto":
        return evolve.steps
    chosen = evolve.coordinates
    curvature = [one for one in chosen if isinstance(one, CurvatureCoordinates)]
    if len(curvature) < len(chosen):
        return evolve.max_steps
    return min(evolve.max_steps, evolve.window * max(one.relaxation[1] for one in curvature))
