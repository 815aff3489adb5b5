"""2012.05082 Secs. 2-3: the Madelung equations, and the Schroedinger equation."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.emergent_quantumness.production import functional
from nnuniverse.claims.checks.fields import product, two_parameters
from nnuniverse.claims.checks.madelung import Particle, random_wave
from nnuniverse.claims.checks.ring import Ring
from nnuniverse.claims.checks.symbolic import difference
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, worst


@check("C4")
def madelung_equations(random: np.random.Generator) -> Outcome:
    """The variations of (2.9) by F and p are (2.13), (2.14), whose solutions are Schroedinger's.

    Residuals: of the sides of (2.13), (2.14), (3.2), for any p, F and V of two parameters; and of
    density and velocity of a fluid on a ring, followed by `evolve_fluid` for a time 0.3, against
    those of the wave.  Control: the wave at a time 1 % later.

    Source: 2012.05082 (2.13), (2.14), (3.2).
    """
    import sympy as sp

    f = two_parameters()
    hbar, mass, step = sp.symbols("hbar m epsilon", positive=True)
    p, root, action = f.density, sp.sqrt(f.density), step * f.free_energy
    density, slope = functional(f, hbar, mass, step), f.gradient(action)
    continuity = -p.diff(f.time) - f.divergence([p * one / mass for one in slope])
    quantum_potential = -(hbar**2) / (2 * mass) / root * f.laplacian(root)
    energy = action.diff(f.time) + product(slope, slope) / (2 * mass) + f.potential
    sides = [
        (f.variation(density, f.free_energy), step * continuity),
        (f.variation(density, p), quantum_potential + energy),
    ]

    ring, time = Ring(81), 0.3
    particle = Particle(ring, ring.random_function(random), hbar=0.8, mass=1.3)
    start = random_wave(ring, random, particle.hbar)
    fluid = particle.fluid_later(start, time)

    def apart(time: float) -> Residual:
        return Residual(fluid.distance(particle.fluid(particle.wave_later(start, time))))

    return Outcome(
        printed=worst([*[difference(*pair) for pair in sides], apart(time)]),
        control=apart(1.01 * time),
    )


@check("C5")
def force_of_the_quantum_potential(random: np.random.Generator) -> Outcome:
    """``du/dt = -u u' - (V - (hbar^2/2m) sqrt(p)''/sqrt(p))'/m`` of a Schroedinger wave on a ring.

    Residuals: of ``u = (hbar/m) Im(Psi'/Psi)``, whose rate is that of the wave, over the largest
    rate; as printed, without 1/sqrt(p), and with it.  Control: with 1.01 hbar^2.

    Source: 2012.05082 (3.3), wrong as printed (C5).
    """
    ring, hbar, mass = Ring(81), 0.8, 1.3
    particle = Particle(ring, ring.random_function(random), hbar, mass)
    wave = random_wave(ring, random, hbar)
    growth = -1j / hbar * particle.energised(wave) / wave
    rate = hbar / mass * ring.derivative(growth).imag
    u = particle.fluid(wave).velocity
    root = np.abs(wave)

    def apart(bent_root: np.ndarray) -> Residual:
        potential = particle.potential - 0.5 * hbar**2 / mass * bent_root
        right = -u * ring.derivative(u) - ring.derivative(potential) / mass
        return Residual(float(np.abs(rate - right).max() / np.abs(rate).max()))

    bent_root = ring.derivative(root, 2)
    return Outcome(
        printed=apart(bent_root),
        corrected=apart(bent_root / root),
        control=apart(1.01 * bent_root / root),
    )


@check("C6")
def schroedinger_equation_of_the_fluid() -> Outcome:
    """The Schroedinger equation over Psi is (2.14) and, as its imaginary part, (2.13).

    ``Psi = sqrt(p) exp(i F eps/hbar)``.  Residual: of the sides, for any p, F and V of two
    parameters.  Control: Psi with 1.01 hbar.

    Source: 2012.05082 (3.4)-(3.6).
    """
    import sympy as sp

    f = two_parameters()
    hbar, mass, step = sp.symbols("hbar m epsilon", positive=True)
    p, root, action = f.density, sp.sqrt(f.density), step * f.free_energy
    u = [one / mass for one in f.gradient(action)]  # (3.4)
    stiffness = hbar**2 / (2 * mass)
    madelung = (
        -stiffness / root * f.laplacian(root)
        + action.diff(f.time)
        + mass / 2 * product(u, u)
        + f.potential
    )
    continuity = -p.diff(f.time) - f.divergence([p * one for one in u])

    def apart(hbar_of_phase: sp.Expr) -> Residual:
        psi = root * sp.exp(sp.I * action / hbar_of_phase)
        right = stiffness * f.laplacian(psi) - f.potential * psi
        over_psi = sp.expand((-sp.I * hbar * psi.diff(f.time) - right) / psi)
        return difference(over_psi, madelung + sp.I * hbar / (2 * p) * continuity)

    return Outcome(printed=apart(hbar), control=apart(sp.Rational(101, 100) * hbar))
