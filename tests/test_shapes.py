"""Arrays have the shapes that signatures declare: in every test, see `checked_shapes`."""

import jax.numpy as jnp
import numpy as np
import pytest
from checked_shapes import checked
from jaxtyping import TypeCheckError

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
