"""2004.09280 Secs. 6-7: the mean loss, the free energy and its split, the entropies, the laws."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nnuniverse.claims.checks.derivatives import derivative
from nnuniverse.claims.checks.deviations import deviation
from nnuniverse.claims.checks.grids import box
from nnuniverse.claims.checks.symbolic import difference
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.thermodynamics import (
    FLAT,
    WINDOWS,
    Decomposition,
    Ensemble,
    Spectrum,
    Window,
    canonical_entropy,
    decompose,
    decompose_with_units,
    entropy,
    entropy_from_loss,
    free_energy,
    log_partition,
    mean_loss,
)

BETA, MASS = np.array(1.4), 0.2
OFF = 1.01
DEEP_UNITS, DEEP_DYNAMICAL = 744, 110
"""Of the paper's net 784-40-20-10."""

Function = Callable[[Spectrum, Ensemble], np.ndarray]


def random_spectrum(random: np.random.Generator) -> Spectrum:
    """Return three eigenvalues above e, three below 1/e, five exact ones, and a mean state.

    In between there is the limit of the large ones, so that their number does not change.

    ``random``: where its numbers are drawn from.
    """
    theta = random.uniform(1.0, 2.0, 3)
    squares = random.uniform(size=6)
    return Spectrum(np.concatenate([theta, -theta]), 5, squares, np.array(random.uniform()))


def part(split: Callable[[Spectrum, Ensemble], Decomposition], name: str) -> Function:
    """Return one of the numbers of a split, as a function.

    ``name``: of the number.
    """
    return lambda spectrum, ensemble: np.asarray(getattr(split(spectrum, ensemble), name))


def slope(function: Function, spectrum: Spectrum, ensemble: Ensemble) -> float:
    """Return d/dbeta of a function of spectrum and ensemble."""

    def at(beta: np.ndarray) -> np.ndarray:
        return function(spectrum, ensemble._replace(beta=beta))

    return float(derivative(at, float(ensemble.beta)))


@check("A14")
def mean_loss_is_the_slope_of_log_partition(random: np.random.Generator) -> Outcome:
    """``U = -d log Z/d beta = 1/2 sum (lambda - m)/(c + beta lambda)``, c = 1 - beta m.

    Residuals: of an eigenvalue, symbolically; of `mean_loss` against the derivative of
    `log_partition`, for both windows, with m, with and without the mean state.  Control: without
    the factor 1/2, and with m 1 % off.

    Source: 2004.09280 (6.1).
    """
    import sympy as sp

    beta, eigenvalue, m = sp.symbols("beta lambda m", positive=True)
    log_z = -sp.log(1 - beta * m + beta * eigenvalue) / 2
    u = (eigenvalue - m) / (1 - beta * m + beta * eigenvalue) / 2
    spectrum = random_spectrum(random)
    residuals = [difference(sp.cancel(-sp.diff(log_z, beta)), sp.cancel(u))]
    controls = [difference(-sp.diff(log_z, beta), 2 * u)]
    for window in WINDOWS.values():
        ensemble = Ensemble(BETA, MASS, window)
        for one in (spectrum, spectrum._replace(mean_squares=None)):
            found = -slope(log_partition, one, ensemble)
            residuals.append(deviation(float(mean_loss(one, ensemble)), found))
            wrong = ensemble._replace(mass=OFF * MASS)
            controls.append(deviation(float(mean_loss(one, wrong)), found))
    return Outcome(printed=worst(residuals), control=weakest(controls))


@check("A15")
def partition_function_factorises(random: np.random.Generator) -> Outcome:
    """``Z = exp(-beta A(beta)) exp(C(b, w))`` where dU/dw = 0, on an open set of w.

    Residuals: log Z(beta, w) - log Z(beta, w') at one beta less that at another, over the change of
    log Z(beta, w).  Printed: of a net of one weight w = 0.8, w' = 0, where dU/dw vanishes, since U
    is even in w.  Corrected: without a window, where U = N/(2 beta) for all w, of spectra of any
    determinant; and that dU/dw vanishes at w' = 0.  Control: these spectra with a window of
    stiffness 0.01.

    Source: 2004.09280 (6.2)-(6.4) (A15).
    """
    betas = np.array([0.7, 2.1])

    def of_weight(w: np.ndarray) -> Spectrum:
        theta = 2.0 * np.arcsinh(0.5 * w)
        return Spectrum(np.stack([theta, -theta], axis=-1), 0)

    def mixed(one: Spectrum, other: Spectrum, window: Window) -> Residual:
        ensemble = Ensemble(betas, 0.0, window)
        logs = [log_partition(spectrum, ensemble) for spectrum in (one, other)]
        return deviation(float(np.diff(logs[0] - logs[1])[0]), 0.0, float(np.ptp(logs[0])))

    def loss(w: np.ndarray) -> np.ndarray:
        return np.asarray(mean_loss(of_weight(w), Ensemble(BETA)))

    one, other = (Spectrum(random.normal(size=6), 0) for _ in range(2))
    stationary = float(derivative(loss, 0.0))
    return Outcome(
        printed=mixed(of_weight(np.array(0.8)), of_weight(np.array(0.0)), WINDOWS["unit"]),
        corrected=worst([mixed(one, other, FLAT), Residual(abs(stationary))]),
        control=mixed(one, other, Window(0.01, 0.0)),
    )


