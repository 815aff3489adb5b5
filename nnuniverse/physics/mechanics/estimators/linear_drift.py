"""The drift that is linear in all coordinates, by least squares, and what it leaves."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.estimators.pairs import Pairs


def linear_drift(
    moments: Float[np.ndarray, "*parts z z"], d: int
) -> tuple[Float[np.ndarray, "*parts n {d}"], Float[np.ndarray, "*parts {d} {d}"]]:
    """Return coefficients b of ``u = b^T f``, and the mean square of what is left.

    ``moments``: means of z z^T of z = (f, dq) with n functions f of q, such as (1, q), and the
    steps of ``d`` coordinates, (..., n + d, n + d); the coefficients are (..., n, d), the mean of
    ``(dq - u)(dq - u)^T`` (..., d, d).
    """
    n = moments.shape[-1] - d
    regressors, mixed = moments[..., :n, :n], moments[..., :n, n:]
    # Coordinates differ in their scale by orders of magnitude.
    scale = np.sqrt(np.diagonal(regressors, axis1=-2, axis2=-1))[..., None]
    scaled = regressors / scale / scale.swapaxes(-1, -2)
    coefficients = np.linalg.solve(scaled, mixed / scale) / scale
    left = moments[..., n:, n:] - mixed.swapaxes(-1, -2) @ coefficients
    return coefficients, left


def freedom(pairs: Pairs, degree: int = 1) -> float:
    """Return by what the mean square of what is left falls short of the noise's covariance.

    ``1 - (1 + degree d)/n`` of n pairs and a drift of a ``degree`` in each of d coordinates.
    Raises ConfigError if there are too few pairs.
    """
    n, fitted = pairs.total, 1 + degree * pairs.before.shape[2]
    if n <= fitted:
        raise ConfigError(
            "an ensemble",
            f"have more than {fitted} pairs of positions, of which a drift has coefficients",
            f"has {n}",
            "more replicas or fewer coordinates",
        )
    return 1.0 - fitted / n
