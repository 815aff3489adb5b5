"""The spectrum of arrays: against closed forms, dense linear algebra and a run's own numbers."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg

import nnuniverse
from nnuniverse.errors import ConfigError

RANDOM = np.random.default_rng(7)
SIZES = (6, 5, 4, 3)
WEIGHTS = [RANDOM.normal(size=(n, m)) / math.sqrt(m) for m, n in pairwise(SIZES)]
BIASES = [RANDOM.normal(size=n) for n in SIZES[1:]]
INPUTS = RANDOM.normal(size=(9, 6))


def coupling(slope: str = "at_mean") -> np.ndarray:
    """Return A = f'w of all neurons."""
    matrix, at, state = np.zeros((sum(SIZES),) * 2), SIZES[0], INPUTS
    for w, b in zip(WEIGHTS, BIASES, strict=True):
        y = state @ w.T + b
        at_mean = slope == "at_mean"
        slopes = 1 - np.tanh(y.mean(0)) ** 2 if at_mean else (1 - np.tanh(y) ** 2).mean(0)
        matrix[at : at + len(b), at - w.shape[1] : at] = slopes[:, None] * w
        state, at = np.tanh(y), at + len(b)
    return matrix


def dense(slope: str) -> np.ndarray:
    """Return log lambda_i of all of G, by SciPy alone."""
    return 2 * np.log(scipy.linalg.svdvals(np.eye(sum(SIZES)) - coupling(slope)))


@pytest.mark.parametrize("slope", ["at_mean", "mean_slope"])
def test_it_is_the_spectrum_of_the_whole_matrix(slope: str) -> None:
    found = nnuniverse.spectrum_of(WEIGHTS, BIASES, INPUTS, slope=slope)
    whole = np.concatenate([found.log_eigenvalues, np.zeros(found.unit_eigenvalues)])
    np.testing.assert_allclose(np.sort(whole), np.sort(dense(slope)), atol=1e-12)
    np.testing.assert_allclose(found.mu2, (dense(slope) ** 2).sum(), rtol=1e-12)
    np.testing.assert_allclose(found.mu3, (dense(slope) ** 3).sum(), rtol=1e-10)


def test_two_layers_have_the_closed_form() -> None:
    block = RANDOM.normal(size=(3, 5))
    found = nnuniverse.spectrum_of([block], [np.zeros(3)], np.ones((1, 5)), "identity")
    theta = 2 * np.arcsinh(scipy.linalg.svdvals(block) / 2)
    np.testing.assert_allclose(found.log_eigenvalues, np.sort([*theta, *-theta])[::-1], atol=1e-13)
    assert found.unit_eigenvalues == 2
    assert found.complexity(3) == pytest.approx(-theta.sum() / 2 + 4 * math.log(2 * math.pi))


@pytest.mark.parametrize("exponential_factor", [False, True])
def test_thermodynamics_is_that_of_the_gaussian_integral(exponential_factor: bool) -> None:
    beta, identity = 1.4, np.eye(sum(SIZES))
    matrix, state = identity - coupling(), _mean_state()
    curvature = identity + beta * matrix.T @ matrix
    log_z = sum(SIZES) / 2 * math.log(2 * math.pi) - np.linalg.slogdet(curvature)[1] / 2
    if exponential_factor:
        # The minimum over x of |x|^2/2 + beta |M (x - <x>)|^2/2.
        gram = beta * matrix.T @ matrix
        log_z -= state @ gram @ np.linalg.solve(curvature, state) / 2
    found = nnuniverse.spectrum_of(WEIGHTS, BIASES, INPUTS)
    told = found.free_energy(beta, exponential_factor=exponential_factor)
    assert told == pytest.approx(-log_z / beta, rel=1e-12)
    step = 1e-5
    ends = [
        -b * found.free_energy(b, exponential_factor=exponential_factor)
        for b in (beta - step, beta + step)
    ]
    slope = (ends[0] - ends[1]) / (2 * step)
    mean_loss = found.mean_loss(beta, exponential_factor=exponential_factor)
    assert mean_loss == pytest.approx(slope, rel=1e-7)
    with pytest.raises(ConfigError, match="the mass m must keep"):
        found.free_energy(beta, mass=10.0)


def _mean_state() -> np.ndarray:
    means, state = [INPUTS.mean(0)], INPUTS
    for w, b in zip(WEIGHTS, BIASES, strict=True):
        state = np.tanh(state @ w.T + b)
        means.append(state.mean(0))
    return np.concatenate(means)


@pytest.mark.parametrize(
    ("weights", "biases", "inputs", "message"),
    [
        ([WEIGHTS[0].T], BIASES[:1], INPUTS, r"`weights\[0\]`.*Try its transpose"),
        (WEIGHTS[1:], BIASES[1:], INPUTS, r"`weights\[0\]` must be of shape \(neurons, 6\)"),
        (WEIGHTS, BIASES[:1], INPUTS, "3 weights and 1 biases"),
        ([], [], INPUTS, "0 weights"),
        ([WEIGHTS[0] * np.nan], BIASES[:1], INPUTS, "must be finite"),
        (WEIGHTS, BIASES, INPUTS[0], "`inputs` must be an array of numbers with 2 axes"),
    ],
)
def test_what_is_no_net_is_said_in_one_line(
    weights: list[np.ndarray], biases: list[np.ndarray], inputs: np.ndarray, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        nnuniverse.spectrum_of(weights, biases, inputs)


def test_unknown_names_are_told() -> None:
    with pytest.raises(ConfigError, match="`activation` must be one of tanh"):
        nnuniverse.spectrum_of(WEIGHTS, BIASES, INPUTS, "swish")
    with pytest.raises(ConfigError, match="`window` must be"):
        nnuniverse.spectrum_of(WEIGHTS, BIASES, INPUTS).entropy(1.0, window="wide")
