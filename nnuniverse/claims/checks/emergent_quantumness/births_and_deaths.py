"""Births and deaths of neurons as 2012.05082 Sec. 5 has them, between all masks."""

from __future__ import annotations

import numpy as np

from nnuniverse.physics.grand_canonical.enumeration import all_masks
from nnuniverse.physics.grand_canonical.transitions import flips_made


def birth_or_death(log_ratios: np.ndarray, counted: bool = True) -> np.ndarray:
    """Return the transitions of a birth or a death, with probability 1/2 each, at a uniform site.

    ``log_ratios``: those of `flip_log_ratios`, (2^R, R); ``counted``: with the factors
    (R - N)/(N + 1) and N/(R - N + 1) of the reverse move.
    """
    sites = all_masks(log_ratios.shape[1])
    on, off = sites.sum(axis=1, keepdims=True), (~sites).sum(axis=1, keepdims=True)
    choices = np.where(sites, on, off)
    factor = choices / np.where(sites, off + 1, on + 1) if counted else 1.0
    return flips_made(0.5 / choices, log_ratios + np.log(factor))


def greedy_move(log_ratios: np.ndarray) -> np.ndarray:
    """Return the transitions of adding the best site or removing the cheapest, by Metropolis.

    ``log_ratios``: those of `flip_log_ratios`, (2^R, R).
    """
    sites, proposed = all_masks(log_ratios.shape[1]), np.zeros(log_ratios.shape)
    for active in (False, True):
        best = np.where(sites == active, log_ratios, -np.inf).argmax(axis=1)
        there = (sites == active).any(axis=1)
        proposed[there, best[there]] = 0.5
    return flips_made(proposed, log_ratios)
