"""The drift that is linear in all coordinates, by least squares, and what it leaves."""

from __future__ import annotations

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.estimators.pairs import Pairs


def linear_drift(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients b of ``u(q) = b^T (1, q)``, and the mean square of what is left.

    ``moments``: of z = (1, q, dq), (..., 1 + 2 d, 1 + 2 d); the coefficients are (..., 1 + d, d),
    the mean of ``(dq - u)(dq - u)^T`` (..., d, d).
    """
    d = moments.shape[-1] // 2
    regressors, mixed = moments[..., : d + 1, : d + 1], moments[..., : d + 1, d + 1 :]
    # Coordinates differ in their scale by orders of magnitude.
    scale = np.sqrt(np.diagonal(regressors, axis1=-2, axis2=-1))[..., None]
    scaled = regressors / scale / scale.swapaxes(-1, -2)
    coefficients = np.linalg.solve(scaled, mixed / scale) / scale
    left = moments[..., d + 1 :, d + 1 :] - mixed.swapaxes(-1, -2) @ coefficients
    return coefficients, left


def freedom(pairs: Pairs) -> float:
    """Return by what the mean square of what is left falls short of the noise's covariance.

    ``1 - (1 + d)/n`` of n pairs in d coordinates.  Raises ConfigError if there are too few pairs.
    """
    n, fitted = pairs.total, 1 + pairs.before.shape[2]
    if n <= fitted:
        raise ConfigError(
            "an ensemble",
            f"have more than {fitted} pairs of positions for a drift in {fitted - 1} coordinates",
            f"has {n}",
            "more replicas or fewer coordinates",
        )
    return 1.0 - fitted / n
