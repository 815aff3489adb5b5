"""2012.05082 Sec. 4: a grand potential that depends on the parameters, as a vector potential."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.madelung import Particle, random_wave
from nnuniverse.claims.checks.ring import Ring
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.physics.mechanics.solvers.twisted_ring import TwistedRing

TIME, HBAR, MASS = 0.3, 0.8, 1.3


@check("C13")
def vector_potential_of_a_grand_potential(random: np.random.Generator) -> Outcome:
    """``i hbar dX/dt = [-(hbar^2/2m) (d/dq + i e A/hbar)^2 + V] X`` with ``e A = eps dOmega_0/dq``.

    And X is ``Psi exp(-i eps Omega_0/hbar)``, Psi a solution without A.  Residuals, on a ring: of X
    after a time 0.3, over its largest value, with a random Omega_0 that is single-valued, and with
    one that rises by two flux quanta, whose energies are those without A.  Control: A 1 % larger.

    Source: 2012.05082 (4.9)-(4.13), (3.12).
    """
    ring = Ring(61)
    particle = Particle(ring, ring.random_function(random), HBAR, MASS)
    phase = 0.4 * ring.random_function(random)  # eps Omega_0, but for its rise
    around = TwistedRing(ring.places, 0.0, HBAR, MASS)
    start = random_wave(ring, random, HBAR)
    later = particle.wave_later(start, TIME)

    def of_gauge(quanta: int, factor: float) -> list[Residual]:
        turned, potential = around.gauged(start, phase, quanta)
        energies, states = np.linalg.eigh(_hamiltonian(particle, factor * potential))
        evolved = states @ (np.exp(-1j * energies * TIME / HBAR) * (states.conj().T @ turned))
        expected = around.gauged(later, phase, quanta).wave
        lowest = particle.states.energies[:8]
        return [
            Residual(float(np.abs(evolved - expected).max() / np.abs(later).max())),
            Residual(float(np.abs(energies[:8] - lowest).max() / np.abs(lowest).max())),
        ]

    return Outcome(
        printed=worst([*of_gauge(0, 1.0), *of_gauge(2, 1.0)]),
        control=weakest([of_gauge(0, 1.01)[0], *of_gauge(2, 1.01)]),
    )


def _hamiltonian(particle: Particle, potential: np.ndarray) -> np.ndarray:
    """Return the operator of (4.13) with the values of e A, (points,)."""
    slope = particle.ring.matrix(1) + 1j * np.diag(potential) / HBAR
    return -0.5 * HBAR**2 / MASS * slope @ slope + np.diag(particle.potential)
