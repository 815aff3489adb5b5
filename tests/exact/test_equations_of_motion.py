"""Solutions that README.md of this folder derives in closed form; the section is in each name."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import scipy.linalg

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.solvers.characteristics import (
    density_of_flow,
    evolve_flow,
)
from nnuniverse.physics.mechanics.solvers.crank_nicolson import evolve_density
from nnuniverse.physics.mechanics.solvers.functional import EntropyFunctional, evolve_functional
from nnuniverse.physics.mechanics.solvers.lattice import derivative, runge_kutta, spacing
from nnuniverse.physics.mechanics.solvers.madelung_fluid import curvature_of_root, evolve_fluid
from nnuniverse.physics.mechanics.solvers.relaxation_modes import relaxation_modes
from nnuniverse.physics.mechanics.solvers.scharfetter_gummel import scharfetter_gummel
from nnuniverse.physics.mechanics.solvers.split_step import evolve_wave
from nnuniverse.physics.mechanics.solvers.stationary_path import stationary_path
from nnuniverse.physics.mechanics.solvers.stationary_states import stationary_states
from nnuniverse.physics.mechanics.solvers.terminal_value import LearningFlow
from nnuniverse.physics.mechanics.solvers.twisted_ring import TwistedRing, winding_number

ROUNDING = 1e-12
RATE, DIFFUSION = 1.3, 0.4  # k, D of the Ornstein-Uhlenbeck process
HBAR, MASS, FREQUENCY = 0.8, 1.3, 1.7


def line(points: int, reach: float = 5.0) -> np.ndarray:
    """Centres of cells from -reach to reach."""
    return reach * (2.0 * np.arange(points) + 1.0 - points) / points


def circle(points: int) -> np.ndarray:
    return 2.0 * np.pi * np.arange(points) / points


def gaussian(q: np.ndarray, mean: float, variance: float) -> np.ndarray:
    return np.exp(-0.5 * (q - mean) ** 2 / variance) / np.sqrt(2.0 * np.pi * variance)


def moments(density: np.ndarray, grid: np.ndarray) -> tuple[float, float]:
    weights = density / density.sum()
    mean = weights @ grid
    return mean, weights @ (grid - mean) ** 2


def apart(one: np.ndarray, other: np.ndarray, grid: np.ndarray) -> float:
    """The L1 distance of two densities."""
    return float(np.abs(one - other).sum() * spacing(grid))


def ornstein_uhlenbeck(time: float, mean: float, variance: float) -> tuple[float, float]:
    """Section 7."""
    decay = np.exp(-RATE * time)
    stationary = DIFFUSION / RATE
    return mean * decay, stationary + (variance - stationary) * decay**2


def closure(
    time: float, square: float, signed: float, mean: float, variance: float, drift: float, b: float
) -> tuple[float, float]:
    """Section 9: mean and variance, of w^2, A, <q>, <v> and dlog sigma/dt at 0."""
    w = np.sqrt(complex(square))
    cos, sin = np.cos(w * time).real, (np.sin(w * time) / w).real
    spread = variance * (cos + b * sin) ** 2 + 0.25 * signed * sin**2 / variance
    return mean * cos + drift * sin, spread


# --- 7 the Ornstein-Uhlenbeck process ----------------------------------------------------------


def test_7_density_at_any_time_with_errors_of_order_2() -> None:
    errors = []
    for points in (100, 200, 400):
        grid, times = line(points), np.array([0.2, 1.0])
        found = evolve_density(
            gaussian(grid, 2.0, 0.09), [grid], 0.5 * RATE * grid**2, [DIFFUSION], times, 2 / points
        )
        exact = [gaussian(grid, *ornstein_uhlenbeck(t, 2.0, 0.09)) for t in times]
        errors.append([apart(f, e, grid) for f, e in zip(found, exact, strict=True)])
        assert found.min() >= 0.0
        np.testing.assert_allclose(found.sum(axis=1) * spacing(grid), 1.0, atol=ROUNDING)
    assert max(errors[-1]) < 2e-3
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), 2.0, atol=0.15)


def test_7_modes_have_the_rates_0_k_2k_and_give_the_same_density() -> None:
    grid = line(400)
    modes = relaxation_modes(grid, 0.5 * RATE * grid**2, DIFFUSION)
    np.testing.assert_allclose(modes.rates[:4], -RATE * np.arange(4), rtol=2e-3, atol=1e-10)
    times = np.array([0.0, 0.2, 1.0, 40.0])
    found = modes.later(gaussian(grid, 2.0, 0.09), times)
    for time, density in zip(times, found, strict=True):
        exact = gaussian(grid, *ornstein_uhlenbeck(time, 2.0, 0.09))
        assert apart(density, exact, grid) < 2e-3
    np.testing.assert_allclose(found.sum(axis=1) * spacing(grid), 1.0, atol=ROUNDING)


def test_7_boltzmann_density_does_not_move() -> None:
    grid = line(150, 2.0)
    potential = (grid**2 - 1.0) ** 2 + 0.2 * grid
    boltzmann = np.exp(-potential / DIFFUSION)
    operator = scharfetter_gummel(potential, [grid], [DIFFUSION])
    scale = np.abs(operator) @ boltzmann
    assert np.abs(operator @ boltzmann).max() < ROUNDING * scale.max()
    later = evolve_density(boltzmann, [grid], potential, [DIFFUSION], np.array([3.0]), 0.1)
    np.testing.assert_allclose(later[0], boltzmann, atol=ROUNDING)
    modes = relaxation_modes(grid, potential, DIFFUSION)
    np.testing.assert_allclose(modes.later(boltzmann, np.array([50.0]))[0], boltzmann, atol=1e-10)


def test_7_two_dimensions_are_a_product() -> None:
    x, y = line(48), line(60)
    U = 0.5 * RATE * (x[:, None] ** 2 + 2.0 * y**2)
    start = gaussian(x, 1.0, 0.2)[:, None] * gaussian(y, -1.0, 0.3)
    times, diffusions = np.array([0.3]), [DIFFUSION, 0.5]
    plane = evolve_density(start, [x, y], U, diffusions, times, 0.01)[0]
    one = evolve_density(start[:, 20], [x], U[:, 20], diffusions[:1], times, 0.01)[0]
    other = evolve_density(start[20], [y], U[20], diffusions[1:], times, 0.01)[0]
    product = one[:, None] * other / (start[20, 20])
    assert np.abs(plane - product).max() < 2e-4 * plane.max()  # to order 2 in the step
    np.testing.assert_allclose(plane.sum(), start.sum(), rtol=ROUNDING)
    # The moments of each axis are those of its own process.
    mean, variance = moments(plane.sum(axis=1), x)
    np.testing.assert_allclose((mean, variance), ornstein_uhlenbeck(0.3, 1.0, 0.2), atol=8e-3)


# --- 8 a wave in a trap, and free --------------------------------------------------------------


def packet(q: np.ndarray, mean: float, sigma: float, momentum: float) -> np.ndarray:
    return np.sqrt(gaussian(q, mean, sigma**2)) * np.exp(1j * momentum * q / HBAR)


def trap(q: np.ndarray) -> np.ndarray:
    return 0.5 * MASS * FREQUENCY**2 * q**2


@pytest.mark.parametrize("squeeze", [1.0, 0.6], ids=["coherent", "squeezed"])
def test_8_packet_in_a_trap(squeeze: float) -> None:
    grid, times = line(128, 6.0), np.linspace(0.3, 4.0, 5)
    sigma = squeeze * np.sqrt(HBAR / (2.0 * MASS * FREQUENCY))
    start = packet(grid, 1.2, sigma, 0.7)
    stepped = evolve_wave(start, grid, trap(grid), times, 0.01, hbar=HBAR, mass=MASS)
    states = stationary_states(grid, trap(grid), hbar=HBAR, mass=MASS)
    signed = (HBAR / MASS) ** 2
    for waves, tolerance in ((stepped, 3e-4), (states.later(start, times), 1e-10)):
        found = [moments(np.abs(wave) ** 2, grid) for wave in waves]
        exact = [closure(t, FREQUENCY**2, signed, 1.2, sigma**2, 0.7 / MASS, 0.0) for t in times]
        np.testing.assert_allclose(found, exact, atol=tolerance)
        np.testing.assert_allclose(
            (np.abs(waves) ** 2).sum(axis=1) * spacing(grid), 1.0, atol=1e-10
        )
    np.testing.assert_allclose(
        states.energies[:5], HBAR * FREQUENCY * (np.arange(5) + 0.5), atol=1e-10
    )


def test_8_free_packet_spreads_exactly() -> None:
    grid, sigma = line(256, 20.0), 0.5
    wave = evolve_wave(
        packet(grid, 0.0, sigma, 1.0), grid, 0.0 * grid, np.array([3.0]), 3.0, hbar=HBAR, mass=MASS
    )
    spread = sigma**2 + (HBAR * 3.0 / (2.0 * MASS * sigma)) ** 2
    found = moments(np.abs(wave[0]) ** 2, grid)
    np.testing.assert_allclose(found, (3.0 / MASS, spread), rtol=1e-9)


def test_8_split_steps_are_of_order_2_keep_the_norm_and_turn_back() -> None:
    grid, times = line(96, 4.0), np.array([1.0])
    V = (grid**2 - 1.0) ** 2
    start = packet(grid, -1.0, 0.35, 0.5)
    evolve = partial(evolve_wave, grid=grid, potential=V, times=times, hbar=HBAR, mass=MASS)
    exact = stationary_states(grid, V, hbar=HBAR, mass=MASS).later(start, times)
    waves = [evolve(start, step=1.0 / count) for count in (50, 100, 200)]
    errors = np.array([np.abs(wave - exact).max() for wave in waves])
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 2.0, atol=0.05)
    norms = [np.linalg.norm(wave) for wave in waves]
    np.testing.assert_allclose(norms, np.linalg.norm(start), rtol=ROUNDING)
    back = evolve(waves[0][0].conj(), step=0.02)[0].conj()
    np.testing.assert_allclose(back, start, atol=ROUNDING)


# --- 9 one family of mechanics -----------------------------------------------------------------


def test_9_a_fokker_planck_density_solves_the_family_with_a_negative_number() -> None:
    grid, t, dt = line(801, 3.0), 0.5, 1e-4
    U = 0.5 * RATE * grid**2

    def density(time: float) -> np.ndarray:
        return gaussian(grid, *ornstein_uhlenbeck(time, 0.5, 0.5))

    def phase(time: float) -> np.ndarray:
        return -U - DIFFUSION * np.log(density(time))

    def slope(f: np.ndarray) -> np.ndarray:
        return np.gradient(f, grid, edge_order=2)

    root, v = np.sqrt(density(t)), slope(phase(t))
    W = -0.5 * (RATE * grid) ** 2 + DIFFUSION * RATE
    flow = (density(t + dt) - density(t - dt)) / (2 * dt) + slope(density(t) * v)
    quantum = 2.0 * DIFFUSION**2 * slope(slope(root)) / root  # -(A/2) R, A = -4 D^2
    energy = (phase(t + dt) - phase(t - dt)) / (2 * dt) + 0.5 * v**2 + W + quantum
    inside = slice(50, -50)
    assert np.abs(flow).max() < 1e-4
    # What depends on time alone is no force.
    assert np.ptp(energy[inside]) < 2e-3 < 0.5 < np.ptp((energy - 2.0 * quantum)[inside])


def test_9_closure_with_the_map_of_fokker_planck_is_ornstein_uhlenbeck() -> None:
    mean, variance = 1.1, 0.07
    for time in (0.1, 1.0, 3.0):
        found = closure(
            time,
            -(RATE**2),
            -4.0 * DIFFUSION**2,
            mean,
            variance,
            -RATE * mean,
            -RATE + DIFFUSION / variance,
        )
        np.testing.assert_allclose(
            found, ornstein_uhlenbeck(time, mean, variance), rtol=1e-11, atol=ROUNDING
        )


def test_9_without_hbar_it_is_the_flow_of_particles() -> None:
    """A focus, where all paths cross: at a quarter of a period the flow has turned over."""
    start, times = line(2001, 4.0), np.array([0.4, 1.5])
    grid = line(200, 4.0)
    flow = evolve_flow(start, 0.5 + 0.3 * start, lambda q: -(FREQUENCY**2) * q, times, 0.01)
    masses = gaussian(0.5 * (start[1:] + start[:-1]), 0.3, 0.25) * spacing(start)
    found = density_of_flow(flow, masses, grid)
    for time, density in zip(times, found, strict=True):
        mean, variance = closure(time, FREQUENCY**2, 0.0, 0.3, 0.25, 0.5 + 0.3 * 0.3, 0.3)
        np.testing.assert_allclose(moments(density, grid), (mean, variance), atol=1e-3)
        assert apart(density, gaussian(grid, mean, variance), grid) < 5e-3
        np.testing.assert_allclose(density.sum() * spacing(grid), 1.0, atol=1e-9)


def test_9_leapfrog_is_of_order_2() -> None:
    start, times = np.array([0.7]), np.array([2.0])
    flows = [
        evolve_flow(start, 0.0 * start, lambda q: -(FREQUENCY**2) * q, times, 2.0 / count)
        for count in (40, 80, 160)
    ]
    errors = np.abs(np.array(flows).ravel() - 0.7 * np.cos(2.0 * FREQUENCY))
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 2.0, atol=0.1)


# --- 10 a ring ---------------------------------------------------------------------------------


@pytest.mark.parametrize("twist", [0.0, 0.5, 0.3])
def test_10_energies_of_a_ring(twist: float) -> None:
    ring = TwistedRing(circle(33), twist, HBAR, MASS)
    n = np.arange(-9, 10)
    exact = np.sort(HBAR**2 * (n + twist) ** 2 / (2.0 * MASS))[:7]
    np.testing.assert_allclose(ring.energies(7), exact, atol=ROUNDING)
    states = stationary_states(ring.grid, 0.0 * ring.grid, hbar=HBAR, mass=MASS, twist=twist)
    np.testing.assert_allclose(states.energies[:7], exact, atol=1e-11)
    for whole in (0, 1, -3):
        wave = np.exp(1j * whole * ring.grid)
        later = ring.evolve(wave, 0.0 * ring.grid, np.array([2.5]), 2.5)[0]
        phase = np.exp(-2.5j * HBAR * (whole + twist) ** 2 / (2.0 * MASS))
        np.testing.assert_allclose(later, phase * wave, atol=ROUNDING)


@pytest.mark.parametrize("winding", [0, 1, 2, -1])
def test_10_a_winding_number_is_kept(winding: int) -> None:
    ring = TwistedRing(circle(65), 0.0, HBAR, MASS)
    start = np.exp(0.3 * np.cos(ring.grid) + 1j * (winding * ring.grid + 0.4 * np.sin(ring.grid)))
    waves = ring.evolve(start, 0.3 * np.cos(2.0 * ring.grid), np.linspace(0.1, 1.0, 10), 0.01)
    assert [winding_number(wave) for wave in waves] == [winding] * 10
    around = [ring.velocity(wave).sum() * spacing(ring.grid) for wave in waves]
    np.testing.assert_allclose(around, 2.0 * np.pi * HBAR / MASS * winding, atol=1e-9)


def test_10_a_fluid_runs_with_half_a_turn_and_is_the_twisted_wave() -> None:
    ring = TwistedRing(circle(65), 0.5, HBAR, MASS)
    W, times = 0.3 * np.cos(ring.grid), np.array([0.3])
    start = np.exp(0.2 * np.cos(ring.grid) + 0.3j * np.sin(ring.grid))
    wave = ring.evolve(start, MASS * W, times, 3e-4)[0]
    velocity = ring.velocity(start)
    fluid = evolve_fluid(
        np.abs(start) ** 2, velocity, ring.grid, W, (HBAR / MASS) ** 2, times, 0.01
    )
    np.testing.assert_allclose(np.exp(fluid.log_density[0]), np.abs(wave) ** 2, atol=1e-7)
    np.testing.assert_allclose(fluid.velocity[0], ring.velocity(wave), atol=1e-7)
    around = fluid.velocity[0].sum() * spacing(ring.grid)
    np.testing.assert_allclose(around, np.pi * HBAR / MASS, rtol=ROUNDING)
    np.testing.assert_allclose(ring.circulation(wave), np.pi * HBAR / MASS, rtol=ROUNDING)


@pytest.mark.parametrize("quanta", [0, 2])
def test_10_a_vector_potential_of_a_grand_potential_is_not_seen(quanta: int) -> None:
    ring, times = TwistedRing(circle(65), 0.0, HBAR, MASS), np.array([0.2, 0.5])
    V = np.cos(ring.grid)
    start = np.exp(0.3 * np.cos(ring.grid) + 0.4j * np.sin(ring.grid))
    plain = ring.evolve(start, V, times, 0.01)
    wave, vector = ring.gauged(start, 0.4 * np.cos(ring.grid) + 0.2 * np.sin(2 * ring.grid), quanta)
    evolve = partial(evolve_wave, grid=ring.grid, potential=V, times=times, hbar=HBAR, mass=MASS)
    turned = evolve(wave, step=0.01, vector_potential=vector)
    np.testing.assert_allclose(np.abs(turned), np.abs(plain), atol=ROUNDING)
    unseen = evolve(wave, step=0.01)  # the same wave without it
    assert np.abs(np.abs(unseen) - np.abs(plain)).max() > 1e-2
    # Half a quantum of flux is seen.
    half = evolve(wave, step=0.01, vector_potential=vector + 0.5 * HBAR)
    assert np.abs(np.abs(half) - np.abs(plain)).max() > 1e-3


def test_10_vector_potential_against_the_matrix_of_its_hamiltonian() -> None:
    grid, time = circle(33), 0.5
    V, A = np.cos(grid), 0.4 + 0.5 * np.sin(grid)
    start = np.exp(0.3 * np.cos(grid) + 0.4j * np.sin(grid))
    slope = derivative(np.eye(33), grid).T + 1j * np.diag(A) / HBAR
    hamiltonian = -0.5 * HBAR**2 / MASS * slope @ slope + np.diag(V)
    exact = scipy.linalg.expm(-1j * hamiltonian * time / HBAR) @ start
    found = evolve_wave(
        start, grid, V, np.array([time]), 1e-3, hbar=HBAR, mass=MASS, vector_potential=A
    )
    np.testing.assert_allclose(found[0], exact, atol=1e-7)


# --- 11 the functional with the terms of learning ----------------------------------------------

WHOLE = EntropyFunctional(diffusion=0.7, drift=0.5, multiplier=1.25)
"""gamma/mu = 0.4, so that D - gamma/(4 mu) = 0.6."""


def beginning(points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A ring, V, log p, and the free energy of which G = 0.2 sin q is left."""
    grid = circle(points)
    log_density = 0.8 * np.cos(grid)
    log_density -= np.log(np.exp(log_density).sum() * spacing(grid))
    free_energy = 0.2 * np.sin(grid) + log_density / (2.0 * WHOLE.multiplier)
    return grid, 0.5 * np.cos(grid), log_density, free_energy


