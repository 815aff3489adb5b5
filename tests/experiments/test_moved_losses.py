"""Losses and F before and after moves, at the nets of a tiny run whose neurons come and go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from quick_jit import quick_compilation
from tiny_data import save_tiny_data

import nnuniverse
from nnuniverse.api.run import Run
from nnuniverse.errors import RunError
from nnuniverse.experiments.moved_losses import MovedLosses, losses_at_moves


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with quick_compilation():
        yield


def train(folder: Path, **grand: object) -> Run:
    """Return the net 4-5-3, three epochs, of two replicas, out of 4-8-3."""
    config = {
        "name": "tiny",
        "replicas": 2,
        "data": {"kind": "npz", "path": str(save_tiny_data(folder / "data.npz"))},
        "network": {"hidden": [5]},
        "train": {"epochs": 4, "batch": 4},
        "grand": {"reservoir": [8], "probe": 12, "every": 2, "temperature": 1.0, **grand},
        "observe": {
            "snapshots": {"kind": "fixed", "every": 1},
            "weights": "snapshots",
            "complexity_n": [2],
            "observables": ["boundary_loss", "bulk_loss"],
        },
    }
    return nnuniverse.train(config, out=str(folder / "runs"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(tmp_path_factory.mktemp("moves"), chemical_potential=-0.1)


@pytest.fixture(scope="module")
def found(run: Run) -> MovedLosses:
    return losses_at_moves(str(run.folder), beta=1.4, since=1)


def test_before_a_move_the_losses_are_those_of_the_run(run: Run, found: MovedLosses) -> None:
    assert found.epochs.tolist() == [1, 2, 3, 4]
    moved = np.isfinite(found.before["boundary"])
    assert moved.any()
    for name, recorded in (("boundary", "boundary_loss"), ("bulk", "bulk_loss")):
        expected = run.record[recorded][:, 1:]
        np.testing.assert_allclose(found.before[name][moved], expected[moved], rtol=1e-5)
    active = run.record["active_neurons"][:, :, 0]
    np.testing.assert_array_equal(found.before["neurons"][moved], active[moved])


def test_moves_change_the_number_of_neurons_by_one_or_none(found: MovedLosses) -> None:
    changes = found.changes("neurons")
    assert set(changes[np.isfinite(changes)]) <= {-1.0, 0.0, 1.0}
    assert np.all(
        found.before["bulk"] <= found.before["boundary"] + 1e-12, where=~np.isnan(changes)
    )


def test_mu_is_the_slope_of_free_energy_over_neurons() -> None:
    neurons = np.array([[5.0, 6.0, 5.0]]), np.array([[6.0, 5.0, 5.0]])
    energies = np.array([[1.0, 2.0, 3.0]]), np.array([[0.7, 2.3, 3.05]])
    before, after = (
        {"neurons": n, "free_energy": f} for n, f in zip(neurons, energies, strict=True)
    )
    made = MovedLosses(np.array([0]), np.arange(3), before, after)
    np.testing.assert_allclose(made.neuron_free_energy, [-0.3])
    np.testing.assert_allclose(made.free_energy_left, [np.std([0.0, 0.0, 0.05])])


def test_flips_are_refused(tmp_path: Path) -> None:
    flipping = train(tmp_path, moves={"kind": "sample", "steps": 1, "proposal": "uniform"})
    with pytest.raises(RunError, match="with weights not kept"):
        losses_at_moves(str(flipping.folder))
