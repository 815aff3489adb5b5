"""What an ensemble is seen through: directions among parameters, and their linear theory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from nnuniverse.config import RunConfig
from nnuniverse.config.evolve import (
    CurvatureCoordinates,
    GradientCoordinates,
    ParameterCoordinates,
    PrincipalCoordinates,
)
from nnuniverse.config.training import BulkLoss
from nnuniverse.errors import ConfigError
from nnuniverse.experiments.landscape import LossLandscape, NetPlace
from nnuniverse.experiments.trained_net import asked_for
from nnuniverse.nets import net_of
from nnuniverse.networks.propagation import Trainable
from nnuniverse.physics.mechanics.coordinates.curvature import (
    CurvatureModes,
    HessianProduct,
    curvature_along,
    evenly_spaced,
    stiffest_modes,
)
from nnuniverse.physics.mechanics.coordinates.gradient_direction import gradient_direction
from nnuniverse.physics.mechanics.coordinates.gradient_noise import gradient_noise
from nnuniverse.physics.mechanics.coordinates.linear_theory import linear_theory
from nnuniverse.physics.mechanics.coordinates.principal import principal_components
from nnuniverse.physics.mechanics.coordinates.single_parameters import single_parameters
from nnuniverse.physics.mechanics.coordinates.stability import check_stability
from nnuniverse.physics.mechanics.ensemble import LinearTheory, StochasticDescent
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble
from nnuniverse.training import Program
from nnuniverse.training.neurons import Neurons

POINTS, BULK_POINTS = 64, 4
"""Replicas over which the gradient noise is averaged: it varies by a third to a half between them,
so the mean is known to some 5 %.  Fewer on the bulk loss, where each takes seconds."""


@dataclass(frozen=True)
class Seen:
    """The coordinates of an ensemble.

    ``labels``: (coordinate,); ``directions``: P, (coordinate, parameter), unit rows; ``theory``: of
    the way it learns; ``memoryless``: the same with independent batches, whose variance is the unit
    of where an ensemble starts.
    """

    labels: tuple[str, ...]
    directions: np.ndarray
    theory: LinearTheory
    memoryless: LinearTheory


@dataclass(frozen=True)
class TrainedPoint:
    """A net in parameter space, and the loss around it.

    ``program``: of its training, for its losses and samples; ``descent``: how it learns;
    ``whole``: its parameters, float64, with all inputs; ``neurons``: those that are active, where
    neurons come and go.
    """

    program: Program
    descent: StochasticDescent
    whole: Trainable
    neurons: Neurons | None = None

    @cached_property
    def landscape(self) -> LossLandscape:
        """The functions of its parameters."""
        return LossLandscape(self.program, self.neurons.mask if self.neurons else None)

    @cached_property
    def place(self) -> NetPlace:
        """Where it stands."""
        return self.landscape.place(self.whole)

    @property
    def flat(self) -> np.ndarray:
        """The parameters that take part in training, (parameter,)."""
        return np.asarray(self.place.moving)

    def noise(self, directions: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
        """Return the covariance of single samples' gradients along ``directions``.

        ``at``: flat parameters; None: those of the trained net.
        """
        land = self.landscape
        flat = self.flat if at is None else at
        return gradient_noise(
            land.losses, flat, land.inputs, land.targets, directions, land.difference
        )


def see(
    config: RunConfig,
    point: TrainedPoint,
    pilot: Callable[[], np.ndarray],
    tell: Callable[[str], None],
) -> Seen:
    """Return the coordinates that ``config`` asks for at a trained ``point``.

    ``pilot``: returns parameters of a pilot ensemble, (replica, parameter).  Raises ConfigError for
    ones that cannot be had, and for a learning rate above the edge of stability.

    ``tell``: takes what a person should know, as text.
    """
    _require_plain_objective(config)
    hessian = point.landscape.hessian(point.place)
    modes = _modes(config, point, hessian)
    check_stability(float(modes.curvature[0]), point.descent)
    labels: list[str] = []
    directions: list[np.ndarray] = []
    for asked in asked_for(config).coordinates:
        if isinstance(asked, CurvatureCoordinates):
            chosen = evenly_spaced(modes, point.descent.rate, asked.relaxation, asked.count)
            places = [int(np.argmin(np.abs(modes.curvature - h))) for h in chosen.curvature]
            labels += [f"hessian_{place + 1}" for place in places]
            directions.append(chosen.directions)
        elif isinstance(asked, ParameterCoordinates):
            labels += asked.names
            directions.append(_of_parameters(asked.names, point))
        elif isinstance(asked, PrincipalCoordinates):
            tell("following a pilot ensemble for its principal components")
            labels += [f"principal_{number + 1}" for number in range(asked.count)]
            directions.append(principal_components(pilot(), asked.count).directions)
        else:
            labels.append(f"gradient_of_{asked.of}")
            directions.append(_of_gradient(asked, point)[None])
    # As they are stored and used: a resumed ensemble shall have the same.
    whole = np.concatenate(directions).astype(np.float32).astype(np.float64)
    curvature, spread = curvature_along(hessian, whole)
    noise = point.noise(whole)
    memoryless = replace(point.descent, sampling="independent")
    return Seen(
        tuple(labels),
        whole,
        linear_theory(curvature, spread, noise, point.descent),
        linear_theory(curvature, spread, noise, memoryless),
    )


def settled_theory(
    config: RunConfig, point: TrainedPoint, seen: Seen, replicas: np.ndarray
) -> LinearTheory:
    """Return the linear theory of the coordinates with the noise that the replicas meet.

    The gradients' covariance at one state is that of a few samples with large residuals, and
    differs from its mean over the ensemble by up to a factor of two.

    ``replicas``: their flat parameters at the end, (replica, parameter), of which some are taken.

    ``config``: that of the run, whole; ``point``: the trained net that the replicas begin at;
    ``seen``: the coordinates that are followed.
    """
    is_bulk = isinstance(config.loss, BulkLoss)
    taken = replicas[np.isfinite(replicas).all(axis=1)][: BULK_POINTS if is_bulk else POINTS]
    if not len(taken):
        return seen.theory
    noises = [point.noise(seen.directions, at) for at in taken]
    theory = seen.theory
    return linear_theory(theory.curvature, theory.spread, np.mean(noises, axis=0), point.descent)


def _require_plain_objective(config: RunConfig) -> None:
    if config.loss.terms:
        raise ConfigError(
            "`loss.terms`",
            "be empty for an ensemble: its coordinates are those of a mean over samples",
            f"has {len(config.loss.terms)}",
            "loss.terms=[]",
        )


def _modes(config: RunConfig, point: TrainedPoint, hessian: HessianProduct) -> CurvatureModes:
    """Return the stiffest eigenvectors, as many as the slowest that is asked for needs."""
    slowest = [
        asked.relaxation[1]
        for asked in asked_for(config).coordinates
        if isinstance(asked, CurvatureCoordinates)
    ]
    if not slowest:
        return stiffest_modes(hessian, np.inf, most_pairs=2)
    return stiffest_modes(hessian, 1.0 / (point.descent.rate * max(slowest)))


@in_float64
def _of_parameters(names: Sequence[str], point: TrainedPoint) -> np.ndarray:
    """Return unit vectors among the parameters that take part, (coordinate, parameter)."""
    architecture = point.program.settings.architecture
    arrays = [(array.name, array.shape) for array in architecture.weight_arrays]
    rows = []
    for name, row in zip(names, single_parameters(names, arrays), strict=True):
        shapes = [shape for _, shape in arrays]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
        parts = [
            jnp.asarray(part.reshape(shape))
            for part, shape in zip(np.split(row, ends), shapes, strict=True)
        ]
        narrow, _ = point.program.inputs.split(net_of(architecture).parameters(parts))
        flat = np.asarray(ravel_pytree(narrow)[0])
        if not flat.any():
            raise ConfigError(
                "`evolve.coordinates`",
                "name weights that take part in training",
                f"{name} leads from an input that is zero in every sample",
                "another",
            )
        rows.append(flat)
    return np.stack(rows)


def _of_gradient(asked: GradientCoordinates, point: TrainedPoint) -> np.ndarray:
    """Return the unit vector along the gradient of the loss, or of F, (parameter,)."""
    if asked.of == "loss":
        slope = point.landscape.loss_slope(point.place)
    else:
        ensemble = Ensemble(np.array([asked.beta]))
        slope = np.asarray(point.landscape.free_energy_slopes(point.place, ensemble).whole)[0]
    return gradient_direction(slope, asked.of.replace("_", " "))
