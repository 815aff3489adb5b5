"""What runs will cost: counted operations, and the time that a short calibration gives."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.penalty import PenaltyConfig
from nnuniverse.data import Dataset
from nnuniverse.experiments import assemble
from nnuniverse.experiments.disk import disk_bytes
from nnuniverse.experiments.forecast import Forecast
from nnuniverse.experiments.samples import Datasets, load_dataset
from nnuniverse.numerical_settings import pinned
from nnuniverse.training import Program, TrainState

CALIBRATION_SECONDS = 0.5
"""Of training, per kind of run; twice as long changed the estimates by a few per cent."""

MAX_CALIBRATION_EPOCHS = 64


@dataclass(frozen=True)
class Cost:
    """What a run needs: operations in floating point, and seconds on the processors given.

    ``forecast``: of them, what epochs and snapshots take.
    """

    operations: float
    seconds: float
    forecast: Forecast


@dataclass(frozen=True)
class _Rates:
    """Of one kind of run: seconds to compile, per operation of training, and per snapshot."""

    compilation: float
    operation: float
    snapshot: float


class CostEstimator:
    """Estimates the costs of runs; trains a little of the first of each kind."""

    def __init__(self) -> None:
        self._datasets = Datasets()
        self._rates: dict[tuple[object, ...], _Rates] = {}

    @pinned
    def estimate(self, config: RunConfig) -> Cost:
        """Return the cost of the run of ``config``; raises ConfigError or DataError."""
        dataset = self._datasets.of(config)
        terms, noise = bool(config.loss.terms), bool(config.train.noise.temperature)
        precision, penalised = config.train.precision, config.loss.penalty != PenaltyConfig()
        kind = (
            *(config.network.kind, config.loss.kind, terms, penalised, noise, precision),
            *(config.observe, config.grand),
        )
        if kind not in self._rates:
            self._rates[kind] = _calibrate(config, dataset)
        rate, replicas = self._rates[kind], config.replicas
        of_epoch = epoch_operations(config, dataset)
        epochs, snapshots = config.train.epochs, len(assemble.snapshot_epochs(config))
        expected = Forecast(epochs, snapshots, rate.operation * of_epoch, rate.snapshot)
        each = epochs * expected.epoch_seconds + snapshots * expected.snapshot_seconds
        seconds = rate.compilation + each * replicas
        return Cost(of_epoch * epochs * replicas, seconds, expected)

    @pinned
    def disk(self, config: RunConfig) -> int:
        """Return about how many bytes the folder of the run takes; raises as `estimate` does.

        ``config``: that of the run, whole.
        """
        return disk_bytes(config, assemble.build_program(config, self._datasets.of(config)))


def replicas_that_fit(config: RunConfig) -> int:
    """Return how many replicas of ``config`` one program on the local devices has memory for.

    Raises ConfigError, DataError, or RunError if it has not even for one.
    """
    return assemble.plan_replicas(config, load_dataset(config))


def epoch_operations(config: RunConfig, dataset: Dataset) -> float:
    """Return the operations that the products of one epoch of one replica take.

    A multiplication and an addition per weight and sample, forwards, and backwards by weights and
    by states; of a graph, forwards as often as it may iterate.  The bulk loss takes a multiple,
    which depends on the net.

    ``config``: that of the run, whole; ``dataset``: the samples of training and test.
    """
    sizes = assemble.boundary_sizes(config, dataset)
    architecture = assemble.build_architecture(config, *sizes)
    samples = len(dataset.train.labels)
    return 2.0 * samples * architecture.training_products


def _calibrate(config: RunConfig, dataset: Dataset) -> _Rates:
    """Train one replica of ``config`` for a moment, and measure it once."""
    single = config.model_copy(update={"replicas": 1})
    program = assemble.build_program(single, dataset)
    started = time.perf_counter()
    state = program.initial_state()
    _ = program.compiled
    compilation = time.perf_counter() - started
    epochs, seconds = 1, 0.0
    while True:
        seconds = _seconds(program, state, 1, epochs, None)
        if seconds >= CALIBRATION_SECONDS or epochs >= MAX_CALIBRATION_EPOCHS:
            break
        epochs *= 2
    snapshot = _seconds(program, state, 0, 0, 0)
    return _Rates(compilation, seconds / epochs / epoch_operations(config, dataset), snapshot)


def _seconds(program: Program, state: TrainState, first: int, last: int, due: int | None) -> float:
    started = time.perf_counter()
    snapshots = np.asarray([] if due is None else [due], np.int64)
    program.run(state, first, last, snapshots)
    return time.perf_counter() - started
