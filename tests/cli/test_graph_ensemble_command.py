"""``nnu ensemble`` on graphs: as layered nets, as NumPy, in any numbering, of runs and configs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml
from changing import changed

from nnuniverse.experiments.ensemble import EnsembleSettings, hold_boundary, load_net

CONFIGS = Path(__file__).parents[2] / "configs"

Refused = Callable[..., str]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, data_file: Path) -> Write:
    """Write the config of a graph whose weights are given, and return its path."""

    def config(weights: np.ndarray, name: str = "given", **parts: Any) -> Path:
        arrays = {key: parts.pop(key) for key in ("bias", "inputs", "outputs") if key in parts}
        np.savez(tmp_path / f"{name}.npz", weights=weights, **arrays)
        mask = {"kind": "npz", "path": str(tmp_path / f"{name}.npz")}
        exact = {"iterations": 2000, "tolerance": 1e-14}
        content = {
            "name": "given",
            "data": {"kind": "npz", "path": str(data_file)},
            "network": {"kind": "graph", "mask": mask, **exact, **parts},
            "train": {"epochs": 1, "batch": 4},
            "observe": {"complexity_n": []},
        }
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    return config


def document(nnu, *arguments: object) -> Any:
    result = nnu("ensemble", *arguments, "--beta", "0.7,2", "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def assert_equal(one: Any, other: Any) -> None:
    """Thermodynamics and Gaussian forms alike, to rounding; not the order of the neurons."""
    assert one["neurons"] == other["neurons"]
    assert (one["method"], one["mean"]) == (other["method"], other["mean"])
    for a, b in zip(one["states"], other["states"], strict=True):
        for name in ("mean_loss", "variance", "log_partition", "free_energy", "entropy"):
            assert a[name] == pytest.approx(b[name], rel=1e-11), name
        for form, values in a["forms"].items():
            assert values == pytest.approx(b["forms"][form], rel=1e-10), form
        np.testing.assert_allclose(
            np.sort(a["mean_state"]), np.sort(b["mean_state"]), rtol=1e-9, atol=1e-12
        )


BOUNDARIES = (["--bulk"], ["--bulk", "--sample", "2"], [])


@pytest.fixture(scope="session")
def layered(nnu, config: Path, shared: Path) -> Callable[[str], Path]:
    """Return a trained run of the layered net 4-2-3."""
    folders: dict[str, Path] = {}

    def folder(activation: str) -> Path:
        if activation not in folders:
            overrides = (f"network.activation={activation}", "network.hidden=[2]", "replicas=1")
            folders[activation] = nnu(
                "train", config, *overrides, "--out", shared / "layers"
            ).folder
        return folders[activation]

    return folder


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=["bulk", "sample", "whole"])
def test_a_layered_net_as_a_graph(nnu, write: Write, layered, boundary: list[str]) -> None:
    """In its own numbering and in another, the inputs neither first nor the outputs last."""
    activation = "tanh" if "--bulk" in boundary else "identity"
    run = layered(activation)
    net = load_net(run, (), EnsembleSettings())
    assert net.bias[4:].all()
    expected = document(nnu, run, *boundary)
    for name, place in (
        ("same", np.arange(9)),
        ("other", np.array([7, 2, 8, 5, 0, 3, 1, 6, 4])),
    ):
        weights, bias = np.zeros((9, 9)), np.zeros(9)
        weights[np.ix_(place, place)], bias[place] = net.weights, net.bias
        ends = {"inputs": place[:4], "outputs": place[6:]}
        found = document(
            nnu, write(weights, name, bias=bias, **ends, activation=activation), *boundary
        )
        assert found["mean"] == "data"
        assert_equal(found, expected)


# --- against NumPy -------------------------------------------------------------------------------


def cyclic(neurons: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Weights with cycles and self-loops, and biases, exact in float32."""
    random = np.random.default_rng(seed)
    weights = np.float32(0.2 * random.normal(size=(neurons, neurons)))
    return weights, np.float32(random.normal(size=neurons))


