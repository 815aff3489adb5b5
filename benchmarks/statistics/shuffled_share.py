"""How often the share of a permutation lies outside 95 % of shuffled matrices, and finds one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.statistics.simulation import Case
from nnuniverse.physics.structure.null_quantiles import null_quantiles
from nnuniverse.physics.structure.permutation_share import nearest_permutation, shuffled_shares

NEURONS = 20
DRAWS = 200

Draw = Callable[[np.random.Generator], np.ndarray]


def is_outside(generator: np.random.Generator, *, draw: Draw, above: bool) -> bool:
    """Return whether Q of a matrix lies above its quantile of 97.5 %, or below that of 2.5 %."""
    matrix = draw(generator)
    off = ~np.eye(len(matrix), dtype=bool)
    matrix = matrix * off
    low, _, high = null_quantiles(shuffled_shares(matrix, off, DRAWS, generator))
    share = nearest_permutation(matrix).share
    return bool(share > high if above else share < low)


def alike(generator: np.random.Generator) -> np.ndarray:
    """Return independent normal entries."""
    return generator.normal(size=(NEURONS, NEURONS))


def sparse(generator: np.random.Generator) -> np.ndarray:
    """Return independent entries of which a tenth is not zero."""
    return alike(generator) * (generator.random((NEURONS, NEURONS)) < 0.1)


def long_tailed(generator: np.random.Generator) -> np.ndarray:
    """Return independent entries of Student's t of two degrees of freedom."""
    return generator.standard_t(2.0, size=(NEURONS, NEURONS))


def of_unequal_rows(generator: np.random.Generator, spread: float) -> np.ndarray:
    """Return independent entries whose size depends on the row, by exp(spread times a normal)."""
    return alike(generator) * np.exp(spread * generator.normal(size=(NEURONS, 1)))


def with_permutation(generator: np.random.Generator, strength: float) -> np.ndarray:
    """Return a permutation of weights ``strength`` among independent entries of variance 1."""
    matrix = alike(generator)
    following = np.roll(generator.permutation(NEURONS), 1)
    matrix[following, np.roll(following, 1)] += strength
    return matrix


def _case(what: str, draw: Draw, above: bool, aim: str) -> Case:
    side = "above 97.5 %" if above else "below 2.5 %"
    return Case(f"{what}: {side}", partial(is_outside, draw=draw, above=above), aim)


CASES = [
    _case(f"{what}, of 20 neurons", draw, above, "2.5")
    for what, draw in (
        ("independent normal entries", alike),
        ("a tenth of them not zero", sparse),
        ("independent of long tails", long_tailed),
    )
    for above in (True, False)
] + [
    _case("rows of sizes exp(0.3 z)", partial(of_unequal_rows, spread=0.3), False, ""),
    _case("rows of sizes exp(z)", partial(of_unequal_rows, spread=1.0), False, ""),
    _case("a permutation of weights 2 in noise", partial(with_permutation, strength=2.0), True, ""),
    _case("a permutation of weights 3 in noise", partial(with_permutation, strength=3.0), True, ""),
]
