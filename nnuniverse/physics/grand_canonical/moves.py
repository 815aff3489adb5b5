"""One move of every layer of a net: neurons are born and die, or flip reversibly."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from nnuniverse.networks.activation import Activations
from nnuniverse.networks.active_masks import (
    ActiveMask,
    active_neurons,
    by_layers,
    flattened,
    masked,
)
from nnuniverse.networks.propagation import Parameters
from nnuniverse.observables.measurement import Samples
from nnuniverse.physics.grand_canonical.birth import Birth, with_newborn
from nnuniverse.physics.grand_canonical.energies import Energy
from nnuniverse.physics.grand_canonical.proposals import (
    Proposal,
    Step,
    propose,
    switched_energies,
)
from nnuniverse.physics.grand_canonical.removal import Removal, without_cheapest
from nnuniverse.physics.grand_canonical.surroundings import Surroundings
from nnuniverse.precision import in_float64

Record = dict[str, Float[Array, " ..."]]


class Moved(NamedTuple):
    """The net after a move.

    ``parameters``: of all neurons; ``mask``: the active ones; ``record``: (hidden layers,) each,
    float64: ``birth_change`` and ``death_change`` of the energy, NaN where there was none to tell
    of, ``birth_accepted`` and ``death_accepted``, how many.
    """

    parameters: Parameters
    mask: ActiveMask
    record: Record


class _MovingNet(NamedTuple):
    """A net whose dormant neurons are isolated, its energy, float64, and what a layer is in."""

    parameters: Parameters
    mask: ActiveMask
    energy: jax.Array
    around: Surroundings

    def if_accepted(self, accepted: jax.Array, before: _MovingNet) -> _MovingNet:
        """Return this net, or the one ``before`` a change that was not ``accepted``."""
        chosen: tuple[Parameters, ActiveMask, jax.Array] = jax.tree.map(
            lambda new, old: jnp.where(accepted, new, old), self[:3], before[:3]
        )
        return _MovingNet(*chosen, self.around.if_accepted(accepted, before.around))


@in_float64
def optimise(
    key: PRNGKeyArray,
    parameters: Parameters,
    mask: ActiveMask,
    *,
    energy: Energy | None,
    probe: Samples,
    activation: Activations,
    temperature: float | Float[Array, ""],
    chemical_potential: float | Float[Array, ""],
    removal: Removal,
    birth: Birth,
    candidates: int,
) -> Moved:
    """Try a birth in every hidden layer, then the cheapest death; each is accepted by Metropolis.

    With the probability ``min(1, exp(-(dE - mu dN)/T))``.  A birth and a death are not each other's
    reverse, and the cheapest is taken: an optimiser that samples no ensemble (C18).  A newborn
    takes the first dormant site, so that none is born in a layer without one; the last neuron of a
    layer does not die.

    ``parameters``: of all neurons; ``energy``: E, whose changes decide, None for the boundary loss
    on the ``probe`` in the precision of ``parameters``, which is quickest; ``probe``: samples that
    births are fitted to and images are taken over on, with the inputs of ``parameters``;
    ``temperature``: T > 0, and ``chemical_potential``: mu, both in units of E; ``removal``, see
    `without_cheapest`; ``birth`` and its ``candidates``, see `with_newborn`.  The weights of
    dormant neurons are returned as zeros.

    ``key``: a JAX key; ``mask``: which hidden neurons are active, (n_l,) of every layer;
    ``activation``: f, of all layers or of each.

    Source: 2012.05082 Sec. 5, "neurodegeneration" and "neurogenesis".
    """

    def settle(
        key: jax.Array, old: _MovingNet, new: _MovingNet, born: int, possible: jax.Array
    ) -> _Tried:
        cost = new.energy - old.energy - born * chemical_potential
        chance = jnp.log(jax.random.uniform(key, dtype=jnp.float64))
        accepted = possible & (chance < -cost / temperature)
        change = jnp.where(possible, new.energy - old.energy, jnp.nan)
        return _Tried(new.if_accepted(accepted, old), change, accepted.astype(jnp.float64))

    isolated = masked(parameters, mask)
    net = _net(energy, isolated, mask, Surroundings.of(isolated, 0, probe, activation))
    records: list[Record] = []
    for l in range(len(mask)):
        if l > 0:
            net = net._replace(around=net.around.upwards)
        keys = jax.random.split(jax.random.fold_in(key, l), 3)
        tried = _Tried(net, jnp.float64(jnp.nan), jnp.float64(0.0))
        if birth != "none":
            grown = with_newborn(keys[0], birth, *net[:2], l, net.around, candidates)
            tried = settle(keys[1], net, _net(energy, *grown), 1, ~net.mask[l].all())
        left = without_cheapest(removal, *tried.net[:2], l, energy, tried.net.around)
        death = settle(keys[2], tried.net, _net(energy, *left), -1, tried.net.mask[l].sum() > 1)
        records.append(_record(tried.change, tried.accepted, death.change, death.accepted))
        net = death.net
    return Moved(net.parameters, net.mask, jax.tree.map(lambda *rows: jnp.stack(rows), *records))


class _Tried(NamedTuple):
    """Where a trial leads; the change of energy that it was judged by, and whether it was made."""

    net: _MovingNet
    change: jax.Array
    accepted: jax.Array


def _net(
    energy: Energy | None, parameters: Parameters, mask: ActiveMask, around: Surroundings
) -> _MovingNet:
    """Return a net with its energy, None for the boundary loss of what is ``around`` a layer."""
    found = around.energy if energy is None else energy(parameters, mask).astype(jnp.float64)
    return _MovingNet(parameters, mask, found, around)


def _record(*values: jax.Array) -> Record:
    names = ("birth_change", "birth_accepted", "death_change", "death_accepted")
    return dict(zip(names, values, strict=True))


@in_float64
def sample(
    key: PRNGKeyArray,
    parameters: Parameters,
    mask: ActiveMask,
    *,
    energy: Energy,
    temperature: float | Float[Array, ""],
    chemical_potential: float | Float[Array, ""],
    proposal: Proposal,
    steps: int,
) -> Moved:
    """Take so many reversible ``steps``, which leave exp(-(E - mu N)/T) of the masks as it is.

    ``parameters``: of all neurons, returned as they are: a neuron that comes back has the weights
    that it went with; ``energy``: E; ``temperature``: T > 0 and ``chemical_potential``: mu, in
    units of E; ``proposal``: see `propose`.  The changes of the energy in the record are means
    over the births and deaths that were accepted.

    ``key``: a JAX key; ``mask``: which hidden neurons are active, (n_l,) of every layer.

    Source: 2012.05082 (4.1), Sec. 5.
    """
    sizes = [len(layer) for layer in mask]

    def energy_of(flat: jax.Array) -> jax.Array:
        return energy(parameters, by_layers(flat, sizes)).astype(jnp.float64)

    def step(before: Step, key: jax.Array) -> tuple[Step, tuple[jax.Array, jax.Array]]:
        after = propose(
            proposal,
            key,
            before.mask,
            energy_of,
            before.energy,
            temperature,
            chemical_potential,
            before.flips,
        )
        more = active_neurons(by_layers(after.mask, sizes)) - active_neurons(
            by_layers(before.mask, sizes)
        )
        return after, (more, after.energy - before.energy)

    flat = flattened(mask)
    flips = switched_energies(energy_of, flat) if proposal == "informed" else None
    nothing = Step(flat, energy_of(flat), jnp.asarray(False), jnp.asarray(0), flips)
    end, (more, changes) = jax.lax.scan(step, nothing, jax.random.split(key, steps))
    record = _record(*_accepted(more > 0, changes), *_accepted(more < 0, changes))
    return Moved(parameters, by_layers(end.mask, sizes), record)


def _accepted(made: jax.Array, changes: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the mean change per layer over the steps that ``made`` one, and their number."""
    number = made.sum(axis=0, dtype=jnp.float64)
    return (made * changes[:, None]).sum(axis=0) / number, number
