"""Graphs from the command line: training, resuming, measuring, analysing, `nnu spectrum`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
import yaml

from nnuniverse.config import load_config
from nnuniverse.experiments.train import resume_run, start_run

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="session")
def graph_config(shared: Path, data_file: Path) -> Path:
    """Eleven neurons on random links for three epochs."""
    content = {
        "name": "graph",
        "data": {"kind": "npz", "path": str(data_file)},
        "network": {
            "kind": "graph",
            "neurons": 11,
            "mask": {"kind": "random", "links": 5},
            "initialiser": {"gain": 0.5},
        },
        "train": {"epochs": 3, "batch": 4},
        "observe": {"complexity_n": [2], "weights": "snapshots"},
    }
    path = shared / "graph.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.fixture(scope="session")
def run(nnu, graph_config: Path, shared: Path) -> Path:
    return nnu("train", graph_config, "--out", shared / "graphs").folder


def values(folder: Path) -> dict[str, bytes]:
    with h5py.File(folder / "results.h5") as file:
        return {name: variable[()].tobytes() for name, variable in file.items()}


def test_resumed_run_is_bit_identical(run: Path, graph_config: Path, tmp_path: Path) -> None:
    stopped = start_run(load_config(graph_config), tmp_path, stop=after(1))
    assert stopped.status == "interrupted"
    assert resume_run(stopped.folder.path).status == "complete"
    assert values(stopped.folder.path) == values(run)


def after(segments: int) -> Callable[[], bool]:
    asked = iter([False] * segments)
    return lambda: next(asked, True)


def test_stored_edges_rebuild_the_matrix(run: Path) -> None:
    with xr.open_dataset(run / "results.h5", engine="h5netcdf") as results:
        weights = results.weights.isel(replica=0)
        w = np.zeros((11, 11))
        w[weights.edge_row, weights.edge_column] = weights
        assert not w[:4].any(), "no edge leads into an input"
        np.testing.assert_array_equal((w[4:] != 0).sum(axis=1), 5)
        np.testing.assert_array_equal(results.neuron, np.arange(4, 11))
        np.testing.assert_array_equal(
            results.snapshot_weights.isel(snapshot=-1), results.weights.values
        )
        assert (results.fixed_point_unconverged == 0).all()
        assert (results.fixed_point_period == 1).all()
        assert results.log_eigenvalues.shape[-1] == 11
        assert "power_norms" not in results
        assert results.running_boundary_loss[0, -1] < results.running_boundary_loss[0, 0]


def test_measured_again(nnu, graph_config: Path, run: Path, tmp_path: Path) -> None:
    few = nnu("train", graph_config, "observe.observables=[mu2]", "--out", tmp_path).folder
    assert nnu("measure", few, "log_eigenvalues").code == 0
    with h5py.File(few / "results.h5") as file, h5py.File(run / "results.h5") as whole:
        np.testing.assert_allclose(file["log_eigenvalues"], whole["log_eigenvalues"], atol=1e-12)


def test_analysed_and_reported(nnu, run: Path, tmp_path: Path) -> None:
    assert nnu("analyze", run, "--resamples", 99).code == 0
    assert nnu("plot", "moments", run).code == 0


def test_spectrum_of_a_run_is_that_of_its_last_snapshot(nnu, run: Path) -> None:
    found = json.loads(nnu("spectrum", run, "--largest", 11, "--json").out)
    with h5py.File(run / "results.h5") as file:
        expected = np.exp(file["log_eigenvalues"][0, -1])
    np.testing.assert_allclose(found["largest"]["eigenvalues"], expected, rtol=1e-10)
    assert found["samples_by_period"] == {"1": 12}
    assert found["exact"]


@pytest.mark.optimised
def test_spectrum_of_the_untrained_net_is_that_of_its_first_snapshot(
    nnu, graph_config: Path, config: Path
) -> None:
    only = "observe.observables=[mu2]"
    for source in (graph_config, config):
        folder = nnu("train", source, "train.epochs=1", only).folder
        found = json.loads(nnu("spectrum", source, "--json").out)
        with h5py.File(folder / "results.h5") as file:
            assert found["traces"]["mu2"]["value"] == pytest.approx(file["mu2"][0, 0], rel=1e-12)


def test_spectrum_of_a_permutation(nnu) -> None:
    found = json.loads(nnu("spectrum", CONFIGS / "permutation.yaml", "--beta", 2, "--json").out)
    modes = np.concatenate([4 * np.sin(np.pi * np.arange(n) / n) ** 2 for n in (12, 7)])
    assert found["zero_eigenvalues"] == 2
    traces = {name: estimate["value"] for name, estimate in found["traces"].items()}
    assert traces["log_det"] == pytest.approx(2 * np.log(12 * 7))  # product of the others: n^2
    assert traces["negative_laplacian[2]"] == pytest.approx(np.sum((1 + 2 * modes) ** -2.0))
    shown = nnu("spectrum", CONFIGS / "permutation.yaml").out
    assert "G is singular: 2 zero eigenvalues; traces of logarithms over the others" in shown


def test_spectrum_of_a_large_net(nnu) -> None:
    big = ("network.mask={kind: permutation, cycles: [2100], weight: 0.5}", "--json")
    found = json.loads(nnu("spectrum", CONFIGS / "permutation.yaml", *big).out)
    assert not found["exact"]
    assert found["zero_eigenvalues"] == 0
    assert found["smallest"]["eigenvalues"][0] == pytest.approx(0.25, abs=1e-6)
    # (I - A)^T (I - A) has the symbol 5/4 - cos k, whose mean log is log 1 for |A| < 1.
    log_det = found["traces"]["log_det"]
    assert abs(log_det["value"]) < 4 * log_det["error"] + 1e-6 * 2100


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("network.neurons=null", "`network.neurons` must be given for a random mask"),
        ("network.outputs=[10]", "`network.outputs` must be 3 neurons, as the data have, but is 1"),
        ("network.outputs=[0,1,2]", "be other neurons than `network.inputs`"),
        ("network.initialiser.kind=orthogonal", "must draw every edge by itself on a graph"),
        ("network.mask={kind: full, links: 2}", "`network.mask.links` must be a known key"),
        ("network.mask={kind: circle}", "`network.mask.kind` must be one of"),
        ("network.mask={kind: lattice, shape: [4]}", "`network.neurons` must be the 4 of the mask"),
        ("network.inputs=[0,1,2,11]", "`network.inputs` must be neurons 0 to 10, but names 11"),
    ],
)
def test_wrong_graphs(refused, graph_config: Path, override: str, message: str) -> None:
    assert message in refused("spectrum", graph_config, override)


def test_unreadable_graph(refused, graph_config: Path) -> None:
    mask = "network.mask={kind: npz, path: none.npz}"
    assert "`network.mask.path` must name a readable file" in refused("train", graph_config, mask)


def test_wrong_counts(refused, graph_config: Path) -> None:
    assert "`--largest` must lie" in refused("spectrum", graph_config, "--largest", 12)
    assert "`--beta` must be positive" in refused("spectrum", graph_config, "--beta", -1)


def test_derivatives_of_the_mean_loss(nnu, graph_config: Path) -> None:
    found = json.loads(
        nnu("spectrum", graph_config, "--equilibrium", "--beta", "1,2", "--json").out
    )
    assert [residual["beta"] for residual in found["equilibrium"]] == [1.0, 2.0]
    assert all(residual["by_weights"] > 0.0 for residual in found["equilibrium"])
    assert (
        "zero in equilibrium, 2004.09280 (6.2)"
        in nnu("spectrum", graph_config, "--equilibrium").out
    )
