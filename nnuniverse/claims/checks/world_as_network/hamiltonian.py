"""2008.01540 Sec. 6: the Hamilton-Jacobi equation, and the free energy that solves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm

from nnuniverse.claims.checks.fields import product, two_parameters
from nnuniverse.claims.checks.nets import gram_matrix
from nnuniverse.claims.checks.ring import Ring
from nnuniverse.claims.checks.symbolic import difference
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.physics.mechanics.solvers.terminal_value import LearningFlow
from nnuniverse.physics.mechanics.virial import (
    EigenvalueSlopes,
    quadratic_form,
    stationary_free_energy,
    virial,
)
from nnuniverse.thermodynamics.functions import free_energy, mean_loss, negative_laplacian
from nnuniverse.thermodynamics.spectrum import Ensemble, Spectrum


@check("B6")
def hamilton_jacobi_equation() -> Outcome:
    """(5.3) without diffusion is (6.2), its gradient is (6.1), and with (6.4) it is (6.5).

    Residuals: of the sides, for any F and V of two parameters.  Control: (6.2) with the other sign
    of its viscosity.

    Source: 2008.01540 (6.1)-(6.3), (6.5).
    """
    import sympy as sp

    f = two_parameters()
    gamma, mu = sp.symbols("gamma mu", positive=True)
    F, V, slope = f.free_energy, f.potential, f.gradient(f.free_energy)
    kinetic, viscous = gamma * product(slope, slope), gamma / mu * f.laplacian(F)
    action_by_density = mu * (viscous + F.diff(f.time) + kinetic + V)  # (5.3)
    rate = -(V + kinetic + viscous)  # (6.2)
    u = [2 * gamma * one for one in slope]
    sides = [(action_by_density / mu, F.diff(f.time) - rate)]
    for one, q in zip(u, f.place, strict=True):
        navier_stokes = product(u, f.gradient(one)) + gamma / mu * f.laplacian(one)
        sides.append((2 * gamma * rate.diff(q), -navier_stokes - 2 * gamma * V.diff(q)))
    sides.append((rate + gamma * product(slope, slope), -viscous - V))
    return Outcome(
        printed=worst(difference(*pair) for pair in sides),
        control=difference(action_by_density / mu, F.diff(f.time) - rate - 2 * viscous),
    )


@check("B7")
def newtons_equation() -> Outcome:
    """``dq/dt = u = 2 gamma grad F``, hence ``d^2q/dt^2 = -2 gamma grad V``, without viscosity.

    Residuals: of the velocity by which (5.5) moves the density, and of the acceleration along it
    by (6.2), for any F and V of two parameters.  Control: a force 1 % larger.

    Source: 2008.01540 (6.4), (6.6), wrong as printed (B7).
    """
    import sympy as sp

    f = two_parameters()
    gamma = sp.symbols("gamma", positive=True)
    F, V, p = f.free_energy, f.potential, f.density
    slope = f.gradient(F)
    rate = -V - gamma * product(slope, slope)
    flow = f.divergence([2 * gamma * p * one for one in slope])  # (5.5) by (5.4)

    def apart(drift: sp.Expr, force: sp.Expr) -> Residual:
        """Return it of ``dq/dt = drift grad F`` and ``d^2q/dt^2 = -force grad V``."""
        moved = f.divergence([drift * p * one for one in slope])
        accelerations = [
            drift * (rate.diff(q) + drift * product(slope, f.gradient(one)))
            for one, q in zip(slope, f.place, strict=True)
        ]
        sides = zip(accelerations, [-force * one for one in f.gradient(V)], strict=True)
        return worst([difference(moved, flow), *[difference(*pair) for pair in sides]])

    return Outcome(
        printed=apart(gamma, gamma),
        corrected=apart(2 * gamma, 2 * gamma),
        control=apart(2 * gamma, 2.02 * gamma),
    )


@check("B8")
def stationary_solution() -> Outcome:
    """``F = C_0 + (1/mu) sum_k log(C_k + mu q_k)`` makes the right side of (6.7) vanish.

    Residual: of its two terms, in two parameters.  Control: with 1.01/mu before the logarithm.

    Source: 2008.01540 (6.7), (6.8).
    """
    import sympy as sp

    f = two_parameters()
    gamma, mu, *c = sp.symbols("gamma mu C_0 C_1 C_2", positive=True)

    def terms(factor: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        logs = [sp.log(one + mu * q) for one, q in zip(c[1:], f.place, strict=True)]
        slope = f.gradient(c[0] + factor * sum(logs))
        return gamma * product(slope, slope), -gamma / mu * f.divergence(slope)

    return Outcome(
        printed=difference(*terms(1 / mu)),
        control=difference(*terms(sp.Rational(101, 100) / mu)),
    )


@check("B9")
def stationary_free_energy_is_canonical(random: np.random.Generator) -> Outcome:
    """(6.8) at ``mu = 2 beta, C_k = 2 c, C_0 = -(N/2 beta) log 4 pi`` is F of the ensemble, (6.9).

    ``c = 1 - beta m``.  Residual: of (6.8), by `stationary_free_energy`, against `free_energy`,
    relative, for a random spectrum with exact ones.  Control: with mu = 2.02 beta.

    Source: 2008.01540 (6.9).
    """
    spectrum = Spectrum(random.normal(size=6), units=3)
    eigenvalues = np.exp(np.append(spectrum.log_eigenvalues, np.zeros(spectrum.units)))
    ensemble = Ensemble(np.float64(0.7), mass=0.3)
    beta, c = ensemble.beta, ensemble.stiffness
    canonical = float(free_energy(spectrum, ensemble))

    def apart(mu: float) -> Residual:
        constant = -spectrum.neurons / (2.0 * beta) * np.log(4.0 * np.pi)
        each = np.full(len(eigenvalues), 2.0 * c)
        stationary = float(stationary_free_energy(eigenvalues, mu, each, constant))
        return Residual(abs(stationary - canonical) / abs(canonical))

    return Outcome(printed=apart(2.0 * beta), control=apart(2.02 * beta))


@check("B10")
def virial_theorem(random: np.random.Generator) -> Outcome:
    """``U = sum_i lambda_i dF/dlambda_i`` at m = 0, else ``sum_i (lambda_i - m) dF/dlambda_i``.

    Residuals: of `mean_loss`, of ``d(beta F)/dbeta`` and of `virial` against the slopes of
    `free_energy`, by complex steps, relative; at m = 0, and at m = 0.3 with the general form.
    Control: the form of m = 0 at m = 0.3.

    Source: 2008.01540 (6.10).
    """
    logs = random.normal(size=6)

    def apart(mass: float, shift: float) -> Residual:
        ensemble = Ensemble(np.float64(0.7), mass)
        loss = float(mean_loss(Spectrum(logs, 0), ensemble))
        complex_beta = ensemble._replace(beta=ensemble.beta + 1e-30j)
        slope = complex_beta.beta * free_energy(Spectrum(logs, 0), complex_beta)
        slopes = _slopes_of_free_energy(np.exp(logs), ensemble)
        moments = float(((np.exp(logs) - shift) * slopes).sum())
        ours = loss, float(slope.imag) * 1e30, float(virial(Spectrum(logs, 0), ensemble))
        return Residual(max(abs(one - moments) for one in ours) / abs(loss))

    return Outcome(
        printed=apart(mass=0.0, shift=0.0),
        corrected=apart(mass=0.3, shift=0.3),
        control=apart(mass=0.3, shift=0.0),
    )


def _slopes_of_free_energy(eigenvalues: np.ndarray, ensemble: Ensemble) -> np.ndarray:
    """Return ``dF/dlambda_i`` of the package's free energy, by complex steps; F is a sum."""
    stepped = Spectrum(np.log(eigenvalues + 1e-30j)[:, None], 0)
    each = ensemble._replace(beta=np.full(len(eigenvalues), ensemble.beta))
    return np.asarray(free_energy(stepped, each).imag * 1e30)


