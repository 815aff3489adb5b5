"""Moves of a net: what is accepted, what is recorded, and what comes back as it was."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_neuron_removal import SIZES, TANH, a_net, loss_of, masks, some_samples

from nnuniverse.networks.active_masks import ActiveMask, active_neurons, masked
from nnuniverse.physics.grand_canonical.energies import Energy
from nnuniverse.physics.grand_canonical.moves import Moved, optimise, sample
from nnuniverse.precision import in_float64


@cache
def energy() -> Energy:
    return jax.jit(loss_of(some_samples()))


@cache
def optimising() -> Callable[..., Moved]:
    given = partial(optimise, energy=energy(), probe=some_samples(), activation=TANH, candidates=4)
    return jax.jit(given, static_argnames=("birth", "removal"))


@cache
def sampling() -> Callable[..., Moved]:
    return jax.jit(partial(sample, energy=energy()), static_argnames=("proposal", "steps"))


@in_float64
def optimised(mask: ActiveMask, mu: float, birth: str = "singular") -> Moved:
    return optimising()(
        jax.random.key(2),
        a_net(),
        mask,
        temperature=1e-9,
        chemical_potential=mu,
        removal="compensated",
        birth=birth,
    )


def same(first: object, second: object) -> None:
    jax.tree.map(np.testing.assert_array_equal, first, second)


@in_float64
def test_cold_optimiser_takes_what_lowers_the_grand_potential() -> None:
    """At T -> 0 by the sign of dE - mu dN; weights and energies agree with what is recorded."""
    start = masks((0, 1), (1, 0))
    for mu in (-10.0, 10.0):
        moved = optimised(start, mu)
        born = mu > 0
        same(moved.record["birth_accepted"], [born, born])
        same(moved.record["death_accepted"], [not born, not born])
        changed = moved.record["birth_change" if born else "death_change"].sum()
        before = energy()(masked(a_net(), start), start)
        after = energy()(moved.parameters, moved.mask)
        np.testing.assert_allclose(after - before, changed, atol=1e-12)
        same(active_neurons(moved.mask), active_neurons(start) + (1 if born else -1))
        same(masked(moved.parameters, moved.mask), moved.parameters)


def test_full_layer_bears_none_and_its_last_neuron_does_not_die() -> None:
    only = masks(*((1, neuron) for neuron in range(SIZES[2] - 1)))
    moved = optimised(only, -10.0)
    assert np.isnan(moved.record["birth_change"][0])  # full
    assert np.isnan(moved.record["death_change"][1])  # its last
    same(active_neurons(moved.mask), [SIZES[1] - 1, 1])
    assert np.isfinite(moved.record["birth_change"][1])


def test_births_may_be_left_out() -> None:
    moved = optimised(masks((0, 1), (1, 0)), 10.0, birth="none")
    assert np.isnan(moved.record["birth_change"]).all()
    same(moved.mask, masks((0, 1), (1, 0)))


@in_float64
def test_acceptance_is_that_of_metropolis() -> None:
    """Of births of known cost, by many keys; z < 4."""
    keys = jax.random.split(jax.random.key(7), 400)
    start, mu, temperature = masks((0, 1)), -0.3, 0.25
    move, net = optimising(), a_net()

    def born(key: jax.Array) -> jax.Array:
        moved = move(
            key,
            net,
            start,
            temperature=temperature,
            chemical_potential=mu,
            removal="magnitude",
            birth="zero_out",
        )
        return moved.record["birth_accepted"][0]

    share = float(jax.lax.map(born, keys).mean())
    expected = np.exp(mu / temperature)  # dE = 0
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / len(keys))


@pytest.mark.parametrize("proposal", ["uniform", "heat_bath", "informed"])
@in_float64
def test_flip_and_its_reverse_restore_the_state(proposal: str) -> None:
    """Weights stay bit for bit, so that a neuron that comes back is the one that went."""
    start = masks((0, 1), (1, 0))
    move = partial(sampling(), temperature=1e6, chemical_potential=0.0, proposal=proposal, steps=1)
    for key in map(jax.random.key, range(40)):
        there = move(key, a_net(), start)
        same(there.parameters, a_net())
        gone = np.concatenate(there.mask) != np.concatenate(start)
        if gone.any():
            break
    assert gone.sum() == 1
    for key in map(jax.random.key, range(200)):
        back = move(key, there.parameters, there.mask)
        if all((a == b).all() for a, b in zip(back.mask, start, strict=True)):
            break
    same((back.parameters, back.mask), (a_net(), start))
    changes = [
        np.nansum([np.nansum(moved.record[f"{kind}_change"]) for kind in ("birth", "death")])
        for moved in (there, back)
    ]
    np.testing.assert_allclose(changes[0], -changes[1], rtol=1e-9)


@in_float64
def test_record_of_many_flips_counts_them() -> None:
    start = masks((0, 1), (1, 0))
    moved = sampling()(
        jax.random.key(3),
        a_net(),
        start,
        temperature=0.1,
        chemical_potential=0.0,
        proposal="uniform",
        steps=50,
    )
    births, deaths = moved.record["birth_accepted"], moved.record["death_accepted"]
    same(active_neurons(moved.mask) - active_neurons(start), births - deaths)
    total = jnp.nansum(births * moved.record["birth_change"]) + jnp.nansum(
        deaths * moved.record["death_change"]
    )
    expected = energy()(a_net(), moved.mask) - energy()(a_net(), start)
    np.testing.assert_allclose(total, expected, atol=1e-12)


@in_float64
def test_the_loss_around_layers_decides_as_the_loss_of_nets_does() -> None:
    """The quick way, which computes each layer's arguments once, against the way of any E."""
    options = {"temperature": 1e-3, "chemical_potential": 0.0, "removal": "compensated"}
    start, birth = masks((0, 1), (1, 0)), "singular"
    quick = jax.jit(partial(optimising(), energy=None), static_argnames=("birth", "removal"))
    made = 0.0
    for key in map(jax.random.key, range(4)):
        found = quick(key, a_net(), start, birth=birth, **options)
        expected = optimising()(key, a_net(), start, birth=birth, **options)
        same(found.mask, expected.mask)
        jax.tree.map(partial(np.testing.assert_allclose, atol=1e-12), found, expected)
        made += float(found.record["birth_accepted"].sum() + found.record["death_accepted"].sum())
    assert made > 0
