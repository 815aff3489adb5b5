"""2012.05082 Sec. 3: a multivalued free energy, and the winding of the phase."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.madelung import Particle, random_wave
from nnuniverse.claims.checks.ring import Ring
from nnuniverse.claims.checks.spacetime import Spacetime
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, worst
from nnuniverse.physics.grand_canonical.action import Action
from nnuniverse.physics.grand_canonical.planck import planck_from_mu
from nnuniverse.physics.mechanics.solvers.twisted_ring import TwistedRing

TIME = 0.3
"""How long a fluid flows; its density stays far from zero meanwhile."""


@check("C7")
def action_does_not_depend_on_the_shift(random: np.random.Generator) -> Outcome:
    """(3.8) is the same for F and ``F + mu n`` at every hbar, and is (2.9).

    Residuals: at three hbar outside (3.10), of what that supposes, that (3.8) changes as Psi does,
    by ``|exp(i eps mu n/hbar) - 1|``; of that it does not change, and of (2.9), relative.  Control:
    a shift by ``mu n cos q``.

    Source: 2012.05082 (3.8)-(3.10), wrong as printed (C7).
    """
    torus, mass, step, shift = Spacetime(31, 41), 1.3, 0.9, 0.7
    p, F = np.exp(torus.random_function(random)), torus.random_function(random)
    potential = torus.space.random_function(random)

    def action(hbar: float) -> Action:
        return Action(torus.time.places, torus.space.places, hbar, mass, step)

    def of_phase(hbar: float, by: float | np.ndarray = 0.0) -> complex:
        return action(hbar).of_phase(p, F + by, potential)

    def change(hbar: float, by: float | np.ndarray) -> float:
        return abs(of_phase(hbar, by) - of_phase(hbar)) / abs(of_phase(hbar))

    def forms_apart(hbar: float) -> float:
        of_fluid = action(hbar).of_fluid(p, F, potential)
        return abs(of_phase(hbar) - of_fluid) / abs(of_fluid)

    allowed = float(planck_from_mu(shift, step))  # (3.10) at m = 1
    outside = [factor * allowed for factor in (0.7, 1.3, 4.2)]
    supposed = [abs(np.exp(1j * step * shift / hbar) - 1.0) for hbar in outside]
    wave = shift * np.cos(torus.space.places)
    return Outcome(
        printed=worst(
            Residual(abs(s - change(h, shift))) for s, h in zip(supposed, outside, strict=True)
        ),
        corrected=worst(Residual(of) for h in outside for of in (forms_apart(h), change(h, shift))),
        control=Residual(min(change(h, wave) for h in outside)),
    )


@check("C8")
def madelung_at_any_circulation(random: np.random.Generator) -> Outcome:
    """A fluid on a ring whose phase rises by any w turns is a wave ``exp(i w q)`` times a periodic.

    That is a Schroedinger equation with a flux w, of a single-valued wave only if w is whole.
    Residual: of density and velocity of the fluid, followed by `evolve_fluid` with a random w,
    against those of that wave.  Control: the wave with the next whole number of turns.

    Source: 2012.05082 (3.2), (3.3), Sec. 3.
    """
    ring, turns = Ring(81), random.uniform(0.2, 0.4)
    particle = Particle(ring, ring.random_function(random), turns=turns)
    start = random_wave(ring, random)
    fluid = particle.fluid_later(start, TIME)

    def apart(turns: float) -> Residual:
        other = Particle(ring, particle.potential, turns=turns)
        return Residual(fluid.distance(other.fluid(other.wave_later(start, TIME))))

    return Outcome(
        printed=apart(turns), control=apart(0.0), value=f"a circulation of {turns:.3f} turns"
    )


@check("C9")
def planck_constant_of_a_multivalued_phase(random: np.random.Generator) -> Outcome:
    """If F rises by mu around a ring, p and F make a single-valued wave with hbar = mu eps/2 pi.

    Residuals: of the density of a fluid with such an F after a time 0.3, against that of the
    Schroedinger equation with this hbar: at a random other hbar of (2.14), and at the same one; and
    of the winding number of a wave that passes through zeros, which stays whole.  Control: hbar 1 %
    larger.

    Source: 2012.05082 (3.10)-(3.13), which need a single-valued Psi (C9).
    """
    ring, rise = Ring(61), 2.0 * np.pi * 0.8  # mu eps
    planck = rise / (2.0 * np.pi)
    potential, start = ring.random_function(random), random_wave(ring, random, planck)
    quantum = Particle(ring, potential, planck)
    later = np.abs(quantum.wave_later(np.exp(1j * ring.places) * start, TIME)) ** 2

    def apart(hbar: float) -> Residual:
        particle = Particle(ring, potential, hbar, turns=rise / (2.0 * np.pi * hbar))
        same = np.abs(start) * np.exp(1j * np.angle(start) * planck / hbar)  # p, F of the start
        density = np.exp(particle.fluid_later(same, TIME).log_density)
        return Residual(float(np.abs(density - later).max() / later.max()))

    windings = _windings_of_a_wave_with_zeros()
    return Outcome(
        printed=apart(random.uniform(0.4, 0.8) * planck),
        corrected=worst([apart(planck), Residual(_from_whole(windings))]),
        control=apart(1.01 * planck),
        value=f"winding numbers {sorted(set(windings.round().astype(int).tolist()))} of one wave",
    )


def _windings_of_a_wave_with_zeros() -> np.ndarray:
    """Return them of a free wave at moments that are not near those at which it has a zero."""
    ring = Ring(401)
    free = TwistedRing(ring.places)
    waves = free.free_wave({0: 1.0, 1: 1.2, -1: 0.6}, np.linspace(0.0, 12.0, 25))
    kept = [wave for wave in waves if np.abs(wave).min() > 0.1]
    return np.array([_turns(ring, wave) for wave in kept])


def _turns(ring: Ring, wave: np.ndarray) -> float:
    """Return ``(m/2 pi hbar) int dq u``, by how many turns the phase of a wave rises."""
    return ring.integral(TwistedRing(ring.places).velocity(wave)) / (2.0 * np.pi)


def _from_whole(numbers: np.ndarray) -> float:
    """Return how far the one that is farthest from a whole number is from it."""
    return float(np.abs(numbers - numbers.round()).max())


@check("C19")
def circulation_of_fluid_and_wave(random: np.random.Generator) -> Outcome:
    """A fluid of (2.13), (2.14) runs with a circulation of 1/2, that of a wave is whole, in turns.

    Residuals: of norm and energy of the fluid after a time 0.3, relative to their first values; and
    of the winding number of a random single-valued wave after this time, from a whole number.
    Control: of the turns of the fluid from a whole number.

    Source: 2012.05082 (2.13), (2.14), Sec. 3.
    """
    ring = Ring(61)
    particle = Particle(ring, ring.random_function(random), turns=0.5)
    start = random_wave(ring, random)
    fluid = particle.fluid_later(start, TIME)
    norm = ring.integral(np.exp(fluid.log_density))
    energies = particle.energy(particle.fluid(start)), particle.energy(fluid)
    wave = np.exp(1j * random.integers(-2, 3) * ring.places) * start
    turns = _turns(ring, Particle(ring, particle.potential).wave_later(wave, TIME))
    around = particle.mass * ring.integral(fluid.velocity) / particle.hbar
    return Outcome(
        printed=worst(
            [
                Residual(abs(norm - 1.0)),
                Residual(abs(energies[1] / energies[0] - 1.0)),
                Residual(_from_whole(np.array(turns))),
            ]
        ),
        control=Residual(_from_whole(np.array(around / (2.0 * np.pi)))),
    )
