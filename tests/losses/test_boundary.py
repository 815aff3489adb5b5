"""The boundary loss against values worked out by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.losses import boundary_loss

OUTPUTS = np.array([[1.0, 2.0, 0.0], [0.0, 0.5, -1.0], [3.0, 3.0, 3.0]])
TARGETS = np.array([[0.0, 0.0, 0.0], [0.0, -0.5, 1.0], [3.0, 3.0, 3.0]])


def test_half_the_squared_error_of_each_sample() -> None:
    # 2004.09280 (2.11): (1 + 4)/2, (1 + 4)/2, 0; the printed (2.10) would give twice that (A3).
    loss = boundary_loss(jnp.asarray(OUTPUTS), jnp.asarray(TARGETS))
    np.testing.assert_array_equal(loss, [2.5, 2.5, 0.0])


def test_gradient_is_the_error() -> None:
    def total(outputs: jax.Array) -> jax.Array:
        return boundary_loss(outputs, jnp.asarray(TARGETS)).sum()

    gradient = jax.grad(total)(jnp.asarray(OUTPUTS))
    np.testing.assert_array_equal(gradient, OUTPUTS - TARGETS)


def test_keeps_the_precision() -> None:
    with jax.enable_x64(True):
        for dtype in (jnp.float32, jnp.float64):
            array = jax.ShapeDtypeStruct((3, 3), dtype)
            assert jax.eval_shape(boundary_loss, array, array).dtype == dtype
        # 3/2 e^2, of which float32 would leave nothing; the e that is added is 1.0001e-12.
        loss = boundary_loss(jnp.asarray(OUTPUTS) + 1e-12, jnp.asarray(OUTPUTS))
        np.testing.assert_allclose(loss, 1.5e-24, rtol=1e-3)
