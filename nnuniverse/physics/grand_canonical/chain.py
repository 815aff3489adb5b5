"""Markov chains of masks of one net, compiled: many side by side, each at its own mu."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from nnuniverse.physics.grand_canonical.proposals import (
    EnergyOfMask,
    Proposal,
    Step,
    propose,
    switched_energies,
)
from nnuniverse.precision import in_float64


@in_float64
def begin_chain(kind: Proposal, energy_of: EnergyOfMask, flat_mask: Bool[Array, " R"]) -> Step:
    """Return a chain at ``flat_mask``, (R,), bool, before its first step.

    ``kind``: one of the reversible proposals; ``energy_of``: E of a mask, (R,), bool, as a scalar.
    """
    flips = switched_energies(energy_of, flat_mask) if kind == "informed" else None
    nothing = jnp.zeros((), bool), jnp.zeros((), jnp.int32)
    return Step(flat_mask, energy_of(flat_mask), *nothing, flips)


@in_float64
def run_sweeps(
    kind: Proposal,
    energy_of: EnergyOfMask,
    key: PRNGKeyArray,
    at: Step,
    temperature: float | Float[Array, ""],
    chemical_potential: float | Float[Array, ""],
    sweeps: int,
) -> tuple[Step, Int[Array, " sweeps"], Float[Array, " sweeps"]]:
    """Return a chain after so many sweeps, and N and E after each, (sweeps,).

    A sweep is R proposals, one per neuron on average.  ``kind`` and all else as for `propose`.

    ``energy_of``: E of a mask, (R,), bool, as a scalar; ``key``: a JAX key; ``at``: where the chain
    is; ``temperature``: T > 0, in units of the energy; ``chemical_potential``: mu, energy per
    neuron, of either sign.
    """
    sites = len(at.mask)

    def step(at: Step, key: jax.Array) -> tuple[Step, None]:
        later = propose(
            kind, key, at.mask, energy_of, at.energy, temperature, chemical_potential, at.flips
        )
        return later._replace(site=later.site.astype(at.site.dtype)), None

    def sweep(at: Step, key: jax.Array) -> tuple[Step, tuple[jax.Array, jax.Array]]:
        at = jax.lax.scan(step, at, jax.random.split(key, sites))[0]
        return at, (at.mask.sum(dtype=jnp.int32), at.energy)

    later, (neurons, energies) = jax.lax.scan(sweep, at, jax.random.split(key, sweeps))
    return later, neurons, energies
