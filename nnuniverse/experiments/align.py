"""Whether the drift of a run's learning lies along the gradient of the free energy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.network import LayeredNetwork
from nnuniverse.config.penalty import PenaltyConfig
from nnuniverse.config.training import Momentum, Momo, ReduceOnPlateau, Sgd
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.algorithm import plain_descent
from nnuniverse.experiments.found_of_run import FoundOfRun
from nnuniverse.experiments.landscape import LossLandscape, NetPlace
from nnuniverse.experiments.nets_of_run import NetsOfRun
from nnuniverse.experiments.reopen import Tell, reopen_run, tell_nobody
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.mechanics.alignment.directions import (
    chance_cosine,
    cosine,
    gain,
    outside,
)
from nnuniverse.physics.mechanics.alignment.measured import (
    OF_SECOND_DERIVATIVES,
    Alignment,
)
from nnuniverse.physics.mechanics.alignment.second_derivatives import compare_curvatures
from nnuniverse.physics.mechanics.coordinates.curvature import stiffest_modes
from nnuniverse.physics.mechanics.coordinates.stability import edge_of_stability
from nnuniverse.physics.mechanics.virial import quadratic_form
from nnuniverse.precision import in_float64
from nnuniverse.runs import RunFolder, open_results, open_run_folder
from nnuniverse.runs.derived_file import ALIGN_FILE
from nnuniverse.runs.identity import stored_config
from nnuniverse.thermodynamics import Ensemble

STIFFEST = 10
"""Directions that hold 99 % of the Hessian of trained nets 49-10 and 49-10-10, by Frobenius."""

MOST_VARIABLES = 1500
"""Of a net whose Hessians are computed: with more they take minutes per net."""


@dataclass(frozen=True)
class AlignSettings:
    """What to compute: raises ConfigError for what cannot be.

    ``betas``: of F, ascending; ``epochs``: those of the weights, None for 0, 1, 10, 100 ... and the
    last; ``replicas``: which, None for all; ``hessian``: whether second derivatives are compared.
    """

    betas: tuple[float, ...] = (0.001, 1.0, 1000.0)
    epochs: tuple[int, ...] | None = None
    replicas: tuple[int, ...] | None = None
    hessian: bool = False

    def __post_init__(self) -> None:
        for beta in self.betas:
            if not 0.0 < beta < np.inf:
                raise ConfigError("`--beta`", "be a positive number", f"is {beta:g}", "--beta 1")
        object.__setattr__(self, "betas", tuple(sorted(set(map(float, self.betas)))))


@pinned
def align_run(
    path: str | Path,
    settings: AlignSettings = AlignSettings(),
    tell: Tell = tell_nobody,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> FoundOfRun[Alignment]:
    """Return how the mean step of the run in the folder ``path`` lies to +grad F.

    At the epochs whose weights it kept, or the last alone.  ``tell`` hears what a person should
    know, ``progress`` how many nets are done.  Nothing is written.  Raises ConfigError, DataError
    or RunError.

    ``settings``: what `nnu align` was asked for.
    """
    _require_measurable(open_run_folder(path))
    run = reopen_run(Path(path), tell)
    program = assemble.build_program(run.config, run.dataset)
    landscape = LossLandscape(program)
    if settings.hessian:
        _require_few_variables(landscape.variables)
    with open_results(run.folder.results) as file:
        nets = NetsOfRun.kept(file, run, settings.epochs, settings.replicas, tell)
        measure = _DriftMeasure(landscape, run.config, settings)
        values = nets.measured(measure, progress)
        seeds = file["seed"][()][nets.replicas]
    steps = -(-len(run.dataset.train.labels) // run.config.train.batch)
    descent = plain_descent(run.config, run.config.train.learning_rate, "shuffled", steps)
    alignment = Alignment(
        seeds,
        np.array(settings.betas),
        nets.epochs,
        values,
        edge_of_stability(descent),
        _objection(run.config),
    )
    attributes = {
        "title": f"nnuniverse alignment of {run.folder.name}",
        "run": run.folder.name,
        "network": str(program.settings.architecture),
        "family_hash": run.identity.family_hash,
        **alignment.attributes,
    }
    return FoundOfRun(ALIGN_FILE, run.folder, alignment, attributes)


def _objection(config: RunConfig) -> str:
    """Return why the algorithm allows no verdict, else ""."""
    optimiser = config.train.optimiser
    if isinstance(optimiser, Momo) or isinstance(config.train.schedule, ReduceOnPlateau):
        return "the loss decides how long a step is"
    if not isinstance(optimiser, Sgd | Momentum):
        return f"the steps of {optimiser.kind} do not lie along the gradient"
    return ""


def _require_measurable(folder: RunFolder) -> None:
    """Raise RunError unless the run is of layers that lower a mean over samples."""
    config = stored_config(folder)
    if not isinstance(config.network, LayeredNetwork):
        raise RunError(
            f"the run {str(folder)!r}",
            "be of a layered net",
            "is of a graph, whose fixed points have no second derivatives here",
            "network.kind=layered",
        )
    if config.loss.terms:
        raise RunError(
            f"the run {str(folder)!r}",
            "lower a mean over samples",
            "has `loss.terms`, which are of a batch as a whole",
            "loss.terms=[]",
        )
    if config.loss.penalty != PenaltyConfig():
        raise RunError(
            f"the run {str(folder)!r}",
            "lower a mean over samples",
            "has a `loss.penalty`, which is of the weights",
            "a run without",
        )


def _require_few_variables(variables: int) -> None:
    if variables > MOST_VARIABLES:
        raise ConfigError(
            "`--hessian`",
            f"be of a net of at most {MOST_VARIABLES} trainable variables",
            f"this one has {variables}",
            "it without, or a smaller net",
        )


# --- what is measured of a net -------------------------------------------------------------------


@dataclass(frozen=True)
class _DriftMeasure:
    """Measures one net: see `VARIABLES` of `Alignment`."""

    landscape: LossLandscape
    config: RunConfig
    settings: AlignSettings

    @in_float64
    def __call__(self, parameters: Trainable, epoch: int) -> dict[str, np.ndarray]:
        """Return everything about a net at an ``epoch``, by name."""
        landscape = self.landscape
        place = landscape.place(parameters)
        position = np.asarray(place.moving)
        slope = landscape.loss_slope(place)
        step = self._mean_step(slope, position, epoch)
        count = min(STIFFEST, len(position) - 1)
        modes = stiffest_modes(landscape.hessian(place), np.inf, count)
        stiffest = modes.chosen(np.arange(count))
        rate = float(self.landscape.program.rate.at(jnp.float64(epoch)))
        second = self._second_derivatives(place, count) if self.settings.hessian else {}
        return {
            **second,
            **self._against_free_energy(place, step, stiffest.directions),
            "boundary_cosine": self._boundary_cosine(place, step),
            "bulk_cosine": self._bulk_cosine(place, step),
            "decay_cosine": cosine(step, -position),
            "sampled_cosine": cosine(step, landscape.mean_step_of_batches(place)),
            "loss_slope": np.linalg.norm(slope),
            "steepness": rate * stiffest.curvature[0],
            "stiffest_curvature": stiffest.curvature,
        }

    def _mean_step(self, slope: np.ndarray, position: np.ndarray, epoch: int) -> np.ndarray:
        """Return the step that the algorithm takes on average over the mini-batches, (K,).

        ``-eta (grad L/(1 - decay) + lambda q)``: that of momentum is what its velocity settles to.
        """
        optimiser = self.config.train.optimiser
        rate = float(self.landscape.program.rate.at(jnp.float64(epoch)))
        lasting = 1.0 - optimiser.decay if isinstance(optimiser, Momentum) else 1.0
        return -rate * (slope / lasting + optimiser.weight_decay * position)

    def _against_free_energy(
        self, place: NetPlace, step: np.ndarray, stiffest: np.ndarray
    ) -> dict[str, np.ndarray]:
        slopes = self.landscape.free_energy_slopes(place, Ensemble(np.array(self.settings.betas)))
        whole = np.asarray(slopes.whole)
        return {
            "alignment": cosine(step, whole),
            "alignment_frozen_slopes": cosine(step, np.asarray(slopes.by_weights)),
            "alignment_outside_stiffest": cosine(outside(step, stiffest), outside(whole, stiffest)),
            "alignment_of_decay": cosine(-np.asarray(place.moving), whole),
            "alignment_by_chance": chance_cosine(step, whole, self.landscape.blocks),
            "drift_gain": gain(step, whole),
            "free_energy_slope": np.linalg.norm(whole, axis=-1),
        }

    def _boundary_cosine(self, place: NetPlace, step: np.ndarray) -> np.ndarray:
        """Return it, NaN where there is nothing to compare outputs with."""
        if self.landscape.program.settings.outputs == "free":
            return np.array(np.nan)
        return cosine(step, -self.landscape.boundary_slope(place))

    def _bulk_cosine(self, place: NetPlace, step: np.ndarray) -> np.ndarray:
        """Return it, NaN where layers have activations of their own, which has no bulk loss."""
        if isinstance(self.landscape.program.settings.activation, tuple):
            return np.array(np.nan)
        return cosine(step, -self.landscape.bulk_slope(place))

    def _second_derivatives(self, place: NetPlace, count: int) -> dict[str, np.ndarray]:
        ensemble = Ensemble(np.array(self.settings.betas))
        loss = self.landscape.hessian(place)(np.eye(self.landscape.variables))
        hessians = self.landscape.free_energy_hessian(place, ensemble)
        compared = [compare_curvatures(loss, one, count) for one in hessians]
        eigenvalues = self.landscape.eigenvalue_slopes(place)
        columns = zip(OF_SECOND_DERIVATIVES, np.array(compared).T, strict=False)
        return {
            **{variable.name: values for variable, values in columns},
            "free_energy_laplacian": np.trace(hessians, axis1=1, axis2=2),
            "quadratic_form": quadratic_form(eigenvalues, self.settings.betas),
        }
