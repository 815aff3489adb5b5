"""The sampled ensemble against the exact one, and chains that do not mix."""

from __future__ import annotations

import math

import numpy as np
import pytest
from nets import random_net

from nnuniverse.errors import ConfigError
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.thermodynamics.canonical import (
    SamplingSettings,
    assess_mixing,
    build_system,
    integrate_states,
    integration_rule,
    sample_states,
    sample_with_partition,
)

TANH = ACTIVATIONS["tanh"]
SETTINGS = SamplingSettings(seed=1)
BETAS = [0.5, 2.0]


@pytest.fixture(scope="module")
def system():
    return build_system(*random_net(3), 0.3)


@pytest.fixture(scope="module")
def sampled(system):
    return sample_with_partition(system, TANH, BETAS, SETTINGS)


@pytest.fixture(scope="module")
def exact(system):
    return integrate_states(system, TANH, BETAS)


@pytest.mark.parametrize("k", range(len(BETAS)))
def test_within_its_errors_of_the_exact_ensemble(sampled, exact, k: int) -> None:
    state, true = sampled[k], exact[k]
    assert state.mixed
    errors = {
        "mean_loss": state.mean_loss_error,
        "log_partition": math.hypot(state.log_partition_error, state.discretisation_error),
        "entropy": state.whole_entropy_error,
        "free_energy": state.free_energy_error,
    }
    for name, error in errors.items():
        assert 0.0 < error < 0.05, name
        assert abs(getattr(state, name) - getattr(true, name)) < 3.5 * error, name
    np.testing.assert_allclose(state.mean_state, true.mean_state, atol=0.06)
    np.testing.assert_allclose(state.variance, true.variance, rtol=0.15)


def test_repeats_itself(system, sampled) -> None:
    again = sample_with_partition(system, TANH, BETAS[:1], SETTINGS)[0]
    assert again.mean_loss == sampled[0].mean_loss
    assert again.log_partition == sampled[0].log_partition


def test_valleys_that_no_chain_leaves() -> None:
    # x = tanh 3x has two stable solutions per neuron; at beta = 200 chains stay where they are.
    w = 3.0 * np.eye(3) + 1e-3
    state = sample_states(build_system(w, np.zeros(3)), TANH, 200.0, SETTINGS, 0)
    assert not state.mixed
    assert state.mixing.r_hat > 1.5


def test_what_is_called_mixed() -> None:
    random = np.random.default_rng(0)
    states = random.normal(size=(4, 1000, 3))
    mixing, ess = assess_mixing(states[..., 0], states)
    assert mixing.mixed
    assert 3000 < ess < 5000
    apart = states + np.array([0.0, 0.0, 0.0, 1.0])[:, None, None] * [0.0, 0.0, 1.0]
    assert assess_mixing(states[..., 0], apart)[0].r_hat > 1.05, "one neuron is enough"
    noisier = states * np.array([1.0, 1.0, 1.0, 2.0])[:, None, None]
    assert assess_mixing(states[..., 0], noisier)[0].r_hat > 1.05, "means that agree are not"
    slow = np.repeat(states[:, :50], 20, axis=1)
    assert assess_mixing(slow[..., 0], slow)[0].ess < 400
    assert not assess_mixing(states[..., 0], np.zeros_like(states))[0].mixed, "stuck"


# --- integration over beta -----------------------------------------------------------------------


@pytest.mark.parametrize("betas", [[1.0], [0.5, 1.0, 1.4], [0.01, 3.0, 200.0]])
def test_rule_integrates_smooth_functions(betas: list[float]) -> None:
    rule = integration_rule(betas)
    assert rule.nodes[0] == 0.0
    assert (np.diff(rule.nodes) > 0.0).all()
    assert set(betas) <= set(rule.nodes)
    for scale in (0.3, 1.0, 3.0):
        values = 1.0 / (1.0 + scale * rule.nodes)
        expected = np.log1p(scale * np.array(betas)) / scale
        np.testing.assert_allclose(rule.fine @ values, expected, rtol=1e-4)
        fine, coarse = (abs(rule_ @ values - expected) for rule_ in (rule.fine, rule.coarse))
        assert (fine <= coarse + 1e-14).all()
    # A shorter path does not use what lies beyond it.
    assert (rule.fine[0][rule.nodes > betas[0]] == 0.0).all()


@pytest.mark.parametrize(
    ("setting", "value"), [("samples", 9), ("chains", 1), ("warmup", 0), ("seed", -1)]
)
def test_settings(setting: str, value: int) -> None:
    with pytest.raises(ConfigError, match=f"`--{setting}` must be at least"):
        SamplingSettings(**{setting: value})
