"""Protocols of learning compared seed by seed: how often one of a family is said to differ."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.learning.comparisons import FAMILY
from benchmarks.statistics.prediction import Draw, logarithms, lognormal, normal
from benchmarks.statistics.simulation import Case
from nnuniverse.analysis.prediction import holm, prediction_p_value

SEEDS = 10
TESTS = 2 * len(FAMILY)
"""Losses and test errors."""


def one_differs(generator: np.random.Generator, draw: Draw, shift: float) -> bool:
    """Return whether any of `TESTS` differs, or the first if it is ``shift`` sd away.

    A value is the difference of two nets, each drawn by ``draw``; the sd is that of the difference.
    """
    differences = [draw(generator, SEEDS) - draw(generator, SEEDS) for _ in range(TESTS)]
    differences[0] = differences[0] + shift * np.sqrt(2.0)
    p_values = [prediction_p_value(of, 0.0, printed_runs=np.inf) for of in differences]
    significant = holm(np.array(p_values)) <= 0.05
    return bool(significant[0] if shift else significant.any())


CASES = [
    *(
        Case(
            f"any of {TESTS}, {name}, n = {SEEDS}",
            partial(one_differs, draw=draw, shift=0.0),
            "<= 5",
        )
        for name, draw in (
            ("normal", normal),
            ("log-normal, raw", lognormal),
            ("in logs", logarithms),
        )
    ),
    *(
        Case(f"power: one {shift} sd away", partial(one_differs, draw=normal, shift=shift))
        for shift in (1.0, 1.5, 2.0, 2.5)
    ),
]
