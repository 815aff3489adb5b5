"""The ensemble of few relu neurons against references that know nothing of how it is cut."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from nets import FUNCTIONS, plain_loss
from scipy.integrate import nquad, quad
from scipy.special import erf

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.thermodynamics.canonical import CanonicalState, build_system, integrate_states

pytestmark = pytest.mark.optimised  # they compute more than they compile

RELU = ACTIVATIONS["relu"]
BETAS = [0.5, 3.0, 200.0]


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0.0)


def assert_settled(state: CanonicalState) -> None:
    assert state.log_partition_error <= 1e-10
    assert state.mean_loss_error <= 1e-10 * (1.0 + state.mean_loss)


def gauss(beta: float, slope: float, offset: float, low: float, high: float) -> float:
    """``int exp(-beta/2 (slope x - offset)^2) dx`` between two ends."""
    width = math.sqrt(beta / 2.0) * slope
    at = [width * (end - offset / slope) for end in (low, high)]
    return math.sqrt(math.pi) / (2.0 * width) * (erf(at[1]) - erf(at[0]))


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize(("w", "b"), [(0.7, -0.4), (-0.5, 0.8), (0.0, -0.3)])
def test_one_neuron_in_closed_form(w: float, b: float, beta: float) -> None:
    (state,) = integrate_states(build_system(np.array([[w]]), np.array([b])), RELU, [beta])

    def log_z(beta: float) -> float:
        if w == 0.0:
            return math.log(gauss(beta, 1.0, max(b, 0.0), 0.0, math.inf))
        kink = max(-b / w, 0.0)
        silent, active = (1.0, 0.0), (1.0 - w, b)
        below, above = (silent, active) if w > 0.0 else (active, silent)
        inside = gauss(beta, *below, 0.0, kink) if kink > 0.0 else 0.0
        return math.log(inside + gauss(beta, *above, kink, math.inf))

    assert_settled(state)
    assert state.log_partition == pytest.approx(log_z(beta), abs=1e-10)
    step = 1e-4 * beta
    slope = (log_z(beta + step) - log_z(beta - step)) / (2.0 * step)
    assert state.mean_loss == pytest.approx(-slope, rel=1e-7)


@pytest.mark.parametrize("beta", [0.5, 3.0, 20.0])
def test_two_neurons_that_receive_from_both(beta: float) -> None:
    w, b = np.array([[0.3, -0.6], [0.5, 0.4]]), np.array([0.25, -0.35])
    (state,) = integrate_states(build_system(w, b), RELU, [beta])
    assert_settled(state)
    assert state.log_partition == pytest.approx(
        math.log(integral(w, b, beta, lambda energy: 1.0)), abs=1e-9
    )
    z = math.exp(state.log_partition)
    expected = integral(w, b, beta, lambda energy: energy) / z
    assert state.mean_loss == pytest.approx(expected, abs=1e-9)


def integral(w: np.ndarray, b: np.ndarray, beta: float, of) -> float:
    """Adaptive integral over two states; it is told the kinks on the line of the inner one."""

    def weighted(x: float, y: float) -> float:
        energy = plain_loss(w, b, [x, y], FUNCTIONS["relu"], 0.0)
        return of(energy) * math.exp(-beta * energy)

    far = 10.0 + 12.0 / math.sqrt(beta)
    inner = {"epsabs": 1e-12, "epsrel": 1e-12, "limit": 200}

    def along(y: float) -> float:
        kinks = [-(b[i] + w[i, 1] * y) / w[i, 0] for i in range(2)]
        ends = [0.0, *sorted(k for k in kinks if 0.0 < k < far), far]
        return sum(quad(weighted, *piece, args=(y,), **inner)[0] for piece in pairwise(ends))

    corners = [-b[i] / w[i, 1] for i in range(2)]
    corners.append(float(np.linalg.solve(w, -b)[1]))
    ends = [0.0, *sorted(k for k in corners if 0.0 < k < far), far]
    outer = {"epsabs": 1e-11, "epsrel": 1e-11, "limit": 200}
    return sum(quad(along, *piece, **outer)[0] for piece in pairwise(ends))


def test_two_hidden_neurons_between_a_clamped_boundary() -> None:
    # Inputs 0 and 1, hidden 2 and 3, outputs 4 to 6: their kinks cross the plane of the hidden.
    random = np.random.default_rng(4)
    w = np.zeros((7, 7))
    w[2:4, :2], w[4:, 2:4] = random.normal(size=(2, 2)), random.normal(size=(3, 2))
    b = 0.5 * random.normal(size=7)
    clamped = np.array([0.6, 0.3, np.nan, np.nan, 1.0, 0.0, 0.2])
    (state,) = integrate_states(build_system(w, b, 0.0, clamped), RELU, [2.0])
    assert_settled(state)
    hidden = relu(w[2:4, :2] @ clamped[:2] + b[2:4])

    def density(x: float, y: float) -> float:
        errors = np.append(
            np.array([x, y]) - hidden, clamped[4:] - relu(w[4:, 2:4] @ [x, y] + b[4:])
        )
        return math.exp(-errors @ errors)

    def kinks(y: float) -> dict[str, object]:
        found = -(b[4:] + w[4:, 3] * y) / w[4:, 2]
        return {
            "points": [k for k in found if 0.0 < k < 10.0],
            "epsabs": 1e-11,
            "epsrel": 1e-11,
            "limit": 200,
        }

    outer = {"epsabs": 1e-10, "epsrel": 1e-10, "limit": 200}
    z = nquad(density, [(0.0, 10.0), (0.0, 10.0)], opts=[kinks, outer])[0]
    assert state.log_partition == pytest.approx(math.log(z), abs=1e-9)


def cycle(neurons: int) -> tuple[np.ndarray, np.ndarray]:
    """A graph whose neurons hand their states on in a circle."""
    w = np.zeros((neurons, neurons))
    w[np.arange(neurons), np.arange(neurons) - 1] = np.linspace(0.9, -0.8, neurons)
    return w, np.linspace(-0.5, 0.4, neurons)


@pytest.mark.parametrize(("neurons", "beta"), [(2, 0.5), (2, 3.0), (3, 0.5), (3, 3.0), (4, 3.0)])
def test_a_graph_by_transfer_matrices(neurons: int, beta: float) -> None:
    # H is a sum over edges, so Z is the trace of a product of kernels, one for each edge.
    w, b = cycle(neurons)
    (state,) = integrate_states(build_system(w, b), RELU, [beta])
    if neurons < 4:
        assert_settled(state)
    assert max(state.log_partition_error, state.mean_loss_error) < 1e-7
    nodes, weights = np.polynomial.legendre.leggauss(60)
    far = 4.0 + 10.0 / math.sqrt(beta)
    places, scales = [], []
    for i in range(neurons):
        slope, offset = w[(i + 1) % neurons, i], b[(i + 1) % neurons]
        ends = sorted({0.0, min(max(-offset / slope, 0.0), far), 1.5, far})
        pieces = list(pairwise(ends))
        places.append(np.concatenate([p + (q - p) * (1 + nodes) / 2 for p, q in pieces]))
        scales.append(np.concatenate([(q - p) / 2 * weights for p, q in pieces]))

    def log_z(beta: complex) -> complex:
        product = np.eye(len(places[-1]), dtype=complex)
        for i in range(neurons):
            error = places[i][:, None] - relu(w[i, i - 1] * places[i - 1] + b[i])[None, :]
            product = scales[i][:, None] * np.exp(-0.5 * beta * error**2) @ product
        return np.log(np.trace(product))

    off = 1e-9 + state.log_partition_error
    assert state.log_partition == pytest.approx(log_z(beta).real, abs=off)
    step = 1e-20  # in the imaginary direction, where nothing is lost to cancellation
    off = 1e-9 + state.mean_loss_error
    assert state.mean_loss == pytest.approx(-log_z(beta + 1j * step).imag / step, abs=off)


def test_numbers_do_not_depend_on_the_order_of_the_neurons() -> None:
    random = np.random.default_rng(2)
    w, b = np.tril(random.normal(size=(3, 3)), -1), random.normal(size=3)
    order = np.array([2, 0, 1])
    (state,) = integrate_states(build_system(w, b), RELU, [2.0])
    (other,) = integrate_states(build_system(w[np.ix_(order, order)], b[order]), RELU, [2.0])
    assert other.log_partition == pytest.approx(state.log_partition, abs=1e-10)
    assert other.variance == pytest.approx(state.variance, rel=1e-9)
    np.testing.assert_allclose(other.mean_state, state.mean_state[order], rtol=1e-10)
