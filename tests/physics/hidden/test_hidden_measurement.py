"""What is measured of one net, beside the transient that it is measured of."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.nets import net_of
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import GraphParameters, build_graph
from nnuniverse.networks.masks import full_mask
from nnuniverse.physics.hidden.linear_step import linear_step_error
from nnuniverse.physics.hidden.measurement import HiddenMeasurement
from nnuniverse.physics.hidden.null_constraint import subsystem_correlation
from nnuniverse.physics.hidden.subsystems import Subsystems
from nnuniverse.physics.hidden.transients import transient
from nnuniverse.precision import in_float64

RANDOM = np.random.default_rng(0)
TANH = ACTIVATIONS["tanh"]
GRAPH = build_graph(full_mask(6), [0, 1], [4, 5])
INPUTS = RANDOM.normal(size=(9, 2))
GROUPS = Subsystems(["a", "b", "c"], np.array([0, 1, 2, 0, 1, 2, 0, 1, 2]))
STEPS = 6
SLOW = 3
"""Number of the free neuron that hardly moves."""


@in_float64
def weak_net() -> GraphParameters:
    """Feedback of 1e-4, so that the fourth step is below 1e-9 of the first."""
    weights = np.where(GRAPH.columns < 2, 1.0, 1e-4) * RANDOM.uniform(0.5, 1.0, GRAPH.edges)
    weights[GRAPH.rows == 2 + SLOW] *= 1e-12
    return GraphParameters(jnp.asarray(weights), jnp.zeros(4), GRAPH)


def test_what_hardly_moves_is_missing_and_the_rest_is_of_the_run() -> None:
    net, parameters = net_of(GRAPH), weak_net()
    free = np.arange(2, 6)
    measurement = HiddenMeasurement(net, TANH, INPUTS, GROUPS, free, STEPS, 30, 0)
    found = measurement.of_net(parameters, parameters)
    own = transient(net, parameters, INPUTS, TANH, GROUPS.averages, STEPS)
    r = found["subsystem_correlation"]
    assert np.isnan(r[:, SLOW]).all()
    assert np.isfinite(r[:3, :SLOW]).all()
    assert np.isnan(r[3:]).all()
    assert r[:3, :SLOW] == pytest.approx(subsystem_correlation(own.speeds)[:3, :SLOW], rel=1e-6)
    errors = linear_step_error(net, parameters, TANH, own)
    np.testing.assert_allclose(found["linear_step_error"][:, :3], errors[:, :3], rtol=1e-4)
    assert np.isnan(found["linear_step_error"][:, 3:]).all()
    mean = found["mean_correlation"]
    assert mean[0, :3] == pytest.approx(np.nanmean(r[:3], axis=1))
    assert mean[3, :3] == pytest.approx(mean[0, :3]), "the untrained net is the same"
    apart = np.abs(mean[1:3, :3] - mean[0, :3]).max(axis=1)
    assert apart.min() > 1e-2, "other groups, other weights"


@pytest.mark.parametrize(("speed", "moves"), [(0.7e-9, False), (1.4e-9, True)])
def test_one_neuron_moves_only_if_the_net_does(speed: float, moves: bool) -> None:
    """In the second step one of four moves, at more than its share of 1e-9 of the first speed."""
    net, free = net_of(GRAPH), np.arange(2, 6)
    driven = np.where(GRAPH.columns < 2, 1e-3, 0.0)
    fed_back = (GRAPH.rows == 3) & (GRAPH.columns == 2)

    @in_float64
    def parameters(feedback: float) -> GraphParameters:
        weights = np.where(fed_back, feedback, driven)
        return GraphParameters(jnp.asarray(weights), jnp.zeros(4), GRAPH)

    def second_over_first(feedback: float) -> float:
        own = transient(net, parameters(feedback), INPUTS, TANH, GROUPS.averages, STEPS)
        first, second = np.linalg.norm(own.speeds[:2], axis=(1, 2))
        return float(second / first)

    feedback = speed * 1e-4 / second_over_first(1e-4)
    assert second_over_first(feedback) == pytest.approx(speed, rel=1e-3)
    one = parameters(feedback)
    found = HiddenMeasurement(net, TANH, INPUTS, GROUPS, free, STEPS, 30, 0).of_net(one, one)
    assert np.isfinite(found["subsystem_correlation"][1]).tolist() == [False, moves, False, False]
