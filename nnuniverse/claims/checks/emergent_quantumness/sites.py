"""Neurons as sites that are on or off, and moves between their masks, all enumerated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnuniverse.physics.grand_canonical.enumeration import Enumerated, ExactCurves, all_masks


@dataclass(frozen=True)
class Sites:
    """``E = sum_i e_i n_i + 1/2 sum_ij J_ij n_i n_j`` of R sites in a reservoir.

    ``energies``: e, (R,); ``couplings``: J, (R, R), symmetric, zero on its diagonal; in units of
    the temperature, as is mu, the ``chemical_potential``.
    """

    energies: np.ndarray
    couplings: np.ndarray
    chemical_potential: float = 0.0

    @cached_property
    def masks(self) -> np.ndarray:
        """All of them, (2^R, R), of 0 and 1."""
        return all_masks(len(self.energies)).astype(int)

    @property
    def active(self) -> np.ndarray:
        """N of every mask, (2^R,)."""
        return self.masks.sum(axis=1)

    @property
    def energies_of_masks(self) -> np.ndarray:
        """E of every mask, (2^R,)."""
        n = self.masks
        return n @ self.energies + 0.5 * np.einsum("si,ij,sj->s", n, self.couplings, n)

    @cached_property
    def weights(self) -> np.ndarray:
        """``mu N - E`` of every mask, the log of its weight, (2^R,)."""
        return self.chemical_potential * self.active - self.energies_of_masks

    @property
    def curves(self) -> ExactCurves:
        """What the package makes of all masks, at this one mu, T = 1."""
        masks = Enumerated(self.energies_of_masks, self.active)
        return masks.curves(1.0, np.array([self.chemical_potential]))

    @cached_property
    def distribution(self) -> np.ndarray:
        """The probability of every mask, (2^R,)."""
        weights = np.exp(self.weights - self.weights.max())
        return weights / weights.sum()

    @cached_property
    def neighbours(self) -> np.ndarray:
        """The number of the mask with site i switched, (2^R, R)."""
        sites = np.arange(len(self.energies))
        return np.arange(len(self.masks))[:, None] ^ (1 << sites)

    @property
    def ratios(self) -> np.ndarray:
        """By how much more probable a mask is with site i switched, (2^R, R)."""
        return np.exp(self.weights[self.neighbours] - self.weights[:, None])


def coupled_sites(random: np.random.Generator, sites: int, strength: float) -> Sites:
    """Return sites with random couplings, attractive on average, about half of them on.

    Their energies scatter about those at which the masks and their opposites are alike.

    ``strength``: twice the standard deviation of the couplings, in units of T.
    """
    half = np.triu(strength * random.normal(-0.5, 0.5, (sites, sites)), 1)
    couplings = half + half.T
    return Sites(random.normal(0.0, 0.5, sites) - 0.5 * couplings.sum(axis=1), couplings)


def informed_move(sites: Sites) -> np.ndarray:
    """Return the transitions of the locally balanced move, t/(1 + t) of the ratio t (Zanella 2020).

    All moves: (2^R, 2^R), a row per mask that is left.

    ``sites``: coupled sites that are on or off.
    """
    rates = sites.ratios / (1.0 + sites.ratios)
    total = rates.sum(axis=1)
    return _transitions(sites, rates / total[:, None], total[:, None] / total[sites.neighbours])


def birth_or_death(sites: Sites, counted: bool = True) -> np.ndarray:
    """Return the transitions of a birth or a death, with probability 1/2 each, at a uniform site.

    ``counted``: with the factors (R - N)/(N + 1) and N/(R - N + 1) of the reverse move.

    ``sites``: coupled sites that are on or off.
    """
    on, off = sites.masks.sum(axis=1, keepdims=True), (1 - sites.masks).sum(axis=1, keepdims=True)
    choices = np.where(sites.masks == 1, on, off)
    back = np.where(sites.masks == 1, off + 1, on + 1)
    return _transitions(sites, 0.5 / choices, sites.ratios * (choices / back if counted else 1.0))


def greedy_move(sites: Sites) -> np.ndarray:
    """Return the transitions of adding the best site or removing the cheapest, by Metropolis.

    ``sites``: coupled sites that are on or off.
    """
    proposed = np.zeros(sites.masks.shape)
    for state in (0, 1):
        best = np.where(sites.masks == state, sites.ratios, -1.0).argmax(axis=1)
        there = (sites.masks == state).any(axis=1)
        proposed[there, best[there]] = 0.5
    return _transitions(sites, proposed, sites.ratios)


def mean_active(sites: Sites, transitions: np.ndarray) -> float:
    """Return <N> where the transitions lead.

    ``sites``: coupled sites that are on or off.
    """
    changes = np.vstack([transitions.T - np.eye(len(transitions)), np.ones(len(transitions))])
    target = np.zeros(len(changes))
    target[-1] = 1.0
    return float(sites.active @ np.linalg.lstsq(changes, target)[0])


def _transitions(sites: Sites, proposed: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Return the transitions of proposals, accepted with probability min(1, ``ratio``)."""
    matrix = np.zeros((len(sites.masks), len(sites.masks)))
    rows = np.arange(len(matrix))[:, None]
    matrix[rows, sites.neighbours] = proposed * np.minimum(ratio, 1.0)
    np.fill_diagonal(matrix, 1.0 - matrix.sum(axis=1))
    return matrix
