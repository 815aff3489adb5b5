"""Gaps that are none: long tails, layers, untrained nets; and gaps that nobody can tell."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nnuniverse.analysis.gaps import Gaps, find_gaps
from nnuniverse.networks.layered import Layered

DEEP, SHALLOW = Layered((784, 40, 20, 10)), Layered((784, 60, 10))


def spectra(layers: Layered, gain: float, number: int = 12) -> np.ndarray:
    """Dynamical log-eigenvalues of untrained nets with slopes one, Glorot uniform."""
    return np.array([spectrum(layers, gain, seed) for seed in range(number)])


def spectrum(layers: Layered, gain: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    blocks = []
    for sending, receiving in pairwise(layers.sizes):
        reach = gain * np.sqrt(6.0 / (sending + receiving))
        blocks.append(random.uniform(-reach, reach, (receiving, sending)))
    blocks[0] = np.linalg.qr(blocks[0].T, mode="r").T  # the directions that the inputs reach
    ends = np.cumsum([blocks[0].shape[1], *(len(block) for block in blocks)])
    whole = np.eye(ends[-1])
    for before, (start, end), block in zip([0, *ends], pairwise(ends), blocks, strict=False):
        whole[start:end, before:start] = -block
    theta = 2.0 * np.log(np.linalg.svd(whole, compute_uv=False))
    dynamical = np.argsort(-np.abs(theta))[: layers.dynamical_eigenvalues]
    return np.asarray(np.sort(theta[dynamical]))


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ((784, 40, 20, 10), (10, 20, 40, 50)),
        ((784, 60, 10), (10, 60)),
        ((784, 10), (10,)),
        ((10, 5, 100), (5,)),
        ((784, 100, 50, 50, 10), (10, 50, 60, 100, 110, 150)),
    ],
)
def test_sizes_of_groups(sizes: tuple[int, ...], groups: tuple[int, ...]) -> None:
    assert Layered(sizes).group_sizes == groups


def test_small_eigenvalues_of_strong_blocks_are_as_many_as_the_group() -> None:
    # One strong block, two without a common layer, and two neighbours.
    for strong, size in (({0}, 40), ({1}, 20), ({2}, 10), ({0, 2}, 50), ({0, 1}, 40)):
        random = np.random.default_rng(0)
        blocks = [random.normal(size=(b, a)) / np.sqrt(a) for a, b in pairwise((40, 40, 20, 10))]
        whole = np.eye(110)
        for l, (row, column) in enumerate(((40, 0), (80, 40), (100, 80))):
            rows, columns = blocks[l].shape
            block = blocks[l] * (50.0 if l in strong else 1e-3)
            whole[row : row + rows, column : column + columns] = -block
        theta = 2.0 * np.log(np.linalg.svd(whole, compute_uv=False))
        assert (theta < -0.1).sum() == size
        assert size in DEEP.group_sizes


@pytest.mark.parametrize(("layers", "gain"), [(DEEP, 1.5), (DEEP, 3.0), (SHALLOW, 3.0)])
def test_groups_that_layers_make_are_no_gaps(layers: Layered, gain: float) -> None:
    gaps = find_gaps(spectra(layers, gain), 199, layers=layers)
    assert gaps.p_value.min() > 0.05
    assert not np.isin(gaps.below, layers.group_sizes).any()


def test_nobody_can_tell_a_gap_from_a_group_of_a_layer() -> None:
    theta = spectra(SHALLOW, 3.0)  # the group of ten is far below
    gaps = find_gaps(theta, 199, layers=SHALLOW)
    np.testing.assert_array_equal(gaps.power, 0.0)
    assert set(gaps.verdicts(0.05)) == {"cannot tell"}
    without = find_gaps(theta, 199)
    np.testing.assert_array_equal(without.below, 10)
    assert set(without.verdicts(0.05)) == {"gap"}


@pytest.mark.parametrize(
    ("density", "seed"), [("gamma", 24), ("gamma", 37), ("lognormal", 3), ("lognormal", 7)]
)
def test_long_tails_have_no_gap(density: str, seed: int) -> None:
    # Of these the widest spacing has p <= 0.05 under the least smooth density with one peak.
    random = np.random.default_rng(seed)
    drawn = {
        "gamma": lambda: random.gamma(0.5, size=55),
        "lognormal": lambda: random.lognormal(size=55),
    }
    assert find_gaps(-drawn[density](), 199).p_value > 0.05


@pytest.mark.parametrize("density", ["half-normal", "exponential", "gamma", "lognormal"])
def test_gaps_are_seldom_found_in_smooth_densities(density: str) -> None:
    random = np.random.default_rng(11)
    draw = {
        "half-normal": lambda size: np.abs(random.normal(size=size)),
        "exponential": lambda size: random.exponential(size=size),
        "gamma": lambda size: random.gamma(0.5, size=size),
        "lognormal": lambda size: random.lognormal(size=size),
    }[density]
    p_values = find_gaps(-draw((200, 55)), 199).p_value
    # A test that errs in 5 % of cases finds more than 20 of 200 once in a thousand times.
    assert (p_values <= 0.05).sum() <= 20
    assert 0.35 < np.median(p_values) < 0.65


def test_ten_a_standard_deviation_below_are_found() -> None:
    theta = np.sort(np.random.default_rng(4).normal(-3.0, 0.5, (20, 55)), axis=1)
    theta[:, :10] -= theta[:, 10:].std(axis=1, keepdims=True)
    gaps = find_gaps(theta, 199)
    assert (gaps.p_value <= 0.05).sum() >= 16
    assert (gaps.below == 10).sum() >= 18


def test_what_an_untrained_net_has_is_no_gap() -> None:
    random = np.random.default_rng(5)
    before = np.sort(random.normal(-2.0, 0.3, (2, 60)), axis=-1)
    after = np.broadcast_to(before[:, None], (2, 3, 60)).copy()
    before[0, :4] -= 2.0  # one of the untrained nets has four outliers
    after[0, :, :4] -= 2.0
    after[1, 2, :7] -= 2.0  # the other learns seven
    gaps = find_gaps(after, 199, untrained=before)
    verdicts = gaps.verdicts(0.05)
    assert set(verdicts[0]) == {"cannot tell"}
    np.testing.assert_array_equal(gaps.power[0], 0.0)
    assert verdicts[1, 2] == "gap"
    assert gaps.below[1, 2] == 7


def test_outliers_up_to_the_size_of_the_layer_are_excused() -> None:
    # Of ten outputs, five do not saturate at first, and then three.
    random = np.random.default_rng(6)
    before = np.sort(random.normal(-2.0, 0.3, 70))
    after = before.copy()
    before[:5] -= 2.0
    after[:3] -= 2.0
    assert find_gaps(after, 199, layers=SHALLOW).verdicts(0.05) == "gap"
    excused = find_gaps(after, 199, layers=SHALLOW, untrained=before)
    assert excused.p_value > 0.05
    assert excused.power == 0.0
    assert excused.verdicts(0.05) == "cannot tell"


def test_the_power_is_not_that_of_more_outliers_than_a_tenth() -> None:
    # All numbers up to six are excused: that twenty would be found says nothing of five.
    random = np.random.default_rng(10)
    theta = random.normal(-3.0, 0.5, 55)
    layers = Layered((100, 60, 6))
    before = np.sort(random.normal(-2.0, 0.3, 55))
    before[:2] -= 3.0
    assert find_gaps(theta, 199).power > 0.3
    assert find_gaps(theta, 199, layers=layers, untrained=before).power == 0.0


def test_of_many_eigenvalues_the_lowest_are_tested() -> None:
    theta = np.random.default_rng(12).normal(-9.0, 1.0, (2, 900))
    theta[0, :12] = np.linspace(-25.0, -24.0, 12)
    gaps = find_gaps(theta, 199)
    assert gaps.verdicts(0.05).tolist() == ["gap", "none"]
    assert gaps.below[0] == 12


def test_verdicts() -> None:
    p_value, power = (
        np.array([0.05, 0.06, 0.06, np.nan, np.nan]),
        np.array([0.1, 0.5, 0.49, 0.0, np.nan]),
    )
    rest = np.zeros((3, 5))
    verdicts = Gaps(*rest, p_value, power).verdicts(0.05)
    assert verdicts.tolist() == ["gap", "none", "cannot tell", "cannot tell", ""]


def test_no_gap_is_said_only_where_one_would_have_been_found() -> None:
    random = np.random.default_rng(7)
    many = find_gaps(random.normal(-3.0, 0.5, (20, 150)), 199)
    few = find_gaps(random.normal(-3.0, 0.5, (20, 8)), 199)
    assert many.power.min() > 0.8
    assert few.power.max() < 0.5
    assert set(many.verdicts(0.001)) == {"none"}
    assert set(few.verdicts(0.001)) == {"cannot tell"}


def test_the_power_is_that_of_the_test_asked_for() -> None:
    theta = np.random.default_rng(8).normal(-3.0, 0.5, (5, 55))
    powers = [find_gaps(theta, 199, significance=level).power for level in (0.01, 0.05, 0.2)]
    assert (np.diff(powers, axis=0) >= 0.0).all()
    assert (powers[0] < powers[2]).all()
    # No p-value of 99 resamples is below 0.01.
    np.testing.assert_array_equal(find_gaps(theta, 99, significance=0.005).power, 0.0)


@pytest.mark.parametrize(("density", "n"), [("normal", 50), ("normal", 120), ("exponential", 120)])
def test_the_power_stated_is_the_power(density: str, n: int) -> None:
    random = np.random.default_rng(9)
    drawn = (
        random.normal(-3.0, 0.5, (200, n))
        if density == "normal"
        else -random.exponential(size=(200, n))
    )
    theta = np.sort(drawn, axis=1)
    stated = find_gaps(theta, 199).power.mean()
    below = n // 10
    theta[:, :below] -= theta[:, below:].std(axis=1, keepdims=True)
    found = (find_gaps(theta, 199).p_value <= 0.05).mean()
    assert abs(stated - found) < 0.15, (stated, found)
