"""Training a graph with `loss.terms`: results, resuming, replicas, and nets too large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml

from nnuniverse.config import load_config
from nnuniverse.experiments.train import resume_run, start_run

TERMS = [
    {"observable": "mu2", "weight": 0.01},
    {"observable": "free_energy_laplacian", "weight": -0.1, "beta": 1.4},
]


@pytest.fixture(scope="session")
def terms_config(shared: Path, data_file: Path) -> Path:
    """Eleven neurons, all samples in one batch, so that a running loss is that of the epoch."""
    content = {
        "name": "terms",
        "replicas": 2,
        "data": {"kind": "npz", "path": str(data_file)},
        "network": {
            "kind": "graph",
            "neurons": 11,
            "mask": {"kind": "random", "links": 5},
            "initialiser": {"gain": 0.5},
            "iterations": 1000,
            "tolerance": 1e-12,
        },
        "loss": {"kind": "boundary", "terms": TERMS},
        "train": {"epochs": 3, "batch": 12},
        "observe": {
            "complexity_n": [2],
            "observables": ["log_eigenvalues", "singular_eigenvalues", "mu2"],
            "snapshots": {"kind": "fixed", "every": 1},
        },
    }
    path = shared / "terms.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.fixture(scope="session")
def run(nnu, terms_config: Path, shared: Path) -> Path:
    return nnu("train", terms_config, "--out", shared / "terms").folder


def values(folder: Path) -> dict[str, np.ndarray]:
    with h5py.File(folder / "results.h5") as file:
        return {name: variable[()] for name, variable in file.items()}


@pytest.mark.optimised
def test_what_is_recorded_is_the_sum_of_the_terms(run: Path) -> None:
    """Before each step, of the whole batch: at the snapshot before."""
    results = values(run)
    assert (results["snapshot"] == np.arange(4)).all()
    theta = results["log_eigenvalues"]
    assert theta.shape == (2, 4, 11)
    laplacian = -0.5 * 1.4 * np.sum((1.0 + 1.4 * np.exp(theta)) ** -2, axis=-1)
    expected = 0.01 * results["mu2"] - 0.1 * laplacian
    np.testing.assert_allclose(results["running_terms"], expected[:, :-1], rtol=1e-6)
    objective = results["running_boundary_loss"] + results["running_terms"]
    assert (np.diff(objective, axis=1) < 0.0).all()


@pytest.mark.optimised
def test_resumed_run_is_bit_identical(run: Path, terms_config: Path, tmp_path: Path) -> None:
    asked = iter([False])
    stopped = start_run(load_config(terms_config), tmp_path, stop=lambda: next(asked, True))
    assert stopped.status == "interrupted"
    assert resume_run(stopped.folder.path).status == "complete"
    whole = values(run)
    for name, array in values(stopped.folder.path).items():
        np.testing.assert_array_equal(array, whole[name], err_msg=name)


@pytest.mark.optimised
def test_a_replica_is_a_run_of_its_seed(nnu, run: Path, terms_config: Path, tmp_path: Path) -> None:
    alone = nnu("train", terms_config, "replicas=1", "seed=1", "--out", tmp_path).folder
    one, both = values(alone), values(run)
    np.testing.assert_array_equal(both["seed"], [0, 1])
    for name in ("weights", "bias", "running_terms"):
        np.testing.assert_array_equal(one[name][0], both[name][1], err_msg=name)


def test_a_net_too_large_for_its_spectrum(
    refused: Callable[..., str], terms_config: Path, tmp_path: Path
) -> None:
    line = refused("train", terms_config, "network.neurons=2100", "--out", tmp_path)
    assert line.startswith("`loss.terms` must be of a net with at most 2000 dynamical eigenvalues")
    assert "graph of 2100 neurons" in line
    assert not list(tmp_path.iterdir())


def test_a_singular_start_is_a_replica_that_diverged(
    nnu, terms_config: Path, tmp_path: Path
) -> None:
    """A cycle of weights one apart from inputs and outputs has the eigenvalue zero; mu2 none."""
    w = np.zeros((10, 10))
    w[4:7, :4] = 0.1
    w[[7, 8, 9], [9, 7, 8]] = 1.0
    path = tmp_path / "w.npz"
    np.savez(path, weights=w, inputs=[0, 1, 2, 3], outputs=[4, 5, 6])
    network = f"network={{kind: graph, mask: {{kind: npz, path: {path}}}, activation: identity}}"
    result = nnu("train", terms_config, network, "replicas=1", "--out", tmp_path)
    results = values(result.folder)
    assert results["diverged_epoch"] == [1]
    assert results["singular_eigenvalues"][0, 0] == 1
    np.testing.assert_array_equal(results["weights"][0], np.float32(w[w != 0.0]))
