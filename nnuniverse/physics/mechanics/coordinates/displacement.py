"""Where in parameter space to start, for given coordinates."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import ConfigError

LEAST_SINGULAR = 1e-6
"""Smallest over largest singular value of P from which on coordinates are independent; chosen: a
displacement along a combination with a smaller one would be a million times what was asked for."""


def displacement(
    directions: Float[np.ndarray, "coordinate K"], targets: Float[np.ndarray, "replica coordinate"]
) -> Float[np.ndarray, "replica K"]:
    """Return the shortest theta with ``P theta = q``, ``theta = P^T (P P^T)^-1 q``, per replica.

    ``directions``: P (coordinate, K), not necessarily orthogonal; ``targets``: q (replica,
    coordinate).  Returned as (replica, K).  Raises `ConfigError` if coordinates depend linearly on
    each other.

    >>> displacement(np.array([[1.0, 1.0]]), np.array([[2.0]])).round(9).tolist()
    [[1.0, 1.0]]
    """
    left, singular, right = np.linalg.svd(directions, full_matrices=False)
    if len(directions) > directions.shape[1] or singular[-1] <= LEAST_SINGULAR * singular[0]:
        raise ConfigError(
            "`evolve.coordinates`",
            "be linearly independent",
            f"P has singular values from {singular[0]:.3g} down to {singular[-1]:.3g}",
            "each coordinate only once, or evolve.start.kind=trained",
        )
    return (targets @ left / singular) @ right
