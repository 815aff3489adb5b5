"""A loss that is quadratic for small errors and linear for large ones."""

import jax
import jax.numpy as jnp

from nnuniverse.losses.declaration import Loss


def log_cosh(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Return sum_out log cosh(x - target) of every sample, (samples,), of (samples, n_L) each."""
    errors = jnp.abs(outputs - targets)
    # log cosh e = e + log(1 + exp(-2 e)) - log 2, which overflows nowhere.
    return jnp.sum(errors + jnp.log1p(jnp.exp(-2.0 * errors)) - jnp.log(2.0), axis=-1)


LOG_COSH = Loss(
    "log_cosh",
    log_cosh,
    "log cosh of the errors of the outputs",
    "not of the papers",
    units="nat",
    equation="sum_out log cosh(x - target)",
    symbol="H_lc",
)
