"""The probability of every step between all masks, and what a long chain finds by such steps."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import chisquare

from nnuniverse.physics.grand_canonical.chain import begin_chain
from nnuniverse.physics.grand_canonical.enumeration import Enumerated, all_masks
from nnuniverse.physics.grand_canonical.proposals import PROPOSALS, Proposal, propose
from nnuniverse.physics.grand_canonical.transitions import long_run, transition_matrix
from nnuniverse.precision import in_float64

T, MU, SITES = 0.7, 0.3, 5
START, STEPS = 0b10110, 20_000


def coupled() -> Enumerated:
    random, n = np.random.default_rng(6), all_masks(SITES).astype(float)
    half = np.triu(random.normal(-0.3, 0.4, (SITES, SITES)), 1)
    energies = n @ random.normal(0.3, 0.4, SITES) + np.einsum("si,ij,sj->s", n, half, n)
    return Enumerated(energies, n.sum(axis=1))


@pytest.mark.parametrize("kind", PROPOSALS)
def test_a_reversible_step_is_in_detailed_balance(kind: Proposal) -> None:
    masks = coupled()
    p = softmax((MU * masks.neurons - masks.energies) / T)
    transitions = transition_matrix(kind, masks, T, MU)
    flow = p[:, None] * transitions
    np.testing.assert_allclose(flow, flow.T, rtol=0, atol=1e-15)
    np.testing.assert_allclose(transitions.sum(axis=1), 1.0)
    assert (transitions > -1e-15).all()


@pytest.mark.parametrize("kind", PROPOSALS)
def test_a_mask_without_an_energy_is_not_entered(kind: Proposal) -> None:
    masks = coupled()
    masks.energies[[3, 9]] = np.nan, np.inf
    others = np.delete(np.arange(len(masks.energies)), [3, 9])
    transitions = transition_matrix(kind, masks, T, MU)
    assert (transitions[np.ix_(others, [3, 9])] == 0.0).all()
    np.testing.assert_allclose(transitions[others].sum(axis=1), 1.0)


@in_float64
@pytest.mark.parametrize("kind", PROPOSALS)
def test_a_step_leads_where_the_transitions_have_it(kind: Proposal) -> None:
    masks = coupled()
    energies = jnp.asarray(masks.energies)

    def energy_of(mask: jax.Array) -> jax.Array:
        return energies[mask @ (1 << jnp.arange(SITES))]

    @jax.jit
    def reached(keys: jax.Array) -> jax.Array:
        at = begin_chain(kind, energy_of, jnp.asarray(all_masks(SITES)[START]))
        step = jax.vmap(lambda key: propose(kind, key, at.mask, energy_of, at.energy, T, MU))
        return step(keys).mask @ (1 << jnp.arange(SITES))

    seen = np.bincount(reached(jax.random.split(jax.random.key(0), STEPS)), minlength=2**SITES)
    expected = STEPS * transition_matrix(kind, masks, T, MU)[START]
    there = expected > 1e-9
    assert seen[~there].sum() == 0
    assert chisquare(seen[there], expected[there]).pvalue > 1e-4


def test_a_chain_of_two_masks_has_the_closed_form() -> None:
    up, down = 0.2, 0.5
    found = long_run(np.array([[1.0 - up, up], [down, 1.0 - down]]), np.array([0.0, 3.0]))
    mean, kept = up / (up + down), 1.0 - up - down
    assert found.mean == pytest.approx(3.0 * mean)
    assert found.variance == pytest.approx(9.0 * mean * (1.0 - mean) * (1.0 + kept) / (1.0 - kept))
    assert found.standard_error(100) == pytest.approx(found.variance**0.5 / 10.0)
