"""The thermal bath against the stationary state that a quadratic loss has in closed form.

A net without hidden layers and with f(y) = y has the loss L = 1/2 mean |W x + b - t|^2: for each
output by itself a quadratic function of w = (its row of W, its b), with the same Hessian
H = <(x, 1) (x, 1)^T>.  The outputs are independent of each other, so one net is an ensemble.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.layered import Layered
from nnuniverse.observables import Samples, Settings
from nnuniverse.training import Program, Rate, TrainState, boundary_objective, build_optimiser
from nnuniverse.training.thermal_bath import ThermalBath

pytestmark = pytest.mark.quick

OUTPUTS = 8000
TEMPERATURE = 0.3
INPUTS = np.array([[0.9, 0.1], [-0.7, 0.9], [0.8, -1.3], [-1.4, 0.2], [0.3, 0.6]])
AUGMENTED = np.column_stack([INPUTS, np.ones(len(INPUTS))])
HESSIAN = AUGMENTED.T @ AUGMENTED / len(INPUTS)
SOLUTION = np.array([0.5, -1.0, 2.0])
TARGETS = AUGMENTED @ SOLUTION
SIGMAS = 5.0
"""How many standard errors a moment of so many independent outputs may be off."""

QUICK, SLOW = 0.6, 0.03
"""Learning rates, one after the other."""
LAST_QUICK, LAST_SLOW = 80, 1680
"""The last epoch of each; even the slowest direction forgets where it started."""


@pytest.fixture(scope="module")
def program() -> Program:
    """One step of all samples an epoch, first at the quick rate, then at the slow one."""
    samples = Samples(
        INPUTS.astype("f4"),
        np.repeat(TARGETS[:, None], OUTPUTS, axis=1).astype("f4"),
        np.zeros(len(INPUTS), "i4"),
    )
    settings = Settings(Layered((2, OUTPUTS)), ACTIVATIONS["identity"])
    return Program(
        settings=settings,
        observables=[],
        objective=boundary_objective(settings),
        initialiser="glorot_uniform",
        gain=1.0,
        optimiser=partial(build_optimiser, "sgd", steps_per_epoch=1),
        rate=Rate(QUICK, "piecewise", boundaries=(LAST_QUICK,), factors=(SLOW / QUICK,)),
        batch=len(INPUTS),
        parts=1,
        shuffle=False,
        seeds=(0,),
        train=samples,
        test=samples,
        temperature=TEMPERATURE,
    )


NOTHING_DUE = np.array([], int)


def weights_of(program: Program, state: TrainState) -> np.ndarray:
    """Return w of every output, (outputs, 3)."""
    (layer,) = program.parameters(state)
    return np.column_stack([layer.weights[0], layer.bias[0]]).astype(float)


@pytest.fixture(scope="module")
def quick(program: Program) -> TrainState:
    return program.run(program.initial_state(), 1, LAST_QUICK, NOTHING_DUE).state


@pytest.fixture(scope="module")
def slow(program: Program, quick: TrainState) -> TrainState:
    return program.run(quick, LAST_QUICK + 1, LAST_SLOW, NOTHING_DUE).state


def covariance_at(rate: float) -> np.ndarray:
    """The stationary covariance of w <- w - rate H (w - w*) + sqrt(2 rate T) xi."""
    return TEMPERATURE * np.linalg.inv(HESSIAN @ (np.eye(3) - rate * HESSIAN / 2))


def test_the_example_is_worth_it() -> None:
    slowest, *_, fastest = np.linalg.eigvalsh(HESSIAN)
    for rate, epochs in ((QUICK, LAST_QUICK), (SLOW, LAST_SLOW - LAST_QUICK)):
        assert (1 - rate * slowest) ** epochs < 1e-6, "the start is forgotten"
    assert QUICK * fastest / 2 > 0.3, "a finite rate makes a difference that a test sees"


@pytest.mark.parametrize("name", ["quick", "slow"])
def test_the_stationary_state_is_that_of_the_scheme_exactly(
    program: Program, request: pytest.FixtureRequest, name: str
) -> None:
    weights = weights_of(program, request.getfixturevalue(name))
    root = np.linalg.cholesky(covariance_at({"quick": QUICK, "slow": SLOW}[name]))
    deviations = np.linalg.solve(root, (weights - SOLUTION).T)
    np.testing.assert_allclose(deviations.mean(axis=1), 0.0, atol=SIGMAS / np.sqrt(OUTPUTS))
    covariance = deviations @ deviations.T / OUTPUTS
    errors = SIGMAS * np.sqrt(np.where(np.eye(3), 2.0, 1.0) / OUTPUTS)
    np.testing.assert_array_less(np.abs(covariance - np.eye(3)), errors)


def test_at_a_small_rate_it_is_that_of_the_temperature(program: Program, slow: TrainState) -> None:
    """exp(-L / T), but for the known bias 1 / (1 - rate h / 2) and what a sample of it may miss."""
    slopes, directions = np.linalg.eigh(HESSIAN)
    variances = ((weights_of(program, slow) - SOLUTION) @ directions).var(axis=0)
    bias = 1.0 / (1.0 - SLOW * slopes[-1] / 2.0) - 1.0
    assert bias < 0.02
    tolerance = bias + SIGMAS * np.sqrt(2.0 / OUTPUTS)
    np.testing.assert_allclose(variances * slopes / TEMPERATURE, 1.0, rtol=tolerance)


def test_a_step_adds_the_documented_numbers() -> None:
    """sqrt(2 rate T) xi with xi of the replica's key, number 0, the epoch and the step."""
    shuffle_key = jax.random.key_data(jax.random.key(7, impl="threefry2x32"))
    bath = ThermalBath(TEMPERATURE, Rate(0.2, "linear", final=0.0, epochs=10))
    net = (jnp.zeros((3, 2), jnp.float32), jnp.ones(3, jnp.float32))
    contact = bath.at_epoch(shuffle_key, jnp.int32(5), steps=4)
    kicked = contact.kick(net, jnp.int32(2))
    key = jax.random.key(7, impl="threefry2x32")
    for number in (0, 5, 2):
        key = jax.random.fold_in(key, number)
    width = np.sqrt(2 * 0.2 * (1 - 4.5 / 10) * TEMPERATURE)
    for before, after, own in zip(net, kicked, jax.random.split(key, 2), strict=True):
        xi = jax.random.normal(own, before.shape, jnp.float32)
        np.testing.assert_allclose(after, before + width * xi, rtol=1e-6)
    others = [contact.kick(net, jnp.int32(3)), bath.at_epoch(shuffle_key, jnp.int32(6), 4)]
    for other in (others[0], others[1].kick(net, jnp.int32(2))):
        assert not np.array_equal(other[0], kicked[0])
