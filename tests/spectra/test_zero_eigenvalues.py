"""Eigenvalues of G that are zero: counted by what rounding leaves of them, in float64."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
import yaml

from nnuniverse.errors import ConfigError
from nnuniverse.experiments.ensemble import measure_ensemble
from nnuniverse.experiments.spectrum import Spectroscopy, examine
from nnuniverse.spectra import finite_log_eigenvalues


def ring(neurons: int, reach: int) -> sp.csr_array:
    """Every neuron receives the mean over itself and ``reach`` neighbours on either side."""
    steps = np.arange(-reach, reach + 1)
    rows = np.repeat(np.arange(neurons), len(steps))
    columns = (rows + np.tile(steps, neurons)) % neurons
    return sp.csr_array((np.full(len(rows), 1 / len(steps)), (rows, columns)))


def modes_of_ring(neurons: int, reach: int) -> np.ndarray:
    """Eigenvalues of G of `ring`, of the modes 1 .. N - 1; that of mode 0 is zero."""
    angles = 2 * np.pi * np.arange(1, neurons) / neurons
    received = sum(np.cos(step * angles) for step in range(-reach, reach + 1)) / (2 * reach + 1)
    return (1 - received) ** 2


def config_of(weights: np.ndarray | sp.csr_array, folder: Path) -> Path:
    """A closed net with these weights and the identity as activation."""
    if sp.issparse(weights):
        sp.save_npz(folder / "w.npz", weights)
    else:
        np.savez(folder / "w.npz", weights=weights)
    network = {
        "kind": "graph",
        "mask": {"kind": "npz", "path": str(folder / "w.npz")},
        "activation": "identity",
        "inputs": [],
        "outputs": [],
    }
    path = folder / "closed.yaml"
    path.write_text(yaml.safe_dump({"network": network}))
    return path


def spectrum_of(weights: np.ndarray | sp.csr_array, folder: Path) -> Spectroscopy:
    return examine(config_of(weights, folder))


@pytest.mark.parametrize(("neurons", "reach"), [(9, 1), (11, 2), (20, 3)])
def test_weights_that_binary_numbers_only_approach(
    neurons: int, reach: int, tmp_path: Path
) -> None:
    found = spectrum_of(ring(neurons, reach).toarray(), tmp_path)
    modes = modes_of_ring(neurons, reach)
    assert found.zeros == 1
    assert found.near_zeros == 0
    assert found.smallest.eigenvalues[0] == 0.0
    assert found.traces["mu2"].value == pytest.approx(np.sum(np.log(modes) ** 2), rel=1e-12)
    assert found.traces["mu3"].value == pytest.approx(np.sum(np.log(modes) ** 3), rel=1e-12)
    if (neurons, reach) == (9, 1):
        assert found.traces["mu2"].value == pytest.approx(30.99, abs=5e-3)


def test_a_zero_without_symmetry(tmp_path: Path) -> None:
    tenths = np.random.default_rng(5).multinomial(10, np.full(6, 1 / 6), size=6)
    weights = tenths / 10  # rows add up to one: (1, .., 1) is left as it is
    others = np.linalg.svd(np.ones((1, 6)))[2][1:].T
    # I - W maps nothing else to zero, and its other singular values are those on the complement.
    singular = np.linalg.svd((np.eye(6) - weights) @ others, compute_uv=False)
    found = spectrum_of(weights, tmp_path)
    assert found.zeros == 1
    expected = np.sum((2 * np.log(singular)) ** 2)
    assert found.traces["mu2"].value == pytest.approx(expected, rel=1e-10)


def test_a_permutation_has_one_zero_per_cycle(tmp_path: Path) -> None:
    weights = np.zeros((9, 9))
    weights[np.arange(9), [3, 0, 1, 2, 6, 4, 5, 8, 7]] = 1.0  # cycles of 4, 3 and 2
    found = spectrum_of(weights, tmp_path)
    assert found.zeros == 3
    assert found.traces["log_det"].value == pytest.approx(2 * np.log(4 * 3 * 2), rel=1e-12)


def test_a_zero_near_the_identity() -> None:
    # Here the entries of I - A carry the rounding of A, 1e-16, while its norm is 2e-10.
    coupling = np.array([[1 - 1e-10, 1e-10], [1e-10, 1 - 1e-10]])
    logs, zeros = finite_log_eigenvalues(coupling)
    assert zeros == 1
    assert float(logs[0]) == pytest.approx(2 * np.log(2e-10), abs=1e-5)


def test_small_is_not_zero() -> None:
    logs, zeros = finite_log_eigenvalues(np.diag([0.5, 1 - 1e-12]))
    assert zeros == 0
    assert float(logs[1]) == pytest.approx(2 * np.log(1e-12), abs=1e-3)


def test_zeros_of_a_long_ring(tmp_path: Path) -> None:
    # Its second eigenvalue, 7e-13, is far above what rounding leaves of a zero one.
    found = spectrum_of(ring(4000, 1), tmp_path)
    assert not found.exact
    assert found.zeros == 1
    second = modes_of_ring(4000, 1)[0]
    assert found.smallest.eigenvalues[1] == pytest.approx(second, rel=1e-3)


def test_an_ensemble_on_a_singular_net_is_refused(tmp_path: Path) -> None:
    # With the identity, Z exists only where every eigenvalue of G lies above m.
    with pytest.raises(ConfigError, match="is 0 where that is 0\\. "):
        measure_ensemble(config_of(ring(9, 1).toarray(), tmp_path))
