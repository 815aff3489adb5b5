"""A ring with any circulation: section 10 of README.md of this folder, where waves have nodes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from nnuniverse.errors import NNUniverseError
from nnuniverse.physics.mechanics.solvers.lattice import derivative, spacing
from nnuniverse.physics.mechanics.solvers.madelung_fluid import evolve_fluid
from nnuniverse.physics.mechanics.solvers.nodes import nodes
from nnuniverse.physics.mechanics.solvers.split_step import evolve_wave
from nnuniverse.physics.mechanics.solvers.twisted_ring import TwistedRing, winding_number

ROUNDING = 1e-14
HBAR, MASS = 0.8, 1.3
SMOOTH = {0: 1.0, 1: 0.3, -1: -0.2j, 2: 0.05}
"""Amplitudes of a wave that stays far from zeros."""

WITH_NODES = {0: 1.0, 1: 1.2, -1: 0.6}
FIRST, PERIOD = 2.0 * np.arccos(np.sqrt(0.72)), 4.0 * np.pi
"""When the wave of `WITH_NODES` has its first zero, and after what time its density recurs."""


def circle(points: int) -> np.ndarray:
    return 2.0 * np.pi * np.arange(points) / points


def exact(
    ring: TwistedRing, time: float, amplitudes: dict[int, complex] | None = None
) -> np.ndarray:
    """The sum of the stationary waves of a free ring of circumference 2 pi, one by one."""
    rate = 0.5 * ring.hbar / ring.mass
    return np.asarray(
        sum(
            c * np.exp(1j * (n * ring.grid - rate * (n + ring.twist) ** 2 * time))
            for n, c in (amplitudes or SMOOTH).items()
        )
    )


def packet(points: int) -> np.ndarray:
    """A wave of norm 1 with log p = cos q that stands still."""
    grid = circle(points)
    wave = np.exp(0.5 * np.cos(grid)).astype(complex)
    return np.asarray(wave / np.sqrt((np.abs(wave) ** 2).sum() * spacing(grid)))


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """The L1 distance of the densities of two waves."""
    return float(np.abs(np.abs(one) ** 2 - np.abs(other) ** 2).sum() * 2.0 * np.pi / len(one))


@pytest.mark.parametrize("twist", [0.0, 0.25, 0.5, 1.0])
def test_10_the_twisted_wave_is_the_exact_one(twist: float) -> None:
    ring = TwistedRing(circle(64), twist, HBAR, MASS)
    times = np.array([0.5, 40.0])
    expected = np.array([exact(ring, time) for time in times])
    start = exact(ring, 0.0)
    stepped = ring.evolve(start, 0.0 * ring.grid, times, 40.0)
    np.testing.assert_allclose(stepped, expected, atol=ROUNDING)
    np.testing.assert_allclose(ring.free_wave(SMOOTH, times), expected, atol=ROUNDING)
    through = exact(ring, 3.0, WITH_NODES)  # no node is in its way
    later = ring.evolve(exact(ring, 0.0, WITH_NODES), 0.0 * ring.grid, np.array([3.0]), 3.0)[0]
    np.testing.assert_allclose(later, through, atol=ROUNDING)


@pytest.mark.parametrize("twist", [0.0, 0.25, 0.5, 1.0])
def test_10_the_fluid_is_that_of_the_exact_wave_at_any_circulation(twist: float) -> None:
    def errors(points: int) -> tuple[float, float]:
        ring = TwistedRing(circle(points), twist, HBAR, MASS)
        start, end = exact(ring, 0.0), exact(ring, 0.5)
        velocity = ring.velocity(start)
        flow = evolve_fluid(
            np.abs(start) ** 2,
            velocity,
            ring.grid,
            0.0 * ring.grid,
            (HBAR / MASS) ** 2,
            np.array([0.5]),
            1e-3,
        )
        around = flow.velocity[0].sum() * spacing(ring.grid)
        np.testing.assert_allclose(around, ring.circulation(start), atol=1e-14)
        np.testing.assert_allclose(around, 2.0 * np.pi * HBAR / MASS * twist, atol=1e-14)
        density = np.exp(flow.log_density[0]) - np.abs(end) ** 2
        return float(np.abs(density).max()), float(
            np.abs(flow.velocity[0] - ring.velocity(end)).max()
        )

    assert 1e-11 < max(errors(32)) < 1e-8  # the grid is seen
    assert max(errors(64)) < 5e-12


def test_10_the_fluid_is_of_order_4_in_time() -> None:
    ring = TwistedRing(circle(48), 0.5)
    start, end = exact(ring, 0.0), np.abs(exact(ring, 0.5)) ** 2
    density, velocity = np.abs(start) ** 2, ring.velocity(start)
    errors = []
    for step in (1 / 256, 1 / 512, 1 / 1024):
        flow = evolve_fluid(
            density, velocity, ring.grid, 0.0 * ring.grid, 1.0, np.array([0.5]), step
        )
        errors.append(np.abs(np.exp(flow.log_density[0]) - end).max())
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), 4.0, atol=0.1)


def test_10_the_fluid_ends_before_a_node_and_the_wave_does_not() -> None:
    ring = TwistedRing(circle(128), 0.5)
    start = exact(ring, 0.0, WITH_NODES)
    flow = partial(
        evolve_fluid, np.abs(start) ** 2, ring.velocity(start), ring.grid, 0.0 * ring.grid, 1.0
    )
    with pytest.raises(NNUniverseError, match="a node of the wave") as refusal:
        flow(np.array([FIRST]), 1.0)
    assert 0.5 * FIRST < float(str(refusal.value).partition("t = ")[2].partition(":")[0]) < FIRST


@pytest.mark.parametrize("twist", [0.0, 0.3, 0.5])
def test_10_windings_change_at_nodes_by_whole_numbers(twist: float) -> None:
    ring = TwistedRing(circle(512), twist)

    def wave(time: float) -> np.ndarray:
        return ring.free_wave(WITH_NODES, np.array([time]))[0]

    times = np.linspace(0.0, PERIOD, 30)
    found = nodes(wave, times)
    expected = [FIRST, 0.5 * PERIOD - FIRST, 0.5 * PERIOD + FIRST, PERIOD - FIRST]
    np.testing.assert_allclose([node.time for node in found], expected, atol=1e-4)
    assert [(node.before, node.after) for node in found] == [(1, 0), (0, 1)] * 2
    assert max(node.least for node in found) < 1e-4
    # Between them the circulation stays, which is never one of a wave unless w is whole.
    every = np.linspace(0.0, PERIOD, 98)
    moments = every[np.abs(np.subtract.outer(every, expected)).min(axis=1) > 0.2]
    around = np.array([ring.velocity(wave(t)).sum() * spacing(ring.grid) for t in moments])
    turns = around / (2.0 * np.pi)
    np.testing.assert_allclose(turns - twist, [winding_number(wave(t)) for t in moments], atol=1e-6)
    assert {round(one, 5) for one in turns} == {twist, twist + 1.0}


def test_10_two_nodes_at_once_are_two() -> None:
    # Two turns are lost, one at a time, between two of the moments.
    grid = circle(64)

    def two(time: float) -> np.ndarray:
        return (time - 0.3 - 0.8 * np.exp(1j * grid)) * (time + 0.3 - 0.8 * np.exp(1j * grid))

    found = nodes(two, np.array([0.0, 2.0]))
    assert [(node.before, node.after) for node in found] == [(2, 1), (1, 0)]
    np.testing.assert_allclose([node.time for node in found], [0.5, 1.1], atol=1e-9)
    assert nodes(two, np.array([0.0, 0.4])) == []


def test_10_a_ring_that_turns() -> None:
    # Without V the density at a circulation w is that at rest, seen from a ring that turns.
    rest, turning = (TwistedRing(circle(64), twist) for twist in (0.0, 0.5))
    later = np.abs(exact(rest, np.pi)) ** 2
    carried = np.abs(exact(turning, np.pi)) ** 2  # by a quarter of the ring
    np.testing.assert_allclose(carried, np.roll(later, 16), atol=ROUNDING)


@pytest.mark.parametrize("points", [128, 512, 1024])
def test_10_a_wave_that_is_cut_open_is_no_fluid_on_any_grid(points: int) -> None:
    distances = {}
    for twist in (0.0, 0.1, 0.25, 0.5, 1.0):
        ring, start = TwistedRing(circle(points), twist), packet(points)
        time, free = np.array([0.5]), 0.0 * ring.grid
        cut = TwistedRing(ring.grid).evolve(ring.cut_open(start), free, time, 1.0)[0]
        distances[twist] = apart(cut, ring.evolve(start, free, time, 1.0)[0])
    assert max(distances[0.0], distances[1.0]) < 1e-13
    assert 0.1 < distances[0.1] < 0.35 < distances[0.25] < 0.6 < distances[0.5] < 0.85


def test_10_the_energy_of_a_wave_that_is_cut_open_has_no_limit() -> None:
    def energy(points: int, twist: float) -> float:
        wave = TwistedRing(circle(points), twist).cut_open(packet(points))
        shares = np.abs(np.fft.fft(wave) / points) ** 2
        return float(np.pi * (np.fft.fftfreq(points, 1.0 / points) ** 2 * shares).sum())

    np.testing.assert_allclose(energy(1024, 1.0), energy(64, 1.0), rtol=1e-12)
    np.testing.assert_allclose(energy(1024, 0.5) / energy(512, 0.5), 2.0, rtol=1e-2)


def covariant(points: int, V: np.ndarray, A: np.ndarray) -> np.ndarray:
    """The matrix of (4.13), in which nothing is gauged."""
    grid = circle(points)
    slope = derivative(np.eye(points), grid).T + 1j * np.diag(A) / HBAR
    return -0.5 * HBAR**2 / MASS * slope @ slope + np.diag(V)


@pytest.fixture
def later_by_matrix() -> Callable[..., np.ndarray]:
    def later(wave: np.ndarray, V: np.ndarray, A: np.ndarray, time: float) -> np.ndarray:
        energies, states = np.linalg.eigh(covariant(len(wave), V, A))
        return np.asarray(
            states @ (np.exp(-1j * energies * time / HBAR) * (states.conj().T @ wave))
        )

    return later


def test_10_the_gradient_of_a_grand_potential_is_pure_gauge(
    later_by_matrix: Callable[..., np.ndarray],
) -> None:
    ring, V = TwistedRing(circle(65), 0.0, HBAR, MASS), np.cos(circle(65))
    start = np.exp(0.3 * np.cos(ring.grid) + 0.4j * np.sin(ring.grid))
    plain = np.abs(later_by_matrix(start, V, 0.0 * V, 0.5)) ** 2
    phase = 0.4 * np.cos(ring.grid) + 0.2 * np.sin(2.0 * ring.grid)
    for quanta in (0, 1, -2):  # mu n eps = 2 pi hbar n, by (3.12)
        wave, vector = ring.gauged(start, phase, quanta)
        seen = np.abs(later_by_matrix(wave, V, vector, 0.5)) ** 2
        np.testing.assert_allclose(seen, plain, atol=1e-12)
        other = np.abs(later_by_matrix(start, V, vector, 0.5)) ** 2  # another velocity
        assert np.abs(other - plain).max() > 0.05


@pytest.mark.parametrize("flux", [0.25, 0.5, 0.75, 1.0, 2.0])
def test_10_only_other_fluxes_are_seen(flux: float) -> None:
    grid = circle(64)
    V, vector = np.cos(grid), np.full(64, flux)
    start = np.exp(0.3 * np.cos(grid) + 0.4j * np.sin(grid))
    plain = evolve_wave(start, grid, V, np.array([1.0]), 0.01)[0]
    levels = TwistedRing(grid, flux).energies(3)
    nearest = min(
        apart(
            evolve_wave(turned, grid, V, np.array([1.0]), 0.01, vector_potential=vector)[0], plain
        )
        for turned in (start * np.exp(-1j * n * grid) for n in range(-3, 4))
    )
    if flux == round(flux):
        assert nearest < 1e-12
        np.testing.assert_allclose(levels, [0.0, 0.5, 0.5], atol=ROUNDING)
    else:
        assert nearest > 0.1
        k = min(flux, 1.0 - flux)
        expected = [0.5 * k**2, 0.5 * (1.0 - k) ** 2, 0.5 * (1.0 + k) ** 2]
        np.testing.assert_allclose(levels, expected, atol=ROUNDING)