def wave_of(
    production: EntropyFunctional, phase: np.ndarray, log_density: np.ndarray
) -> np.ndarray:
    hbar = np.sqrt(production.signed)
    return np.exp(0.5 * log_density + 2j * production.drift * phase / hbar)


def later_density(
    production: EntropyFunctional, start: np.ndarray, grid: np.ndarray, V: np.ndarray, time: float
) -> np.ndarray:
    hbar, W = np.sqrt(production.signed), 2.0 * production.drift * V
    return np.abs(stationary_states(grid, W, hbar=hbar).later(start, np.array([time]))[0]) ** 2


def test_11_terms_of_learning_are_a_shift_of_the_diffusion() -> None:
    grid, V, log_density, F = beginning(32)
    found = evolve_functional(WHOLE, log_density, F, grid, V, np.array([0.3]), 0.01)
    density = np.exp(found.log_density[0])
    left = WHOLE.shifted(log_density, F)
    shifted = later_density(WHOLE, wave_of(WHOLE, left, log_density), grid, V, 0.3)
    assert np.abs(density - shifted).max() < 1e-7
    # As printed: the boxed terms dropped, F and D as they are.
    dropped = EntropyFunctional(WHOLE.diffusion + 0.25 * WHOLE.spread, WHOLE.drift, 1.25)
    assert dropped.remaining_diffusion == pytest.approx(WHOLE.diffusion)
    for phase in (F, left):
        printed = later_density(dropped, wave_of(dropped, phase, log_density), grid, V, 0.3)
        assert np.abs(density - printed).max() > 1e-3


