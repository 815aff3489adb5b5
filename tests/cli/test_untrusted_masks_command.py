"""Commands that are given damaged masks and nets, or neurons that cannot be: one line each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
import yaml

Refused = Callable[..., str]


@pytest.fixture
def masked(tmp_path: Path, data_file: Path) -> Path:
    """A config whose mask is `mask.npz`, which is not there yet."""
    content = {
        "data": {"kind": "npz", "path": str(data_file)},
        "network": {
            "kind": "graph",
            "mask": {"kind": "npz", "path": str(tmp_path / "mask.npz")},
        },
        "train": {"epochs": 1, "batch": 4},
        "observe": {"complexity_n": []},
    }
    path = tmp_path / "masked.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def lil(path: Path) -> None:
    sp.save_npz(path, sp.csr_array(np.eye(9)))
    with np.load(path) as held:
        np.savez(path, **{**held, "format": np.array("lil")})


DAMAGES: dict[str, Callable[[Path], object]] = {
    "lil": lil,
    "objects": lambda path: np.savez(path, weights=np.array([{}])),
    "indices": lambda path: np.savez(
        path,
        format=np.array("coo"),
        shape=np.array([9, 9]),
        row=np.array([2**62]),
        col=np.array([0]),
        data=np.array([1.0]),
    ),
    "text": lambda path: path.write_text("weights"),
    "folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("command", ["train", "spectrum", "ensemble"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_masks(
    refused: Refused, masked: Path, tmp_path: Path, command: str, damage: str
) -> None:
    DAMAGES[damage](tmp_path / "mask.npz")
    out = ["--out", tmp_path / "runs"] if command == "train" else []
    line = refused(command, masked, *out, code=2 if damage == "folder" else 1)
    assert "mask.npz" in line
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("weights", "bias", "message", "code"),
    [
        (np.zeros((2, 3)), np.zeros(2), "have the shapes (N, N) and (N,)", 2),
        (np.zeros((2, 2)), np.zeros(3), "have the shapes (N, N) and (N,)", 2),
        (np.zeros((0, 0)), np.zeros(0), "have the shapes (N, N) and (N,)", 2),
        (np.array(1.0), np.array(1.0), "have the shapes (N, N) and (N,)", 2),
        (np.eye(2) * 1j, np.zeros(2), "have real numbers as weights, but has complex128", 1),
        (np.eye(2), np.array(["a", "b"]), "have real numbers as bias, but has <U1", 1),
        (np.eye(2), np.array([{}, {}]), "Object arrays cannot be loaded", 1),
        (np.full((2, 2), np.inf), np.zeros(2), "must be finite", 2),
    ],
    ids=["not square", "long bias", "empty", "numbers", "complex", "texts", "objects", "infinite"],
)  # fmt: skip
def test_nets_that_are_none(
    refused: Refused, tmp_path: Path, weights: np.ndarray, bias: np.ndarray, message: str, code: int
) -> None:
    np.savez(tmp_path / "net.npz", weights=weights, bias=bias)
    assert message in refused("ensemble", tmp_path / "net.npz", code=code)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("network.inputs=[0,0,1,2]", "`network.inputs` must name each neuron once"),
        ("network.inputs=[0,1,2,9]", "`network.inputs` must be neurons 0 to 8, but names 9"),
        (f"network.inputs=[0,1,2,{2**62}]", f"but names {2**62}"),
        (f"network.outputs=[0,1,{10**30}]", f"but names {10**30}"),
        (f"network.iterations={2**31}", "`network.iterations` must be less than 2147483648"),
        ("network.mask={kind: full}", "must be a graph that fits into the memory available"),
    ],
    ids=["repeated", "out of range", "large", "larger", "iterations", "full"],
)
def test_numbers_that_cannot_be(
    refused: Refused, masked: Path, tmp_path: Path, override: str, message: str
) -> None:
    np.savez(tmp_path / "mask.npz", weights=np.tri(9, k=-1))
    more = ["network.neurons=10000000"] if "full" in override else []
    for command in ("train", "spectrum", "ensemble"):
        assert message in refused(command, masked, override, *more)
