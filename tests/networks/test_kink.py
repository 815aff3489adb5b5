"""The kinks that activations declare are those that they have."""

import jax
import numpy as np
import pytest

from nnuniverse.networks.activation import ACTIVATIONS

KINKED = [name for name, activation in ACTIVATIONS.items() if activation.kink]


@pytest.mark.parametrize("name", KINKED)
def test_two_straight_lines_meet_at_a_kink(name: str) -> None:
    activation = ACTIVATIONS[name]
    at, below, above = activation.kink
    y = np.linspace(-5.0, 5.0, 101)
    with jax.enable_x64(True):
        value = np.asarray(activation.function(np.float64(at)))
        actual = np.asarray(activation.function(y))
    np.testing.assert_allclose(actual, value + np.where(y < at, below, above) * (y - at))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_all_others_are_smooth(name: str) -> None:
    y = np.linspace(-3.0, 3.0, 2001)
    slopes = np.asarray(jax.vmap(ACTIVATIONS[name].slope)(np.float32(y)))
    jumps = np.abs(np.diff(slopes)) > 0.1
    assert jumps.any() == (name in KINKED)
