"""Errors, orders and times of the solvers of the equations of motion.

``python -m benchmarks solvers``: an order is that of the last halving of spacing and step; a time
is the processor's, of one solution at one time, the median of several.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nnuniverse.physics.mechanics.solvers.characteristics import density_of_flow, evolve_flow
from nnuniverse.physics.mechanics.solvers.crank_nicolson import evolve_density
from nnuniverse.physics.mechanics.solvers.functional import EntropyFunctional, evolve_functional
from nnuniverse.physics.mechanics.solvers.lattice import spacing
from nnuniverse.physics.mechanics.solvers.madelung_fluid import evolve_fluid
from nnuniverse.physics.mechanics.solvers.phase_space import evolve_phase_space
from nnuniverse.physics.mechanics.solvers.relaxation_modes import relaxation_modes
from nnuniverse.physics.mechanics.solvers.split_step import evolve_wave
from nnuniverse.physics.mechanics.solvers.stationary_path import stationary_path
from nnuniverse.physics.mechanics.solvers.stationary_states import stationary_states
from nnuniverse.physics.mechanics.solvers.terminal_value import LearningFlow

REPEATS = 5
NOW = np.array([1.0])


class Case(NamedTuple):
    """``solve``: of a resolution, a density; ``exact``: of the same; ``resolutions``: ascending."""

    what: str
    solve: Callable[[int], np.ndarray]
    exact: Callable[[int], np.ndarray]
    resolutions: tuple[int, ...]
    order: float | None
    most_milliseconds: float


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    return [row for case in CASES for row in _measured(case)]


def _measured(case: Case) -> list[tuple[str, str, str]]:
    errors = [_distance(case.solve(n), case.exact(n)) for n in case.resolutions]
    fine = case.resolutions[-1]
    milliseconds = 1e3 * float(np.median([_seconds(case.solve, fine) for _ in range(REPEATS)]))
    rows = [(f"{case.what}, {fine}: error", f"{errors[-1]:.1e}", "")]
    if case.order is not None:
        order = float(np.log2(errors[-2] / errors[-1]))
        rows.append(("  order", f"{order:.2f}", f"{case.order:g}"))
    return [*rows, ("  ms", f"{milliseconds:.2f}", f"<= {case.most_milliseconds:g}")]


def _distance(found: np.ndarray, exact: np.ndarray) -> float:
    """Return the L1 distance over the norm."""
    return float(np.abs(found - exact).sum() / np.abs(exact).sum())


def _seconds(solve: Callable[[int], np.ndarray], resolution: int) -> float:
    begun = time.process_time()
    solve(resolution)
    return time.process_time() - begun


def _line(points: int, reach: float = 5.0) -> np.ndarray:
    return reach * (2.0 * np.arange(points) + 1.0 - points) / points


def _circle(points: int) -> np.ndarray:
    return 2.0 * np.pi * np.arange(points) / points


def _gaussian(q: np.ndarray, mean: float, variance: float) -> np.ndarray:
    return np.exp(-0.5 * (q - mean) ** 2 / variance) / np.sqrt(2.0 * np.pi * variance)


def _relaxed(points: int) -> np.ndarray:
    """Ornstein-Uhlenbeck with k = D = 1 from (2, 0.25) after 1."""
    decay = np.exp(-1.0)
    return _gaussian(_line(points), 2.0 * decay, 1.0 - 0.75 * decay**2)


def _stepped(points: int) -> np.ndarray:
    q = _line(points)
    return evolve_density(_gaussian(q, 2.0, 0.25), [q], 0.5 * q**2, [1.0], NOW, 2.0 / points)[0]


def _by_modes(points: int) -> np.ndarray:
    q = _line(points)
    return relaxation_modes(q, 0.5 * q**2, 1.0).later(_gaussian(q, 2.0, 0.25), NOW)[0]


def _plane(points: int) -> np.ndarray:
    q = _line(points)
    start = _gaussian(q, 2.0, 0.25)[:, None] * _gaussian(q, -1.0, 0.25)
    U = 0.5 * (q[:, None] ** 2 + q**2)
    return evolve_density(start, [q, q], U, [1.0, 1.0], NOW, 2.0 / points)[0]


def _relaxed_plane(points: int) -> np.ndarray:
    decay = np.exp(-1.0)
    other = _gaussian(_line(points), -decay, 1.0 - 0.75 * decay**2)
    return _relaxed(points)[:, None] * other


TRAP = _line(192, 9.0)
PACKET = np.sqrt(_gaussian(TRAP, 1.5, 0.2)).astype(complex)


def _wave(steps: int) -> np.ndarray:
    return np.abs(evolve_wave(PACKET, TRAP, 0.5 * TRAP**2, NOW, 1.0 / steps)[0]) ** 2


def _in_trap(_: int) -> np.ndarray:
    """(G) of a packet in a trap of frequency 1 with hbar = m = 1."""
    cos, sin = np.cos(1.0), np.sin(1.0)
    return _gaussian(TRAP, 1.5 * cos, 0.2 * cos**2 + 0.25 / 0.2 * sin**2)


def _by_states(_: int) -> np.ndarray:
    return np.abs(stationary_states(TRAP, 0.5 * TRAP**2).later(PACKET, NOW)[0]) ** 2


def _flow(points: int) -> np.ndarray:
    q = _line(points)
    half = 0.5 * spacing(q)
    ends = np.append(q - half, q[-1] + half)
    paths = evolve_flow(ends, 0.0 * ends, np.negative, NOW, 2.0 / points)
    return density_of_flow(paths, _gaussian(q, 1.5, 0.2) * 2.0 * half, q)[0]


def _flown(points: int) -> np.ndarray:
    return _gaussian(_line(points), 1.5 * np.cos(1.0), 0.2 * np.cos(1.0) ** 2)


RING = _circle(33)
START = np.exp(0.2 * np.cos(RING) + 0.3j * np.sin(RING))


def _rung(_: int) -> np.ndarray:
    states = stationary_states(RING, np.cos(RING))
    return np.abs(states.later(START, np.array([0.3]))[0]) ** 2


def _fluid(steps: int) -> np.ndarray:
    velocity = 0.3 * np.cos(RING)
    found = evolve_fluid(
        np.abs(START) ** 2, velocity, RING, np.cos(RING), 1.0, np.array([0.3]), 0.3 / steps
    )
    return np.exp(found.log_density[0])


WHOLE = EntropyFunctional(diffusion=0.7, drift=0.5, multiplier=1.25)
PHASE = 0.3 * np.sin(RING)
LOG_DENSITY = 0.4 * np.cos(RING)


def _whole(steps: int) -> np.ndarray:
    F = PHASE + LOG_DENSITY / (2.0 * WHOLE.multiplier)
    found = evolve_functional(
        WHOLE, LOG_DENSITY, F, RING, np.cos(RING), np.array([0.3]), 0.3 / steps
    )
    return np.exp(found.log_density[0])


def _shifted(_: int, ring: np.ndarray = RING, moment: float = 0.3) -> np.ndarray:
    hbar = np.sqrt(WHOLE.signed)
    states = stationary_states(ring, 2.0 * WHOLE.drift * np.cos(ring), hbar=hbar)
    phase = 2.0 * WHOLE.drift * 0.3 * np.sin(ring) / hbar
    wave = np.exp(0.2 * np.cos(ring) + 1j * phase)
    return np.abs(states.later(wave, np.array([moment]))[0]) ** 2


COARSE = _circle(15)


def _path(steps: int) -> np.ndarray:
    ends = _shifted(0, COARSE, 0.0), _shifted(0, COARSE)
    found = stationary_path(WHOLE, *ends, COARSE, np.cos(COARSE), 0.3, steps)
    return found.densities[steps // 2]


def _earlier(steps: int) -> np.ndarray:
    flow = LearningFlow(RING, np.cos(RING), drift=0.5, multiplier=5.0)
    return flow.earlier(0.2 * np.sin(RING), NOW, 1.0 / steps)[0]


def _pushed(points: int) -> np.ndarray:
    q, v = _line(points), _line(points)
    start = _gaussian(q, 1.0, 0.2)[:, None] * _gaussian(v, 0.0, 0.4)
    return evolve_phase_space(start, q, v, -q, 0.5, 0.5, np.array([0.5]), 1.0 / points)[0]


def _pushed_finely(points: int) -> np.ndarray:
    """Solve with cells a quarter as long, of which the middle two are about a coarse centre."""
    fine = _pushed(4 * points)
    return 0.5 * (fine[1::4] + fine[2::4])


CASES = (
    Case("Fokker-Planck, Crank-Nicolson", _stepped, _relaxed, (100, 200, 400), 2.0, 100.0),
    Case("Fokker-Planck, modes", _by_modes, _relaxed, (100, 200, 400), 2.0, 60.0),
    Case("Fokker-Planck in a plane", _plane, _relaxed_plane, (24, 48, 96), 2.0, 4000.0),
    Case("Schroedinger, split step", _wave, _in_trap, (50, 100, 200), 2.0, 20.0),
    Case("Schroedinger, stationary states", _by_states, _in_trap, (192,), None, 20.0),
    Case("Hamilton-Jacobi, characteristics", _flow, _flown, (200, 400, 800), 1.0, 40.0),
    Case("Madelung fluid", _fluid, _rung, (100, 200), 4.0, 200.0),
    Case("all of (5.2), (5.3)", _whole, _shifted, (200, 400), 4.0, 400.0),
    Case("(5.1) made stationary", _path, lambda _: _shifted(0, COARSE, 0.15), (8, 16), 2.0, 2000.0),
    Case("(6.2) from its end", _earlier, lambda _: _earlier(6400), (50, 100, 200), 2.0, 20.0),
    Case("Kramers, phase space", _pushed, _pushed_finely, (32, 64), 2.0, 40.0),
)
