"""Linear theory of stochastic gradient descent: the stationary state of each coordinate.

A coordinate x about its centre obeys, with curvature h and the noise xi of a mini-batch's gradient,

    x(t + 1) = (1 + beta - eta h) x(t) - beta x(t - 1) - eta xi(t),

plain descent with momentum beta = 0, the heavy ball with beta > 0.  Batches drawn with replacement
have independent xi of variance c/B.  In epochs that visit all n = P B samples once,

    Cov(xi_s, xi_t) = (c/B) n/(n - 1) (delta_st - 1/P)    within an epoch of P steps, else 0:

a Brownian bridge.  Exact for a quadratic loss whose samples share one Hessian: how the curvature
differs between batches is left out, which at the end of an epoch, where nothing else is left of
flat directions, is what there is.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from jaxtyping import Float

from nnuniverse.physics.mechanics.ensemble import LinearTheory, StochasticDescent


def linear_theory(
    curvature: Float[np.ndarray, " coordinate"],
    spread: Float[np.ndarray, " coordinate"],
    gradient_noise: Float[np.ndarray, "coordinate coordinate"],
    descent: StochasticDescent,
) -> LinearTheory:
    """Return rate k, diffusion D and stationary variance of each coordinate, in discrete steps.

    Plain descent: ``k = eta h``, ``D = eta^2 c / 2B``, variance ``D / (k (1 - k/2))``.  Heavy ball:
    ``k = 1 - |z|`` of the slower root of ``z^2 - (1 + beta - eta h) z + beta``; D that of plain
    descent, see `named_diffusions`; the variance solves the discrete Lyapunov equation.  Shuffled
    epochs: D that of a single step, less by (n - B)/(n - 1); the variance at an epoch's end, see
    `variance_within_epoch`.

    ``curvature``: h and ``spread``, (coordinate,); ``gradient_noise``: c (coordinate, coordinate),
    of unit directions; ``descent``: eta, beta, B, P.  Rates per step; NaN where nothing is
    stationary (h <= 0, or above the edge of stability), and all of Nesterov's and adaptive
    optimisers.
    """
    noise = np.diagonal(gradient_noise)
    if not descent.is_linear:
        unknown = np.full(len(curvature), np.nan)
        return LinearTheory(curvature, spread, gradient_noise, unknown, unknown, unknown)
    rate = 1.0 - np.abs(_slower_root(curvature, descent))
    diffusion = 0.5 * descent.rate**2 * _noise_of_a_step(noise, descent)
    variance = _end_variances(curvature, noise, descent)[:, 0, 0]
    return LinearTheory(curvature, spread, gradient_noise, rate, diffusion, variance)


def named_diffusions(
    theory: LinearTheory, descent: StochasticDescent
) -> dict[str, Float[np.ndarray, " coordinate"]]:
    """Return every D that may be meant, by name, q^2 per step, each (coordinate,).

    ``plain``: ``eta^2 Var(xi) / 2``, half the variance that a step of plain descent adds.

    Heavy ball, independent batches:
    ``one_step``: half the variance of q(t + 1) given q(t) alone, of the stationary state, which is
    what one-step pairs measure: ``plain / (1 - beta^2)``, exactly, whatever h.
    ``slow_mode``: the mode of the slower root z_1 is a first-order recursion, with this D:
    ``plain (z_1 / (z_1 - z_2))^2``; of flat directions ``plain / (1 - beta)^2``.  NaN where the
    roots are complex, and there is no slower one.

    Shuffled plain descent:
    ``epoch``: what is seen at the ends of epochs, where q is a first-order recursion too: half the
    variance of a step that would leave the same, ``variance k (1 - k/2)``; of flat directions
    smaller than ``plain`` by (k P)^2 / 12.

    None of optimisers without a linear theory.
    """
    if not descent.is_linear:
        return {}
    named = {"plain": theory.diffusion}
    shuffled = descent.sampling == "shuffled"
    if descent.momentum and not shuffled:
        named["one_step"] = theory.diffusion / (1.0 - descent.momentum**2)
        root = _slower_root(theory.curvature, descent)
        amplitude = np.full(len(root), np.nan)
        real = np.isreal(root) & (np.abs(root) ** 2 > descent.momentum)
        slower = root[real].real
        amplitude[real] = slower / (slower - descent.momentum / slower)
        named["slow_mode"] = theory.diffusion * amplitude**2
    elif shuffled and not descent.momentum:
        named["epoch"] = theory.variance * theory.rate * (1.0 - 0.5 * theory.rate)
    return named


def variance_within_epoch(
    theory: LinearTheory, descent: StochasticDescent
) -> Float[np.ndarray, "steps coordinate"]:
    """Return the stationary variance after 0 .. P steps of a shuffled epoch, (P + 1, coordinate).

    Of flat directions and plain descent ``eta^2 (c/B) n/(n - 1) j (P - j)/P`` after j steps, with
    its bulge of P/4 in the middle; the first and the last are `LinearTheory.variance`.

    ``theory``: of the coordinates.
    """
    noise = np.diagonal(theory.gradient_noise)
    ends = _end_variances(theory.curvature, noise, descent)
    variances = np.empty((descent.period + 1, len(noise)))
    strength = descent.rate**2 * _bridge_noise(noise, descent)
    for i, (end, matrix) in enumerate(
        zip(ends, _recursions(theory.curvature, descent), strict=True)
    ):
        response = _responses(matrix, descent.period)
        squares = np.concatenate([[0.0], np.cumsum(response[:, 0] ** 2)])
        sums = np.concatenate([[0.0], np.cumsum(response[:, 0])])
        bridge = squares - sums**2 / descent.period
        powers = _powers(matrix, descent.period + 1)
        carried = np.einsum("tj,jk,tk->t", powers[:, 0], end, powers[:, 0])
        variances[:, i] = carried + strength[i] * bridge
    return variances


def _slower_root(curvature: np.ndarray, descent: StochasticDescent) -> np.ndarray:
    """Return the root of largest modulus of ``z^2 - (1 + beta - eta h) z + beta``, complex."""
    half = 0.5 * (1.0 + descent.momentum - descent.rate * curvature)
    discriminant = np.sqrt(half**2 - descent.momentum + 0.0j)
    return half + np.where(half < 0.0, -1.0, 1.0) * discriminant


def _noise_of_a_step(noise: np.ndarray, descent: StochasticDescent) -> np.ndarray:
    """Return the variance of xi, of a mini-batch's gradient."""
    if descent.sampling == "independent":
        return noise / descent.batch
    return _bridge_noise(noise, descent) * (1.0 - 1.0 / descent.period)


