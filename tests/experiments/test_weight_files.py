"""Weights from files as NumPy, PyTorch and Keras users name them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

import nnuniverse
from nnuniverse.errors import ConfigError, DataError

RANDOM = np.random.default_rng(1)
WEIGHTS = [
    RANDOM.normal(size=shape).astype(np.float32) for shape in [(4, 3), *[(4, 4)] * 9, (2, 4)]
]
BIASES = [RANDOM.normal(size=len(w)).astype(np.float32) for w in WEIGHTS]

NAMES = {
    "torch": ("{0}.weight", "{0}.bias"),
    "torch by name": ("net.fc{0}.weight", "net.fc{0}.bias"),
    "results.h5": ("weights_{0}", "bias_{0}"),
    "numpy": ("W{0}", "b{0}"),
}


@pytest.mark.parametrize("form", ["npz", "safetensors"])
@pytest.mark.parametrize("named", list(NAMES))
def test_layers_come_in_the_order_of_their_numbers(tmp_path: Path, named: str, form: str) -> None:
    weight, bias = NAMES[named]
    arrays = {weight.format(l): w for l, w in enumerate(WEIGHTS)}
    arrays |= {bias.format(l): b for l, b in enumerate(BIASES)}
    found = nnuniverse.read_weights(str(saved(tmp_path / f"net.{form}", arrays)))
    for read, was in zip([*found.weights, *found.biases], [*WEIGHTS, *BIASES], strict=True):
        np.testing.assert_array_equal(read, was)


def test_kernels_of_keras_are_transposed_and_biases_may_be_missing(tmp_path: Path) -> None:
    names = ["dense", *(f"dense_{l}" for l in range(1, len(WEIGHTS)))]
    arrays = {f"{name}/kernel": w.T for name, w in zip(names, WEIGHTS, strict=True)}
    found = nnuniverse.read_weights(saved(tmp_path / "net.npz", arrays))
    for read, was in zip(found.weights, WEIGHTS, strict=True):
        np.testing.assert_array_equal(read, was)
    assert all(
        (bias == 0).all() and bias.shape == (len(w),) for w, bias in zip(*found, strict=True)
    )


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"0.weight": WEIGHTS[0], "1.running_mean": BIASES[0]}, "holds '1.running_mean'"),
        ({"0.bias": BIASES[0]}, r"weights of shape \(0,\)"),
        ({"conv.weight": np.zeros((2, 3, 3, 3))}, r"weights of shape \(2, 3, 3, 3\)"),
        ({}, "holds none"),
    ],
)
@pytest.mark.parametrize("form", ["npz", "safetensors"])
def test_what_is_no_dense_net_is_said(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str, form: str
) -> None:
    with pytest.raises(DataError, match=message):
        nnuniverse.read_weights(saved(tmp_path / f"net.{form}", arrays))


@pytest.mark.parametrize("form", ["npz", "safetensors"])
def test_damaged_and_missing_files_are_said(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"net.{form}"
    with pytest.raises(ConfigError, match="readable file"):
        nnuniverse.read_weights(path)
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(DataError, match="net"):
        nnuniverse.read_weights(path)


def saved(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)
    return path
