"""Which inputs take part in training."""

from __future__ import annotations

import graph_cases
import jax
import numpy as np
import pytest

from nnuniverse.networks.active_inputs import ActiveInputs, AllInputs
from nnuniverse.networks.propagation import Layer


def test_an_input_is_silent_if_it_is_zero_in_every_sample() -> None:
    inputs = np.array([[0.0, 1.0, 0.0, 0.0, -0.0], [0.0, 1.0, -1e-30, 0.0, 0.0]], np.float32)
    found = ActiveInputs.of(inputs)
    np.testing.assert_array_equal(found.active, [1, 2])
    np.testing.assert_array_equal(found.silent, [0, 3, 4])


@pytest.mark.parametrize("silent", [[], [0, 3], [4], [0, 1, 2, 3, 4]])
def test_join_undoes_split(silent: list[int]) -> None:
    inputs = np.ones((2, 5))
    inputs[:, silent] = 0.0
    net = (
        Layer(np.arange(15.0).reshape(3, 5), np.arange(3.0)),
        Layer(np.arange(6.0).reshape(2, 3), np.arange(2.0)),
    )
    active = ActiveInputs.of(inputs)
    narrow, silent_weights = jax.jit(active.split)(net)
    assert narrow[0].weights.shape == (3, 5 - len(silent))
    assert silent_weights.shape == (3, len(silent))
    whole = jax.jit(active.join)(narrow, silent_weights)
    for joined, original in zip(whole, net, strict=True):
        np.testing.assert_array_equal(joined.weights, original.weights)
        np.testing.assert_array_equal(joined.bias, original.bias)


def test_every_input_of_a_graph_takes_part() -> None:
    net = graph_cases.random_graph()
    inputs = AllInputs(np.arange(4))
    whole, silent_weights = inputs.split(net)
    assert whole is inputs.join(whole, silent_weights) is net
    assert silent_weights.shape == (0,)
