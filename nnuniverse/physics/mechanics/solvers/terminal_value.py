"""The free energy of 2008.01540 (6.2), which its end determines and its beginning does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import ConfigError, NNUniverseError
from nnuniverse.physics.mechanics.solvers.lattice import (
    derivative,
    spacing,
    stretches,
    wave_numbers,
)

WIDEST = 25.0
"""Range of mu F over the ring: exp(25) times the rounding of a transform is 1e-5 of its least."""


@dataclass(frozen=True)
class LearningFlow:
    """``-dF/dt = V + gamma F'^2 + kappa F''`` on a ring, with ``kappa = gamma/mu``.

    Forward in time kappa > 0 is a negative viscosity: waves k of a perturbation grow as
    ``exp(kappa k^2 t)``, so that no time is short enough for the finest.  Backward it is diffusion,
    and linear in ``exp(mu F)`` (Hopf and Cole).  For mu < 0 it is the other way round, and (5.5)
    for p is the one that has no initial-value problem: with p given at first and F at last the pair
    is well posed as a problem of two ends, for mu > 0.

    ``grid``: every point of the ring once, (points,);  ``potential``: V there, free energy per
    time;  ``drift``: gamma > 0, q^2 per free energy and time;  ``multiplier``: mu, per free energy.

    Source: 2008.01540 (6.2) (B6, B33).
    """

    grid: np.ndarray
    potential: np.ndarray
    drift: float
    multiplier: float

    @property
    def viscosity(self) -> float:
        """``kappa = gamma/mu``; that of (5.6) is -kappa."""
        return self.drift / self.multiplier

    def growth_rate(self, wave_number: float) -> float:
        """Return ``kappa k^2``, at which a wave of a small perturbation grows in forward time.

        ``wave_number``: k.
        """
        return self.viscosity * wave_number**2

    def rate(self, free_energy: Float[np.ndarray, " points"]) -> Float[np.ndarray, " points"]:
        """Return ``dF/dt``, (points,), whatever may come of it.

        ``free_energy``: F at the points, (points,).
        """
        slope = derivative(free_energy, self.grid)
        bent = derivative(free_energy, self.grid, 2)
        return -(self.potential + self.drift * slope**2 + self.viscosity * bent)

    def earlier(
        self, final: Float[np.ndarray, " points"], times: Float[np.ndarray, " times"], step: float
    ) -> Float[np.ndarray, "times points"]:
        """Return F at ``times`` before the end, (times, points), of the ``final`` F, (points,).

        Order 2 in the ``step``; the times are counted backwards from the end, ascending from 0.
        Raises `ConfigError` if mu < 0: then the beginning determines F.
        """
        if self.multiplier < 0.0:
            raise self._refusal("the final F", "be above 0", "later")
        return self._heated(final, times, step, 1.0)

    def later(
        self, initial: Float[np.ndarray, " points"], times: Float[np.ndarray, " times"], step: float
    ) -> Float[np.ndarray, "times points"]:
        """Return F at ``times`` after the beginning, (times, points), of the ``initial`` F.

        Raises `ConfigError` if mu > 0, with the rate at which the finest wave would grow.

        ``step``: of time.
        """
        if self.multiplier > 0.0:
            raise self._refusal("the initial F", "be below 0", "earlier")
        return self._heated(initial, times, step, -1.0)

    def _refusal(self, what: str, requirement: str, remedy: str) -> ConfigError:
        finest = np.pi / spacing(self.grid)
        rate = abs(self.growth_rate(finest))
        return ConfigError(
            f"mu, to go on from {what},",
            requirement,
            f"is {self.multiplier:g}: the viscosity is negative, so waves k grow as "
            f"exp({abs(self.viscosity):g} k^2 t), the finest here {rate:.3g} times by e per time",
            f"LearningFlow.{remedy}, from the other end, or evolve_functional, with its p",
        )

    def _heated(self, start: np.ndarray, times: np.ndarray, step: float, sign: float) -> np.ndarray:
        """Return ``log phi/mu`` of ``dphi/ds = |kappa| phi'' + sign mu V phi`` from exp(mu F)."""
        mu, k = self.multiplier, wave_numbers(self.grid)
        scaled, found = mu * start, []
        for moments, ds in stretches(times, step):
            heat = np.exp(-abs(self.viscosity) * k**2 * ds)
            half = 0.5 * ds * sign * mu * self.potential
            for _ in moments:
                scaled = scaled + half
                highest = _checked_highest(scaled)
                warm = np.fft.ifft(heat * np.fft.fft(np.exp(scaled - highest))).real
                scaled = np.log(warm) + highest + half
            found.append(scaled / mu)
        return np.stack(found)


def _checked_highest(scaled: np.ndarray) -> float:
    """Return the largest mu F, once its range is found to be one that `WIDEST` allows."""
    if np.ptp(scaled) > WIDEST:
        actual = f"ranges over {np.ptp(scaled):.3g}: rounding would drown its least values"
        remedy = "a shorter time, or evolve_flow, where the viscosity does not matter"
        raise NNUniverseError("mu F", f"range over at most {WIDEST:g}", actual, remedy)
    return float(scaled.max())
