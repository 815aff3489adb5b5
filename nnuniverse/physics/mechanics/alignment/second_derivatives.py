"""The Hessian of the canonical free energy of a small net, and how it lies to that of the loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.nets import net_of
from nnuniverse.networks.coupling import coupling_blocks, coupling_matrix
from nnuniverse.networks.graph import GraphParameters
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import Settings
from nnuniverse.physics.mechanics.alignment.directions import cosine
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble

COLUMNS_AT_ONCE = 16
"""Of a Hessian: as many passes through the samples are in memory."""

ROUNDING = 1e-10
"""Of the largest eigenvalue: up to which one counts as zero."""

Restore = Callable[[Float[Array, " K"]], Trainable]
"""The net of the trainable variables q, (K,)."""


def gram_matrix(
    settings: Settings, parameters: Trainable, inputs: Float[Array, "samples n_1"]
) -> Float[Array, "N N"]:
    """Return ``G = (1 - A)^T (1 - A)``, (N, N), ``A = f'w`` with f' where ``settings`` take it.

    ``parameters``: a layered net, else TypeError is raised; ``inputs``: (samples, n_1), float64.

    Source: 2004.09280 (5.4), (5.6).
    """
    if isinstance(parameters, GraphParameters):
        raise TypeError("only of layered nets")
    slopes = net_of(settings.architecture).slopes(settings, parameters, inputs)
    coupling = coupling_matrix(coupling_blocks(parameters, slopes))
    factor = jnp.eye(len(coupling)) - coupling
    return factor.T @ factor


@in_float64
def free_energy_hessian(
    settings: Settings,
    restore: Restore,
    flat: Float[Array, " K"],
    inputs: Float[Array, "samples n_1"],
    ensemble: Ensemble,
) -> Float[Array, "beta K K"]:
    """Return ``d^2F/dq^2`` at every beta, (beta, K, K).

    ``F = (1/2 beta) log det(c + beta G)`` but for a constant: by the determinant of the whole
    matrix, which has second derivatives also where eigenvalues coincide.  Arguments as of
    `free_energy_slopes`.

    ``settings``: the architecture, f, and how the net is measured; ``restore``: q to the
    parameters; ``flat``: q, (K,); ``inputs``: x_1 of the samples, (samples, n_1); ``ensemble``:
    beta > 0, m and the window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (5.13), (6.5); 2008.01540 (6.9).
    """

    def value(flat: jax.Array, beta: jax.Array) -> jax.Array:
        gram = gram_matrix(settings, restore(flat), inputs)
        c = ensemble._replace(beta=beta).stiffness
        return jnp.linalg.slogdet(c * jnp.eye(len(gram)) + beta * gram)[1] / (2.0 * beta)

    betas = jnp.asarray(ensemble.beta, jnp.float64)

    def slopes(flat: jax.Array) -> jax.Array:
        return jax.vmap(jax.grad(value), (None, 0))(flat, betas)

    _, along = jax.linearize(slopes, flat)
    columns = jax.lax.map(along, jnp.eye(len(flat)), batch_size=COLUMNS_AT_ONCE)
    return jnp.moveaxis(columns, 0, -1)


class CurvatureAlignment(NamedTuple):
    """How the Hessian F'' of the free energy lies to -H, minus that of the loss.

    ``whole``, ``stiffest``, ``outside``: cosines in the norm of Frobenius, of the matrices, of
    their parts between the stiffest directions of the loss, and outside them; ``rotated``: what a
    random rotation makes of the last, on average; ``negative_stiffest``, ``negative_outside``:
    share of the eigenvalues of these parts of F'' that are negative beyond rounding.
    """

    whole: float
    stiffest: float
    outside: float
    rotated: float
    negative_stiffest: float
    negative_outside: float


def compare_curvatures(
    loss: Float[np.ndarray, "K K"], free_energy: Float[np.ndarray, "K K"], count: int
) -> CurvatureAlignment:
    """Return how F'' lies to -H, of the Hessians H of the ``loss`` and F'', both (K, K).

    If dq/dt = +gamma dF/dq is -eta dL/dq, H = -(gamma/eta) F'' everywhere and all cosines are 1.
    Two positive matrices have a negative cosine whatever their directions, hence ``rotated``,
    ``-tr H tr F''/(n |H||F''|)`` in n dimensions.  ``count``: of the stiffest directions.

    ``free_energy``: F'', (K, K).

    Source: 2008.01540 (4.2), (4.3).
    """
    vectors = np.linalg.eigh(loss)[1]
    soft, stiff = vectors[:, :-count], vectors[:, -count:]
    inside = [stiff.T @ one @ stiff for one in (loss, free_energy)]
    outside = [soft.T @ one @ soft for one in (loss, free_energy)]
    traces = np.trace(outside[0]) * np.trace(outside[1]) / len(outside[0])
    return CurvatureAlignment(
        _opposite(loss, free_energy),
        _opposite(*inside),
        _opposite(*outside),
        -traces / (np.linalg.norm(outside[0]) * np.linalg.norm(outside[1])),
        _negative_share(inside[1]),
        _negative_share(outside[1]),
    )


def _opposite(a: np.ndarray, b: np.ndarray) -> float:
    """Return the cosine of -a and b in the norm of Frobenius."""
    return float(cosine(-a.ravel(), b.ravel()))


def _negative_share(matrix: np.ndarray) -> float:
    values = np.linalg.eigvalsh(matrix)
    return float(np.mean(values < -ROUNDING * np.abs(values).max()))
