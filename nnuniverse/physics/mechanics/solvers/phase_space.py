"""Kramers' equation, of a density of places and velocities, by split steps."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from jaxtyping import Float

from nnuniverse.physics.mechanics.solvers.lattice import spacing, stretches, wave_numbers
from nnuniverse.physics.mechanics.solvers.scharfetter_gummel import scharfetter_gummel


def evolve_phase_space(
    density: Float[np.ndarray, "points speeds"],
    grid: Float[np.ndarray, " points"],
    speeds: Float[np.ndarray, " speeds"],
    force: Float[np.ndarray, " points"],
    friction: float,
    heating: float,
    times: Float[np.ndarray, " times"],
    step: float,
) -> Float[np.ndarray, "times points"]:
    """Return the density of places of ``df/dt = -v f_q - a f_v + g (v f)_v + B f_vv``.

    Replicas of ``dq = v dt, dv = (a(q) - g v) dt + (2 B)^(1/2) dW``: what momentum makes of
    gradient noise.  Each step is friction with noise for half of it, force for half, motion, force,
    friction: shifts by Fourier transforms, friction and noise by the exponential of their operator.
    Order 2 in the step, of which friction need not be a small part, and in the spacing of v; mass
    is kept.

    ``density``: f at time 0, (points, speeds);  ``grid``, ``speeds``: q and v, each equally spaced
    and periodic, so wide that f vanishes at their ends;  ``force``: a, (points,);  ``friction``: g,
    per time;  ``heating``: B, v^2 per time;  ``times``: ascending from 0, (times,);  ``step``:
    largest time step.
    Return: the integral of f over v at the times, (times, points).
    """
    state, found = density, []
    turns_q, turns_v = _half(wave_numbers(grid)), _half(wave_numbers(speeds))
    for moments, dt in stretches(times, step):
        rubbed = _transition(speeds, friction, heating, 0.5 * dt)
        kicked = np.exp(-0.5j * dt * force[:, None] * turns_v)
        moved = np.exp(-1j * dt * turns_q[:, None] * speeds)
        for _ in moments:
            state = _shifted(state @ rubbed, kicked, 1)
            state = _shifted(state, moved, 0)
            state = _shifted(state, kicked, 1) @ rubbed
        found.append(state.sum(axis=1) * spacing(speeds))
    return np.stack(found)


def _half(numbers: np.ndarray) -> np.ndarray:
    """Return the wave numbers of `numpy.fft.rfft`."""
    return np.abs(numbers[: len(numbers) // 2 + 1])


def _shifted(state: np.ndarray, phases: np.ndarray, axis: int) -> np.ndarray:
    waves = phases * np.fft.rfft(state, axis=axis)
    return np.fft.irfft(waves, state.shape[axis], axis=axis)


def _transition(speeds: np.ndarray, friction: float, heating: float, time: float) -> np.ndarray:
    """Return the matrix that takes rows of densities of v to those after a ``time``."""
    operator = scharfetter_gummel(0.5 * friction * speeds**2, [speeds], [heating])
    return scipy.linalg.expm(time * operator.toarray()).T
