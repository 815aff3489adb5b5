"""Samples that form new groups after each round end where they end among any others."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
from quick_jit import quick_jit
from small_nets import SIZES, draw, draw_pairs, loss_at

from nnuniverse.losses import BulkMinimum, LocalObjective
from nnuniverse.losses.bulk.descent import EXACT, Effort
from nnuniverse.losses.bulk.layered import minimise
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.propagation import layers_of

MANY, AT_ONCE = 90, 20
EFFORT = EXACT._replace(samples_at_once=AT_ONCE)


def draw_many(gain: float, samples: int = MANY):
    """Return a net and samples, some of which need many more steps than others."""
    random = np.random.default_rng(4)
    inputs = (
        random.uniform(-1.0, 1.0, (samples, SIZES[0])) * np.linspace(0.0, 2.0, samples)[:, None]
    )
    return draw(gain)[0], inputs, np.eye(SIZES[-1])[np.arange(samples) % SIZES[-1]]


@partial(quick_jit, static_argnums=(4, 5, 6, 7))
def _minimise(
    net, inputs, targets, most: int, activation: str, effort: Effort, mass: float, with_pairs: bool
) -> BulkMinimum:
    effort = effort._replace(max_iterations=most)  # no part of the program
    local = LocalObjective(mass, draw_pairs() if with_pairs else None)
    potential = local.acting_on_hidden(layers_of(net), inputs, targets)
    arguments = inputs @ net[0].weights.T + net[0].bias
    above = jax.tree.map(jnp.asarray, net[1:])
    return minimise(arguments, above, ACTIVATIONS[activation], targets, potential, effort)


def minimum_of(
    net,
    inputs,
    targets,
    activation: str = "tanh",
    effort: Effort = EFFORT,
    mass: float = 0.0,
    with_pairs: bool = False,
) -> BulkMinimum:
    with jax.enable_x64(True):
        most, of_any = effort.max_iterations, effort._replace(max_iterations=0)
        found = _minimise(net, inputs, targets, most, activation, of_any, mass, with_pairs)
        return jax.tree.map(np.asarray, found)


def in_one_group_each(net, inputs, targets, effort: Effort = EFFORT, **settings) -> BulkMinimum:
    """The minima of samples that stay together until the last of their group is done."""
    return minimum_of(net, inputs, targets, effort=effort._replace(in_rounds=False), **settings)


CASES = {
    "tanh": {},
    "logistic": {"activation": "logistic"},
    "identity": {"activation": "identity"},
    "massive": {"mass": -0.5},
    "tachyonic, pairs": {"mass": 0.4, "with_pairs": True},
    "seven steps": {"effort": EFFORT._replace(max_iterations=7)},
    "two steps": {"effort": EFFORT._replace(max_iterations=2)},
}


@pytest.mark.parametrize("outputs", ["clamped", "free"])
@pytest.mark.parametrize("gain", [1.0, 2.0])
@pytest.mark.parametrize("name", CASES)
def test_ends_as_in_one_group(name: str, gain: float, outputs: str) -> None:
    net, inputs, targets = draw_many(gain)
    given = net, inputs, targets if outputs == "clamped" else None
    together, alone = minimum_of(*given, **CASES[name]), in_one_group_each(*given, **CASES[name])
    np.testing.assert_array_equal(together.converged, alone.converged)
    np.testing.assert_allclose(together.iterations, alone.iterations, atol=1)
    np.testing.assert_allclose(together.loss, alone.loss, rtol=1e-12, atol=1e-14)


def test_steps_are_counted_over_all_rounds() -> None:
    found = minimum_of(*draw_many(4.0))
    assert found.converged.all()
    assert found.iterations.min() < 5 < 15 < found.iterations.max()


@pytest.mark.parametrize("most", [1, 4, 6])
def test_what_is_cut_short_says_so(most: int) -> None:
    net, inputs, targets = draw_many(4.0)
    whole = minimum_of(net, inputs, targets)
    cut = minimum_of(net, inputs, targets, effort=EFFORT._replace(max_iterations=most))
    np.testing.assert_array_equal(cut.iterations, np.minimum(whole.iterations, most))
    np.testing.assert_array_equal(cut.converged, whole.iterations <= most)
    assert not cut.converged.all()
    assert (cut.loss >= whole.loss).all()


def test_a_sample_that_is_not_finite_leaves_the_others_alone() -> None:
    net, inputs, targets = draw_many(2.0)
    whole = minimum_of(net, inputs, targets)
    inputs[17] = np.nan
    found = minimum_of(net, inputs, targets)
    others = np.arange(MANY) != 17
    np.testing.assert_array_equal(found.converged, others)
    np.testing.assert_allclose(found.loss[others], whole.loss[others], rtol=1e-12)


@pytest.mark.parametrize("samples", [AT_ONCE + 1, 2 * AT_ONCE])
def test_any_number_of_samples(samples: int) -> None:
    net, inputs, targets = draw_many(2.0, samples)
    found = minimum_of(net, inputs, targets)
    assert found.loss.shape == (samples,)
    assert found.converged.all()
    alone = in_one_group_each(net, inputs, targets)
    np.testing.assert_allclose(found.loss, alone.loss, rtol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "logistic", "identity"])
def test_is_a_minimum_that_no_other_optimiser_undercuts(activation: str) -> None:
    net, inputs, targets = draw_many(1.0, 2 * AT_ONCE)
    found = minimum_of(net, inputs, targets, activation=activation)
    low, high = ACTIVATIONS[activation].range
    random = np.random.default_rng(6)
    for sample in range(0, 2 * AT_ONCE, 5):
        states = np.concatenate([x[sample] for x in found.states])
        given = net, inputs[sample], targets[sample], activation
        slope = scipy.optimize.approx_fprime(states, loss_at, 1e-7, *given)
        inside = (states > low) & (states < high)
        np.testing.assert_allclose(slope[inside], 0.0, atol=1e-6)
        assert (slope[states == low] >= -1e-6).all()
        assert (slope[states == high] <= 1e-6).all()
        for _ in range(3):
            end = scipy.optimize.minimize(
                loss_at,
                random.uniform(max(low, -2.0), min(high, 2.0), len(states)),
                given,
                method="L-BFGS-B",
                bounds=[(low, high)] * len(states),
                options={"ftol": 1e-15, "gtol": 1e-9},
            )
            assert found.loss[sample] <= end.fun * (1.0 + 1e-9)
