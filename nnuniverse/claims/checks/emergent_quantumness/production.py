"""2012.05082 Sec. 2: the production of entropy, and the functional that it leaves stationary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnuniverse.claims.checks.fields import Fields, product, two_parameters
from nnuniverse.claims.checks.ring import Ring
from nnuniverse.claims.checks.spacetime import Spacetime
from nnuniverse.claims.checks.symbolic import difference
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, worst

if TYPE_CHECKING:
    import sympy as sp


@check("C1")
def production_of_entropy(random: np.random.Generator) -> Outcome:
    """``dS/dt = D int (grad p)^2/p - gamma int grad p grad F``, ``S = -int p log p``.

    Residuals, relative: of ``dS/dt`` by the diffusion (2.1) of a random p under a random F, and of
    the first term against (2.6).  Control: with the other sign of the second term.

    Source: 2012.05082 (2.1), (2.4)-(2.6).
    """
    ring, diffusion, drift = Ring(81), 0.4, 0.7
    p = ring.normalised(np.exp(ring.random_function(random)))
    slope, force = ring.derivative(p), drift * ring.derivative(ring.random_function(random))
    rate = ring.derivative(diffusion * slope - force * p)
    produced = -ring.integral((1.0 + np.log(p)) * rate)
    stochastic = diffusion * ring.integral(slope**2 / p)
    learning = -ring.integral(slope * force)
    root = np.sqrt(p)
    fisher = ring.integral(-4.0 * diffusion * root * ring.derivative(root, 2))
    scale = stochastic + abs(learning)
    return Outcome(
        printed=worst(
            [
                Residual(abs(produced - stochastic - learning) / scale),
                Residual(abs(stochastic - fisher) / stochastic),
            ]
        ),
        control=Residual(abs(produced - stochastic + learning) / scale),
    )


def functional(f: Fields, hbar: sp.Expr, mass: sp.Expr, step: sp.Expr) -> sp.Expr:
    """Return the density of (2.9) without lambda/eps; ``step``: eps.

    ``f``: the fields p and F; ``hbar``: Planck's constant; ``mass``: m of the particle.
    """
    import sympy as sp

    root, action = sp.sqrt(f.density), step * f.free_energy
    slope = f.gradient(action)
    hamilton_jacobi = action.diff(f.time) + product(slope, slope) / (2 * mass) + f.potential
    return root * (-(hbar**2) / (2 * mass) * f.laplacian(root)) + f.density * hamilton_jacobi


@check("C2")
def functional_in_the_form_of_quantum_mechanics() -> Outcome:
    """(2.7) is (2.9) with ``m = eps/(2 gamma)`` and ``hbar = eps sqrt(4 D/(gamma lambda))``.

    Residual: of their densities, for any p, F and V of two parameters.  Control: with hbar 1 %
    larger.

    Source: 2012.05082 (2.7), (2.9)-(2.11).
    """
    import sympy as sp

    f = two_parameters()
    D, gamma, multiplier, step = sp.symbols("D gamma lambda epsilon", positive=True)
    root, p, F, slope = sp.sqrt(f.density), f.density, f.free_energy, f.gradient(f.free_energy)
    constraint = F.diff(f.time) + gamma * product(slope, slope) + f.potential / step
    left = -4 * D * root * f.laplacian(root) + multiplier * p * constraint
    hbar = step * sp.sqrt(4 * D / (gamma * multiplier))

    def apart(hbar: sp.Expr) -> Residual:
        return difference(left, multiplier / step * functional(f, hbar, step / (2 * gamma), step))

    return Outcome(printed=apart(hbar), control=apart(sp.Rational(101, 100) * hbar))


@check("C3")
def variation_by_hbar(random: np.random.Generator) -> Outcome:
    """``dS/dhbar = -(2 lambda/hbar eps) int p (d(eps F)/dt + (grad eps F)^2/2m + V)``.

    ``lambda = 4 D eps^2/(gamma hbar^2)``, by (2.11).  Residuals: of the slope of (2.9) in hbar, by
    a complex step, for a random p and F on a ring and periodic in time; against (2.12), which takes
    lambda for a constant, and against the constraint, over the sum of both sides.  Control: lambda
    as 1/hbar.

    Source: 2012.05082 (2.12), (3.1), wrong as printed (C3).
    """
    diffusion, drift, step, hbar = 0.4, 0.7, 0.9, 1.3
    mass, torus = step / (2.0 * drift), Spacetime(31, 41)
    p = np.exp(torus.random_function(random))
    action = step * torus.random_function(random)
    root, potential = np.sqrt(p), torus.space.random_function(random)
    spread = -torus.integral(root * torus.by_place(root, 2)).real / (2.0 * mass)
    kinetic = torus.by_place(action) ** 2 / (2.0 * mass)
    constraint = torus.integral(p * (torus.by_time(action) + kinetic + potential)).real
    multiplier = 4.0 * diffusion * step**2 / (drift * hbar**2)

    def slope(power: int) -> float:
        """Return it of S, lambda as ``hbar^-power``."""
        stepped = hbar + 1e-30j
        value = (stepped / hbar) ** -power * (stepped**2 * spread + constraint)
        return float(multiplier / step * value.imag * 1e30)

    def apart(left: float, right: float) -> Residual:
        return Residual(abs(left - right) / (abs(left) + abs(right)))

    printed = multiplier / step * 2.0 * hbar * spread
    corrected = -2.0 * multiplier / (hbar * step) * constraint
    return Outcome(
        printed=apart(slope(2), printed),
        corrected=apart(slope(2), corrected),
        control=apart(slope(1), corrected),
        value="(2.12) = 0 holds of uniform p only",
    )