@check("A16")
def split_of_the_free_energy(random: np.random.Generator) -> Outcome:
    """``F = A - C/beta``, with 110 dynamical eigenvalues and 744 exact ones at beta = 1.4.

    The first are huge or tiny, exp(+-40) and more, so that (6.6) neglects nothing of them.
    Printed: `decompose`, over F.  Corrected: `decompose_with_units`, and that `decompose` is (6.6).
    Control: the ones with beta 1 % off.

    Source: 2004.09280 (6.6)-(6.8), an approximation (A16).
    """
    ensemble, half = Ensemble(BETA), DEEP_DYNAMICAL // 2
    beta = float(BETA)
    huge = random.uniform(40.0, 50.0, half)
    extreme = Spectrum(np.concatenate([huge, -huge]), DEEP_UNITS)
    ordinary = Spectrum(random.normal(size=DEEP_DYNAMICAL), DEEP_UNITS)
    constant = 0.5 * extreme.neurons * math.log(2.0 * math.pi)
    by_hand = (0.5 * huge.sum() + 0.5 * (half + DEEP_UNITS) * math.log(beta) - constant) / beta
    exact = float(free_energy(extreme, ensemble))
    printed, mended = (
        float(split(extreme, ensemble).free_energy(BETA))
        for split in (decompose, decompose_with_units)
    )
    wrong = mended + 0.5 * DEEP_UNITS * math.log((1.0 + OFF * beta) / (1.0 + beta)) / beta
    errors = [
        float(split(ordinary, ensemble).free_energy(BETA) - free_energy(ordinary, ensemble))
        for split in (decompose, decompose_with_units)
    ]
    return Outcome(
        printed=deviation(printed, exact),
        corrected=worst([deviation(mended, exact), deviation(printed, by_hand)]),
        control=deviation(wrong, exact),
        value=f"log lambda normal: off by {errors[0]:.0f} as printed, {errors[1]:.0f} mended, "
        f"of {float(free_energy(ordinary, ensemble)):.0f}",
    )


@check("A17")
def entropy_of_the_ensemble(random: np.random.Generator) -> Outcome:
    """``-<log p> = log Z + beta U + <log window> = beta^2 dF/dbeta + 1/2 sum 1/(c + beta lambda)``.

    Printed: the smaller of two: ``-beta dZ/dbeta + Z`` against ``beta^2 dF/dbeta``, and that
    against -<log p> on a grid of two neurons.  Corrected: `entropy` against the grid,
    `canonical_entropy` against ``beta^2 dF/dbeta``, and their difference, for the matched window
    ``3/2 sum 1/(c + beta lambda) - N log h``.  Control: beta 1 % off.

    Source: 2004.09280 (7.1), wrong as printed (A17).
    """
    theta = random.uniform(-0.8, 0.8)
    spectrum = Spectrum(np.array([theta, -theta]), 0)
    corrected, printed, control = [], [], []
    for window in WINDOWS.values():
        ensemble = Ensemble(BETA, MASS, window)
        stiffness = ensemble.stiffness + BETA * np.exp(spectrum.log_eigenvalues)
        term = 0.5 * window.stiffness * (1.0 / stiffness).sum() - 2.0 * window.log_height
        on_grid = _entropy_on_a_grid(stiffness)
        shannon, canonical = entropy(spectrum, ensemble), canonical_entropy(spectrum, ensemble)
        of_f = float(BETA) ** 2 * slope(free_energy, spectrum, ensemble)
        z = float(np.exp(log_partition(spectrum, ensemble)))
        without_log = z * (1.0 - float(BETA) * slope(log_partition, spectrum, ensemble))
        corrected += [
            deviation(float(shannon), on_grid),
            deviation(float(canonical), of_f, on_grid),
            deviation(float(shannon - canonical), float(term)),
        ]
        printed += [deviation(without_log, of_f, on_grid), deviation(of_f, on_grid)]
        off = ensemble._replace(beta=OFF * BETA)
        control.append(deviation(float(entropy(spectrum, off)), on_grid))
    return Outcome(printed=weakest(printed), corrected=worst(corrected), control=weakest(control))


def _entropy_on_a_grid(stiffness: np.ndarray) -> float:
    """Return -<log p> of a Gaussian ``exp(-1/2 sum stiffness_i x_i^2)``."""
    grid = box(len(stiffness), reach=8.0, step=0.2)
    weight = np.exp(-0.5 * grid.states**2 @ stiffness)
    p = weight / grid.integral(weight)
    return -grid.integral(p * np.log(p))


