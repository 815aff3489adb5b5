"""2004.09280 Sec. 8: an ensemble over the parameters, its entropy, the Laplacian of F.

The parameters are eigenvalues of G, as from (8.9) on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnuniverse.claims.checks.derivatives import derivative, partial
from nnuniverse.claims.checks.deviations import deviation
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.thermodynamics import (
    Ensemble,
    Spectrum,
    counted_laplacian,
    free_energy,
    negative_laplacian,
    printed_counted_laplacian,
)

EIGENVALUE = np.linspace(0.5, 4.5, 161)
"""The one parameter Q of A23-A25, out to eight standard deviations of its density."""

CELL = EIGENVALUE[1] - EIGENVALUE[0]
ALPHA, BETA = 0.7, 1.3
NORM = 0.05
"""M of (8.3), small against 1/p."""

OFF = 1.01
"""The controls are one per cent off."""


class Flow(NamedTuple):
    """``dQ/dbeta = alpha dF/dQ`` and its divergence ``alpha Laplacian F`` at each Q."""

    velocity: np.ndarray
    divergence: np.ndarray

    def transported(self, step: np.ndarray) -> np.ndarray:
        """Return the density after a short ``step`` of beta by (8.1), to first order."""
        return _density(EIGENVALUE - step[..., None] * self.velocity)

    def conserved(self, step: np.ndarray) -> np.ndarray:
        """Return it by the continuity equation.

        ``step``: dq/dt of each parameter.
        """
        return self.transported(step) * (1.0 - step[..., None] * self.divergence)


@check("A23")
def probability_is_conserved() -> Outcome:
    """``d/dbeta int p dQ = 0`` under ``dp/dbeta = -sum_k d(p dQ_k/dbeta)/dQ_k``.

    Residuals: the change of the integral under (8.1), and under that equation, over
    ``int |alpha Laplacian F| p``.  Control: with the divergence at another beta.

    Source: 2004.09280 (8.1), wrong as printed (A23).
    """
    flow, off = _flow(), _flow_with_wrong_divergence()
    scale = _integral(np.abs(flow.divergence) * _density(EIGENVALUE))
    printed = derivative(lambda step: _integral(flow.transported(step)), 0.0)
    corrected = derivative(lambda step: _integral(flow.conserved(step)), 0.0)
    control = derivative(lambda step: _integral(off.conserved(step)), 0.0)
    return Outcome(
        printed=deviation(printed, 0.0, scale),
        corrected=deviation(corrected, 0.0, scale),
        control=deviation(control, 0.0, scale),
        value=f"under (8.1) int p changes at {printed:.4f} a unit of beta",
    )


@check("A24")
def rate_of_the_entropy_of_the_parameters() -> Outcome:
    """``dS/dbeta = -alpha int Laplacian F p log M p`` under (8.1), ``alpha <Laplacian F>`` else.

    Residuals, over the left side: the last line of (8.4) under (8.1); then (8.5) under (8.1), and
    ``alpha <Laplacian F>`` under the continuity equation of A23.  Control: these with the
    Laplacian at another beta.

    Source: 2004.09280 (8.4), wrong as printed (A24); (8.5).
    """
    flow, density = _flow(), _density(EIGENVALUE)
    rate = derivative(lambda step: _integral(_entropy_density(flow.transported(step))), 0.0)
    conserved = derivative(lambda step: _integral(_entropy_density(flow.conserved(step))), 0.0)

    def exact(divergence: np.ndarray) -> tuple[Residual, Residual]:
        return (
            deviation(rate, _integral(divergence * _entropy_density(density))),
            deviation(conserved, _integral(divergence * density)),
        )

    last_line = _integral(flow.divergence * (density + _entropy_density(density)))
    return Outcome(
        printed=deviation(rate, last_line),
        corrected=worst(exact(flow.divergence)),
        control=weakest(exact(_flow_with_wrong_divergence().divergence)),
        value=f"{rate:.4f}, (8.4) {last_line:.4f}; by the continuity equation {conserved:.4f}",
    )


@check("A25")
def local_law_of_the_entropy_density() -> Outcome:
    """``dsigma/dbeta = -alpha grad F . grad sigma`` at each Q under (8.1).

    And ``-alpha grad F . grad sigma + alpha Laplacian F (p - sigma)`` by the continuity equation.
    Residuals: the largest deviation, over the largest left side; printed: of (8.6), and of (8.8)
    from it, ``d(beta Laplacian F)/dbeta = Laplacian F``.  Control: another alpha.

    Source: 2004.09280 (8.6)-(8.8), wrong as printed (A25).
    """
    flow, density = _flow(), _density(EIGENVALUE)
    sigma = _entropy_density(density)
    slope = partial(lambda q: _entropy_density(_density(q[..., 0])))(EIGENVALUE[:, None])[:, 0].real
    moved = derivative(lambda step: _entropy_density(flow.transported(step)), 0.0)
    conserved = derivative(lambda step: _entropy_density(flow.conserved(step)), 0.0)

    def exact(alpha: float) -> tuple[Residual, Residual]:
        advected = -alpha / ALPHA * flow.velocity * slope
        return (
            deviation(advected, moved),
            deviation(advected + flow.divergence * (density - sigma), conserved),
        )

    exponent = derivative(lambda beta: beta * _laplacian(np.array([2.5]), beta), BETA)
    return Outcome(
        printed=worst(
            [
                deviation(flow.divergence * sigma, moved),
                deviation(exponent, _laplacian(np.array([2.5]), np.array(BETA))),
            ]
        ),
        corrected=worst(exact(ALPHA)),
        control=weakest(exact(OFF * ALPHA)),
    )


@check("A26")
def laplacian_of_the_free_energy(random: np.random.Generator) -> Outcome:
    """``Laplacian F = -(beta/2) sum (1 + beta lambda)^-2 = -(beta/2) Tr (1 + beta G)^-2``.

    Residuals: `negative_laplacian` against the second derivatives of `free_energy` by the
    eigenvalues, and against the trace, over it.  Control: at another beta.

    Source: 2004.09280 (8.10), (9.1).
    """
    eigenvalues = np.exp(random.normal(size=5))
    hessian = partial(partial(lambda one: _free_energy(one, BETA), radius=0.02), radius=0.02)
    curvature = np.trace(hessian(eigenvalues)).real
    trace = -0.5 * BETA * _trace_of_inverse_square(eigenvalues, random)

    def both(beta: float) -> tuple[Residual, Residual]:
        laplacian = _laplacian(eigenvalues, np.array(beta))
        return deviation(laplacian, curvature), deviation(laplacian, trace)

    return Outcome(
        printed=worst(both(BETA)),
        control=weakest(both(OFF * BETA)),
        value=f"{curvature:.6f} at five eigenvalues",
    )


@check("A27")
def decay_of_the_entropy_density(random: np.random.Generator) -> Outcome:
    """``beta Laplacian F = -(beta^2/2) sum (1 + beta lambda)^-2``, the exponent of (8.8).

    And ``int_0^beta Laplacian F = -1/2 sum lambda^-2 [log(1 + beta lambda)
    - beta lambda/(1 + beta lambda)]``, that of (8.6).  Residuals: printed: of the exponent of
    (8.11); corrected: of these two, Laplacian F by `negative_laplacian`, the integral by
    Gauss-Legendre quadrature.  Control: both at another beta.

    Source: 2004.09280 (8.11), wrong as printed (A27).
    """
    eigenvalues, beta = np.exp(random.normal(size=5)), 1.7
    nodes, weights = np.polynomial.legendre.leggauss(60)
    integral = 0.5 * beta * weights @ _laplacian(eigenvalues, 0.5 * beta * (1.0 + nodes))
    exponent = beta * _laplacian(eigenvalues, np.array(beta))

    def both(beta: float) -> tuple[Residual, Residual]:
        scaled = beta * eigenvalues
        whole = (np.log1p(scaled) - scaled / (1.0 + scaled)) / eigenvalues**2
        return (
            deviation(-0.5 * beta**2 * np.sum((1.0 + scaled) ** -2), exponent),
            deviation(-0.5 * np.sum(whole), integral),
        )

    printed = -0.5 * np.sum((1.0 + beta * eigenvalues) ** -2)
    return Outcome(
        printed=deviation(printed, exponent),
        corrected=worst(both(beta)),
        control=weakest(both(OFF * beta)),
        value=f"beta {beta}: (8.11) {printed:.4f}, (8.8) {exponent:.4f}, (8.6) {integral:.4f}",
    )


@check("A28")
def laplacian_by_counting(random: np.random.Generator) -> Outcome:
    """``-Laplacian F ~ (beta/2) N_<``, of the spectrum of a net like the deep one, at beta = 1.4.

    110 log-eigenvalues are normal of deviation 1.5, 744 are zero.  Residuals, relative: printed: of
    (8.12); corrected: `negative_laplacian` against the trace of a matrix with these eigenvalues but
    fewer exact ones, and the limit of log lambda = +-30, where (8.12) holds.  Control: both at
    another beta.

    Source: 2004.09280 (8.12), a limit (A28).
    """
    beta = 1.4
    theta = 1.5 * random.normal(size=110)
    deep = Spectrum(theta, 744)
    exact, counted, mended = (
        float(function(deep, Ensemble(beta)))
        for function in (negative_laplacian, printed_counted_laplacian, counted_laplacian)
    )
    few = np.append(theta[:6], [0.0, 0.0])
    trace = 0.5 * beta * _trace_of_inverse_square(np.exp(few), random, beta)
    far = Spectrum(30.0 * np.sign(theta), 0)

    def both(beta: float) -> tuple[Residual, Residual]:
        form = negative_laplacian(Spectrum(few[:6], 2), Ensemble(beta))
        limit = printed_counted_laplacian(far, Ensemble(beta))
        return deviation(form, trace), deviation(limit, negative_laplacian(far, Ensemble(1.4)))

    return Outcome(
        printed=deviation(counted, exact),
        corrected=worst(both(beta)),
        control=weakest(both(OFF * beta)),
        value=f"beta 1.4: (8.12) {counted / exact:.2f} of the exact one, "
        f"with the exact ones left whole {mended / exact:.2f}",
    )


def _density(q: np.ndarray) -> np.ndarray:
    """Return a normal density of mean 2.5 and standard deviation 1/4."""
    return np.exp(-8.0 * (q - 2.5) ** 2) * 4.0 / np.sqrt(2.0 * np.pi)


def _entropy_density(density: np.ndarray) -> np.ndarray:
    """Return ``sigma = -p log M p``, (8.7)."""
    return -density * np.log(NORM * density)


def _integral(values: np.ndarray) -> np.ndarray:
    """Return the integral over Q, to rounding for what falls off as a Gaussian does."""
    return CELL * values.sum(axis=-1)


def _flow() -> Flow:
    """Return the flow (8.2) of one eigenvalue."""
    slope = partial(lambda one: _free_energy(one, BETA))(EIGENVALUE[:, None])[:, 0].real
    return Flow(ALPHA * slope, ALPHA * _laplacian(EIGENVALUE[:, None], np.array(BETA)))


def _flow_with_wrong_divergence() -> Flow:
    divergence = ALPHA * _laplacian(EIGENVALUE[:, None], np.array(OFF * BETA))
    return _flow()._replace(divergence=divergence)


def _free_energy(eigenvalues: np.ndarray, beta: float) -> np.ndarray:
    return np.asarray(free_energy(Spectrum(np.log(eigenvalues), 0), Ensemble(beta)))


def _laplacian(eigenvalues: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Return Laplacian F, (...) of eigenvalues (..., n) or beta (...)."""
    return -np.asarray(negative_laplacian(Spectrum(np.log(eigenvalues), 0), Ensemble(beta)))


def _trace_of_inverse_square(
    eigenvalues: np.ndarray, random: np.random.Generator, beta: float = BETA
) -> float:
    """Return ``Tr (1 + beta G)^-2`` of a symmetric G with these eigenvalues."""
    vectors = np.linalg.qr(random.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    inverse = np.linalg.inv(np.eye(len(eigenvalues)) + beta * (vectors * eigenvalues) @ vectors.T)
    return float(np.sum(inverse**2))
