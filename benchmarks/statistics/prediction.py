"""Printed numbers against one more run: how often at least one of twelve is said to differ."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.statistics.simulation import Case
from nnuniverse.analysis.prediction import holm, prediction_p_value

NUMBERS = 12

Draw = Callable[[np.random.Generator, int], np.ndarray]


def normal(generator: np.random.Generator, runs: int) -> np.ndarray:
    """Return values of normal runs."""
    return generator.standard_normal(runs)


def lognormal(generator: np.random.Generator, runs: int) -> np.ndarray:
    """Return values of log-normal runs with a coefficient of variation of one half."""
    return generator.lognormal(sigma=np.sqrt(np.log(1.25)), size=runs)


def differs(
    generator: np.random.Generator, draw: Draw, runs: int, shift: float, numbers: int
) -> bool:
    """Return whether one of ``numbers``, printed ``shift`` sd away, is said to differ."""
    p_values = []
    for _ in range(numbers):
        *ours, printed = draw(generator, runs + 1)
        p_values.append(prediction_p_value(np.array(ours), printed + shift))
    return bool((holm(np.array(p_values)) <= 0.05).any())


def logarithms(generator: np.random.Generator, runs: int) -> np.ndarray:
    """Return the logarithms of `lognormal`."""
    return np.log(lognormal(generator, runs))


DRAWS = {"normal": normal, "log-normal, raw": lognormal, "in logs": logarithms}

CASES = [
    *(
        Case(
            f"{what}, {name}, n = {runs}",
            partial(differs, draw=draw, runs=runs, shift=0.0, numbers=numbers),
            aim,
        )
        for what, numbers, aim in (("one number", 1, "5"), ("any of twelve", NUMBERS, "<= 5"))
        for runs in (5, 10)
        for name, draw in DRAWS.items()
    ),
    *(
        Case(
            f"power: one number {shift:.0f} sd away, n = {runs}",
            partial(differs, draw=normal, runs=runs, shift=shift, numbers=1),
        )
        for runs in (5, 10, 30)
        for shift in (2.0, 4.0)
    ),
]
