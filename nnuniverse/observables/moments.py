"""Moments of the distribution of log-eigenvalues: traces, and means over the dynamical ones."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.measurement import Measurement, Settings
from nnuniverse.variables import Variable


def trace_of_power(log_eigenvalues: Float[Array, " n_dyn"], k: int) -> Float[Array, ""]:
    """Return ``Tr (log G)^k = sum_i (log lambda_i)^k``; exact ones contribute nothing.

    ``log_eigenvalues``: the dynamical ones, shape (n_dyn,).  Dimensionless; for k = 2 it is
    >= 0, for k = 3 it is zero with L = 2 layers and negative for small weights with more.

    Source: 2004.09280 (9.5), (9.6).

    >>> float(trace_of_power(jnp.array([1.0, -2.0]), 3))
    -7.0
    """
    return jnp.sum(log_eigenvalues**k)


def mean_of_power(
    log_eigenvalues: Float[Array, " n_dyn"], k: int, dynamical: Float[Array, ""] | None = None
) -> Float[Array, ""]:
    """Return the mean of ``(log lambda_i)^k`` over the dynamical eigenvalues, shape (n_dyn,).

    ``dynamical``: how many of them are, (), if the others belong to dormant neurons: exact ones.

    ``log_eigenvalues``: log lambda, (n_dyn,).

    >>> float(mean_of_power(jnp.array([1.0, -2.0]), 2))
    2.5
    """
    if dynamical is None:
        return jnp.mean(log_eigenvalues**k)
    return jnp.sum(log_eigenvalues**k) / dynamical


def _trace(k: int) -> Callable[[Measurement], jax.Array]:
    return lambda measurement: trace_of_power(measurement.log_eigenvalues, k)


def _mean(k: int) -> Callable[[Measurement], jax.Array]:
    return lambda measurement: mean_of_power(
        measurement.log_eigenvalues, k, measurement.active_dynamical
    )


def _has_spectrum(settings: Settings) -> bool:
    return settings.has_spectrum


MU2 = Observable(
    Variable(
        "mu2",
        (),
        "Tr (log G)^2",
        "2004.09280 (9.5)",
        equation="sum_i (log lambda_i)^2",
        symbol="mu_2",
        computed_by=(trace_of_power,),
    ),
    _trace(2),
    applies=_has_spectrum,
)
MU3 = Observable(
    Variable(
        "mu3",
        (),
        "Tr (log G)^3",
        "2004.09280 (9.6)",
        equation="sum_i (log lambda_i)^3",
        symbol="mu_3",
        computed_by=(trace_of_power,),
    ),
    _trace(3),
    applies=_has_spectrum,
)
# The printed values have the size of means over the dynamical eigenvalues, not of traces.
MU2_PER_EIGENVALUE = Observable(
    Variable(
        "mu2_per_eigenvalue",
        (),
        "mean of (log lambda)^2 over the dynamical eigenvalues",
        "2004.09280 Sec. 10",
        equation="sum_i (log lambda_i)^2 / n_dyn",
        symbol="mu_2/n_dyn",
        computed_by=(mean_of_power,),
    ),
    _mean(2),
    applies=_has_spectrum,
)
MU3_PER_EIGENVALUE = Observable(
    Variable(
        "mu3_per_eigenvalue",
        (),
        "mean of (log lambda)^3 over the dynamical eigenvalues",
        "2004.09280 Sec. 10",
        equation="sum_i (log lambda_i)^3 / n_dyn",
        symbol="mu_3/n_dyn",
        computed_by=(mean_of_power,),
    ),
    _mean(3),
    applies=_has_spectrum,
)
