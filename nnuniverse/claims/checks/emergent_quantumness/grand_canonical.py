"""2012.05082 Secs. 4-5: a number of neurons that fluctuates, of sites that are on or off."""

from __future__ import annotations

from math import log, pi

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import softmax

from nnuniverse.claims.checks.emergent_quantumness.births_and_deaths import (
    birth_or_death,
    greedy_move,
)
from nnuniverse.claims.checks.emergent_quantumness.sites import (
    coupled_sites,
    independent_sites,
    masks_of_a_net,
)
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.physics.grand_canonical.enumeration import Enumerated, ExactCurves
from nnuniverse.physics.grand_canonical.planck import (
    consistent_chemical_potential,
    lambda_of_consistency,
    planck_from_diffusion,
    planck_from_mu,
)
from nnuniverse.physics.grand_canonical.proposals import PROPOSALS
from nnuniverse.physics.grand_canonical.transitions import (
    flip_log_ratios,
    long_run,
    transition_matrix,
)
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics.functions import canonical_entropy, free_energy, mean_loss
from nnuniverse.thermodynamics.spectrum import Ensemble, Spectrum

MU = 1.5
"""Of moves, in units of T: with half of the neurons on errors of <N> might cancel."""

STEPS = 1_000_000
"""Of a chain that a wrong move is told by."""


@check("C10")
def grand_potential_of_isolated_neurons() -> Outcome:
    """``Omega = F - mu N``, ``mu = dF/dN``, ``dOmega = dF - mu dN = 0``, ``dU = T dS + mu dN``.

    Of N isolated neurons, all lambda 1, by the package, over F.  Printed: (4.3) where T changes by
    a tenth.  Corrected: at constant T, ``mu = [log(1 + beta) - log 2 pi]/(2 beta)``: (4.3), (4.4)
    with n = 3, (4.8); and (4.7) at constant N, by autodiff.  Control: mu 1 % off.

    Source: 2012.05082 (4.1)-(4.4), (4.7), (4.8), under a condition (C10).
    """
    beta, neurons = 1.4, 10

    def state(count: int, beta: float = beta) -> np.ndarray:
        spectrum, ensemble = Spectrum(np.zeros(0), count), Ensemble(beta)
        functions = (free_energy, mean_loss, canonical_entropy)
        return np.array([float(f(spectrum, ensemble)) for f in functions])

    def residuals(mu: float) -> list[Residual]:
        d_f, d_u, d_s = state(neurons + 1) - state(neurons)
        shifted = state(neurons + 3)[0] - state(neurons)[0]
        wrong = (d_f - mu, shifted - 3.0 * mu, d_u - d_s / beta - mu)
        return [Residual(float(abs(one / state(neurons)[0]))) for one in wrong]

    mu = (log(1.0 + beta) - log(2.0 * pi)) / (2.0 * beta)
    heated = state(neurons, beta / 1.1)[0] / state(neurons)[0] - 1.0
    return Outcome(
        printed=Residual(float(abs(heated))),
        corrected=worst([*residuals(mu), _loss_and_heat(beta)]),
        control=weakest(residuals(1.01 * mu)),
        value=f"beta {beta:g}: mu of an isolated neuron {mu:.4f}",
    )


@check("C11")
def fluctuation_of_the_number(random: np.random.Generator) -> Outcome:
    """``Delta N^2 = T d^2 Omega/dmu^2`` of ten coupled sites, enumerated, over Delta N^2; T = 1.

    ``Omega = -T log sum exp(-(E - mu N)/T)``, its slope by autodiff; Delta N^2 from the
    package's enumeration of masks.  Corrected: the opposite sign.  Control: 1.01 T.

    Source: 2012.05082 (4.5), wrong as printed (C11).
    """
    sites = coupled_sites(random, 10, strength=0.8)

    def potential(mu: jax.Array) -> jax.Array:
        return -jax.nn.logsumexp(mu * sites.neurons - sites.energies)

    curvature = float(in_float64(jax.grad(jax.grad(potential)))(0.0))
    found = _at_zero(sites)
    mean, variance = float(found.mean_neurons[0]), float(found.neurons_variance[0])
    return Outcome(
        printed=Residual(abs(curvature - variance) / variance),
        corrected=Residual(abs(-curvature - variance) / variance),
        control=Residual(abs(-1.01 * curvature - variance) / variance),
        value=f"<N> {mean:.2f}, Delta N^2 {variance:.2f}; ten independent sites: at most 2.5",
    )


@check("C12")
def entropy_of_the_number(random: np.random.Generator) -> Outcome:
    """``Delta S ~ 2 Delta N`` of M = 2, 4, 8 sites that are on with probability 1/2.

    Both by the package's enumeration of masks.
    Printed: how far ``d log S/d log Delta N`` is from 1.  Corrected: ``S = 4 Delta N^2 log 2``,
    over S.  Control: the same with probability 0.4, where it is only near.

    Source: 2012.05082 (4.6), wrong as printed (C12).
    """

    def spread_and_entropy(sites: Enumerated) -> tuple[float, float]:
        found = _at_zero(sites)
        return float(np.sqrt(found.neurons_variance[0])), float(found.mask_entropy[0])

    def independent(count: int, probability: float) -> Enumerated:
        return independent_sites(count, log(1.0 / probability - 1.0))

    def residual(spread: float, entropy: float) -> Residual:
        return Residual(abs(4.0 * spread**2 * log(2.0) / entropy - 1.0))

    half = [spread_and_entropy(independent(count, 0.5)) for count in (2, 4, 8)]
    slopes = np.diff(np.log(half), axis=0)
    coupled = spread_and_entropy(coupled_sites(random, 10, strength=0.8))
    return Outcome(
        printed=Residual(float(np.abs(slopes[:, 1] / slopes[:, 0] - 1.0).min())),
        corrected=worst(residual(*one) for one in half),
        control=residual(*spread_and_entropy(independent(8, 0.4))),
        value=f"ten coupled sites: 2 Delta N {2.0 * coupled[0]:.2f}, S {coupled[1]:.2f}",
    )


