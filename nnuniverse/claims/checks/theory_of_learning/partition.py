"""2004.09280 Sec. 5: how near the Gaussian partition function is to the integral."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import erf

from nnuniverse.claims.checks.deviations import deviation
from nnuniverse.claims.checks.grids import box, cube
from nnuniverse.claims.checks.nets import gram_matrix, random_blocks, whole_matrix
from nnuniverse.claims.checks.theory_of_learning.ensemble import Pair, random_pair
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.precision import in_float64
from nnuniverse.spectra import dense_log_eigenvalues, mean_state_squares, reduced_log_eigenvalues
from nnuniverse.thermodynamics import (
    WINDOWS,
    Ensemble,
    Spectrum,
    Window,
    in_domain,
    log_partition,
    mean_loss,
)
from nnuniverse.thermodynamics.canonical import build_system, expand, integrate_states

UNIT, MATCHED = WINDOWS["unit"], WINDOWS["matched"]
ONE_NEURON = Spectrum(np.zeros(1), 0)
"""Without weights G is the identity."""

TANH = ACTIVATIONS["tanh"]
OFF = 1.01


def free_neuron(beta: float) -> float:
    """Return log Z of ``exp(-beta x^2/2)`` over (-1, 1), a neuron without weights and bias."""
    return math.log(math.sqrt(2.0 * math.pi / beta) * erf(math.sqrt(beta / 2.0)))


def gaussian_neuron(beta: float, window: Window = UNIT) -> float:
    """Return the package's log Z of the same neuron under a window.

    ``beta``: > 0.
    """
    return float(log_partition(ONE_NEURON, Ensemble(np.array(beta), 0.0, window)))


@check("A9")
def window_in_place_of_the_range() -> Outcome:
    """``exp(-x^2/2)`` for the range (-1, 1), of a neuron without weights and bias.

    Printed: how far off log Z is at beta = 0.01, and U, relative.  Corrected: the matched window
    ``exp(-3 x^2/2)`` as beta -> 0, at 1e-9, log Z and ``U = 1/6``, up to terms of order beta^2 and
    beta.  Control: a matched window whose stiffness is 1 % off.

    Source: 2004.09280 (5.8), an approximation (A9).
    """
    small, tiny = 0.01, 1e-9
    exact_loss = 1.0 / 6.0 - tiny / 45.0

    def loss(window: Window) -> float:
        return float(mean_loss(ONE_NEURON, Ensemble(np.array(tiny), 0.0, window)))

    def apart(beta: float) -> float:
        unit, matched = (gaussian_neuron(beta, window) for window in (UNIT, MATCHED))
        return abs(unit - free_neuron(beta)) - abs(matched - free_neuron(beta))

    stiffer = MATCHED._replace(stiffness=OFF * MATCHED.stiffness)
    crossing = brentq(apart, 0.3, 5.0)
    errors = [gaussian_neuron(beta) - free_neuron(beta) for beta in (small, crossing)]
    return Outcome(
        printed=weakest([Residual(abs(errors[0])), deviation(loss(UNIT), exact_loss)]),
        corrected=worst(
            [
                Residual(abs(gaussian_neuron(tiny, MATCHED) - free_neuron(tiny))),
                deviation(loss(MATCHED), exact_loss),
            ]
        ),
        control=weakest(
            [
                Residual(abs(gaussian_neuron(tiny, stiffer) - free_neuron(tiny))),
                deviation(loss(stiffer), exact_loss),
            ]
        ),
        value=f"log Z off by {errors[0]:+.3f} at beta {small}; matched nearer up to "
        f"{crossing:.2f}, where both are off by {abs(errors[1]):.3f}",
    )


@check("A10")
@in_float64
def eigenvectors_and_mean_state(random: np.random.Generator) -> Outcome:
    """``G v_i = lambda_i v_i`` and ``<x> = sum_i a_i v_i``, which give the exponent of (5.9).

    A random 3-2-2-2 net.  Printed: ``G v_i = lambda_i G v_i``, and a single term for <x>.
    Corrected: `dense_log_eigenvalues` with eigenvectors of G, and
    ``sum c beta lambda a^2/(c + beta lambda)`` of `mean_state_squares` and `log_partition` against
    ``<x>^T c beta G (c + beta G)^-1 <x>``.  Control: eigenvalues 1 % off.

    Source: 2004.09280 (5.10)-(5.12), wrong as printed (A10).
    """
    sizes, beta, mass = (3, 2, 2, 2), 1.4, 0.3
    blocks = random_blocks(random, sizes)
    coupling = whole_matrix(blocks)
    gram, mean = gram_matrix(coupling), random.uniform(-0.8, 0.8, sum(sizes))
    values = np.exp(np.asarray(dense_log_eigenvalues(coupling)))[::-1]  # type: ignore[arg-type]
    vectors = np.linalg.eigh(gram)[1]
    states = np.split(mean, np.cumsum(sizes)[:-1])
    squares, rest = mean_state_squares(blocks, states)  # type: ignore[arg-type]
    theta = np.asarray(reduced_log_eigenvalues(blocks))  # type: ignore[arg-type]
    spectrum = Spectrum(theta, len(gram) - len(theta), np.asarray(squares), np.asarray(rest))
    ensemble = Ensemble(np.array(beta), mass)
    factor = _factor(spectrum, ensemble)
    c = 1.0 - beta * mass
    form = mean @ np.linalg.solve(c * np.eye(len(gram)) + beta * gram, c * beta * gram @ mean)
    image, along = gram @ vectors, vectors * (vectors.T @ mean)
    return Outcome(
        printed=worst([deviation(image, values * image), deviation(along[:, 0], mean)]),
        corrected=worst(
            [
                deviation(image, values * vectors),
                deviation(along.sum(axis=1), mean),
                deviation(factor, 0.5 * form),
            ]
        ),
        control=deviation(image, OFF * values * vectors),
    )


def _factor(spectrum: Spectrum, ensemble: Ensemble) -> float:
    """Return by how much the exponential factor lowers log Z."""
    without = spectrum._replace(mean_squares=None)
    return float(log_partition(without, ensemble) - log_partition(spectrum, ensemble))


@check("A11")
@in_float64
def gaussian_form_for_the_integral(random: np.random.Generator) -> Outcome:
    """``Z ~ (2 pi)^(N/2) det(1 + beta G)^(-1/2)`` for the integral over (-1, 1)^N, m = 0.

    Printed: log Z per neuron, without weights at beta = 0.5 and of two random neurons at 0.1.
    Corrected: the package's integral against closed form and grid.  Control: that at 1.01 beta.

    Source: 2004.09280 (5.7), (5.13), an approximation (A11).
    """
    betas, pair = [0.5, 5.0, 30.0, 200.0], random_pair(random)
    errors = [gaussian_neuron(beta) - free_neuron(beta) for beta in betas]
    isolated = build_system(np.zeros((1, 1)), np.zeros(1))
    states = integrate_states(isolated, TANH, betas)
    exact, control = _integral_of(pair, 0.1), _integral_of(pair, OFF * 0.1)
    expansion = expand(build_system(*pair), TANH, np.zeros(2))
    gaussian = Spectrum(expansion.spectrum.log_eigenvalues, 0)
    of_pair = 0.5 * (float(log_partition(gaussian, Ensemble(np.array(0.1)))) - exact)
    found = [state.log_partition for state in states]
    return Outcome(
        printed=weakest([Residual(abs(errors[0])), Residual(abs(of_pair))]),
        corrected=worst(
            [
                deviation(np.array(found), np.array([free_neuron(beta) for beta in betas])),
                deviation(pair.integrated(0.1).log_partition, exact),
            ]
        ),
        control=deviation(pair.integrated(0.1).log_partition, control),
        value=", ".join(f"{e:+.3f} at beta {b:g}" for b, e in zip(betas, errors, strict=True))
        + f"; two neurons {of_pair:+.3f} at 0.1",
    )


def _integral_of(pair: Pair, beta: float) -> float:
    grid = cube(2)
    return math.log(grid.integral(np.exp(-beta * pair.losses(grid.states))))


@check("A12")
def domain_of_the_gaussian_form(random: np.random.Generator) -> Outcome:
    """(5.13) with m > 0 for two neurons: ``c + beta lambda > 0``, or ``m < 1/beta + lambda_min``.

    Printed: with m above that for both eigenvalues, over a box of half-width 8, where the integral
    has no end but det gives a number.  Corrected: `log_partition` against the grid where m is
    inside, and `in_domain` on either side of the limit.  Control: m 1 % off.

    Source: 2004.09280 (5.13), which needs that (A12).
    """
    beta, theta = 1.5, random.uniform(-0.4, 0.4, 2)
    eigenvalues, spectrum, grid = np.exp(theta), Spectrum(theta, 0), box(2, 8.0, 0.2)

    def integral(mass: float) -> float:
        exponent = -0.5 * (grid.states**2) @ (1.0 - beta * mass + beta * eigenvalues)
        return math.log(grid.integral(np.exp(exponent)))

    def known(mass: float) -> bool:
        return bool(in_domain(spectrum, Ensemble(np.array(beta), mass)))

    inside, outside = 0.3, 1.0 / beta + eigenvalues.max() + 0.5
    limit = 1.0 / beta + eigenvalues.min()
    form = float(log_partition(spectrum, Ensemble(np.array(beta), inside)))
    determinant = float(np.prod(1.0 - beta * outside + beta * eigenvalues))
    printed = math.log(2.0 * math.pi) - 0.5 * math.log(determinant)
    guarded = known(limit - 1e-9) and not known(limit + 1e-9)
    return Outcome(
        printed=Residual(abs(printed - integral(outside))),
        corrected=worst([Residual(abs(form - integral(inside))), Residual(float(not guarded))]),
        control=Residual(abs(form - integral(OFF * inside))),
        value=f"limit m < {limit:.3f}; at {outside:.3f} (5.13) has log Z {printed:.2f}",
    )


@check("A13")
def exponential_factor_of_many_neurons(random: np.random.Generator) -> Outcome:
    """``1/2 sum c beta lambda a^2/(c + beta lambda)`` against ``1/2 sum log(c + beta lambda)``.

    Random nets of three layers, up to 280 neurons, inputs in (0, 1), beta = 0.5.  Printed: the
    ratio, which should vanish, of the largest.  Corrected: `log_partition` with both against the
    matrices, over the second.  Control: the factor twice.

    Source: 2004.09280 (5.11)-(5.13): a_i^2 << 1 is said of large N, but a^2 is the mean square of
    the neurons' mean states, of any N; wrong (A13).
    """
    ensemble, ratios = Ensemble(np.array(0.5)), []
    for size in (5, 20, 40):
        coupling, mean = _random_mean_state(random, (4 * size, 2 * size, size))
        gram = gram_matrix(coupling)
        values, vectors = np.linalg.eigh(gram)
        squares = (vectors.T @ mean) ** 2
        spectrum = Spectrum(np.log(values), 0, squares, np.zeros(()))
        factor = _factor(spectrum, ensemble)
        whole = np.eye(len(gram)) + ensemble.beta * gram
        determinant = 0.5 * float(np.linalg.slogdet(whole)[1])
        form = 0.5 * float(mean @ np.linalg.solve(whole, ensemble.beta * gram @ mean))
        ratios.append(factor / determinant)
    expected = 0.5 * len(gram) * math.log(2.0 * math.pi) - determinant - form
    found = float(log_partition(spectrum, ensemble))
    return Outcome(
        printed=Residual(ratios[-1]),
        corrected=Residual(abs(found - expected) / determinant),
        control=Residual(abs(found - factor - expected) / determinant),
        value=f"a^2 {squares.mean():.2f}; ratio "
        + ", ".join(f"{ratio:.3f}" for ratio in ratios)
        + " with 35, 140, 280 neurons",
    )


def _random_mean_state(
    random: np.random.Generator, sizes: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return A and the mean state over ten samples, of a net with slopes at the mean state."""
    states = [random.uniform(size=(10, sizes[0]))]
    means, blocks = [states[0].mean(axis=0)], []
    for weights in random_blocks(random, sizes):
        slopes = 1.0 / np.cosh(weights @ means[-1]) ** 2
        blocks.append(slopes[:, None] * weights)
        states.append(np.tanh(states[-1] @ weights.T))
        means.append(states[-1].mean(axis=0))
    return whole_matrix(blocks), np.concatenate(means)
