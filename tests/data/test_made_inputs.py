"""Inputs that are drawn, averaged or rotated."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from nnuniverse.data import Dataset, draw_normal, load_embedded, pooled, rotate_inputs
from nnuniverse.data.dataset import from_arrays
from nnuniverse.errors import ConfigError


def test_normal_numbers_are_independent_and_of_the_deviation() -> None:
    dataset = draw_normal(5, 2000, 500, deviation=0.5)
    train, test = dataset.train.inputs, dataset.test.inputs
    assert train.shape == (2000, 5) and test.shape == (500, 5)
    assert scipy.stats.kstest(train.ravel() / 0.5, "norm").pvalue > 1e-3
    covariance = np.cov(train.T)
    np.testing.assert_allclose(covariance, 0.25 * np.eye(5), atol=5 * 0.25 * np.sqrt(2 / 2000))
    assert not np.isin(test, train).any()
    assert dataset.classes is None
    np.testing.assert_array_equal(dataset.train.labels, train)


def test_the_first_samples_stay_and_seeds_differ() -> None:
    few, many = draw_normal(3, 4, 2, seed=6), draw_normal(3, 9, 7, seed=6)
    np.testing.assert_array_equal(few.train.inputs, many.train.inputs[:4])
    np.testing.assert_array_equal(few.test.inputs, many.test.inputs[:2])
    assert few.fingerprint != many.fingerprint != draw_normal(3, 9, 7, seed=7).fingerprint


def test_clipping_sets_what_is_beyond_to_the_end() -> None:
    free, clipped = draw_normal(4, 50, 50), draw_normal(4, 50, 50, clip=0.9)
    np.testing.assert_array_equal(clipped.train.inputs, free.train.inputs.clip(-0.9, 0.9))
    assert np.abs(free.train.inputs).max() > 0.9


def test_more_than_the_memory_has_room_for() -> None:
    with pytest.raises(ConfigError, match=r"`data.inputs` must be so few that .* GiB of memory"):
        draw_normal(100_000, 10**9, 1)


@pytest.mark.parametrize("block", [2, 7, 28])
def test_a_pixel_is_the_mean_of_those_it_stands_for(block: int) -> None:
    whole = load_embedded()
    small = pooled(whole, block)
    side = 28 // block
    assert small.shape == (side, side)
    assert small.train.inputs.dtype == np.float32
    images = whole.test.inputs.reshape(-1, 28, 28).astype(float)
    corner = images[:, -block:, :block].mean(axis=(1, 2))
    pixel = small.test.inputs.reshape(-1, side, side)[:, -1, 0]
    np.testing.assert_allclose(pixel, corner, rtol=1e-6)
    np.testing.assert_array_equal(small.train.labels, whole.train.labels)
    assert pooled(whole, block).fingerprint == small.fingerprint != whole.fingerprint


def coloured(shape: tuple[int, ...]) -> Dataset:
    images = np.arange(2 * np.prod(shape), dtype=np.uint8).reshape(2, *shape)
    return from_arrays("some", (images, np.array([0, 1])), (images, np.array([0, 1])), source="x")


def test_colours_are_averaged_apart() -> None:
    dataset = coloured((2, 4, 3))
    images = dataset.train.inputs.reshape(2, 2, 4, 3).astype(float)
    found = pooled(dataset, 2)
    assert found.shape == (1, 2, 3)
    expected = images[:, :, 2:].mean(axis=(1, 2))
    np.testing.assert_allclose(found.train.inputs.reshape(2, 1, 2, 3)[:, 0, 1], expected)


@pytest.mark.parametrize(
    ("shape", "block", "message"),
    [
        ((4, 6), 4, "must divide the sides of images of 4 x 6 pixels, but is 4. Try data.pool=2"),
        ((4, 6), 100, "but is 100. Try data.pool=2"),
        ((5,), 5, "must be 1 for samples that are no images, but is 5. Try data.pool=1"),
    ],
)
def test_squares_that_do_not_fit(shape: tuple[int, ...], block: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        pooled(coloured(shape), block)


def test_a_rotation_keeps_all_products_and_no_single_number() -> None:
    inputs = np.random.default_rng(1).standard_normal((30, 6))
    rotated = rotate_inputs(inputs)
    np.testing.assert_allclose(rotated @ rotated.T, inputs @ inputs.T, atol=1e-12)
    again = rotate_inputs(inputs.astype(np.float32))
    assert again.dtype == np.float32
    np.testing.assert_allclose(again, rotated, atol=1e-5)
    matrix = rotate_inputs(np.eye(6))
    assert np.square(matrix).max() < 0.95, "no neuron is handed on as it is"
