"""A simulation repeated many times, and the share of the times that something happened."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

Simulate = Callable[[np.random.Generator], bool | None]
"""Draws an example, applies the procedure and returns whether it happened; None: cannot tell."""


class Case(NamedTuple):
    """One row of a table.

    ``what``: the procedure and the examples; ``simulate``: a function of a module, or a partial of
    one, since other processes run it; ``aim``: what the share should be, in words.
    """

    what: str
    simulate: Simulate
    aim: str = ""


class Share(NamedTuple):
    """How often of how many times it happened, and how often nothing could be told."""

    happened: int
    undecided: int
    times: int

    def __str__(self) -> str:
        """The share in per cent with its exact 95 % interval (Clopper and Pearson 1934)."""
        interval = binomtest(self.happened, self.times).proportion_ci(0.95, "exact")
        low, high = 100.0 * interval.low, 100.0 * interval.high
        told = f"{100.0 * self.happened / self.times:.1f} [{low:.1f}, {high:.1f}]"
        undecided = 100.0 * self.undecided / self.times
        return f"{told}, cannot tell: {undecided:.1f}" if self.undecided else told


def measure(case: Case, times: int, seed: int, pool: Executor) -> Share:
    """Return how often a case happens; the k-th time has the k-th child of ``seed``."""
    children = np.random.SeedSequence(seed).spawn(times)
    outcomes = list(
        pool.map(partial(_once, case.simulate), children, chunksize=max(1, times // 64))
    )
    return Share(outcomes.count(True), outcomes.count(None), times)


def _once(simulate: Simulate, seed: np.random.SeedSequence) -> bool | None:
    happened = simulate(np.random.default_rng(seed))
    return None if happened is None else bool(happened)
