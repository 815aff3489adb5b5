"""The self-checks pass an honest spectrum, and each of them catches a dishonest one."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import jax
import numpy as np
import pytest
from record_of_arrays import record_of

from nnuniverse.analysis.checks import Check, check_run, is_corrupt
from nnuniverse.errors import RunError
from nnuniverse.runs.record import RunRecord

SIZES = (6, 5, 4, 3)
NAMES = [
    "sum log lambda = 0",
    "sum sinh log lambda = -1/2 sum ||A^k||^2",
    "number of eigenvalues",
    "mu_2 = Tr (log G)^2",
]


def honest(sizes: tuple[int, ...]) -> dict[str, Any]:
    """What two replicas of random nets record at three snapshots, by NumPy on the whole matrix."""
    random = np.random.default_rng(sum(sizes))
    neurons, ends = sum(sizes), np.cumsum(sizes)
    spectra, norms = [], []
    for _ in range(6):
        A = np.zeros((neurons, neurons))
        for l, (columns, rows) in enumerate(pairwise(sizes)):
            block = random.normal(size=(rows, columns)) / np.sqrt(columns)
            A[ends[l] : ends[l + 1], ends[l] - columns : ends[l]] = block
        singular = np.linalg.svd(np.eye(neurons) - A, compute_uv=False)
        spectra.append(2.0 * np.log(singular))
        norms.append([np.sum(np.linalg.matrix_power(A, k) ** 2) for k in range(2, len(sizes))])
    theta = np.array(spectra).reshape(2, 3, neurons)
    # The exact ones are those that are zero to rounding in every net.
    order = np.argsort(-np.abs(theta), axis=-1)
    dynamical = np.take_along_axis(theta, order, axis=-1)
    units = int((np.abs(dynamical) < 1e-12).all(axis=(0, 1)).sum())
    dynamical = np.sort(dynamical[..., : neurons - units])[..., ::-1]
    return {
        "network": "-".join(map(str, sizes)),
        "units": units,
        "log_eigenvalues": dynamical,
        "power_norms": np.array(norms).reshape(2, 3, -1),
        "mu2": (theta**2).sum(axis=-1),
    }


def checks_of(**values: Any) -> dict[str, Check]:
    with jax.enable_x64(True):
        return {check.name: check for check in check_run(record_of(**values))}


def failing(checks: dict[str, Check]) -> list[str]:
    return [check.name for check in checks.values() if not check.holds]


@pytest.mark.parametrize("sizes", [SIZES, (6, 4), (3, 7, 2), (8, 5, 6, 4, 2)])
def test_honest_spectra_pass(sizes: tuple[int, ...]) -> None:
    checks = checks_of(**honest(sizes))
    assert list(checks) == NAMES
    assert failing(checks) == []
    assert not is_corrupt(list(checks.values()))
    assert all(0.0 <= check.residual < 1e-12 for check in checks.values())


def test_one_altered_eigenvalue_is_caught() -> None:
    values = honest(SIZES)
    values["log_eigenvalues"][1, 2, 4] += 1e-6
    checks = checks_of(**values)
    assert failing(checks) == [NAMES[0], NAMES[1], NAMES[3]]
    assert is_corrupt(list(checks.values()))
    for name in failing(checks):
        assert "replica 1 at snapshot number 2" in checks[name].finding
        assert 1e-9 < checks[name].residual < 1e-5


def test_place_is_right_behind_missing_snapshots() -> None:
    values = honest(SIZES)
    values["log_eigenvalues"][0, 1] = np.nan
    values["mu2"][0, 1] = np.nan
    assert failing(checks_of(**values)) == []
    values["log_eigenvalues"][1, 0, 0] += 1e-6
    finding = checks_of(**values)[NAMES[0]].finding
    assert "replica 1 at snapshot number 0" in finding


def test_asymmetric_change_that_keeps_the_determinant_is_caught() -> None:
    values = honest(SIZES)
    values["log_eigenvalues"][0, 0, 0] += 1e-4
    values["log_eigenvalues"][0, 0, 1] -= 1e-4
    values["mu2"] = (values["log_eigenvalues"] ** 2).sum(axis=-1)
    assert failing(checks_of(**values)) == [NAMES[1]]


def test_missing_eigenvalue_is_caught() -> None:
    values = honest(SIZES)
    values["log_eigenvalues"] = values["log_eigenvalues"][..., :-1]
    checks = checks_of(**values)
    assert failing(checks) == NAMES
    dynamical = values["log_eigenvalues"].shape[-1]
    assert f"{dynamical} dynamical" in checks[NAMES[2]].finding
    assert f"has {dynamical + 1} and" in checks[NAMES[2]].finding


def test_wrong_number_of_ones_is_caught() -> None:
    values = honest(SIZES)
    values["units"] += 1
    checks = checks_of(**values)
    assert failing(checks) == [NAMES[2]]
    assert f"{values['units']} exact ones where" in checks[NAMES[2]].finding
    assert is_corrupt(list(checks.values()))


def test_wrong_second_moment_is_caught() -> None:
    values = honest(SIZES)
    values["mu2"][0, 1] *= 1.0 + 1e-7
    checks = checks_of(**values)
    assert failing(checks) == [NAMES[3]]
    assert "replica 0 at snapshot number 1" in checks[NAMES[3]].finding
    np.testing.assert_allclose(checks[NAMES[3]].residual, 1e-7, rtol=1e-3)


def test_wrong_power_norms_are_caught() -> None:
    values = honest(SIZES)
    values["power_norms"][1, 1, 0] += 1e-4
    checks = checks_of(**values)
    assert failing(checks) == [NAMES[1]]
    assert "replica 1 at snapshot number 1" in checks[NAMES[1]].finding


def test_what_was_not_recorded_is_not_held_against_the_run() -> None:
    values = honest(SIZES)
    del values["mu2"], values["power_norms"]
    checks = checks_of(**values)
    assert failing(checks) == []
    assert np.isnan(checks[NAMES[1]].residual)
    assert checks[NAMES[3]].finding == "mu2 was not recorded"
    values["log_eigenvalues"][:] = np.nan
    checks = checks_of(**values)
    assert failing(checks) == []
    assert checks[NAMES[0]].finding == "no snapshot"
    assert check_run(record_of(bulk_loss=[[0.1]])) == []


def test_untrained_nets_of_zero_weights_pass() -> None:
    values = honest(SIZES)
    for name in ("log_eigenvalues", "power_norms", "mu2"):
        values[name] = np.zeros_like(values[name])
    assert failing(checks_of(**values)) == []


def test_run_must_name_its_network() -> None:
    record: RunRecord = replace(record_of(**honest(SIZES)), attributes={"network": "conv"})
    with pytest.raises(RunError, match="must name its network, but has 'conv'"):
        check_run(record)
