"""Sampling the ensemble: Hamiltonian Monte Carlo, several chains in one compiled program."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
from blackjax.adaptation.base import get_filter_adapt_info_fn
from jaxtyping import Array, Float

from nnuniverse.errors import ConfigError
from nnuniverse.networks.activation import Activation
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics.canonical.canonical_state import CanonicalState, Mixing
from nnuniverse.thermodynamics.canonical.system import System, loss
from nnuniverse.thermodynamics.canonical.unbounded import draw_start, log_jacobian, to_state

LARGEST_R_HAT = 1.01
LEAST_ESS_PER_CHAIN = 100
"""Chains have mixed with less than the one and more than the other: Vehtari et al.,
Bayesian Analysis 16 (2021) 667."""


Draw = tuple[jax.Array, jax.Array, jax.Array]


@dataclass(frozen=True)
class SamplingSettings:
    """How long to sample; raises ConfigError if it is too short to judge.

    ``samples``: draws per chain; ``chains``: at least two; ``warmup``: draws before them, which
    find step lengths and masses; ``seed``: of everything drawn.
    """

    samples: int = 1000
    chains: int = 4
    warmup: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("samples", 10), ("chains", 2), ("warmup", 10), ("seed", 0)):
            value = getattr(self, name)
            if not least <= value < 2**32:
                raise ConfigError(
                    f"`--{name}`", f"be at least {least}", f"is {value}", f"--{name} {least}"
                )


@in_float64
def sample_states(
    system: System, activation: Activation, beta: float, settings: SamplingSettings, stream: int
) -> CanonicalState:
    """Return the canonical ensemble at ``beta`` >= 0 from chains of the no-U-turn sampler.

    They run in coordinates without bounds, y with x = x(y): ``p(y) ~ exp(-beta H(x)) |dx/dy|``,
    and begin far apart.  The standard error of U is that of its effective sample size.  log Z is
    missing.  ``stream``: a number that tells samplings with one seed apart.

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range; ``settings``: chains, draws of each, and the seed.
    """
    key = jax.random.fold_in(jax.random.key(settings.seed, impl="threefry2x32"), stream)
    states, losses, divergent = _run_chains(
        key,
        system,
        jnp.asarray(beta),
        activation,
        settings.chains,
        settings.samples,
        settings.warmup,
    )
    states, losses = np.asarray(states), np.asarray(losses)
    mixing, ess = assess_mixing(losses, states, int(divergent))
    variance = float(losses.var())
    return CanonicalState(
        beta=beta,
        mean_loss=float(losses.mean()),
        mean_loss_error=math.sqrt(variance / ess) if ess > 0.0 else math.inf,
        variance=variance,
        mean_state=states.mean(axis=(0, 1)),
        mixing=mixing,
        path=mixing,
    )


@in_float64
def assess_mixing(
    losses: Float[Array | np.ndarray, "chains draws"],
    states: Float[Array | np.ndarray, "chains draws n"],
    divergent: int = 0,
) -> tuple[Mixing, float]:
    """Judge chains by the loss, (chains, draws), and the states, (chains, draws, n).

    R-hat compares the halves of all chains with each other, ranks in place of values.  Returns
    R-hat and ESS of the worst among the loss and the n states, and the ESS of the mean loss.

    ``losses``: H, (chains, draws); ``divergent``: how many transitions diverged.
    """
    r_hat, ess, ess_of_mean = map(float, _diagnose(losses, states))
    enough = LEAST_ESS_PER_CHAIN * len(losses)
    mixed = r_hat <= LARGEST_R_HAT and ess >= enough
    return Mixing(r_hat, ess, divergent, mixed), ess_of_mean


@jax.jit
def _diagnose(losses: jax.Array, states: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    followed = jnp.concatenate([losses[..., None], states], axis=-1)
    r_hat, ess = blackjax.rhat(followed), blackjax.ess_bulk(followed)
    return r_hat.max(), ess.min(), blackjax.ess(losses)


@partial(jax.jit, static_argnames=("activation", "chains", "samples", "warmup"))
def _run_chains(
    key: jax.Array,
    system: System,
    beta: jax.Array,
    activation: Activation,
    chains: int,
    samples: int,
    warmup: int,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return states (chains, samples, n), losses (chains, samples) and how many broke off."""

    def log_density(y: jax.Array) -> jax.Array:
        energy = loss(system, activation, to_state(y, activation.range))
        return log_jacobian(y, activation.range) - beta * energy

    def run(key: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        start_key, warmup_key, draws_key = jax.random.split(key, 3)
        start = draw_start(start_key, (system.neurons,), activation.range)
        adaptation = blackjax.window_adaptation(
            blackjax.nuts, log_density, adaptation_info_fn=get_filter_adapt_info_fn()
        )
        (warm, parameters), _ = adaptation.run(warmup_key, start, warmup)
        step = blackjax.nuts(log_density, **parameters).step

        def draw(
            at: blackjax.mcmc.hmc.HMCState, key: jax.Array
        ) -> tuple[blackjax.mcmc.hmc.HMCState, Draw]:
            at, info = step(key, at)
            state = to_state(at.position, activation.range)
            return at, (state, loss(system, activation, state), info.is_divergent)

        return jax.lax.scan(draw, warm, jax.random.split(draws_key, samples))[1]

    states, losses, divergent = jax.vmap(run)(jax.random.split(key, chains))
    return states, losses, divergent.sum()
