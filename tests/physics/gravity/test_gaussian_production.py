"""The entropy production of (12.1) beside that of walks whose covariance is known at every step."""

from __future__ import annotations

import numpy as np
import pytest
from made_findings import DIFFUSIONS, RATES, STEPS, made_ensemble, variance_of

from nnuniverse.physics.gravity.gaussian_production import (
    GaussianProduction,
    diffused_entropy,
    entropy_gain,
    gaussian_production,
    printed_production,
)

REST = DIFFUSIONS / RATES / (1.0 - RATES / 2.0)


@pytest.fixture(scope="module")
def on_the_way() -> GaussianProduction:
    """Of 256 walks that begin far from rest and close together."""
    return gaussian_production(made_ensemble(256))


def test_the_printed_form_is_twice_that_of_half_the_inverse() -> None:
    covariance = np.array([[2.0, 0.3], [0.3, 0.5]])
    form = np.linalg.inv(covariance) / 2.0
    assert printed_production(2.0 * 0.7, form) == pytest.approx(
        0.7 * np.trace(np.linalg.inv(covariance))
    )
    # To first order of a short time it is what diffusion adds.
    grown = diffused_entropy(0.7 * np.eye(2), covariance, 1e-6)
    assert grown / 1e-6 == pytest.approx(printed_production(1.4, form), rel=1e-5)


def test_diffusion_of_one_coordinate_is_a_logarithm() -> None:
    found = diffused_entropy(np.array([[[3.0]], [[1.0]]]), np.array([[2.0]]), 5.0)
    np.testing.assert_allclose(found, 0.5 * np.log([16.0, 6.0]))


def test_terms_are_those_of_the_known_covariance(on_the_way: GaussianProduction) -> None:
    now, later = variance_of(STEPS), variance_of(STEPS + 1)
    truths = {
        "printed": DIFFUSIONS.mean() * (1.0 / now).sum(axis=0),
        "matrix": (DIFFUSIONS[:, None] / now).sum(axis=0),
        "diffusion": 0.5 * np.log1p(2.0 * DIFFUSIONS[:, None] / now).sum(axis=0),
        "measured": 0.5 * np.log(later / now).sum(axis=0),
    }
    truths["drift"] = truths["measured"] - truths["diffusion"]
    for name, truth in truths.items():
        estimate = getattr(on_the_way, name)
        off = (estimate.value - truth) / (estimate.high - estimate.value)
        assert np.abs(off).max() < 2.0, name
        assert np.mean(np.abs(off) < 1.0) > 0.8, name


def test_at_rest_the_drift_takes_what_diffusion_adds() -> None:
    found = gaussian_production(made_ensemble(256), since=200)
    assert found.measured.low < 0.0 < found.measured.high
    assert found.printed.low > found.measured.high
    truth = 0.5 * np.log1p(2.0 * DIFFUSIONS / REST).sum()
    assert found.diffusion.low < truth < found.diffusion.high
    assert found.drift.high < -0.05


def test_the_gain_is_less_than_that_of_diffusion() -> None:
    found = entropy_gain(made_ensemble(256))
    first, last = variance_of(STEPS[[0, -1]]).T
    assert found.measured.low < 0.5 * np.log(last / first).sum() < found.measured.high
    alone = 0.5 * np.log1p(2.0 * STEPS[-1] * DIFFUSIONS / first).sum()
    assert found.diffusion.low < alone < found.diffusion.high
