"""Without loops the free energy is least where nothing is connected, whatever beta."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnuniverse.thermodynamics import Ensemble, Spectrum, free_energy

NEURONS = 12


def free_energy_of(couplings: np.ndarray, beta: float) -> float:
    singular = np.linalg.svd(np.eye(NEURONS) - couplings, compute_uv=False)
    return float(free_energy(Spectrum(2.0 * np.log(singular), 0), Ensemble(beta)))


@settings(deadline=None, max_examples=50)
@given(
    seed=st.integers(0, 2**31 - 1),
    beta=st.floats(0.01, 100.0),
    gain=st.floats(0.01, 10.0),
)
def test_layers_have_more_than_no_couplings(seed: int, beta: float, gain: float) -> None:
    """det G = 1, and F is convex in log lambda: Jensen's inequality."""
    couplings = np.tril(gain * np.random.default_rng(seed).normal(size=(NEURONS, NEURONS)), -1)
    nothing = free_energy_of(np.zeros((NEURONS, NEURONS)), beta)
    assert free_energy_of(couplings, beta) > nothing * (1.0 - 1e-12) - 1e-12


def test_a_wire_of_layers_has_more_and_a_loop_of_two_less() -> None:
    wire = np.eye(NEURONS, k=-1)
    loops = np.kron(np.eye(NEURONS // 2), [[0.0, 1.0], [1.0, 0.0]])
    nothing = free_energy_of(np.zeros((NEURONS, NEURONS)), 4.0)
    assert free_energy_of(wire, 4.0) > nothing
    with np.errstate(divide="ignore"):  # eigenvalues that are zero
        assert free_energy_of(loops, 4.0) < nothing
