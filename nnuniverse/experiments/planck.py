"""Planck's constant of a run's nets two ways: by a chemical potential, and by noise and drift."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.penalty import PenaltyConfig
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.landscape import LossLandscape, NetPlace
from nnuniverse.experiments.nets_of_run import NetsOfRun
from nnuniverse.experiments.reopen import Tell, reopen_run, tell_nobody
from nnuniverse.networks.active_masks import ActiveMask, flattened, not_isolated
from nnuniverse.networks.propagation import Parameters, Trainable, layers_only
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.grand_canonical.energies import (
    boundary_energy,
    canonical_energy,
    flip_energies,
)
from nnuniverse.physics.grand_canonical.planck import (
    diffusion_of_descent,
    einstein_temperature,
    lambda_of_consistency,
    over_weights,
    planck_from_diffusion,
    planck_from_mu,
)
from nnuniverse.physics.grand_canonical.planck_constants import PlanckConstants, Source
from nnuniverse.physics.grand_canonical.removal import (
    compensated,
    image_shares,
    removal_energies,
    states_of_layer,
)
from nnuniverse.physics.mechanics.alignment.directions import gain
from nnuniverse.physics.mechanics.coordinates.gradient_variances import gradient_variances
from nnuniverse.precision import as_float64, in_float64
from nnuniverse.runs import open_results
from nnuniverse.thermodynamics import Ensemble
from nnuniverse.threads import single_threaded_blas
from nnuniverse.training import Program


@dataclass(frozen=True)
class PlanckSettings:
    """Of which nets: raises ConfigError for what cannot be.

    ``epoch``: of the weights, a snapshot; None: the last; ``replicas``: which; None: all; ``beta``:
    inverse temperature of F and of the given lambda, > 0; None: 1/grand.temperature if
    `grand.energy` is the free energy, else 1; ``chemical_potential``: mu, in units of the loss;
    None: that of the config, if it has one, and those that the nets tell.
    """

    epoch: int | None = None
    replicas: tuple[int, ...] | None = None
    beta: float | None = None
    chemical_potential: float | None = None

    def __post_init__(self) -> None:
        if self.beta is not None and not 0.0 < self.beta < np.inf:
            raise ConfigError("`--beta`", "be a positive number", f"is {self.beta:g}", "--beta 1")


@pinned
def planck_of_run(
    path: str | Path, settings: PlanckSettings = PlanckSettings(), tell: Tell = tell_nobody
) -> PlanckConstants:
    """Return Planck's constants of the nets that the run in the folder ``path`` kept.

    By the chemical potential ``hbar = |mu| epsilon / 2 pi``, and by diffusion and drift
    ``hbar = epsilon sqrt(4 D / (gamma lambda))``, of every weight and bias that learning moves.
    gamma is the learning rate, the coefficient of the drift along -grad L; D is
    ``eta^2 var(g)/2B (n - B)/(n - 1)``, exact over the n training samples, that of a single step of
    shuffled epochs; epsilon is a step.  Nothing is written.

    Raises RunError for an algorithm whose D is another, and for a graph; ConfigError or DataError
    as `reopen_run`.

    ``settings``: what `nnu grand --planck` was asked for; ``tell``: takes what a person should
    know, as text.

    Source: 2012.05082 (2.11), (3.12), under a condition (C16).
    """
    run = reopen_run(Path(path), tell)
    _require_plain_descent(run.config, str(run.folder))
    program = assemble.build_program(run.config, run.dataset)
    with open_results(run.folder.results) as file:
        epochs = None if settings.epoch is None else (settings.epoch,)
        kept = NetsOfRun.kept(file, run, epochs, settings.replicas, tell)
        epoch = int(kept.epochs[-1])
        nets = NetsOfRun.kept(file, run, (epoch,), settings.replicas, tell)
        measure = _PlanckMeasure(LossLandscape(program), run.config, settings, epoch)
        values = {name: of[:, 0] for name, of in nets.measured(measure).items()}
        seeds = file["seed"][()][nets.replicas]
    sources = (*measure.given, *OF_THE_NET)
    return PlanckConstants(seeds, epoch, measure.rate, measure.beta, sources, values)


OF_THE_NET = (Source("removal", "loss"), Source("free_energy", "free_energy"))
"""Chemical potentials that a net tells: the median cost of a compensated removal, in units of the
boundary loss; the mean of F(N) - F(N-1) at the given beta."""


def _require_plain_descent(config: RunConfig, folder: str) -> None:
    """Raise RunError unless theory knows D and gamma: of plain descent in shuffled mini-batches."""
    train, subject = config.train, f"the run {folder!r}"
    what = "be of plain descent in shuffled batches, whose diffusion is known,"
    if train.optimiser.kind != "sgd":
        raise RunError(subject, what, f"is of {train.optimiser.kind}", "train.optimiser.kind=sgd")
    unlike = {
        "train.clip_norm": train.clip_norm is not None,
        "train.noise.temperature": train.noise.temperature > 0.0,
        "train.shuffle": not train.shuffle,
        "train.batch": not isinstance(train.batch, int),
        "train.schedule": train.schedule.kind == "reduce_on_plateau",
        "loss.penalty": config.loss.penalty != PenaltyConfig(),
    }
    if changed := next((key for key, is_so in unlike.items() if is_so), None):
        raise RunError(subject, what, f"has a `{changed}` of its own", f"the default of {changed}")
    if config.loss.terms or config.network.kind != "layered":
        actual = "has `loss.terms`" if config.loss.terms else "is a graph"
        raise RunError(subject, "be of layers that lower a mean over samples", actual, "another")


@dataclass(frozen=True)
class _PlanckMeasure:
    """Measures one net: see `PLANCK_VARIABLES`."""

    landscape: LossLandscape
    config: RunConfig
    settings: PlanckSettings
    epoch: int

    @in_float64
    def __call__(self, parameters: Trainable, epoch: int) -> dict[str, np.ndarray]:
        """Return everything about a net at an ``epoch``, by name."""
        place = self.landscape.place(parameters)
        exact = as_float64(layers_only(parameters))
        with single_threaded_blas():
            potentials = np.array([*self.given.values(), *self._of_net(exact)])
        moments = gradient_variances(
            self.landscape.losses,
            np.asarray(place.moving),
            self.landscape.inputs,
            self.landscape.targets,
        )
        samples, batch = len(self.landscape.targets), int(self.config.train.batch)
        diffusion = diffusion_of_descent(moments.variance, self.rate, batch, samples, "shuffled")
        temperature = einstein_temperature(diffusion, self.rate)
        with np.errstate(divide="ignore"):
            multipliers = np.stack([2.0 / temperature, np.full_like(temperature, 2.0 * self.beta)])
        potentials_and_weights = (diffusion, self.rate, potentials[:, None])
        return {
            "planck_chemical_potential": potentials,
            "planck_from_mu": planck_from_mu(potentials),
            "descent_temperature": over_weights(temperature),
            "mean_descent_temperature": temperature.mean(),
            "planck_from_diffusion": over_weights(
                planck_from_diffusion(diffusion, self.rate, multipliers)
            ),
            "lambda_of_consistency": over_weights(lambda_of_consistency(*potentials_and_weights)),
            "gain_along_free_energy": self._gain(place, moments.mean),
            "noiseless_share": np.mean(diffusion == 0.0),
        }

    @cached_property
    def rate(self) -> float:
        """The learning rate eta at the epoch, which is gamma per step."""
        with jax.enable_x64(True):
            return float(self.landscape.program.rate.at(jnp.float64(self.epoch)))

    @cached_property
    def beta(self) -> float:
        """Inverse temperature of F."""
        grand = self.config.grand
        of_run = 1.0 / grand.temperature if grand and grand.energy == "free_energy" else 1.0
        return self.settings.beta or of_run

    @cached_property
    def given(self) -> dict[Source, float]:
        """Chemical potentials that somebody chose."""
        if self.settings.chemical_potential is not None:
            return {Source("given", "loss"): self.settings.chemical_potential}
        grand, turnover = self.config.grand, self.landscape.program.turnover
        if grand is None or turnover is None:
            return {}
        source = Source("config", "free_energy" if grand.energy == "free_energy" else "loss")
        with jax.enable_x64(True):
            mu = turnover.conditions.chemical_potential_at(jnp.float64(self.epoch))
        return {source: float(mu)}

    def _gain(self, place: NetPlace, slope: np.ndarray) -> np.ndarray:
        slopes = self.landscape.free_energy_slopes(place, Ensemble(np.array([self.beta])))
        return gain(-self.rate * slope, np.asarray(slopes.whole[0]))

    @cached_property
    def _of_net(self) -> Callable[[Parameters], tuple[jax.Array, jax.Array]]:
        """What returns the chemical potentials `OF_THE_NET` of a net."""
        program = self.landscape.program
        free = canonical_energy(program.settings, program.train, self.beta)

        def both(parameters: Parameters) -> tuple[jax.Array, jax.Array]:
            mask = not_isolated(parameters)
            changes = free(parameters, mask) - flip_energies(free, parameters, mask)
            mean = changes.mean(where=flattened(mask))
            return jnp.nanmedian(_removal_costs(program, parameters, mask)), mean

        return jax.jit(both)


def _removal_costs(program: Program, parameters: Parameters, mask: ActiveMask) -> jax.Array:
    """Return what the compensated removal of each neuron costs, of the boundary loss; else NaN."""
    settings, train = program.settings, program.train
    energy = boundary_energy(settings, train)
    left = []
    for l, layer in enumerate(mask):
        states = states_of_layer(parameters, l, train.inputs, settings.activation)
        above = compensated(parameters[l + 1], image_shares(states, layer))
        left.append(removal_energies(parameters, mask, l, energy, above))
    costs = jnp.concatenate(left) - energy(parameters, mask)
    return jnp.where(flattened(mask), costs, jnp.nan)
