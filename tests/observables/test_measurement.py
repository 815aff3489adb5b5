"""Where the slopes are taken, and in which precision."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.losses.bulk import layered
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer
from nnuniverse.observables import LayeredMeasurement, Samples, Settings


def measured_slopes(case, slope: str) -> list[np.ndarray]:
    settings = replace(case.settings, slope=slope)
    with jax.enable_x64(True):
        slopes = jax.jit(lambda *net: LayeredMeasurement(settings, *net).slopes)
        return [np.asarray(s) for s in slopes(case.parameters, case.train, case.test)]


def test_at_mean_takes_the_slope_at_the_mean_state(case) -> None:
    # 2004.09280 (5.4): f'(w <x> + b), with <x> the mean over the samples of the states.
    state = case.train.inputs.astype(float)
    for slope, (weights, bias) in zip(
        measured_slopes(case, "at_mean"), case.parameters, strict=True
    ):
        expected = 1.0 / np.cosh(weights.astype(float) @ state.mean(axis=0) + bias) ** 2
        np.testing.assert_allclose(slope, expected, rtol=1e-12)
        state = np.tanh(state @ weights.T.astype(float) + bias)


def test_mean_slope_takes_the_mean_of_the_slopes(case) -> None:
    at_mean = measured_slopes(case, "at_mean")
    mean_slope = measured_slopes(case, "mean_slope")
    for slope, other, y in zip(mean_slope, at_mean, case.arguments(case.train), strict=True):
        np.testing.assert_allclose(slope, (1.0 / np.cosh(y) ** 2).mean(axis=0), rtol=1e-12)
        assert (np.abs(slope / other - 1.0) > 1e-3).all(), "too weak a net to tell them apart"


def test_at_mean_is_the_default(case) -> None:
    assert Settings(case.settings.architecture, case.settings.activation).slope == "at_mean"


def test_float64_whatever_the_callers_jax_uses() -> None:
    net = (Layer(jnp.full((2, 3), 0.1, jnp.float32), jnp.zeros(2, jnp.float32)),)
    samples = Samples(np.full((4, 3), 0.3, "f4"), np.zeros((4, 2), "f4"), np.zeros(4, "i4"))
    settings = Settings(Layered((3, 2)), ACTIVATIONS["identity"])
    with jax.enable_x64(False):
        outputs = LayeredMeasurement(settings, net, samples, samples).train_outputs
    assert outputs.dtype == jnp.float64
    expected = 3 * float(np.float32(0.1)) * float(np.float32(0.3))
    np.testing.assert_allclose(outputs, expected, rtol=1e-15)


@pytest.mark.parametrize("in_rounds", [True, False])
def test_bulk_loss_of_a_run_begun_before_rounds_takes_none(case, monkeypatch, in_rounds) -> None:
    taken = []
    rounds = layered.descend_in_rounds
    monkeypatch.setattr(layered, "descend_in_rounds", lambda *a: taken.append(a) or rounds(*a))
    assert case.settings.bulk_in_rounds
    settings = replace(case.settings, bulk_in_rounds=in_rounds)

    def minimum(*net: object) -> jax.Array:
        return LayeredMeasurement(settings, *net).bulk_minimum.loss

    with jax.enable_x64(True):
        jax.jit(minimum).lower(case.parameters, case.train, case.test)
    assert bool(taken) == in_rounds
