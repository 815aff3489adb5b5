"""Nets whose layers have activations of their own, against NumPy."""

from __future__ import annotations

from itertools import pairwise

import jax
import numpy as np
import pytest

from nnuniverse.nets import log_spectrum
from nnuniverse.networks.activation import ACTIVATIONS, of_all, of_layers
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer, forward, mean_state, preactivations
from nnuniverse.observables import Settings, select_observables

SIZES = (5, 4, 3, 2)
NAMES = ("tanh", "logistic", "identity")
FUNCTIONS = (np.tanh, lambda y: 1 / (1 + np.exp(-y)), lambda y: y)
SLOPES = (
    lambda y: 1 / np.cosh(y) ** 2,
    lambda y: np.exp(-y) / (1 + np.exp(-y)) ** 2,
    np.ones_like,
)
MIXED = tuple(ACTIVATIONS[name] for name in NAMES)
RANDOM = np.random.default_rng(6)
NET = tuple(
    Layer(RANDOM.normal(size=(rows, columns)), RANDOM.normal(size=rows))
    for columns, rows in pairwise(SIZES)
)
INPUTS = RANDOM.normal(size=(7, SIZES[0]))


def arguments() -> list[np.ndarray]:
    state, found = INPUTS, []
    for (weights, bias), function in zip(NET, FUNCTIONS, strict=True):
        found.append(state @ weights.T + bias)
        state = function(found[-1])
    return found


def states() -> list[np.ndarray]:
    return [INPUTS, *(f(y) for f, y in zip(FUNCTIONS, arguments(), strict=True))]


def test_states() -> None:
    with jax.enable_x64(True):
        for found, expected in zip(preactivations(NET, INPUTS, MIXED), arguments(), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12)
        np.testing.assert_allclose(forward(NET, INPUTS, MIXED), states()[-1], rtol=1e-12)
        mean = np.concatenate([state.mean(axis=0) for state in states()])
        np.testing.assert_allclose(mean_state(NET, INPUTS, MIXED), mean, rtol=1e-12)


@pytest.mark.parametrize("slope", ["at_mean", "mean_slope"])
def test_the_spectrum_has_the_slope_of_each_layer(slope: str) -> None:
    coupling, ends = np.zeros((sum(SIZES), sum(SIZES))), np.cumsum(SIZES)
    for l, (y, derivative, (weights, _)) in enumerate(zip(arguments(), SLOPES, NET, strict=True)):
        found = derivative(y.mean(axis=0)) if slope == "at_mean" else derivative(y).mean(axis=0)
        columns = slice(ends[l] - SIZES[l], ends[l])
        coupling[ends[l] : ends[l + 1], columns] = found[:, None] * weights
    everything = 2.0 * np.log(np.linalg.svd(np.eye(sum(SIZES)) - coupling, compute_uv=False))
    settings = Settings(Layered(SIZES), MIXED, slope)
    with jax.enable_x64(True):
        dynamical = log_spectrum(settings, NET, INPUTS)
    units = np.zeros(settings.architecture.unit_eigenvalues)
    padded = np.sort(np.append(dynamical, units))[::-1]
    np.testing.assert_allclose(padded, everything, rtol=0, atol=1e-12)


def test_what_needs_one_activation_is_not_measured() -> None:
    names = {o.name for o in select_observables(None, Settings(Layered(SIZES), MIXED))}
    assert {"log_eigenvalues", "mu2", "boundary_loss", "mean_state_squares"} <= names
    assert not any(name.startswith("bulk_") for name in names)


def test_one_and_several() -> None:
    assert of_layers(MIXED[0], 3) == (MIXED[0],) * 3
    assert of_layers(MIXED, 3) == MIXED
    assert of_all(MIXED[0]) == MIXED[0]
    with pytest.raises(TypeError, match="of their own"):
        of_all(MIXED)