@dataclass(frozen=True)
class _Eigenvalues:
    """Those of a symmetric matrix G(q): ``first`` and ``second``: by q_k, (eigenvalue, k)."""

    values: np.ndarray
    first: np.ndarray
    second: np.ndarray

    @staticmethod
    def of(matrix: np.ndarray, first: np.ndarray, second: np.ndarray) -> _Eigenvalues:
        """Return them by perturbation theory; ``first``: dG/dq_k, ``second``: d^2G/dq_k^2."""
        values, vectors = np.linalg.eigh(matrix)
        gaps = values[:, None] - values
        np.fill_diagonal(gaps, np.inf)
        inner = vectors.T @ first @ vectors
        own = np.diagonal(vectors.T @ second @ vectors, axis1=1, axis2=2)
        slopes = np.diagonal(inner, axis1=1, axis2=2)
        return _Eigenvalues(values, slopes.T, (own + 2.0 * (inner**2 / gaps).sum(axis=2)).T)


@check("B11")
def laplacian_as_a_quadratic_form(random: np.random.Generator) -> Outcome:
    """``Laplacian F = -2 beta sum (dF/dq_m)(..)(dF/dq_n) + sum_i dF/dlambda_i Laplacian lambda_i``.

    Residuals: of the Laplacian of ``(1/2 beta) log det(c + beta G)`` over four directions among the
    weights of a random net of four neurons, relative to it: against the printed quadratic form, and
    with the second term, the form as printed, by `quadratic_form` and by the chain rule.  Control:
    half of that term.

    Source: 2008.01540 (6.11), (6.12), which need eigenvalues linear in q (B11).
    """
    size, ensemble = 4, Ensemble(np.float64(0.7))
    beta, c = float(ensemble.beta), float(ensemble.stiffness)
    coupling, directions = 0.5 * random.normal(size=(size, size)), random.normal(size=(size,) * 3)
    step = -np.swapaxes(directions, 1, 2) @ (np.eye(size) - coupling)
    first = step + np.swapaxes(step, 1, 2)
    second = 2.0 * np.swapaxes(directions, 1, 2) @ directions
    gram = gram_matrix(coupling)
    inverse = np.linalg.inv(c * np.eye(size) + beta * gram)
    laplacian = (
        0.5
        * np.trace(
            inverse @ second - beta * inverse @ first @ inverse @ first, axis1=1, axis2=2
        ).sum()
    )

    eigenvalues = _Eigenvalues.of(gram, first, second)
    slopes = _slopes_of_free_energy(eigenvalues.values, ensemble)
    by_q, inverse_first = slopes @ eigenvalues.first, np.linalg.inv(eigenvalues.first)
    form = inverse_first @ np.diag((eigenvalues.first**2).sum(axis=1)) @ inverse_first.T
    printed = -2.0 * beta * by_q @ form @ by_q
    ours = quadratic_form(EigenvalueSlopes(eigenvalues.values, eigenvalues.first), [beta])[0]
    each = ensemble._replace(beta=np.full(size, beta))
    curvature = -negative_laplacian(Spectrum(np.log(eigenvalues.values)[:, None], 0), each)
    chain = curvature @ (eigenvalues.first**2).sum(axis=1)
    missing = slopes @ eigenvalues.second.sum(axis=1)

    def apart(right: float) -> Residual:
        return Residual(float(abs(laplacian - right) / abs(laplacian)))

    return Outcome(
        printed=apart(printed),
        corrected=worst([apart(one + missing) for one in (printed, ours, chain)]),
        control=apart(printed + 0.5 * missing),
        value=f"quadratic form {printed:.3f}, Laplacian {laplacian:.3f}",
    )