@check("A18")
def thermodynamic_entropy(random: np.random.Generator) -> Outcome:
    """``S_0 = beta^2 dA/dbeta = beta (U - A) = -(N_>/2) log beta + N_>/2``, N_> held fixed.

    Residuals: S_0 of `decompose` against each, over N_>/2; the derivative also for
    `decompose_with_units`; `entropy_from_loss` with ``U = N_>/(2 beta)``.  Control: the sign of the
    logarithm, and U 1 % off.

    Source: 2004.09280 (7.2)-(7.4).
    """
    spectrum, ensemble = random_spectrum(random), Ensemble(BETA)
    beta, half = float(BETA), 0.5 * float(decompose(spectrum, ensemble).large)
    residuals = []
    for split in (decompose, decompose_with_units):
        parts = split(spectrum, ensemble)
        found = float(parts.thermodynamic_entropy)
        by_parts = float(beta * (parts.mean_loss - parts.thermodynamic_free_energy))
        residuals += [
            deviation(
                found,
                beta**2 * slope(part(split, "thermodynamic_free_energy"), spectrum, ensemble),
                half,
            ),
            deviation(found, by_parts, half),
        ]
    found = float(decompose(spectrum, ensemble).thermodynamic_entropy)
    of_loss, of_wrong = (
        float(entropy_from_loss(np.array(2.0 * half), np.array(off * half / beta)))
        for off in (1.0, OFF)
    )
    residuals += [
        deviation(found, half * (1.0 - math.log(beta)), half),
        deviation(found, of_loss, half),
    ]
    sign = deviation(found, half * (1.0 + math.log(beta)), half)
    return Outcome(
        printed=worst(residuals), control=weakest([sign, deviation(found, of_wrong, half)])
    )


@check("A19")
def mean_loss_from_the_free_energy(random: np.random.Generator) -> Outcome:
    """``U = -d log Z/dbeta = d(beta F)/dbeta``, ``d(beta A)/dbeta = N_>/(2 beta)``.

    Printed: U against ``-d(beta F)/dbeta``.  Corrected: `mean_loss` against the derivative of
    beta times `free_energy`, with m, and U of `decompose` against that of its beta A and
    ``N_>/(2 beta)``.  Control: the mean loss at 1.01 beta.

    Source: 2004.09280 (7.5), wrong as printed (A19).
    """
    spectrum, ensemble = random_spectrum(random), Ensemble(BETA, MASS)
    u = float(mean_loss(spectrum, ensemble))
    of_f = slope(lambda s, e: e.beta * free_energy(s, e), spectrum, ensemble)
    of_a = slope(
        lambda s, e: e.beta * decompose(s, e).thermodynamic_free_energy, spectrum, ensemble
    )
    parts = decompose(spectrum, ensemble)
    wrong = float(mean_loss(spectrum, ensemble._replace(beta=OFF * BETA)))
    return Outcome(
        printed=deviation(u, -of_f),
        corrected=worst(
            [
                deviation(u, of_f),
                deviation(float(parts.mean_loss), of_a),
                deviation(of_a, float(parts.large) / (2.0 * float(BETA))),
            ]
        ),
        control=deviation(wrong, of_f),
    )


@check("A22")
def first_law(random: np.random.Generator) -> Outcome:
    """``dU = T dS_0 + T dC``, which is ``dF = dA - T dC = 0`` at one temperature.

    Printed: at beta = 1.4 between two spectra with the same N_>, the difference over T dC.
    Corrected: along beta, where dC = 0, of `decompose` and `decompose_with_units`, over dU; and
    that A = U - T S_0.  Control: S_0 1 % off.

    Source: 2004.09280 (7.10), (7.11); consistent only for dC = 0 (A22).
    """
    ensemble, spectrum = Ensemble(BETA), random_spectrum(random)
    temperature = 1.0 / float(BETA)
    corrected, control = [], []
    for split in (decompose, decompose_with_units):
        u, s, c = (
            slope(part(split, name), spectrum, ensemble)
            for name in ("mean_loss", "thermodynamic_entropy", "complexity")
        )
        parts = split(spectrum, ensemble)
        legendre = parts.mean_loss - temperature * parts.thermodynamic_entropy
        corrected += [
            deviation(temperature * (s + c), u),
            deviation(c, 0.0, u),
            deviation(float(legendre), float(parts.thermodynamic_free_energy)),
        ]
        control.append(deviation(temperature * (OFF * s + c), u))
    moved = spectrum._replace(log_eigenvalues=1.1 * spectrum.log_eigenvalues)
    before, after = (decompose(one, ensemble) for one in (spectrum, moved))
    u, s, c = (
        float(getattr(after, name) - getattr(before, name))
        for name in ("mean_loss", "thermodynamic_entropy", "complexity")
    )
    return Outcome(
        printed=deviation(u, temperature * (s + c), temperature * c),
        corrected=worst(corrected),
        control=weakest(control),
        value=f"at one T dU {u:g}, T dS_0 {temperature * s:g}, T dC {temperature * c:.3f}",
    )
