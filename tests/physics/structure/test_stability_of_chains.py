"""Up to which strength chains are stable, and whether they survive better than their edges."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.physics.structure.stability import exceeds, stable_strength
from nnuniverse.physics.structure.survival import Instances, independent_survival, survival

STRENGTHS = np.array([0.1, 0.2, 0.4])
NAN = np.nan


@pytest.mark.parametrize(
    ("shares", "limit"),
    [
        ([1.0, 0.9, 0.0], 0.15),
        ([0.9, 1.0, 1.0], 0.05),
        ([1.0, 1.0, 0.0], 0.21),
        ([1.0, 0.95, 0.95], np.inf),
        ([1.0, NAN, 0.85], 0.2),
        ([NAN, NAN, NAN], NAN),
    ],
)
def test_the_strength_at_which_survival_falls_below_what_is_stable(
    shares: list[float], limit: float
) -> None:
    found = stable_strength(STRENGTHS, np.array([shares, [1.0, 1.0, 1.0]]))
    assert found.tolist() == pytest.approx([limit, np.inf], nan_ok=True)


def test_strength_zero_is_no_perturbation() -> None:
    assert stable_strength(np.array([0.0, 0.1]), np.array([[1.0, 0.9]])) == pytest.approx([0.05])


def test_what_exceeds_is_judged_over_nets() -> None:
    random = np.random.default_rng(0)
    noise = random.normal(0.0, 0.05, (6, 3))
    excess = noise - noise.mean(axis=0) + [0.2, -0.2, 0.0]
    assert exceeds(excess).tolist() == [True, False, False]
    excess[0, 0] = NAN
    assert exceeds(excess)[0]
    assert exceeds(np.zeros((4, 2))).tolist() == [False, False]
    assert exceeds(excess[:1]).tolist() == [False, False, False]


def test_independent_edges_are_seldom_taken_for_more() -> None:
    """Five nets of 16 chains of 4 edges, at two strengths: 5 % of 200, to three sd."""
    random = np.random.default_rng(6)
    wires = Instances.of(np.arange(64).reshape(16, 4))
    layer = np.tile(np.arange(4), 16)
    found = {"alone": 0, "whole": 0}
    for _ in range(200):
        excess = {name: np.empty((5, 2)) for name in found}
        for net, strength in np.ndindex(5, 2):
            share = (0.95, 0.7)[strength]
            alone = random.random(64) < share
            whole = np.repeat(random.random(16) < share, 4)
            for name, alive in (("alone", alone), ("whole", whole)):
                null = independent_survival(wires, alive, layer, 9, random).mean
                excess[name][net, strength] = survival(wires, alive) - null
        for name in found:
            found[name] += bool(exceeds(excess[name]).any())
    assert found["alone"] <= 20
    assert found["whole"] >= 190
