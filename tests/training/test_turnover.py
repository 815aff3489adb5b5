"""Neurons that come and go: right numbers, dormant ones at rest, and repeatable runs."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small_programs

from nnuniverse.networks.active_masks import masked
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer, Parameters
from nnuniverse.observables import Samples
from nnuniverse.physics.grand_canonical.energies import boundary_energy
from nnuniverse.physics.grand_canonical.moves import Moved, optimise, sample
from nnuniverse.precision import in_float64
from nnuniverse.training import (
    Conditions,
    Program,
    TrainState,
    Turnover,
    random_order,
    restore_state,
    state_arrays,
)
from nnuniverse.training.neurons import Neurons
from nnuniverse.training.turnover import NO_MOVE, TURNOVER

# On one worker, which compiles the programs once; bits are compared of programs of one compiler.
pytestmark = [pytest.mark.xdist_group("turnover"), pytest.mark.quick]

RESERVOIR = (12, 16, 4, 3)
BEGUN = small_programs.SIZES
EVERY = 3
EPOCHS = 7
PROBE = 30
CONDITIONS = Conditions(1e-3, -0.02, 0.01, EPOCHS)
SEEDS = (3, 1)


def move_of(program: Program, kind: str):
    """One move of every layer, of the program's net."""
    settings = program.settings

    def move(key, parameters, mask, probe, temperature, potential) -> Moved:
        chosen = {
            "energy": boundary_energy(settings, probe),
            "temperature": temperature,
            "chemical_potential": potential,
        }
        if kind == "sample":
            return sample(key, parameters, mask, **chosen, proposal="uniform", steps=6)
        fitted = {"probe": probe, "activation": settings.activation, "candidates": 2}
        return optimise(key, parameters, mask, **chosen, **fitted, removal="mask", birth="zero_out")

    return move


def build(
    kind: str = "optimise",
    reservoir: tuple[int, ...] = RESERVOIR,
    seeds: tuple[int, ...] = SEEDS,
    every: int = EVERY,
    conditions: Conditions = CONDITIONS,
) -> Program:
    program = small_programs.build(seeds, ("boundary_loss",))
    program = replace(program, settings=replace(program.settings, architecture=Layered(reservoir)))
    turnover = Turnover(
        reservoir=Layered(reservoir),
        begun=Layered(BEGUN),
        every=every,
        probe=PROBE,
        conditions=conditions,
        move=move_of(program, kind),
        masked=masked,
        keeps_weights=kind == "sample",
        energy="boundary loss",
    )
    return replace(program, turnover=turnover)


@pytest.fixture(scope="module", params=["optimise", "sample"])
def program(request: pytest.FixtureRequest) -> Program:
    return build(request.param)


@pytest.fixture(scope="module")
def trained(program: Program):
    return program.run(program.initial_state(), 0, EPOCHS, np.array([0, EPOCHS]))


def assert_same(one: TrainState, other: TrainState) -> None:
    first, second = state_arrays(one), state_arrays(other)
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def replica_of(tree, replica: int):
    return jax.tree.map(lambda array: np.asarray(array)[replica], tree)


def is_dormant(mask, layer: int, array: np.ndarray) -> np.ndarray:
    """Which entries of the weights or biases into a layer have a dormant end."""
    ends = [np.ones(BEGUN[0], bool), *map(np.asarray, mask), np.ones(BEGUN[-1], bool)]
    if array.ndim == 1:
        return ~ends[layer + 1]
    return ~(ends[layer + 1][:, None] & ends[layer][: array.shape[1]])


def test_begins_as_without_and_with_the_first_neurons_active(program: Program) -> None:
    state = program.initial_state()
    plain = small_programs.build(SEEDS, ("boundary_loss",)).initial_state()
    for layer, alone in zip(state.parameters, plain.parameters, strict=True):
        rows, columns = alone.weights.shape[1:]
        np.testing.assert_array_equal(layer.weights[:, :rows, :columns], alone.weights)
        assert np.count_nonzero(layer.weights) == np.count_nonzero(alone.weights)
    for mask, size in zip(state.neurons.mask, BEGUN[1:-1], strict=True):
        np.testing.assert_array_equal(mask, np.tile(np.arange(mask.shape[1]) < size, (2, 1)))
    kept = state.neurons.weights
    if kept is not None:  # `sample`: dormant ones have been drawn
        assert all((layer.weights != 0.0).all() for layer in kept)


def add(tree):
    """Undo `replica_of`."""
    return jax.tree.map(lambda array: np.asarray(array)[None], tree)


def with_dormant(neurons: Neurons, whole: Parameters) -> Parameters:
    """All weights of a replica: those with a dormant end are as they were put away."""
    if neurons.weights is None:
        return whole
    return tuple(
        Layer(
            *(
                np.where(is_dormant(neurons.mask, l, array), old, array)
                for array, old in zip(layer, before, strict=True)
            )
        )
        for l, (layer, before) in enumerate(zip(whole, neurons.weights, strict=True))
    )


