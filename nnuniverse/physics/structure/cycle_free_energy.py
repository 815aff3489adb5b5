"""The free energy of a cycle of neurons, in closed form."""

from __future__ import annotations

import numpy as np


def cycle_free_energy(length: int, beta: float, mass: float = 1.0, sign: int = 1) -> float:
    """Return F of a cycle of ``length`` n neurons whose weights are 1 or -1, dimensionless.

    ``F = 1/(2 beta) log det(c + beta G)``, of which the determinant is
    ``beta^n (X^n + X^-n - 2 sign)``, ``X + 1/X = 2 + c/beta``.  ``beta`` > 0; ``mass``: c > 0;
    ``sign``: of the product of the weights, 1 or -1.  F/n rises with n.

    Source: 2008.01540 (6.9), (7.11).
    """
    half = 1.0 + mass / (2.0 * beta)
    log_x = float(np.arccosh(half))
    # X^n + X^-n - 2 s = X^n (1 - s X^-n)^2
    small = np.exp(-length * log_x)
    logarithm = np.log(beta) + log_x
    rest = 2.0 * np.log1p(-sign * small)
    return float((length * logarithm + rest) / (2.0 * beta))
