"""The two-peak model of the spectrum, and what its -Laplacian F says about beta.

A share gamma of the eigenvalues lies at lambda, the others where det G = 1 puts them, at
``lambda^(gamma/(gamma - 1))``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.thermodynamics.spectrum import Array

if TYPE_CHECKING:  # slow to load; where shapes are checked, whoever checks them has loaded it
    import jaxtyping


LARGEST_LOG = 40.0
"""Extrema are sought for |log lambda| up to here, where either peak has left the other's scale."""

SAME_ROOT = 1e-6
"""A root nearer to 0 than this is the root 0 itself, double at beta = 1/2."""


def two_peak_laplacian(
    log_lambda: float | jaxtyping.Inexact[Array, " ..."],
    beta: float | jaxtyping.Inexact[Array, " ..."],
    gamma: float,
    neurons: int,
) -> jaxtyping.Inexact[Array, " ..."]:
    """Return ``-Laplacian F`` of the two-peak model.

    ``(N beta/2) (gamma/(1 + beta lambda)^2 + (1 - gamma)/(1 + beta lambda^(gamma/(gamma-1)))^2)``.
    ``gamma``: in (0, 1).

    ``log_lambda``: of the first peak, (...); ``neurons``: N.

    Source: 2004.09280 (9.2), (9.3).

    >>> from nnuniverse.thermodynamics import two_peak_laplacian
    >>> float(two_peak_laplacian(0.0, beta=1.0, gamma=0.3, neurons=8))
    1.0
    """
    first = gamma / (1.0 + beta * np.exp(log_lambda)) ** 2
    other = (1.0 - gamma) / (1.0 + beta * np.exp(log_lambda * gamma / (gamma - 1.0))) ** 2
    return 0.5 * neurons * beta * (first + other)


def printed_extremum(
    beta: float | jaxtyping.Inexact[Array, "*betas"],
) -> jaxtyping.Inexact[Array, "*betas"]:
    """Return the printed ``log lambda = 3 log(-1/2 + sqrt(1/4 + 1/beta))`` of the extremum.

    It is the limit gamma -> 0 of the exact condition, and wrong for the gamma = 1/3 that the
    paper uses it with (A30): see `extrema`.

    Source: 2004.09280 (9.4).

    >>> from nnuniverse.thermodynamics import printed_extremum
    >>> float(printed_extremum(0.5))
    0.0
    """
    return 3.0 * np.log(-0.5 + np.sqrt(0.25 + 1.0 / beta))


def largest_moving_share(
    beta: float | jaxtyping.Inexact[Array, "*betas"],
) -> jaxtyping.Inexact[Array, "*betas"]:
    """Return the share of eigenvalues below which it pays that they go to zero, ``(1 + beta)^-2``.

    Far out on the plateau, lambda -> 0, the model's -Laplacian F is ``(N beta/2) gamma``; where all
    eigenvalues are one it is ``(N beta/2) (1 + beta)^-2``.  So it is for every gamma (A31), unlike
    the place of the extremum, `printed_extremum`, that stands beside it (A30).

    Source: 2004.09280 Sec. 9, after (9.4).

    >>> from nnuniverse.thermodynamics import largest_moving_share
    >>> float(largest_moving_share(1.0))
    0.25
    """
    return (1.0 + np.asarray(beta)) ** -2.0


def final_beta(neurons: int) -> float:
    """Return the beta of the final phase, ``sqrt N - 1``, in which no eigenvalue can go to zero.

    There `largest_moving_share` is 1/N, the share of a single eigenvalue (A31).

    ``neurons``: N >= 1.

    Source: 2004.09280 Sec. 9, after (9.4).

    >>> from nnuniverse.thermodynamics import final_beta
    >>> final_beta(neurons=100)
    9.0
    """
    return math.sqrt(neurons) - 1.0


