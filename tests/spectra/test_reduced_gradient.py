"""Gradients through the reduced spectrum, against the whole matrix and central differences."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.networks.coupling import coupling_matrix
from nnuniverse.precision import in_float64
from nnuniverse.spectra import reduced_log_eigenvalues

Blocks = list[np.ndarray]

whole_coupling = jax.jit(coupling_matrix)


def orthogonal(size: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[0]


def drawn(*sizes: int) -> Blocks:
    random = np.random.default_rng(3)
    return [random.normal(size=(sizes[l], sizes[l - 1])) for l in range(1, len(sizes))]


def rank_one(rows: int, columns: int) -> np.ndarray:
    return np.outer(np.linspace(-1.0, 1.0, rows), np.linspace(0.5, 2.0, columns))


CASES: dict[str, Blocks] = {
    "generic": drawn(12, 6, 4, 3),
    "narrow layers": drawn(9, 2, 7, 2, 8),
    "nothing to leave out": drawn(2, 4, 2),
    "no hidden layer": drawn(9, 3),
    "equal values": [orthogonal(9, 0)[:4], orthogonal(4, 1), orthogonal(4, 2)[:2]],
    "equal values, no hidden layer": [2.0 * orthogonal(9, 0)[:3]],
    "zero": [np.zeros((4, 9)), np.zeros((3, 4))],
    "one zero block": [drawn(9, 4)[0], np.zeros((3, 4))],
    "rank one": [rank_one(4, 9), rank_one(3, 4)],
    "dead neuron": [drawn(9, 4)[0] * np.array([[1.0], [0.0], [1.0], [0.0]]), drawn(4, 3)[0]],
}


def squares(theta: jax.Array) -> jax.Array:
    return jnp.sum(theta**2)


def smooth(theta: jax.Array) -> jax.Array:
    """Nothing of the symmetry log lambda -> -log lambda is left in it."""
    return jnp.sum((1.0 + 1.4 * jnp.exp(theta)) ** -2)


@cache
def gradient_of(value: Callable[[jax.Array], jax.Array]) -> Callable[[Blocks], Blocks]:
    """The gradient, of a function of the spectrum: in one program for the blocks of each shape."""
    return jax.jit(jax.grad(lambda blocks: value(reduced_log_eigenvalues(blocks))))


def of_whole_matrix(blocks: Blocks) -> Callable[[Callable], Blocks]:
    """The gradient by the formula for the dense I - A, in NumPy."""

    def gradient(slope: Callable[[np.ndarray], np.ndarray]) -> Blocks:
        matrix = np.eye(sum(b.shape[0] for b in blocks) + blocks[0].shape[1])
        ends = np.cumsum([blocks[0].shape[1], *(len(b) for b in blocks)])
        starts = [0, *ends]
        at = [
            (slice(starts[l], starts[l + 1]), slice(starts[l - 1], starts[l]))
            for l in range(1, len(ends))
        ]
        for place, block in zip(at, blocks, strict=True):
            matrix[place] -= block
        u, s, vt = np.linalg.svd(matrix)
        whole = -(u * (slope(2.0 * np.log(s)) * 2.0 / s)) @ vt
        return [whole[place] for place in at]

    return gradient


FUNCTIONS = {
    "squares": (squares, lambda theta: 2.0 * theta),
    "smooth": (smooth, lambda theta: -2.8 * np.exp(theta) / (1.0 + 1.4 * np.exp(theta)) ** 3),
}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("case", CASES)
def test_agrees_with_the_whole_matrix(case: str, function: str) -> None:
    blocks = CASES[case]
    value, slope = FUNCTIONS[function]
    with jax.enable_x64(True):
        gradients = gradient_of(value)(blocks)
    for actual, expected in zip(gradients, of_whole_matrix(blocks)(slope), strict=True):
        assert actual.dtype == np.float64
        np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=2e-13)


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_central_differences(case: str) -> None:
    """Along random directions, which the reduced basis of the point does not know."""
    blocks = CASES[case]
    random = np.random.default_rng(5)
    step = 1e-5

    def whole(blocks: Blocks) -> float:
        matrix = np.eye(sum(b.shape[0] for b in blocks) + blocks[0].shape[1])
        matrix -= np.asarray(whole_coupling(blocks))
        theta = 2.0 * np.log(np.linalg.svd(matrix, compute_uv=False))
        return float(np.sum((1.0 + 1.4 * np.exp(theta)) ** -2))

    with jax.enable_x64(True):
        gradients = gradient_of(smooth)(blocks)
        for _ in range(3):
            direction = [random.normal(size=block.shape) for block in blocks]
            ahead = [b + step * d for b, d in zip(blocks, direction, strict=True)]
            behind = [b - step * d for b, d in zip(blocks, direction, strict=True)]
            expected = (whole(ahead) - whole(behind)) / (2.0 * step)
            actual = sum(float(np.sum(g * d)) for g, d in zip(gradients, direction, strict=True))
            np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-8)


def test_determinant_is_one_along_every_direction() -> None:
    """The sum of all log-eigenvalues is zero for every net, so that it has no gradient."""
    for blocks in CASES.values():
        with jax.enable_x64(True):
            gradients = gradient_of(jnp.sum)(blocks)
        for gradient in gradients:
            np.testing.assert_allclose(gradient, 0.0, atol=1e-12)


def test_the_value_is_that_of_the_measurement() -> None:
    blocks = CASES["generic"]
    with jax.enable_x64(True):
        value = jax.jit(lambda blocks: jax.vjp(reduced_log_eigenvalues, blocks)[0])(blocks)
        measured = jax.jit(reduced_log_eigenvalues)(blocks)
        np.testing.assert_allclose(value, measured, rtol=0, atol=1e-13)


def test_float32_weights_have_a_float32_gradient_of_float64_digits() -> None:
    single = [block.astype(np.float32) for block in CASES["generic"]]
    double = [block.astype(np.float64) for block in single]

    gradient = jax.jit(jax.grad(in_float64(lambda blocks: smooth(reduced_log_eigenvalues(blocks)))))
    with jax.enable_x64(True):
        exact = gradient(double)
    actual = gradient([jnp.asarray(block) for block in single])
    for one, other in zip(actual, exact, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, np.asarray(other, np.float32))


def test_batched_over_nets() -> None:
    nets = [drawn(9, 4, 3), [0.3 * block for block in drawn(9, 4, 3)]]
    with jax.enable_x64(True):
        gradient = gradient_of(smooth)
        batched = jax.jit(jax.vmap(gradient))([np.stack(pair) for pair in zip(*nets, strict=True)])
        for k, net in enumerate(nets):
            for one, other in zip(batched, gradient(net), strict=True):
                np.testing.assert_allclose(one[k], other, rtol=0, atol=1e-14)
