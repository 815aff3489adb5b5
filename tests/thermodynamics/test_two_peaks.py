"""Extrema of the two-peak model against a search on a grid, and the betas they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnuniverse.errors import ConfigError
from nnuniverse.thermodynamics import (
    Ensemble,
    Spectrum,
    beta_from_extremum,
    beta_from_printed_extremum,
    extrema,
    final_beta,
    largest_moving_share,
    negative_laplacian,
    phase,
    printed_extremum,
    two_peak_laplacian,
)

STEP = 2e-3


def turning_points(beta: float, gamma: float) -> np.ndarray:
    """Where the model turns on a fine grid, steps within rounding left out."""
    grid = np.arange(-18.0, 18.0, STEP)
    values = two_peak_laplacian(grid, beta, gamma, 1)
    steps = np.diff(values)
    moves = np.flatnonzero(np.abs(steps) > 1e-14 * values.max())
    turns = np.flatnonzero(np.diff(np.sign(steps[moves])))
    return 0.5 * (grid[moves[turns] + 1] + grid[moves[turns + 1]])


@pytest.mark.parametrize("gamma", [0.02, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9])
@pytest.mark.parametrize("beta", [0.1, 0.3, 0.45, 0.55, 0.7, 0.9, 1.5, 4.0])
def test_extrema_are_where_the_model_turns(beta: float, gamma: float) -> None:
    # Where the peaks are half a grid apart, the model is flat to rounding: none is sought there.
    found = np.array([theta for theta in extrema(beta, gamma) if abs(theta) < 15.0])
    np.testing.assert_allclose(found, turning_points(beta, gamma), atol=STEP)


def test_model_is_the_laplacian_of_a_spectrum_with_two_peaks() -> None:
    gamma, theta = 0.25, 1.2
    spectrum = Spectrum(np.array([theta] * 2 + [-theta / 3.0] * 6), 0)
    for beta in (0.3, 1.0, 4.0):
        np.testing.assert_allclose(
            two_peak_laplacian(theta, beta, gamma, 8),
            negative_laplacian(spectrum, Ensemble(beta)),
            rtol=1e-14,
        )


@pytest.mark.parametrize("beta", [0.02, 0.2, 0.49, 0.51, 0.8, 0.99])
def test_extrema_for_one_third_are_known(beta: float) -> None:
    expected = sorted([0.0, 2.0 * np.log((1.0 - beta) / beta)])
    np.testing.assert_allclose(extrema(beta, 1 / 3), expected, atol=1e-10)
    assert 0.0 in extrema(beta, 1 / 3)


@pytest.mark.parametrize("beta", [1.0, 3.0])
def test_one_third_has_no_other_extremum_above_beta_1(beta: float) -> None:
    assert extrema(beta, 1 / 3) == [0.0]


@pytest.mark.parametrize("gamma", [0.2, 1 / 3, 0.6])
def test_root_at_one_is_double_at_beta_one_half(gamma: float) -> None:
    # A31, for every gamma: the other root passes through it.
    assert min(extrema(0.5, gamma), key=abs) == 0.0
    sides = [
        min((theta for theta in extrema(0.5 + d, gamma) if theta), key=abs) for d in (-1e-3, 1e-3)
    ]
    assert sides[0] * sides[1] < 0.0
    assert max(np.abs(sides)) < 0.1
    theta = np.array([-1e-3, 1e-3])
    second = two_peak_laplacian(theta, 0.5, gamma, 1).sum() - 2 * two_peak_laplacian(
        0.0, 0.5, gamma, 1
    )
    assert abs(second) < 1e-3 * 1e-6


@pytest.mark.parametrize("beta", [0.1, 0.4, 0.8, 1.5, 5.0])
def test_printed_extremum_is_the_limit_of_small_gamma(beta: float) -> None:
    printed = printed_extremum(beta)
    errors = [np.abs(np.array(extrema(beta, gamma)) - printed).min() for gamma in (1e-3, 1e-5)]
    assert errors[1] < 1e-3
    assert errors[1] < 0.02 * errors[0]


@pytest.mark.parametrize(
    ("gap", "printed", "exact"),
    [(-2.3, 1.470, 0.760), (-2.5, 1.604, 0.777), (-3.0, 1.987, 0.818)],
)
def test_betas_of_the_papers_gaps(gap: float, printed: float, exact: float) -> None:
    np.testing.assert_allclose(beta_from_printed_extremum(gap), printed, atol=5e-4)
    np.testing.assert_allclose(beta_from_extremum(gap, 1 / 3), exact, atol=5e-4)


betas = st.floats(0.02, 0.48) | st.floats(0.52, 10.0)


@given(beta=betas, gamma=st.floats(0.02, 0.9))
def test_beta_of_an_extremum_is_the_beta_it_came_from(beta: float, gamma: float) -> None:
    for theta in extrema(beta, gamma):
        if theta != 0.0:
            np.testing.assert_allclose(beta_from_extremum(theta, gamma), beta, rtol=1e-6)


@given(beta=st.floats(1e-3, 1e3))
def test_beta_of_the_printed_extremum_is_the_beta_it_came_from(beta: float) -> None:
    np.testing.assert_allclose(beta_from_printed_extremum(printed_extremum(beta)), beta, rtol=1e-9)


def test_beta_is_missing_only_at_one_which_is_an_extremum_at_every_beta() -> None:
    positions = np.array([[0.0, np.nan], [-2.3, 2.3]])
    found = beta_from_extremum(positions, 1 / 3)
    np.testing.assert_array_equal(np.isnan(found), [[True, True], [False, False]])
    np.testing.assert_allclose(found[1].sum(), 1.0, rtol=1e-12)  # sqrt(lambda) = (1 - beta)/beta
    for gamma in (0.02, 1 / 3, 0.9):
        assert np.all(beta_from_extremum(np.array([-20.0, -1e-3, 1e-3, 20.0]), gamma) > 0.0)


@pytest.mark.parametrize("gamma", [0.0, 1.0, -0.3, 1.5, np.nan])
def test_gamma_must_be_a_share(gamma: float) -> None:
    with pytest.raises(ConfigError, match=r"^gamma must lie between 0 and 1, but is .*\. Try"):
        extrema(1.0, gamma)
    with pytest.raises(ConfigError, match="gamma must lie between 0 and 1"):
        beta_from_extremum(-2.3, gamma)


@pytest.mark.parametrize("beta", [0.1, 0.5, 0.9, 1.7, 6.0])
def test_it_pays_to_go_to_zero_below_the_largest_moving_share(beta: float) -> None:
    bound = largest_moving_share(beta)

    def gain(gamma: float) -> float:
        """What -Laplacian F loses if a share gamma goes from one to zero."""
        plateau = two_peak_laplacian(-300.0 * (1.0 - gamma) / gamma, beta, gamma, 1)
        return float(two_peak_laplacian(0.0, beta, gamma, 1) - plateau)

    assert gain(0.99 * bound) > 0.0 > gain(bound + 0.01 * (1.0 - bound))
    np.testing.assert_allclose(gain(bound), 0.0, atol=1e-14)


@pytest.mark.parametrize("neurons", [9, 100, 854])
def test_in_the_final_phase_not_one_eigenvalue_can_move(neurons: int) -> None:
    beta = final_beta(neurons)
    np.testing.assert_allclose(largest_moving_share(beta), 1.0 / neurons, rtol=1e-14)
    betas = np.array([0.1, 0.5, 0.5000001, 0.999 * beta, 1.001 * beta, np.nan])
    np.testing.assert_array_equal(phase(betas, neurons), [0, 0, 1, 1, 2, np.nan])


@pytest.mark.parametrize("gamma", [0.02, 1 / 3, 0.5, 0.9])
def test_the_maximum_at_one_turns_where_the_intermediate_phase_begins(gamma: float) -> None:
    for beta, turns in ((0.499, -1.0), (0.501, 1.0)):  # from a maximum into a minimum
        left, middle, right = two_peak_laplacian(np.array([-1e-3, 0.0, 1e-3]), beta, gamma, 1)
        assert np.sign(left + right - 2.0 * middle) == turns
    np.testing.assert_allclose(printed_extremum(0.5), 0.0, atol=1e-15)
