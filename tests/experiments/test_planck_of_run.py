"""Planck's constants of a run's nets, against sums over samples and nets with a neuron deleted."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from quick_jit import quick_compilation
from tiny_data import save_tiny_data

import nnuniverse
from nnuniverse.cli.display.planck_tables import planck_document, print_planck
from nnuniverse.errors import RunError
from nnuniverse.experiments.planck import PlanckSettings, planck_of_run
from nnuniverse.physics.grand_canonical.planck import QUANTILES
from nnuniverse.physics.grand_canonical.planck_constants import PlanckConstants

RATE, BATCH, SAMPLES, BETA = 0.05, 4, 12, 1.4


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with quick_compilation():
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The net 4-5-3-3, two replicas, three epochs."""
    folder = tmp_path_factory.mktemp("planck")
    config = {
        "name": "tiny",
        "replicas": 2,
        "data": {"kind": "npz", "path": str(save_tiny_data(folder / "data.npz"))},
        "network": {"hidden": [5, 3]},
        "train": {"epochs": 3, "batch": BATCH, "learning_rate": RATE},
        "observe": {
            "snapshots": {"kind": "fixed", "every": 1},
            "weights": "snapshots",
            "complexity_n": [2],
            "observables": ["boundary_loss"],
        },
    }
    return Path(str(nnuniverse.train(config, out=str(folder / "runs")).folder))


@pytest.fixture(scope="module")
def found(run: Path) -> PlanckConstants:
    return planck_of_run(run, PlanckSettings(epoch=2, beta=BETA, chemical_potential=-0.3))


Weights = list[tuple[np.ndarray, np.ndarray]]


def weights_of(run: Path, replica: int) -> Weights:
    with h5py.File(run / "results.h5") as file:
        names = sorted(name for name in file if name.startswith("snapshot_weights_"))
        layers = [name.removeprefix("snapshot_weights_") for name in names]
        return [
            (
                file[f"snapshot_weights_{l}"][replica, 2].astype(float),
                file[f"snapshot_bias_{l}"][replica, 2].astype(float),
            )
            for l in layers
        ]


def samples_of(run: Path) -> tuple[np.ndarray, np.ndarray]:
    arrays = np.load(run.parents[2] / "data.npz")
    return arrays["x_train"] / np.float32(255.0), np.eye(3)[arrays["y_train"]]


def temperatures(weights: Weights, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """D/gamma of every variable, by back-propagation sample by sample."""
    states = [inputs.astype(float)]
    for w, b in weights:
        states.append(np.tanh(states[-1] @ w.T + b))
    error = (states[-1] - targets) * (1.0 - states[-1] ** 2)
    gradients = []
    for l in reversed(range(len(weights))):
        gradients += [(error[:, :, None] * states[l][:, None]).reshape(SAMPLES, -1), error]
        error = (error @ weights[l][0]) * (1.0 - states[l] ** 2)
    variances = np.concatenate([g.var(axis=0) for g in gradients])
    return RATE * variances / (2.0 * BATCH) * (SAMPLES - BATCH) / (SAMPLES - 1)


def free_energy(weights: Weights, inputs: np.ndarray) -> float:
    """F of all neurons, from the dense G, f' at the mean state."""
    sizes = [inputs.shape[1], *(len(b) for _, b in weights)]
    A, state = np.zeros((sum(sizes), sum(sizes))), inputs.astype(float)
    begin = 0
    for l, (w, b) in enumerate(weights):
        y = state @ w.T + b
        rows = slice(begin + sizes[l], begin + sizes[l] + sizes[l + 1])
        A[rows, begin : begin + sizes[l]] = (1.0 - np.tanh(y.mean(axis=0)) ** 2)[:, None] * w
        state, begin = np.tanh(y), begin + sizes[l]
    M = np.eye(len(A)) - A
    logs = np.log(1.0 + BETA * np.linalg.svd(M, compute_uv=False) ** 2)
    return float((logs - np.log(2.0 * np.pi)).sum() / (2.0 * BETA))


def without(weights: Weights, l: int, neuron: int) -> Weights:
    left = list(weights)
    left[l] = tuple(np.delete(part, neuron, axis=0) for part in weights[l])  # type: ignore[assignment]
    left[l + 1] = (np.delete(weights[l + 1][0], neuron, axis=1), weights[l + 1][1])
    return left


def test_the_temperature_of_descent_is_that_of_the_samples(
    run: Path, found: PlanckConstants
) -> None:
    for replica in range(2):
        expected = temperatures(weights_of(run, replica), *samples_of(run))
        np.testing.assert_allclose(
            found["descent_temperature"][replica], np.quantile(expected, QUANTILES), rtol=1e-6
        )
        assert found["mean_descent_temperature"][replica] == pytest.approx(expected.mean(), 1e-6)
        of_own_beta, of_beta = found["planck_from_diffusion"][replica]
        np.testing.assert_allclose(
            of_own_beta, np.sqrt(2.0) * found["descent_temperature"][replica], rtol=1e-12
        )
        expected_there = np.quantile(np.sqrt(2.0 * expected / BETA), QUANTILES)
        np.testing.assert_allclose(of_beta, expected_there, rtol=1e-6)


def test_the_mu_of_free_energy_is_that_of_nets_with_a_neuron_less(
    run: Path, found: PlanckConstants
) -> None:
    assert [source.name for source in found.sources] == ["given", "removal", "free_energy"]
    weights, (inputs, _) = weights_of(run, 1), samples_of(run)
    whole = free_energy(weights, inputs)
    less = [
        free_energy(without(weights, l, neuron), inputs)
        for l, size in enumerate((5, 3))
        for neuron in range(size)
    ]
    mu = found["planck_chemical_potential"][1]
    assert mu[2] == pytest.approx(whole - np.mean(less), rel=1e-6)
    assert mu[0] == -0.3
    assert mu[1] < np.abs(mu).max()
    np.testing.assert_allclose(found["planck_from_mu"][1], np.abs(mu) / (2.0 * np.pi))


def test_at_lambda_of_consistency_both_are_the_same(found: PlanckConstants) -> None:
    diffusion = RATE * found["descent_temperature"]
    same = np.sqrt(4.0 * diffusion[:, None] / (RATE * found["lambda_of_consistency"]))
    np.testing.assert_allclose(
        same, np.broadcast_to(found["planck_from_mu"][..., None], same.shape), rtol=1e-10
    )


def test_tables_fit_a_terminal(found: PlanckConstants, capsys: pytest.CaptureFixture[str]) -> None:
    print_planck(found)
    told = capsys.readouterr().out
    assert "removal cost" in told and "columns in" not in told
    assert "gain along grad F, beta = 1.4" in told
    document = planck_document(found)
    assert document["ratios"][0]["value"] == pytest.approx(found.ratio(0).value)
    assert json.loads(json.dumps(document, allow_nan=False))["planck_epoch"] == 2


def test_momentum_is_refused(run: Path, tmp_path: Path) -> None:
    config = {
        "name": "heavy",
        "data": {"kind": "npz", "path": str(run.parents[2] / "data.npz")},
        "network": {"hidden": [5]},
        "train": {"epochs": 1, "batch": 4, "optimiser": {"kind": "momentum"}},
        "observe": {"complexity_n": [2], "observables": ["boundary_loss"]},
    }
    heavy = nnuniverse.train(config, out=str(tmp_path))
    with pytest.raises(RunError, match="is of momentum"):
        planck_of_run(str(heavy.folder))
