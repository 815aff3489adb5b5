"""The complexity from the n largest eigenvalues."""

from __future__ import annotations

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.measurement import Measurement
from nnuniverse.variables import Variable


def complexity(
    log_eigenvalues: Float[Array, " n_dyn"],
    neurons: int,
    counts: Sequence[int],
    dormant: Float[Array, ""] | None = None,
) -> Float[Array, " counts"]:
    """Return the complexities C_n of a net of N neurons.

    ``C_n = -1/2 sum_{i=1}^n log lambda_i + (N/2) log 2 pi`` over the n largest of all N
    eigenvalues.  ``log_eigenvalues``: the dynamical ones, descending, shape (n_dyn,), to which
    N - n_dyn exact zeros are added; ``neurons``: N; ``counts``: the n, each 1 <= n <= N.  Returns
    shape (len(counts),), dimensionless.  Since det G = 1, C_{N-k} = (N/2) log 2 pi + 1/2 of the
    sum of the k smallest.  ``dormant``: of the ``neurons``, those that are isolated and left out of
    N, (); n beyond N are NaN.

    Source: 2004.09280 (10.5).

    >>> round(float(complexity(jnp.zeros(1), neurons=2, counts=[1])[0]), 4)  # log 2 pi
    1.8379
    """
    units = jnp.zeros(neurons - log_eigenvalues.shape[0], log_eigenvalues.dtype)
    largest_first = jnp.sort(jnp.concatenate([log_eigenvalues, units]), descending=True)
    partial_sums = jnp.cumsum(largest_first)
    summed = partial_sums[np.asarray(counts) - 1]
    if dormant is None:
        return -0.5 * summed + 0.5 * neurons * math.log(2.0 * math.pi)
    # Sums rise to the exact ones and then fall: without some of these, they fall so much earlier.
    last = np.asarray(counts) - 1 + dormant.astype(int)
    summed = jnp.minimum(summed, partial_sums.at[last].get(mode="fill", fill_value=jnp.nan))
    return -0.5 * summed + 0.5 * (neurons - dormant) * math.log(2.0 * math.pi)


def _measure(measurement: Measurement) -> jax.Array:
    settings = measurement.settings
    return complexity(
        measurement.log_eigenvalues,
        settings.architecture.neurons,
        settings.complexity_n,
        measurement.dormant,
    )


COMPLEXITY = Observable(
    Variable(
        "complexity",
        (),
        "complexity C_n",
        "2004.09280 (10.5)",
        equation="-1/2 sum_{i<=n} log lambda_i + (N/2) log 2 pi",
        symbol="C_n",
        computed_by=(complexity,),
    ),
    _measure,
    axes=(
        Dimension(
            "complexity_n",
            "number of largest eigenvalues summed in C_n",
            lambda settings: np.asarray(settings.complexity_n, np.int64),
        ),
    ),
    applies=lambda settings: settings.has_spectrum,
)
