"""The self-checks at weights of any size: rounding passes, and what is not rounding is caught."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from record_of_arrays import record_of

from nnuniverse.analysis.checks import check_run, is_corrupt
from nnuniverse.observables.power_norms import power_norms
from nnuniverse.precision import in_float64
from nnuniverse.spectra import reduced_log_eigenvalues

SIZES = (12, 7, 5, 3)
GAINS = [0.0, 1e-300, 1e-17, 1e-8, 1e-4, 1.0, 5.0]


@in_float64
def recorded(gain: float, sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """What four replicas of random nets record, as a run computes it."""
    random = np.random.default_rng(1)
    spectra, norms = [], []
    for _ in range(4):
        blocks = [
            jnp.asarray(gain * random.normal(size=(rows, columns)) / np.sqrt(columns))
            for columns, rows in pairwise(sizes)
        ]
        spectra.append(np.asarray(reduced_log_eigenvalues(blocks)))
        norms.append(np.asarray(power_norms(blocks)))
    theta = np.array(spectra)[:, None]
    return {
        "network": "-".join(map(str, sizes)),
        "units": sum(sizes) - theta.shape[-1],
        "log_eigenvalues": theta,
        "power_norms": np.array(norms)[:, None],
        "mu2": (theta**2).sum(axis=-1),
    }


@pytest.mark.parametrize("sizes", [SIZES, (12, 3), (200, 30, 10)])
@pytest.mark.parametrize("gain", GAINS)
def test_a_healthy_run_is_not_called_corrupt(gain: float, sizes: tuple[int, ...]) -> None:
    checks = check_run(record_of(**recorded(gain, sizes)))
    assert not is_corrupt(checks), [check.finding for check in checks if not check.holds]
    assert all(check.residual < 1e-10 for check in checks)


@pytest.mark.parametrize("gain", [1e-8, 1e-4, 1.0, 5.0])
@pytest.mark.parametrize("rank", [0, 3, -1])
def test_an_eigenvalue_off_by_a_millionth_is_caught(gain: float, rank: int) -> None:
    values = recorded(gain)
    values["log_eigenvalues"][2, 0, rank] *= 1.0 + 1e-6
    checks = check_run(record_of(**values))
    assert is_corrupt(checks)
    assert all("replica 2" in check.finding for check in checks if not check.holds)


@pytest.mark.parametrize("gain", [0.0, 1e-300, 1e-8, 1e-4, 1.0])
def test_a_spectrum_and_its_moment_off_together_are_caught(gain: float) -> None:
    values = recorded(gain)
    values["log_eigenvalues"][2, 0, 0] += 1e-6
    values["mu2"] = (values["log_eigenvalues"] ** 2).sum(axis=-1)
    assert [check.holds for check in check_run(record_of(**values))] == [False, False, True, True]


def test_a_moment_off_at_small_weights_is_caught() -> None:
    values = recorded(1e-8)
    values["mu2"][3, 0] *= 1.0 + 1e-9
    checks = check_run(record_of(**values))
    assert [check.holds for check in checks] == [True, True, True, False]
    assert "replica 3" in checks[-1].finding