def test_11_functional_made_stationary_directly_is_that_wave() -> None:
    grid, V, log_density, F = beginning(15)
    start = wave_of(WHOLE, WHOLE.shifted(log_density, F), log_density)
    ends = np.exp(log_density), later_density(WHOLE, start, grid, V, 0.3)
    middle = later_density(WHOLE, start, grid, V, 0.15)
    errors = []
    for steps in (4, 8):
        path = stationary_path(WHOLE, *ends, grid, V, 0.3, steps)
        errors.append(np.abs(path.densities[steps // 2] - middle).max())
    assert errors[-1] < 1e-4
    np.testing.assert_allclose(np.log2(errors[0] / errors[1]), 2.0, atol=0.2)


def test_11_with_little_diffusion_it_has_no_initial_value_problem_but_one_of_two_ends() -> None:
    """Schroedinger's bridge: p = phi phi' with phi, phi' heated from either end (section 11)."""
    little = EntropyFunctional(diffusion=0.05, drift=0.5, multiplier=1.25)
    assert little.remaining_diffusion < 0.0
    grid, V, log_density, F = beginning(15)
    with pytest.raises(ConfigError, match=r"`?D`? must be at least gamma/\(4 mu\)"):
        evolve_functional(little, log_density, F, grid, V, np.array([0.3]), 0.01)
    alpha, W = np.sqrt(-little.signed), 2.0 * little.drift * V
    second = derivative(np.eye(15), grid, 2)
    hamiltonian = -0.5 * alpha * second - np.diag(W) / alpha

    def at(time: float) -> np.ndarray:
        one = scipy.linalg.expm(-hamiltonian * time) @ np.exp(0.4 * np.sin(grid))
        other = scipy.linalg.expm(-hamiltonian * (0.3 - time)) @ np.exp(0.3 * np.cos(grid))
        return one * other

    path = stationary_path(little, at(0.0), at(0.3), grid, V, 0.3, 4)
    np.testing.assert_allclose(path.densities[2], at(0.15), atol=1e-4)


# --- 12 negative viscosity ---------------------------------------------------------------------


def test_12_waves_grow_at_the_rate_kappa_k_squared() -> None:
    grid = circle(24)
    flow = LearningFlow(grid, 0.0 * grid, drift=0.5, multiplier=5.0)
    for k in (1, 3, 5):
        state, dt, steps = 1e-6 * np.cos(k * grid), 1e-3, 200
        first = np.abs(np.fft.fft(state)[k])
        for _ in range(steps):
            state = runge_kutta(flow.rate, state, dt)
        measured = np.log(np.abs(np.fft.fft(state)[k]) / first) / (dt * steps)
        np.testing.assert_allclose(measured, flow.growth_rate(k), rtol=0.01)


def test_12_the_initial_value_problem_is_refused_and_the_other_end_is_not() -> None:
    grid = circle(64)
    V, F = 0.3 * np.cos(grid), 0.2 * np.sin(grid)
    flow = LearningFlow(grid, V, drift=0.5, multiplier=5.0)
    times = np.array([0.5, 1.0])
    with pytest.raises(ConfigError, match=r"exp\(0\.1 k\^2 t\)") as refusal:
        flow.later(F, times, 0.01)
    assert "\n" not in str(refusal.value)
    other = LearningFlow(grid, V, drift=0.5, multiplier=-5.0)
    with pytest.raises(ConfigError, match="must be above 0"):
        other.earlier(F, times, 0.01)
    # Time and F turned round, one is the other.
    np.testing.assert_allclose(
        -other.later(-F, times, 0.01), flow.earlier(F, times, 0.01), atol=1e-12
    )


def test_12_free_energy_before_its_end_solves_the_equation_with_order_2() -> None:
    grid = circle(64)
    V, F = 0.3 * np.cos(grid), 0.2 * np.sin(grid)
    flow = LearningFlow(grid, V, drift=0.5, multiplier=5.0)
    around = np.array([0.49, 0.5, 0.51])
    exact = flow.earlier(F, around, 1e-3)
    rate = -(exact[2] - exact[0]) / 0.02
    np.testing.assert_allclose(rate, flow.rate(exact[1]), atol=1e-4)
    errors = np.array(
        [np.abs(flow.earlier(F, around[1:2], step) - exact[1]).max() for step in (0.1, 0.05)]
    )
    np.testing.assert_allclose(np.log2(errors[0] / errors[1]), 2.0, atol=0.1)


def test_9_quantum_potential_of_a_root() -> None:
    grid = circle(31)
    root = np.exp(0.3 * np.cos(grid))
    found = curvature_of_root(2.0 * np.log(root), grid)
    np.testing.assert_allclose(found, derivative(root, grid, 2) / root, atol=1e-10)
