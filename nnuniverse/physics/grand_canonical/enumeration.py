"""The grand canonical ensemble of masks exactly: all of them are enumerated."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float
from scipy.special import logsumexp

from nnuniverse.physics.grand_canonical.proposals import FLIPS_AT_ONCE, EnergyOfMask
from nnuniverse.precision import in_float64

MOST_SITES = 16
"""Of which all masks are enumerated: 65,536."""


class ExactCurves(NamedTuple):
    """What an ensemble of masks has at each chemical potential, (mu,).

    ``mean_neurons``: <N>; ``neurons_variance``: Delta N^2; ``mean_energy``: <E>;
    ``grand_potential``: Omega; ``mask_entropy``: that of the masks, in nats.
    """

    mean_neurons: np.ndarray
    neurons_variance: np.ndarray
    mean_energy: np.ndarray
    grand_potential: np.ndarray
    mask_entropy: np.ndarray


class Enumerated(NamedTuple):
    """``energies``: E of all 2^R masks, (2^R,); ``neurons``: N of each, (2^R,)."""

    energies: np.ndarray
    neurons: np.ndarray

    def log_weights(
        self, temperature: float, chemical_potentials: Float[np.ndarray, " mu"]
    ) -> Float[np.ndarray, "masks mu"]:
        """Return ``(mu N - E)/T`` of every mask, (2^R, mu).

        ``temperature``: T > 0, in units of the energy; ``chemical_potentials``: mu, in units of the
        energy, (mu,).
        """
        return (self.neurons[:, None] * chemical_potentials - self.energies[:, None]) / temperature

    def curves(
        self, temperature: float, chemical_potentials: Float[np.ndarray, " mu"]
    ) -> ExactCurves:
        """Return the ensemble ``p ~ exp(-(E - mu N)/T)`` at T and at each mu.

        ``Omega = -T log sum exp(-(E - mu N)/T)``, ``S = -sum p log p``.

        ``temperature``: T > 0, in units of the energy; ``chemical_potentials``: mu, in units of the
        energy, ascending, (mu,).

        Source: 2012.05082 (4.1), (4.2).
        """
        active = self.neurons[:, None]
        weights = self.log_weights(temperature, chemical_potentials)
        total = logsumexp(weights, axis=0)
        p = np.exp(weights - total)
        mean = (p * active).sum(axis=0)
        return ExactCurves(
            mean,
            (p * (active - mean) ** 2).sum(axis=0),
            self.energies @ p,
            -temperature * total,
            -(p * (weights - total)).sum(axis=0),
        )


def all_masks(sites: int) -> Bool[np.ndarray, "masks {sites}"]:
    """Return every mask of so many sites, (2^R, R), bool."""
    numbers = np.arange(2**sites)
    return ((numbers[:, None] >> np.arange(sites)) & 1).astype(bool)


@in_float64
def enumerate_masks(
    energies_of: Callable[[Bool[Array, "masks R"]], Float[Array, " masks"]],
    sites: int,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Enumerated:
    """Return E and N of all 2^R masks.

    ``energies_of``: E of several masks, (masks,) of (masks, R), compiled; see `many_energies`;
    ``sites``: R, at most `MOST_SITES`; ``progress`` hears how many are done.
    """
    masks = all_masks(sites)
    at_once = min(len(masks), 2**10)
    energies = []
    for start in range(0, len(masks), at_once):
        progress(start, len(masks))
        energies.append(np.asarray(energies_of(jnp.asarray(masks[start : start + at_once]))))
    return Enumerated(np.concatenate(energies), masks.sum(axis=1))


def many_energies(energy_of: EnergyOfMask, masks: Bool[Array, "masks R"]) -> Float[Array, " masks"]:
    """Return E of ``masks``, (masks, R), a few at once, (masks,).

    ``energy_of``: E of a mask, (R,), bool, as a scalar.
    """
    return jax.lax.map(energy_of, masks, batch_size=min(FLIPS_AT_ONCE, len(masks)))
