"""The gap in the spectrum: found where there is one, seldom where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.analysis.gaps import find_gaps

RESAMPLES = 199


def two_groups(seed: int = 0) -> np.ndarray:
    """30 eigenvalues around -3, 50 around -0.9, and some that are not small."""
    random = np.random.default_rng(seed)
    return np.concatenate(
        [random.normal(-3.0, 0.2, 30), random.normal(-0.9, 0.2, 50), random.uniform(0.1, 4.0, 40)]
    )


@pytest.mark.parametrize("seed", range(5))
def test_gap_between_two_groups_is_found(seed: int) -> None:
    spectrum = two_groups(seed)
    gaps = find_gaps(spectrum, RESAMPLES)
    low, high = spectrum[:30].max(), spectrum[30:80].min()
    np.testing.assert_allclose(gaps.position, 0.5 * (low + high), rtol=1e-14)
    np.testing.assert_allclose(gaps.width, high - low, rtol=1e-14)
    assert gaps.below == 30
    assert gaps.p_value <= 0.05


@pytest.mark.parametrize("density", ["normal", "uniform"])
def test_gaps_are_seldom_found_where_there_is_one_peak(density: str) -> None:
    random = np.random.default_rng(7)
    if density == "normal":
        spectra = random.normal(-2.0, 0.6, (60, 80))
    else:
        spectra = random.uniform(-3.0, 0.0, (60, 80))
    p_values = find_gaps(spectra, RESAMPLES).p_value
    # A test that errs in 5 % of cases finds more than 9 of 60 once in a thousand times.
    assert np.sum(p_values <= 0.05) <= 9
    assert p_values.min() >= 1.0 / (RESAMPLES + 1)
    assert p_values.max() > 0.3


def test_lone_outlier_is_a_gap_with_one_below() -> None:
    # Far from all others, since a long tail has a lone one too: `below` tells it from a group.
    random = np.random.default_rng(3)
    spectra = random.normal(-1.5, 0.3, (10, 60))
    spectra[:, 0] = -12.0
    gaps = find_gaps(spectra, RESAMPLES)
    np.testing.assert_array_equal(gaps.below, 1)
    assert gaps.p_value.max() <= 0.05
    np.testing.assert_allclose(gaps.position, 0.5 * (spectra[:, 1:].min(axis=1) - 12.0))


def test_result_is_the_same_for_the_same_seed() -> None:
    spectra = np.random.default_rng(1).normal(-2.0, 0.6, (3, 60))
    first, again = (find_gaps(spectra, RESAMPLES, seed=4) for _ in range(2))
    other = find_gaps(spectra, RESAMPLES, seed=5)
    np.testing.assert_array_equal(first, again)
    assert (first.p_value != other.p_value).any()
    np.testing.assert_array_equal(first.position, other.position)


def test_each_spectrum_is_tested_alone() -> None:
    spectra = np.random.default_rng(2).normal(-1.0, 0.8, (2, 3, 50))
    spectra[1, 0] = np.nan
    together = find_gaps(spectra, RESAMPLES)
    for at in np.ndindex(2, 3):
        alone = find_gaps(spectra[at], RESAMPLES)
        for one, all_ in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, all_[at])
    assert np.isnan(together.p_value[1, 0])


@pytest.mark.parametrize("groups", [True, False])
def test_order_scale_and_place_do_not_matter(groups: bool) -> None:
    # Multiples of 2^-20, so that no sum rounds; so far below zero that none leaves the small ones.
    random = np.random.default_rng(8)
    drawn = two_groups()[:80] if groups else random.normal(-2.0, 0.4, 80)
    spectrum = np.round((drawn - 8.0) * 2**20) / 2**20
    plain = find_gaps(spectrum, RESAMPLES)
    moved = find_gaps(random.permutation(4.0 * spectrum - 64.0), RESAMPLES)
    np.testing.assert_allclose(moved.position, 4.0 * plain.position - 64.0, rtol=1e-14)
    np.testing.assert_allclose(moved.width, 4.0 * plain.width, rtol=1e-14)
    assert (moved.below, moved.p_value) == (plain.below, plain.p_value)


def test_only_small_eigenvalues_matter() -> None:
    spectrum = two_groups()
    without = find_gaps(np.where(spectrum > 0.0, np.abs(spectrum) * 3.0, spectrum), RESAMPLES)
    np.testing.assert_array_equal(without, find_gaps(spectrum, RESAMPLES))


@pytest.mark.parametrize(
    "spectrum",
    [
        np.full(20, np.nan),
        np.array([-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0]),  # four small ones
        np.full(20, -1.0),
        np.zeros(20),
    ],
    ids=["missing", "few", "equal", "none"],
)
def test_nothing_is_found_where_nothing_can_be_tested(spectrum: np.ndarray) -> None:
    assert np.isnan(find_gaps(spectrum, RESAMPLES)).all()


def test_five_small_eigenvalues_can_be_tested() -> None:
    assert np.isfinite(find_gaps(np.array([-3.0, -2.0, -1.9, -1.0, -0.5, 8.0]), RESAMPLES)).all()
