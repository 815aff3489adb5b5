"""2008.01540 Secs. 4-5: the principle of stationary entropy production, and what follows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnuniverse.claims.checks.fields import Fields, product, two_parameters
from nnuniverse.claims.checks.ring import Ring
from nnuniverse.claims.checks.symbolic import difference
from nnuniverse.claims.checks.world_as_network.diffusion import DIFFUSION, DRIFT
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, worst
from nnuniverse.physics.mechanics.solvers.functional import EntropyFunctional

if TYPE_CHECKING:
    import sympy as sp


def _constants() -> tuple[sp.Symbol, ...]:
    """Return D, gamma and mu."""
    import sympy as sp

    return sp.symbols("D gamma mu", positive=True)


def _action(f: Fields, diffusion: sp.Expr, learning: bool = True) -> sp.Expr:
    """Return the density of (5.1), or of it without its second term, the learning."""
    import sympy as sp

    _, gamma, mu = _constants()
    root, p, F, slope = sp.sqrt(f.density), f.density, f.free_energy, f.gradient(f.free_energy)
    free_energy_production = F.diff(f.time) + gamma * product(slope, slope) + f.potential
    action = -4 * diffusion * root * f.laplacian(root) + mu * p * free_energy_production
    return action + gamma * p * f.laplacian(F) if learning else action


def _equation_of_density(f: Fields, learning: bool = True) -> sp.Expr:
    """Return the left side of (5.2), or of it without the boxed term."""
    _, gamma, mu = _constants()
    p = f.density
    flow = f.divergence([p * slope for slope in f.gradient(f.free_energy)])
    boxed = gamma * f.laplacian(p) if learning else 0
    return boxed - mu * p.diff(f.time) - 2 * mu * gamma * flow


def _equation_of_free_energy(f: Fields, diffusion: sp.Expr, learning: bool = True) -> sp.Expr:
    """Return the left side of (5.3), or of it without the boxed term."""
    import sympy as sp

    _, gamma, mu = _constants()
    root, F, slope = sp.sqrt(f.density), f.free_energy, f.gradient(f.free_energy)
    boxed = gamma * f.laplacian(F) if learning else 0
    production = F.diff(f.time) + gamma * product(slope, slope) + f.potential
    return -4 * diffusion / root * f.laplacian(root) + boxed + mu * production


@check("B4")
def equations_of_motion() -> Outcome:
    """The entropy production (4.5), the variations of (5.1), and (5.5), (5.6) by (5.4).

    Residuals: of the variations of the forms of (4.5), which agree of forms a total derivative
    apart; else of the sides of each equation, for any p, F and V of two parameters.
    Control: (5.3) with D 1 % larger.

    Source: 2008.01540 (4.1)-(4.5), (5.1)-(5.6).
    """
    import sympy as sp

    f, (D, gamma, mu) = two_parameters(), _constants()
    p, F, action = f.density, f.free_energy, _action(f, D)
    slope, root = f.gradient(F), sp.sqrt(p)
    current = [D * a - gamma * b * p for a, b in zip(f.gradient(p), slope, strict=True)]  # (4.3)
    forms = [
        -sp.log(p) * f.divergence(current),
        product(f.gradient(p), current) / p,
        -4 * D * root * f.laplacian(root) + gamma * p * f.laplacian(F),
    ]
    by_density, by_free_energy = f.variation(action, p), f.variation(action, F)
    u = [2 * gamma * one for one in slope]
    flow = f.divergence([one * p for one in u])
    momentum = [
        (
            one.diff(f.time) + product(u, f.gradient(one)) + gamma / mu * f.laplacian(one),
            -2 * gamma * (f.potential - 4 * D / mu / root * f.laplacian(root)).diff(q),
        )
        for one, q in zip(u, f.place, strict=True)
    ]
    sides = [
        *[
            (f.variation(forms[0], field), f.variation(form, field))
            for form in forms[1:]
            for field in (p, F)
        ],
        (by_free_energy, _equation_of_density(f)),
        (by_density, _equation_of_free_energy(f, D)),
        (by_free_energy / mu, -p.diff(f.time) - flow + gamma / mu * f.laplacian(p)),
        *[
            (2 * gamma / mu * by_density.diff(q), left - right)
            for q, (left, right) in zip(f.place, momentum, strict=True)
        ],
    ]
    return Outcome(
        printed=worst(difference(*pair) for pair in sides),
        control=difference(by_density, _equation_of_free_energy(f, 1.01 * D)),
    )


@check("B5")
def schroedinger_equation_without_learning() -> Outcome:
    """``i hbar dPsi/dt = -4 D/mu Laplacian Psi + V Psi``, ``Psi = sqrt(p) exp(i F/hbar)``.

    Residuals: of the Schroedinger equation over Psi, whose real part is (5.3) and whose imaginary
    part is (5.2), without their boxed terms, and of the variations of the actions (5.9) and (5.1);
    at any mu, with hbar as printed, sqrt(4 D/gamma), and sqrt(4 D/(gamma mu)).
    Control: with that hbar 1 % larger.

    Source: 2008.01540 (5.7)-(5.9), which need mu = 1 (B5).
    """
    import sympy as sp

    f, (D, gamma, mu) = two_parameters(), _constants()
    p, F = f.density, f.free_energy
    action = _action(f, D, learning=False)
    madelung = _equation_of_free_energy(f, D, learning=False)
    continuity = _equation_of_density(f, learning=False)

    def sides(hbar: sp.Expr, stiffness: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
        """Return them with ``stiffness`` in place of 4 D, hbar^2 over twice the mass."""
        psi = sp.sqrt(p) * sp.exp(sp.I * F / hbar)
        hamiltonian = -stiffness * f.laplacian(psi) + f.potential * psi
        over_psi = sp.expand((hamiltonian - sp.I * hbar * psi.diff(f.time)) / psi)
        return [
            (mu * over_psi, madelung + sp.I * hbar / (2 * p) * continuity),
            *[(f.variation(mu * p * over_psi, one), f.variation(action, one)) for one in (p, F)],
        ]

    hbar = 2 * sp.sqrt(D / (gamma * mu))
    return Outcome(
        printed=worst(difference(*pair) for pair in sides(2 * sp.sqrt(D / gamma), 4 * D)),
        corrected=worst(difference(*pair) for pair in sides(hbar, 4 * D / mu)),
        control=difference(*sides(1.01 * hbar, 4 * D / mu)[0]),
        value="hbar^2 = 4 D/(gamma mu), 1/(2 mass) = gamma",
    )


@check("B31")
def entropy_production_in_equilibrium(random: np.random.Generator) -> Outcome:
    """``D <(grad log p)^2> + gamma <Laplacian F> = 0`` where p is stationary, ``exp(gamma F/D)``.

    Residuals: of the second term, which is negligible as printed, and of the sum, over the first.
    Control: with 1.01 gamma.

    Source: 2008.01540 (5.7), 2012.05082 (2.6), wrong as printed (B31).
    """
    ring = Ring(81)
    F = ring.random_function(random)
    p = ring.normalised(np.exp(DRIFT * F / DIFFUSION))
    stochastic = DIFFUSION * ring.integral(ring.derivative(p) ** 2 / p)
    learning = DRIFT * ring.integral(p * ring.derivative(F, 2))

    def apart(one: float) -> Residual:
        return Residual(abs(one) / stochastic)

    return Outcome(
        printed=apart(learning),
        corrected=apart(stochastic + learning),
        control=apart(stochastic + 1.01 * learning),
        value=f"entropy production by diffusion {stochastic:.3f}, by learning {learning:.3f}",
    )


@check("B32")
def learning_is_a_shift_of_the_diffusion() -> Outcome:
    """With ``F -> F + log p/(2 mu)``, (5.1) is itself without learning at ``D - gamma/(4 mu)``.

    Residuals: of the variations of both actions by p and F: as dropping the terms has it, with F
    and D as they are; then shifted.  Control: D shifted 1 % too far.

    Source: 2008.01540 (5.5)-(5.9), wrong as printed (B32).
    """
    import sympy as sp

    f, (D, gamma, mu) = two_parameters(), _constants()
    fields = f.density, f.free_energy
    shifted = f._replace(free_energy=f.free_energy + sp.log(f.density) / (2 * mu))
    shift = gamma / (4 * mu)

    def apart(whole: Fields, diffusion: sp.Expr) -> Residual:
        without = _action(f, diffusion, learning=False)
        return worst(
            difference(f.variation(_action(whole, D), one), f.variation(without, one))
            for one in fields
        )

    return Outcome(
        printed=apart(f, D),
        corrected=apart(shifted, D - shift),
        control=apart(shifted, D - 1.01 * shift),
        value="hbar^2 = 4 (D - gamma/(4 mu))/(gamma mu), real for D > gamma/(4 mu)",
    )


@check("B36")
def one_family_of_mechanics(random: np.random.Generator) -> Outcome:
    """``dp/dt = -div(p v)``, ``dS/dt + v^2/2 + W = (A/2) Laplacian sqrt(p)/sqrt(p)``, v = grad S.

    A = -4 D^2 for ``dp/dt = div(p grad U) + D Laplacian p``, where ``S = -U - D log p``; and A =
    16 kappa (D - kappa/4), kappa = gamma/mu, for all of (5.2), (5.3), where ``S = 2 gamma F - kappa
    log p``; that is (hbar/m)^2 of (B32).  Residuals: of both equations of each, for any p, F and
    potential of two parameters; and of the last A against `EntropyFunctional`.  Control: A of the
    first 1 % larger.

    Source: 2008.01540 (5.2), (5.3); 2012.05082 (2.13), (2.14).
    """
    import sympy as sp

    f, (D, gamma, mu) = two_parameters(), _constants()
    p, U, kappa = f.density, f.potential, gamma / mu
    root, force = sp.sqrt(p), f.gradient(U)
    bent = f.laplacian(root) / root

    def sides(
        S: sp.Expr, rate: sp.Expr, rate_of_S: sp.Expr, W: sp.Expr, A: sp.Expr
    ) -> list[tuple[sp.Expr, sp.Expr]]:
        v = f.gradient(S)
        return [(rate, -f.divergence([p * one for one in v])),
                (rate_of_S + product(v, v) / 2 + W, A / 2 * bent)]  # fmt: skip

    def fokker_planck(A: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
        rate = f.divergence([p * one for one in force]) + D * f.laplacian(p)
        W = -product(force, force) / 2 + D * f.laplacian(U)
        return sides(-U - D * sp.log(p), rate, -D * rate / p, W, A)

    rate = (_equation_of_density(f) + mu * p.diff(f.time)) / mu
    rate_of_F = f.free_energy.diff(f.time) - _equation_of_free_energy(f, D) / mu
    S = 2 * gamma * f.free_energy - kappa * sp.log(p)
    whole = sides(
        S,
        rate,
        2 * gamma * rate_of_F - kappa * rate / p,
        2 * gamma * U,
        16 * kappa * (D - kappa / 4),
    )
    d, g, m = random.uniform(0.3, 1.0, 3).tolist()
    ours = EntropyFunctional(d, g, m).signed
    numbers = Residual(abs(ours - 16.0 * g / m * (d - g / m / 4.0)) / abs(ours))
    return Outcome(
        printed=worst([*[difference(*pair) for pair in fokker_planck(-4 * D**2) + whole], numbers]),
        control=difference(*fokker_planck(-sp.Rational(404, 100) * D**2)[1]),
    )
