"""Chains of masks of one net, shared out over the devices."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.errors import StoppedError
from nnuniverse.experiments.chains_on_their_way import Chains, ChainsOnTheirWay
from nnuniverse.experiments.reopen import Tell
from nnuniverse.networks.active_masks import by_layers
from nnuniverse.networks.propagation import Parameters
from nnuniverse.observables import Samples, Settings
from nnuniverse.physics.grand_canonical.chain import begin_chain, run_sweeps
from nnuniverse.physics.grand_canonical.energies import EnergyKind, build_energy
from nnuniverse.physics.grand_canonical.enumeration import (
    Enumerated,
    enumerate_masks,
    many_energies,
)
from nnuniverse.physics.grand_canonical.mask_ensemble import Sampled
from nnuniverse.physics.grand_canonical.proposals import (
    EnergyOfMask,
    Proposal,
    Step,
    switched_energies,
)
from nnuniverse.precision import in_float64
from nnuniverse.training.devices import EVERYWHERE, REPLICAS, ReplicaSharding

WARM_UP = 0.25
"""Sweeps at each mu before those that count, as a share of them."""

WORTH_TELLING = 20.0
"""Seconds that a person wants to know of before."""

Progress = Callable[[str, int, int], None]
"""Hears what is done, and how much of how much."""

Held = tuple[Parameters, Samples]
"""What programs are given as arguments, for it not to become a part of them."""


@dataclass(frozen=True)
class MaskedNet:
    """A net whose hidden ``neurons`` come and go, by their numbers, (R,).

    ``parameters``: of all neurons; ``probe``: samples that ``energy`` is the mean over;
    ``settings``: how it is measured.
    """

    settings: Settings
    parameters: Parameters
    probe: Samples
    neurons: np.ndarray
    energy: EnergyKind

    def energies_at(self, active: bool, temperature: float) -> tuple[float, np.ndarray]:
        """Return E of the full or of the empty net, and what one neuron changes it by, (R,).

        ``active``: whether the full net is meant; ``temperature``: T > 0, in units of the energy.
        """

        def with_flips(energy_of: EnergyOfMask, mask: jax.Array) -> jax.Array:
            return jnp.append(switched_energies(energy_of, mask), energy_of(mask))

        mask = jnp.full(len(self.neurons), active)
        found = np.asarray(self._compiled(with_flips)(mask, jnp.asarray(temperature)))
        return float(found[-1]), found[:-1] - found[-1]

    def enumerated(self, temperature: float, progress: Progress) -> Enumerated:
        """Return E and N of all masks.

        ``temperature``: T > 0, in units of the energy; ``progress``: called with what is done, and
        of how much.
        """
        energies = self._compiled(many_energies)
        return enumerate_masks(
            lambda masks: energies(masks, jnp.asarray(temperature)),
            len(self.neurons),
            partial(progress, "mask"),
        )

    def energy_of(self, held: Held, temperature: jax.Array) -> EnergyOfMask:
        """Return E of a mask, (R,); ``held``: the net and the samples, which may be traced.

        ``temperature``: T > 0, in units of the energy, ().
        """
        parameters, probe = held
        energy = build_energy(self.energy, self.settings, probe, temperature)
        sizes = [len(layer.bias) for layer in parameters[:-1]]

        def of_mask(mask: jax.Array) -> jax.Array:
            whole = jnp.zeros(sum(sizes), bool).at[self.neurons].set(mask)
            return energy(parameters, by_layers(whole, sizes))

        return of_mask

    def _compiled(
        self, function: Callable[[EnergyOfMask, jax.Array], jax.Array]
    ) -> Callable[[jax.Array, jax.Array], jax.Array]:
        """Return ``function`` of `energy_of` and of masks as one of masks and T."""

        def of_held(held: Held, masks: jax.Array, temperature: jax.Array) -> jax.Array:
            return function(self.energy_of(held, temperature), masks)

        return partial(in_float64(jax.jit(of_held)), (self.parameters, self.probe))


@dataclass(frozen=True)
class Walk:
    """How chains go: so many per direction, each so many ``sweeps`` at each mu, by ``proposal``."""

    proposal: Proposal
    chains: int
    sweeps: int
    seed: int

    def over(
        self,
        net: MaskedNet,
        temperature: float,
        mu: np.ndarray,
        progress: Progress,
        stop: Callable[[], bool],
        kept: ChainsOnTheirWay,
        tell: Tell,
    ) -> Sampled:
        """Return what chains do while mu rises, from the empty net, and falls, from the full one.

        Those of both directions go on side by side, from what is ``kept`` of them.  Raises
        StoppedError if ``stop`` says so, or RunError if nothing can be kept then.

        ``temperature``: T > 0, in units of the energy; ``progress``: called with what is done, and
        of how much; ``tell``: takes what a person should know, as text.
        """
        program, clock = _Program(net, self), ChainForecast(len(mu), tell)
        falling = np.arange(2 * self.chains) >= self.chains
        shape = (2, len(mu), self.chains, self.sweeps)
        done, found = 0, Sampled(np.zeros(shape), np.zeros(shape))
        if begun := kept.load():
            done, found, at = begun.done, begun.found, program.spread(begun.at)
        else:
            at = program.begun(falling, temperature)
        for number in range(done, len(mu)):
            if stop():
                kept.save(Chains(number, found, program.collected(at)))
                raise StoppedError(kept.words(number, len(mu)))
            progress("chemical potential", number, len(mu))
            places = np.where(falling, len(mu) - 1 - number, number)
            with clock:
                at, *sweeps = program.on(at, number, temperature, mu[places])
                sweeps = [np.asarray(of) for of in sweeps]  # waits for them
            for array, of in zip(found, sweeps, strict=True):
                late = of[: 2 * self.chains, -self.sweeps :]
                array[0, number], array[1, len(mu) - 1 - number] = late.reshape(2, *shape[2:])
            kept.save_now_and_then(Chains(number + 1, found, at), program.collected)
        return found


class ChainForecast:
    """Tells how long so many mu take, after the second one: the first is compiled too."""

    def __init__(self, potentials: int, tell: Tell) -> None:
        self._left, self._tell, self._entered = potentials, tell, 0

    def __enter__(self) -> None:
        self._started = time.monotonic()
        self._entered += 1

    def __exit__(self, *failure: object) -> None:
        self._left -= 1
        seconds = self._left * (time.monotonic() - self._started)
        if self._entered == 2 and seconds > WORTH_TELLING:
            self._tell(f"about {seconds:.0f} s for the other {self._left} mu")


class _Program:
    """The compiled chains of a walk; all of them, in both directions, are an axis."""

    def __init__(self, net: MaskedNet, walk: Walk) -> None:
        self._sharding = ReplicaSharding.over(2 * walk.chains, jax.devices())
        self._sites = len(net.neurons)
        self._numbers = self._sharding.spread(np.arange(2 * walk.chains))
        self._held: Held = self._sharding.everywhere((net.parameters, net.probe))
        sweeps = walk.sweeps + max(1, round(WARM_UP * walk.sweeps))

        def begin(held: Held, masks: jax.Array, temperature: jax.Array) -> Step:
            energy_of = net.energy_of(held, temperature)
            return jax.vmap(partial(begin_chain, walk.proposal, energy_of))(masks)

        def go(
            held: Held,
            at: Step,
            numbers: jax.Array,
            mu: jax.Array,
            number: jax.Array,
            temperature: jax.Array,
        ) -> tuple[Step, jax.Array, jax.Array]:
            energy_of = net.energy_of(held, temperature)
            key = jax.random.fold_in(jax.random.key(walk.seed), number)

            def one(at: Step, chain: jax.Array, mu: jax.Array) -> tuple[Step, jax.Array, jax.Array]:
                own = jax.random.fold_in(key, chain)
                return run_sweeps(walk.proposal, energy_of, own, at, temperature, mu, sweeps)

            return jax.vmap(one)(at, numbers, mu)

        inputs = EVERYWHERE, REPLICAS, REPLICAS, REPLICAS, EVERYWHERE, EVERYWHERE
        self._begin = self._sharding.jit(begin, (EVERYWHERE, REPLICAS, EVERYWHERE), REPLICAS, {})
        self._go = self._sharding.jit(go, inputs, REPLICAS, {})

    @in_float64
    def begun(self, full: np.ndarray, temperature: float) -> Step:
        """Return chains at the full net or at the empty one, (chains,)."""
        masks = self._sharding.spread(np.repeat(full[:, None], self._sites, axis=1))
        begun: Step = self._begin(self._held, masks, jnp.asarray(temperature))
        return begun

    @in_float64
    def spread(self, at: Step) -> Step:
        """Return chains on their way, (chains,), shared out over the devices."""
        return self._sharding.spread(at)

    def collected(self, at: Step) -> Step:
        """Undo `spread`: return arrays."""
        found: Step = jax.tree.map(np.asarray, self._sharding.collected(at))
        return found

    @in_float64
    def on(self, at: Step, number: int, temperature: float, mu: np.ndarray) -> Any:
        """Return the chains after the ``number``-th ``mu``, (chains,), with N and E of each sweep.

        Any, as compiled programs have no types: (Step, (chains, sweeps), (chains, sweeps)).
        """
        given = self._numbers, self._sharding.spread(mu), number, jnp.asarray(temperature)
        return self._go(self._held, at, *given)
