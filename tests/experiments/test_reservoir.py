"""`grand` of a config: what it makes of a net, and what it cannot go with."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.config import parse_config
from nnuniverse.errors import ConfigError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.reservoir import without_dormant
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.grand_canonical.energies import boundary_energy
from nnuniverse.physics.grand_canonical.moves import optimise
from nnuniverse.precision import in_float64
from nnuniverse.training import Program

SMALL = {
    "data": {"train_samples": 60, "test_samples": 10},
    "network": {"hidden": [5, 4]},
    "train": {"batch": 20},
    "observe": {"complexity_n": [20]},
    "grand": {"probe": 50},
}


@pinned
def build(*overrides: str) -> Program:
    config = parse_config(SMALL, overrides)
    return assemble.build_program(config, load_dataset(config))


def test_the_reservoir_is_twice_the_net_unless_it_is_given() -> None:
    program = build()
    assert program.settings.architecture == Layered((784, 10, 8, 10))
    assert program.turnover is not None
    assert program.turnover.begun == Layered((784, 5, 4, 10))
    assert build("grand.reservoir=[6,4]").settings.architecture.sizes == (784, 6, 4, 10)
    fixed = build("grand=null")
    assert fixed.turnover is None and fixed.settings.architecture.sizes == (784, 5, 4, 10)


@pytest.mark.parametrize(
    "overrides, message",
    [
        (["grand.reservoir=[10]"], "`grand.reservoir` must have a number for each of the 2"),
        (
            ["grand.reservoir=[10,3]"],
            r"`grand.reservoir` must have room for network.hidden=\[5, 4\]",
        ),
        (["network.hidden=[]"], "`network.hidden` must have layers whose neurons come and go"),
        (["grand.probe=61"], "`grand.probe` must be at most the 60 training samples, but is 61"),
        (["network.activation=logistic"], "`network.activation` must be zero at zero"),
        (["network.activation=[tanh,logistic,tanh]"], "`network.activation` must be zero at zero"),
        (["loss.terms=[{observable: mu2, weight: 0.1}]"], "`loss.terms` must be left out where"),
        (["train.noise.temperature=0.1"], "`train.noise.temperature` must be 0 where neurons"),
        (["train.optimiser.kind=cocob"], "`train.optimiser.kind` must take its steps from the"),
        (
            ["grand.energy=bulk", "network.activation=[tanh,tanh,identity]"],
            "`grand.energy` must be boundary or free_energy where layers have their own",
        ),
        (
            ["grand.energy=free_energy", "loss.kind=bulk", "loss.mass=0.5"],
            "`grand.temperature` must be above loss.mass=0.5 for the free energy to exist",
        ),
        (
            ["network={kind: graph, neurons: 900, mask: {kind: full}}"],
            "`grand` must be left out for a graph",
        ),
        (["observe.complexity_n=[804]"], "`observe.complexity_n` must be at most the 803 neurons"),
    ],
)
def test_what_neurons_cannot_come_and_go_with_is_refused(
    overrides: list[str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        build(*overrides)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "override, message",
    [
        ("grand.temperature=0", "`grand.temperature`"),
        ("grand.moves={kind: sample, removal: mask}", "removal"),
        ("grand.every=0", "`grand.every`"),
    ],
)
def test_what_is_wrong_by_itself_is_refused(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(SMALL, [override])


def test_isolated_neurons_are_left_out_of_a_net() -> None:
    random = np.random.default_rng(2)
    sizes, active = (6, 5, 4, 3), [np.array([0, 3, 4]), np.array([1, 2])]
    net = [Layer(random.normal(size=(n, m)), random.normal(size=n)) for m, n in pairwise(sizes)]
    for l, kept in enumerate(active):
        dormant = np.setdiff1d(np.arange(sizes[l + 1]), kept)
        net[l].weights[dormant] = net[l].bias[dormant] = 0.0
        net[l + 1].weights[:, dormant] = 0.0
    config = parse_config(SMALL, [])
    architecture, found = without_dormant(config, Layered(sizes), tuple(net))
    assert architecture == Layered((6, 3, 2, 3))
    np.testing.assert_array_equal(found[1].weights, net[1].weights[np.ix_(active[1], active[0])])
    assert sum(np.count_nonzero(array) for array in jax.tree.leaves(found)) == sum(
        np.count_nonzero(array) for array in jax.tree.leaves(net)
    )
    plain = parse_config(SMALL, ["grand=null"])
    assert without_dormant(plain, Layered(sizes), tuple(net))[0] == Layered(sizes)


@pytest.mark.parametrize("removal", ["compensated", "mask"])
@pinned
@in_float64
def test_moves_on_inputs_that_are_not_zero_are_those_on_all(removal: str) -> None:
    """Of a net trained in float64, in whose precision E is then taken; half of it is active."""
    program = build("train.precision=float64", f"grand.moves.removal={removal}")
    turnover, state = program.turnover, program.initial_state()
    assert turnover is not None and len(program.inputs.active) < 784
    net = jax.tree.map(lambda array: array[0], program.parameters(state))
    mask = jax.tree.map(lambda array: array[0], state.neurons.mask)
    key, conditions = jax.random.key(4), (jnp.float64(1e-3), jnp.float64(0.0))
    found = jax.jit(turnover.move)(key, net, mask, program.train, *conditions)
    options = {"removal": removal, "birth": "singular", "candidates": 16}
    energy = boundary_energy(program.settings, program.train)
    activation = program.settings.activation
    on_all = partial(optimise, energy=energy, activation=activation, **options)
    of = dict(zip(("temperature", "chemical_potential"), conditions, strict=True))
    expected = jax.jit(on_all)(key, net, mask, probe=program.train, **of)
    assert sum(float(of.sum()) for name, of in found.record.items() if "accepted" in name) > 0
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
