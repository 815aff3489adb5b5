"""The loop of an ensemble, on a linear model whose every step can be taken by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import jax
import numpy as np
import pytest

from nnuniverse.training.evolution import EvolutionProgram, IndependentBatches, ShuffledEpochs
from nnuniverse.training.evolution.program import EVOLUTION
from nnuniverse.training.objective import RUNNING_BOUNDARY_LOSS, Objective
from nnuniverse.training.optimiser import Rate, build_optimiser

SAMPLES, BATCH, RATE, SEED = 12, 3, 0.05, 7
STEPS = 20
DUE = np.array([0, 1, 10, 11, 19, 20])

random = np.random.default_rng(0)
INPUTS = random.standard_normal((SAMPLES, 4)).astype(np.float32)
TARGETS = random.standard_normal((SAMPLES, 1)).astype(np.float32)
ORIGIN = random.standard_normal(4).astype(np.float32)
DIRECTIONS = np.linalg.qr(random.standard_normal((4, 2)))[0].T.astype(np.float32)


def squared_error(
    weights: jax.Array, inputs: jax.Array, targets: jax.Array
) -> dict[str, jax.Array]:
    return {RUNNING_BOUNDARY_LOSS.name: 0.5 * (inputs @ weights - targets[:, 0]) ** 2}


def program(
    replicas: int = 3,
    optimiser: str = "sgd",
    sampling: type[IndependentBatches | ShuffledEpochs] = IndependentBatches,
    temperature: float = 0.0,
    **options: float,
) -> EvolutionProgram:
    return EvolutionProgram(
        objective=Objective(RUNNING_BOUNDARY_LOSS.name, (RUNNING_BOUNDARY_LOSS,), squared_error),
        optimiser=partial(build_optimiser, optimiser, steps_per_epoch=SAMPLES // BATCH, **options),
        rate=Rate(RATE),
        batch=BATCH,
        parts=1,
        sampling=sampling(SAMPLES, BATCH),
        seed=SEED,
        starts=np.repeat(ORIGIN[None], replicas, axis=0),
        origin=ORIGIN,
        directions=DIRECTIONS,
        inputs=INPUTS,
        targets=TARGETS,
        temperature=temperature,
    )


@pytest.fixture(scope="module")
def plain() -> EvolutionProgram:
    return program()


@pytest.fixture(scope="module")
def whole(plain: EvolutionProgram) -> tuple[np.ndarray, np.ndarray]:
    """Where the replicas end, and their positions, in one call."""
    end, (positions, _) = plain.run(plain.initial_state(), 0, STEPS, DUE)
    return np.asarray(end.parameters), positions


@cache
@jax.enable_x64(True)
def batches_of(
    member: int, sampling: Callable[[int, int], IndependentBatches | ShuffledEpochs]
) -> list[np.ndarray]:
    """The samples of every step of a replica."""
    key = jax.random.fold_in(jax.random.key(SEED, impl="threefry2x32"), EVOLUTION)
    key = jax.random.fold_in(key, member)
    begin, draw = drawing(sampling)
    batches, carried = [], begin(key, 1)
    for step in range(1, STEPS + 1):
        batch, carried = draw(key, step, carried)
        batches.append(np.asarray(batch))
    return batches


@cache
def drawing(
    sampling: Callable[[int, int], IndependentBatches | ShuffledEpochs],
) -> tuple[Callable, Callable]:
    drawn = sampling(SAMPLES, BATCH)
    return jax.jit(drawn.begin), jax.jit(drawn.batch)


def test_every_step_is_one_down_the_gradient_of_its_batch(
    whole: tuple[np.ndarray, np.ndarray],
) -> None:
    end, positions = whole
    assert positions.shape == (3, len(DUE), 2)
    for member in range(3):
        weights, path = ORIGIN.astype(np.float64), [ORIGIN.astype(np.float64)]
        for batch in batches_of(member, IndependentBatches):
            inputs, targets = INPUTS[batch].astype(float), TARGETS[batch, 0].astype(float)
            weights = weights - RATE * inputs.T @ (inputs @ weights - targets) / BATCH
            path.append(weights)
        np.testing.assert_allclose(end[member], weights, rtol=2e-5)
        expected = (np.array(path)[DUE] - ORIGIN) @ DIRECTIONS.T.astype(float)
        np.testing.assert_allclose(positions[member], expected, atol=2e-6)
    assert not np.allclose(positions[0, -1], positions[1, -1], atol=1e-3)


def test_calls_and_records_change_nothing(
    plain: EvolutionProgram, whole: tuple[np.ndarray, np.ndarray]
) -> None:
    state, parts = plain.initial_state(), []
    for first, last in ((0, 0), (1, 11), (12, 13), (14, STEPS)):
        state, (positions, _) = plain.run(state, first, last, DUE)
        parts.append(positions)
    np.testing.assert_array_equal(np.asarray(state.parameters), whole[0])
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole[1])
    unseen, (nothing, active) = plain.run(plain.initial_state(), 0, STEPS, np.array([], np.int64))
    np.testing.assert_array_equal(np.asarray(unseen.parameters), whole[0])
    assert nothing.shape == (3, 0, 2)
    assert active is None


def test_a_replica_depends_on_the_seed_and_its_number_alone(
    whole: tuple[np.ndarray, np.ndarray],
) -> None:
    more = program(replicas=5)
    end, (positions, _) = more.run(more.initial_state(), 0, STEPS, DUE)
    np.testing.assert_array_equal(np.asarray(end.parameters)[:3], whole[0])
    np.testing.assert_array_equal(positions[:3], whole[1])


@pytest.mark.quick
def test_shuffled_epochs_visit_every_sample_once_in_a_new_order() -> None:
    visited = batches_of(0, ShuffledEpochs)
    per_epoch = SAMPLES // BATCH
    orders = [np.concatenate(visited[at : at + per_epoch]) for at in range(0, STEPS, per_epoch)]
    assert all(sorted(order) == list(range(SAMPLES)) for order in orders)
    assert len({tuple(order) for order in orders}) == len(orders)


@pytest.mark.quick
def test_shuffled_epochs_may_be_cut_anywhere() -> None:
    shuffled = program(sampling=ShuffledEpochs)
    end, (positions, _) = shuffled.run(shuffled.initial_state(), 0, STEPS, DUE)
    state, (first, _) = shuffled.run(shuffled.initial_state(), 0, 6, DUE)
    state, (second, _) = shuffled.run(state, 7, STEPS, DUE)
    np.testing.assert_array_equal(np.asarray(state.parameters), np.asarray(end.parameters))
    np.testing.assert_array_equal(np.concatenate([first, second], axis=1), positions)


@pytest.mark.quick
def test_momentum_is_part_of_the_state() -> None:
    heavy = program(optimiser="momentum", decay=0.9, nesterov=False)
    end, _ = heavy.run(heavy.initial_state(), 0, STEPS, DUE)
    weights, velocity = ORIGIN.astype(np.float64), np.zeros(4)
    for batch in batches_of(0, IndependentBatches):
        inputs, targets = INPUTS[batch].astype(float), TARGETS[batch, 0].astype(float)
        velocity = 0.9 * velocity + inputs.T @ (inputs @ weights - targets) / BATCH
        weights = weights - RATE * velocity
    np.testing.assert_allclose(np.asarray(end.parameters)[0], weights, rtol=1e-4)


@pytest.mark.quick
def test_the_spread_is_that_of_linear_theory() -> None:
    """Of 1,000 replicas after 400 steps: variance D / (k (1 - k/2)) of independent batches."""
    many = program()
    optimum = np.linalg.lstsq(INPUTS.astype(float), TARGETS[:, 0].astype(float))[0]
    curvatures, axes = np.linalg.eigh(INPUTS.T.astype(float) @ INPUTS / SAMPLES)
    residuals = INPUTS @ optimum - TARGETS[:, 0]
    noise = INPUTS * residuals[:, None] @ axes
    # The gradient noise is that at the optimum; near it, for a small rate.
    quiet = EvolutionProgram(
        **{
            **{name: getattr(many, name) for name in many.__dataclass_fields__},
            "starts": np.repeat(optimum[None].astype(np.float32), 1000, axis=0),
            "origin": optimum.astype(np.float32),
            "directions": axes.T.astype(np.float32),
            "rate": Rate(0.03),
        }
    )
    _, (positions, _) = quiet.run(quiet.initial_state(), 0, 400, np.array([0, 400]))
    rate = 0.03 * curvatures
    diffusion = 0.03**2 * (noise**2).mean(axis=0) / (2 * BATCH)
    expected = diffusion / (rate * (1.0 - rate / 2.0))
    resolved = 400 * rate > 4.0
    assert resolved.sum() >= 2
    found = positions[:, 1].var(axis=0)
    np.testing.assert_allclose(found[resolved], expected[resolved], rtol=0.2)


@pytest.mark.quick
def test_a_bath_warms_the_replicas() -> None:
    cold, warm = program(), program(temperature=0.1)
    ends = [np.asarray(p.run(p.initial_state(), 0, 5, DUE)[0].parameters) for p in (cold, warm)]
    assert np.abs(ends[0] - ends[1]).max() > 0.01
