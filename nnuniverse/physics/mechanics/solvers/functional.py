"""All of the equations of motion of 2008.01540 (5.1)-(5.6), the terms of learning included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.solvers.lattice import (
    derivative,
    runge_kutta,
    stretches,
    wave_numbers,
)
from nnuniverse.physics.mechanics.solvers.madelung_fluid import (
    STABLE,
    check_not_thin,
    curvature_of_root,
)


class DensityAndFreeEnergy(NamedTuple):
    """``log_density``: log p;  ``free_energy``: F; both at times, (times, points)."""

    log_density: np.ndarray
    free_energy: np.ndarray


@dataclass(frozen=True)
class EntropyFunctional:
    """The functional (5.1) of p and F, with everything in it.

    ``S = int dt dq sqrt(p) (-4 D d^2/dq^2 + gamma F'' + mu dF/dt + mu gamma F'^2 + mu V) sqrt(p)``,
    whose variations are

        dp/dt = -(u p)' + kappa p'',    u = 2 gamma F',    kappa = gamma/mu,
        mu (dF/dt + gamma F'^2 + V) + gamma F'' = 4 D sqrt(p)''/sqrt(p).

    The terms of learning, kappa p'' and gamma F'', are no correction that becomes small: with
    ``G = F - log p/(2 mu)`` and ``D - gamma/(4 mu)`` in place of F and D the same equations hold
    without them, exactly.

    ``diffusion``: D, q^2 per time;  ``drift``: gamma > 0, q^2 per free energy and time;
    ``multiplier``: mu, per free energy.

    Source: 2008.01540 (5.1)-(5.6); 2012.05082 (2.9) with mu = lambda (B5, B32).
    """

    diffusion: float
    drift: float
    multiplier: float

    @property
    def spread(self) -> float:
        """``kappa = gamma/mu``, the diffusion of (5.5), q^2 per time."""
        return self.drift / self.multiplier

    @property
    def remaining_diffusion(self) -> float:
        """``D - gamma/(4 mu)``: what is left of D when the terms of learning are removed."""
        return self.diffusion - 0.25 * self.spread

    @property
    def signed(self) -> float:
        """``A = 16 kappa (D - kappa/4)`` of the family of mechanics, q^4/time^2.

        ``(hbar/m)^2`` where it is positive; else there is no Schroedinger form.
        """
        return 16.0 * self.spread * self.remaining_diffusion

    def shifted(
        self, log_density: Float[np.ndarray, " points"], free_energy: Float[np.ndarray, " points"]
    ) -> Float[np.ndarray, " points"]:
        """Return ``G = F - log p/(2 mu)``; the current velocity is ``2 gamma G'``.

        ``log_density``: log p at the points, (points,); ``free_energy``: F at the points,
        (points,).
        """
        return free_energy - log_density / (2.0 * self.multiplier)

    def rates(
        self,
        log_density: Float[np.ndarray, " points"],
        free_energy: Float[np.ndarray, " points"],
        grid: Float[np.ndarray, " points"],
        V: Float[np.ndarray, " points"],
    ) -> Float[np.ndarray, "2 points"]:
        """Return ``(dlog p/dt, dF/dt)`` by (5.2) and (5.3) on a ring, (2, points).

        ``log_density``: log p at the points, (points,); ``free_energy``: F at the points,
        (points,); ``grid``: the points of the ring, evenly, (points,); ``V``: V at the points,
        (points,).
        """
        slope, bent = derivative(log_density, grid), derivative(log_density, grid, 2)
        force, tension = derivative(free_energy, grid), derivative(free_energy, grid, 2)
        spreading = self.spread * (bent + slope**2)
        quantum = 4.0 * self.diffusion / self.multiplier * curvature_of_root(log_density, grid)
        return np.stack(
            [
                spreading - 2.0 * self.drift * (tension + force * slope),
                quantum - self.spread * tension - self.drift * force**2 - V,
            ]
        )


def evolve_functional(
    functional: EntropyFunctional,
    log_density: Float[np.ndarray, " points"],
    free_energy: Float[np.ndarray, " points"],
    grid: Float[np.ndarray, " points"],
    potential: Float[np.ndarray, " points"],
    times: Float[np.ndarray, " times"],
    step: float,
) -> DensityAndFreeEnergy:
    """Return the solution of (5.2) and (5.3), terms of learning included, on a ring.

    Derivatives by Fourier transforms, steps by Runge and Kutta: order 4 in time.  Each equation by
    itself has a diffusion of a sign that blows up in one direction of time; together they do not
    as long as ``D >= gamma/(4 mu)``.

    ``functional``: D, gamma and mu;  ``log_density``, ``free_energy``: log p and F at time 0,
    (points,);  ``grid``: every point of the ring once;  ``potential``: V there, free energy per
    time;  ``times``: ascending from 0, (times,);  ``step``: largest time step; what is stable may
    be shorter and is taken then.
    Raises `ConfigError` if D < gamma/(4 mu), and `NNUniverseError` if p falls below 0.01 of its
    mean, as `evolve_fluid`.

    Source: 2008.01540 (5.2), (5.3) (B32).
    """
    signed = functional.signed
    if signed < 0.0:
        raise ConfigError(
            "D",
            "be at least gamma/(4 mu)",
            f"is {functional.diffusion:g} and that {functional.spread / 4.0:g}: waves k grow as "
            f"exp({0.5 * np.sqrt(-signed):g} k^2 t), the finest first",
            "stationary_path, with p given at both ends",
        )
    state, found = np.stack([log_density, free_energy]), []
    k = np.abs(wave_numbers(grid)).max()
    speed = 2.0 * functional.drift * np.abs(derivative(free_energy, grid)).max()
    fastest = 0.5 * np.sqrt(signed) * k**2 + functional.spread * k**2 + speed * k
    for moments, dt in stretches(times, min(step, STABLE / fastest)):
        for moment in moments:
            state = runge_kutta(
                lambda now: functional.rates(now[0], now[1], grid, potential), state, dt
            )
            check_not_thin(state[0], float(moment + dt))
        found.append(state)
    return DensityAndFreeEnergy(*np.stack(found, axis=1))
