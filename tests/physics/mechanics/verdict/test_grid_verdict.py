"""The verdict on densities in potentials that are not quadratic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg

from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble, StochasticDescent
from nnuniverse.physics.mechanics.solvers.phase_space import evolve_phase_space
from nnuniverse.physics.mechanics.verdict.grid_fit import fit_on_grid, log_densities, stage_of
from nnuniverse.physics.mechanics.verdict.grid_judge import judge_on_grid
from nnuniverse.physics.mechanics.verdict.grid_models import (
    FOKKER_PLANCK,
    HAMILTON_JACOBI,
    NEGATIVE,
    POSITIVE,
    SCHROEDINGER,
    Stage,
)
from nnuniverse.physics.mechanics.verdict.grid_parameters import named_parameters
from nnuniverse.physics.mechanics.verdict.grid_sample import grid_sample
from nnuniverse.physics.mechanics.verdict.grid_starts import (
    as_negative,
    as_positive,
    flow_starts,
    fokker_planck_starts,
)

DIFFUSION = 8e-4  # q^2 per step, in wells at -1 and 1 that hold a replica for some 1,000 steps


def double_well(replicas: int, records: int, seed: int = 0) -> ReplicaEnsemble:
    """dq = -0.004 q (q^2 - 1) dt + noise, from a Gaussian near the barrier."""
    random = np.random.default_rng(seed)
    q, stored = -0.4 + 0.25 * random.normal(size=replicas), []
    every = 1000 // (records - 1)
    for step in range(1001):
        kick = np.sqrt(2.0 * DIFFUSION) * random.normal(size=replicas)
        later = q - 0.008 * q * (q**2 - 1.0) + kick
        if step % every == 0:
            stored.append(np.stack([q, later], axis=1))
        q = later
    return ReplicaEnsemble(np.stack(stored, axis=1)[..., None], np.arange(0, 1001, every), ("q",))


def test_fokker_planck_in_a_double_well_is_recognised() -> None:
    ensemble = double_well(96, 5)
    found = judge_on_grid(ensemble, 0, seed=0)
    assert found.winner == "fokker_planck", found.reason
    assert found.signed.high < 0.0
    assert found.ratios["measured"].low < -1.0 < found.ratios["measured"].high
    assert found.margin > 0.0
    mean, variance = found.curves["fokker_planck"]
    at = ensemble.at_records[..., 0]
    np.testing.assert_allclose(mean, at.mean(axis=0), atol=4.0 * at.std() / np.sqrt(96))
    assert np.corrcoef(variance, at.var(axis=0))[0, 1] > 0.9
    assert found.parameters["fokker_planck"]["diffusion"] == pytest.approx(DIFFUSION, rel=0.5)


def test_the_family_holds_the_mechanics() -> None:
    stage = Stage(np.linspace(-2.0, 2.0, 96), np.linspace(0.0, 1.0, 4))
    density = np.array([-0.4, -1.2, 0.2, 4.0, 0.1, 1.5, np.log(0.4)])  # far from the walls
    wave = np.array([-0.4, -1.2, 0.1, -0.5, 0.2, 0.6, 0.3, 0.2, -0.1, np.log(0.5)])
    for model, theta, family, same in (
        (FOKKER_PLANCK, density, NEGATIVE, as_negative(density, stage)),
        (SCHROEDINGER, wave, POSITIVE, as_positive(wave)),
    ):
        one, other = model.densities(theta, stage), family.densities(same, stage)
        np.testing.assert_allclose(other, one, atol=2e-3 * one.max())


def test_a_flow_of_particles_is_fitted() -> None:
    """Deterministic motion in the wells, W = 0.32 (q^2 - 1)^2 / 1e6, from records alone."""
    random = np.random.default_rng(1)
    q, v, stored = -0.4 + 0.25 * random.normal(size=64), np.full(64, 9e-4), []
    for step in range(1001):
        if step % 200 == 0:
            stored.append(q[:, None])
        v = v - 1.28e-6 * q * (q**2 - 1.0)
        q = q + v
    ensemble = ReplicaEnsemble(np.stack(stored, axis=1)[..., None], np.arange(0, 1001, 200), ("q",))
    sample = grid_sample(ensemble.at_records[..., 0], ensemble.record_step)
    stage = stage_of(sample)
    flow = fit_on_grid(HAMILTON_JACOBI, sample, flow_starts(sample, stage)[:1])
    density = fit_on_grid(FOKKER_PLANCK, sample, fokker_planck_starts(sample, stage)[:1])
    assert flow.loss < density.loss - 1.0
    named = named_parameters(flow, sample)
    low, high = named["grid_low"], named["grid_high"]
    q = np.linspace(-0.9, 0.4, 30)  # where they go
    coefficients = [0.0, *(named[f"potential_{n}"] for n in range(1, 5))]
    W = np.polynomial.chebyshev.chebval((2.0 * q - low - high) / (high - low), coefficients)
    slope, _ = np.polyfit(0.32e-6 * (q**2 - 1.0) ** 2, W, 1)
    assert slope == pytest.approx(1.0, abs=0.25)
    assert np.corrcoef((q**2 - 1.0) ** 2, W)[0, 1] > 0.98


def test_kramers_equation_of_a_linear_force() -> None:
    """Mean and covariance obey linear equations, solved by a matrix exponential."""
    stiffness, friction, heating, time = 2.0, 0.7, 0.5, 0.8
    q, v = (6.0 * (2.0 * np.arange(n) + 1.0 - n) / n for n in (64, 96))
    start = np.exp(-0.5 * (q[:, None] - 1.5) ** 2 / 0.16 - 0.5 * (v - 0.3) ** 2 / 0.36)
    start /= start.sum() * (q[1] - q[0]) * (v[1] - v[0])
    density = evolve_phase_space(
        start, q, v, -stiffness * q, friction, heating, np.array([time]), 0.02
    )[0]
    matrix = np.array([[0.0, 1.0], [-stiffness, -friction]])
    whole = np.block([[matrix, np.diag([0.0, 2.0 * heating])], [np.zeros((2, 2)), -matrix.T]])
    moved, noise = scipy.linalg.expm(matrix * time), scipy.linalg.expm(whole * time)
    mean = (moved @ [1.5, 0.3])[0]
    covariance = moved @ np.diag([0.16, 0.36]) @ moved.T + noise[:2, 2:] @ noise[:2, :2].T
    weights = density * (q[1] - q[0])
    np.testing.assert_allclose(weights.sum(), 1.0, atol=1e-12)
    np.testing.assert_allclose(weights @ q, mean, atol=5e-3)
    np.testing.assert_allclose(weights @ (q - mean) ** 2, covariance[0, 0], atol=5e-3)


def test_what_is_not_judged_on_a_grid() -> None:
    ensemble = double_well(40, 5)
    heavy = replace(ensemble, descent=StochasticDescent("momentum", 0.1, 10, 60, momentum=0.9))
    assert "plain descent" in judge_on_grid(heavy, 0, seed=0).reason
    few = replace(ensemble, positions=ensemble.positions[:20])
    assert "fewer than 32 replicas" in judge_on_grid(few, 0, seed=0).reason


def test_a_sample_counts_every_replica_and_sees_narrow_starts() -> None:
    ensemble = double_well(40, 5)
    positions = ensemble.at_records[..., 0].copy()
    positions[:, 0] = -0.4  # all at one point
    sample = grid_sample(positions, ensemble.record_step)
    assert sample.counts.shape == (4, 96)
    np.testing.assert_array_equal(sample.counts.sum(axis=1), 40)
    assert sample.times[0] == 0.0
    positions[:, 0] += 1e-2 * np.arange(40) / 40
    assert len(grid_sample(positions, ensemble.record_step).places) == 256
    nothing = log_densities(FOKKER_PLANCK, np.full(7, 1e6), stage_of(sample))
    assert np.isnan(nothing).all()
