"""Scaling inputs and encoding class numbers."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnuniverse.data.embedded import load_embedded
from nnuniverse.data.encoding import Scale, encode_targets, scale_inputs
from nnuniverse.data.idx import load_idx_directory
from nnuniverse.errors import ConfigError, DataError

PIXELS = np.array([[0, 51, 255], [102, 153, 204]], dtype=np.uint8)
SCALES: list[Scale] = ["unit", "symmetric", "raw", "standardised"]


# --- integers ---------------------------------------------------------------------------------


def test_images() -> None:
    unit = np.array([[0.0, 0.2, 1.0], [0.4, 0.6, 0.8]])
    np.testing.assert_allclose(scale_inputs(PIXELS, "unit", PIXELS), unit, rtol=1e-7)
    symmetric = scale_inputs(PIXELS, "symmetric", PIXELS)
    np.testing.assert_allclose(symmetric, 2 * unit - 1, rtol=1e-7, atol=1e-7)
    np.testing.assert_array_equal(scale_inputs(PIXELS, "raw", PIXELS), PIXELS)
    standardised = scale_inputs(PIXELS, "standardised", PIXELS)
    np.testing.assert_allclose(standardised, (unit - 0.5) / np.sqrt(0.35 / 3), rtol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "largest"), [("u1", 255), ("i1", 127), ("u2", 65535), ("i2", 32767)]
)
def test_the_range_of_small_integers_is_that_of_the_dtype(dtype: str, largest: int) -> None:
    inputs = np.array([[0, 100]], dtype=dtype)
    expected = [[0.0, 100 / largest]]
    np.testing.assert_allclose(scale_inputs(inputs, "unit", inputs), expected, rtol=1e-7)
    np.testing.assert_allclose(scale_inputs(inputs[:, :1], "unit", inputs[:, 1:]), [[0.0]])


@pytest.mark.parametrize("dtype", ["i4", "u4", "i8", "u8", "f2", "f4", "f8"])
def test_the_range_of_anything_wider_is_that_of_the_reference(dtype: str) -> None:
    """Images saved as int64 or float are scaled as they are in uint8."""
    wide = PIXELS.astype(dtype)
    unit = scale_inputs(PIXELS, "unit", PIXELS)
    np.testing.assert_allclose(scale_inputs(wide, "unit", wide), unit, rtol=1e-7)
    shifted = wide + wide[0, 1]
    np.testing.assert_allclose(scale_inputs(shifted, "unit", shifted), unit, rtol=1e-7)


# --- the reference ----------------------------------------------------------------------------


@pytest.mark.parametrize("scale", SCALES)
def test_train_and_test_share_the_map_of_the_reference(scale: Scale) -> None:
    train = np.array([[1.0, 3.0], [5.0, 2.0]])
    both = np.vstack([train, [[7.0, -1.0]]])
    np.testing.assert_array_equal(
        scale_inputs(both, scale, train)[:2], scale_inputs(train, scale, train)
    )
    expected: dict[str, Any] = {
        "unit": [1.5, -0.5],
        "symmetric": [2.0, -2.0],
        "raw": [7.0, -1.0],
        "standardised": (np.array([7.0, -1.0]) - 2.75) / np.std([1, 3, 5, 2]),
    }
    np.testing.assert_allclose(scale_inputs(both, scale, train)[2], expected[scale], rtol=1e-6)


@given(
    inputs=hnp.arrays(
        st.sampled_from([np.uint8, np.int16, np.int64, np.float32]),
        st.tuples(st.integers(1, 40), st.integers(2, 6)),
        elements=st.integers(-100, 100).map(abs),
    ),
    scale=st.sampled_from(SCALES),
)
def test_against_the_formula_in_float64(inputs: np.ndarray, scale: Scale) -> None:
    inputs[0, :2] = 3, 4
    values = inputs.astype(np.float64)
    small = inputs.dtype in (np.uint8, np.int16)
    low, width = (0, np.iinfo(inputs.dtype).max) if small else (values.min(), np.ptp(values))
    unit = (values - low) / width
    expected = {
        "unit": unit,
        "symmetric": 2 * unit - 1,
        "raw": values,
        "standardised": (values - values.mean()) / values.std(),
    }[scale]
    scaled = scale_inputs(inputs, scale, inputs)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, expected, rtol=2e-7, atol=1e-12)


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", "f8"])
def test_per_feature(dtype: str) -> None:
    train = np.random.default_rng(0).integers(0, 200, (1500, 3)).astype(dtype)
    test = train[:4] + train[4:8] // 4
    deviation = train.std(axis=0, dtype=float)
    expected = (test.astype(float) - train.mean(axis=0, dtype=float)) / deviation
    np.testing.assert_allclose(scale_inputs(test, "per_feature", train), expected, rtol=1e-6)
    scaled = scale_inputs(train, "per_feature", train)
    np.testing.assert_allclose(scaled.mean(axis=0, dtype=float), 0.0, atol=1e-7)
    np.testing.assert_allclose(scaled.std(axis=0, dtype=float), 1.0, rtol=1e-6)


def test_a_constant_feature_becomes_zero_and_keeps_its_unit() -> None:
    train = np.array([[0.1, 1.0], [0.1, 3.0], [0.1, 5.0]])
    scaled = scale_inputs(np.array([[0.1, 3.0], [0.6, 3.0]]), "per_feature", train)
    np.testing.assert_allclose(scaled, [[0.0, 0.0], [0.5, 0.0]], rtol=1e-7)
    np.testing.assert_array_equal(scale_inputs(train, "per_feature", train)[:, 0], 0.0)


def test_a_feature_of_too_wide_a_spread() -> None:
    wide = np.array([[1.0, 1e300], [2.0, -1e300]])
    with pytest.raises(DataError, match=r"`data.input_scale` per_feature, but the spread of a"):
        scale_inputs(wide, "per_feature", wide)


def test_standardised_mnist() -> None:
    dataset = load_embedded()
    scaled = scale_inputs(dataset.train.inputs, "standardised", dataset.train.inputs)
    np.testing.assert_allclose(scaled.mean(dtype=np.float64), 0.0, atol=1e-7)
    np.testing.assert_allclose(scaled.std(dtype=np.float64), 1.0, rtol=1e-7)


def test_standardised_mnist_has_the_published_mean_and_deviation(mnist_dir: Path) -> None:
    train = load_idx_directory(mnist_dir).train.inputs
    ends = scale_inputs(np.array([[0, 255]], dtype=np.uint8), "standardised", train)
    deviation = 1.0 / (ends[0, 1] - ends[0, 0])
    np.testing.assert_allclose(deviation, 0.30811, atol=5e-6)
    np.testing.assert_allclose(-ends[0, 0] * deviation, 0.13066, atol=5e-6)


def test_takes_little_memory_beyond_the_result() -> None:
    inputs = np.zeros((20000, 200), dtype=np.uint8)
    inputs[0, 0] = 1
    tracemalloc.start()
    try:
        scaled = scale_inputs(inputs, "standardised", inputs)
        assert tracemalloc.get_traced_memory()[1] < scaled.nbytes + (8 << 20)
    finally:
        tracemalloc.stop()


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", ["unit", "symmetric", "standardised"])
def test_a_constant_reference(scale: Scale) -> None:
    flat = np.full((3, 2), 0.1)
    message = f"must vary .* for `data.input_scale` {scale}, but all are 0.1"
    with pytest.raises(DataError, match=message):
        scale_inputs(np.array([[1.0, 2.0]]), scale, flat)


def test_a_constant_image_has_a_range_but_no_deviation() -> None:
    flat = np.full((3, 2), 51, dtype=np.uint8)
    np.testing.assert_allclose(scale_inputs(flat, "unit", flat), np.full((3, 2), 0.2), rtol=1e-7)
    with pytest.raises(DataError, match=r"all are 51"):
        scale_inputs(flat, "standardised", flat)
    np.testing.assert_array_equal(scale_inputs(flat, "raw", flat), flat)


@pytest.mark.parametrize("scale", SCALES)
def test_values_beyond_float32(scale: Scale) -> None:
    huge = np.array([[1e300, -1e300, 0.0]])
    if scale == "raw":
        with pytest.raises(
            DataError, match=r"fit into float32, but do not after `data.input_scale` raw"
        ):
            scale_inputs(huge, scale, huge)
    elif scale != "standardised":
        np.testing.assert_allclose(scale_inputs(huge, "unit", huge), [[1.0, 0.0, 0.5]])
    with pytest.raises(DataError):
        scale_inputs(huge, scale, np.array([[0.0, 1.0]]))
    with pytest.raises(DataError):
        scale_inputs(huge * 1.7e8, scale, huge * 1.7e8)


def test_a_reference_of_something_else() -> None:
    with pytest.raises(DataError, match=r"be uint8 values, .* are 6 values of float64"):
        scale_inputs(PIXELS, "unit", PIXELS.astype(np.float64))
    with pytest.raises(DataError, match=r"at least one, but are 0 values"):
        scale_inputs(PIXELS, "raw", PIXELS[:0])


def test_an_unknown_scale() -> None:
    message = (
        "`data.input_scale` must be one of unit, symmetric, raw, standardised, per_feature, "
        "but is half. Try"
    )
    with pytest.raises(ConfigError, match=message):
        scale_inputs(PIXELS, "half", PIXELS)  # type: ignore[arg-type]


# --- targets ----------------------------------------------------------------------------------


def test_targets() -> None:
    labels = np.array([2, 0, 1], dtype=np.int32)
    zero_one = encode_targets(labels, 4, "zero_one")
    np.testing.assert_array_equal(zero_one, [[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]])
    plus_minus = encode_targets(labels, 4, "plus_minus")
    np.testing.assert_array_equal(plus_minus, 2 * zero_one - 1)
    assert zero_one.dtype == plus_minus.dtype == np.float32


@pytest.mark.parametrize("label", [-1, 4])
def test_a_label_out_of_range(label: int) -> None:
    with pytest.raises(DataError, match=f"be in 0 .. 3, but include {label}"):
        encode_targets(np.array([0, label]), 4, "zero_one")


def test_unknown_targets() -> None:
    with pytest.raises(ConfigError, match=r"`data.targets` must be one of zero_one, plus_minus"):
        encode_targets(np.array([0]), 1, "one_hot")  # type: ignore[arg-type]
