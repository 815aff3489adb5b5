"""2004.09280 Sec. 9: the Laplacian of the free energy of two peaks, and its extrema."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from nnuniverse.claims.checks.derivatives import derivative
from nnuniverse.claims.checks.deviations import deviation
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.thermodynamics import Ensemble, Spectrum, negative_laplacian
from nnuniverse.thermodynamics.two_peaks import (
    beta_from_extremum,
    beta_from_printed_extremum,
    extrema,
    final_beta,
    largest_moving_share,
    printed_extremum,
    two_peak_laplacian,
)

PRINTED_GAPS = np.array([-2.3, -2.5, -3.0])
PRINTED_BETAS = np.array([1.37, 1.40, 1.47])

OFF = 1.01
"""The controls are at a beta that is one per cent off."""


@check("A29")
def two_peaks_of_unit_determinant() -> Outcome:
    """``-Laplacian F = (N beta/2) [gamma (1 + beta lambda)^-2 + (1 - gamma) (1 + beta mu)^-2]``.

    With ``mu = lambda^(gamma/(gamma - 1))``.  Residuals: of N = 12 eigenvalues, a third of them at
    lambda, log det G over sum |log lambda|; and `two_peak_laplacian` against `negative_laplacian`
    of them, relative, over Fig. 1.  Control: at another beta.

    Source: 2004.09280 (9.2), (9.3).
    """
    gamma, neurons = 1.0 / 3.0, 12
    theta = np.linspace(-6.0, 6.0, 12)
    others = theta * gamma / (gamma - 1.0)
    spectra = np.concatenate([np.tile(theta, (4, 1)), np.tile(others, (8, 1))]).T

    def both(off: float) -> list[Residual]:
        return [
            deviation(
                two_peak_laplacian(theta, np.array(off * beta), gamma, neurons),
                negative_laplacian(Spectrum(spectra, 0), Ensemble(np.full(len(theta), beta))),
            )
            for beta in (0.25, 0.5, 0.73, 1.0)
        ]

    determinant = deviation(spectra.sum(axis=1), 0.0, np.abs(spectra).sum(axis=1))
    return Outcome(printed=worst([determinant, *both(1.0)]), control=weakest(both(OFF)))


@check("A30")
def position_of_the_extremum() -> Outcome:
    """Where the two-peak model turns, beside log lambda = 0, at gamma = 1/3 and beta = 0.3.

    Residuals: distance in log lambda from the zero of the slope of (9.3), by a complex step.
    Control: the exact condition with beta 1 % off.

    Source: 2004.09280 (9.3), (9.4), wrong as printed (A30).
    """
    beta, gamma = 0.3, 1.0 / 3.0

    def slope(log_lambda: float) -> float:
        step = np.array(log_lambda + 1e-30j)
        return float(two_peak_laplacian(step, np.array(beta), gamma, 1).imag * 1e30)

    found = brentq(slope, 0.5, 4.0, xtol=1e-14)
    printed, corrected = float(printed_extremum(np.array(beta))), max(extrema(beta, gamma))
    return Outcome(
        printed=Residual(abs(printed - found)),
        corrected=Residual(abs(corrected - found)),
        control=Residual(abs(max(extrema(1.01 * beta, gamma)) - found)),
        value=f"beta 0.3: turns at {found:.6f}, (9.4) {printed:.6f}",
    )


@check("A31")
def phases_of_learning() -> Outcome:
    """``d^2 (Laplacian F)/d(log lambda)^2 = 0`` at log lambda = 0, beta = 1/2, for every gamma.

    And the plateau, log lambda -> -infinity, is as high as log lambda = 0 at gamma = (1 + beta)^-2,
    which for gamma = 1/N is beta = sqrt N - 1.  Residuals, over -Laplacian F at 0: printed: plateau
    against 0 at beta = sqrt N - 1 and the gamma = 1/3 of Fig. 1; corrected: all three conditions.
    Control: these at another beta.

    Source: 2004.09280 (9.4), Sec. 9, under a condition (A31).
    """
    neurons, drawn = 854, 1.0 / 3.0

    def above_plateau(beta: float, gamma: float) -> Residual:
        far = np.array([-40.0 * (1.0 - gamma) / gamma, 0.0])
        plateau, middle = two_peak_laplacian(far, np.array(beta), gamma, neurons)
        return deviation(plateau, middle)

    def curvature(beta: float, gamma: float) -> Residual:
        def model(theta: np.ndarray) -> np.ndarray:
            return np.asarray(two_peak_laplacian(theta, np.array(beta), gamma, neurons))

        return deviation(derivative(model, 0.0, 2), 0.0, model(np.array(0.0)))

    def conditions(off: float) -> list[Residual]:
        return [
            *(curvature(0.5 * off, gamma) for gamma in (0.1, drawn, 0.6)),
            *(
                above_plateau(off * beta, float(largest_moving_share(np.array(beta))))
                for beta in (0.4, 0.73, 2.0)
            ),
            above_plateau(off * final_beta(neurons), 1.0 / neurons),
        ]

    others = [theta for theta in extrema(1.5, drawn) if theta != 0.0]
    return Outcome(
        printed=above_plateau(final_beta(neurons), drawn),
        corrected=worst(conditions(1.0)),
        control=weakest(conditions(OFF)),
        value=f"final from beta {final_beta(neurons):.1f} for one eigenvalue, "
        f"{final_beta(3):.2f} for a third; at beta 1.5 a third has {len(others)} other extrema",
    )


@check("E5")
def temperatures_of_the_printed_gaps() -> Outcome:
    """``beta = (1 - p)/(p q - lambda)`` of an extremum at the printed gaps, gamma = 1/3.

    ``p = lambda^(1/(3(1 - gamma)))``, ``q = lambda^(gamma/(gamma - 1))``.  Residuals: printed:
    distance of the printed betas from (9.4) at gaps half a digit nearer to them, over them;
    corrected: of the gaps from the extrema at the beta of `beta_from_extremum`.  Control: at
    another beta.

    Source: 2004.09280 (9.4), Sec. 10, wrong as printed (E5).
    """
    gamma, half_digit = 1.0 / 3.0, 0.05
    exact = np.asarray(beta_from_extremum(PRINTED_GAPS, gamma))
    by_printed = np.asarray(beta_from_printed_extremum(PRINTED_GAPS))
    nearest = np.asarray(beta_from_printed_extremum(PRINTED_GAPS + half_digit))

    def missed(off: float) -> Residual:
        extremum = [min(extrema(off * float(beta), gamma)) for beta in exact]
        return deviation(np.array(extremum), PRINTED_GAPS)

    return Outcome(
        printed=weakest(deviation(*both) for both in zip(nearest, PRINTED_BETAS, strict=True)),
        corrected=missed(1.0),
        control=missed(OFF),
        value="; ".join(
            f"{gap}: (9.4) {one:.3f}, exact {other:.3f}, printed {printed}"
            for gap, one, other, printed in zip(
                PRINTED_GAPS, by_printed, exact, PRINTED_BETAS, strict=True
            )
        ),
    )