def _bridge_noise(noise: np.ndarray, descent: StochasticDescent) -> np.ndarray:
    """Return ``(c/B) n/(n - 1)``, n = P B samples."""
    samples = descent.period * descent.batch
    return noise / descent.batch * samples / max(samples - 1, 1)


def _recursions(curvature: np.ndarray, descent: StochasticDescent) -> np.ndarray:
    """Return the matrix that takes (x(t), x(t - 1)) a step further, (coordinate, 2, 2)."""
    matrices = np.zeros((len(curvature), 2, 2))
    matrices[:, 0, 0] = 1.0 + descent.momentum - descent.rate * curvature
    matrices[:, 0, 1] = -descent.momentum
    matrices[:, 1, 0] = 1.0
    return matrices


def _end_variances(
    curvature: np.ndarray, noise: np.ndarray, descent: StochasticDescent
) -> np.ndarray:
    """Return the stationary covariance of (x(t), x(t - 1)), at an epoch's end where shuffled."""
    stable = np.abs(_slower_root(curvature, descent)) < 1.0
    covariances = np.full((len(curvature), 2, 2), np.nan)
    for i in np.flatnonzero(stable):
        matrix = _recursions(curvature[i : i + 1], descent)[0]
        if descent.sampling == "shuffled":
            strength = descent.rate**2 * _bridge_noise(noise[i], descent)
            responses = _responses(matrix, descent.period)
            left = responses - responses.mean(axis=0)
            added = strength * left.T @ left
            matrix = np.linalg.matrix_power(matrix, descent.period)
        else:
            added = np.diag([descent.rate**2 * noise[i] / descent.batch, 0.0])
        covariances[i] = scipy.linalg.solve_discrete_lyapunov(matrix, added, method="direct")
    return covariances


def _powers(matrix: np.ndarray, count: int) -> np.ndarray:
    """Return the powers 0 .. count - 1 of a matrix, (count, 2, 2)."""
    powers = np.empty((count, 2, 2))
    powers[0] = np.eye(2)
    for t in range(1, count):
        powers[t] = matrix @ powers[t - 1]
    return powers


def _responses(matrix: np.ndarray, steps: int) -> np.ndarray:
    """Return (x, x before) for the noise of 0 .. steps - 1 steps before, (steps, 2)."""
    return _powers(matrix, steps)[:, :, 0]
