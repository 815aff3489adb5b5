"""The order of the samples and their division into batches."""

from __future__ import annotations

from itertools import permutations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nnuniverse.training import random_order
from nnuniverse.training.batches import rows, scan_batches, sum_in_parts

pytestmark = pytest.mark.quick

drawn = jax.jit(random_order, static_argnums=1)
drawn_many = jax.jit(jax.vmap(random_order, in_axes=(0, None)), static_argnums=1)


@pytest.fixture(autouse=True, scope="module")
def float64():
    with jax.enable_x64(True):
        yield


def keys(count: int) -> jax.Array:
    return jax.random.split(jax.random.key(11, impl="threefry2x32"), count)


@given(samples=st.integers(1, 5000))
@example(samples=1)
@example(samples=2)
@example(samples=3)
@example(samples=257)
@example(samples=6000)
@settings(max_examples=5, deadline=None)
def test_random_order_is_a_permutation(samples: int) -> None:
    order = np.asarray(drawn(keys(1)[0], samples))
    assert order.dtype == np.int32
    np.testing.assert_array_equal(np.sort(order), np.arange(samples))
    assert samples < 20 or np.any(order != np.arange(samples))


def test_random_order_depends_on_its_key_alone() -> None:
    one, other = keys(2)
    np.testing.assert_array_equal(drawn(one, 257), drawn(one, 257))
    assert np.any(drawn(one, 257) != drawn(other, 257))


def test_random_order_is_uniform_over_the_permutations() -> None:
    orders = np.asarray(drawn_many(keys(6000), 4))
    counts = [np.sum((orders == permutation).all(axis=1)) for permutation in permutations(range(4))]
    assert sum(counts) == 6000
    assert scipy.stats.chisquare(counts).pvalue > 1e-3


def test_random_order_puts_every_sample_everywhere_equally_often() -> None:
    samples = 40
    orders = np.asarray(drawn_many(keys(4000), samples))
    for position in range(samples):
        counts = np.bincount(orders[:, position], minlength=samples)
        assert scipy.stats.chisquare(counts).pvalue > 1e-5, position  # of 40 such tests


@pytest.mark.parametrize(("count", "batch"), [(10, 3), (9, 3), (5, 5), (4, 1), (7, 6)])
def test_scan_batches_takes_each_index_once_and_in_order(count: int, batch: int) -> None:
    order = np.random.default_rng(0).permutation(count)
    lengths = []

    def step(carry: jax.Array, indices: jax.Array) -> jax.Array:
        lengths.append(len(indices))
        # Distinguishes orders, and the batches into which they are divided.
        return 7.0 * carry + jnp.sum(indices + 1)

    expected = 0.0
    for start in range(0, count, batch):
        expected = 7.0 * expected + np.sum(order[start : start + batch] + 1)
    actual = jax.jit(lambda order: scan_batches(step, jnp.float64(0.0), order, batch))(order)
    np.testing.assert_array_equal(actual, expected)
    assert set(lengths) == ({batch, count % batch} if count % batch else {batch})


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_sum_in_parts_takes_each_index_once(count: int, parts: int) -> None:
    batch = 10 + np.random.default_rng(0).permutation(count)
    lengths = []

    def function(part: jax.Array) -> dict[str, jax.Array]:
        lengths.append(len(part))
        return {"sum": jnp.sum(part), "squares": jnp.sum(part**2)}

    total = jax.jit(lambda batch: sum_in_parts(function, batch, parts))(batch)
    assert {name: int(value) for name, value in total.items()} == {
        "sum": batch.sum(),
        "squares": np.sum(batch**2),
    }
    assert len(lengths) == min(parts, count)
    assert max(lengths) - min(lengths) <= 1


def test_rows() -> None:
    array = np.arange(12.0).reshape(4, 3)
    np.testing.assert_array_equal(rows(jnp.asarray(array), np.array([3, 0, 2])), array[[3, 0, 2]])
