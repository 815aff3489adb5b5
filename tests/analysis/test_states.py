"""The thermodynamic functions of a record: which are computed, where they are missing."""

from __future__ import annotations

import numpy as np
import pytest
from record_of_arrays import record_of

from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.states import FUNCTIONS, spectrum_of, thermodynamic_states
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.thermodynamics import WINDOWS, Ensemble, Spectrum, free_energy, log_partition

THETA = np.array([[[2.0, 0.5, -2.5], [1.0, 0.1, -1.1]], [[0.3, 0.2, -0.5], [np.nan] * 3]])
HERE = np.array([[True, True], [True, False]])


def test_every_function_at_every_temperature() -> None:
    settings = AnalysisSettings(window="matched", mass=-0.2)
    spectrum = spectrum_of(record_of(log_eigenvalues=THETA, units=4), settings)
    own = np.array([[0.7, np.nan], [1.3, 0.4]])
    betas = {"fixed": np.full((2, 2), 0.5), "own": own}
    states = {v.name: values for v, values in thermodynamic_states(spectrum, betas, settings)}
    assert set(states) == {"beta", *(variable.name for variable, _ in FUNCTIONS)}
    for values in states.values():
        assert values.shape == (2, 2, 2)
        np.testing.assert_array_equal(np.isfinite(values[..., 0]), HERE)
        np.testing.assert_array_equal(np.isfinite(values[..., 1]), HERE & np.isfinite(own))
    alone = log_partition(Spectrum(THETA[1, 0], 4), Ensemble(1.3, -0.2, WINDOWS["matched"]))
    np.testing.assert_allclose(states["log_partition"][1, 0, 1], alone, rtol=1e-14)


def test_functions_fit_together() -> None:
    settings = AnalysisSettings(betas=(1.4,))
    spectrum = spectrum_of(record_of(log_eigenvalues=THETA[:1], units=4), settings)
    computed = thermodynamic_states(spectrum, {"b": np.full((1, 2), 1.4)}, settings)
    s = {variable.name: values for variable, values in computed}
    np.testing.assert_allclose(s["large_eigenvalues"] + s["small_eigenvalues"], 3.0)
    exact = free_energy(Spectrum(THETA[0, 0], 4), Ensemble(1.4))
    split = s["thermodynamic_free_energy"] - s["large_complexity"] / 1.4
    np.testing.assert_allclose(s["free_energy"][0, 0, 0], exact, rtol=1e-14)
    np.testing.assert_allclose(s["split_error"], split - s["free_energy"], rtol=1e-12)
    printed = s["printed_thermodynamic_free_energy"] - s["large_complexity"] / 1.4
    np.testing.assert_allclose(s["printed_split_error"], printed - s["free_energy"], rtol=1e-12)


def test_estimated_betas_outside_the_domain_are_missing_and_fixed_ones_are_refused() -> None:
    settings = AnalysisSettings(betas=(1.0,), mass=0.5)
    spectrum = spectrum_of(record_of(log_eigenvalues=THETA[:1, :1], units=4), settings)
    # 1 + beta (lambda - 1/2) > 0 at beta = 1, and not at beta = 10, for lambda = e^-2.5.
    betas = {"inside": np.array([[1.0]]), "outside": np.array([[10.0]])}
    for _, values in thermodynamic_states(spectrum, betas, settings):
        np.testing.assert_array_equal(np.isnan(values), [[[False, True]]])
    fixed = AnalysisSettings(betas=(1.0, 10.0), mass=0.5)
    with pytest.raises(ConfigError, match="the mass m must"):
        thermodynamic_states(spectrum, betas, fixed)


def test_exponential_factor_needs_the_mean_state() -> None:
    settings = AnalysisSettings(exponential_factor=True)
    with pytest.raises(RunError, match="mean_state_squares"):
        spectrum_of(record_of(log_eigenvalues=THETA, units=4), settings)
    squares, rest = np.full((2, 2, 3), 0.2), np.full((2, 2), 0.3)
    record = record_of(
        log_eigenvalues=THETA, units=4, mean_state_squares=squares, mean_state_rest=rest
    )
    spectrum = spectrum_of(record, settings)
    np.testing.assert_array_equal(spectrum.mean_squares, squares)
    np.testing.assert_array_equal(spectrum.unit_mean_square, rest)
    plain = spectrum_of(record, AnalysisSettings())
    assert plain.mean_squares is None
    assert (
        log_partition(spectrum, Ensemble(1.0))[0] < log_partition(plain, Ensemble(1.0))[0]
    ).all()
