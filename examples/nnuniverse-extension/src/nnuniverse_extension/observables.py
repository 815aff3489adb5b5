"""Over how many eigenvalues the spectrum of log G is spread."""

import jax
import jax.numpy as jnp

from nnuniverse.observables import Measurement, Observable
from nnuniverse.variables import Variable


def participation_ratio(log_eigenvalues: jax.Array) -> jax.Array:
    """Return (sum l^2)^2 / sum l^4 of l = log lambda_i of G, (eigenvalues,).

    It is n if n of them are alike and the others zero.
    """
    squares = log_eigenvalues**2
    return jnp.sum(squares) ** 2 / jnp.sum(squares**2)


def measure(measurement: Measurement) -> jax.Array:
    """Return it of one net at one snapshot."""
    return participation_ratio(measurement.log_eigenvalues)


PARTICIPATION_RATIO = Observable(
    Variable(
        "participation_ratio",
        (),
        "number of eigenvalues over which log G is spread",
        "not of the papers",
        equation="(sum log^2 lambda)^2 / sum log^4 lambda",
        symbol="P",
        computed_by=(participation_ratio,),
    ),
    measure,
)
