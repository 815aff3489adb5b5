"""Where a solver cannot answer it says so, instead of answering."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.errors import ConfigError, NNUniverseError
from nnuniverse.physics.mechanics.solvers.characteristics import density_of_flow, edges, evolve_flow
from nnuniverse.physics.mechanics.solvers.crank_nicolson import evolve_density
from nnuniverse.physics.mechanics.solvers.functional import EntropyFunctional
from nnuniverse.physics.mechanics.solvers.lattice import derivative, spacing, stretches
from nnuniverse.physics.mechanics.solvers.madelung_fluid import evolve_fluid
from nnuniverse.physics.mechanics.solvers.relaxation_modes import relaxation_modes
from nnuniverse.physics.mechanics.solvers.split_step import evolve_wave
from nnuniverse.physics.mechanics.solvers.stationary_path import stationary_path
from nnuniverse.physics.mechanics.solvers.terminal_value import LearningFlow
from nnuniverse.physics.mechanics.solvers.twisted_ring import TwistedRing, winding_number

NOW = np.array([1.0])


def circle(points: int) -> np.ndarray:
    return 2.0 * np.pi * np.arange(points) / points


def test_a_fluid_stops_before_a_node() -> None:
    """``1 - 1.2 i cos q`` of a free particle comes to a zero of its own."""
    grid = circle(64)
    wave = 1.0 - 1.2j * np.cos(grid)
    velocity = TwistedRing(grid).velocity(wave)
    start = np.abs(wave) ** 2
    early = evolve_fluid(start, velocity, grid, 0.0 * grid, 1.0, np.array([0.3]), 0.01)
    exact = evolve_wave(wave, grid, 0.0 * grid, np.array([0.3]), 0.3)
    np.testing.assert_allclose(np.exp(early.log_density[0]), np.abs(exact[0]) ** 2, atol=1e-5)
    with pytest.raises(NNUniverseError, match="node of the wave, where this is garbage"):
        evolve_fluid(start, velocity, grid, 0.0 * grid, 1.0, np.array([4.0]), 0.01)


def test_a_fluid_with_a_negative_number_is_refused() -> None:
    grid = circle(16)
    with pytest.raises(ConfigError, match="A must be 0 or above, but is -4"):
        evolve_fluid(np.ones(16), 0.0 * grid, grid, 0.0 * grid, -4.0, NOW, 0.01)


def test_too_long_a_step_of_a_narrow_density_is_refused() -> None:
    grid = np.linspace(-4.0, 4.0, 81)
    start = np.where(np.abs(grid) < 0.01, 1.0, 0.0)
    with pytest.raises(NNUniverseError, match="the density must stay positive"):
        evolve_density(start, [grid], 0.5 * grid**2, [1.0], NOW, 1.0)


def test_modes_refuse_a_density_high_in_the_potential() -> None:
    grid = np.linspace(-12.0, 12.0, 240)
    modes = relaxation_modes(grid, 0.5 * grid**2, 1.0)
    low, high = np.exp(-8.0 * grid**2), np.exp(-8.0 * (grid - 11.0) ** 2)
    assert modes.later(low, NOW).min() > -1e-12
    with pytest.raises(NNUniverseError, match="evolve_density, which takes steps"):
        modes.later(high, NOW)


def test_time_may_go_by_in_the_potential() -> None:
    """A uniform force that grows with time moves a packet by ``t^3/6``, whatever its hbar."""
    grid, times = np.linspace(-16.0, 16.0, 256, endpoint=False), np.array([1.0, 2.0])
    start = np.exp(-(grid**2)).astype(complex)

    def potential(time: float) -> np.ndarray:
        return -time * grid

    waves = evolve_wave(start, grid, potential, times, 0.01)
    means = (np.abs(waves) ** 2 @ grid) / (np.abs(waves) ** 2).sum(axis=1)
    np.testing.assert_allclose(means, times**3 / 6.0, atol=1e-3)
    # An overdamped particle: dq/dt = t.
    density = evolve_density(np.abs(start), [grid], potential, [0.1], times, 0.01)
    np.testing.assert_allclose(density @ grid / density.sum(axis=1), times**2 / 2.0, atol=2e-3)


def test_a_wave_with_a_zero_has_no_winding_number() -> None:
    with pytest.raises(NNUniverseError, match="must have no zero"):
        winding_number(np.sin(circle(8)).astype(complex))


def test_a_flow_keeps_its_mass_through_a_caustic() -> None:
    grid = np.linspace(-2.0, 2.0, 161)
    start = edges(grid)
    masses = np.exp(-4.0 * grid**2)
    masses /= masses.sum()
    # Free particles that cross; some leave the grid.
    flow = evolve_flow(start, start**3 - 3.0 * start, lambda q: 0.0 * q, np.array([0.0, 0.5]), 0.5)
    found = density_of_flow(flow, masses, grid)
    np.testing.assert_allclose(found[0] * spacing(grid), masses, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1) * spacing(grid), 1.0, atol=1e-6)
    assert (found >= 0.0).all()


def test_a_wide_free_energy_is_refused() -> None:
    grid = circle(32)
    flow = LearningFlow(grid, 0.0 * grid, drift=0.5, multiplier=30.0)
    with pytest.raises(NNUniverseError, match="mu F must range over at most 25"):
        flow.earlier(np.cos(grid), NOW, 0.1)


def test_newton_that_does_not_arrive_says_so() -> None:
    grid = circle(9)
    ends = np.exp(4.0 * np.cos(grid)), np.exp(-4.0 * np.cos(grid))
    whole = EntropyFunctional(diffusion=5.0, drift=0.5, multiplier=1.0)
    with pytest.raises(NNUniverseError, match="bring the gradient below"):
        stationary_path(whole, *ends, grid, 0.0 * grid, 30.0, 3)


def test_grids_and_times_are_checked() -> None:
    with pytest.raises(ConfigError, match="the grid must be equally spaced"):
        spacing(np.array([0.0, 1.0, 3.0]))
    with pytest.raises(ConfigError, match="times must ascend from 0"):
        list(stretches(np.array([1.0, 0.5]), 0.1))
    steps = list(stretches(np.array([0.0, 0.25, 1.0]), 0.1))
    assert [len(one.moments) for one in steps] == [0, 3, 8]


def test_derivatives_on_a_circle_of_any_length() -> None:
    grid = 0.5 * circle(32) + 1.0
    np.testing.assert_allclose(derivative(np.sin(4.0 * grid), grid), 4.0 * np.cos(4.0 * grid))
