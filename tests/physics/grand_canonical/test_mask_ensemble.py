"""What is made of sampled numbers of neurons, of independent sites whose ensemble is known."""

from __future__ import annotations

from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp

from nnuniverse.physics.grand_canonical.enumeration import (
    Enumerated,
    ExactCurves,
    enumerate_masks,
    many_energies,
)
from nnuniverse.physics.grand_canonical.integration import EMPTY as LIMIT
from nnuniverse.physics.grand_canonical.integration import (
    dilute_grand_potential,
    fluctuation_gap,
    integrated_neurons,
)
from nnuniverse.physics.grand_canonical.mask_ensemble import (
    FewNeurons,
    MaskEnsemble,
    Sampled,
    mask_ensemble,
)
from nnuniverse.physics.grand_canonical.mixing import autocorrelation_sweeps, split_r_hat
from nnuniverse.precision import in_float64

EMPTY, T = -2.5, 0.4
ENERGIES = np.random.default_rng(1).normal(-0.1, 0.2, 12)
MU = np.linspace(-4.0, 3.0, 49)
FEW = FewNeurons(EMPTY, EMPTY + ENERGIES.sum(), ENERGIES, -ENERGIES)
CHAINS, SWEEPS = 8, 60


def enumerated() -> Enumerated:
    masks = np.array(list(product((0.0, 1.0), repeat=len(ENERGIES))))
    return Enumerated(EMPTY + masks @ ENERGIES, masks.sum(axis=1))


def drawn(seed: int, mu: np.ndarray = MU, chains: int = CHAINS, sweeps: int = SWEEPS) -> Sampled:
    """Independent draws, as the best of chains would give them."""
    p = 1.0 / (1.0 + np.exp((ENERGIES - mu[:, None]) / T))
    shape = (2, len(mu), chains, sweeps, len(ENERGIES))
    masks = np.random.default_rng(seed).random(shape) < p[:, None, None]
    return Sampled(masks.sum(axis=-1).astype(float), EMPTY + masks @ ENERGIES)


def found(sampled: Sampled, mu: np.ndarray = MU) -> MaskEnsemble:
    return mask_ensemble(sampled, FEW, T, mu, np.arange(len(ENERGIES)))


def closed_form() -> ExactCurves:
    p = 1.0 / (1.0 + np.exp((ENERGIES - MU[:, None]) / T))
    entropy = -(p * np.log(p) + (1.0 - p) * np.log1p(-p)).sum(axis=1)
    potential = EMPTY + T * np.log1p(-p).sum(axis=1)
    return ExactCurves(
        p.sum(axis=1), (p * (1.0 - p)).sum(axis=1), EMPTY + p @ ENERGIES, potential, entropy
    )


def test_enumeration_has_the_closed_form() -> None:
    curves = enumerated().curves(T, MU)
    for value, exact in zip(curves, closed_form(), strict=True):
        np.testing.assert_allclose(value, exact, rtol=1e-9, atol=1e-12)


@in_float64
def test_every_mask_is_enumerated() -> None:
    energies = jnp.asarray(ENERGIES[:5])
    listed = enumerate_masks(
        lambda masks: many_energies(lambda mask: mask @ energies, masks), len(energies)
    )
    masks = np.array(list(product((0, 1), repeat=5)))
    order, expected = np.argsort(listed.energies), np.argsort(masks @ ENERGIES[:5])
    np.testing.assert_allclose(listed.energies[order], (masks @ ENERGIES[:5])[expected])
    np.testing.assert_array_equal(listed.neurons[order], masks.sum(axis=1)[expected])


def test_fluctuations_and_grand_potential_follow_from_exact_numbers_of_neurons() -> None:
    curves = enumerated().curves(T, MU)
    gap = fluctuation_gap(curves.mean_neurons, curves.neurons_variance, MU, T)
    grown = curves.mean_neurons[-1] - curves.mean_neurons[0]
    assert abs(gap) < 1e-4 * grown
    start = dilute_grand_potential(EMPTY, ENERGIES, T, MU[0])
    omega = start - integrated_neurons(curves.mean_neurons, MU)
    assert np.abs(omega - curves.grand_potential).max() < 1e-6 * T


