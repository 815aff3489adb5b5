"""The action (9.1) of linear nets, its null directions, and metrics that nothing tells apart."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.physics.gravity.hidden_source import (
    HiddenSource,
    Means,
    flat_action,
    hidden_source,
    source_tensor,
)
from nnuniverse.physics.gravity.open_metrics import (
    gauge_metric,
    open_metric,
    thinnest,
    told_directions,
)
from nnuniverse.physics.hidden.linear_step import with_their_sum

SUBSYSTEMS, NEURONS, INPUTS, SAMPLES, STEPS = 3, 7, 4, 30, 5
ETA = np.diag([-1.0, *[1.0] * SUBSYSTEMS])
RANDOM = np.random.default_rng(1)
COUPLINGS = RANDOM.normal(size=(NEURONS, INPUTS)), 0.3 * RANDOM.normal(size=(NEURONS, NEURONS))
AVERAGES = np.kron(np.eye(SUBSYSTEMS), np.full((1, SAMPLES // SUBSYSTEMS), SUBSYSTEMS / SAMPLES))


def moved(bias: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """States and speeds of a linear net from x = 0 on, (step, samples, n), and its inputs."""
    inputs = RANDOM.normal(size=(SAMPLES, INPUTS))
    outer, inner = COUPLINGS
    states = [np.zeros((SAMPLES, NEURONS))]
    for _ in range(STEPS + 200):
        states.append(inputs @ outer.T + states[-1] @ inner.T + bias)
    return np.array(states), np.diff(states, axis=0), inputs


def of_linear_net(bias: float) -> HiddenSource:
    """Of its first steps."""
    states, speeds, inputs = moved(bias)
    settled = AVERAGES @ states[-1]
    return hidden_source(states[:STEPS], speeds[:STEPS], inputs, AVERAGES, settled, COUPLINGS)


def means() -> Means:
    return Means(*RANDOM.normal(size=(3, SUBSYSTEMS, NEURONS)))


def test_a_linear_net_has_no_action() -> None:
    found = of_linear_net(bias=0.0)
    np.testing.assert_allclose(found.action, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.of_deviations, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.linear, 0.0, atol=1e-12)
    assert (found.neurons > 0.1).all()  # of which only the sum vanishes
    assert (found.fluctuations > 0.0).all()
    assert (found.gauge < 1e-13).all()


def test_biases_act_and_deviations_do_not_know_them() -> None:
    found = of_linear_net(bias=1.0)
    assert (np.abs(found.action) > 0.1).all()
    np.testing.assert_allclose(found.of_deviations, 0.0, atol=1e-10)


def test_the_tensor_adds_up_to_the_action() -> None:
    some, clamped = means(), RANDOM.normal(size=(SUBSYSTEMS, INPUTS))
    outer, inner = COUPLINGS
    exact = some._replace(e=some.x - some.x @ inner.T - clamped @ outer.T)
    tensor, _ = source_tensor(exact, clamped, COUPLINGS)
    # x_i G_ij x_j with G of all neurons, less the |x|^2 of the clamped ones.
    whole = np.block([[np.eye(NEURONS) - inner, -outer]])
    x, v = (
        with_their_sum(np.concatenate(two, axis=1))
        for two in ((exact.x, clamped), (exact.v, np.zeros_like(clamped)))
    )
    gram = x @ whole.T @ whole @ x.T - v @ v.T
    np.testing.assert_allclose(tensor.sum(axis=0), gram, rtol=1e-12)
    assert np.einsum("mn,mn->", ETA, gram) == pytest.approx(flat_action(exact), rel=1e-12)


def test_nothing_still_is_told() -> None:
    zeros = np.zeros((1, SAMPLES, NEURONS))
    none = hidden_source(
        zeros, zeros, np.zeros((SAMPLES, INPUTS)), AVERAGES, AVERAGES @ zeros[0], COUPLINGS
    )
    assert all(np.isnan(part).all() for part in none)


def planted(noise: float) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Speeds on a cone at every neuron, (40, D, n), and those of two halves of the samples."""
    a, b = RANDOM.normal(size=(2, 40, NEURONS))
    exact = np.stack([a, b, np.hypot(a, b)], axis=1)
    halves = exact + noise * RANDOM.normal(size=(2, *exact.shape))
    return halves.mean(axis=0), (halves[0], halves[1])


def test_a_planted_form_leaves_one_direction() -> None:
    assert told_directions(*planted(1e-6)).tolist() == [5] * NEURONS  # of six
    assert (told_directions(*planted(30.0)) <= 2).all()  # its own size is all that noise tells
    assert told_directions(np.zeros((4, 3, 2)), (np.zeros((4, 3, 2)),) * 2).tolist() == [0, 0]


def test_states_with_their_sum_are_on_a_plane() -> None:
    x = RANDOM.normal(size=(SUBSYSTEMS, 5, NEURONS))
    assert thinnest(with_their_sum(x.swapaxes(0, 1)).swapaxes(0, 1)) < 1e-15
    assert thinnest(RANDOM.normal(size=(SUBSYSTEMS + 1, 5, NEURONS))) > 0.1


def test_a_curved_metric_has_the_action_of_the_flat_one() -> None:
    some = Means(*RANDOM.normal(size=(3, 2, NEURONS)))
    tensor, sizes = source_tensor(some, np.zeros((2, INPUTS)), COUPLINGS)
    places = with_their_sum(some.x).T
    metric = gauge_metric(2, np.random.default_rng(0), 0.05)
    found = open_metric(places, tensor[:NEURONS], sizes[:NEURONS], metric)
    assert found.change < 1e-15
    assert found.lorentzian.all()
    assert np.abs(found.curvature).min() > 1e-4
    other = open_metric(places, np.abs(tensor[:NEURONS]), sizes[:NEURONS], metric)
    assert other.change > 1e-3