def test_a_closed_graph_with_identity(nnu, write: Write) -> None:
    """``H = 1/2 |x - wx - b|^2`` over all numbers: a Gaussian integral."""
    weights, bias = cyclic(5)
    path = write(weights, bias=bias, inputs=[], outputs=[], activation="identity")
    content = yaml.safe_load(path.read_text())
    content["network"] |= {"inputs": [], "outputs": []}
    content["data"]["path"] = "nowhere.npz"  # which a closed net does not need
    path.write_text(yaml.safe_dump(content))
    found = document(nnu, path)
    assert (found["neurons"], found["method"], found["mean"]) == (5, "closed", "ensemble")
    matrix = np.eye(5) - np.float64(weights)
    for state in found["states"]:
        beta = state["beta"]
        log_z = 2.5 * np.log(2.0 * np.pi / beta) - np.linalg.slogdet(matrix)[1]
        assert state["log_partition"] == pytest.approx(log_z, rel=1e-12)
        assert state["mean_loss"] == pytest.approx(2.5 / beta, rel=1e-12)
        np.testing.assert_allclose(state["mean_state"], np.linalg.solve(matrix, bias), rtol=1e-12)


def test_the_bulk_of_a_cyclic_graph_with_identity(nnu, write: Write, data_file: Path) -> None:
    """The clamped neurons send and are sent to; least squares in the hidden ones."""
    weights, bias = cyclic(11)
    inputs, outputs = [8, 2, 5, 0], [3, 10, 6]
    hidden = [1, 4, 7, 9]
    path = write(weights, bias=bias, inputs=inputs, outputs=outputs, activation="identity")
    found = document(nnu, path, "--bulk", "--sample", "5")
    train = load_net(path, (), EnsembleSettings()).train
    w, x = np.float64(weights), np.zeros(11)
    w[inputs] = 0.0
    x[inputs], x[outputs] = train.inputs[5], train.targets[5]
    rows = hidden + outputs
    jacobian = (np.eye(11) - w)[rows][:, hidden]
    offset = (x - w @ x - bias)[rows]
    at, residual, *_ = np.linalg.lstsq(jacobian, -offset, rcond=None)
    assert found["neurons"] == 4
    for state in found["states"]:
        beta, least = state["beta"], 0.5 * residual[0]
        determinant = np.linalg.slogdet(jacobian.T @ jacobian)[1]
        log_z = 2.0 * np.log(2.0 * np.pi / beta) - 0.5 * determinant - beta * least
        assert state["log_partition"] == pytest.approx(log_z, rel=1e-10)
        assert state["mean_loss"] == pytest.approx(2.0 / beta + least, rel=1e-10)
        np.testing.assert_allclose(state["mean_state"], at, rtol=1e-9)


def test_the_state_on_the_data_is_the_mean_of_fixed_points(write: Write) -> None:
    weights, bias = cyclic(11)
    inputs, outputs = [8, 2, 5, 0], [3, 10, 6]
    net = load_net(
        write(weights, bias=bias, inputs=inputs, outputs=outputs), (), EnsembleSettings()
    )
    assert (net.weights[inputs] == 0.0).all()
    free = np.setdiff1d(np.arange(11), inputs)

    def fixed_points(clamped: np.ndarray) -> np.ndarray:
        x = np.zeros((len(clamped), 11))
        for _ in range(500):
            x = np.tanh(x @ net.weights.T + bias)
            x[:, inputs] = clamped
        return x

    seen = np.asarray(net.train.inputs, np.float64)
    _, whole = hold_boundary(net, EnsembleSettings())
    np.testing.assert_allclose(whole, fixed_points(seen).mean(axis=0), rtol=1e-12)
    system, one = hold_boundary(net, EnsembleSettings(bulk=True, sample=4))
    hidden = np.setdiff1d(free, outputs)
    np.testing.assert_allclose(one, fixed_points(seen[4:5])[0, hidden], rtol=1e-12)
    assert system.neurons == len(hidden)


# --- runs and configs ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def run(nnu, shared: Path, data_file: Path) -> Path:
    """Two replicas of random graphs that kept their weights at every snapshot."""
    content = {
        "name": "kept",
        "replicas": 2,
        "data": {"kind": "npz", "path": str(data_file)},
        "network": {
            "kind": "graph",
            "neurons": 9,
            "mask": {"kind": "random", "links": 4},
            "inputs": [7, 1, 4, 3],
            "outputs": [0, 8, 5],
            "initialiser": {"gain": 0.5},
        },
        "train": {"epochs": 3, "batch": 4},
        "observe": {"complexity_n": [2], "weights": "snapshots"},
    }
    path = shared / "kept.yaml"
    path.write_text(yaml.safe_dump(content))
    return nnu("train", path, "--out", shared / "kept").folder


