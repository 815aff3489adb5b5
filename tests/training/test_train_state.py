"""The state of a run: when it has diverged, its way to disk and back."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import optax
import pytest

from nnuniverse.errors import RunError
from nnuniverse.networks.propagation import Layer
from nnuniverse.training import (
    NEVER,
    Rate,
    TrainState,
    build_optimiser,
    restore_state,
    state_arrays,
)
from nnuniverse.training.train_state import keep_finite

OPTIMISERS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "momentum": {"decay": 0.9, "nesterov": True},
    "adam": {"b1": 0.9, "b2": 0.999, "eps": 1e-8},
}


def optimiser_called(name: str) -> optax.GradientTransformation:
    return build_optimiser(
        name, Rate(0.1, "cosine", epochs=4), steps_per_epoch=3, **OPTIMISERS[name]
    )


def zeros(name: str = "momentum", replicas: int = 2) -> TrainState:
    """A state of zeros, with the replica axis of a run."""
    parameters = (
        Layer(np.zeros((replicas, 4, 5), "f4"), np.zeros((replicas, 4), "f4")),
        Layer(np.zeros((replicas, 3, 4), "f4"), np.zeros((replicas, 3), "f4")),
    )
    shapes = jax.eval_shape(jax.vmap(optimiser_called(name).init), parameters)
    return TrainState(
        parameters=parameters,
        silent_weights=np.zeros((replicas, 4, 2), "f4"),
        optimiser=jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes),
        shuffle_key=np.zeros((replicas, 2), "u4"),
        diverged_epoch=np.full(replicas, NEVER, "i4"),
    )


def filled(state: TrainState, start: int = 1) -> TrainState:
    """The same structure with every number different."""
    leaves, structure = jax.tree.flatten(state)
    numbered = []
    for leaf in leaves:
        numbered.append(np.arange(start, start + leaf.size, dtype=leaf.dtype).reshape(leaf.shape))
        start += leaf.size
    return jax.tree.unflatten(structure, numbered)


# --- divergence -------------------------------------------------------------------------------


def one_replica(start: int) -> TrainState:
    return jax.tree.map(lambda array: array[0], filled(zeros(), start))


def kept(before: TrainState, after: TrainState, loss: float, epoch: int) -> TrainState:
    return jax.jit(keep_finite)(before, after, [np.float64(1.0), np.float64(loss)], np.int32(epoch))


def with_weight(state: TrainState, value: float) -> TrainState:
    first, last = state.parameters
    bias = np.array(last.bias)
    bias[1] = value
    return state._replace(parameters=(first, last._replace(bias=bias)))


def assert_same(one: TrainState, other: TrainState) -> None:
    for name, array in state_arrays(one).items():
        np.testing.assert_array_equal(array, state_arrays(other)[name], err_msg=name)


def test_a_finite_state_replaces_the_one_before() -> None:
    before = one_replica(1)._replace(diverged_epoch=np.int32(NEVER))
    after = one_replica(500)._replace(diverged_epoch=np.int32(NEVER))
    assert_same(kept(before, after, 1.0, 7), after)


@pytest.mark.parametrize(
    ("weight", "loss"), [(np.nan, 1.0), (np.inf, 1.0), (1.0, np.nan), (1.0, np.inf)]
)
def test_a_state_that_is_not_finite_is_refused_and_the_epoch_noted(
    weight: float, loss: float
) -> None:
    before = one_replica(1)._replace(diverged_epoch=np.int32(NEVER))
    after = with_weight(one_replica(500)._replace(diverged_epoch=np.int32(NEVER)), weight)
    assert_same(kept(before, after, loss, 7), before._replace(diverged_epoch=np.int32(7)))


def test_a_diverged_state_stays_as_it_is() -> None:
    before = one_replica(1)._replace(diverged_epoch=np.int32(3))
    after = one_replica(500)._replace(diverged_epoch=np.int32(3))
    assert_same(kept(before, after, 1.0, 7), before)
    assert_same(kept(before, with_weight(after, np.nan), np.nan, 7), before)


# --- to disk and back -------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMISERS)
def test_restore_undoes_state_arrays(name: str) -> None:
    state = filled(zeros(name))
    arrays = state_arrays(state)
    assert sum(array.size for array in arrays.values()) == sum(
        leaf.size for leaf in jax.tree.leaves(state)
    )
    # A file lists the arrays in an order of its own.
    restored = restore_state(zeros(name), dict(sorted(arrays.items(), reverse=True)))
    assert jax.tree.structure(restored) == jax.tree.structure(state)
    for one, other in zip(jax.tree.leaves(restored), jax.tree.leaves(state), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_optimisers_store_what_they_need() -> None:
    # A count of steps for the schedule; one average per parameter, or two and a count.
    numbers = {name: len(state_arrays(zeros(name))) for name in OPTIMISERS}
    assert numbers == {"sgd": 7 + 1, "momentum": 7 + 4 + 1, "adam": 7 + 2 * 4 + 2}


def test_refuses_a_checkpoint_without_an_array() -> None:
    arrays = state_arrays(zeros())
    for name in arrays:
        fewer = {other: array for other, array in arrays.items() if other != name}
        with pytest.raises(
            RunError, match=r"of the checkpoint must be .*, but is missing"
        ) as error:
            restore_state(zeros(), fewer)
        assert str(error.value).startswith(name)


@pytest.mark.parametrize("wrong", [np.zeros((2, 4), "f8"), np.zeros((3, 4), "f4")])
def test_refuses_a_checkpoint_with_another_shape_or_type(wrong: np.ndarray) -> None:
    arrays = state_arrays(zeros())
    (name,) = (name for name in arrays if name.endswith(".parameters[0].bias"))
    with pytest.raises(RunError, match=r"must be float32\(2, 4\), but is float") as error:
        restore_state(zeros(), {**arrays, name: wrong})
    assert str(error.value).startswith(name)


def test_refuses_the_checkpoint_of_another_optimiser() -> None:
    with pytest.raises(RunError, match=r"but is missing"):
        restore_state(zeros("adam"), state_arrays(zeros("momentum")))
