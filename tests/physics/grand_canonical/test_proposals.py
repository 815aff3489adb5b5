"""Each reversible step leaves the ensemble of masks as it is, and the paper's own does not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.physics.grand_canonical.proposals import (
    PROPOSALS,
    Proposal,
    Step,
    propose,
    switched_energies,
)
from nnuniverse.precision import in_float64

CHAINS, STEPS = 200, 600
SEEDS = 3
FAR = 20.0
"""Standard errors by which a wrong step must be told."""

Move = Callable[["Sites", jax.Array, Step], Step]


class Sites(NamedTuple):
    """``E = e.n + 1/2 n.J n`` of R sites."""

    energies: np.ndarray
    couplings: np.ndarray
    mu: float = 0.3
    temperature: float = 0.7

    def energy_of(self, mask: jax.Array) -> jax.Array:
        n = mask.astype(jnp.float64)
        energy = n @ jnp.asarray(self.energies)
        if self.couplings.any():
            energy += 0.5 * n @ jnp.asarray(self.couplings) @ n
        return energy

    def mean_and_variance(self) -> tuple[float, float]:
        """Of N, over all masks, or in closed form where there are no couplings."""
        if not self.couplings.any():
            p = 1.0 / (1.0 + np.exp((self.energies - self.mu) / self.temperature))
            return float(p.sum()), float((p * (1.0 - p)).sum())
        n = np.array(list(product((0.0, 1.0), repeat=len(self.energies))))
        energy = n @ self.energies + 0.5 * np.einsum("si,ij,sj->s", n, self.couplings, n)
        weights = np.exp(-(energy - self.mu * n.sum(axis=1)) / self.temperature)
        p, active = weights / weights.sum(), n.sum(axis=1)
        return float(p @ active), float(p @ active**2 - (p @ active) ** 2)


def independent() -> Sites:
    return Sites(np.random.default_rng(5).normal(0.2, 0.6, 20), np.zeros((20, 20)))


def coupled() -> Sites:
    random = np.random.default_rng(6)
    half = np.triu(0.5 * random.normal(-0.5, 0.7, (10, 10)), 1)
    energies = random.normal(0.3, 0.4, 10) - 0.5 * (half + half.T).sum(axis=1)
    return Sites(energies, half + half.T)


def package(kind: Proposal) -> Move:
    def move(sites: Sites, key: jax.Array, at: Step) -> Step:
        return propose(
            kind, key, at.mask, sites.energy_of, at.energy, sites.temperature, sites.mu, at.flips
        )

    return move


def metropolis(
    sites: Sites, key: jax.Array, at: Step, site: jax.Array, factor: jax.Array | float = 1.0
) -> Step:
    """Switch a site with probability min(1, factor times the ratio of the weights)."""
    mask = at.mask ^ (jnp.arange(len(at.mask)) == site)
    energy = sites.energy_of(mask)
    grown = mask.sum() - at.mask.sum()
    ratio = factor * jnp.exp((at.energy - energy + sites.mu * grown) / sites.temperature)
    accepted = jax.random.uniform(key) < ratio
    return Step(
        jnp.where(accepted, mask, at.mask), jnp.where(accepted, energy, at.energy), accepted, site
    )


def greedy(sites: Sites, key: jax.Array, at: Step) -> Step:
    """Add the best site, or remove the cheapest, as 2012.05082 Sec. 5 proposes, by Metropolis."""
    coin, chance = jax.random.split(key)
    born = jax.random.bernoulli(coin)
    born = jnp.where(at.mask.all(), False, jnp.where(at.mask.any(), born, True))
    energies = switched_energies(sites.energy_of, at.mask)
    site = jnp.argmin(jnp.where(at.mask ^ born, energies, jnp.inf))
    return metropolis(sites, chance, at, site)


def birth_or_death(counted: bool) -> Move:
    """A birth or a death with probability 1/2, then a uniform site; with the reverse's factor."""

    def move(sites: Sites, key: jax.Array, at: Step) -> Step:
        coin, where, chance = jax.random.split(key, 3)
        born = jax.random.bernoulli(coin)
        free = at.mask ^ born
        site = jax.random.categorical(where, jnp.where(free, 0.0, -jnp.inf))
        active, sites_in_all = at.mask.sum(), len(at.mask)
        birth = (sites_in_all - active) / (active + 1)
        death = active / (sites_in_all - active + 1)
        factor = jnp.where(born, birth, death) if counted else 1.0
        return metropolis(sites, chance, at, site, jnp.where(free.any(), factor, 0.0))

    return move


@in_float64
def deviations(sites: Sites, move: Move, informed: bool = False) -> np.ndarray:
    """Return by how many standard errors over chains <N> and the variance of N are off, by seed."""

    def chain(key: jax.Array) -> tuple[jax.Array, jax.Array]:
        beginning, going = jax.random.split(key)
        mask = jax.random.bernoulli(beginning, 0.5, (len(sites.energies),))
        start = Step(mask, sites.energy_of(mask), jnp.array(False), jnp.array(0))
        if informed:
            start = start._replace(flips=switched_energies(sites.energy_of, mask))

        def step(at: Step, key: jax.Array) -> tuple[Step, jax.Array]:
            later = move(sites, key, at)
            return later._replace(site=at.site), later.mask.sum()

        active = jax.lax.scan(step, start, jax.random.split(going, STEPS))[1][STEPS // 6 :]
        return active.mean(), (active**2).mean()

    keys = jax.random.split(jax.random.key(0), SEEDS * CHAINS)
    found = [np.asarray(x).reshape(SEEDS, CHAINS) for x in jax.jit(jax.vmap(chain))(keys)]
    mean, variance = sites.mean_and_variance()
    # The variance of N about the exact mean, linear in what each chain has found.
    spreads = found[1] - 2.0 * mean * found[0] + mean**2
    off = np.stack([found[0] - mean, spreads - variance], axis=1)
    return off.mean(axis=-1) / (off.std(axis=-1, ddof=1) / np.sqrt(CHAINS))


BOTH = pytest.mark.parametrize(
    "sites", [pytest.param(independent(), id="independent"), pytest.param(coupled(), id="coupled")]
)


@BOTH
@pytest.mark.parametrize("kind", PROPOSALS)
def test_reversible_steps_sample_the_ensemble(sites: Sites, kind: Proposal) -> None:
    assert np.abs(deviations(sites, package(kind), kind == "informed")).max() < 4.0


@BOTH
def test_the_counting_factor_is_what_births_and_deaths_need(sites: Sites) -> None:
    assert np.abs(deviations(sites, birth_or_death(counted=True))).max() < 4.0
    assert np.abs(deviations(sites, birth_or_death(counted=False))[:, 0]).min() > FAR


@BOTH
def test_the_greedy_step_samples_something_else(sites: Sites) -> None:
    assert np.abs(deviations(sites, greedy)[:, 0]).min() > FAR
