"""Every observable against its definition, worked out by NumPy and SciPy on the whole matrix."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from quick_jit import quick_jit

from nnuniverse.losses import bulk_minimum
from nnuniverse.networks.propagation import Layer
from nnuniverse.observables.complexity import complexity
from nnuniverse.observables.losses import error_rate
from nnuniverse.observables.neuron_free_energy import BETAS
from nnuniverse.observables.nonzero_weights import nonzero_weights

# The net is measured once for both files.
pytestmark = pytest.mark.xdist_group("observables")

TOLERANCE = 1e-10
"""What the reduced spectrum promises."""


def test_log_eigenvalues(case) -> None:
    everything = case.log_g()
    dynamical = case.measured["log_eigenvalues"]
    units = np.zeros(case.settings.architecture.unit_eigenvalues)
    padded = np.sort(np.append(dynamical, units))[::-1]
    np.testing.assert_allclose(padded, everything, rtol=0, atol=TOLERANCE)
    assert np.abs(dynamical).max() > 1.0, "a spectrum too narrow to tell anything"


def whole_coupling(case) -> np.ndarray:
    """A with the slopes at the mean state, block by block."""
    blocks = []
    for y, (weights, _) in zip(case.arguments(case.train), case.parameters, strict=True):
        blocks.append(np.diag(1.0 / np.cosh(y.mean(axis=0)) ** 2) @ weights)
    n = case.settings.architecture.sizes
    rows = [[np.zeros((n[i], n[j])) for j in range(len(n))] for i in range(len(n))]
    for l, block in enumerate(blocks):
        rows[l + 1][l] = block
    return np.block(rows)


def test_traces_are_those_of_the_matrix_logarithm(case) -> None:
    residual = np.eye(case.settings.architecture.neurons) - whole_coupling(case)
    log_g = scipy.linalg.logm(residual.T @ residual)
    mu2, mu3 = np.trace(log_g @ log_g), np.trace(log_g @ log_g @ log_g)
    np.testing.assert_allclose(case.measured["mu2"], mu2, rtol=1e-9)
    np.testing.assert_allclose(case.measured["mu3"], mu3, rtol=1e-9)
    # Means are over the 19 eigenvalues that the architecture lets differ from one.
    assert case.settings.architecture.dynamical_eigenvalues == 19
    np.testing.assert_allclose(case.measured["mu2_per_eigenvalue"], mu2 / 19, rtol=1e-9)
    np.testing.assert_allclose(case.measured["mu3_per_eigenvalue"], mu3 / 19, rtol=1e-9)


def test_moments_without_output_are_those_of_the_matrix_without_its_rows(case) -> None:
    kept = case.settings.architecture.neurons - case.settings.architecture.sizes[-1]
    residual = np.eye(kept) - whole_coupling(case)[:kept, :kept]
    log_g = scipy.linalg.logm(residual.T @ residual)
    mu2, mu3 = np.trace(log_g @ log_g), np.trace(log_g @ log_g @ log_g)
    np.testing.assert_allclose(case.measured["mu2_without_output"], mu2, rtol=1e-9)
    np.testing.assert_allclose(case.measured["mu3_without_output"], mu3, rtol=1e-9)
    # 12-6-4: six directions of the inputs, six and four neurons.
    np.testing.assert_allclose(
        case.measured["mu2_per_eigenvalue_without_output"], mu2 / 16, rtol=1e-9
    )
    np.testing.assert_allclose(
        case.measured["mu3_per_eigenvalue_without_output"], mu3 / 16, rtol=1e-9
    )


def test_power_norms_and_the_sinh_identity(case) -> None:
    A = whole_coupling(case)
    norms = [np.sum(np.linalg.matrix_power(A, k) ** 2) for k in (2, 3)]
    np.testing.assert_allclose(case.measured["power_norms"], norms, rtol=1e-12)
    # sum sinh(log lambda) = -1/2 sum ||A^k||_F^2, and so mu_3 < 0 here (A34).
    sinh = np.sinh(case.measured["log_eigenvalues"])
    rounding = 1e-12 * np.abs(sinh).sum()
    np.testing.assert_allclose(sinh.sum(), -0.5 * sum(norms), rtol=0, atol=rounding)
    assert case.measured["mu3"] < 0.0


def test_mean_state_gives_the_exponent_of_the_partition_function(case) -> None:
    # <x>^T beta G (1 + beta G)^-1 <x>, with the whole G, at several beta; 2004.09280 (5.9).
    residual = np.eye(case.settings.architecture.neurons) - whole_coupling(case)
    G = residual.T @ residual
    hidden = [np.tanh(y).mean(axis=0) for y in case.arguments(case.train)]
    state = np.concatenate([case.train.inputs.astype(float).mean(axis=0), *hidden])
    squares, rest = case.measured["mean_state_squares"], case.measured["mean_state_rest"]
    eigenvalues = np.exp(case.measured["log_eigenvalues"])
    for beta in (0.1, 1.0, 30.0):
        whole = state @ np.linalg.solve(np.eye(len(G)) + beta * G, beta * G @ state)
        summed = (beta * eigenvalues / (1.0 + beta * eigenvalues)) @ squares
        np.testing.assert_allclose(summed + rest * beta / (1.0 + beta), whole, rtol=1e-11)


def test_complexity_is_its_definition_on_the_whole_spectrum(case) -> None:
    spectrum, neurons = case.log_g(), case.settings.architecture.neurons
    constant = neurons / 2 * np.log(2 * np.pi)
    expected = [constant - 0.5 * spectrum[:n].sum() for n in case.settings.complexity_n]
    np.testing.assert_allclose(case.measured["complexity"], expected, rtol=TOLERANCE)
    # C_{N-20} sees the 20 smallest, because det G = 1 (A35).
    twenty_smallest = constant + 0.5 * spectrum[-20:].sum()
    position = case.settings.complexity_n.index(neurons - 20)
    np.testing.assert_allclose(
        case.measured["complexity"][position], twenty_smallest, rtol=TOLERANCE
    )


def test_complexity_puts_the_exact_ones_in_their_place() -> None:
    # Four neurons with log lambda 2, 0, -0.5, -1.5, of which the second is not dynamical.
    with jax.enable_x64(True):
        compiled = quick_jit(complexity, static_argnums=(1, 2))
        actual = compiled(np.array([2.0, -0.5, -1.5]), 4, (1, 2, 3, 4))
    expected = 2 * np.log(2 * np.pi) - 0.5 * np.array([2.0, 2.0, 1.5, 0.0])
    np.testing.assert_allclose(actual, expected, rtol=1e-15)


@pytest.mark.parametrize("split", ["train", "test"])
def test_losses_and_error_rates(case, split: str) -> None:
    samples = getattr(case, split)
    prefix = "" if split == "train" else "test_"
    outputs = np.tanh(case.arguments(samples)[-1])
    loss = (0.5 * (outputs - samples.targets) ** 2).sum(axis=1).mean()
    np.testing.assert_allclose(case.measured[f"{prefix}boundary_loss"], loss, rtol=1e-13)
    wrong = np.mean(outputs.argmax(axis=1) != samples.labels)
    assert 0.0 < wrong < 1.0
    np.testing.assert_allclose(case.measured[f"{prefix}error_rate"], wrong, rtol=1e-15)


def test_error_rate_by_hand() -> None:
    outputs = np.array([[0.1, 0.9], [0.6, 0.4], [-3.0, -2.0], [5.0, 1.0]])
    with jax.enable_x64(True):
        np.testing.assert_array_equal(error_rate(outputs, np.array([1, 0, 0, 0])), 0.25)


def test_zeros_among_the_weights_are_not_counted() -> None:
    first = Layer(jnp.array([[0.0, 2.0], [-0.0, 1e-30]]), jnp.zeros(2))
    assert nonzero_weights((first, Layer(jnp.ones((1, 2)), jnp.zeros(1)))) == 4


def test_weights_and_biases_are_the_nets(case) -> None:
    for l, layer in enumerate(case.parameters, start=1):
        np.testing.assert_array_equal(case.measured[f"snapshot_weights_{l}"], layer.weights)
        np.testing.assert_array_equal(case.measured[f"snapshot_bias_{l}"], layer.bias)


def test_bulk_loss_is_the_mean_of_the_minima(case) -> None:
    with jax.enable_x64(True):
        compiled = quick_jit(lambda *net: bulk_minimum(net[0], case.settings.activation, *net[1:]))
        minimum = compiled(
            case.parameters,
            case.train.inputs.astype(float),
            case.train.targets.astype(float),
        )
    converged = np.asarray(minimum.converged)
    expected = np.asarray(minimum.loss)[converged].mean()
    np.testing.assert_allclose(case.measured["bulk_loss"], expected, rtol=1e-9)
    assert case.measured["bulk_unconverged"] == np.sum(~converged)
    assert 0.0 < case.measured["bulk_loss"] < case.measured["boundary_loss"]


def numerical_gradient(case, samples, weight: int) -> np.ndarray:
    """dH/dw of each sample at one of all weights and biases, by central differences."""
    flat = np.concatenate([array.ravel() for layer in case.parameters for array in layer])

    def losses(step: float) -> np.ndarray:
        moved = flat.astype(float)
        moved[weight] += step
        state, at = samples.inputs.astype(float), 0
        for weights, bias in case.parameters:
            w = moved[at : at + weights.size].reshape(weights.shape)
            b = moved[at + weights.size : at + weights.size + bias.size]
            state, at = np.tanh(state @ w.T + b), at + weights.size + bias.size
        return 0.5 * ((state - samples.targets) ** 2).sum(axis=1)

    return (losses(1e-6) - losses(-1e-6)) / 2e-6


def test_gradients_are_those_of_mini_batches_drawn_at_random(case) -> None:
    size = sum(array.size for layer in case.parameters for array in layer)
    each = np.stack([numerical_gradient(case, case.train, weight) for weight in range(size)])
    across_weights = case.measured["gradients_across_weights"]
    across_batches = case.measured["gradients_across_batches"]
    # The gradient of 100 of 1030 samples lies about that of all, as far as its samples do.
    mean, spread = each.mean(axis=1), each.std(axis=1) / np.sqrt(case.settings.batch)
    key = jax.random.split(jax.random.key(0, impl="threefry2x32"))
    drawn = np.asarray(jax.random.randint(key[1], (2000,), 0, size))
    assert np.abs((across_weights - mean[drawn]) / spread[drawn]).max() < 7.0
    followed = np.asarray(jax.random.randint(key[1], (15,), 0, size))
    batches = np.asarray(jax.random.randint(key[0], (2000, 100), 0, len(case.train.inputs)))
    expected = each[followed][:, batches].mean(axis=2)
    np.testing.assert_allclose(across_batches, expected, rtol=1e-5, atol=1e-9)
    assert np.ptp(across_batches, axis=1).min() > 0.0


def test_neuron_free_energies_are_differences_of_nets(case) -> None:
    """F of the whole net less that of the net with the neuron's row and column of A deleted."""
    coupling, found = whole_coupling(case), case.measured["neuron_free_energy"]
    hidden = case.settings.architecture.hidden
    assert found.shape == (len(BETAS), len(hidden))

    def free_energy(coupling: np.ndarray, beta: float) -> float:
        residual = np.eye(len(coupling)) - coupling
        matrix = np.eye(len(coupling)) + beta * residual.T @ residual
        return (np.linalg.slogdet(matrix)[1] - len(matrix) * np.log(2 * np.pi)) / (2 * beta)

    for beta, differences in zip(BETAS, found, strict=True):
        for neuron, difference in zip(hidden, differences, strict=True):
            without = np.delete(np.delete(coupling, neuron, 0), neuron, 1)
            expected = free_energy(coupling, beta) - free_energy(without, beta)
            assert difference == pytest.approx(expected, abs=1e-11)