@check("C16")
def two_planck_constants(random: np.random.Generator) -> Outcome:
    """``eps sqrt(4 D/(gamma lambda)) = |mu| eps/2 pi``, with lambda = 2 beta and D = gamma T.

    Residual: difference over sum, of drawn eps, gamma and T, by the package.  Printed: mu of an
    isolated neuron at beta = 1.4.  Corrected: |mu| = 2 pi sqrt 2 T, and lambda* for any mu.
    Control: |mu| = 2 pi T.

    Source: 2012.05082 (2.11), (3.12), under a condition (C16).
    """
    eps, gain, temperature = np.exp(random.normal(size=(3, 5)))

    def residual(mu: np.ndarray, temperature: np.ndarray, multiplier: np.ndarray) -> Residual:
        by_diffusion = eps * planck_from_diffusion(gain * temperature, gain, multiplier)
        by_mu = eps * planck_from_mu(mu)
        return Residual(float(np.max(np.abs(by_diffusion - by_mu) / (by_diffusion + by_mu))))

    beta, of_descent = 1.4, 2.0 / temperature
    isolated = np.full(5, float(free_energy(Spectrum(np.zeros(0), 1), Ensemble(beta))))
    mu = consistent_chemical_potential(temperature)
    consistent = lambda_of_consistency(gain * temperature, gain, isolated)
    both = float(planck_from_mu(isolated[0])), float(planck_from_diffusion(1.0, beta, 2.0 * beta))
    return Outcome(
        printed=residual(isolated, np.full(5, 1.0 / beta), np.full(5, 2.0 * beta)),
        corrected=worst(
            (residual(mu, temperature, of_descent), residual(isolated, temperature, consistent))
        ),
        control=residual(mu / 2.0**0.5, temperature, of_descent),
        value=f"isolated neuron at beta 1.4: hbar/epsilon {both[0]:.3f} by mu, {both[1]:.3f} by D; "
        f"equal only at beta {2.0 * pi * np.exp(4.0 * pi * 2.0**0.5) - 1.0:.3g}",
    )


@check("C18")
def detailed_balance_of_moves(random: np.random.Generator) -> Outcome:
    """What a step of a move makes of the grand canonical p: ``sum |p P - p|``, six neurons.

    P of all masks, of independent neurons and of a net's boundary loss, at `MU`.  Printed: adding
    the neuron that gains most or removing the one that costs least, with Metropolis.  Corrected:
    the package's three reversible steps, of the informed one of which that is the limit T -> 0, and
    births and deaths at uniform sites.  Control: those without the factor of the reverse move.

    Source: 2012.05082 Sec. 5, wrong (C18).
    """
    net = masks_of_a_net(random)
    both = [coupled_sites(random, 6, strength=0.0), net]

    def change(masks: Enumerated, transitions: np.ndarray) -> Residual:
        p = softmax(masks.log_weights(1.0, np.array([MU]))[:, 0])
        return Residual(float(np.abs(p @ transitions - p).sum()))

    def ratios(masks: Enumerated) -> np.ndarray:
        return flip_log_ratios(masks, 1.0, MU)

    def reversible(masks: Enumerated) -> list[np.ndarray]:
        steps = [transition_matrix(kind, masks, 1.0, MU) for kind in PROPOSALS]
        return [*steps, birth_or_death(ratios(masks))]

    def told(transitions: np.ndarray) -> str:
        """Return <N> of the net, and by how many standard errors it is off."""
        found = long_run(transitions, net.neurons)
        off = abs(found.mean - exact) / found.standard_error(STEPS)
        return f"{found.mean:.2f}, {off:.0f} s.e. off"

    exact = float(net.curves(1.0, np.array([MU])).mean_neurons[0])
    greedy, uncounted = greedy_move(ratios(net)), birth_or_death(ratios(net), counted=False)
    return Outcome(
        printed=weakest(change(one, greedy_move(ratios(one))) for one in both),
        corrected=worst(change(one, step) for one in both for step in reversible(one)),
        control=weakest(change(one, birth_or_death(ratios(one), counted=False)) for one in both),
        value=f"<N> of a net {exact:.2f}; of {STEPS} greedy steps {told(greedy)}; of births and "
        f"deaths without the factor {told(uncounted)}",
    )


def _at_zero(masks: Enumerated) -> ExactCurves:
    """Return the ensemble at mu = 0 and T = 1."""
    return masks.curves(1.0, np.zeros(1))


@in_float64
def _loss_and_heat(beta: float) -> Residual:
    """Return how far ``dU = T dS`` is from holding along beta, of six neurons; (4.7)."""
    spectrum = Spectrum(jnp.linspace(-1.0, 1.0, 4), 2)

    def both(beta: jax.Array) -> jax.Array:
        functions = (mean_loss, canonical_entropy)
        return jnp.stack([f(spectrum, Ensemble(beta)) for f in functions])

    slopes = jax.jit(jax.jacfwd(both))(beta)
    return Residual(float(abs(slopes[0] - slopes[1] / beta) / abs(slopes[0])))