@check("B33")
def hamilton_jacobi_backwards_in_time(random: np.random.Generator) -> Outcome:
    """With ``phi = exp(mu F)`` (6.2) is ``dphi/dt = -(gamma/mu) phi'' - mu V phi``, heat backwards.

    Residuals: by how much F at the other end changes if F changes by 1e-12 in one short wave, from
    the first to the last moment, as printed, and from the last to the first; of (5.5), which has
    its initial value, likewise; and of (6.2), as `LearningFlow` has it, of the solution from its
    last value.  Control:
    both with the other sign of mu.

    Source: 2008.01540 (6.2), no initial-value problem for mu > 0 (B33).
    """
    gamma, mu, time = 0.5, 0.5, 0.2
    ring = Ring(31)
    potential, last, velocity = (0.3 * ring.random_function(random) for _ in range(3))
    second = ring.matrix(2)
    short_wave = np.cos(ring.points // 2 * ring.places)

    def heat(mu: float) -> np.ndarray:
        return -gamma / mu * second - mu * np.diag(potential)

    def fokker_planck(mu: float) -> np.ndarray:
        return gamma / mu * second - ring.matrix(1) @ np.diag(velocity)

    def change(generator: np.ndarray, time: float) -> Residual:
        changed = expm(time * generator) @ short_wave
        return Residual(1e-12 * float(np.abs(changed).max()))

    phi = expm(-time * heat(mu)) @ np.exp(mu * last)
    first = np.log(phi) / mu
    rate = heat(mu) @ phi / (mu * phi)
    flow = LearningFlow(ring.places, potential, gamma, mu)
    equation = Residual(float(np.abs(rate - flow.rate(first)).max() / np.abs(rate).max()))
    growth = change(heat(mu), time)
    return Outcome(
        printed=growth,
        corrected=worst([equation, change(heat(mu), -time), change(fokker_planck(mu), time)]),
        control=weakest([change(heat(-mu), -time), change(fokker_planck(-mu), time)]),
        value=f"on {ring.points} points a wave grows by {growth.value * 1e12:.0e}, on more by more",
    )