def test_sampled_curves_are_right_within_their_errors() -> None:
    seeds, exact = range(30), closed_form()
    ensembles = [found(drawn(seed)) for seed in seeds]
    names = ("mean_neurons", "neurons_variance", "mean_energy", "grand_potential", "mask_entropy")
    moving = exact.neurons_variance > 0.2
    for name, right in zip(names, exact, strict=True):
        off = [
            ((one[name] - right) / np.maximum(one[f"{name}_error"], 1e-9))[..., moving]
            for one in ensembles
        ]
        assert np.sqrt(np.square(off).mean()) == pytest.approx(1.13, abs=0.15)
    gaps = [one["fluctuation_residual"] / one["fluctuation_residual_error"] for one in ensembles]
    areas = [one["hysteresis_area"] / one["hysteresis_area_error"] for one in ensembles]
    for off in (gaps, areas):
        assert np.sqrt(np.square(off).mean()) == pytest.approx(1.07, abs=0.4)
    assert all(one.anchored for one in ensembles)
    assert np.mean([one.mixed for one in ensembles]) > 0.9
    assert np.mean([one.fluctuation_holds for one in ensembles]) > 0.9


def test_omega_is_known_from_the_first_mu_on_where_n_is_small_enough_but_for_rounding() -> None:
    one = np.log(LIMIT) - logsumexp(-ENERGIES / T)
    mu = np.linspace(T * one * (1.0 - 1e-14), MU[-1], len(MU))
    assert found(drawn(0, mu), mu).anchored
    mu = np.linspace(T * (one + 0.01), MU[-1], len(MU))
    assert not found(drawn(0, mu), mu).anchored


def test_omega_is_known_up_to_a_constant_where_there_are_neurons_at_the_first_mu() -> None:
    mu = MU[20:]
    ensemble = found(drawn(0, mu), mu)
    assert not ensemble.anchored
    assert ensemble["grand_potential"][0] == 0.0
    assert np.isnan(ensemble["mask_entropy"]).all()


def test_numbers_that_depend_on_the_direction_have_not_mixed() -> None:
    up, down = drawn(0), drawn(1)
    later = np.roll(up.neurons[0], 2, axis=0)
    later[:2] = 0.0
    sampled = Sampled(np.stack([later, down.neurons[1]]), up.energies)
    ensemble = found(sampled)
    assert not ensemble.mixed
    shift = 2.0 * (MU[1] - MU[0]) * len(ENERGIES)
    off = ensemble["hysteresis_area"] - shift
    assert abs(off) < 4.0 * ensemble["hysteresis_area_error"] + 0.02


def test_chains_that_are_stuck_at_different_numbers_have_not_mixed() -> None:
    sampled = drawn(0)
    sampled.neurons[:] = sampled.neurons[..., :1]
    assert found(sampled).largest_r_hat == np.inf


def test_too_small_fluctuations_are_told() -> None:
    sampled = drawn(1)
    means = sampled.neurons.mean(axis=(-2, -1), keepdims=True)
    narrow = Sampled(means + 0.8 * (sampled.neurons - means), sampled.energies)
    assert found(sampled).fluctuation_holds
    assert not found(narrow).fluctuation_holds


def test_a_stored_ensemble_is_what_it_was() -> None:
    ensemble = found(drawn(0))
    values = {axis.name: axis.values for axis in ensemble.axes} | dict(ensemble.values)
    again = MaskEnsemble.stored(values, ensemble.attributes)
    assert again.attributes == ensemble.attributes
    assert set(again.values) == set(ensemble.values)


def test_autocorrelation_of_a_telegraph() -> None:
    random = np.random.default_rng(0)
    stays = 0.8
    flips = random.random((40, 4000)) > stays
    signs = np.cumprod(np.where(flips, -1.0, 1.0), axis=-1)
    correlation = 2.0 * stays - 1.0
    tau = (1.0 + correlation) / (1.0 - correlation)
    assert autocorrelation_sweeps(signs) == pytest.approx(tau, rel=0.05)
    assert split_r_hat(signs) == pytest.approx(1.0, abs=0.002)
    assert np.isnan(autocorrelation_sweeps(np.ones((3, 20))))
