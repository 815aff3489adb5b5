"""2004.09280 Secs. 11-12: the Schroedinger equation of the parameters, and gravity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnuniverse.claims.checks.derivatives import derivative, partial
from nnuniverse.claims.checks.deviations import deviation, out_of_line
from nnuniverse.claims.checks.symbolic import difference
from nnuniverse.claims.checks.universes import Universe
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.physics.gravity.gaussian_production import diffused_entropy, printed_production
from nnuniverse.physics.gravity.onsager import (
    CORRECTED,
    PRINTED_2004,
    contraction,
    exchanged,
    onsager_tensor,
    symmetrised,
)

if TYPE_CHECKING:
    import sympy as sp


@check("A36")
def action_of_the_wave_function() -> Outcome:
    """``-4 Psi* (D/2 Laplacian + i d/dt) Psi - 2 D p |grad phi|^2`` is the action under (11.7).

    With ``Psi = sqrt p exp(i phi)``, ``phi = 1/4 sum Theta Phi``.  Residuals: of each line of
    (11.6) and (11.7) against the one before, up to a divergence, symbolically, over the sum of
    both; corrected: with the last term.  Control: with 1.01 times that term.

    Source: 2004.09280 (11.7), wrong as printed (A36).
    """
    import sympy as sp

    (*before, (second, third)), missing = _lines_of_the_action()
    sound = [difference(one, other) for one, other in before]
    return Outcome(
        printed=worst([*sound, difference(second, third)]),
        corrected=worst([*sound, difference(second, third - missing)]),
        control=difference(second, third - sp.Rational(101, 100) * missing),
    )


@check("A37")
def schroedinger_equation() -> Outcome:
    """``-i dPsi/dt = (D/2) Laplacian Psi`` makes the last line of (11.7) stationary.

    Residuals: its Euler operators by the real and the imaginary part of Psi against -8 times those
    of ``i dPsi/dt + (D/2) Laplacian Psi``, symbolically, over the sum of both.  Control: with D in
    place of D/2.

    Source: 2004.09280 (11.9).
    """
    import sympy as sp
    from sympy.calculus.euler import euler_equations

    time, x, y, D = sp.symbols("t x y D", real=True)
    u, v = (sp.Function(name, real=True)(time, x, y) for name in "uv")

    def laplacian(of: sp.Expr) -> sp.Expr:
        return sp.diff(of, x, 2) + sp.diff(of, y, 2)

    # The real part: the imaginary one is half the slope of |Psi|^2, and a divergence.
    action = -4 * (
        D / 2 * (u * laplacian(u) + v * laplacian(v)) - u * sp.diff(v, time) + v * sp.diff(u, time)
    )
    varied = [equation.lhs for equation in euler_equations(action, [u, v], [time, x, y])]

    def sides(diffusion: sp.Expr) -> list[Residual]:
        real = diffusion * laplacian(u) - sp.diff(v, time)
        imaginary = diffusion * laplacian(v) + sp.diff(u, time)
        return [
            difference(one, -8 * other)
            for one, other in zip(varied, (real, imaginary), strict=True)
        ]

    return Outcome(printed=worst(sides(D / 2)), control=weakest(sides(D)))


@check("A39")
def einsteins_equations(random: np.random.Generator) -> Outcome:
    """``delta int sqrt|g| ((R - 2 Lambda)/2 kappa + L) = int sqrt|g| E_ab delta g^ab/2 kappa``.

    With ``E_ab = G_ab + Lambda g_ab - kappa T_ab``, (12.12), in a homogeneous universe with a
    scalar field, along four changes of the metric.  Residuals: printed: how far the variation of
    (12.2) is from any multiple of the right side, the sine of the angle between; corrected: the
    largest deviation, over the largest side.  Control: another kappa in E_ab.

    Source: 2004.09280 (12.2), (12.12), wrong as printed (A39); (12.14).
    """
    kappa, constant = 0.8, 0.3
    universe = Universe(random)

    def equations(kappa: float) -> np.ndarray:
        left = universe.einstein + constant * universe.metric
        return universe.contraction(left - kappa * universe.energy_momentum)

    printed = universe.variation(lambda R, matter: -R / (2.0 * kappa) + constant + matter)
    right = universe.variation(lambda R, matter: (R - 2.0 * constant) / (2.0 * kappa) + matter)
    return Outcome(
        printed=out_of_line(printed, equations(kappa)),
        corrected=deviation(right, equations(kappa) / (2.0 * kappa)),
        control=deviation(right, equations(1.01 * kappa) / (2.0 * kappa)),
    )


@check("A40")
def symmetries_of_the_onsager_tensor(random: np.random.Generator) -> Outcome:
    """``L^{mn ab cd} = L^{nm cd ab}``, and symmetry in (ab) and in (cd).

    Residuals, over the largest element, at a random metric in four dimensions: printed: of (12.9)
    under (12.7) and (12.8) as they stand; corrected: of (12.9) symmetrised, and of the corrected
    tensor (B21) symmetrised, of their contractions before and after, and of the numbers of negative
    and positive eigenvalues of the latter as a form.  Control: with one per cent of the tensors
    before.

    Source: 2004.09280 (12.7)-(12.9), wrong as printed (A40).
    """
    inverse = _random_inverse_metric(random, 4)
    slopes = _symmetric(random.normal(size=(4, 4, 4)))
    printed, corrected = (onsager_tensor(terms, inverse) for terms in (PRINTED_2004, CORRECTED))
    pairs = ("mnbacd", "mnabdc")

    def symmetric(tensor: np.ndarray, orders: Sequence[str]) -> list[Residual]:
        return [deviation(exchanged(tensor, order), tensor) for order in orders]

    exact, off = [], []
    for tensor in (printed, corrected):
        whole = symmetrised(tensor)
        exact += symmetric(whole, (*pairs, "nmcdab"))
        exact.append(deviation(contraction(whole, slopes), contraction(tensor, slopes)))
        off += symmetric(whole + 0.01 * tensor, pairs)
    signs = _signs_of_the_form(onsager_tensor(CORRECTED, np.eye(3)))
    exact.append(deviation(signs, np.array([8.0, 10.0])))
    return Outcome(
        printed=worst(symmetric(printed, ("nmbadc", *pairs))),
        corrected=worst(exact),
        control=weakest(off),
        value="as a form in three dimensions the corrected tensor has "
        f"{signs[0]} negative and {signs[1]} positive eigenvalues",
    )


@check("A41")
def entropy_production_of_a_gaussian(random: np.random.Generator) -> Outcome:
    """``<-(D/2) Laplacian log p> = D Tr g`` for ``p ~ exp(-Q^T g Q)``.

    Residuals, relative: of it, of the slope of the entropy 1/2 log det(2 pi e Sigma) under the
    diffusion (11.5), dSigma/dt = D, at Sigma = (2 g)^-1, and of what the package has it grow by in
    a finite time.  Control: at another D.

    Source: 2004.09280 (12.1).
    """
    diffusion, size = 0.7, 4
    form = np.linalg.inv(_random_inverse_metric(random, size))
    covariance = np.linalg.inv(2.0 * form)
    hessian = partial(partial(lambda q: -np.einsum("...k,kl,...l->...", q, form, q)))
    laplacian = np.trace(hessian(random.normal(size=size))).real

    def entropy(time: np.ndarray) -> np.ndarray:
        spread = covariance + diffusion * time[..., None, None] * np.eye(size)
        return 0.5 * np.log(np.linalg.det(2.0 * np.pi * math.e * spread))

    slope = derivative(entropy, 0.0, radius=0.01)
    grown = np.diff(entropy(np.array([0.0, 0.3]))).item()

    def all_(diffusion: float) -> list[Residual]:
        production = printed_production(diffusion, form)
        isotropic = 0.5 * diffusion * np.eye(size)  # the D of `diffused_entropy` is half of it
        return [
            *(deviation(production, one) for one in (-0.35 * laplacian, slope)),
            deviation(diffused_entropy(isotropic, covariance, 0.3), grown),
        ]

    return Outcome(printed=worst(all_(diffusion)), control=weakest(all_(1.01 * diffusion)))


def _lines_of_the_action() -> tuple[list[tuple[sp.Expr, sp.Expr]], sp.Expr]:
    """Return (11.6) and the lines of (11.7) in pairs, and ``2 D p |grad phi|^2``.

    Of each pair the one is the other but for what the author has done: what is a divergence between
    them has been added.  In two parameters, with two constraints.
    """
    import sympy as sp

    time, x, y, D = sp.symbols("t x y D", positive=True)
    root = sp.Function("r", positive=True)(time, x, y)
    terms = [(sp.Function(f"Theta_{k}")(x, y), sp.Function(f"Phi_{k}")(time)) for k in "12"]
    phase = sum(theta * phi for theta, phi in terms) / 4
    p, constraint = root**2, root**2 * sum(theta * sp.diff(phi, time) for theta, phi in terms)

    def gradient(of: sp.Expr) -> sp.Matrix:
        return sp.Matrix([sp.diff(of, x), sp.diff(of, y)])

    def divergence(of: sp.Matrix) -> sp.Expr:
        return sp.diff(of[0], x) + sp.diff(of[1], y)

    def laplacian(of: sp.Expr) -> sp.Expr:
        return divergence(gradient(of))

    production = -sp.log(p) * D / 2 * laplacian(p) + constraint
    first = 2 * D * gradient(root).dot(gradient(root)) + constraint
    second = -2 * D * root * laplacian(root) + constraint
    wave = root * sp.exp(sp.I * phase)
    inside = D / 2 * laplacian(wave) + sp.I * sp.diff(wave, time)
    third = sp.expand(-4 * root * sp.exp(-sp.I * phase) * inside)
    lines = [
        (production + divergence(D / 2 * sp.log(p) * gradient(p)), first),
        (first, second + divergence(2 * D * root * gradient(root))),
        (second, third + 2 * sp.I * (divergence(D * p * gradient(phase)) + sp.diff(p, time))),
    ]
    return lines, 2 * D * p * gradient(phase).dot(gradient(phase))


def _symmetric(matrices: np.ndarray) -> np.ndarray:
    return matrices + matrices.swapaxes(-1, -2)


def _random_inverse_metric(random: np.random.Generator, size: int) -> np.ndarray:
    """Return a symmetric matrix with eigenvalues in (0.5, 1.5)."""
    vectors = np.linalg.qr(random.normal(size=(size, size)))[0]
    return (vectors * (0.5 + random.random(size))) @ vectors.T


def _signs_of_the_form(tensor: np.ndarray) -> np.ndarray:
    """Return how many eigenvalues of ``L g_ab,m g_cd,n`` in the g_(ab),m are negative, positive."""
    size = len(tensor)
    form = np.einsum("mnabcd->mabncd", symmetrised(tensor)).reshape(size**3, size**3)
    values = np.linalg.eigvalsh(form)  # zero along what is antisymmetric in (ab)
    return np.array([np.sum(values < -1e-9), np.sum(values > 1e-9)])
