"""Each part by itself, without training anything."""

import jax
import numpy as np
from nnuniverse_extension.activations import SOFTSIGN
from nnuniverse_extension.data import rings
from nnuniverse_extension.losses import log_cosh
from nnuniverse_extension.observables import participation_ratio

Y = np.linspace(-3.0, 3.0, 12)


def test_the_slope_is_the_derivative() -> None:
    derivative = jax.vmap(jax.grad(SOFTSIGN.function))(Y)
    np.testing.assert_allclose(SOFTSIGN.slope(Y), derivative, rtol=1e-5)


def test_the_inverse_is_one() -> None:
    np.testing.assert_allclose(SOFTSIGN.inverse(np.asarray(SOFTSIGN.function(Y))), Y, rtol=1e-5)


def test_the_loss_is_quadratic_for_small_errors_and_linear_for_large_ones() -> None:
    errors = np.array([[0.1], [30.0]])
    np.testing.assert_allclose(
        log_cosh(errors, np.zeros((2, 1))), [5e-3, 30.0 - np.log(2.0)], rtol=2e-3
    )


def test_the_rings_are_the_same_each_time() -> None:
    assert rings().fingerprint == rings().fingerprint
    radius = np.linalg.norm(rings().train.inputs, axis=1)
    np.testing.assert_array_equal(radius > 1.5, rings().train.labels == 1)


def test_equal_numbers_count() -> None:
    assert float(participation_ratio(np.array([0.5, 0.5, 0.0]))) == 2.0
