"""Processor time of a protocol over that of a net of fixed size, both trained in turn."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.contest import Work, compete
from benchmarks.learning.comparisons import PLAIN
from benchmarks.programs import program_of

if TYPE_CHECKING:
    from nnuniverse.config import RunConfig

TABLE = Path("docs/data/grand-costs.csv")

SWEEPS = (Path("configs/sweeps/grand.yaml"), Path("configs/sweeps/grand-steps.yaml"))

ROUND = 60
"""Epochs; there are five rounds, which go on from each other."""


class Cost(NamedTuple):
    """Processor time over that of `PLAIN`, of the first 60 epochs and of all 300."""

    at_60: float
    at_300: float

    def of(self, epoch: int) -> float:
        """Return that of so many epochs."""
        return {60: self.at_60, 300: self.at_300}[epoch]


def measured(names: Iterable[str]) -> dict[str, Cost]:
    """Return the cost of every protocol."""
    return {name: _cost(name) for name in names}


def _cost(protocol: str) -> Cost:
    (plain,) = PLAIN
    if protocol == plain:
        return Cost(1.0, 1.0)
    builders = {who: (partial(training, who), ROUND) for who in (plain, protocol)}
    times = compete(builders)
    ours, theirs = times[protocol].rounds, times[plain].rounds
    return Cost(ours[0] / theirs[0], sum(ours) / sum(theirs))


def training(protocol: str) -> Work:
    """Build the training of one net; a unit is an epoch.

    The first call, which warms up, leaves no trace; every other goes on from the one before.
    """
    program = program_of(_configs()[protocol], processors=1)
    state, done, never = program.initial_state(), -1, np.asarray([], np.int64)

    def work(epochs: int) -> None:
        nonlocal state, done
        first = max(done, 0) + 1
        trained = program.run(state, first, first + epochs - 1, never).state
        state, done = (state, 0) if done < 0 else (trained, done + epochs)

    return work


def protocols() -> list[str]:
    """Return all that the sweeps have."""
    return list(_configs())


def _configs() -> dict[str, RunConfig]:
    from nnuniverse.sweeps import read_sweep
    from nnuniverse.sweeps.grid import sweep_points

    points = [point for sweep in SWEEPS for point in sweep_points(read_sweep(sweep))]
    return {str(point.labels["protocol"]): point.config for point in points}


def write(costs: dict[str, Cost]) -> None:
    """Keep ``costs`` in `TABLE`."""
    with TABLE.open("w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["protocol", *Cost._fields])
        lines.writerows([name, *(f"{ratio:.3g}" for ratio in cost)] for name, cost in costs.items())


def read() -> dict[str, Cost]:
    """Return what `TABLE` keeps, by protocol."""
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="") as file:
        return {name: Cost(*map(float, ratios)) for name, *ratios in list(csv.reader(file))[1:]}
