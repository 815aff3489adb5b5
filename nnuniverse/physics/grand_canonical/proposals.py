"""One reversible step of a mask: a neuron is switched, or nothing is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from nnuniverse.precision import in_float64

Proposal = Literal["uniform", "heat_bath", "informed"]
"""Any neuron, by Metropolis; any neuron, by its heat bath; one by how probable its flip is."""

PROPOSALS: tuple[Proposal, ...] = get_args(Proposal)

EnergyOfMask = Callable[[Bool[Array, " R"]], Float[Array, ""]]
"""E, a scalar, of a mask of all hidden neurons, bool, (R,)."""

FLIPS_AT_ONCE = 16
"""Masks whose energies are computed together: they share the first layer; bounds the memory."""


class Step(NamedTuple):
    """Where a step leads.

    ``mask``: bool, (R,); ``energy``: its E, (); ``accepted``: whether a neuron was switched, ();
    ``site``: which was to be, (); ``flips``: E of the R masks that differ by one neuron, if the
    proposal is informed, else None.
    """

    mask: jax.Array
    energy: jax.Array
    accepted: jax.Array
    site: jax.Array
    flips: jax.Array | None = None


@in_float64
def propose(
    kind: Proposal,
    key: PRNGKeyArray,
    flat_mask: Bool[Array, " R"],
    energy_of: EnergyOfMask,
    current_energy: Float[Array, ""],
    temperature: float | Float[Array, ""],
    chemical_potential: float | Float[Array, ""],
    flips: Float[Array, " R"] | None = None,
) -> Step:
    """Return a step that leaves ``p(mask) ~ exp(-(E - mu N)/T)`` as it is; it is reversible.

    ``uniform``: a site drawn uniformly is switched with probability min(1, r), r the ratio of the
    weights after and before.  ``heat_bath``: with r/(1 + r).  ``informed``: a site is drawn with
    probability g(r_i)/Z, g(r) = r/(1 + r) and Z the sum, and switched with probability
    min(1, Z/Z'), Z' of the mask then (locally balanced, Zanella 2020); at T -> 0 that is the step
    of 2012.05082 Sec. 5, which by itself is not reversible (C18).

    ``flat_mask``: (R,), bool; ``energy_of`` a mask, and ``current_energy``, that of this one;
    ``temperature``: T > 0 in units of the energy; ``chemical_potential``: mu, energy per neuron,
    N counts the active ones; ``flips``: those of the step before, which saves computing the half.
    A mask of infinite E, or of none, is not entered.

    ``kind``: one of the reversible proposals; ``key``: a JAX key.

    Source: 2012.05082 (4.1), Sec. 5.
    """
    choosing, accepting = jax.random.split(key)
    chance = jnp.log(jax.random.uniform(accepting, dtype=jnp.float64))

    def log_ratios(mask: jax.Array, energy: jax.Array, switched: jax.Array) -> jax.Array:
        gained = jnp.where(mask, -1.0, 1.0) * chemical_potential
        ratios = (gained - (switched - energy)) / temperature
        return jnp.where(jnp.isnan(ratios), -jnp.inf, ratios)

    if kind == "informed":
        if flips is None:
            flips = switched_energies(energy_of, flat_mask)
        rates = log_chance("informed", log_ratios(flat_mask, current_energy, flips))
        site = jax.random.categorical(choosing, rates)
        mask, energy = _switched(flat_mask, site), flips[site]
        there = switched_energies(energy_of, mask)
        back = log_chance("informed", log_ratios(mask, energy, there))
        accepted = chance < jax.nn.logsumexp(rates) - jax.nn.logsumexp(back)
        step = Step(mask, energy, accepted, site, there)
        return _or_stay(step, Step(flat_mask, current_energy, accepted, site, flips))

    site = jax.random.randint(choosing, (), 0, len(flat_mask))
    mask = _switched(flat_mask, site)
    energy = energy_of(mask)
    ratio = log_ratios(flat_mask, current_energy, energy)[site]
    accepted = chance < log_chance(kind, ratio)
    step = Step(mask, energy, accepted, site)
    return _or_stay(step, Step(flat_mask, current_energy, accepted, site))


def log_chance(kind: Proposal, log_ratios: Float[Array, "*sites"]) -> Float[Array, "*sites"]:
    """Return the log of the probability with which a site is switched, once it is proposed.

    ``min(1, r)`` of ``uniform``, else ``r/(1 + r)``, by which ``informed`` draws the site itself.

    ``kind``: one of the reversible proposals; ``log_ratios``: log r, (...), r the weight of the
    mask with the site switched over that of the mask.
    """
    return jnp.minimum(log_ratios, 0.0) if kind == "uniform" else jax.nn.log_sigmoid(log_ratios)


@in_float64
def switched_energies(energy_of: EnergyOfMask, flat_mask: Bool[Array, " R"]) -> Float[Array, " R"]:
    """Return E of the R masks that differ from ``flat_mask``, (R,), by one neuron, (R,).

    ``energy_of``: E of a mask, (R,), bool, as a scalar.
    """
    flips = flat_mask ^ jnp.eye(len(flat_mask), dtype=bool)
    return jax.lax.map(energy_of, flips, batch_size=min(FLIPS_AT_ONCE, len(flat_mask)))


def _switched(flat_mask: jax.Array, site: jax.Array) -> jax.Array:
    return flat_mask ^ (jnp.arange(len(flat_mask)) == site)


def _or_stay(step: Step, stay: Step) -> Step:
    """Return where a ``step`` leads if it is accepted, else ``stay``."""
    chosen: Step = jax.tree.map(lambda new, old: jnp.where(step.accepted, new, old), step, stay)
    return chosen
