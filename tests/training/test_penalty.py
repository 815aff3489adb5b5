"""Penalties of the weights: the proximal step, and where training ends.

A net without hidden layers and with f(y) = y has the loss 1/2 mean |W x + b - t|^2, so that with
l1 sum |w| it is the lasso, whose minimum the conditions of Karush, Kuhn and Tucker tell exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import GraphParameters
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer
from nnuniverse.observables import Samples, Settings
from nnuniverse.training import (
    Penalty,
    Program,
    Rate,
    Segment,
    boundary_objective,
    build_optimiser,
)
from nnuniverse.training.penalty import Shrinking, cost_of_weights, soft_threshold

NOTHING_DUE = np.array([], int)
ROUNDING = 1e-9

# --- one step ------------------------------------------------------------------------------------


@given(
    st.floats(-3.0, 3.0, allow_subnormal=False),  # which XLA takes for zero
    st.floats(0.0, 2.0, allow_subnormal=False),
    st.booleans(),
)
def test_the_step_minimises_the_lasso_in_one_dimension(
    given_weight: float, threshold: float, nonnegative: bool
) -> None:
    with jax.enable_x64(True):
        found = float(soft_threshold(np.array(given_weight), np.array(threshold), nonnegative))

    def cost(w: float | np.ndarray) -> float | np.ndarray:
        return 0.5 * (w - given_weight) ** 2 + threshold * np.abs(w)

    others = np.linspace(0.0 if nonnegative else -4.0, 4.0, 1001)
    assert cost(found) <= cost(others).min() + 1e-12
    assert found >= 0.0 or not nonnegative
    assert (found == 0.0) == (
        given_weight <= threshold if nonnegative else abs(given_weight) <= threshold
    )


def test_the_step_follows_the_rate_and_leaves_biases() -> None:
    rate = Rate(0.5, "linear", final=0.0, epochs=10)
    steps = Shrinking(jnp.float32(0.2), nonnegative=False, rate=rate).at_epoch(jnp.int32(6), 4)
    layer = Layer(jnp.array([[0.3, -0.01, 0.0]]), jnp.array([0.01]))
    (after,) = steps.shrink((layer,), jnp.int32(2))
    threshold = 0.2 * 0.5 * (1.0 - 5.5 / 10)
    np.testing.assert_allclose(after.weights, [[0.3 - threshold, 0.0, 0.0]], rtol=1e-6)
    np.testing.assert_array_equal(after.bias, layer.bias)


def test_the_cost_is_of_weights_alone() -> None:
    net = (
        Layer(jnp.array([[3.0, -4.0]]), jnp.array([9.0])),
        Layer(jnp.array([[2.0]]), jnp.ones(1)),
    )
    assert float(cost_of_weights(Penalty(l1=0.5, l2=0.1), net)) == pytest.approx(
        0.5 * 9 + 0.05 * 29
    )
    slopes = jax.tree.map(jnp.ones_like, net)
    first, _ = Penalty(l2=0.1).with_gradient(slopes, net)
    np.testing.assert_allclose(first.weights, [[1.3, 0.6]], rtol=1e-6)
    np.testing.assert_array_equal(first.bias, [1.0])
    graph = GraphParameters(jnp.array([1.0, -2.0]), jnp.ones(3), graph=None)
    assert float(cost_of_weights(Penalty(l1=1.0), graph)) == 3.0


# --- where training ends -------------------------------------------------------------------------

RANDOM = np.random.default_rng(5)
INPUTS = RANDOM.standard_normal((40, 6)) @ RANDOM.standard_normal((6, 6)) / 2
INPUTS[:, 4] = 0.0
"""A silent input: its weights have no gradient, and must end at zero nevertheless."""
TARGETS = INPUTS @ (RANDOM.standard_normal((6, 5)) * (RANDOM.random((6, 5)) < 0.4)) + 0.3
L1, L2 = 0.08, 0.05
LAST = 8000
"""Epochs of one step each, after which nothing changes any more."""

MOMENTUM = partial(build_optimiser, "momentum", decay=0.8, nesterov=False)

CASES = {
    "sgd": (partial(build_optimiser, "sgd"), Penalty(l1=L1)),
    "momentum": (MOMENTUM, Penalty(l1=L1, lasting=5.0)),
    "nesterov": (partial(MOMENTUM, nesterov=True), Penalty(l1=L1, l2=L2, lasting=5.0)),
    "nonnegative": (
        partial(build_optimiser, "sgd"),
        Penalty(l1=0.0, l2=L2, nonnegative=True),
    ),
}


class Trained(NamedTuple):
    """A program in float64, the penalty of its weights, and where it has converged to."""

    program: Program
    penalty: Penalty
    end: Segment

    def net(self, replica: int = 0) -> tuple[np.ndarray, np.ndarray]:
        (layer,) = self.program.parameters(self.end.state)
        return np.asarray(layer.weights[replica]), np.asarray(layer.bias[replica])


def program_of(case: str, seeds: tuple[int, ...]) -> Program:
    optimiser, penalty = CASES[case]
    settings = Settings(Layered((6, 5)), ACTIVATIONS["identity"], precision="float64")
    with jax.enable_x64(True):
        labels = np.zeros(len(INPUTS), "i4")
        samples = Samples(jnp.asarray(INPUTS), jnp.asarray(TARGETS), labels)
        return Program(
            settings=settings,
            observables=[],
            objective=boundary_objective(settings).with_penalty(penalty),
            initialiser="glorot_uniform",
            gain=1.0,
            optimiser=partial(optimiser, steps_per_epoch=1),
            rate=Rate(0.05),
            batch=len(INPUTS),
            parts=1,
            shuffle=False,
            seeds=seeds,
            train=samples,
            test=samples,
        )


@pytest.fixture(scope="module")
def trained() -> Callable[[str], Trained]:
    @cache
    def of(case: str) -> Trained:
        program = program_of(case, (0, 1))
        end = program.run(program.initial_state(), 1, LAST, NOTHING_DUE)
        return Trained(program, CASES[case][1], end)

    return of


# The bits of "momentum" are compared with those of another program below.
@pytest.mark.parametrize(
    "case", [c if c == "momentum" else pytest.param(c, marks=pytest.mark.quick) for c in CASES]
)
def test_training_ends_where_the_conditions_of_the_minimum_hold(
    trained: Callable[[str], Trained], case: str
) -> None:
    penalty, (weights, bias) = trained(case).penalty, trained(case).net()
    errors = INPUTS @ weights.T + bias - TARGETS
    slope = errors.T @ INPUTS / len(INPUTS) + (penalty.l2 or 0.0) * weights
    there = weights != 0.0
    assert 3 < there.sum() < weights.size - 3, "both conditions are tested"
    np.testing.assert_allclose(errors.mean(axis=0), 0.0, atol=ROUNDING)
    np.testing.assert_allclose(slope[there], -penalty.l1 * np.sign(weights[there]), atol=ROUNDING)
    if penalty.nonnegative:
        assert (weights >= 0.0).all()
        assert (slope[~there] > -penalty.l1 - ROUNDING).all()
    else:
        assert (np.abs(slope[~there]) <= penalty.l1 + ROUNDING).all()
    if penalty.l1:
        assert not there[:, 4].any(), "nothing is left of the silent input"


# --- in a run ------------------------------------------------------------------------------------


@pytest.mark.quick
def test_it_is_recorded_beside_the_loss(trained: Callable[[str], Trained]) -> None:
    of_epochs = trained("nesterov").end.of_epochs
    assert list(of_epochs) == ["running_boundary_loss", "running_penalty"]
    for replica in range(2):
        weights, _ = trained("nesterov").net(replica)
        cost = L1 * np.abs(weights).sum() + 0.5 * L2 * np.square(weights).sum()
        assert of_epochs["running_penalty"][replica, -1] == pytest.approx(cost, rel=ROUNDING)


def test_halves_and_replicas_have_the_bits_of_the_whole(
    trained: Callable[[str], Trained],
) -> None:
    program, _, end = trained("momentum")
    first = program.run(program.initial_state(), 1, 30, NOTHING_DUE)
    early = program.run(first.state, 31, 60, NOTHING_DUE)
    later = program.run(early.state, 61, LAST, NOTHING_DUE)
    alone = program_of("momentum", (1,))
    one = alone.run(alone.initial_state(), 1, 60, NOTHING_DUE)
    for whole, again in zip(*map(jax.tree.leaves, (end.state, later.state)), strict=True):
        np.testing.assert_array_equal(whole, again)
    for both, single in zip(*map(jax.tree.leaves, (early.state, one.state)), strict=True):
        np.testing.assert_array_equal(both[1], single[0])
