"""A quadrature that has not come as far as it is meant to says so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnuniverse.thermodynamics.canonical import quadrature


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.npz"
    np.savez(path, weights=[[0.0, 0.5], [-0.7, 0.2]], bias=[-0.2, 0.3])
    return path


def test_what_has_settled_is_left_alone(nnu, net: Path) -> None:
    result = nnu("ensemble", net, "--activation", "relu", "--beta", 2, "--json")
    assert result.code == 0
    assert result.err == ""
    assert json.loads(result.out)["settled"]


def test_the_accuracy_reached_is_said(nnu, net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quadrature, "MOST_POINTS", 1_000)
    result = nnu("ensemble", net, "--activation", "relu", "--beta", 2, "--json")
    assert result.code == 0
    found = json.loads(result.out)
    (state,) = found["states"]
    assert not found["settled"]
    assert state["log_partition_error"] > 1e-10
    assert result.err == (
        "nnu: the quadrature has not settled to 1e-10: more nodes still change U by up to "
        f"{state['mean_loss_error']:.1g} and log Z by up to {state['log_partition_error']:.1g}\n"
    )
