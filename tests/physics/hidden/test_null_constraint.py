"""The correlation of subsystems where it is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.physics.hidden.null_constraint import (
    null_form,
    pooled_correlation,
    subsystem_correlation,
)
from nnuniverse.physics.hidden.subsystems import Subsystems

D = 4
RANDOM = np.random.default_rng(0)
SIGNAL = RANDOM.normal(size=7)
SPEEDS = RANDOM.normal(size=(5, D, 7))


def test_copies_are_alike() -> None:
    copies = np.tile(SIGNAL, (D, 1))
    assert subsystem_correlation(copies) == pytest.approx(np.ones(7), abs=1e-14)
    assert pooled_correlation(copies) == pytest.approx(1.0, abs=1e-14)


def test_one_mover_per_neuron_is_null() -> None:
    apart = np.zeros((D, 7))
    apart[np.arange(7) % D, np.arange(7)] = SIGNAL
    assert (subsystem_correlation(apart) == 0.0).all()
    assert pooled_correlation(apart) == pytest.approx(0.0, abs=1e-15)


def test_speeds_that_cancel_are_as_negative_as_can_be() -> None:
    cancelling = SPEEDS - SPEEDS.mean(axis=1, keepdims=True)
    assert subsystem_correlation(cancelling) == pytest.approx(np.full((5, 7), -1.0 / (D - 1)))


def test_alpha_drops_out() -> None:
    assert subsystem_correlation(8.0 * SPEEDS) == pytest.approx(
        subsystem_correlation(SPEEDS), abs=1e-14
    )


def test_random_signs_are_null_on_average() -> None:
    signs = 2.0 * ((np.arange(2**D)[:, None] >> np.arange(D)) & 1) - 1.0
    every = signs[:, :, None] * SPEEDS[0]
    assert subsystem_correlation(every).mean(axis=0) == pytest.approx(np.zeros(7), abs=1e-15)


def test_where_nothing_moves_there_is_no_correlation() -> None:
    still = np.array([[1.0, 0.0], [2.0, 0.0]])
    assert np.isnan(subsystem_correlation(still)).tolist() == [False, True]


def test_the_constraint_in_one_dimension_more_is_the_form_in_d() -> None:
    v = SPEEDS[0]
    minkowski = np.diag([-1.0, *np.ones(D)])
    extended = np.concatenate([v.sum(axis=0, keepdims=True), v])
    printed = np.einsum("mi,mn,ni->i", extended, minkowski, extended)
    ours = np.einsum("ci,cd,di->i", v, null_form(D), v)
    assert -printed == pytest.approx(ours, abs=1e-13)
    assert ours == pytest.approx(subsystem_correlation(v) * (D - 1) * (v**2).sum(axis=0))
    assert np.linalg.eigvalsh(null_form(D)) == pytest.approx([-1.0] * (D - 1) + [D - 1.0])
    # n = (1, -1, ..., -1) is orthogonal to every (v_0, v): xi is told by no data.
    n, xi = np.array([1.0, *-np.ones(D)]), RANDOM.normal(size=D + 1)
    gauge = np.outer(n, xi) + np.outer(xi, n)
    assert np.einsum("mi,mn,ni->i", extended, gauge, extended) == pytest.approx(0.0, abs=1e-12)


def test_noise_of_few_samples_is_taken_out() -> None:
    """Means of three samples each, with a common speed: r falls to 1/(1 + s^2/3), corrected: 1."""
    samples = 1.0 + RANDOM.normal(size=(3, 3, 40000))
    means, noise = samples.mean(axis=1), samples.var(axis=1, ddof=1) / 3
    assert pooled_correlation(means) == pytest.approx(0.75, abs=0.01)
    assert pooled_correlation(means, noise) == pytest.approx(1.0, abs=0.015)
    assert np.isnan(pooled_correlation(means, 10.0 + noise))


def test_members_of_a_subsystem_are_its_samples() -> None:
    subsystems = Subsystems(["a", "b"], np.array([1, 0, 1, 1]))
    assert [members.tolist() for members in subsystems.members()] == [[1], [0, 2, 3]]
