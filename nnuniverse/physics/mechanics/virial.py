"""The virial theorem of learning, and the kinetic term that the free energy gives.

``F(lambda) = (1/2 beta) sum_i log(c + beta lambda_i)`` has the forces ``dF/dlambda_i``, from which
the mean loss follows, and in the eigenvalues as variables it solves the stationary equation (6.7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble, Spectrum


def forces(
    eigenvalues: Float[np.ndarray, "*nets N"], ensemble: Ensemble
) -> Float[np.ndarray, "*nets N"]:
    """Return ``dF/dlambda_i = 1/(2 (c + beta lambda_i))``.

    ``eigenvalues``: lambda_i of G, (..., N); ``ensemble``: its beta has the leading shape, (...).

    Source: 2008.01540 (6.9), (6.10).
    """
    each = ensemble._replace(beta=np.asarray(ensemble.beta)[..., None])
    return np.asarray(0.5 / (each.stiffness + each.beta * eigenvalues))


def virial(spectrum: Spectrum, ensemble: Ensemble) -> Float[np.ndarray, " ..."]:
    """Return ``sum_i (lambda_i - m) dF/dlambda_i``, the mean loss of the canonical ensemble, (...).

    Over all N eigenvalues, the exact ones included.  It is `mean_loss` for every beta: an identity
    of F, that says nothing of a net until beta is known from elsewhere than the loss.  Then it is
    what the measured mean bulk loss should be.

    ``spectrum``: the eigenvalues of G, with any leading shape.

    Source: 2008.01540 (6.10), which takes m = 0 (B10).

    >>> import numpy as np
    >>> from nnuniverse.physics.mechanics.virial import virial
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum
    >>> round(float(virial(Spectrum(np.log([4.0, 0.25]), units=8), Ensemble(beta=1.0))), 6)
    2.5
    """
    dynamical = np.exp(np.asarray(spectrum.log_eigenvalues))
    ones = np.ones((*dynamical.shape[:-1], spectrum.units))
    eigenvalues = np.concatenate([dynamical, ones], axis=-1)
    moments = (eigenvalues - ensemble.mass) * forces(eigenvalues, ensemble)
    return np.asarray(moments.sum(axis=-1))


def stationary_free_energy(
    positions: Float[np.ndarray, "*places K"],
    mu: float,
    constants: Float[np.ndarray, " K"],
    constant: float,
) -> Float[np.ndarray, "*places"]:
    """Return ``C_0 + (1/mu) sum_k log(C_k + mu q_k)``, which solves (6.7) at rest, (...).

    With q_k the eigenvalues of G, ``mu = 2 beta``, ``C_k = 2 c`` and ``C_0 = -(N/2 beta) log 4 pi``
    it is the canonical free energy (B9).  ``positions``: q, (..., K); ``constants``: C_k, (K,).

    ``constant``: C_0, in units of F.

    Source: 2008.01540 (6.8).
    """
    return np.asarray(constant + np.log(constants + mu * positions).sum(axis=-1) / mu)


class EigenvalueSlopes(NamedTuple):
    """``values``: lambda_i, (N,); ``slopes``: dlambda_i/dq, (N, K)."""

    values: jax.Array | np.ndarray
    slopes: jax.Array | np.ndarray


@in_float64
def eigenvalue_slopes(
    matrix: Callable[[Float[Array, " K"]], Float[Array, "N N"]], flat: Float[Array, " K"]
) -> EigenvalueSlopes:
    """Return the eigenvalues of a symmetric ``matrix`` of q and their gradients.

    ``dlambda_i/dq_k = v_i^T (dG/dq_k) v_i``.  Where eigenvalues coincide their gradients depend on
    the choice of eigenvectors, unless all of them are constant, as the exact ones of G.

    ``matrix``: G of q, (N, N); ``flat``: q, (K,).
    """
    values, vectors = jnp.linalg.eigh(matrix(flat))
    _, back = jax.vjp(matrix, flat)
    slopes = jax.lax.map(lambda v: back(jnp.outer(v, v))[0], vectors.T)
    return EigenvalueSlopes(values, slopes)


def quadratic_form(
    eigenvalues: EigenvalueSlopes, betas: Sequence[float]
) -> Float[np.ndarray, " beta"]:
    """Return ``-2 beta sum_i (dF/dlambda_i)^2 |dlambda_i/dq|^2``, (beta,).

    What (6.11) has for the Laplacian of F, so that the Hamiltonian (6.12) is one of q and dF/dq
    alone.  It leaves out ``sum_i (dF/dlambda_i) Laplacian lambda_i`` (B11), which makes up the rest
    of tr F''.

    ``eigenvalues``: lambda, (N,), with their gradients, (N, K); ``betas``: inverse temperatures, >
    0, ascending.

    Source: 2008.01540 (6.11), (6.12).
    """
    values, slopes = map(np.asarray, eigenvalues)
    squares = np.sum(slopes**2, axis=1)
    return np.array(
        [-2.0 * beta * np.sum(forces(values, Ensemble(beta)) ** 2 * squares) for beta in betas]
    )