def test_a_run_uses_its_trained_weights(nnu, run: Path) -> None:
    arguments = ("ensemble", run, "--bulk", "--beta", "2", "--json")
    of = [json.loads(nnu(*arguments, "--replica", r).out)["states"][0] for r in (0, 1)]
    assert of[0]["mean_loss"] != of[1]["mean_loss"]
    net = load_net(run, (), EnsembleSettings(replica=1))
    first = load_net(run, (), EnsembleSettings(replica=1, epoch=0))
    untrained = load_net(run / "config.yaml", (), EnsembleSettings(replica=1))
    np.testing.assert_array_equal(first.weights, untrained.weights)
    with h5py.File(run / "results.h5") as file:
        ends = file["edge_row"][()], file["edge_column"][()]
        np.testing.assert_array_equal(net.weights[ends], file["weights"][1])
        np.testing.assert_array_equal(net.bias[[0, 2, 5, 6, 8]], file["bias"][1])
    assert not net.weights[[7, 1, 4, 3]].any()
    assert (net.weights != first.weights).any()


def test_runs_that_cannot_be_used(refused: Refused, run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in run.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    assert "must be a snapshot, but is 9. Try --epoch 3" in refused(
        "ensemble", folder, "--epoch", 9
    )
    assert "must be one of 0 .. 1" in refused("ensemble", folder, "--replica", 2)
    with changed(folder / "results.h5") as file:
        for name in ("snapshot_weights", "snapshot_bias", "bias"):
            del file[name]
    assert "kept those after the last epoch only" in refused(
        "ensemble", folder, "--epoch", 0, code=1
    )
    assert "`bias` of results.h5 must be [5]" in refused("ensemble", folder, code=1)
    with changed(folder / "results.h5") as file:
        del file["weights"]
        file["weights"] = np.zeros((2, 7))
    assert "`weights` of results.h5 must be [20]" in refused("ensemble", folder, code=1)
    with changed(folder / "results.h5") as file:
        del file["weights"]
    assert "kept no weights" in refused("ensemble", folder, code=1)


def test_states_that_do_not_settle(nnu, refused: Refused, write: Write) -> None:
    """Two neurons in turn, beside the others: every sample ends in a cycle."""
    weights = np.zeros((9, 9))
    weights[4:7, :4] = 0.1
    weights[[7, 8], [8, 7]] = -3.0, 3.0
    path = write(weights, bias=np.full(9, 0.1), inputs=[0, 1, 2, 3], outputs=[4, 5, 6])
    line = refused("ensemble", path, "--bulk", "--sample", 1)
    assert "that of 1 of 1 does not. Try --mean ensemble" in line
    assert "that of 12 of 12 does not" in refused("ensemble", path)
    found = document(nnu, path, "--bulk", "--mean", "ensemble")
    assert (found["neurons"], found["mean"], found["method"]) == (2, "ensemble", "quadrature")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["--bulk"], "`--bulk` must be of a net with data, but this graph has no inputs"),
        (["--mean", "data", "--mass", "-1"], "be of a net with data, but this graph has no inputs"),
        ([], "below the smallest eigenvalue of G, for states are unbounded with identity, "
             "but is 0 where that is 0. Try other weights, or --mass -0.1"),
        (["--replica", "1"], "`--replica` must be one of 0 .. 0"),
        (["network.mask.cycles=[6000]"], "must have at most 5000 free neurons"),
        (["network.mask.cycles=[20000]"], "must have at most 16384 neurons"),
    ],
    ids=str,
)  # fmt: skip
def test_closed_graphs_that_cannot_be(refused: Refused, overrides: list[str], message: str) -> None:
    assert message in refused("ensemble", CONFIGS / "permutation.yaml", *overrides)


def test_a_singular_g_with_a_negative_mass(nnu) -> None:
    """The eigenvalues of G of a cycle of n are ``4 sin^2(pi k/n)``, 2008.01540 (8.2)."""
    found = document(nnu, CONFIGS / "permutation.yaml", "--mass", "-0.5")
    k12, k7 = np.arange(12), np.arange(7)
    eigenvalues = 4.0 * np.concatenate([np.sin(np.pi * k12 / 12), np.sin(np.pi * k7 / 7)]) ** 2
    for state in found["states"]:
        log_z = 0.5 * np.sum(np.log(2.0 * np.pi / (state["beta"] * (eigenvalues + 0.5))))
        assert state["log_partition"] == pytest.approx(log_z, rel=1e-12)


def test_the_graph_of_the_digits(nnu) -> None:
    """The config in the package, shortened, and solved in place of sampled."""
    small = ("data.train_samples=100", "data.test_samples=10", "network.initialiser.gain=0.3")
    found = document(nnu, CONFIGS / "graph.yaml", *small, "network.activation=identity", "--bulk")
    assert (found["neurons"], found["method"], found["mean"]) == (120, "closed", "data")
