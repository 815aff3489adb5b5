"""The dataset: what it accepts, what its fingerprint covers, taking a part."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnuniverse.data.dataset import MOST_CLASSES, Dataset, Split, from_arrays
from nnuniverse.errors import ConfigError, DataError


def small() -> Dataset:
    inputs = np.arange(30, dtype=np.uint8).reshape(5, 6)
    train = Split(inputs[:3], np.array([0, 1, 2]))
    test = Split(inputs[3:], np.array([2, 0]))
    return Dataset("small", train, test, classes=3, shape=(2, 3))


def with_inputs(inputs: np.ndarray) -> Dataset:
    labels = np.zeros(len(inputs), dtype=np.int32)
    return Dataset(
        "other", Split(inputs, labels), Split(inputs, labels), classes=1, shape=inputs.shape[1:]
    )


def test_holds_what_it_was_given() -> None:
    dataset = small()
    np.testing.assert_array_equal(dataset.train.inputs[2], [12, 13, 14, 15, 16, 17])
    np.testing.assert_array_equal(dataset.test.labels, [2, 0])
    assert dataset.train.inputs.dtype == np.uint8
    assert dataset.train.labels.dtype == dataset.test.labels.dtype == np.int32
    assert (dataset.train.samples, dataset.test.samples, dataset.features) == (3, 2, 6)


@pytest.mark.parametrize("dtype", ["u1", "i1", "<i2", ">i4", "<i8", ">f4", "<f8", "f2"])
def test_keeps_the_dtype_in_native_order(dtype: str) -> None:
    dataset = with_inputs(np.array([[1, 2], [3, 4]], dtype=dtype))
    assert dataset.train.inputs.dtype == np.dtype(dtype).newbyteorder("=")
    assert dataset.train.inputs.dtype.isnative
    np.testing.assert_array_equal(dataset.train.inputs, [[1, 2], [3, 4]])


def test_is_read_only_and_leaves_the_callers_arrays_alone() -> None:
    inputs = np.ones((2, 2), dtype=np.float32)
    dataset = with_inputs(inputs)
    with pytest.raises(ValueError, match=r"read-only"):
        dataset.train.inputs[0, 0] = 2
    with pytest.raises(ValueError, match=r"read-only"):
        dataset.train.labels[0] = 0
    inputs[0, 0] = 1


# --- fingerprint ------------------------------------------------------------------------------


def test_fingerprint_is_the_recorded_one() -> None:
    """Runs store it: changing its definition would orphan them."""
    assert small().fingerprint == "4225d674e398c04504a46f146115b3e58b9669a8c74df39f9d91e0d2e02149d0"


def test_fingerprint_ignores_where_the_samples_came_from() -> None:
    base = small()
    same = [
        replace(base, name="other", source="/somewhere/else.npz"),
        replace(base, train=Split(base.train.inputs, base.train.labels.astype(np.uint8))),
        replace(base, train=Split(np.asfortranarray(base.train.inputs), base.train.labels)),
    ]
    assert {dataset.fingerprint for dataset in same} == {base.fingerprint}
    values = np.array([[1.5, 2.5]])
    big = with_inputs(values.astype(">f4")).fingerprint
    assert big == with_inputs(values.astype("<f4")).fingerprint


@pytest.mark.parametrize("part", ["train", "test"])
def test_fingerprint_sees_one_pixel_and_one_label(part: str) -> None:
    base = small()
    split: Split = getattr(base, part)
    inputs, labels = split.inputs.copy(), split.labels.copy()
    inputs[-1, -1] += 1
    labels[-1] = 1 - labels[-1] % 2
    halves: list[dict[str, Any]] = [
        {part: Split(inputs, split.labels)},
        {part: Split(split.inputs, labels)},
    ]
    changed = [replace(base, **half) for half in halves]
    assert len({dataset.fingerprint for dataset in [base, *changed]}) == 3


def test_fingerprint_sees_everything_else_that_defines_the_numbers() -> None:
    base = small()
    reverse = Split(base.train.inputs[::-1], base.train.labels[::-1])
    wide = [Split(s.inputs.astype(np.int16), s.labels) for s in (base.train, base.test)]
    signed = [Split(s.inputs.astype(np.int8), s.labels) for s in (base.train, base.test)]
    different = [
        base,
        replace(base, classes=4),
        replace(base, shape=(3, 2)),
        replace(base, train=base.test, test=base.train),
        replace(base, train=reverse),
        replace(base, train=wide[0], test=wide[1]),
        replace(base, train=signed[0], test=signed[1]),
        base.take(2, None),
        base.take(None, 1),
    ]
    assert len({dataset.fingerprint for dataset in different}) == len(different)


# --- take -------------------------------------------------------------------------------------


def test_take_returns_the_first_samples() -> None:
    part = small().take(2, 1)
    np.testing.assert_array_equal(part.train.inputs, small().train.inputs[:2])
    np.testing.assert_array_equal(part.train.labels, [0, 1])
    np.testing.assert_array_equal(part.test.labels, [2])
    assert (part.name, part.classes, part.shape) == ("small", 3, (2, 3))


def test_take_of_everything_changes_nothing() -> None:
    dataset = small()
    assert dataset.take(None, None) is dataset
    assert dataset.take(3, 2).fingerprint == dataset.fingerprint
    assert dataset.take(None, 1).train.samples == 3
    assert dataset.take(1, None).test.samples == 2


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (4, None, "`data.train_samples` must be between 1 and the 3 samples of `small`, but is 4."),
        (None, 3, "`data.test_samples` must be between 1 and the 2 samples of `small`, but is 3."),
        (0, None, "`data.train_samples` must be between 1 .* but is 0"),
        (-1, None, "`data.train_samples` must be between 1 .* but is -1"),
        (1, 0, "`data.test_samples` must be between 1 .* but is 0"),
    ],
)
def test_take_of_what_is_not_there(train: int | None, test: int | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        small().take(train, test)


# --- what is refused --------------------------------------------------------------------------

GOOD = (np.zeros((2, 3)), np.array([0, 1]))


@pytest.mark.parametrize(
    ("inputs", "labels", "message"),
    [
        (np.zeros((0, 3)), np.zeros(0, dtype=int), "with at least one sample .* shape (0, 3)"),
        (np.array([[0, np.nan, 0]] * 2), np.array([0, 1]), "be finite, but hold 2 NaN"),
        (np.array([[0, np.inf, 0]] * 2), np.array([0, 1]), "be finite, but hold 2 NaN or infinite"),
        (np.zeros((2, 3), dtype=object), np.array([0, 1]), "be integers or floats .* are object"),
        (np.zeros((2, 3), dtype=complex), np.array([0, 1]), "be integers or floats .* complex128"),
        (np.zeros((2, 3), dtype=bool), np.array([0, 1]), "be integers or floats .* are bool"),
        (np.zeros((2, 3)), np.array([0, 2]), "be in 0 .. 1, but include 2 at sample 1"),
        (np.zeros((2, 3)), np.array([0, -1]), "be in 0 .. 1, but include -1 at sample 1"),
        (np.zeros((2, 3)), np.array([0.0, 1.0]), "be integers, .* are float64"),
        (np.zeros((2, 3)), np.array([[0, 1]] * 2), "be integers, one for each .* shape (2, 2)"),
        (np.zeros((2, 3)), np.array([0, 1, 1]), "hold one label .* 2 samples and 3 labels"),
        (np.zeros((2, 3)), np.array([0]), "hold one label .* 2 samples and 1 labels"),
    ],
)
@pytest.mark.parametrize("half", ["train", "test"])
def test_refuses(half: str, inputs: np.ndarray, labels: np.ndarray, message: str) -> None:
    pairs = {"train": GOOD, "test": GOOD} | {half: (inputs, labels)}
    with pytest.raises(DataError, match=message.replace("(", r"\(").replace(")", r"\)")) as caught:
        from_arrays("bad", pairs["train"], pairs["test"], source="/data/bad.npz", classes=2)
    assert "/data/bad.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refuses_samples_without_features() -> None:
    empty = (np.zeros((2, 0)), np.array([0, 1]))
    with pytest.raises(DataError, match=r"one sample and one feature, but have shape \(2, 0\)"):
        from_arrays("bad", empty, empty, source="s")


def test_refuses_halves_that_do_not_fit_together() -> None:
    with pytest.raises(DataError, match=re.escape("the shape (3,) of its train samples")):
        from_arrays("bad", GOOD, (np.zeros((2, 4)), np.array([0, 1])), source="s")
    with pytest.raises(DataError, match=r"test inputs of s must be float64 .* are float32"):
        from_arrays("bad", GOOD, (np.zeros((2, 3), np.float32), np.array([0, 1])), source="s")
    with pytest.raises(DataError, match=r"train inputs of s must have at least 2 dimensions"):
        from_arrays("bad", (np.zeros(3), np.zeros(3, int)), GOOD, source="s")


def test_a_dataset_built_by_hand_is_checked_too() -> None:
    with pytest.raises(DataError, match=re.escape("test split of dataset `small` must be in 0")):
        replace(small(), test=Split(small().test.inputs, np.array([0, 3])))
    with pytest.raises(DataError, match=re.escape("have shape (samples, 4)")):
        replace(small(), shape=(2, 2))


# --- from arrays ------------------------------------------------------------------------------


def test_lays_samples_out_in_a_row_and_counts_classes_over_both_halves() -> None:
    images = np.arange(24).reshape(2, 3, 4)
    dataset = from_arrays("a", (images, np.array([0, 1])), (images[:1], np.array([6])), source="s")
    assert (dataset.shape, dataset.classes, dataset.source) == ((3, 4), 7, "s")
    np.testing.assert_array_equal(dataset.train.inputs[1], np.arange(12, 24))


def test_labels_that_are_no_class_numbers_do_not_become_classes() -> None:
    labels = np.array([0, MOST_CLASSES])
    with pytest.raises(DataError, match=f"y_test of s must be in 0 .. {MOST_CLASSES - 1}"):
        from_arrays("a", GOOD, (GOOD[0], labels), source="s", labels_from=("y_train", "y_test"))
