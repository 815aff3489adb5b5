"""The models' means and variances against what they are known to be."""

import numpy as np
import pytest
import sympy
from scipy.linalg import expm

from nnuniverse.physics.mechanics.solvers.split_step import evolve_wave
from nnuniverse.physics.mechanics.verdict import (
    bridge,
    closure,
    fokker_planck,
    hamilton_jacobi,
    kramers,
    schroedinger,
)
from nnuniverse.physics.mechanics.verdict.marginals import Clock
from nnuniverse.physics.mechanics.verdict.modes import ModesOf, parameter_of, turning, two_point

TIME = np.linspace(0.0, 1.0, 26)
CLOCK = Clock(TIME, np.array(0.01), np.array(0.0), np.array(0.25))


def test_fokker_plancks_equation_is_of_the_family() -> None:
    t, q, d = sympy.symbols("t q D")
    p, u = sympy.Function("p")(t, q), sympy.Function("U")(q)
    phase, root = -u - d * sympy.log(p), sympy.sqrt(p)
    force = u.diff(q)
    potential = -(force**2) / 2 + d * force.diff(q)
    residual = phase.diff(t) + phase.diff(q) ** 2 / 2 + potential
    residual += 2 * d**2 * root.diff(q, 2) / root
    p_t = (p * force).diff(q) + d * p.diff(q, 2)
    assert sympy.simplify(residual.subs(p.diff(t), p_t)) == 0
    assert sympy.simplify((p * phase.diff(q)).diff(q) + p_t) == 0


@pytest.mark.parametrize("rate", [0.3, 4.0, 29.0])
def test_the_closure_has_the_ornstein_uhlenbeck_process(rate: float) -> None:
    centre, start, square, diffusion = 0.3, 5.0, 0.01, 1.7
    theta = np.array([centre, start, rate, np.log(square), np.log(diffusion)])
    mean, variance = fokker_planck.moments(theta, CLOCK)
    decay = np.exp(-rate * TIME)
    np.testing.assert_allclose(mean, centre + (start - centre) * decay, rtol=1e-12)
    rest = diffusion / rate
    np.testing.assert_allclose(variance, rest + (square - rest) * decay**2, rtol=1e-12)

    parameter = parameter_of(-(rate**2))[1]
    modes = two_point(np.array([parameter]), TIME)
    basis = np.stack([*modes[:3]], 1)
    of_mean, *_ = np.linalg.lstsq(basis, mean, rcond=None)
    first, last = variance[0], variance[-1]
    # v = D/k (u^2 + 2 cosh(k) u w + w^2) + (s0^2 - D/k) (u + exp(-k) w)^2
    mixed = rest * np.cosh(rate) + (square - rest) * np.exp(-rate)
    logs = np.log([first, last])
    inside = np.array([*of_mean, logs[0], mixed / modes.product[0], logs[1], parameter])
    same_mean, same_variance = closure.moments(inside, CLOCK, two_point)
    np.testing.assert_allclose(same_mean, mean, rtol=1e-12)
    np.testing.assert_allclose(same_variance, variance, rtol=1e-12)
    np.testing.assert_allclose(closure.signed(inside, two_point), -4.0 * diffusion**2, rtol=1e-9)


@pytest.mark.parametrize(("modes", "parameter"), [(two_point, np.log(5.0)), (turning, np.log(3.0))])
def test_a_positive_number_is_a_packet_of_schroedinger(modes: ModesOf, parameter: float) -> None:
    theta = np.array([2.0, -0.5, 0.0, np.log(0.04), 0.05, 0.4, parameter])
    mean, variance = schroedinger.moments(theta, CLOCK, modes)
    found = modes(np.array([parameter]), np.zeros(1))
    square = float(found.square[0])
    hbar = float(2.0 * 0.2 * 0.4 * found.wronskian[0])
    velocity = float(2.0 * found.slope[0] - 0.5 * found.wronskian[0])
    breathing = float(found.slope[0] + 0.05 / 0.2 * found.wronskian[0])
    grid = np.linspace(-12.0, 12.0, 1024, endpoint=False)
    off = grid - mean[0]
    phase = velocity * off + breathing * off**2 / 2.0
    wave = np.exp(-(off**2) / (4.0 * variance[0]) + 1j * phase / hbar)
    evolved = evolve_wave(wave, grid, square * grid**2 / 2.0, TIME[[0, 13, 25]], 2e-3, hbar=hbar)
    density = np.abs(evolved) ** 2
    density /= density.sum(axis=1, keepdims=True)
    of_wave = density @ grid
    np.testing.assert_allclose(of_wave, mean[[0, 13, 25]], atol=1e-5)
    spread = density @ grid**2 - of_wave**2
    np.testing.assert_allclose(spread, variance[[0, 13, 25]], rtol=1e-4)


