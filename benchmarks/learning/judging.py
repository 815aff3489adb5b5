"""Differences between two protocols, seed by seed, with intervals and Holm's p-values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.learning.comparisons import Comparison
from benchmarks.learning.costs import Cost
from benchmarks.learning.outcomes import LONGER, Outcomes
from nnuniverse.analysis.prediction import holm, prediction_p_value
from nnuniverse.intervals import Estimate, mean_over_replicas

LOSS, ERROR = "boundary_loss", "test_error_rate"

LEVEL = 0.05
"""Chance that any comparison of a family is called significant without a difference."""


class Judged(NamedTuple):
    """A comparison at an epoch.

    ``difference``: ours minus theirs, of log loss or of test error, mean over the seeds with its
    t interval; ``p``: two-sided, after Holm; ``seeds``: that could be compared.
    """

    comparison: Comparison
    difference: Estimate
    p: float
    seeds: int

    @property
    def significant(self) -> bool:
        """Whether there is a difference."""
        return self.p <= LEVEL


class Bench(NamedTuple):
    """What is compared: nets on the same ``data`` after ``epoch`` epochs, and what these cost."""

    outcomes: Outcomes
    costs: Mapping[str, Cost]
    data: str
    epoch: int

    def of(self, protocol: str, quantity: str, epoch: int | None = None) -> np.ndarray:
        """Return ``quantity`` of every seed, the loss as its logarithm, (seeds,)."""
        values = self.outcomes.of(self.data, protocol, epoch or self.epoch, quantity)
        return np.log(values) if quantity == LOSS else values


def judged(bench: Bench, family: Sequence[Comparison]) -> dict[str, tuple[Judged, ...]]:
    """Return by quantity the verdicts on ``family``, whose p-values Holm's rule takes together.

    What has not been run counts with p = 1.
    """
    keys = [(quantity, one) for quantity in (LOSS, ERROR) for one in family]
    differences = [differences_of(bench, one, quantity) for quantity, one in keys]
    p_values = [prediction_p_value(of, 0.0, printed_runs=np.inf) for of in differences]
    corrected = holm(np.nan_to_num(np.array(p_values), nan=1.0))
    verdicts = [
        Judged(one, mean_over_replicas(of), float(p), int(np.isfinite(of).sum()))
        for (_, one), of, p in zip(keys, differences, corrected, strict=True)
    ]
    return {LOSS: tuple(verdicts[: len(family)]), ERROR: tuple(verdicts[len(family) :])}


def differences_of(bench: Bench, comparison: Comparison, quantity: str) -> np.ndarray:
    """Return ours minus theirs, (seeds,), NaN where there is nothing to compare with."""
    ours = bench.of(comparison.ours, quantity)
    theirs = _theirs(bench, comparison, quantity)
    return ours - theirs if len(ours) == len(theirs) else np.full(1, np.nan)


def _theirs(bench: Bench, comparison: Comparison, quantity: str) -> np.ndarray:
    match comparison.alike:
        case "epochs":
            return bench.of(_best(bench, comparison.against), quantity)
        case "time":
            return _at_equal_time(bench, comparison, quantity)
        case "final N":
            return _at_equal_neurons(bench, comparison, quantity, "final_neurons")
        case "mean N":
            return _at_equal_neurons(bench, comparison, quantity, "mean_neurons")


def _best(bench: Bench, protocols: Sequence[str]) -> str:
    """Return the protocol of least mean loss; one with a net that diverged is none."""
    losses = {name: bench.of(name, LOSS) for name in protocols}
    means = {name: float(of.mean()) if len(of) else np.inf for name, of in losses.items()}
    return min(means, key=lambda name: np.nan_to_num(means[name], nan=np.inf))


def _at_equal_neurons(
    bench: Bench, comparison: Comparison, quantity: str, neurons: str
) -> np.ndarray:
    """Return what nets of as many neurons have, interpolated seed by seed in log N.

    Of those that were run with the same seeds.
    """
    ours = bench.of(comparison.ours, neurons)
    there = [name for name in comparison.against if bench.of(name, neurons).shape == ours.shape]
    sizes = np.array([bench.of(name, neurons) for name in there])
    values = np.array([bench.of(name, quantity) for name in there])
    if not ours.size or not there:
        return np.array([])
    return np.array([_line(*of) for of in zip(ours, sizes.T, values.T, strict=True)])


def _line(size: float, sizes: np.ndarray, values: np.ndarray) -> float:
    order = np.argsort(sizes)
    logs = np.log(sizes[order])
    return float(np.interp(np.log(size), logs, values[order], left=np.nan, right=np.nan))


def _at_equal_time(bench: Bench, comparison: Comparison, quantity: str) -> np.ndarray:
    """Return what the other net has after as much processor time, of the longest at most.

    Interpolated in the logarithm of the epoch.
    """
    if comparison.ours not in bench.costs:
        return np.array([])
    (name,) = comparison.against
    cost = bench.costs[comparison.ours]
    epoch = bench.epoch * cost.of(bench.epoch)
    epochs = np.array(LONGER[name])
    values = np.array([bench.of(name, quantity, e) for e in LONGER[name]])
    return np.array([np.interp(np.log(epoch), np.log(epochs), of) for of in values.T])
