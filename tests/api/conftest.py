"""A data file and a config, tiny, as a user of Python gives them."""

from __future__ import annotations

import pytest
from tiny_data import save_tiny_data

import nnuniverse
from nnuniverse.api.run import Run


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    path = save_tiny_data(tmp_path_factory.mktemp("data") / "data.npz")
    return {
        "name": "tiny",
        "replicas": 2,
        "data": {"kind": "npz", "path": str(path)},
        "network": {"hidden": [5]},
        "train": {"epochs": 6, "batch": 4},
        "observe": {
            "snapshots": {"kind": "fixed", "every": 2},
            "weights": "snapshots",
            "complexity_n": [2],
            "observables": ["log_eigenvalues", "mu2", "boundary_loss"],
        },
    }


@pytest.fixture(scope="session")
def run(config: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Run:
    return nnuniverse.train(config, out=str(tmp_path_factory.mktemp("runs")))
