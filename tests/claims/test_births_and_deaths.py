"""The moves that 2012.05082 Sec. 5 proposes are told from an ensemble by what chains find (C18)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from nnuniverse.claims.checks.emergent_quantumness.births_and_deaths import (
    birth_or_death,
    greedy_move,
)
from nnuniverse.claims.checks.emergent_quantumness.sites import coupled_sites, masks_of_a_net
from nnuniverse.physics.grand_canonical.enumeration import Enumerated
from nnuniverse.physics.grand_canonical.transitions import flip_log_ratios, long_run

MU, STEPS, FAR = 1.5, 10**6, 20.0

BOTH = pytest.mark.parametrize(
    "drawn", [partial(coupled_sites, sites=6, strength=0.0), masks_of_a_net], ids=["free", "net"]
)


def errors_off(masks: Enumerated, move: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return by how many standard errors <N> is off, of a chain of `STEPS`."""
    found = long_run(move(flip_log_ratios(masks, 1.0, MU)), masks.neurons)
    exact = masks.curves(1.0, np.array([MU])).mean_neurons[0]
    return float(abs(found.mean - exact) / found.standard_error(STEPS))


@BOTH
@pytest.mark.parametrize("seed", range(3))
def test_wrong_moves_are_far_off(
    drawn: Callable[[np.random.Generator], Enumerated], seed: int
) -> None:
    masks = drawn(np.random.default_rng(seed))
    assert errors_off(masks, greedy_move) > FAR
    assert errors_off(masks, partial(birth_or_death, counted=False)) > FAR
    assert errors_off(masks, birth_or_death) < 1e-6
