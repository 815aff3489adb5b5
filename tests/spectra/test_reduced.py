"""The reduced spectrum against NumPy's singular values of the whole I - A."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from quick_jit import quick_jit
from threadpoolctl import threadpool_limits

from nnuniverse.networks.layered import Layered
from nnuniverse.spectra import dense_log_eigenvalues, reduced_log_eigenvalues

TOLERANCE = 1e-10
"""What the docstring of `reduced_log_eigenvalues` promises."""

Sizes = tuple[int, ...]


def glorot_blocks(sizes: Sizes, gain: float, seed: int = 0) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [
        gain * random.uniform(-1, 1, (rows, columns)) * np.sqrt(6 / (rows + columns))
        for columns, rows in pairwise(sizes)
    ]


def numpy_log_eigenvalues(blocks: list[np.ndarray]) -> np.ndarray:
    """All log-eigenvalues, descending, without any of the package's code."""
    first = np.cumsum([0, blocks[0].shape[1], *(len(block) for block in blocks)])
    matrix = np.eye(first[-1])
    for l, block in enumerate(blocks):
        matrix[first[l + 1] : first[l + 2], first[l] : first[l + 1]] -= block
    return 2.0 * np.log(np.linalg.svd(matrix, compute_uv=False))


def padded(dynamical: np.ndarray, neurons: int) -> np.ndarray:
    return np.sort(np.append(dynamical, np.zeros(neurons - len(dynamical))))[::-1]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Else NumPy's threads wait for one another longer than they compute."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="module")
def compiled():
    """Compiled, as in the training program; op by op, every new shape would cost a second."""
    return quick_jit(reduced_log_eigenvalues)


@pytest.mark.parametrize("sizes", [(784, 40, 20, 10), (784, 60, 10)])
def test_papers_nets(sizes: Sizes, compiled) -> None:
    for gain in [1.0, 3.0, 10.0]:
        blocks = glorot_blocks(sizes, gain)
        expected = numpy_log_eigenvalues(blocks)
        with jax.enable_x64(True):
            reduced = np.asarray(compiled(blocks))
        np.testing.assert_allclose(padded(reduced, sum(sizes)), expected, rtol=0, atol=TOLERANCE)
        assert len(reduced) == np.sum(np.abs(expected) > 1e-9)


layer_sizes = st.lists(st.integers(1, 12), min_size=2, max_size=5).map(tuple)


@given(sizes=layer_sizes, gain=st.sampled_from([1.0, 3.0, 10.0]), seed=st.integers(0, 2**32 - 1))
@example(sizes=(10, 5, 100), gain=1.0, seed=0)
@example(sizes=(3, 50, 2), gain=3.0, seed=0)
@example(sizes=(1, 1), gain=1.0, seed=0)
@example(sizes=(1, 1, 1, 1), gain=10.0, seed=0)
@example(sizes=(2, 30), gain=1.0, seed=0)
@settings(max_examples=8, deadline=None)
def test_any_layered_net(compiled, sizes: Sizes, gain: float, seed: int) -> None:
    blocks = glorot_blocks(sizes, gain, seed)
    expected = numpy_log_eigenvalues(blocks)
    with jax.enable_x64(True):
        reduced = np.asarray(compiled(blocks))
    np.testing.assert_allclose(padded(reduced, sum(sizes)), expected, rtol=0, atol=TOLERANCE)
    assert reduced.shape == (Layered(sizes).dynamical_eigenvalues,)
    assert (np.diff(reduced) <= 0.0).all()
    np.testing.assert_allclose(reduced.sum(), 0.0, atol=TOLERANCE)


@given(sizes=layer_sizes, seed=st.integers(0, 2**32 - 1))
@example(sizes=(10, 5, 100), seed=0)
@example(sizes=(3, 50, 2), seed=0)
@example(sizes=(1, 2, 1, 2, 1), seed=0)
@settings(max_examples=100, deadline=None)
def test_architecture_counts_the_eigenvalues_that_differ_from_one(sizes: Sizes, seed: int) -> None:
    # Weights around one rather than zero, lest a product of small ones pass for an exact zero.
    random = np.random.default_rng(seed)
    blocks = [
        np.sign(block) * random.uniform(0.5, 2.0, block.shape)
        for block in glorot_blocks(sizes, 1.0, seed)
    ]
    expected = np.sum(np.abs(numpy_log_eigenvalues(blocks)) > 1e-9)
    assert Layered(sizes).dynamical_eigenvalues == expected
    assert Layered(sizes).unit_eigenvalues == sum(sizes) - expected


@pytest.mark.parametrize("of", ["reduced", "dense"])
def test_float64_whatever_the_callers_jax_uses(of: str) -> None:
    blocks = glorot_blocks((9, 4, 3), 3.0)
    with jax.enable_x64(False):
        single = [jnp.asarray(block) for block in blocks]
        assert single[0].dtype == jnp.float32
        if of == "reduced":
            from_double, from_single = map(reduced_log_eigenvalues, (blocks, single))
        else:
            matrix = np.zeros((16, 16))
            matrix[9:13, :9], matrix[13:, 9:13] = blocks
            from_double, from_single = map(dense_log_eigenvalues, (matrix, matrix.astype("f4")))
        assert jnp.ones(1).dtype == jnp.float32, "the caller's configuration changed"
    assert from_double.dtype == from_single.dtype == jnp.float64
    rounded = [np.asarray(block, np.float64) for block in single]
    neurons = 16
    for actual, exact in ((from_double, blocks), (from_single, rounded)):
        expected = numpy_log_eigenvalues(exact)
        actual = padded(np.asarray(actual), neurons)
        np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)


def test_dense_is_numpys() -> None:
    blocks = glorot_blocks((12, 6, 4, 3), 10.0)
    matrix = np.zeros((25, 25))
    matrix[12:18, :12], matrix[18:22, 12:18], matrix[22:, 18:22] = blocks
    dense = np.asarray(dense_log_eigenvalues(matrix))
    np.testing.assert_allclose(dense, numpy_log_eigenvalues(blocks), rtol=0, atol=TOLERANCE)
