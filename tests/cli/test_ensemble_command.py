"""``nnu ensemble``: nets from three sources, what is printed and what is refused."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import jax
import numpy as np
import pytest
from changing import changed

from nnuniverse.experiments.ensemble import EnsembleSettings, hold_boundary, load_net
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.thermodynamics.canonical import (
    FORMS,
    WINDOWED,
    build_system,
    closed_form,
    expand,
    gaussian_state,
    integrate_states,
    integrate_windowed,
    windowed_state,
)

Refused = Callable[..., str]


@pytest.fixture(scope="session")
def net(shared: Path) -> Path:
    """Two neurons that see each other."""
    path = shared / "net.npz"
    np.savez(path, weights=[[0.2, -0.7], [0.9, 0.0]], bias=[0.1, -0.3])
    return path


def test_a_net_in_a_file(nnu, net: Path) -> None:
    result = nnu("ensemble", net, "--beta", "1.4,0.5", "--mass", "0.2", "--json")
    assert result.code == 0, result.err
    document = json.loads(result.out)
    assert (document["neurons"], document["method"], document["mean"]) == (
        2,
        "quadrature",
        "ensemble",
    )
    with np.load(net) as file:
        system = build_system(file["weights"], file["bias"], 0.2)
    tanh = ACTIVATIONS["tanh"]
    exact = integrate_states(system, tanh, [0.5, 1.4])
    for entry, state in zip(document["states"], exact, strict=True):
        assert entry["beta"] == state.beta
        assert entry["mean_loss"] == state.mean_loss
        assert entry["free_energy"] == state.free_energy
        assert entry["entropy"] == state.entropy
        assert entry["mixing"] is None
        expansion = expand(system, tanh, state.mean_state)
        assert set(entry["forms"]) == {*FORMS, *WINDOWED}
        for name, (window, terms) in FORMS.items():
            form = gaussian_state(expansion, state.beta, 0.2, window, terms)
            assert entry["forms"][name] == form._asdict()
        for name, window in WINDOWED.items():
            (windowed,) = integrate_windowed(system, tanh, [state.beta], window)
            form = windowed_state(windowed, system.neurons, window)
            assert entry["forms"][name] == pytest.approx(form._asdict(), rel=1e-9)


def test_tables_and_csv(nnu, net: Path, tmp_path: Path) -> None:
    out = tmp_path / "ensemble.csv"
    result = nnu("ensemble", net, "--beta", "0.5", "--out", out)
    assert result.code == 0, result.err
    rows = list(csv.DictReader(out.open()))
    assert [row["form"] for row in rows] == ["ensemble", *FORMS, *WINDOWED]
    texts = ("form", "mixed")
    numbers = [{k: float(v) for k, v in row.items() if v and k not in texts} for row in rows]
    exact, forms = numbers[0], dict(zip([*FORMS, *WINDOWED], numbers[1:], strict=True))
    assert exact["entropy"] == pytest.approx(exact["log_partition"] + 0.5 * exact["mean_loss"])
    assert rows[0]["mixed"] == "True"
    assert f"{exact['mean_loss']:.6g}" in result.out
    for name, form in forms.items():
        deviation = form["mean_loss"] - exact["mean_loss"]
        cells = next(line for line in result.out.splitlines() if f" {name} " in line).split()
        assert f"{form['mean_loss']:.5g}" in cells
        assert f"{deviation:+.4g}" in cells
    assert "2 free neurons, quadrature" in result.out


def test_forms_outside_their_domain_are_missing(nnu, net: Path) -> None:
    arguments = ("ensemble", net, "--beta", "5", "--mass", "2")
    forms = json.loads(nnu(*arguments, "--json").out)["states"][0]["forms"]
    assert set(forms["unit (5.13)"].values()) == {None}
    line = next(row for row in nnu(*arguments).out.splitlines() if "unit (5.13)" in row)
    assert set(line.split()[3:]) == {"-"}


def test_bulk_of_an_untrained_net_clamps_the_boundary(nnu, config: Path) -> None:
    two = "network.hidden=[2]"
    arguments = ("ensemble", config, two, "--bulk", "--beta", "2", "--json")
    document = json.loads(nnu(*arguments, "--sample", "2").out)
    assert (document["neurons"], document["method"], document["mean"]) == (2, "quadrature", "data")
    net = load_net(config, (two,), EnsembleSettings())
    first = net.parameters[0]
    with jax.enable_x64(True):
        inputs, target = np.asarray(net.train.inputs[2]), np.asarray(net.train.targets[2])
        hidden = np.tanh(np.asarray(first.weights) @ inputs + np.asarray(first.bias))
    clamped = np.concatenate([inputs, np.full(2, np.nan), target])
    system = build_system(net.weights, net.bias, 0.0, clamped)
    (state,) = integrate_states(system, ACTIVATIONS["tanh"], [2.0])
    assert document["states"][0]["mean_loss"] == pytest.approx(state.mean_loss, rel=1e-12)
    _, data_state = hold_boundary(net, EnsembleSettings(bulk=True, sample=2))
    np.testing.assert_allclose(data_state, hidden, rtol=1e-6)
    other = json.loads(nnu(*arguments).out)
    assert other["states"][0]["mean_loss"] != document["states"][0]["mean_loss"]


def test_whole_net_holds_the_mean_inputs(config: Path) -> None:
    net = load_net(config, (), EnsembleSettings())
    system, state = hold_boundary(net, EnsembleSettings())
    mean = np.asarray(net.train.inputs, np.float64).mean(axis=0)
    assert system.neurons == len(state) == 10
    np.testing.assert_allclose(np.tanh(np.asarray(system.drive)[:4]), mean, rtol=1e-12)
    np.testing.assert_allclose(state[:4], mean, rtol=1e-12)


def test_chains_that_have_not_mixed_fail(nnu, net: Path) -> None:
    few = ("--method", "hmc", "--samples", "40", "--warmup", "200", "--beta", "1.5")
    result = nnu("ensemble", net, "--activation", "identity", *few, "--json")
    assert result.code == 3
    (line,) = result.err.splitlines()
    assert line.startswith("nnu: chains must mix: R-hat <= 1.01")
    document = json.loads(result.out)
    assert (document["method"], document["mixed"]) == ("hmc", False)
    (state,) = document["states"]
    assert state["mixing"]["mixed"] is False
    # Over unbounded states there is no beta = 0 to integrate from; U is that of a Gaussian.
    assert state["log_partition"] is state["free_energy"] is state["entropy"] is None
    with np.load(net) as file:
        system = build_system(file["weights"], file["bias"])
    exact = closed_form(system, ACTIVATIONS["identity"], 1.5)
    assert abs(state["mean_loss"] - exact.mean_loss) < 5.0 * state["mean_loss_error"]
    table = nnu("ensemble", net, "--activation", "identity", *few)
    assert table.code == 3
    assert table.out.splitlines()[2].endswith("NO")
    half = 1.959963984540054 * state["mean_loss_error"]
    assert f"{state['mean_loss']:.6g} ± {half:.2g}" in table.out
    assert "hmc; ± is the 95 % interval" in table.out


def test_identity_is_solved(nnu, net: Path) -> None:
    result = nnu("ensemble", net, "--activation", "identity", "--json")
    assert (result.code, json.loads(result.out)["method"]) == (0, "closed")


def test_a_run_uses_its_trained_weights(nnu, finished) -> None:
    folder = finished.folder
    arguments = ("ensemble", folder, "--bulk", "--beta", "2", "--json")
    of = [json.loads(nnu(*arguments, "--replica", r).out)["states"][0] for r in (0, 1)]
    assert of[0]["mean_loss"] != of[1]["mean_loss"]
    net = load_net(folder, (), EnsembleSettings(replica=1))
    with h5py.File(folder / "results.h5") as file:
        np.testing.assert_array_equal(net.weights[4:7, :4], file["weights_1"][1])
        np.testing.assert_array_equal(net.weights[7:, 4:7], file["weights_2"][1])
        np.testing.assert_array_equal(net.bias[7:], file["bias_2"][1])
    assert not net.weights[:4].any()


def test_weights_of_a_snapshot(nnu, refused: Refused, config: Path, tmp_path: Path) -> None:
    kept = nnu("train", config, "observe.weights=snapshots", "--out", tmp_path).folder
    untrained = load_net(config, (), EnsembleSettings())
    first = load_net(kept, (), EnsembleSettings(epoch=0))
    np.testing.assert_array_equal(first.weights, untrained.weights)
    last = load_net(kept, (), EnsembleSettings(epoch=3))
    np.testing.assert_array_equal(last.weights, load_net(kept, (), EnsembleSettings()).weights)
    assert "must be a snapshot, but is 9. Try --epoch 3" in refused("ensemble", kept, "--epoch", 9)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--beta", "0"], "`--beta` must be a positive number, but is 0"),
        (["--beta", "1,-2"], "`--beta` must be a positive number, but is -2"),
        (["--beta", "nan"], "`--beta` must be a positive number"),
        (["--beta", "1;2"], "must be numbers between commas"),
        (["--mass", "inf"], "`--mass` must be finite"),
        (["--method", "mcmc"], "`--method` must be one of auto, closed, quadrature, hmc"),
        (["--method", "closed"], "must be of a net with identity"),
        (["--mean", "mode"], "`--mean` must be one of data, ensemble"),
        (["--mean", "data"], "the file has none"),
        (["--activation", "sine"], "`--activation` must be one of tanh"),
        (["--activation", "identity", "--mass", "9"], "below the smallest eigenvalue of G"),
        (["--activation", "relu", "--mass", "0.1"], "must not be positive with relu"),
        (["--chains", "1"], "`--chains` must be at least 2"),
        (["--bulk"], "`--bulk` must be of a net with data"),
        (["--sample", "0"], "`--sample` must come with --bulk"),
        (["--epoch", "3"], "`--epoch` must be of a RUN"),
        (["seed=3"], "KEY=VALUE must follow a CONFIG"),
    ],
    ids=str,
)
def test_wrong_usage_of_a_file(refused: Refused, net: Path, options, message: str) -> None:
    assert message in refused("ensemble", net, *options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--method", "quadrature"], "at most 4 free neurons for quadrature, but has 10"),
        (["--bulk", "--sample", "12"], "one of the training samples 0 .. 11"),
        (["--replica", "2"], "`--replica` must be one of 0 .. 1"),
        (["--activation", "tanh"], "must be of a net in an npz file"),
        (["network.hidden=[]", "observe.complexity_n=[2]", "--bulk"], "must have hidden neurons"),
        (["data.input_scale=raw"], "lie inside the range (-1, 1) of tanh"),
        (["network.activation=relu", "--mass", "1"], "must not be positive with relu"),
    ],
    ids=str,
)
def test_wrong_usage_of_a_config(refused: Refused, config: Path, options, message: str) -> None:
    assert message in refused("ensemble", config, *options)


def test_nothing_is_overwritten(refused: Refused, net: Path, tmp_path: Path) -> None:
    out = tmp_path / "there.csv"
    out.write_text("mine")
    assert "`--out` must be new" in refused("ensemble", net, "--out", out)
    assert out.read_text() == "mine"


def test_files_that_are_no_nets(refused: Refused, tmp_path: Path) -> None:
    assert "does not exist" in refused("ensemble", tmp_path / "none.npz")
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK nonsense")
    assert "with the arrays weights and bias" in refused("ensemble", broken, code=1)
    np.savez(tmp_path / "other.npz", w=np.eye(2))
    assert "with the arrays weights and bias" in refused("ensemble", tmp_path / "other.npz", code=1)
    np.savez(tmp_path / "flat.npz", weights=np.zeros(4), bias=np.zeros(2))
    assert "have the shapes (N, N) and (N,)" in refused("ensemble", tmp_path / "flat.npz")


def test_runs_that_cannot_be_used(refused: Refused, copied, tmp_path: Path) -> None:
    assert "holds no config.yaml" in refused("ensemble", tmp_path)
    folder = copied()
    assert "kept those after the last epoch only" in refused(
        "ensemble", folder, "--epoch", 0, code=1
    )
    with changed(folder / "results.h5") as file:
        for name in [name for name in file if name.startswith("weights_")]:
            del file[name]
    assert "kept no weights" in refused("ensemble", folder, code=1)


def test_changed_data(refused: Refused, copied, data_file: Path, tmp_path: Path) -> None:
    folder, other = copied(), tmp_path / "data.npz"
    shutil.copy(data_file, other)
    with np.load(data_file) as data:
        np.savez(other, **{**data, "x_train": data["x_train"][::-1]})
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace(str(data_file), str(other)))
    assert "must be what the run was trained with" in refused("ensemble", folder)
