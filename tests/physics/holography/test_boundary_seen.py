"""Nets seen from their boundary: coefficients, maps, boundary nets and distances, exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp

from nnuniverse.errors import ConfigError
from nnuniverse.physics.holography.boundary_map import map_by_solving, map_of_sums
from nnuniverse.physics.holography.boundary_net import boundary_net, weights_of_map
from nnuniverse.physics.holography.distances import (
    printed_distance,
    slope_distance,
)
from nnuniverse.physics.holography.entropies import boundary_entropy
from nnuniverse.physics.holography.found_holography import find_holography
from nnuniverse.physics.holography.path_sums import path_sums
from nnuniverse.physics.holography.spectral_radius import spectral_radius

ENDS = np.array([0, 1])


def chains(*products: list[float]) -> sp.csr_array:
    """Chains from neuron 0 to neuron 1, each given by the weights along it."""
    size = 2 + sum(len(one) - 1 for one in products)
    w, free = np.zeros((size, size)), 2
    for weights in products:
        between = list(range(free, free + len(weights) - 1))
        free += len(between)
        for start, end, weight in zip([0, *between], [*between, 1], weights, strict=True):
            w[end, start] += weight
    return sp.csr_array(w)


def random_net(neurons: int, links: int, seed: int, signs: bool = True) -> sp.csr_array:
    """A random graph with `links` into every neuron."""
    random = np.random.default_rng(seed)
    w = np.zeros((neurons, neurons))
    for row in range(neurons):
        senders = random.choice(neurons, links, replace=False)
        w[row, senders] = random.uniform(0.2, 1.0, links)
        if signs:
            w[row, senders] *= random.choice([-1.0, 1.0], links)
    return sp.csr_array(w)


@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_a_chain_has_the_distance_of_its_neurons(length: int) -> None:
    sums = path_sums(chains([1.0] * (length + 1)), ENDS, 9)
    mapped = map_of_sums(sums, 1e-3)
    assert sums.ends
    assert sums.first_order[1, 0] == length + 1
    assert printed_distance(mapped, 1e-3)[1, 0] == pytest.approx(length, abs=1e-14)
    assert slope_distance(mapped)[1, 0] == pytest.approx(length, abs=1e-14)
    assert np.isnan(mapped.log[0, 1]) and mapped.sign[0, 1] == 0


def test_equal_chains_and_weights_move_the_logarithm_alone() -> None:
    eps = 1e-4
    three = map_of_sums(path_sums(chains(*[[1.0] * 3] * 3), ENDS, 5), eps)
    assert printed_distance(three, eps)[1, 0] == pytest.approx(2 + np.log(3) / np.log(eps))
    weighted = map_of_sums(path_sums(chains([0.5, -3.0, 0.7]), ENDS, 5), eps)
    expected = 2 + np.log(0.5 * 3.0 * 0.7) / np.log(eps)
    assert printed_distance(weighted, eps)[1, 0] == pytest.approx(expected)
    assert weighted.sign[1, 0] == -1
    for one in (three, weighted):
        assert slope_distance(one)[1, 0] == pytest.approx(2.0, abs=1e-13)


def test_nothing_underflows() -> None:
    mapped = map_of_sums(path_sums(chains([1e-200] * 6), ENDS, 8), 1e-100)
    assert mapped.log[1, 0] == pytest.approx(-6 * 300 * np.log(10.0))
    assert slope_distance(mapped)[1, 0] == pytest.approx(5.0)


def test_a_loop_on_the_way_is_resummed() -> None:
    """0 -> 2 -> 1 with 2 <-> 3: eps^2 / (1 - eps^2 a)."""
    w = chains([1.0, 1.0]).toarray()
    w = np.pad(w, (0, 1))
    w[3, 2], w[2, 3] = 0.5, 0.6
    matrix = sp.csr_array(w)
    mapped = map_of_sums(path_sums(matrix, ENDS, 60), 0.5)
    assert np.exp(mapped.log[1, 0]) == pytest.approx(0.25 / (1 - 0.25 * 0.3), rel=1e-14)
    assert spectral_radius(matrix) == pytest.approx(np.sqrt(0.3))


def test_paths_through_the_boundary_are_in_the_map_and_not_in_the_net() -> None:
    w = sp.csr_array(np.diag([2.0, 3.0], -1))
    boundary = np.arange(3)
    mapped = map_of_sums(path_sums(w, boundary, 4), 1.0).values
    net = boundary_net(w, np.zeros(3), boundary)
    assert mapped[2, 0] == pytest.approx(6.0) and net.weights[2, 0] == 0.0
    np.testing.assert_allclose(weights_of_map(mapped), net.weights, atol=1e-14)


def test_without_a_bulk_the_boundary_net_is_the_net() -> None:
    w, bias = 0.4 * random_net(8, 3, 6), np.arange(8.0)
    found = find_holography(w, bias, np.arange(8), [0.1])
    assert found.net is not None
    np.testing.assert_array_equal(found.net.weights, w.toarray())
    np.testing.assert_array_equal(found.net.bias, bias)


def test_the_boundary_net_does_what_the_net_does() -> None:
    w, random = 0.5 * random_net(40, 3, 1), np.random.default_rng(2)
    bias, boundary = random.normal(size=40), np.array([5, 0, 39, 7, 20, 21])
    x = np.linalg.solve(np.eye(40) - w.toarray(), bias)[boundary]
    net = boundary_net(w, bias, boundary)
    np.testing.assert_allclose(
        np.linalg.solve(np.eye(6) - net.weights, net.bias), x, rtol=1e-12, atol=1e-12
    )
    mapped = map_by_solving(w, boundary, 1.0)
    np.testing.assert_allclose(weights_of_map(mapped.values), net.weights, atol=1e-13)
    without = np.linalg.solve(np.eye(6) - net.weights, bias[boundary])
    assert np.abs(without - x).max() > 0.1


def test_clamped_inputs_with_feedback_from_outputs() -> None:
    w = 0.5 * random_net(30, 3, 4).toarray()
    inputs, outputs, random = np.arange(4), np.array([28, 29]), np.random.default_rng(0)
    w[inputs] = 0.0
    bias = random.normal(size=30)
    bias[inputs] = 0.0
    given = np.zeros(30)
    given[inputs] = random.normal(size=4)
    x = np.linalg.solve(np.eye(30) - w, bias + given)
    boundary = np.concatenate([inputs, outputs])
    net = boundary_net(sp.csr_array(w), bias, boundary)
    seen = np.linalg.solve(np.eye(6) - net.weights, net.bias + given[boundary])
    np.testing.assert_allclose(seen, x[boundary], rtol=1e-12, atol=1e-13)


def test_series_and_solve_agree_with_rational_numbers() -> None:
    w = random_net(8, 2, 3)
    w.data = np.round(w.data * 16) / 16
    eps, exact = 0.25, _exact_map(w.toarray(), Fraction(1, 4))
    boundary = np.arange(3)
    for mapped in (
        map_of_sums(path_sums(w, boundary, 120), eps),
        map_by_solving(w, boundary, eps),
    ):
        np.testing.assert_allclose(mapped.values, exact[:3, :3], rtol=1e-12, atol=1e-16)
        higher, lower = (map_by_solving(w, boundary, eps * (1 + h)) for h in (1e-5, -1e-5))
        slope = (higher.log - lower.log) / (np.log1p(1e-5) - np.log1p(-1e-5))
        np.testing.assert_allclose(mapped.slope, slope, rtol=1e-7)


def _exact_map(w: np.ndarray, eps: Fraction) -> np.ndarray:
    """``eps w (1 - eps w)^-1`` in fractions, by elimination."""
    size = len(w)
    step = [[eps * Fraction(float(one)) for one in row] for row in w]
    rows = [[(i == j) - step[i][j] for j in range(size)] + [*step[i]] for i in range(size)]
    for at in range(size):
        pivot = next(row for row in range(at, size) if rows[row][at] != 0)
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [one / rows[at][at] for one in rows[at]]
        for other in range(size):
            if other != at and rows[other][at] != 0:
                factor = rows[other][at]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[at], strict=True)]
    return np.array([[float(one) for one in row[size:]] for row in rows])


@pytest.mark.parametrize("seed", range(5))
def test_the_first_coefficient_is_the_distance(seed: int) -> None:
    w, boundary = random_net(100, 2, seed), np.arange(12)
    found = find_holography(w, np.zeros(100), boundary, [1e-3])
    np.testing.assert_array_equal(found.distance, _by_powers(w.toarray(), boundary))
    np.testing.assert_array_equal(found.size_sums.first_order - 1.0, found.distance)
    one = found.maps[0]
    assert one is not None
    assert np.nanmax(np.abs(slope_distance(one) - found.distance)) < 0.3


def _by_powers(w: np.ndarray, boundary: np.ndarray) -> np.ndarray:
    edges = (w != 0.0).astype(float)
    found, power = np.full(w.shape, np.nan), np.eye(len(w))
    for between in range(30):
        power = np.minimum(edges @ power, 1.0)
        found[(power > 0.0) & np.isnan(found)] = between
    return found[np.ix_(boundary, boundary)]


def test_paths_are_counted_and_cancel() -> None:
    w = chains([1.0, 1.0], [1.0, -0.75], [1.0, 1.0, 1.0])
    found = find_holography(w, np.zeros(6), ENDS, [1e-6, 1.0])
    assert found.counts[1, 0] == 2 and np.isnan(found.counts[0, 1])
    values = {variable.name: array for variable, array in found.variables}
    assert values["cancellation"][0, 1, 0] == pytest.approx(0.25 / 1.75, rel=1e-5)
    assert values["cancellation"][1, 1, 0] == pytest.approx(1.25 / 2.75)
    gone = find_holography(chains([1.0, 1.0], [1.0, -1.0]), np.zeros(4), ENDS, [0.1])
    one = gone.maps[0]
    assert one is not None and one.sign[1, 0] == 0 and gone.distance[1, 0] == 1.0


def test_where_the_series_diverges_there_is_no_map_but_distances_are() -> None:
    w = 4.0 * random_net(50, 3, 0)
    found = find_holography(w, np.zeros(50), np.arange(5), [1.0, 1e-4])
    assert found.ways == ("eps rho >= 1", "series") and found.maps[0] is None
    np.testing.assert_array_equal(found.size_sums.first_order - 1.0, found.distance)
    assert np.isfinite(found.distance).sum() == 20


def test_near_one_over_rho_it_is_solved() -> None:
    w = random_net(50, 3, 0, signs=False)
    eps = 0.97 / spectral_radius(w)
    found = find_holography(w, np.zeros(50), np.arange(5), [eps])
    one = found.maps[0]
    assert found.ways == ("solve",) and one is not None
    exact = np.linalg.inv(np.eye(50) - eps * w.toarray()) - np.eye(50)
    np.testing.assert_allclose(one.values, exact[:5, :5], rtol=1e-11)


def test_entropy_of_the_map_is_that_of_the_states() -> None:
    w, boundary = 0.4 * random_net(15, 3, 2), np.array([0, 4, 9])
    inverse = np.linalg.inv(np.eye(15) - w.toarray())
    jacobian = np.kron(inverse[boundary], inverse[:, boundary].T)
    expected = np.linalg.slogdet(jacobian @ jacobian.T)[1] / 2.0
    assert boundary_entropy(w, boundary) == pytest.approx(expected, abs=1e-10)
    random, sigma = np.random.default_rng(0), 1e-5
    noise = random.normal(size=(4000, 15, 15))
    moved = np.linalg.inv(np.eye(15) - w.toarray() - sigma * noise) - inverse
    drawn = moved[:, boundary][:, :, boundary].reshape(4000, -1) / sigma
    sampled = np.linalg.slogdet(np.cov(drawn.T))[1] / 2.0
    # The log det of a sample covariance: mean -B^2 (B^2 + 1)/2n, deviation sqrt(2 B^2/n), halved.
    bias, deviation = -9 * 10 / (4 * 4000), np.sqrt(2 * 9 / 4000) / 2
    assert abs(sampled - bias - expected) < 4 * deviation


def test_a_radius_of_many_loops_and_of_none() -> None:
    ring = sp.csr_array(np.roll(np.eye(700), 1, axis=0) * 0.9 + 0.05 * np.eye(700))
    assert spectral_radius(ring) == pytest.approx(0.95, abs=2e-3)
    assert spectral_radius(chains([5.0, 5.0, 5.0])) == 0.0


def test_too_many_coefficients_are_refused() -> None:
    with pytest.raises(ConfigError, match="be at most 7 neurons, of 1000000 orders"):
        find_holography(random_net(30, 2, 0), np.zeros(30), np.arange(20), [0.1], 10**6)


def test_a_singular_bulk_has_no_boundary_net() -> None:
    w = chains([1.0, 1.0]).toarray()
    w[2, 2] = 1.0
    found = find_holography(sp.csr_array(w), np.zeros(3), ENDS, [0.5])
    assert found.net is None and found.entropies is None
    assert found.distance[1, 0] == 1.0