def phase(
    beta: float | jaxtyping.Inexact[Array, " ..."], neurons: int | jaxtyping.Num[Array, " ..."]
) -> jaxtyping.Inexact[Array, " ..."]:
    """Return the phase of learning: 0 initial, 1 intermediate, 2 final; NaN where beta is.

    Initial up to beta = 1/2, where the maximum at log lambda = 0 turns into a minimum for every
    gamma (A31): the second derivative has the sign of 2 beta - 1.  Final beyond `final_beta`.

    ``neurons``: N, (...).

    Source: 2004.09280 Sec. 9, around (9.4).

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import phase
    >>> phase(np.array([0.3, 1.4, 40.0]), neurons=854).tolist()
    [0.0, 1.0, 2.0]
    """
    beta = np.asarray(beta)
    number = np.where(beta > np.sqrt(neurons) - 1.0, 2.0, np.where(beta > 0.5, 1.0, 0.0))
    return np.where(np.isnan(beta), np.nan, number)


def extrema(beta: float, gamma: float) -> list[float]:
    """Return the log lambda of all extrema of the two-peak model, ascending; 0 is one of them.

    The roots of ``lambda^(1/(3(1-gamma))) (1 + beta lambda^(gamma/(gamma-1))) = 1 + beta lambda``
    (A30).  For gamma = 1/3: sqrt(lambda) in {1, (1 - beta)/beta}.

    >>> from nnuniverse.thermodynamics import extrema
    >>> [round(theta, 6) + 0.0 for theta in extrema(beta=0.75, gamma=1 / 3)]
    [-2.197225, 0.0]
    """
    from scipy.optimize import brentq  # here, since it takes long to load

    _check_gamma(gamma)

    # In logarithms, and divided by the root log lambda = 0, so that one root is left.
    def condition(theta: float) -> float:
        left = theta / (3.0 * (1.0 - gamma)) + np.logaddexp(
            0.0, np.log(beta) + theta * gamma / (gamma - 1.0)
        )
        return float((left - np.logaddexp(0.0, np.log(beta) + theta)) / theta)

    grid = np.linspace(-LARGEST_LOG, LARGEST_LOG, 801)  # an even number of steps would meet 0
    grid = grid[grid != 0.0]
    values = [condition(theta) for theta in grid]
    found = []
    for k in range(len(grid) - 1):
        if values[k] * values[k + 1] < 0.0:
            found.append(float(brentq(condition, grid[k], grid[k + 1], xtol=1e-13)))
    return sorted([0.0, *(theta for theta in found if abs(theta) > SAME_ROOT)])


def beta_from_printed_extremum(
    log_lambda: float | jaxtyping.Inexact[Array, "*peaks"],
) -> jaxtyping.Inexact[Array, "*peaks"]:
    """Return the beta whose printed extremum lies at ``log_lambda``: ``1/(s (s + 1))``.

    ``s = lambda^(1/3)``.  Source: 2004.09280 (9.4), inverted; the limit gamma -> 0 of
    `beta_from_extremum`.

    >>> from nnuniverse.thermodynamics import beta_from_printed_extremum
    >>> float(beta_from_printed_extremum(0.0))
    0.5
    """
    s = np.exp(np.asarray(log_lambda) / 3.0)
    return 1.0 / (s * (s + 1.0))


def beta_from_extremum(
    log_lambda: float | jaxtyping.Inexact[Array, "*peaks"], gamma: float
) -> jaxtyping.Inexact[Array, "*peaks"]:
    """Return the beta whose two-peak model has an extremum at ``log_lambda`` != 0.

    The exact condition (A30) is linear in beta: ``beta = (1 - p)/(p q - lambda)`` with
    ``p = lambda^(1/(3(1-gamma)))`` and ``q = lambda^(gamma/(gamma-1))``.  NaN where no positive
    beta does, for example at log lambda = 0, which is an extremum at every beta.

    >>> from nnuniverse.thermodynamics import beta_from_extremum
    >>> round(float(beta_from_extremum(-2.197225, gamma=1 / 3)), 6)
    0.75
    """
    _check_gamma(gamma)
    theta = np.asarray(log_lambda, np.float64)
    p = theta / (3.0 * (1.0 - gamma))
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = -np.expm1(p) / (np.exp(p + theta * gamma / (gamma - 1.0)) - np.exp(theta))
        return np.where(beta > 0.0, beta, np.nan)


def _check_gamma(gamma: float) -> None:
    if not 0.0 < gamma < 1.0:
        raise ConfigError("gamma", "lie between 0 and 1", f"is {gamma:g}", "gamma=0.333")
