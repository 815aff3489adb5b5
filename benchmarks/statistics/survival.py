"""How often chains are said to survive better than their edges, and how often intervals hold.

``python -m benchmarks.statistics survival`` makes the table of docs/perturb.md.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.statistics.simulation import Case
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.physics.structure.stability import exceeds
from nnuniverse.physics.structure.survival import (
    Independent,
    Instances,
    independent_survival,
    strength_classes,
    survival,
)

CHAINS, EDGES = 16, 4
WIRES = Instances.of(np.arange(CHAINS * EDGES).reshape(CHAINS, EDGES))
LAYER = np.tile(np.arange(EDGES), CHAINS)
LEVELS = (0.97, 0.9, 0.7, 0.4)
"""Survival of an edge at each strength of a perturbation."""

REPEATS, DRAWS = 3, 99


def drawn(
    random: np.random.Generator, share: float, together: float, common: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return which edges survive, and how strong each is.

    ``share``: that survives; ``together``: of the chains, that live or die as a whole; ``common``:
    how much of its strength, on which survival depends, an edge has in common with its chain.
    """
    own = random.standard_normal((CHAINS, EDGES))
    of_chain = random.standard_normal((CHAINS, 1))
    strength = np.sqrt(1.0 - common) * own + np.sqrt(common) * of_chain
    chance = share ** np.exp(-0.5 * strength)
    alone = random.random((CHAINS, EDGES)) < chance
    whole = random.random((CHAINS, 1)) < share
    bound = random.random((CHAINS, 1)) < together
    return np.where(bound, whole, alone).ravel(), np.exp(0.1 * strength).ravel()


def null(
    random: np.random.Generator, alive: np.ndarray, strength: np.ndarray, by_strength: bool
) -> Independent:
    """Return what independent edges would leave, of a layer, and of like strength if so."""
    classes = strength_classes(strength, LAYER) if by_strength else LAYER
    return independent_survival(WIRES, alive, classes, DRAWS, random)


def one_net(random: np.random.Generator, together: float, common: float, by_strength: bool) -> bool:
    """Return whether chains of one net are said to survive better than edges alone, at 5 %."""
    alive, strength = drawn(random, 0.8, together, common)
    return null(random, alive, strength, by_strength).p_value <= 0.05


def over_nets(random: np.random.Generator, nets: int, together: float) -> bool:
    """Return whether chains of several nets are said to, at any of several strengths."""
    excess = np.empty((nets, len(LEVELS)))
    for net, level in np.ndindex(excess.shape):
        differences = []
        for _ in range(REPEATS):
            alive, strength = drawn(random, LEVELS[level], together)
            alone = null(random, alive, strength, by_strength=True).mean
            differences.append(survival(WIRES, alive) - alone)
        excess[net, level] = np.mean(differences)
    return bool(exceeds(excess).any())


def holds(random: np.random.Generator, nets: int, share: float, spread: float) -> bool:
    """Return whether the interval of the mean survival of chains over nets holds the truth.

    Chains of a net survive with a probability of its own, beta distributed over nets with mean
    ``share`` and the ``spread``-th part of the largest possible variance.
    """
    total = 1.0 / spread - 1.0
    chances = random.beta(share * total, (1.0 - share) * total, nets)
    shares = random.binomial(CHAINS * REPEATS, chances) / (CHAINS * REPEATS)
    estimate = mean_over_replicas(shares, "share")
    return bool(estimate.low <= share <= estimate.high)


CASES = [
    *(
        Case(
            f"p <= .05 of one net, {what}; classes of {'like strength' if by else 'a layer'}",
            partial(one_net, together=together, common=common, by_strength=by),
            aim,
        )
        for what, together, common, aim in (
            ("independent edges", 0.0, 0.0, "at most 5"),
            ("half of the variance of their strength a chain's", 0.0, 0.5, "at most 5"),
            ("all of their strength a chain's", 0.0, 1.0, "at most 5"),
            ("half of the chains die whole", 0.5, 0.0, "large"),
        )
        for by in (False, True)
    ),
    *(
        Case(
            f"more at some strength, {nets} nets, {what}",
            partial(over_nets, nets=nets, together=together),
            aim,
        )
        for nets in (2, 5, 8)
        for what, together, aim in (
            ("independent edges", 0.0, "at most 5"),
            ("half of the chains die whole", 0.5, "large"),
        )
    ),
    *(
        Case(
            f"interval of the mean survival of chains, {nets} nets, truth {share}",
            partial(holds, nets=nets, share=share, spread=0.1),
            "95",
        )
        for nets in (2, 5, 8)
        for share in (0.5, 0.9, 0.97)
    ),
]