@in_float64
def by_hand(program: Program, seed: int) -> tuple[TrainState, list[dict[str, jax.Array]]]:
    """A replica whose whole reservoir is trained, as any net is, and moved in between."""
    turnover, plain = program.turnover, replace(program, seeds=(seed,), turnover=None)
    alone = replica_of(program.initial_state(), program.seeds.index(seed))
    neurons, state, records = alone.neurons, add(alone._replace(neurons=None)), []
    _, run_key = jax.random.split(jax.random.key(seed, impl="threefry2x32"))
    key = jax.random.fold_in(run_key, TURNOVER)
    chosen = random_order(jax.random.fold_in(key, NO_MOVE), 50)[:PROBE]
    probe = Samples(*(jnp.asarray(array)[chosen] for array in program.train))
    move = jax.jit(turnover.move)
    for epoch in range(1, EPOCHS + 1):
        state = plain.run(state, epoch, epoch, np.array([], int)).state
        if epoch % EVERY:
            continue
        potential = -0.02 + (epoch - 1) / (EPOCHS - 1) * (0.01 + 0.02)
        whole = with_dormant(neurons, replica_of(plain.parameters(state), 0))
        moved = move(jax.random.fold_in(key, epoch), whole, neurons.mask, probe, 1e-3, potential)
        records.append(moved.record)
        narrow, silent = program.inputs.split(masked(moved.parameters, moved.mask))
        momentum, *rest = state.optimiser
        trace = tuple(
            Layer(
                *(
                    np.where(
                        is_dormant(neurons.mask, l, array) | is_dormant(moved.mask, l, array),
                        np.float32(0.0),
                        array,
                    )
                    for array in layer
                )
            )
            for l, layer in enumerate(replica_of(momentum.trace, 0))
        )
        state = state._replace(
            parameters=add(narrow),
            silent_weights=add(silent),
            optimiser=(momentum._replace(trace=add(trace)), *rest),
        )
        kept = None if neurons.weights is None else moved.parameters
        neurons = replica_of(add(Neurons(moved.mask, kept)), 0)
    return replica_of(state, 0)._replace(neurons=neurons), records


def test_agrees_with_moves_by_hand(program: Program, trained) -> None:
    state, records = by_hand(program, SEEDS[0])
    names = [variable.name for variable in program.turnover.moved]
    found = {name: trained.of_epochs[name][0, EVERY - 1 :: EVERY] for name in names}
    for name in names:
        expected = np.stack([record[name] for record in records])
        np.testing.assert_allclose(found[name], expected, rtol=1e-4, atol=1e-8, err_msg=name)
        others = np.delete(trained.of_epochs[name][0], np.s_[EVERY - 1 :: EVERY], axis=0)
        assert np.isnan(others).all()
    assert found["birth_accepted"].sum() + found["death_accepted"].sum() > 1
    ended = replica_of(trained.state, 0)
    for mask, expected in zip(ended.neurons.mask, state.neurons.mask, strict=True):
        np.testing.assert_array_equal(mask, expected)
    active = [mask.sum() for mask in ended.neurons.mask]
    np.testing.assert_array_equal(trained.of_epochs["active_neurons"][0, -1], active)
    arrays, expected = state_arrays(ended), state_arrays(state)
    for name in arrays:
        np.testing.assert_allclose(
            arrays[name].astype(float), expected[name].astype(float), atol=2e-6, err_msg=name
        )


def test_dormant_neurons_have_no_weights_and_no_slots(program: Program, trained) -> None:
    for replica in range(len(SEEDS)):
        state = replica_of(trained.state, replica)
        assert not all(mask.all() for mask in state.neurons.mask)
        whole = replica_of(program.parameters(trained.state), replica)
        for net in (whole, state.parameters, state.optimiser[0].trace):
            for l, layer in enumerate(net):
                for array in layer:
                    assert not array[is_dormant(state.neurons.mask, l, array)].any()
        assert all(np.abs(array).max() > 0 for layer in whole for array in layer)


def test_goes_on_from_a_checkpoint_across_a_move(program: Program, trained) -> None:
    state = program.initial_state()
    for epoch in range(EPOCHS + 1):
        state = program.run(state, epoch, epoch, np.array([0])).state
        state = restore_state(program.state_shape(), state_arrays(state))
    assert_same(state, trained.state)


def test_a_replica_is_the_run_of_its_seed(program: Program, trained) -> None:
    alone = replace(program, seeds=SEEDS[1:])
    found = alone.run(alone.initial_state(), 0, EPOCHS, np.array([0, EPOCHS]))
    assert_same(found.state, jax.tree.map(lambda a: np.asarray(a)[1:], trained.state))
    for name, values in found.of_epochs.items():
        np.testing.assert_array_equal(values[0], trained.of_epochs[name][1], err_msg=name)


def test_a_full_reservoir_that_rests_is_the_plain_net_bit_for_bit() -> None:
    plain = small_programs.build(SEEDS, ("boundary_loss",))
    full = build(reservoir=BEGUN, every=10**6)
    ends = [program.run(program.initial_state(), 0, 3, np.array([3])) for program in (plain, full)]
    np.testing.assert_array_equal(*(end.running_loss for end in ends))
    arrays, expected = state_arrays(ends[1].state), state_arrays(ends[0].state)
    assert len(expected) < len(arrays)
    for name in expected:
        np.testing.assert_array_equal(arrays[name], expected[name], err_msg=name)


def test_conditions_are_arguments_of_the_program(program: Program) -> None:
    other = replace(
        program, turnover=replace(program.turnover, conditions=Conditions(0.3, 0.1, 0.2, 50))
    )
    assert other.lowered.as_text() == program.lowered.as_text()


def test_a_program_without_turnover_knows_nothing_of_it() -> None:
    plain = small_programs.build(SEEDS, ("boundary_loss",))
    state, text = plain.state_shape(), plain.lowered.as_text()
    assert state.neurons is None
    assert not any("neurons" in name for name in state_arrays(plain.initial_state()))
    assert "neurons" not in text and "stablehlo.case" not in text.replace('case"(%', "")
