"""The projected covariance of the samples' gradients."""

from __future__ import annotations

import numpy as np
import pytest
from linear_net import linear_net, squared_error

from nnuniverse.physics.mechanics.coordinates.gradient_noise import gradient_noise

NET = linear_net(30, 250)
DIRECTIONS = np.random.default_rng(3).standard_normal((4, 30))


@pytest.mark.parametrize("difference", [None, 1e-3])
@pytest.mark.parametrize("off", [0.0, 1.0])
def test_it_is_that_of_the_dense_covariance(off: float, difference: float | None) -> None:
    """Also away from the minimum, where the mean gradient is not zero."""
    net = type(NET)(NET.inputs, NET.targets, NET.theta + off)
    found = gradient_noise(squared_error, *net.data, DIRECTIONS, difference)
    expected = DIRECTIONS @ net.noise @ DIRECTIONS.T
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8 * np.abs(expected).max())
    np.testing.assert_array_equal(found, found.T)