@pytest.mark.parametrize("modes", [two_point, turning])
def test_hamilton_jacobi_is_the_closure_with_zero(modes: ModesOf) -> None:
    parameter = 1.2
    flow = np.array([2.0, 1.0, 0.5, np.log(0.09), -0.4, parameter])
    product = modes(np.array([parameter]), TIME).product[0]
    same = np.array([2.0, 1.0, 0.5, np.log(0.09), -0.3 * 0.4 / product, np.log(0.16), parameter])
    np.testing.assert_allclose(
        closure.moments(same, CLOCK, modes), hamilton_jacobi.moments(flow, CLOCK, modes), atol=1e-13
    )
    np.testing.assert_allclose(closure.signed(same, modes), 0.0, atol=1e-12)


def test_two_point_modes_are_smooth_through_no_force() -> None:
    squares = np.array([-1e-7, 0.0, 1e-7])
    modes = two_point(np.log(6.0 - squares)[:, None], TIME)
    np.testing.assert_allclose(modes.first[1], 1.0 - TIME, atol=1e-14)
    np.testing.assert_allclose(modes.driven[1], -TIME * (1.0 - TIME) / 2.0, atol=1e-14)
    for part in modes[:3]:
        np.testing.assert_allclose(part[0] + part[2], 2.0 * part[1], atol=1e-13)


@pytest.mark.parametrize("friction", [0.5, 3.0, 40.0])
def test_kramers_propagates_by_the_matrix_exponential(friction: float) -> None:
    rate, rest = 1.7, 0.3
    stiffness = rate * friction
    lower = np.array([[0.2, 0.0], [0.1, 0.4]])
    theta = [1.0, 4.0, -2.0, np.log(0.2), 0.1, 0.4]
    theta += [np.log(rate), np.log(friction), np.log(rest)]
    mean, variance = kramers.moments(np.array(theta), CLOCK)
    drift = np.array([[0.0, 1.0], [-stiffness, -friction]])
    at_rest = np.diag([rest, rest * stiffness])
    for k in (0, 7, 25):
        motion = expm(TIME[k] * drift)
        np.testing.assert_allclose(mean[k], 1.0 + (motion @ [3.0, -2.0])[0], rtol=1e-11)
        covariance = motion @ (lower @ lower.T - at_rest) @ motion.T + at_rest
        np.testing.assert_allclose(variance[k], covariance[0, 0], rtol=1e-10)


def test_kramers_without_inertia_is_fokker_planck() -> None:
    slow = np.array([0.3, 5.0, 4.0, np.log(0.01), np.log(1.7)])
    velocity = -4.0 * 4.7
    rest = [np.log(4.0), np.log(1e7), np.log(1.7 / 4.0)]
    fast = np.array([0.3, 5.0, velocity, np.log(0.1), 0.0, 0.1, *rest])
    expected = fokker_planck.moments(slow, CLOCK)
    np.testing.assert_allclose(kramers.moments(fast, CLOCK), expected, rtol=1e-4)


def test_the_bridge_is_the_recursion_with_its_covariance() -> None:
    rate, diffusion, square, period = 2.0, 0.6, 0.04, 25
    theta = np.array([0.2, 3.0, np.log(rate), np.log(square), np.log(diffusion)])
    mean, variance = bridge.moments(theta, CLOCK)
    steps = np.rint(TIME / CLOCK.step).astype(int)
    count, decay = steps[-1], np.exp(-rate * float(CLOCK.step))
    epoch = np.arange(count) // period
    same = epoch[:, None] == epoch
    noise = 2.0 * diffusion * float(CLOCK.step) * period / (period - 1.0)
    covariance = noise * (np.eye(count) - same / period)
    for k in (0, 1, 6, 13, 25):
        weights = decay ** (steps[k] - 1.0 - np.arange(count)) * (np.arange(count) < steps[k])
        expected = decay ** (2 * steps[k]) * square + weights @ covariance @ weights
        np.testing.assert_allclose(variance[k], expected, rtol=1e-10)
        np.testing.assert_allclose(mean[k], 0.2 + 2.8 * decay ** steps[k], rtol=1e-12)
