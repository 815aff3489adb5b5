"""How often `nnu grand` ends with 3 where chains are in equilibrium, and where they cannot mix.

Of made masks, ``p ~ exp(mu N + sum_i h_i m_i + J N^2/2R)`` at T = 1: independent at J = 0, and with
two wells, of few and of many neurons, at J > 4, between which chains have to climb.  All masks are
enumerated; steps are those of the heat bath.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.special import expit

from benchmarks.statistics.simulation import Case
from nnuniverse.physics.grand_canonical.mask_ensemble import (
    FewNeurons,
    MaskEnsemble,
    Sampled,
    mask_ensemble,
)

SITES = 10
CHAINS, SWEEPS, WARM_UP = 8, 40, 10
"""The defaults of `nnu grand`."""

POINTS = 25


class _Sites:
    """Sites whose fields scatter, coupled by J."""

    def __init__(self, coupling: float, random: np.random.Generator) -> None:
        self.coupling = coupling
        self.fields = random.normal(0.0, 0.5, SITES)
        numbers = np.arange(2**SITES)
        self.masks = ((numbers[:, None] >> np.arange(SITES)) & 1).astype(bool)
        middle = -coupling / 2.0  # where few and many neurons weigh the same
        self.mu = middle + np.linspace(-7.0, 7.0, POINTS)

    def energies(self, masks: np.ndarray) -> np.ndarray:
        """Return E, (...), of masks, (..., R)."""
        number = masks.sum(axis=-1)
        return -(masks @ self.fields) - self.coupling * number**2 / (2.0 * SITES)

    def drawn(self, random: np.random.Generator) -> np.ndarray:
        """Return masks in equilibrium, (mu, both directions' chains, R)."""
        weights = self.mu[:, None] * self.masks.sum(axis=1) - self.energies(self.masks)
        sums = np.cumsum(np.exp(weights - weights.max(axis=1, keepdims=True)), axis=1)
        chosen = [np.searchsorted(of, of[-1] * random.random(2 * CHAINS)) for of in sums]
        return self.masks[np.array(chosen)]

    def swept(
        self, masks: np.ndarray, mu: np.ndarray, sweeps: int, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Change ``masks``, (..., R), at ``mu``, (...); return N and E of each sweep, (..., s)."""
        numbers, energies = [], []
        for _ in range(sweeps):
            for site in random.integers(0, SITES, SITES):
                others = masks.sum(axis=-1) - masks[..., site]
                gain = self.coupling * (others + 0.5) / SITES
                chance = expit(mu + self.fields[site] + gain)
                masks[..., site] = random.random(chance.shape) < chance
            numbers.append(masks.sum(axis=-1))
            energies.append(self.energies(masks))
        return np.stack(numbers, axis=-1), np.stack(energies, axis=-1)

    def found(self, numbers: np.ndarray, energies: np.ndarray) -> MaskEnsemble:
        """Return what `nnu grand` makes of (direction, mu, chain, sweep) arrays."""
        single, full = np.eye(SITES, dtype=bool), np.ones(SITES, bool)
        whole = float(self.energies(full))
        few = FewNeurons(0.0, whole, self.energies(single), self.energies(~single) - whole)
        return mask_ensemble(Sampled(numbers, energies), few, 1.0, self.mu, np.arange(SITES))


def in_equilibrium(coupling: float, random: np.random.Generator) -> bool:
    """Return whether chains that begin in equilibrium at every mu are found wanting."""
    sites = _Sites(coupling, random)
    masks = sites.drawn(random)
    mu = np.broadcast_to(sites.mu[:, None], masks.shape[:2])
    found = [
        of.reshape(POINTS, 2, CHAINS, SWEEPS).swapaxes(0, 1).astype(float)
        for of in sites.swept(masks, mu, SWEEPS, random)
    ]
    return _wanting(sites.found(*found))


def from_both_ends(coupling: float, random: np.random.Generator) -> bool:
    """Return whether chains that follow mu up from none and down from all are found wanting."""
    sites = _Sites(coupling, random)
    masks = np.repeat([False, True], CHAINS)[:, None].repeat(SITES, axis=1)
    numbers, energies = np.empty((2, 2, POINTS, CHAINS, SWEEPS))
    for at in range(POINTS):
        places = np.repeat([at, POINTS - 1 - at], CHAINS)
        for array, of in zip(
            (numbers, energies),
            sites.swept(masks, sites.mu[places], WARM_UP + SWEEPS, random),
            strict=True,
        ):
            late = of[:, -SWEEPS:].reshape(2, CHAINS, SWEEPS)
            array[0, at], array[1, POINTS - 1 - at] = late
    return _wanting(sites.found(numbers, energies))


def _wanting(found: MaskEnsemble) -> bool:
    return not (found.mixed and found.fluctuation_holds)


CASES = [
    *(
        Case(f"in equilibrium, J = {j:g}", partial(in_equilibrium, j), aim)
        for j, aim in ((0.0, "<= 5"), (2.0, "<= 5"), (4.0, ""))
    ),
    *(
        Case(f"from both ends, J = {j:g}", partial(from_both_ends, j), aim)
        for j, aim in ((0.0, "<= 5"), (4.0, ""), (8.0, ""), (12.0, ">= 95"), (20.0, ">= 95"))
    ),
]
