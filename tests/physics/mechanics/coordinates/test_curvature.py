"""Hessian products, their eigenvectors, and which of these are chosen."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from linear_net import linear_net, squared_error

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.coordinates import curvature
from nnuniverse.physics.mechanics.coordinates.curvature import (
    CurvatureModes,
    HessianProduct,
    curvature_along,
    evenly_spaced,
    stiffest_modes,
)

NET = linear_net(30, 250)


def held_minimum(theta: jax.Array, inputs: jax.Array, targets: jax.Array) -> jax.Array:
    """``min over x of (x - theta_0)^2 / 2 + (x - theta_1)^2 / 2``, x held constant."""
    x = jax.lax.stop_gradient(0.5 * (theta[0] + theta[1]))
    both = 0.5 * (x - theta[0]) ** 2 + 0.5 * (x - theta[1]) ** 2
    return jnp.broadcast_to(both, len(inputs))


def modes_of(values: np.ndarray) -> CurvatureModes:
    return CurvatureModes(values, np.eye(len(values)), np.zeros(len(values)))


def test_product_is_that_of_the_dense_hessian_whatever_the_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors = np.random.default_rng(1).standard_normal((3, 30))
    product = HessianProduct(squared_error, *NET.data)
    np.testing.assert_allclose(product(vectors), vectors @ NET.hessian, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(product(vectors[0]), product(vectors[:1])[0])
    whole = curvature.sum_over_samples
    monkeypatch.setattr(
        curvature, "sum_over_samples", lambda *arguments: whole(*arguments, chunk=100)
    )
    chunked = HessianProduct(lambda *of: squared_error(*of), *NET.data)
    np.testing.assert_allclose(chunked(vectors), vectors @ NET.hessian, rtol=0, atol=1e-13)


def test_a_minimum_over_states_needs_differences() -> None:
    data = (np.array([1.0, 2.0]), np.zeros((4, 1)), np.zeros((4, 1)))
    right = np.array([[0.5, -0.5], [-0.5, 0.5]])
    by_differences = HessianProduct(held_minimum, *data, difference=1e-3)
    np.testing.assert_allclose(by_differences(np.eye(2)), right, atol=1e-12)
    assert not np.allclose(HessianProduct(held_minimum, *data)(np.eye(2)), right)


def test_lanczos_finds_what_dense_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    product = HessianProduct(squared_error, *NET.data)
    dense = stiffest_modes(product, least=0.01)
    monkeypatch.setattr(curvature, "DENSE_PARAMETERS", 0)
    monkeypatch.setattr(curvature, "FIRST_PAIRS", 3)
    lanczos = stiffest_modes(product, least=0.01)
    count = len(lanczos.curvature)
    assert count < 30
    assert lanczos.curvature[-1] < 0.01 <= lanczos.curvature[count // 2 - 1]
    np.testing.assert_allclose(lanczos.curvature, dense.curvature[:count], rtol=1e-9)
    np.testing.assert_allclose(lanczos.directions, dense.directions[:count], atol=1e-5)
    assert (lanczos.residuals <= 1e-5 * lanczos.curvature).all()
    assert (lanczos.directions.max(axis=1) == np.abs(lanczos.directions).max(axis=1)).all()
    assert len(stiffest_modes(product, least=0.01, most_pairs=5).curvature) == 5


def test_spread_is_zero_of_an_eigenvector_and_half_the_gap_of_two() -> None:
    product = HessianProduct(squared_error, *NET.data)
    values, vectors = np.linalg.eigh(NET.hessian)
    mixed = (vectors[:, -1] + vectors[:, -2]) / np.sqrt(2.0)
    found, spread = curvature_along(product, np.stack([vectors[:, -1], mixed]))
    np.testing.assert_allclose(found, [values[-1], values[-2:].mean()], rtol=1e-12)
    np.testing.assert_allclose(spread, [0.0, 0.5 * np.ptp(values[-2:])], atol=1e-12)


def test_chosen_are_evenly_spaced_in_log_relaxation() -> None:
    modes = modes_of(np.geomspace(10.0, 1e-6, 71))
    chosen = evenly_spaced(modes, rate=0.1, relaxation=(10.0, 1e4), count=4)
    np.testing.assert_allclose(chosen.relaxation(0.1), [10.0, 100.0, 1e3, 1e4])
    clustered = modes_of(np.array([1.0, 0.9, 0.8, 0.7, 0.01]))
    assert len(np.unique(evenly_spaced(clustered, 0.1, (5.0, 1e4), 5).curvature)) == 5


def test_steps_that_are_too_large_are_left_out() -> None:
    chosen = evenly_spaced(modes_of(np.array([2.1, 2.0, 1.0])), 0.1, (1.0, 1e3), 2)
    np.testing.assert_array_equal(chosen.curvature, [2.0, 1.0])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.0, 0.1, -0.1], "count: 2"),
        ([30.0, 0.4], "count: 1.* among the 2 stiffest, which end at 25 steps|count: 1"),
        ([1e-9], "there are 0 .* wider `relaxation`"),
    ],
)
def test_too_few_are_refused_with_how_many_there_are(values: list[float], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        evenly_spaced(modes_of(np.array(values)), 0.1, (5.0, 1000.0), 3)
