"""Arrays have the shapes that signatures declare: in every test, see `checked_shapes`."""

import jax.numpy as jnp
import numpy as np
import pytest
from checked_shapes import checked, declared
from jaxtyping import Float, TypeCheckError

from nnuniverse.losses.boundary import boundary_loss
from nnuniverse.physics.mechanics.virial import stationary_free_energy


def test_targets_of_another_width_than_the_outputs_are_refused():
    with pytest.raises(TypeCheckError, match="targets"):
        boundary_loss(jnp.zeros((3, 2)), jnp.zeros((3, 4)))


def test_whole_numbers_are_refused_for_real_ones():
    with pytest.raises(TypeCheckError, match="outputs"):
        boundary_loss(jnp.zeros((3, 2), int), jnp.zeros((3, 2)))


def test_arrays_of_numpy_are_checked_alike():
    with pytest.raises(TypeCheckError, match="constants"):
        stationary_free_energy(np.ones((4, 3)), 1.0, np.ones(2), 0.0)


def test_right_shapes_are_let_pass():
    assert boundary_loss(np.zeros((3, 2)), np.zeros((3, 2))).shape == (3,)
    assert "nnuniverse.losses.boundary.boundary_loss" in checked


@declared
def first(values: Float[np.ndarray, " n"], count: int = 1) -> Float[np.ndarray, " n"]:
    return values[:count]


@declared
def zeros(count: int) -> Float[np.ndarray, " {count}"]:
    return np.zeros(3)


@declared
def both(pair: dict[str, Float[np.ndarray, " n"]]) -> None:
    pass


class Net:
    @declared
    def product(
        self, weights: Float[np.ndarray, "n n"], *, states: Float[np.ndarray, " n"]
    ) -> Float[np.ndarray, " n"]:
        return weights @ states


def test_results_are_looked_at_though_the_arguments_were_right_before():
    for _ in range(2):
        assert first(np.ones(2), 2).shape == (2,)
    with pytest.raises(TypeCheckError, match="return"):
        first(np.ones(2), 1)
    assert first(np.ones(1), 1).shape == (1,)


def test_arguments_are_looked_at_though_others_were_right_before():
    net = Net()
    for _ in range(2):
        assert net.product(np.eye(2), states=np.ones(2)).shape == (2,)
    for states in (np.ones(3), np.ones(2, int), [1.0, 1.0]):
        with pytest.raises(TypeCheckError, match="states"):
            net.product(np.eye(2), states=states)
    both({"a": np.ones(2), "b": np.ones(2)})
    with pytest.raises(TypeCheckError, match="pair"):
        both({"a": np.ones((2, 2))})


def test_what_depends_on_values_is_looked_at_every_time():
    for _ in range(2):
        assert zeros(3).shape == (3,)
        with pytest.raises(TypeCheckError, match="return"):
            zeros(2)
