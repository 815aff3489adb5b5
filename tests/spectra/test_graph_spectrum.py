"""The spectrum of graphs: exact, at its ends, and by its traces."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse as sp

from nnuniverse.nets import take_measurement
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import GraphParameters, build_graph
from nnuniverse.networks.graph_initialisation import initialise_graph
from nnuniverse.networks.masks import block_mask, lattice_mask, permutation_mask, random_mask
from nnuniverse.observables import Samples, Settings
from nnuniverse.spectra import (
    Gram,
    estimate_traces,
    exact_traces,
    finite_log_eigenvalues,
    iterative,
    largest_eigenvalues,
    reduced_coupling,
    reduced_log_eigenvalues,
    smallest_eigenvalues,
    trace_functions,
    traces,
)


def graph_with(inputs: int, neurons: int = 12) -> GraphParameters:
    graph = build_graph(random_mask(neurons, 5, seed=2), range(inputs), [neurons - 1])
    return initialise_graph(jax.random.key(0), graph, "he_normal")


def whole(parameters: GraphParameters, slopes: np.ndarray) -> np.ndarray:
    graph = parameters.graph
    matrix = np.zeros((graph.neurons, graph.neurons))
    matrix[graph.rows, graph.columns] = parameters.weights
    matrix[graph.free] *= slopes[:, None]
    return matrix


def log_g(coupling: np.ndarray) -> np.ndarray:
    return 2 * np.log(np.linalg.svd(np.eye(len(coupling)) - coupling, compute_uv=False))


@pytest.mark.parametrize("inputs", [0, 3, 8])
def test_reduced_spectrum_is_that_of_the_whole(inputs: int) -> None:
    parameters = graph_with(inputs)
    graph = parameters.graph
    slopes = np.random.default_rng(1).uniform(0.2, 1.0, len(graph.free))
    coupling = reduced_coupling(parameters, slopes)[0]
    found, zeros = finite_log_eigenvalues(coupling)
    assert zeros == 0
    assert len(found) == graph.dynamical_eigenvalues == min(12, 2 * (12 - inputs))
    padded = np.sort(np.append(found, np.zeros(graph.unit_eigenvalues)))[::-1]
    np.testing.assert_allclose(padded, log_g(whole(parameters, slopes)), atol=1e-11)


def test_blocks_have_the_spectrum_of_layers() -> None:
    sizes = (5, 4, 3)
    graph = build_graph(block_mask(sizes), range(5), range(9, 12))
    parameters = initialise_graph(jax.random.key(4), graph, "glorot_normal", 2.0)
    w = whole(parameters, np.ones(7))
    found = finite_log_eigenvalues(reduced_coupling(parameters, np.ones(7))[0])[0]
    with jax.enable_x64(True):
        blocks = [jnp.asarray(w[5:9, :5]), jnp.asarray(w[9:, 5:9])]
        expected = reduced_log_eigenvalues(blocks)
    units = np.zeros(len(found) - len(expected))
    expected = np.sort(np.concatenate([expected, units]))[::-1]
    np.testing.assert_allclose(found, expected, atol=1e-11)


def test_cycles_in_closed_form() -> None:
    graph = build_graph(permutation_mask([5, 3]), [], [])
    parameters = initialise_graph(jax.random.key(0), graph, "glorot_uniform")
    found, zeros = finite_log_eigenvalues(reduced_coupling(parameters, np.ones(8))[0])
    assert zeros == 2
    assert np.isnan(found).sum() == 2
    modes = np.concatenate([4 * np.sin(np.pi * np.arange(1, n) / n) ** 2 for n in (5, 3)])
    present = np.exp(np.asarray(found)[~np.isnan(found)])
    np.testing.assert_allclose(present, np.sort(modes)[::-1], rtol=1e-12)


def test_measurement_of_a_graph() -> None:
    parameters = graph_with(8)
    random = np.random.default_rng(6)
    x = random.normal(size=(1004, 8))  # more than are propagated at once
    samples = Samples(x, np.zeros((1004, 1)), np.zeros(1004, np.int32))
    settings = Settings(parameters.graph, ACTIVATIONS["tanh"])
    with jax.enable_x64(True):
        measured = take_measurement(settings, parameters, samples, samples)
        squares, rest = measured.mean_state_squares
        found = measured.log_eigenvalues
    states = np.zeros((1004, 4))
    for _ in range(300):
        y = (np.concatenate([x, states], axis=1) @ whole(parameters, np.ones(4)).T)[:, 8:]
        states = np.tanh(y)
    np.testing.assert_allclose(measured.train_outputs[:, 0], states[:, -1], atol=1e-4)
    assert (np.asarray(measured.periods) == 1).all()
    matrix = np.eye(12) - whole(parameters, 1 / np.cosh(y.mean(axis=0)) ** 2)
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    expected = np.sort(np.append(np.exp(found), np.ones(4)))
    np.testing.assert_allclose(values, expected, rtol=1e-4)
    mean = np.concatenate([x.mean(axis=0), states.mean(axis=0)])
    along = (vectors.T @ mean) ** 2
    dynamical = np.abs(values - 1) > 1e-4
    np.testing.assert_allclose(
        np.sort(np.asarray(squares)[np.abs(np.asarray(found)) > 1e-4]),
        np.sort(along[dynamical]),
        rtol=1e-2,
        atol=1e-6,
    )
    np.testing.assert_allclose(float(squares.sum() + rest), mean @ mean, rtol=1e-4)


NEURONS = 400


@pytest.fixture(scope="module")
def coupling() -> sp.csr_array:
    mask = random_mask(NEURONS, 8, seed=3)
    values = np.random.default_rng(1).normal(size=len(mask.rows)) * 0.2
    return sp.csr_array((values, (mask.rows, mask.columns)), shape=(NEURONS, NEURONS))


@pytest.fixture(scope="module")
def eigenvalues(coupling: sp.csr_array) -> np.ndarray:
    return np.linalg.svd(np.eye(NEURONS) - coupling.toarray(), compute_uv=False) ** 2


@pytest.mark.parametrize("fill", [0, iterative.FILL])
def test_ends(
    coupling: sp.csr_array,
    eigenvalues: np.ndarray,
    fill: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(iterative, "FILL", fill)
    gram = Gram(coupling)
    top = largest_eigenvalues(gram, 4)
    bottom = smallest_eigenvalues(gram, 4, top.eigenvalues[0])
    for found, expected in ((top, eigenvalues[:4]), (bottom, eigenvalues[::-1][:4])):
        assert found.converged
        assert (np.abs(found.eigenvalues - expected) <= found.residuals + 1e-12).all()
        np.testing.assert_allclose(found.eigenvalues, expected, rtol=1e-6)


def test_what_has_not_converged_says_so(
    coupling: sp.csr_array, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(iterative, "FILL", 0)
    monkeypatch.setattr(iterative, "PRODUCTS", 100)
    monkeypatch.setattr(iterative, "TOLERANCE", 1e-16)
    found = smallest_eigenvalues(Gram(coupling), 3, 4.0)
    assert not found.converged
    assert (found.residuals > 0).all()


def test_zero_eigenvalues_of_a_large_cycle() -> None:
    mask = permutation_mask([3000])
    gram = Gram(sp.csr_array((mask.weights, (mask.rows, mask.columns))))
    found = smallest_eigenvalues(gram, 3, 4.0).eigenvalues
    np.testing.assert_allclose(
        found, 4 * np.sin(np.pi * np.array([0, 1, 1]) / 3000) ** 2, atol=1e-14
    )


def test_traces_lie_within_their_error_bars(
    coupling: sp.csr_array, eigenvalues: np.ndarray
) -> None:
    functions = trace_functions((0.5, 2.0))
    estimated, probes = estimate_traces(coupling, functions, seed=1)
    exact = exact_traces(eigenvalues, functions)
    assert exact["mu2"].value == pytest.approx(np.sum(np.log(eigenvalues) ** 2))
    laplacian = exact["negative_laplacian[2]"].value
    assert laplacian == pytest.approx(np.sum((1 + 2 * eigenvalues) ** -2.0))
    assert 8 <= probes <= traces.PROBES
    for name, estimate in estimated.items():
        assert estimate.error > 0
        assert abs(estimate.value - exact[name].value) < 4 * estimate.error + estimate.truncation


def test_quadrature_is_exact_where_rounding_allows() -> None:
    # Signs make z^T G z = Tr G exactly when G is diagonal: here A = c I.
    coupling = sp.csr_array(0.5 * sp.eye_array(50))
    estimated, _ = estimate_traces(coupling, trace_functions((1.0,)))
    assert estimated["log_det"].value == pytest.approx(50 * np.log(0.25), rel=1e-12)
    assert estimated["log_det"].error < 1e-9


def test_lattice_needs_its_band_only() -> None:
    mask = lattice_mask((30, 30))
    gram = Gram(sp.csr_array((np.full(len(mask.rows), 0.2), (mask.rows, mask.columns))))
    found = smallest_eigenvalues(gram, 1, 4.0)
    assert found.eigenvalues[0] == pytest.approx((1 - 0.8) ** 2, rel=1e-10)
