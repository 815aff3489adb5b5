"""Where the Gaussian integral exists, and what is said where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnuniverse.errors import ConfigError
from nnuniverse.thermodynamics import WINDOWS, Ensemble, Spectrum, check_domain, in_domain

SPECTRUM = Spectrum(np.array([2.0, 0.5, -2.5]), 4)


def refuses(spectrum: Spectrum, ensemble: Ensemble) -> bool:
    try:
        check_domain(spectrum, ensemble)
    except ConfigError as error:
        assert "\n" not in str(error)
        return True
    return False


@pytest.mark.parametrize("beta", [0.0, -1.0, np.nan, np.inf])
def test_beta_must_be_a_positive_number(beta: float) -> None:
    with pytest.raises(ConfigError, match=r"^beta must be a positive number, but is .*\. Try .*$"):
        check_domain(SPECTRUM, Ensemble(beta))
    with pytest.raises(ConfigError, match="beta must be a positive number"):
        check_domain(SPECTRUM, Ensemble(np.array([1.0, beta])))


def test_mass_beyond_the_smallest_eigenvalue_is_refused_with_its_limit() -> None:
    # c + beta lambda = 1 + beta (lambda - m), so at beta = 10 the mass is below 0.1 + e^-2.5.
    limit = 0.1 + np.exp(-2.5)
    check_domain(SPECTRUM, Ensemble(10.0, limit - 1e-3))
    message = rf"^the mass m must keep .* at beta = 10, but is 0\.2\. Try m < {limit:.4g}\.$"
    with pytest.raises(ConfigError, match=message):
        check_domain(SPECTRUM, Ensemble(10.0, 0.2))


def test_exact_ones_count_where_they_are_the_smallest() -> None:
    above = np.array([0.5, 1.0])
    ensemble = Ensemble(10.0, 1.3)  # 1 + 10 (lambda - 1.3) is negative for lambda = 1
    assert in_domain(Spectrum(above, 0), ensemble)
    assert not in_domain(Spectrum(above, 1), ensemble)


def test_no_mass_lets_every_beta_in() -> None:
    for beta in (1e-6, 1.0, 1e6):
        check_domain(SPECTRUM, Ensemble(beta))
        check_domain(SPECTRUM, Ensemble(beta, -3.0))


def test_missing_spectra_and_empty_ones_are_inside() -> None:
    theta = np.array([[2.0, -2.0], [np.nan, np.nan]])
    np.testing.assert_array_equal(in_domain(Spectrum(theta, 0), Ensemble(10.0, 0.3)), [False, True])
    check_domain(Spectrum(theta[1:], 3), Ensemble(1.0, 0.3))
    check_domain(Spectrum(np.empty(0), 3), Ensemble(1.0, 0.3))


@given(
    theta=st.lists(st.floats(-4.0, 4.0), max_size=4),
    units=st.integers(0, 2),
    beta=st.floats(-1.0, 20.0),
    mass=st.floats(-2.0, 2.0),
    window=st.sampled_from(sorted(WINDOWS)),
)
def test_checking_and_asking_agree(
    theta: list[float], units: int, beta: float, mass: float, window: str
) -> None:
    assume(theta or units)
    spectrum = Spectrum(np.array(theta), units)
    ensemble = Ensemble(beta, mass, WINDOWS[window])
    eigenvalues = np.exp(np.array([*theta, *[0.0] * units]))
    positive = (WINDOWS[window].stiffness - beta * mass + beta * eigenvalues > 0.0).all()
    assert bool(in_domain(spectrum, ensemble)) == (beta > 0.0 and positive)
    assert refuses(spectrum, ensemble) != bool(in_domain(spectrum, ensemble))


def test_one_of_many_outside_is_enough() -> None:
    theta = np.array([[0.1, -0.1], [3.0, -3.0]])
    ensemble = Ensemble(np.array([10.0, 10.0]), 0.2)
    np.testing.assert_array_equal(in_domain(Spectrum(theta, 1), ensemble), [True, False])
    assert refuses(Spectrum(theta, 1), ensemble)
